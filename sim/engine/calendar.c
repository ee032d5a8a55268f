#include "engine/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { CALENDAR_FIRST_BORN = 64 };

void calendar_init(struct calendar *c, int shift, bool is_tuned)
{
    REQUIRE(shift >= 0 && shift <= CALENDAR_MAX_SHIFT, "bucket width 2^%d ns", shift);
    *c = (struct calendar){.shift = shift, .far_start = INT64_MAX};
    c->tuner = is_tuned ? tuner_start() : (struct tuner){.left = UINT64_MAX};
    ring_init(&c->near, CALENDAR_NEAR);
    ring_init(&c->far, CALENDAR_FAR);
    run_init(&c->run);
    array_reserve(&c->born.events, CALENDAR_FIRST_BORN);
}

void calendar_free(struct calendar *c)
{
    ring_free(&c->near);
    ring_free(&c->far);
    run_free(&c->run);
    heap_free(&c->born);
    heap_free(&c->beyond);
    heap_free(&c->spare);
    chunk_pool_free(&c->pool);
    *c = (struct calendar){0};
}

// ---- pushing

static int64_t calendar_far_number(const struct calendar *c, simtime time)
{
    return time >> (c->shift + CALENDAR_FAR_BITS);
}

static struct event *calendar_place_far(struct calendar *c, simtime time)
{
    int64_t number = calendar_far_number(c, time), start = number << CALENDAR_FAR_BITS;
    CHECK(number >= c->far_first);
    c->far_start = start < c->far_start ? start : c->far_start;
    return ring_push(&c->far, &c->pool, number);
}

struct event *calendar_place_rarely(struct calendar *c, simtime time, uint64_t key)
{
    CHECK(time >= 0);
    if (time >> c->shift < c->first) {
        c->work.born++;
        return heap_place(&c->born, time, key);
    }
    if (calendar_far_number(c, time) - c->far_first < CALENDAR_FAR) {
        c->work.far++;
        return calendar_place_far(c, time);
    }
    c->work.beyond++;
    return heap_place(&c->beyond, time, key);
}

// ---- the earliest event

// The least of `least` and the times in a bucket, from the newest event back to `seen`, one beyond
// the last one that need not be looked at (NULL: to the oldest).
static simtime calendar_scan(const struct chunk *newest, const struct event *seen, simtime least)
{
    for (const struct chunk *k = newest; k != NULL; k = k->older) {
        bool is_last = seen >= k->events && seen <= k->events + CHUNK_EVENTS;
        for (const struct event *e = is_last ? seen : k->events; e < k->events + k->n; e++)
            least = e->time < least ? e->time : least;
        if (is_last)
            break;
    }
    return least;
}

// Number of the near ring's first bucket that is not empty; INT64_MAX when all are.
static int64_t calendar_near_start(const struct calendar *c)
{
    int64_t distance = ring_find(&c->near, c->first);
    return distance >= 0 ? c->first + distance : INT64_MAX;
}

// Earliest time in a ring's bucket `number`, which is not empty. A number that was taken does not
// come back, but by a change of width.
static simtime calendar_least_of(struct calendar_least *known, const struct ring *ring,
                                 int64_t number)
{
    const struct event *at = ring_end(ring, number);
    if (known->number != number)
        *known = (struct calendar_least){.number = number};
    if (known->at != at) {
        simtime least = known->at != NULL ? known->time : SIMTIME_NEVER;
        known->time = calendar_scan(ring_peek(ring, number), known->at, least);
        known->at = at;
    }
    return known->time;
}

// Earliest time outside run and born.
static simtime calendar_next_closed(struct calendar *c)
{
    int64_t near_start = calendar_near_start(c);
    simtime next = near_start == INT64_MAX
                       ? heap_time(&c->beyond)
                       : calendar_least_of(&c->near_least, &c->near, near_start);
    if (c->far_start != INT64_MAX && c->far_start <= near_start) {
        simtime far = calendar_least_of(&c->far_least, &c->far, c->far_start >> CALENDAR_FAR_BITS);
        next = far < next ? far : next;
    }
    return next;
}

static simtime calendar_run_time(const struct calendar *c)
{
    return c->run.at < c->run.order.n ? run_first(&c->run)->time : SIMTIME_NEVER;
}

simtime calendar_next(struct calendar *c)
{
    simtime sorted = calendar_run_time(c), born = heap_time(&c->born);
    simtime open = sorted < born ? sorted : born;
    // The open bucket comes before all others.
    return open != SIMTIME_NEVER ? open : calendar_next_closed(c);
}

// ---- opening a bucket

