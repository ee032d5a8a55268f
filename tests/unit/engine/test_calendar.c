// Pins: whatever is pushed, popped with whatever limits, at whatever bucket width, a calendar gives
// the same events as a naive sorted list: through ring wraps, far ring, heap beyond, empty
// stretches, pushes into the open bucket, half-consumed buckets, changes of width by hand and by
// the tuner, and across every growth boundary. The programs prove by counters that they went
// through all of these. Not pinned: where an event waits, speed.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/stream.h"
#include "engine/calendar.h"
#include "unit/engine/twin.h"

struct program {
    uint64_t seed;
    int shift;
    bool is_tuned;
    bool is_resized; // changes width at random moments
    bool is_sabotaged;
    uint32_t n_steps;
};

// States in which the width was changed: otherwise the tests would be hollow.
static struct {
    int half_consumed, born, near, far, beyond;
} resized;

static void resize(struct calendar *c, int shift)
{
    resized.half_consumed += c->run.at > 0 && c->run.at < c->run.order.n;
    resized.born += c->born.events.n > 0;
    resized.near += ring_find(&c->near, 0) >= 0;
    resized.far += ring_find(&c->far, 0) >= 0;
    resized.beyond += c->beyond.events.n > 0;
    calendar_resize(c, shift);
}

struct state {
    struct calendar calendar;
    struct twin twin;
    struct stream stream;
    simtime now;
    uint32_t sequence;
};

// Delays of all scales: ties, within a bucket, within the ring, around its end, far beyond.
static simtime random_delay(struct state *s, int shift)
{
    simtime width = (simtime)1 << shift, ring = width * CALENDAR_NEAR;
    simtime coarse = width << CALENDAR_FAR_BITS;
    switch (stream_below(&s->stream, 8)) {
    case 0:
        return 1 + stream_below(&s->stream, 2);
    case 1:
        return 1 + (simtime)(stream_word(&s->stream) % (uint64_t)width);
    case 2:
        return ring - width + (simtime)(stream_word(&s->stream) % (uint64_t)(2 * width + 1));
    case 3:
        return ring + (simtime)(stream_word(&s->stream) % (uint64_t)(3 * ring));
    case 5: // around the far ring's end and beyond it
        if (stream_below(&s->stream, 16) == 0)
            return coarse * CALENDAR_FAR / 2 +
                   (simtime)(stream_word(&s->stream) % (uint64_t)(coarse * CALENDAR_FAR));
        return 1 + (simtime)(stream_word(&s->stream) % (uint64_t)width);
    case 4:
        return (1 + stream_below(&s->stream, 20)) * width;
    default:
        return 1 + (simtime)(stream_word(&s->stream) % (uint64_t)(50 * width));
    }
}

static void step_push(struct state *s, int shift)
{
    struct event event = {.time = s->now + random_delay(s, shift),
                          .key = (uint64_t)stream_below(&s->stream, 3) << EVENT_SEQUENCE_BITS |
                                 ++s->sequence,
                          .dst = s->sequence};
    if (stream_below(&s->stream, 4) == 0) // another one at the same instant, and often a third
        event.time = s->twin.events.n > 0 ? twin_next(&s->twin) : event.time;
    event.time = event.time <= s->now ? s->now + 1 : event.time;
    memcpy(event.payload, &s->sequence, sizeof s->sequence);
    calendar_push(&s->calendar, &event);
    twin_push(&s->twin, &event);
}

// Pops what is before a random limit; false if the two disagree.
static bool step_pop(struct state *s, int shift)
{
    simtime limit = s->now + random_delay(s, shift);
    if (stream_below(&s->stream, 4) == 0)
        limit = twin_next(&s->twin); // nothing is before it
    for (uint32_t i = stream_below(&s->stream, 12); i > 0; i--) {
        const struct event *got = calendar_pop(&s->calendar, limit);
        if (twin_next(&s->twin) >= limit)
            return got == NULL;
        struct event want = twin_pop(&s->twin);
        if (got == NULL || !twin_same(got, &want))
            return false;
        s->now = want.time;
    }
    return true;
}

