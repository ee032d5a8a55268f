// A 4-ary implicit heap, written out for one kind of entry: define FOURARY (the name),
// FOURARY_ENTRY and FOURARY_BEFORE(a, b), then include; again for the next kind.
//
// Four children make half the levels of a binary heap, and with 16-byte entries they share a cache
// line: the storage is shifted so that they do.
#include <stdlib.h>

#include "base/base.h"

#define FOURARY_JOIN2(a, b) a##_##b
#define FOURARY_JOIN(a, b) FOURARY_JOIN2(a, b)
#define FOURARY_NAME(verb) FOURARY_JOIN(FOURARY, verb)

struct FOURARY {
    FOURARY_ENTRY *items;
    size_t n;
    void *storage;
};

static void FOURARY_NAME(open)(struct FOURARY *heap, size_t capacity)
{
    size_t bytes = (capacity * sizeof(FOURARY_ENTRY) + 128) / 64 * 64;
    heap->storage = aligned_alloc(64, bytes);
    REQUIRE(heap->storage != NULL, "out of memory: %zu bytes", bytes);
    heap->items = (FOURARY_ENTRY *)((char *)heap->storage + 64 - sizeof(FOURARY_ENTRY));
    heap->n = 0;
}

static void FOURARY_NAME(push)(struct FOURARY *heap, FOURARY_ENTRY entry)
{
    FOURARY_ENTRY *items = heap->items;
    size_t at = heap->n++;
    while (at > 0) {
        size_t parent = (at - 1) / 4;
        if (!FOURARY_BEFORE(entry, items[parent]))
            break;
        items[at] = items[parent];
        at = parent;
    }
    items[at] = entry;
}

static FOURARY_ENTRY FOURARY_NAME(pop)(struct FOURARY *heap)
{
    FOURARY_ENTRY *items = heap->items;
    FOURARY_ENTRY top = items[0], last = items[--heap->n];
    size_t n = heap->n, at = 0;
    for (;;) {
        size_t first = 4 * at + 1, best = first;
        if (first >= n)
            break;
        size_t end = first + 4 < n ? first + 4 : n;
        for (size_t i = first + 1; i < end; i++)
            best = FOURARY_BEFORE(items[i], items[best]) ? i : best;
        if (!FOURARY_BEFORE(items[best], last))
            break;
        items[at] = items[best];
        at = best;
    }
    items[at] = last;
    return top;
}

#undef FOURARY
#undef FOURARY_ENTRY
#undef FOURARY_BEFORE
#undef FOURARY_NAME
#undef FOURARY_JOIN
#undef FOURARY_JOIN2
