#include "engine/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { CALENDAR_MASK = CALENDAR_BUCKETS - 1 };

_Static_assert(CALENDAR_WORDS == 64, "one summary word covers all words");

static const simtime CALENDAR_UNKNOWN = -1;

void calendar_init(struct calendar *c, int shift, bool is_tuned)
{
    REQUIRE(shift >= 0 && shift <= CALENDAR_MAX_SHIFT, "bucket width 2^%d ns", shift);
    *c = (struct calendar){.shift = shift, .known_next = SIMTIME_NEVER};
    c->tuner = is_tuned ? tuner_start() : (struct tuner){.left = UINT64_MAX};
    c->buckets = calloc(CALENDAR_BUCKETS, sizeof *c->buckets);
    REQUIRE(c->buckets != NULL, "out of memory: calendar ring");
}

void calendar_free(struct calendar *c)
{
    free(c->buckets);
    run_free(&c->run);
    heap_free(&c->born);
    heap_free(&c->overflow);
    heap_free(&c->spare);
    chunk_pool_free(&c->pool);
    *c = (struct calendar){0};
}

static void calendar_mark(struct calendar *c, size_t slot)
{
    c->words[slot / 64] |= UINT64_C(1) << slot % 64;
    c->summary |= UINT64_C(1) << slot / 64;
}

