#include "base/array.h"

#include <string.h>

#include "base/base.h"
#include "base/memory.h"

enum { ARRAY_APART_BYTES = 128 };

void *array_allocate(size_t count, size_t item_size)
{
    REQUIRE(count <= SIZE_MAX / item_size, "array of %zu items of %zu bytes", count, item_size);
    void *items = memory_zeroed((count > 0 ? count : 1) * item_size);
    REQUIRE(items != NULL, "out of memory: %zu items of %zu bytes", count, item_size);
    return items;
}

void *array_allocate_apart(size_t count, size_t item_size)
{
    REQUIRE(count <= SIZE_MAX / 2 / item_size, "array of %zu items of %zu bytes", count, item_size);
    size_t bytes = (count * item_size + ARRAY_APART_BYTES) / ARRAY_APART_BYTES * ARRAY_APART_BYTES;
    void *items = memory_aligned(ARRAY_APART_BYTES, bytes);
    REQUIRE(items != NULL, "out of memory: %zu items of %zu bytes", count, item_size);
    return memset(items, 0, bytes);
}

void *array_grow(void *items, size_t *capacity, size_t want, size_t item_size)
{
    size_t grown = *capacity < 8 ? 8 : *capacity;
    while (grown < want) {
        REQUIRE(grown <= SIZE_MAX / 2, "array of %zu items cannot grow", grown);
        grown *= 2;
    }
    REQUIRE(grown <= SIZE_MAX / item_size, "array of %zu items of %zu bytes", grown, item_size);
    void *moved = memory_resized(items, *capacity * item_size, grown * item_size);
    REQUIRE(moved != NULL, "out of memory: %zu items of %zu bytes", grown, item_size);
    *capacity = grown;
    return moved;
}

void *array_double_ring(void *ring, uint64_t *mask, uint64_t first, uint64_t next, size_t item_size)
{
    const uint64_t doubled = *mask * 2 + 1;
    char *from = ring, *to = array_allocate((size_t)doubled + 1, item_size);
    for (uint64_t i = first; i < next; i++)
        memcpy(to + (i & doubled) * item_size, from + (i & *mask) * item_size, item_size);
    array_release(ring);
    *mask = doubled;
    return to;
}

void array_zero(void *item, size_t item_size)
{
    memset(item, 0, item_size);
}

void array_release(void *items)
{
    memory_release(items);
}
