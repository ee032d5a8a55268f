// Pins: users' time by window is what one gets second by second, for users who ask at any moments,
// with intervals that end in a window, span many, or are cut by the time of inactivity or the end
// of the run.
#include "model/useruptime.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/array.h"
#include "base/stream.h"

enum { USERS = 3, WINDOWS = 40, WINDOW = 10, MOST_NOTES = 200 };

// Of one user: the state at every moment, 2: away.
struct twin {
    unsigned char state[USERS][WINDOWS * WINDOW];
    simtime latest[USERS];
    bool was_in_time[USERS];
    simtime inactive_after, duration;
};

static void twin_fill(struct twin *t, int user, simtime until)
{
    for (simtime at = t->latest[user]; t->latest[user] > 0 && at < until; at++)
        if (at < t->latest[user] + t->inactive_after)
            t->state[user][at] = t->was_in_time[user];
}

static void twin_note(struct twin *t, int user, simtime now, bool is_in_time)
{
    twin_fill(t, user, now);
    t->latest[user] = now;
    t->was_in_time[user] = is_in_time;
}

static void expect_equal(struct twin *t, const struct useruptime *u)
{
    uint64_t out[WINDOWS][USERUPTIME_KINDS], expected[WINDOWS][USERUPTIME_KINDS] = {0};
    useruptime_collect(u, USERS, t->duration, &out[0][0]);
    for (int user = 0; user < USERS; user++) {
        twin_fill(t, user, t->duration);
        for (simtime at = 0; at < t->duration; at++)
            if (t->state[user][at] < USERUPTIME_KINDS)
                expected[at / WINDOW][t->state[user][at]]++;
    }
    for (size_t i = 0; (simtime)i * WINDOW < t->duration; i++)
        for (int k = 0; k < USERUPTIME_KINDS; k++)
            cr_assert_eq(out[i][k], expected[i][k], "window %zu, kind %d: %llu, not %llu", i, k,
                         (unsigned long long)out[i][k], (unsigned long long)expected[i][k]);
}

// Moments are even: the lowest bit of a time is the state's.
static void run(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "users", "test");
    uint64_t latest[USERS] = {0};
    struct useruptime_window windows[WINDOWS + 1] = {0};
    struct twin t = {.inactive_after = 2 * (1 + stream_below(&s, 60)),
                     .duration = 2 * (100 + stream_below(&s, 100))};
    struct useruptime u = {
        .latest = latest, .windows = windows, .window = WINDOW, .inactive_after = t.inactive_after};
    memset(t.state, 2, sizeof t.state);
    simtime now = 2;
    for (uint32_t i = stream_below(&s, MOST_NOTES); i > 0 && now < t.duration; i--) {
        const int user = (int)stream_below(&s, USERS);
        const bool is_in_time = stream_below(&s, 2);
        useruptime_note(&u, (uint32_t)user, now, is_in_time);
        twin_note(&t, user, now, is_in_time);
        now += 2 * (simtime)stream_below(&s, 1 + stream_below(&s, 40));
    }
    expect_equal(&t, &u);
}

Test(useruptime, is_what_it_is_moment_by_moment)
{
    for (uint64_t seed = 0; seed < 3000; seed++)
        run(seed);
}