static void calendar_unmark(struct calendar *c, size_t slot)
{
    c->words[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    if (c->words[slot / 64] == 0)
        c->summary &= ~(UINT64_C(1) << slot / 64);
}

static void calendar_put_in_ring(struct calendar *c, int64_t number, const struct event *event)
{
    size_t slot = (size_t)number & CALENDAR_MASK;
    struct calendar_bucket *bucket = &c->buckets[slot];
    if (bucket->room == 0) {
        struct chunk *chunk = chunk_take(&c->pool);
        chunk->next = bucket->newest;
        bucket->newest = chunk;
        bucket->room = CHUNK_EVENTS;
        if (bucket->n == 0)
            calendar_mark(c, slot);
    }
    bucket->newest->events[CHUNK_EVENTS - bucket->room] = *event;
    bucket->room--;
    bucket->n++;
}

// Adds without counting.
static void calendar_place(struct calendar *c, const struct event *event)
{
    int64_t number = event->time >> c->shift;
    if (LIKELY((uint64_t)(number - c->first) < CALENDAR_BUCKETS)) {
        calendar_put_in_ring(c, number, event);
    } else if (number < c->first) {
        heap_push(&c->born, event);
        c->work.born++;
        return;
    } else {
        heap_push(&c->overflow, event);
        c->work.overflow++;
    }
    if (event->time < c->known_next)
        c->known_next = event->time;
}

void calendar_push(struct calendar *c, const struct event *event)
{
    CHECK(event->time >= 0);
    c->n++;
    calendar_place(c, event);
}

// Distance from the ring's first bucket to the first one that is not empty; -1 when all are empty.
static int64_t calendar_find(const struct calendar *c)
{
    if (c->summary == 0)
        return -1;
    size_t start = (size_t)c->first & CALENDAR_MASK;
    uint64_t here = c->words[start / 64] >> start % 64;
    if (here != 0)
        return __builtin_ctzll(here);
    // Words after this one, then those before it and its own lower bits: the ring's end.
    size_t word = start / 64;
    uint64_t after = word == 63 ? 0 : c->summary >> (word + 1) << (word + 1);
    size_t found = (size_t)__builtin_ctzll(after != 0 ? after : c->summary);
    size_t slot = found * 64 + (size_t)__builtin_ctzll(c->words[found]);
    return (int64_t)((slot - start) & CALENDAR_MASK);
}

static size_t calendar_used(const struct calendar_bucket *bucket, const struct chunk *chunk)
{
    return chunk == bucket->newest ? CHUNK_EVENTS - bucket->room : CHUNK_EVENTS;
}

static simtime calendar_bucket_time(const struct calendar_bucket *bucket)
{
    simtime least = SIMTIME_NEVER;
    size_t left = bucket->n;
    for (const struct chunk *k = bucket->newest; left > 0; k = k->next) {
        size_t n = calendar_used(bucket, k);
        for (size_t i = 0; i < n; i++)
            least = k->events[i].time < least ? k->events[i].time : least;
        left -= n;
    }
    return least;
}

// Earliest time outside the open bucket.
static simtime calendar_next_closed(struct calendar *c)
{
    if (c->known_next != CALENDAR_UNKNOWN)
        return c->known_next;
    simtime next = heap_time(&c->overflow);
    int64_t distance = calendar_find(c);
    if (distance >= 0) {
        size_t slot = (size_t)(c->first + distance) & CALENDAR_MASK;
        simtime in_ring = calendar_bucket_time(&c->buckets[slot]);
        next = in_ring < next ? in_ring : next;
    }
    c->known_next = next;
    return next;
}

static simtime calendar_run_time(const struct calendar *c)
{
    return c->run.at < c->run.entries.n ? c->run.entries.items[c->run.at].time : SIMTIME_NEVER;
}

simtime calendar_next(struct calendar *c)
{
    simtime sorted = calendar_run_time(c), born = heap_time(&c->born);
    simtime open = sorted < born ? sorted : born;
    // The open bucket comes before all others.
    return open != SIMTIME_NEVER ? open : calendar_next_closed(c);
}

static void calendar_close(struct calendar *c)
{
    while (c->open != NULL) {
        struct chunk *next = c->open->next;
        chunk_give(&c->pool, c->open);
        c->open = next;
    }
}

// Detaches a bucket and makes it the sorted run.
static void calendar_sort_bucket(struct calendar *c, size_t slot)
{
    struct calendar_bucket *bucket = &c->buckets[slot];
    run_reset(&c->run, bucket->n);
    struct run_entry *entry = c->run.entries.items;
    struct chunk *oldest = NULL;
    for (struct chunk *k = bucket->newest; k != NULL; k = k->next) {
        size_t n = calendar_used(bucket, k);
        for (size_t i = 0; i < n; i++)
            *entry++ = (struct run_entry){k->events[i].time, k->events[i].key, &k->events[i]};
        oldest = k;
    }
    CHECK(oldest != NULL);
    c->run.entries.n = bucket->n;
    run_sort(&c->run, c->shift);
    c->open = bucket->newest;
    *bucket = (struct calendar_bucket){0};
    calendar_unmark(c, slot);
}

// Opens a bucket, the first that holds an event. Requires an exhausted open bucket.
static void calendar_open(struct calendar *c, int64_t number)
{
    CHECK(number >= c->first);
    calendar_close(c);
    c->first = number;
    while (heap_time(&c->overflow) >> c->shift < c->first + CALENDAR_BUCKETS &&
           c->overflow.events.n > 0) {
        struct event event;
        heap_pop(&c->overflow, &event);
        calendar_put_in_ring(c, event.time >> c->shift, &event);
    }
    calendar_sort_bucket(c, (size_t)number & CALENDAR_MASK);
    c->work.opened++;
    c->first = number + 1;
    c->known_next = CALENDAR_UNKNOWN;
}

// Opens the next bucket if it has an event before the limit.
static bool calendar_open_next(struct calendar *c, simtime limit)
{
    if (c->known_next == CALENDAR_UNKNOWN) {
        // A bucket that ends before the limit is opened without a look at its events' times. The
        // overflow cannot be earlier: it begins at the ring's last bucket or after it.
        int64_t distance = calendar_find(c);
        if (distance >= 0 && c->first + distance < limit >> c->shift) {
            calendar_open(c, c->first + distance);
            return true;
        }
    }
    simtime next = calendar_next_closed(c);
    if (next >= limit)
        return false;
    calendar_open(c, next >> c->shift);
    return true;
}

// Takes all chunks out of the ring, each with its count.
static struct chunk *calendar_detach_ring(struct calendar *c)
{
    struct chunk *all = NULL;
    for (size_t slot = 0; slot < CALENDAR_BUCKETS; slot++) {
        struct calendar_bucket *bucket = &c->buckets[slot];
        for (struct chunk *k = bucket->newest, *next; k != NULL; k = next) {
            next = k->next;
            k->n = calendar_used(bucket, k);
            k->next = all;
            all = k;
        }
        *bucket = (struct calendar_bucket){0};
    }
    memset(c->words, 0, sizeof c->words);
    c->summary = 0;
    return all;
}

static void calendar_deal_heap(struct calendar *c, struct heap *heap)
{
    for (size_t i = 0; i < heap->events.n; i++)
        calendar_place(c, &heap->events.items[i]);
    array_clear(&heap->events);
}

void calendar_resize(struct calendar *c, int shift)
{
    REQUIRE(shift >= 0 && shift <= CALENDAR_MAX_SHIFT, "bucket width 2^%d ns", shift);
    struct tuner_work work = c->work;
    struct chunk *ring = calendar_detach_ring(c);
    struct heap overflow = c->overflow;
    c->overflow = c->spare;
    // Nothing is earlier than the beginning of the open bucket, which is not open any more.
    simtime begin = c->first > 0 ? (c->first - 1) << c->shift : 0;
    c->shift = shift;
    c->first = begin >> shift;
    while (ring != NULL) {
        struct chunk *next = ring->next;
        for (size_t i = 0; i < ring->n; i++)
            calendar_place(c, &ring->events[i]);
        chunk_give(&c->pool, ring);
        ring = next;
    }
    for (size_t i = c->run.at; i < c->run.entries.n; i++)
        calendar_place(c, c->run.entries.items[i].event);
    run_reset(&c->run, 0);
    calendar_close(c);
    calendar_deal_heap(c, &c->born);
    calendar_deal_heap(c, &overflow);
    c->spare = overflow;
    c->known_next = CALENDAR_UNKNOWN;
    c->work = work;
}

static void calendar_review(struct calendar *c)
{
    int shift = c->shift + tuner_review(&c->tuner, &c->work, c->n);
    if (shift != c->shift && shift >= 0 && shift <= CALENDAR_MAX_SHIFT)
        calendar_resize(c, shift);
}

static const struct event *calendar_pop_born(struct calendar *c)
{
    heap_pop(&c->born, &c->popped);
    return &c->popped;
}

const struct event *calendar_pop(struct calendar *c, simtime limit)
{
    if (UNLIKELY(--c->tuner.left == 0))
        calendar_review(c);
    if (c->run.at == c->run.entries.n && c->born.events.n == 0 && !calendar_open_next(c, limit))
        return NULL;
    bool has_run = c->run.at < c->run.entries.n;
    const struct run_entry *top = &c->run.entries.items[c->run.at];
    if (UNLIKELY(c->born.events.n > 0)) {
        const struct event *born = &c->born.events.items[0];
        if (!has_run || born->time < top->time ||
            (born->time == top->time && born->key < top->key)) {
            if (born->time >= limit)
                return NULL;
            c->n--;
            return calendar_pop_born(c);
        }
    }
    if (top->time >= limit)
        return NULL;
    c->n--;
    c->run.at++;
    return top->event;
}

static void calendar_each_in_bucket(const struct calendar_bucket *bucket,
                                    void (*visit)(void *argument, const struct event *event),
                                    void *argument)
{
    for (const struct chunk *k = bucket->newest; k != NULL; k = k->next) {
        size_t n = calendar_used(bucket, k);
        for (size_t i = 0; i < n; i++)
            visit(argument, &k->events[i]);
    }
}

void calendar_each(const struct calendar *c,
                   void (*visit)(void *argument, const struct event *event), void *argument)
{
    for (size_t i = c->run.at; i < c->run.entries.n; i++)
        visit(argument, c->run.entries.items[i].event);
    for (size_t i = 0; i < c->born.events.n; i++)
        visit(argument, &c->born.events.items[i]);
    for (size_t i = 0; i < c->overflow.events.n; i++)
        visit(argument, &c->overflow.events.items[i]);
    for (size_t i = 0; i < CALENDAR_BUCKETS; i++)
        calendar_each_in_bucket(&c->buckets[i], visit, argument);
}

size_t calendar_bytes(const struct calendar *c)
{
    return CALENDAR_BUCKETS * sizeof *c->buckets + c->pool.n_touched * sizeof(struct chunk) +
           (c->run.entries.capacity + c->run.scratch.capacity) * sizeof(struct run_entry) +
           (c->born.events.capacity + c->overflow.events.capacity + c->spare.events.capacity) *
               sizeof(struct event);
}
