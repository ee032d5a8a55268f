// Times to come, the earliest first: a heap from which those that have passed are dropped.
//
// Cost: adding and passing a few instructions a level. Grows as needed, never shrinks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "base/simtime.h"

// Zero-initialised is empty.
struct instants {
    simtime *at; // a binary heap: no entry is before its parent
    uint32_t n;
    size_t capacity;
};

void instants_free(struct instants *h);
// Doubles the room; for instants_add only.
void instants_grow(struct instants *h);
// Puts another time in the place of the earliest. Not when empty.
void instants_replace(struct instants *h, simtime time);

static inline void instants_add(struct instants *h, simtime time)
{
    if (UNLIKELY(h->n == h->capacity))
        instants_grow(h);
    uint32_t at = h->n++;
    for (uint32_t parent; at > 0 && h->at[parent = (at - 1) / 2] > time; at = parent)
        h->at[at] = h->at[parent];
    h->at[at] = time;
}

// Drops the earliest. Not when empty.
static inline void instants_drop(struct instants *h)
{
    CHECK(h->n > 0);
    simtime last = h->at[--h->n];
    if (h->n > 0)
        instants_replace(h, last);
}

// Drops all times up to `now`.
static inline void instants_pass(struct instants *h, simtime now)
{
    while (h->n > 0 && h->at[0] <= now)
        instants_drop(h);
}
