// Chunks: blocks of a few events each, from a pool that never gives memory back before its end.
//
// A calendar's buckets are lists of chunks. All buckets of a cell share one pool, so that a bucket
// that empties feeds those that fill: in steady state nothing is allocated, and memory follows the
// number of pending events, not the sum of each bucket's own peak. Chunks never move; pointers to
// their events stay valid.
//
// Large slabs lie on borders of 2 MiB and ask for huge pages: with a million pending events, every
// second access would otherwise miss the processor's table of pages.
//
// Cost: take and give a few instructions; slabs grow with the pool (half of what it has), so
// mallocs are few. Thread class: one thread at a time (each cell has its own pool).
#pragma once

#include <stddef.h>

#include "base/array.h"
#include "engine/event.h"

enum { CHUNK_EVENTS = 21, CHUNK_INDEX_BITS = 5, CHUNK_LINE_BYTES = 64, CHUNK_LINES = 16 };

struct chunk {
    _Alignas(64) struct event events[CHUNK_EVENTS];
    struct chunk *older;
    size_t n; // events in it; valid once it is full or its bucket was taken
};

_Static_assert(sizeof(struct chunk) == CHUNK_LINES * CHUNK_LINE_BYTES, "whole cache lines");
_Static_assert(CHUNK_EVENTS <= 1 << CHUNK_INDEX_BITS, "an event's index fits");

// Zero-initialised is empty.
struct chunk_pool {
    struct chunk *free;              // given back, newest first: the warmest in the cache
    struct chunk *fresh, *fresh_end; // rest of the newest slab, never touched yet
    size_t n_used;                   // chunks taken and not given back
    size_t n_touched;                // chunks ever taken: the peak
    size_t n_reserved;               // chunks of all slabs
    ARRAY(struct chunk *) slabs;
};

// Adds a slab and takes its first chunk; for chunk_take only.
struct chunk *chunk_pool_grow(struct chunk_pool *pool);
void chunk_pool_free(struct chunk_pool *pool);

// A chunk with undefined contents.
static inline struct chunk *chunk_take(struct chunk_pool *pool)
{
    struct chunk *chunk = pool->free;
    pool->n_used++;
    if (__builtin_expect(chunk == NULL, 0))
        return chunk_pool_grow(pool);
    pool->free = chunk->older;
    return chunk;
}

static inline void chunk_give(struct chunk_pool *pool, struct chunk *chunk)
{
    pool->n_used--;
    chunk->older = pool->free;
    pool->free = chunk;
}
