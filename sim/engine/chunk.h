// Chunks: blocks of a few events each, from a pool that never gives memory back before its end.
//
// A calendar's buckets are lists of chunks. All buckets of a cell share one pool, so that a bucket
// that empties feeds those that fill: in steady state nothing is allocated, and memory follows the
// number of pending events, not the sum of each bucket's own peak. Chunks never move; pointers to
// their events stay valid.
//
// Cost: take and give a few instructions; slabs grow with the pool (half of what it has), so
// mallocs are few. Thread class: one thread at a time (each cell has its own pool).
#pragma once

#include <stddef.h>

#include "base/array.h"
#include "engine/event.h"

enum { CHUNK_EVENTS = 10 };

struct chunk {
    _Alignas(64) struct chunk *next;
    size_t n; // events in it, while it is in no bucket (a bucket counts its own)
    struct event events[CHUNK_EVENTS];
};

_Static_assert(sizeof(struct chunk) == 512, "a chunk is eight cache lines");

// Zero-initialised is empty.
struct chunk_pool {
    struct chunk *free;              // given back, newest first: the warmest in the cache
    struct chunk *fresh, *fresh_end; // rest of the newest slab, never touched yet
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
    if (__builtin_expect(chunk == NULL, 0))
        return chunk_pool_grow(pool);
    pool->free = chunk->next;
    return chunk;
}

static inline void chunk_give(struct chunk_pool *pool, struct chunk *chunk)
{
    chunk->next = pool->free;
    pool->free = chunk;
}
