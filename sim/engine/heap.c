#include "engine/heap.h"

#include "base/base.h"

enum { HEAP_CHILDREN = 4, HEAP_VALIDATE_AT = 512 };

struct event *heap_place(struct heap *heap, simtime time, uint64_t key)
{
    const struct event moving = {.time = time, .key = key};
    array_reserve(&heap->events, heap->events.n + 1);
    struct event *items = heap->events.items;
    size_t hole = heap->events.n++;
    while (hole > 0) {
        size_t parent = (hole - 1) / HEAP_CHILDREN;
        if (!event_before(&moving, &items[parent]))
            break;
        items[hole] = items[parent];
        hole = parent;
    }
    items[hole].time = time;
    items[hole].key = key;
    return &items[hole];
}

void heap_push(struct heap *heap, const struct event *event)
{
    const struct event copy = *event; // the argument may lie in the array that is about to grow
    *heap_place(heap, copy.time, copy.key) = copy;
}

static size_t heap_least_child(const struct event *items, size_t n, size_t parent)
{
    size_t first = parent * HEAP_CHILDREN + 1;
    size_t end = first + HEAP_CHILDREN < n ? first + HEAP_CHILDREN : n;
    size_t least = first;
    for (size_t i = first + 1; i < end; i++)
        least = event_before(&items[i], &items[least]) ? i : least;
    return least;
}

void heap_pop(struct heap *heap, struct event *out)
{
    REQUIRE(heap->events.n > 0, "pop from an empty heap");
    struct event *items = heap->events.items;
    *out = items[0];
    size_t n = --heap->events.n;
    const struct event *last = &items[n];
    size_t hole = 0;
    while (hole * HEAP_CHILDREN + 1 < n) {
        size_t child = heap_least_child(items, n, hole);
        if (!event_before(&items[child], last))
            break;
        items[hole] = items[child];
        hole = child;
    }
    items[hole] = *last;
    // Now and then: after every pop it would make a large heap quadratic.
    VALIDATE(n % HEAP_VALIDATE_AT != 0 || heap_is_valid(heap));
}

bool heap_is_valid(const struct heap *heap)
{
    for (size_t i = 1; i < heap->events.n; i++)
        if (event_before(&heap->events.items[i], &heap->events.items[(i - 1) / HEAP_CHILDREN]))
            return false;
    return true;
}

void heap_free(struct heap *heap)
{
    array_free(&heap->events);
}