static void calendar_close(struct calendar *c)
{
    for (size_t i = 0; i < c->run.chunks.n; i++)
        chunk_give(&c->pool, c->run.chunks.items[i]);
    array_clear(&c->run.chunks);
    c->run.order.n = c->run.at = 0;
}

// Gives the events of a list of chunks new places and the chunks back.
static void calendar_deal_chunks(struct calendar *c, struct chunk *chunks)
{
    for (struct chunk *k = chunks, *older; k != NULL; k = older) {
        older = k->older;
        for (size_t i = 0; i < k->n; i++)
            calendar_push(c, &k->events[i]);
        chunk_give(&c->pool, k);
    }
}

// The far ring now begins at coarse bucket `first`: takes in what waits beyond its old end.
static void calendar_advance_far(struct calendar *c, int64_t first)
{
    if (first <= c->far_first)
        return;
    c->far_first = first;
    while (c->beyond.events.n > 0 &&
           calendar_far_number(c, c->beyond.events.items[0].time) - first < CALENDAR_FAR) {
        struct event event;
        heap_pop(&c->beyond, &event);
        *calendar_place_far(c, event.time) = event;
    }
}

// Deals the far ring's first bucket that is not empty. The near ring has nothing before it.
static void calendar_deal_far(struct calendar *c)
{
    int64_t number = c->far_start >> CALENDAR_FAR_BITS;
    if (c->first < c->far_start)
        c->first = c->far_start;
    struct chunk *chunks = ring_take(&c->far, number);
    int64_t distance = ring_find(&c->far, number);
    c->far_start = distance < 0 ? INT64_MAX : (number + distance) << CALENDAR_FAR_BITS;
    calendar_advance_far(c, number + 1);
    calendar_deal_chunks(c, chunks);
}

// Number of the first bucket that is not empty, moved into the near ring if need be; INT64_MAX when
// all are empty. Requires an exhausted run.
static int64_t calendar_seek(struct calendar *c)
{
    for (;;) {
        int64_t start = calendar_near_start(c);
        if (start < c->far_start)
            return start;
        if (c->far_start != INT64_MAX)
            calendar_deal_far(c);
        else if (c->beyond.events.n > 0)
            calendar_advance_far(c, calendar_far_number(c, heap_time(&c->beyond)));
        else
            return INT64_MAX;
    }
}

// The last line of a chunk comes first: it holds the link to the next one.
static void calendar_look_ahead(struct calendar *c)
{
    int64_t start = calendar_near_start(c);
    c->ahead = (struct calendar_ahead){start != INT64_MAX ? ring_peek(&c->near, start) : NULL,
                                       CHUNK_LINES - 1};
}

// Makes bucket `number` of the near ring, the first that is not empty, the run.
static void calendar_open(struct calendar *c, int64_t number)
{
    calendar_close(c);
    run_open(&c->run, ring_take(&c->near, number), c->shift);
    c->first = number + 1;
    if (c->is_prefetched)
        calendar_look_ahead(c);
    if (UNLIKELY(number >> CALENDAR_FAR_BITS >= c->far_first))
        calendar_advance_far(c, (number >> CALENDAR_FAR_BITS) + 1);
    c->work.opened++;
    c->tuner.left -= c->run.order.n < c->tuner.left ? c->run.order.n : c->tuner.left;
}

// Opens the next bucket if it has an event before the limit.
static bool calendar_open_next(struct calendar *c, simtime limit)
{
    int64_t start = calendar_near_start(c);
    if (UNLIKELY(start >= c->far_start)) {
        if (calendar_next_closed(c) >= limit)
            return false;
        start = calendar_seek(c);
    } else if (start >= limit >> c->shift &&
               calendar_least_of(&c->near_least, &c->near, start) >= limit) {
        // Only a bucket that ends after the limit needed a look at its events' times.
        return false;
    }
    calendar_open(c, start);
    return true;
}

// ---- changes of width

// Takes all chunks out of a ring, as one list.
static struct chunk *calendar_detach(struct ring *ring, struct chunk *list)
{
    for (int64_t distance; (distance = ring_find(ring, 0)) >= 0;) {
        struct chunk *newest = ring_take(ring, distance), *last = newest;
        while (last->older != NULL)
            last = last->older;
        last->older = list;
        list = newest;
    }
    return list;
}

static void calendar_deal_heap(struct calendar *c, struct heap *heap)
{
    for (size_t i = 0; i < heap->events.n; i++)
        calendar_push(c, &heap->events.items[i]);
    array_clear(&heap->events);
}