static void add_one(void *argument, const struct event *event)
{
    (void)event;
    ++*(size_t *)argument;
}

static size_t count(const struct calendar *c)
{
    size_t n = 0;
    calendar_each(c, add_one, &n);
    return n;
}

// Programs that went there.
static struct {
    int far, beyond;
} far_and_beyond;

static bool program_agrees(const struct program *p)
{
    struct state s = {.stream = stream_open(p->seed, 0, "test", "calendar"),
                      .twin.is_sabotaged = p->is_sabotaged};
    calendar_init(&s.calendar, p->shift, p->is_tuned);
    bool agrees = true;
    for (uint32_t i = 0; i < p->n_steps && agrees; i++) {
        uint32_t level = i / 400 % 3; // grow, hold, drain
        for (uint32_t n = stream_below(&s.stream, level == 0 ? 12 : level == 1 ? 6 : 3); n > 0; n--)
            step_push(&s, p->shift);
        agrees = step_pop(&s, p->shift) && (i % 100 > 0 || count(&s.calendar) == s.twin.events.n);
        if (stream_below(&s.stream, 3) == 0)
            agrees = agrees && calendar_next(&s.calendar) == twin_next(&s.twin);
        if (p->is_resized && stream_below(&s.stream, 50) == 0) {
            agrees = agrees && calendar_next(&s.calendar) == twin_next(&s.twin);
            resize(&s.calendar, (int)stream_below(&s.stream, 40));
            step_push(&s, p->shift);
            agrees = agrees && calendar_next(&s.calendar) == twin_next(&s.twin);
        }
    }
    far_and_beyond.far += s.calendar.work.far > 0;
    far_and_beyond.beyond += s.calendar.work.beyond > 0;
    calendar_free(&s.calendar);
    twin_free(&s.twin);
    return agrees;
}

Test(calendar, random_programs_agree_with_a_sorted_list)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        for (int shift = 0; shift <= 24; shift += 6) {
            struct program p = {.seed = seed, .shift = shift, .n_steps = 4000};
            cr_assert(program_agrees(&p), "seed %lu, shift %d", seed, shift);
        }
    cr_assert(far_and_beyond.far == 100 && far_and_beyond.beyond == 100);
}

Test(calendar, random_programs_with_changes_of_width)
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct program p = {.seed = seed, .shift = 12, .is_resized = true, .n_steps = 4000};
        cr_assert(program_agrees(&p), "seed %lu", seed);
    }
    cr_assert(resized.half_consumed > 10 && resized.born > 10 && resized.near > 10 &&
                  resized.far > 10 && resized.beyond > 10,
              "%d %d %d %d %d", resized.half_consumed, resized.born, resized.near, resized.far,
              resized.beyond);
}

Test(calendar, random_programs_tuned)
{
    for (uint64_t seed = 0; seed < 4; seed++)
        for (int shift = 4; shift <= 28; shift += 12) {
            struct program p = {.seed = seed, .shift = shift, .is_tuned = true, .n_steps = 12000};
            cr_assert(program_agrees(&p), "seed %lu, shift %d", seed, shift);
        }
    cr_assert(far_and_beyond.far == 12 && far_and_beyond.beyond == 12);
}

// A steady number of events whose delays change their scale from phase to phase, so that the tuner
// goes both ways; all due at the present moment when scale is 0.
static void check_tuned(uint64_t seed, const uint32_t *scales, size_t n_phases, int turns[2])
{
    enum { PENDING = 300, PHASE = 16000 };
    struct state s = {.stream = stream_open(seed, 0, "test", "tuned")};
    calendar_init(&s.calendar, 20, true);
    for (uint32_t i = 0; i < PENDING + n_phases * PHASE; i++) {
        simtime scale = i < PENDING ? 1 : (simtime)1 << scales[(i - PENDING) / PHASE] >> 1;
        struct event event = {.time = s.now, .key = ++s.sequence};
        event.time += scale == 0 ? 0 : 1 + (simtime)(stream_word(&s.stream) % (uint64_t)scale);
        calendar_push(&s.calendar, &event);
        twin_push(&s.twin, &event);
        if (i < PENDING)
            continue;
        int shift = s.calendar.shift;
        const struct event *got = calendar_pop(&s.calendar, SIMTIME_NEVER);
        struct event want = twin_pop(&s.twin);
        cr_assert(got != NULL && twin_same(got, &want), "seed %lu, event %u", seed, i);
        turns[0] += s.calendar.shift < shift;
        turns[1] += s.calendar.shift > shift;
        s.now = want.time;
    }
    calendar_free(&s.calendar);
    twin_free(&s.twin);
}

