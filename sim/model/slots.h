// Frames of things in flight (requests, calls, operations), named by tokens that detect stale use.
//
// SLOTS(T) is a growable array of T plus a free list; T begins with SLOT_HEADER. Taking a slot
// reuses the newest free one, so memory stays hot and stops growing after warm-up. A slot's
// generation is odd while it is taken; a token is (generation, index): it dies when the slot is
// released or renewed, and 0 is never one. Indices stay valid; pointers only until the next take.
#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/base.h"

#define SLOT_HEADER                                                                                \
    uint32_t generation;                                                                           \
    uint32_t next_free /* index + 1 */

#define SLOTS(T)                                                                                   \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t n;                                                                                  \
        size_t capacity;                                                                           \
        uint32_t free; /* index + 1; 0: none */                                                    \
        uint32_t taken;                                                                            \
        uint32_t live;                                                                             \
    }

// Makes room for as many frames as a small load needs, so that it does not grow late in a run.
#define slots_reserve(s) array_reserve((s), SLOTS_AT_FIRST)

enum { SLOTS_AT_FIRST = 64 };

// Yields the index of a slot whose contents beyond the header are undefined.
#define slots_take(s)                                                                              \
    ((s)->live++,                                                                                  \
     (s)->free != 0                                                                                \
         ? (void)((s)->taken = (s)->free - 1, (s)->free = (s)->items[(s)->taken].next_free)        \
         : (void)(array_push_zero(s), (s)->taken = (uint32_t)((s)->n - 1)),                        \
     (s)->items[(s)->taken].generation++, (s)->taken)

#define slots_release(s, index)                                                                    \
    ((s)->live--, (s)->items[index].generation++, (s)->items[index].next_free = (s)->free,         \
     (void)((s)->free = (uint32_t)(index) + 1))

#define slots_is_taken(s, index) (((s)->items[index].generation & 1) != 0)

#define slots_token(s, index) ((uint64_t)(s)->items[index].generation << 32 | (index))

// Invalidates all tokens of a slot that stays taken.
#define slots_renew(s, index) ((void)((s)->items[index].generation += 2))

static inline uint32_t slots_index(uint64_t token)
{
    return (uint32_t)token;
}

#define slots_is_live(s, token)                                                                    \
    ((uint32_t)((token) >> 32) == (s)->items[slots_index(token)].generation)
