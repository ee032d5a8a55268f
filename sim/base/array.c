#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { ARRAY_APART_BYTES = 128 };

void *array_allocate(size_t count, size_t item_size)
{
    REQUIRE(count <= SIZE_MAX / item_size, "array of %zu items of %zu bytes", count, item_size);
    void *items = calloc(count > 0 ? count : 1, item_size);
    REQUIRE(items != NULL, "out of memory: %zu items of %zu bytes", count, item_size);
    return items;
}

void *array_allocate_apart(size_t count, size_t item_size)
{
    REQUIRE(count <= SIZE_MAX / 2 / item_size, "array of %zu items of %zu bytes", count, item_size);
    size_t bytes = (count * item_size + ARRAY_APART_BYTES) / ARRAY_APART_BYTES * ARRAY_APART_BYTES;
    void *items = aligned_alloc(ARRAY_APART_BYTES, bytes);
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
    void *moved = realloc(items, grown * item_size);
    REQUIRE(moved != NULL, "out of memory: %zu items of %zu bytes", grown, item_size);
    *capacity = grown;
    return moved;
}

void array_zero(void *item, size_t item_size)
{
    memset(item, 0, item_size);
}

void array_release(void *items)
{
    free(items);
}
