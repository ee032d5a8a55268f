// Frames of things in flight (requests, calls, operations), named by tokens that detect stale use.
//
// SLOTS(T) is a growable array of T plus a free list; T begins with SLOT_HEADER. Taking a slot
// reuses the newest free one, so memory stays hot and stops growing after warm-up. A slot's
// generation is odd while it is taken; a token is (generation, index): it dies when the slot is
// released or renewed, and 0 is never one. Indices stay valid; pointers only until the next take,
// and what a released frame says until it is taken again. Storage begins at a cache line: frames of
// 32 or 64 bytes lie in one line each.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/base.h"

#define SLOT_HEADER                                                                                \
    uint32_t generation;                                                                           \
    uint32_t next_free /* index + 1; 0: none */

#define SLOTS(T)                                                                                   \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t n;                                                                                  \
        uint32_t free; /* index + 1; 0: none */                                                    \
        uint32_t taken;                                                                            \
        uint32_t live;                                                                             \
    }

// Makes room; done when the first slot is taken if not before.
#define slots_grow(s)                                                                              \
    ((void)((s)->items = slots_more((s)->items, &(s)->n, &(s)->free, sizeof *(s)->items)))

#define slots_free(s)                                                                              \
    (slots_drop((s)->items), (s)->items = NULL, (s)->n = (s)->free = (s)->live = 0)

// Yields the index of a slot whose contents beyond the header are undefined.
#define slots_take(s)                                                                              \
    ((void)(LIKELY((s)->free != 0) ? 0 : (slots_grow(s), 0)), (s)->live++,                         \
     (s)->taken = (s)->free - 1, (s)->free = (s)->items[(s)->taken].next_free,                     \
     (s)->items[(s)->taken].generation++, (s)->taken)

#define slots_release(s, index)                                                                    \
    ((s)->live--, (s)->items[index].generation++, (s)->items[index].next_free = (s)->free,         \
     (void)((s)->free = (uint32_t)(index) + 1))

#define slots_is_taken(s, index) (((s)->items[index].generation & 1) != 0)

#define slots_token(s, index) ((uint64_t)(s)->items[index].generation << 32 | (index))

// Invalidates all tokens of a slot that stays taken.
#define slots_renew(s, index) ((void)((s)->items[index].generation += 2))

// Lets an array (ARRAY) hold an item for every slot: more of a frame, by the same index, that few
// need.
#define slots_accompany(s, array) array_reserve((array), (s)->n)

static inline uint32_t slots_index(uint64_t token)
{
    return (uint32_t)token;
}

#define slots_is_live(s, token)                                                                    \
    ((uint32_t)((token) >> 32) == (s)->items[slots_index(token)].generation)

// Implementation of the macros; not called directly.
void *slots_more(void *items, size_t *n, uint32_t *free, size_t item_size);
void slots_drop(void *items);
