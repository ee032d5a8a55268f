#include "model/slots.h"

#include <string.h>

#include "base/memory.h"

enum { SLOTS_AT_FIRST = 64, SLOTS_ALIGNMENT = 64 };

struct slots_header {
    SLOT_HEADER;
};

// Doubles the storage; the new frames are free, the first of them at the head of the list.
void *slots_more(void *items, size_t *n, uint32_t *free, size_t item_size)
{
    size_t grown = *n == 0 ? SLOTS_AT_FIRST : 2 * *n, bytes = grown * item_size;
    REQUIRE(grown <= UINT32_MAX && bytes / item_size == grown, "%zu frames", grown);
    char *more = memory_aligned(SLOTS_ALIGNMENT, bytes);
    REQUIRE(more != NULL, "out of memory: %zu frames of %zu bytes", grown, item_size);
    if (*n > 0)
        memcpy(more, items, *n * item_size);
    for (size_t i = grown; i-- > *n;) {
        struct slots_header *header = memset(more + i * item_size, 0, item_size);
        header->next_free = *free;
        *free = (uint32_t)i + 1;
    }
    slots_drop(items);
    *n = grown;
    return more;
}

void slots_drop(void *items)
{
    memory_release(items);
}
