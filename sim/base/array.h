// Typed arrays: growable ones, and zeroed ones of a fixed size.
//
// Declare `ARRAY(struct thing) things;` (zero-initialised is empty), then use the macros. They
// evaluate the array argument several times. Growth doubles; an array never shrinks before
// array_free. Out of memory stops the program with a message.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ARRAY(T)                                                                                   \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t n;                                                                                  \
        size_t capacity;                                                                           \
    }

// Grows the storage to hold at least `want` items; contents stay.
#define array_reserve(a, want)                                                                     \
    ((void)((want) <= (a)->capacity ? 0                                                            \
                                    : ((a)->items = array_grow((a)->items, &(a)->capacity, (want), \
                                                               sizeof *(a)->items),                \
                                       0)))

#define array_push(a, value)                                                                       \
    (array_reserve((a), (a)->n + 1), (void)((a)->items[(a)->n++] = (value)))

// Appends one zeroed item and yields a pointer to it.
#define array_push_zero(a)                                                                         \
    (array_reserve((a), (a)->n + 1), array_zero((a)->items + (a)->n, sizeof *(a)->items),          \
     &(a)->items[(a)->n++])

#define array_clear(a) ((void)((a)->n = 0))
#define array_free(a) (array_release((a)->items), (a)->items = NULL, (a)->n = (a)->capacity = 0)

// `count` zeroed items (never NULL, even for none), to be given back with array_release.
#define array_new(T, count) ((T *)array_allocate((count), sizeof(T)))
// The same for what a thread writes while others run: it shares no cache line with anything else,
// nor the pair of lines that processors fetch together.
#define array_new_apart(T, count) ((T *)array_allocate_apart((count), sizeof(T)))
void array_release(void *items);

// A ring of a power of two of items (array_new), `mask` one less, the item of position i at
// i & mask: twice the size, in place of the old one, with what is at first .. next-1.
void *array_double_ring(void *ring, uint64_t *mask, uint64_t first, uint64_t next,
                        size_t item_size);

// Implementation of the macros; not called directly.
void *array_allocate(size_t count, size_t item_size);
void *array_allocate_apart(size_t count, size_t item_size);
void *array_grow(void *items, size_t *capacity, size_t want, size_t item_size);
void array_zero(void *item, size_t item_size);
