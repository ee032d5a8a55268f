// The calendar: a cell's pending events, given back in (time, key) order.
//
// Object. Time is cut into buckets of 2^shift ns, aligned to 0. The ring holds the next
// CALENDAR_BUCKETS of them. An event is in one of four places:
//   ring      appended, unsorted, to its bucket's list of chunks;
//   run       the open bucket, sorted when it opened (run.h);
//   born      a small heap: events pushed into the open bucket;
//   overflow  a heap: events beyond the ring, dealt to it as it advances.
// A bitmap of non-empty buckets skips empty stretches; when the ring is empty it jumps to the
// overflow.
//
// Order of calls: init, then pushes and pops in any order; a push must not be earlier than the last
// pop. A bucket opens only when an event of it is asked for, so a window's end may cut a bucket
// anywhere, and what other cells send after that end still falls into the open bucket or a later
// one.
//
// Width: given, or tuned to the load (tuner.h); a change of width deals all pending events again.
//
// Cost: push a few stores (a streaming write); pop a share of a sort in cache; memory about 52
// bytes an event and half a chunk a non-empty bucket. Nothing is allocated once the largest size
// has been seen.
//
// Why order holds: it is (time, key), a total order; where an event waits and when it came do not
// enter. Thread class: one thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/chunk.h"
#include "engine/event.h"
#include "engine/heap.h"
#include "engine/run.h"
#include "engine/tuner.h"

enum { CALENDAR_BUCKETS = 4096, CALENDAR_WORDS = CALENDAR_BUCKETS / 64, CALENDAR_MAX_SHIFT = 52 };

struct calendar_bucket {
    struct chunk *newest;
    uint32_t n;    // events in the bucket
    uint32_t room; // free places in the newest chunk
};

struct calendar {
    int shift;
    int64_t first;      // bucket number of the ring's first bucket; the open one is before it
    simtime known_next; // earliest time in ring and overflow, or -1: not known
    struct calendar_bucket *buckets; // [CALENDAR_BUCKETS], by bucket number modulo the ring
    uint64_t summary;                // bit w: words[w] is not 0
    uint64_t words[CALENDAR_WORDS];  // bit b of word w: bucket 64 w + b is not empty
    struct chunk *open;              // chunks of the open bucket, to be given back when it closes
    struct run run;
    struct heap born;
    struct heap overflow;
    struct chunk_pool pool;
    struct event popped; // the last event popped from a heap
    size_t n;            // pending events
    struct tuner_work work;
    struct tuner tuner;
    struct heap spare; // empty; takes the overflow's place while it is dealt again
};

// shift: width of a bucket, 2^shift ns, 0 <= shift <= CALENDAR_MAX_SHIFT; is_tuned: only to begin
// with.
void calendar_init(struct calendar *c, int shift, bool is_tuned);
void calendar_free(struct calendar *c);

// Adds an event; its time is not before that of the last pop.
void calendar_push(struct calendar *c, const struct event *event);
// Time of the earliest event, SIMTIME_NEVER when empty.
simtime calendar_next(struct calendar *c);
// Removes the earliest event if its time is < limit, else returns NULL. The event stays readable
// until the next pop.
const struct event *calendar_pop(struct calendar *c, simtime limit);
// Visits every pending event in no particular order.
void calendar_each(const struct calendar *c,
                   void (*visit)(void *argument, const struct event *event), void *argument);
// Changes the bucket width and deals all pending events again; what the last pop returned is gone.
void calendar_resize(struct calendar *c, int shift);
// Bytes of storage that have been in use.
size_t calendar_bytes(const struct calendar *c);