Test(calendar, a_tuner_at_work_changes_nothing)
{
    static const uint32_t growing[] = {10, 20, 40}, shrinking[] = {40, 20, 10}, moment[] = {0, 0};
    int turns[2] = {0};
    for (uint64_t seed = 0; seed < 3; seed++) {
        check_tuned(seed, growing, ARRAY_LEN(growing), turns);
        check_tuned(seed, shrinking, ARRAY_LEN(shrinking), turns);
    }
    check_tuned(3, moment, ARRAY_LEN(moment), turns);
    cr_assert(turns[0] > 5 && turns[1] > 5, "%d times narrower, %d times wider", turns[0],
              turns[1]);
}

Test(calendar, the_tuner_stays_within_the_widths_there_are)
{
    // All events are due at once: narrower would be better, but there is nothing below a
    // nanosecond.
    struct calendar c;
    calendar_init(&c, 0, true);
    calendar_push(&c, &(struct event){.key = 1});
    for (uint64_t key = 2; key < 20000; key++) {
        calendar_push(&c, &(struct event){.key = key});
        cr_assert_eq(calendar_pop(&c, 1)->key, key - 1);
        cr_assert_eq(c.shift, 0);
    }
    cr_assert_gt(c.work.born, 10000u);
    calendar_free(&c);
}

Test(calendar, planted_fault_is_found)
{
    struct program p = {.seed = 1, .shift = 12, .is_sabotaged = true, .n_steps = 4000};
    cr_assert_not(program_agrees(&p), "a twin that breaks ties wrongly went unnoticed");
}

static int compare(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return event_before(x, y) ? -1 : event_before(y, x);
}

// n events in [0, span), popped in one go.
static void check_bulk(size_t n, int shift, uint64_t span)
{
    struct stream s = stream_open(n, (uint32_t)shift, "test", "bulk");
    struct event *events = malloc((n + 1) * sizeof *events);
    struct calendar c;
    calendar_init(&c, shift, false);
    for (size_t i = 0; i < n; i++) {
        events[i] = (struct event){.time = (simtime)(stream_word(&s) % span), .key = i + 1};
        calendar_push(&c, &events[i]);
    }
    qsort(events, n, sizeof *events, compare);
    for (size_t i = 0; i < n; i++) {
        const struct event *got = calendar_pop(&c, SIMTIME_NEVER);
        cr_assert(got != NULL && twin_same(got, &events[i]), "n %zu, shift %d, span %lu: event %zu",
                  n, shift, span, i);
    }
    cr_assert_null(calendar_pop(&c, SIMTIME_NEVER));
    calendar_free(&c);
    free(events);
}

// n events born inside the open bucket, half of which is consumed.
static void check_born(size_t n)
{
    enum { SHIFT = 30, FIRST = 10 };
    struct stream s = stream_open(n, 0, "test", "born");
    struct event *events = malloc((n + FIRST) * sizeof *events);
    struct calendar c;
    calendar_init(&c, SHIFT, false);
    for (size_t i = 0; i < n + FIRST; i++)
        events[i] = (struct event){.time = (simtime)(stream_word(&s) >> (64 - SHIFT)), .key = i};
    qsort(events, FIRST, sizeof *events, compare);
    for (size_t i = 0; i < FIRST; i++)
        calendar_push(&c, &events[i]);
    simtime now = 0;
    for (size_t i = 0; i < FIRST / 2; i++)
        now = calendar_pop(&c, SIMTIME_NEVER)->time;
    for (size_t i = FIRST; i < n + FIRST; i++) {
        events[i].time = now + events[i].time % (((simtime)1 << SHIFT) - now);
        calendar_push(&c, &events[i]);
    }
    cr_assert_eq(c.born.events.n, n);
    qsort(events + FIRST / 2, n + FIRST / 2, sizeof *events, compare);
    for (size_t i = FIRST / 2; i < n + FIRST; i++)
        cr_assert(twin_same(calendar_pop(&c, SIMTIME_NEVER), &events[i]), "%zu born: event %zu", n,
                  i);
    calendar_free(&c);
    free(events);
}

