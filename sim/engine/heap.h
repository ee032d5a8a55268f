// A heap of events: push any, pop the earliest by (time, key).
//
// Used where few events are expected (born inside an open bucket, beyond the rings) and as the
// whole event list of the serial oracle. Four children a node: half the levels of a binary heap,
// and the children of a node are neighbours in memory.
//
// Cost: O(log n) a push or pop, moving 48 bytes a level; allocates only when it grows past its
// largest size. Thread class: one thread at a time.
#pragma once

#include <stddef.h>

#include "base/array.h"
#include "engine/event.h"

// Zero-initialised is empty.
struct heap {
    ARRAY(struct event) events; // events.items[0] is the earliest
};

// A place for an event with this time and key, the rest of which the caller fills at once.
struct event *heap_place(struct heap *heap, simtime time, uint64_t key);
void heap_push(struct heap *heap, const struct event *event);
// Removes the earliest event into *out. Requires a non-empty heap.
void heap_pop(struct heap *heap, struct event *out);
// Whether no event is before its parent (for tests and VALIDATE).
bool heap_is_valid(const struct heap *heap);
void heap_free(struct heap *heap);

// Time of the earliest event; SIMTIME_NEVER when empty.
static inline simtime heap_time(const struct heap *heap)
{
    return heap->events.n > 0 ? heap->events.items[0].time : SIMTIME_NEVER;
}
