// Pins: users' time by window is what one gets second by second, for users who ask at any moments,
// with intervals that end in a window, span many, or are cut by the time of inactivity or the end
// of the run.
#include "model/useruptime.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/array.h"
#include "base/stream.h"

// Microseconds.
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
    useruptime_collect(u, USERS, t->duration * SIMTIME_US, &out[0][0]);
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

static void run(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "users", "test");
    uint64_t latest[USERS] = {0};
    struct useruptime_window windows[WINDOWS + 1] = {0};
    struct twin t = {.inactive_after = 1 + stream_below(&s, 120),
                     .duration = 200 + stream_below(&s, 200)};
    struct useruptime u = {.latest = latest,
                           .windows = windows,
                           .window = WINDOW * SIMTIME_US,
                           .inactive_after = t.inactive_after * SIMTIME_US};
    memset(t.state, 2, sizeof t.state);
    simtime now = 1;
    for (uint32_t i = stream_below(&s, MOST_NOTES); i > 0 && now < t.duration; i--) {
        const int user = (int)stream_below(&s, USERS);
        const bool is_in_time = stream_below(&s, 2);
        useruptime_note(&u, (uint32_t)user, now * SIMTIME_US, is_in_time);
        twin_note(&t, user, now, is_in_time);
        now += (simtime)stream_below(&s, 1 + stream_below(&s, 80));
    }
    expect_equal(&t, &u);
}

Test(useruptime, is_what_it_is_moment_by_moment)
{
    for (uint64_t seed = 0; seed < 3000; seed++)
        run(seed);
}

// Ten million users over a day-long window: more nanoseconds than 64 bits hold.
Test(useruptime, many_users_do_not_overflow)
{
    enum { MANY = 10000000 };
    uint64_t *latest = array_new(uint64_t, MANY), out[2][USERUPTIME_KINDS];
    struct useruptime_window windows[3] = {0};
    struct useruptime u = {.latest = latest,
                           .windows = windows,
                           .window = SIMTIME_DAY,
                           .inactive_after = 10 * SIMTIME_DAY};
    for (uint32_t i = 0; i < MANY; i++)
        useruptime_note(&u, i, 2, true);
    useruptime_collect(&u, MANY, 2 * SIMTIME_DAY, &out[0][0]);
    cr_expect_eq(out[1][USERUPTIME_UP], UINT64_C(86400000000) * MANY);
    cr_expect_eq(out[1][USERUPTIME_DOWN], 0);
    array_release(latest);
}