Test(calendar, sizes_around_every_growth)
{
    for (size_t n = 0; n <= 200; n++) {
        check_bulk(n, 10, 1);                  // one instant
        check_bulk(n, 10, 1 << 10);            // one bucket
        check_bulk(n, 0, CALENDAR_NEAR);       // each bucket one ns
        check_bulk(n, 4, 100 * CALENDAR_NEAR); // both rings
        check_bulk(n, 0, UINT64_C(1) << 40);   // nearly all beyond the rings
        check_born(n);
    }
    const size_t sizes[] = {1279, 1280, 1281, 5000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_bulk(sizes[i], 10, 1 << 22);
        check_bulk(sizes[i], 30, 1 << 22);
        check_bulk(sizes[i], 0, UINT64_C(1) << 40);
        check_born(sizes[i]);
    }
}

Test(calendar, empty_stretches_are_skipped)
{
    // Ten events, each a day after the other, in buckets of a nanosecond: jumps, or the test never
    // ends.
    struct calendar c;
    calendar_init(&c, 0, false);
    for (int i = 9; i >= 0; i--)
        calendar_push(&c, &(struct event){.time = i * SIMTIME_DAY, .key = 1});
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(calendar_next(&c), i * SIMTIME_DAY);
        cr_assert_eq(calendar_pop(&c, SIMTIME_NEVER)->time, i * SIMTIME_DAY);
    }
    cr_assert_eq(calendar_next(&c), SIMTIME_NEVER);
    calendar_free(&c);
}

Test(calendar, far_and_near_share_a_bucket)
{
    // When the ring moves on by a bucket, its new last one may have events waiting far off.
    enum { SHIFT = 4 };
    const simtime last = (simtime)CALENDAR_NEAR << SHIFT;
    struct calendar c;
    calendar_init(&c, SHIFT, false);
    calendar_push(&c, &(struct event){.time = 0, .key = 1});
    calendar_push(&c, &(struct event){.time = last + 3, .key = 1});
    cr_assert_eq(c.work.far, 1);
    calendar_pop(&c, 1);
    calendar_push(&c, &(struct event){.time = last + 9, .key = 1});
    cr_assert_eq(c.work.far, 1);
    cr_assert_eq(calendar_next(&c), last + 3);
    cr_assert_null(calendar_pop(&c, last + 3));
    cr_assert_eq(calendar_pop(&c, last + 4)->time, last + 3);
    cr_assert_null(calendar_pop(&c, last + 9));
    cr_assert_eq(calendar_pop(&c, SIMTIME_NEVER)->time, last + 9);
    calendar_free(&c);
}

Test(calendar, every_distance_in_the_ring)
{
    // One event at each distance from each of some starts: the search of the bitmap wraps
    // everywhere.
    struct calendar c;
    calendar_init(&c, 0, false);
    simtime now = 0;
    for (simtime distance = 1; distance < CALENDAR_NEAR + 2; distance++) {
        calendar_push(&c, &(struct event){.time = now + distance, .key = 1});
        calendar_push(&c, &(struct event){.time = now + distance + 63, .key = 1});
        cr_assert_eq(calendar_next(&c), now + distance);
        cr_assert_eq(calendar_pop(&c, SIMTIME_NEVER)->time, now + distance);
        cr_assert_eq(calendar_pop(&c, SIMTIME_NEVER)->time, now + distance + 63);
        now += distance + 63;
    }
    calendar_free(&c);
}

