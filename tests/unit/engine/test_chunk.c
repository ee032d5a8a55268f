// Pins: chunks are distinct, stay where they are while the pool grows, and are reused before new
// ones are made.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "engine/chunk.h"

Test(chunk, chunks_are_distinct_and_never_move)
{
    enum { N = 3000 };
    struct chunk_pool pool = {0};
    struct chunk **chunks = malloc(N * sizeof *chunks);
    for (uint32_t i = 0; i < N; i++) {
        chunks[i] = chunk_take(&pool);
        for (uint32_t j = 0; j < CHUNK_EVENTS; j++)
            chunks[i]->events[j].dst = i;
    }
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < CHUNK_EVENTS; j++)
            cr_assert_eq(chunks[i]->events[j].dst, i);
    cr_assert_eq(pool.n_touched, N);
    free(chunks);
    chunk_pool_free(&pool);
}

Test(chunk, given_back_chunks_come_first)
{
    struct chunk_pool pool = {0};
    struct chunk *a = chunk_take(&pool), *b = chunk_take(&pool);
    chunk_give(&pool, a);
    chunk_give(&pool, b);
    cr_assert_eq(chunk_take(&pool), b);
    cr_assert_eq(chunk_take(&pool), a);
    cr_assert_eq(pool.n_touched, 2);
    chunk_pool_free(&pool);
}
