// Pins: a timeline tells for any time what all intervals that cover it do together, and when the
// component is next well or next fails, as a scan over the intervals does. Random intervals that
// touch, nest and repeat; every boundary and its neighbours are asked. Also that a timeline without
// faults is fine for ever.
#include <criterion/criterion.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/timeline.h"

enum { MOST = 30, END = 60 };

struct twin {
    struct timeline_interval v[MOST];
    size_t n;
};

static struct fault_state twin_at(const struct twin *t, simtime time)
{
    struct fault_state s = fault_state_fine;
    for (size_t i = 0; i < t->n; i++) {
        const struct fault_state *f = &t->v[i].state;
        if (time < t->v[i].start || time >= t->v[i].end)
            continue;
        s.is_dead = s.is_dead || f->is_dead;
        s.is_refusing = s.is_refusing || f->is_refusing;
        s.has_control_plane = s.has_control_plane && f->has_control_plane;
        s.no_writes = s.no_writes || f->no_writes;
        s.no_reads = s.no_reads || f->no_reads;
        s.slow *= f->slow;
        s.capacity *= f->capacity;
        s.loss = 1 - (1 - s.loss) * (1 - f->loss);
        s.errors = 1 - (1 - s.errors) * (1 - f->errors);
    }
    return s;
}

static bool twin_is_well(const struct twin *t, simtime time)
{
    struct fault_state s = twin_at(t, time);
    return !s.is_dead && !s.is_refusing;
}

// First time in [from, END] with that health; SIMTIME_NEVER if there is none, but for intervals
// without end.
static simtime twin_first(const struct twin *t, simtime from, bool is_well)
{
    for (simtime at = from; at <= END; at++)
        if (twin_is_well(t, at) == is_well)
            return at;
    return SIMTIME_NEVER;
}

static struct fault_state random_state(struct stream *s)
{
    struct fault_state f = fault_state_fine;
    f.is_dead = stream_below(s, 4) == 0;
    f.is_refusing = stream_below(s, 4) == 0;
    f.has_control_plane = stream_below(s, 2) == 0;
    f.no_writes = stream_below(s, 4) == 0;
    f.no_reads = stream_below(s, 8) == 0;
    f.slow = (float)(1 + stream_below(s, 3));
    f.loss = (float)stream_below(s, 3) / 4;
    f.errors = (float)stream_below(s, 3) / 4;
    f.capacity = (float)stream_below(s, 5) / 4;
    return f;
}

static void make_random(struct stream *s, struct timeline *line, struct twin *t, size_t n)
{
    t->n = n;
    for (size_t i = 0; i < n; i++) {
        simtime start = stream_below(s, 50), end = start + stream_below(s, 20);
        if (end > END || stream_below(s, 40) == 0)
            end = end > END ? END : SIMTIME_NEVER;
        t->v[i] = (struct timeline_interval){start, end, random_state(s)};
        timeline_add(line, start, end, t->v[i].state);
    }
    timeline_seal(line);
}

static void expect_same(const struct timeline *line, const struct twin *t, simtime at)
{
    const struct fault_state *got = timeline_at(line, at);
    struct fault_state want = twin_at(t, at);
    cr_assert(got->is_dead == want.is_dead && got->is_refusing == want.is_refusing &&
                  got->has_control_plane == want.has_control_plane &&
                  got->no_writes == want.no_writes && got->no_reads == want.no_reads,
              "at %lld", (long long)at);
    cr_assert(got->slow == want.slow && got->loss == want.loss && got->errors == want.errors &&
                  got->capacity == want.capacity,
              "at %lld", (long long)at);
    cr_assert_eq(timeline_alive_from(line, at), twin_first(t, at, true), "at %lld", (long long)at);
    if (twin_is_well(t, at)) // what only the well are asked
        cr_assert_eq(timeline_next_failure(line, at), twin_first(t, at + 1, false), "at %lld",
                     (long long)at);
}

Test(timeline, random_intervals_agree_with_a_scan)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream random = stream_open(seed, 0, "test", "timeline");
        struct timeline line = {0};
        struct twin t;
        make_random(&random, &line, &t, stream_below(&random, MOST));
        for (simtime at = 0; at <= END; at++)
            expect_same(&line, &t, at);
        for (size_t i = 1; i < line.changes.n; i++)
            cr_assert_lt(line.changes.items[i - 1].time, line.changes.items[i].time);
        timeline_free(&line);
    }
}

Test(timeline, well_until_something_changes)
{
    struct timeline line = {0};
    struct fault_state writes = fault_state_fine, reads = fault_state_fine;
    writes.no_reads = reads.no_writes = true;
    timeline_add(&line, 10, 20, writes);
    timeline_add(&line, 30, 40, reads);
    timeline_seal(&line);
    cr_expect_eq(timeline_fine_until(&line, 5), 10);
    cr_expect_eq(timeline_fine_until(&line, 15), 15);
    cr_expect_eq(timeline_fine_until(&line, 20), 30);
    cr_expect_eq(timeline_fine_until(&line, 35), 35);
    cr_expect_eq(timeline_alive_from(&line, 15), 15, "it hears and answers");
    timeline_free(&line);
}

Test(timeline, up_since_the_end_of_the_latest_failure)
{
    struct timeline line = {0};
    timeline_add(&line, 10, 20, (struct fault_state){.is_dead = true, .slow = 1, .capacity = 1});
    timeline_add(&line, 15, 30, (struct fault_state){.is_refusing = true});
    timeline_add(&line, 40, 50, (struct fault_state){.slow = 2, .capacity = 1});
    timeline_seal(&line);
    static const simtime at[] = {0, 9, 10, 15, 29, 30, 31, 45, 99};
    static const simtime since[] = {0, 0, 10, 15, 29, 30, 30, 30, 30};
    for (size_t i = 0; i < ARRAY_LEN(at); i++)
        cr_expect_eq(timeline_up_since(&line, at[i]), since[i], "%ld", at[i]);
    timeline_free(&line);
}

Test(timeline, nothing_happens_to_a_component_without_faults)
{
    struct timeline line = {0};
    timeline_add(&line, 5, 5, (struct fault_state){.is_dead = true}); // lasts no time
    timeline_seal(&line);
    cr_expect_eq(timeline_at(&line, 5), &fault_state_fine);
    cr_expect_eq(timeline_alive_from(&line, 7), 7);
    cr_expect_eq(timeline_next_failure(&line, 0), SIMTIME_NEVER);
    timeline_free(&line);
}
