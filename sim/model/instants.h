// Times to come: how many are left, and, when it matters, which is the earliest.
//
// As long as few are left nobody asks for the earliest, so they lie in no order, and those that
// have passed are swept out when there are twice as many as after the last sweep, or when their
// number is asked for: a few instructions a time, however many there are. When nearly as many are
// left as may be (all servers are busy), they become a heap, and each is dropped as it passes.
// Grows as needed, never shrinks.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "base/simtime.h"

// Zero-initialised is empty.
struct instants {
    simtime *at;
    uint32_t n;      // some may have passed
    uint32_t enough; // when n is that large it is time to sweep
    bool is_heap;    // no entry is before its parent, (i - 1) / 2
    size_t capacity;
};

void instants_free(struct instants *h);
void instants_clear(struct instants *h);

// For the functions below only.
void instants_make_room(struct instants *h, simtime now);
void instants_rise(struct instants *h, uint32_t at);
bool instants_count(struct instants *h, simtime now, uint32_t bound);

static inline void instants_add(struct instants *h, simtime now, simtime time)
{
    if (UNLIKELY(h->n >= h->enough))
        instants_make_room(h, now);
    h->at[h->n++] = time;
    if (UNLIKELY(h->is_heap))
        instants_rise(h, h->n - 1);
}

// Are fewer than `bound` left after `now`? If not, h->n is their exact number.
static inline bool instants_are_fewer(struct instants *h, simtime now, uint32_t bound)
{
    return LIKELY(h->n < bound && !h->is_heap) || instants_count(h, now, bound);
}

// The earliest, when instants_are_fewer has just said no, and another put in its place.
simtime instants_first(struct instants *h);
void instants_replace_first(struct instants *h, simtime time);
