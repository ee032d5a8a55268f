// Times to come, the earliest first: a heap from which those that have passed are dropped.
//
// Cost: adding and passing a few instructions a level. Grows as needed, never shrinks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/simtime.h"

// Zero-initialised is empty.
struct instants {
    simtime *at; // a binary heap: no entry is before its parent
    uint32_t n;
    size_t capacity;
};

void instants_free(struct instants *h);
void instants_add(struct instants *h, simtime time);
// Takes the earliest away, or puts another in its place. Not when empty.
void instants_drop(struct instants *h);
void instants_replace(struct instants *h, simtime time);

// Drops all times up to `now`.
static inline void instants_pass(struct instants *h, simtime now)
{
    while (h->n > 0 && h->at[0] <= now)
        instants_drop(h);
}
