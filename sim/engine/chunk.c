#define _DEFAULT_SOURCE // madvise
#include "engine/chunk.h"

#include <sys/mman.h>

#include "base/base.h"
#include "base/memory.h"

enum { CHUNK_LEAST_SLAB = 16, CHUNK_LARGEST_SLAB = 32768, CHUNK_HUGE_PAGE_BYTES = 2 << 20 };

static struct chunk *chunk_new_slab(size_t n)
{
    size_t bytes = n * sizeof(struct chunk);
    bool is_huge = bytes >= CHUNK_HUGE_PAGE_BYTES;
    size_t border = is_huge ? CHUNK_HUGE_PAGE_BYTES : _Alignof(struct chunk);
    struct chunk *slab = memory_aligned(border, bytes);
    REQUIRE(slab != NULL, "out of memory: %zu event chunks", n);
#ifdef MADV_HUGEPAGE
    if (is_huge)
        madvise(slab, bytes, MADV_HUGEPAGE); // a wish: where it is refused, pages stay small
#endif
    return slab;
}

static void chunk_pool_add_slab(struct chunk_pool *pool)
{
    size_t n = pool->n_reserved / 2;
    n = n < CHUNK_LEAST_SLAB ? CHUNK_LEAST_SLAB : n;
    n = n > CHUNK_LARGEST_SLAB ? CHUNK_LARGEST_SLAB : n;
    struct chunk *slab = chunk_new_slab(n);
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
        memory_release(pool->slabs.items[i]);
    array_free(&pool->slabs);
    *pool = (struct chunk_pool){0};
}