void calendar_resize(struct calendar *c, int shift)
{
    REQUIRE(shift >= 0 && shift <= CALENDAR_MAX_SHIFT, "bucket width 2^%d ns", shift);
    const struct tuner_work work = c->work;
    struct chunk *rings = calendar_detach(&c->near, calendar_detach(&c->far, NULL));
    struct heap beyond = c->beyond;
    c->beyond = c->spare;
    // Nothing is earlier than the beginning of the open bucket, which is not open any more; but for
    // what was born before it.
    simtime begin = c->first > 0 ? (c->first - 1) << c->shift : 0;
    if (heap_time(&c->born) < begin)
        begin = heap_time(&c->born);
    c->shift = shift;
    c->first = begin >> shift;
    c->far_first = c->first >> CALENDAR_FAR_BITS;
    c->far_start = INT64_MAX;
    c->near_least.at = c->far_least.at = NULL;
    c->ahead.chunk = NULL;
    calendar_deal_chunks(c, rings);
    for (size_t i = c->run.at; i < c->run.order.n; i++)
        calendar_push(c, run_event(&c->run, c->run.order.items[i]));
    calendar_close(c);
    calendar_deal_heap(c, &c->born);
    calendar_deal_heap(c, &beyond);
    c->spare = beyond;
    c->work = work;
}

static void calendar_review(struct calendar *c)
{
    // At most so many events are pending.
    size_t n = c->pool.n_used * CHUNK_EVENTS + c->born.events.n + c->beyond.events.n;
    int shift = c->shift + tuner_review(&c->tuner, &c->work, n, c->born.events.n);
    if (shift != c->shift && shift >= 0 && shift <= CALENDAR_MAX_SHIFT)
        calendar_resize(c, shift);
}

// ---- popping

// Removes and returns the first of born if it comes before the first of the run.
static const struct event *calendar_pop_born(struct calendar *c)
{
    c->tuner.left -= c->tuner.left > 0;
    heap_pop(&c->born, &c->popped);
    return &c->popped;
}

const struct event *calendar_pop_rarely(struct calendar *c, simtime limit)
{
    if (UNLIKELY(c->tuner.left == 0))
        calendar_review(c);
    bool has_run = c->run.at < c->run.order.n;
    if (!has_run && c->born.events.n == 0) {
        if (!calendar_open_next(c, limit))
            return NULL;
        has_run = true;
    }
    const struct event *first = has_run ? run_first(&c->run) : NULL;
    if (c->born.events.n > 0) {
        const struct event *born = &c->born.events.items[0];
        if (first == NULL || event_before(born, first))
            return born->time < limit ? calendar_pop_born(c) : NULL;
    }
    if (first->time >= limit)
        return NULL;
    c->run.at++;
    return first;
}

// ---- readers

struct calendar_visitor {
    void (*visit)(void *argument, const struct event *event);
    void *argument;
};

static void calendar_each_in_heap(const struct heap *heap, const struct calendar_visitor *v)
{
    for (size_t i = 0; i < heap->events.n; i++)
        v->visit(v->argument, &heap->events.items[i]);
}

static void calendar_each_in_ring(const struct ring *ring, const struct calendar_visitor *v)
{
    int64_t slot = ring_find(ring, 0); // -1: empty
    while (slot >= 0 && slot < ring->size) {
        for (const struct chunk *k = ring_peek(ring, slot); k != NULL; k = k->older)
            for (size_t i = 0; i < k->n; i++)
                v->visit(v->argument, &k->events[i]);
        slot += 1 + ring_find(ring, slot + 1); // beyond the last slot: round to the first one again
    }
}

void calendar_each(const struct calendar *c,
                   void (*visit)(void *argument, const struct event *event), void *argument)
{
    const struct calendar_visitor visitor = {visit, argument};
    for (size_t i = c->run.at; i < c->run.order.n; i++)
        visit(argument, run_event(&c->run, c->run.order.items[i]));
    calendar_each_in_heap(&c->born, &visitor);
    calendar_each_in_heap(&c->beyond, &visitor);
    calendar_each_in_ring(&c->near, &visitor);
    calendar_each_in_ring(&c->far, &visitor);
}

size_t calendar_bytes(const struct calendar *c)
{
    return (c->near.size + c->far.size) * sizeof *c->near.buckets +
           c->pool.n_touched * sizeof(struct chunk) +
           (c->run.order.capacity + c->run.scratch.capacity + c->run.chunks.capacity) *
               sizeof(uint64_t) +
           (c->born.events.capacity + c->beyond.events.capacity + c->spare.events.capacity) *
               sizeof(struct event);
}
