// Pins: a lane delivers each timer that was not cancelled once, in the order armed, and its head
// skips the dead, as a plain array of timers does; across each growth of its ring, from any
// position in it. Not pinned: how the engine queues heads (test_engine, determinism).
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/stream.h"
#include "engine/lane.h"

// The naive twin: every timer ever armed, and what became of it.
struct naive_timer {
    struct lane_entry entry;
    bool is_dead;
};

struct naive {
    ARRAY(struct naive_timer) timers;
    bool is_sabotaged; // cancels the next timer instead of the one asked for
};

static const struct naive_timer *naive_first(const struct naive *naive)
{
    for (size_t i = 0; i < naive->timers.n; i++)
        if (!naive->timers.items[i].is_dead)
            return &naive->timers.items[i];
    return NULL;
}

static bool naive_cancel(struct naive *naive, uint64_t ticket)
{
    size_t at = (size_t)ticket - 1 + naive->is_sabotaged;
    if (at >= naive->timers.n || naive->timers.items[at].is_dead)
        return false;
    naive->timers.items[at].is_dead = true;
    return true;
}

static void arm(struct lane *lane, struct naive *naive, struct stream *s)
{
    uint64_t position = naive->timers.n;
    struct lane_entry entry = {.time = (simtime)(position / 3), // threes at the same instant
                               .key = position + 1,
                               .token = stream_word(s)};
    cr_assert_eq(lane_arm(lane, entry.time, entry.key, entry.token), position);
    array_push(&naive->timers, ((struct naive_timer){.entry = entry}));
}

// The head falls due: both must deliver the same timer, or none.
static bool take(struct lane *lane, struct naive *naive)
{
    const struct naive_timer *first = naive_first(naive);
    if (lane->head == lane->tail)
        return first == NULL;
    struct lane_entry got;
    bool is_live = lane_take(lane, lane->head, &got);
    if (!is_live) // a dead head: nothing happens to the live ones
        return lane_first(lane) == NULL ? first == NULL : lane_first(lane)->key == first->entry.key;
    if (first == NULL || got.key != first->entry.key || got.token != first->entry.token)
        return false;
    return naive_cancel(naive, first->entry.key - naive->is_sabotaged);
}

static bool program_agrees(uint64_t seed, bool is_sabotaged)
{
    struct stream s = stream_open(seed, 0, "test", "lane");
    struct lane lane = {.delay = 1};
    struct naive naive = {.is_sabotaged = is_sabotaged};
    bool agrees = true;
    for (int i = 0; i < 1500 && agrees; i++) {
        uint32_t choice = stream_below(&s, 10), fast = i / 200 % 2 == 0 ? 5 : 2;
        if (choice < fast || naive.timers.n == 0) {
            arm(&lane, &naive, &s);
        } else if (choice < 8) {
            uint64_t back = stream_below(&s, 40); // recent ones, and some that have fired
            uint64_t ticket = naive.timers.n > back ? naive.timers.n - back : 1;
            agrees = lane_cancel(&lane, ticket) == naive_cancel(&naive, ticket);
        } else {
            agrees = take(&lane, &naive);
        }
    }
    lane_free(&lane);
    array_free(&naive.timers);
    return agrees;
}

Test(lane, random_programs_agree_with_an_array)
{
    for (uint64_t seed = 0; seed < 50; seed++)
        cr_assert(program_agrees(seed, false), "seed %lu", seed);
}

Test(lane, planted_fault_is_found)
{
    cr_assert_not(program_agrees(1, true), "a twin that cancels the wrong timer went unnoticed");
}

Test(lane, growth_from_every_position)
{
    // The ring wraps at `offset` when it has to grow from 8 to 16, 16 to 32, ...
    for (uint64_t offset = 0; offset < 70; offset++) {
        struct lane lane = {.delay = 1};
        struct lane_entry out;
        for (uint64_t i = 0; i < offset; i++) {
            lane_arm(&lane, 0, 1, 0);
            cr_assert(lane_take(&lane, i, &out));
        }
        for (uint64_t i = 0; i < 200; i++)
            lane_arm(&lane, 1, i + 1, i);
        for (uint64_t i = 0; i < 200; i++) {
            cr_assert(lane_take(&lane, offset + i, &out));
            cr_assert(out.token == i && out.key == i + 1);
        }
        cr_assert(lane_first(&lane) == NULL);
        lane_free(&lane);
    }
}

Test(lane, a_dead_head_gives_way_to_the_next_live_timer)
{
    struct lane lane = {.delay = 1};
    for (uint64_t i = 0; i < 5; i++)
        lane_arm(&lane, (simtime)i, i + 1, i);
    cr_assert(lane_cancel(&lane, 1) && lane_cancel(&lane, 2) && lane_cancel(&lane, 4));
    cr_assert_not(lane_cancel(&lane, 1), "cancelled twice");
    struct lane_entry out;
    cr_assert_not(lane_take(&lane, 0, &out), "a dead timer fired");
    cr_assert_eq(lane_first(&lane)->token, 2);
    cr_assert(lane_take(&lane, 2, &out) && out.token == 2);
    cr_assert_eq(lane_first(&lane)->token, 4);
    cr_assert_not(lane_cancel(&lane, 3), "cancelled after it fired");
    cr_assert_not(lane_cancel(&lane, 6), "cancelled before it was armed");
    lane_free(&lane);
}
