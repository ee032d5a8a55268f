#include "engine/chunk.h"

#include <stdlib.h>

#include "base/base.h"

enum { CHUNK_LEAST_SLAB = 16, CHUNK_LARGEST_SLAB = 16384 };

static void chunk_pool_add_slab(struct chunk_pool *pool)
{
    size_t n = pool->n_reserved / 2;
    n = n < CHUNK_LEAST_SLAB ? CHUNK_LEAST_SLAB : n;
    n = n > CHUNK_LARGEST_SLAB ? CHUNK_LARGEST_SLAB : n;
    struct chunk *slab = aligned_alloc(_Alignof(struct chunk), n * sizeof *slab);
    REQUIRE(slab != NULL, "out of memory: %zu event chunks after %zu", n, pool->n_reserved);
    array_push(&pool->slabs, slab);
    pool->n_reserved += n;
    pool->fresh = slab;
    pool->fresh_end = slab + n;
}

struct chunk *chunk_pool_grow(struct chunk_pool *pool)
{
    if (pool->fresh == pool->fresh_end)
        chunk_pool_add_slab(pool);
    pool->n_touched++;
    return pool->fresh++;
}

void chunk_pool_free(struct chunk_pool *pool)
{
    for (size_t i = 0; i < pool->slabs.n; i++)
        free(pool->slabs.items[i]);
    array_free(&pool->slabs);
    *pool = (struct chunk_pool){0};
}
