#include "support/allocations.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

static uint64_t n_calls;

void *__wrap_malloc(size_t size)
{
    n_calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    n_calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    n_calls++;
    return __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    n_calls++;
    return __real_aligned_alloc(align, size);
}

uint64_t allocations_count(void)
{
    return n_calls;
}