Test(calendar, every_distance_in_the_far_ring)
{
    // On the last and the first nanosecond of each coarse bucket, from some starts, around the far
    // ring's end and beyond it.
    const simtime coarse = (simtime)1 << CALENDAR_FAR_BITS;
    struct calendar c;
    calendar_init(&c, 0, false);
    simtime now = 0;
    for (simtime distance = 1; distance < CALENDAR_FAR + 8; distance += 1 + distance % 3) {
        simtime border = (now / coarse + distance) * coarse;
        const simtime times[] = {border - 1, border, border + coarse * CALENDAR_FAR - 1,
                                 border + coarse * CALENDAR_FAR};
        for (uint64_t i = 0; i < ARRAY_LEN(times); i++)
            calendar_push(&c, &(struct event){.time = times[i], .key = i + 1});
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
            cr_assert_eq(calendar_next(&c), times[i]);
            cr_assert_null(calendar_pop(&c, times[i]));
            cr_assert_eq(calendar_pop(&c, times[i] + 1)->time, times[i], "distance %ld", distance);
        }
        now = times[3];
    }
    cr_assert(c.work.far > 300 && c.work.beyond > 300, "%lu far, %lu beyond", c.work.far,
              c.work.beyond);
    calendar_free(&c);
}

Test(calendar, an_event_outlives_pushes)
{
    // A popped event is read by its handler while that pushes into the same bucket and far away.
    struct calendar c;
    calendar_init(&c, 10, true);
    for (uint32_t i = 0; i < 50; i++)
        calendar_push(&c, &(struct event){.time = i, .key = i + 1, .dst = i});
    for (uint32_t i = 0; i < 50; i++) {
        const struct event *event = calendar_pop(&c, 1000);
        for (uint32_t j = 0; j < 200; j++)
            calendar_push(&c, &(struct event){.time = 2000 + j * 1000, .key = i * 1000 + j + 100});
        cr_assert(event->time == i && event->dst == i);
    }
    calendar_free(&c);
}

static void add_key(void *argument, const struct event *event)
{
    *(uint64_t *)argument += event->key;
}

Test(calendar, each_visits_every_place)
{
    struct calendar c;
    calendar_init(&c, 4, false);
    uint64_t sum = 0, want = 0;
    for (uint64_t key = 1; key <= 3000; key++) { // run, both rings, beyond
        calendar_push(&c, &(struct event){.time = (simtime)(key / 3 * key * 100), .key = key});
        want += key;
    }
    want -= calendar_pop(&c, SIMTIME_NEVER)->key;
    calendar_push(&c, &(struct event){.time = 1, .key = 5000}); // into the open bucket
    cr_assert(c.run.order.n == 2 && c.run.at == 1 && c.born.events.n == 1 && c.work.far > 0 &&
              c.beyond.events.n > 0);
    calendar_each(&c, add_key, &sum);
    cr_assert_eq(sum, want + 5000);
    cr_assert_eq(count(&c), 3000);
    calendar_free(&c);
}

Test(calendar, memory_follows_the_number_of_events)
{
    // 300,000 pending events over thousands of buckets, through several turns of the ring.
    struct stream s = stream_open(1, 0, "test", "memory");
    struct calendar c;
    calendar_init(&c, 10, false);
    enum { PENDING = 300000, SPAN = 4000 << 10 };
    for (uint64_t i = 0; i < PENDING; i++)
        calendar_push(&c, &(struct event){.time = stream_below(&s, SPAN), .key = i});
    for (uint64_t i = 0; i < 3 * PENDING; i++) {
        simtime now = calendar_pop(&c, SIMTIME_NEVER)->time;
        calendar_push(
            &c, &(struct event){.time = now + 1 + stream_below(&s, SPAN), .key = PENDING + i});
    }
    double bytes = (double)calendar_bytes(&c) / PENDING;
    cr_assert_lt(bytes, 64, "%.1f bytes an event", bytes);
    calendar_free(&c);
}
