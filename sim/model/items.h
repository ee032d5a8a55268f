// Items: what a replica knows of each.
#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/base.h"
#include "base/simtime.h"

struct item {
    uint64_t version;  // at present; 0: as it was before the run
    simtime committed; // when that was acknowledged; SIMTIME_NEVER: not, as far as is known here
    uint32_t latest;   // position + 1 of its latest read (copy.h); 0: none
    uint32_t unseen;   // acknowledged writes that have not reached this replica (unseen.h); 0: none
    uint64_t own;      // latest version written here
    uint32_t serial;   // of the present version's write (fates.h)
    uint32_t intent;   // a write that is under way (intent.h); 0: none
};

struct items {
    struct item *dense;
    uint32_t n;
};

static inline void items_init(struct items *s, uint32_t n)
{
    *s = (struct items){array_new(struct item, n), n};
}

static inline void items_free(struct items *s)
{
    array_release(s->dense);
}

static inline const struct item *items_find(const struct items *s, uint32_t id)
{
    CHECK(id < s->n);
    return &s->dense[id];
}

static inline struct item *items_at(struct items *s, uint32_t id)
{
    CHECK(id < s->n);
    return &s->dense[id];
}
