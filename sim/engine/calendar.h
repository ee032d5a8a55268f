// The calendar: a cell's pending events, given back in (time, key) order.
//
// Object. Time is cut into buckets of 2^shift ns, aligned to 0. An event is in one of five places:
//   near      a ring of the next CALENDAR_NEAR buckets: appended, unsorted;
//   run       the open bucket, sorted when it opened (run.h);
//   born      a small heap: events pushed into the open bucket or before it;
//   far       a ring of coarse buckets, each dealt to the near ring as that reaches it;
//   beyond    a heap: events later than the far ring, dealt to it as it advances.
// Bitmaps of non-empty buckets skip empty stretches, however long.
//
// Order of calls: init, then pushes and pops in any order; a push must not be earlier than the last
// pop. A bucket opens only when an event of it is asked for, so a window's end may cut a bucket
// anywhere, and what other cells send after that end still falls into the open bucket or a later
// one.
//
// Width: given, or tuned to the load (tuner.h); a change of width deals all pending events again.
//
// Cost: push a few stores (a streaming write; twice for far events); pop a share of a sort in
// cache; memory about 50 bytes an event and half a chunk a non-empty bucket. Nothing is allocated
// once the largest size has been seen.
//
// Why order holds: it is (time, key), a total order; where an event waits and when it came do not
// enter. Thread class: one thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/chunk.h"
#include "engine/event.h"
#include "engine/heap.h"
#include "engine/ring.h"
#include "engine/run.h"
#include "engine/tuner.h"

enum {
    CALENDAR_NEAR = 2048,
    CALENDAR_FAR = 1024,
    CALENDAR_FAR_BITS = 10, // a coarse bucket is 2^10 buckets wide
    CALENDAR_MAX_SHIFT = 52,
};

// The earliest time in a ring's first bucket, as last looked up. Asked for at every barrier, while
// little changes: only what came in since is looked at.
struct calendar_least {
    simtime time;
    int64_t number;         // of the bucket
    const struct event *at; // its end then; NULL: nothing is known
};

// Where prefetching is in the bucket that will open next.
struct calendar_ahead {
    const struct chunk *chunk; // NULL: done
    size_t line;               // of the chunk
};

struct calendar {
    int shift;
    int64_t first; // bucket number of the near ring's first bucket; the open one is before it
    struct run run;
    struct heap born;
    bool is_prefetched; // calendar_prefetch is called with every event; set at any time
    struct calendar_ahead ahead;
    struct ring near;
    struct chunk_pool pool;
    struct ring far;
    int64_t far_first; // coarse bucket number of the far ring's first bucket
    int64_t far_start; // number of the first bucket that the far ring has events for; INT64_MAX
    struct heap beyond;
    struct event popped; // the last event popped from born
    struct calendar_least near_least, far_least;
    struct tuner_work work;
    struct tuner tuner;
    struct heap spare; // empty; takes the place of beyond while that is dealt again
};

// shift: width of a bucket, 2^shift ns, 0 <= shift <= CALENDAR_MAX_SHIFT; is_tuned: only to begin
// with.
void calendar_init(struct calendar *c, int shift, bool is_tuned);
void calendar_free(struct calendar *c);

// Rare halves of the two functions below; not called directly.
struct event *calendar_place_rarely(struct calendar *c, simtime time, uint64_t key);
const struct event *calendar_pop_rarely(struct calendar *c, simtime limit);

// A place for an event with this time (>= that of the last pop) and key, all of which the caller
// fills at once.
static inline struct event *calendar_place(struct calendar *c, simtime time, uint64_t key)
{
    int64_t number = time >> c->shift;
    if (__builtin_expect((uint64_t)(number - c->first) >= CALENDAR_NEAR, 0))
        return calendar_place_rarely(c, time, key);
    return ring_push(&c->near, &c->pool, number);
}

static inline void calendar_push(struct calendar *c, const struct event *event)
{
    *calendar_place(c, event->time, event->key) = *event;
}

// Time of the earliest event, SIMTIME_NEVER when empty.
simtime calendar_next(struct calendar *c);

// Removes the earliest event if its time is < limit, else returns NULL. The event stays readable
// until the next pop.
static inline const struct event *calendar_pop(struct calendar *c, simtime limit)
{
    if (__builtin_expect(c->run.at >= c->run.order.n, 0))
        return calendar_pop_rarely(c, limit);
    const struct event *first = run_first(&c->run);
    if (__builtin_expect(heap_time(&c->born) <= first->time, 0))
        return calendar_pop_rarely(c, limit);
    if (first->time >= limit)
        return NULL;
    c->run.at++;
    return first;
}

// Fetches another cache line of the bucket that will open next: called once an event, it has them
// all there in time. Worth its few instructions when the pending events do not fit the cache.
static inline void calendar_prefetch(struct calendar *c)
{
    struct calendar_ahead *ahead = &c->ahead;
    if (ahead->chunk == NULL)
        return;
    __builtin_prefetch((const unsigned char *)ahead->chunk + ahead->line * CHUNK_LINE_BYTES);
    if (ahead->line-- == 0)
        *ahead = (struct calendar_ahead){ahead->chunk->older, CHUNK_LINES - 1};
}

// Visits every pending event in no particular order.
void calendar_each(const struct calendar *c,
                   void (*visit)(void *argument, const struct event *event), void *argument);
// Changes the bucket width and deals all pending events again; what the last pop returned is gone.
void calendar_resize(struct calendar *c, int shift);
// Bytes of storage that have been in use.
size_t calendar_bytes(const struct calendar *c);
