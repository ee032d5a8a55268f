// Pins: a station starts, queues and sheds as a plain FIFO queue in front of c servers does, in
// random programs of arrivals, completions, changes of the number of servers and losses of power,
// for queue limits about the sizes of its ring. A station that were not first in, first out would
// be noticed.
#include <criterion/criterion.h>
#include <string.h>

#include "base/stream.h"
#include "model/station.h"

enum { ROOM = 200 };

struct twin {
    uint32_t line[ROOM];
    uint32_t waiting, busy, servers, limit;
    bool is_last_in_first_out; // the planted fault
};

static uint32_t twin_leave(struct twin *t)
{
    uint32_t at = t->is_last_in_first_out ? t->waiting - 1 : 0, frame = t->line[at];
    memmove(t->line + at, t->line + at + 1, (t->waiting - at - 1) * sizeof *t->line);
    t->waiting--;
    t->busy++;
    return frame;
}

static enum station_verdict twin_admit(struct twin *t, uint32_t frame)
{
    if (t->busy < t->servers && t->waiting == 0) {
        t->busy++;
        return STATION_START;
    }
    if (t->waiting == t->limit)
        return STATION_FULL;
    t->line[t->waiting++] = frame;
    return STATION_WAIT;
}

static bool next_agrees(struct station *s, struct twin *t, bool is_release)
{
    uint32_t got = 0, want = 0;
    bool did = is_release ? station_release(s, &got) : station_next(s, &got), should;
    t->busy -= is_release;
    should = t->waiting > 0 && t->busy < t->servers;
    if (should)
        want = twin_leave(t);
    return did == should && got == want;
}

static bool step_agrees(struct station *s, struct twin *t, struct stream *random, uint32_t frame)
{
    uint32_t action = stream_below(random, 100);
    if (action < 55)
        return station_admit(s, frame) == twin_admit(t, frame);
    if (action < 95)
        return t->busy == 0 || next_agrees(s, t, true);
    if (action < 99) { // capacity changes; those who may now start do
        s->servers = t->servers = stream_below(random, 6);
        bool agrees = true;
        while (agrees && t->waiting > 0 && t->busy < t->servers)
            agrees = next_agrees(s, t, false);
        return agrees && next_agrees(s, t, false);
    }
    station_clear(s);
    t->waiting = t->busy = 0;
    return true;
}

static bool program_agrees(uint64_t seed, uint32_t limit, bool is_sabotaged)
{
    struct stream random = stream_open(seed, 0, "test", "station");
    struct twin t = {.servers = 2, .limit = limit, .is_last_in_first_out = is_sabotaged};
    struct station s;
    bool agrees = true;
    station_init(&s, t.servers, limit);
    for (uint32_t i = 0; i < 3000 && agrees; i++)
        agrees = step_agrees(&s, &t, &random, i) && s.waiting == t.waiting && s.busy == t.busy;
    station_free(&s);
    return agrees;
}

Test(station, random_programs_agree_with_a_plain_queue)
{
    static const uint32_t limits[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 100};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        for (uint64_t seed = 0; seed < 10; seed++)
            cr_assert(program_agrees(seed, limits[i], false), "seed %lu, limit %u", seed,
                      limits[i]);
}

Test(station, planted_fault_is_found)
{
    cr_assert_not(program_agrees(1, 9, true), "last in, first out went unnoticed");
}
