// Versions of an item: one integer that orders writes.
//
// Epoch of the leader (8 bits), commit time in units of 128 ns (52 bits, 18 years), region of
// origin (4 bits). Under multi-leader the epoch is 0 and the order is "last writer wins" by time,
// ties by region; under a single leader a later epoch beats any time.
#pragma once

#include <stdint.h>

#include "base/base.h"
#include "base/simtime.h"

enum { VERSION_REGION_BITS = 4, VERSION_TIME_BITS = 52, VERSION_TIME_SHIFT = 7 };

// A write at `now` in `region`: newer than `previous`, the version it replaces.
static inline uint64_t version_make(uint32_t epoch, simtime now, uint32_t region, uint64_t previous)
{
    CHECK(epoch < 256 && region < 16);
    uint64_t v = (uint64_t)epoch << (VERSION_TIME_BITS + VERSION_REGION_BITS) |
                 ((uint64_t)now >> VERSION_TIME_SHIFT) << VERSION_REGION_BITS | region;
    if (v > previous)
        return v;
    return (previous | ((1u << VERSION_REGION_BITS) - 1)) - (15u - region) +
           (1u << VERSION_REGION_BITS);
}

static inline simtime version_time(uint64_t v)
{
    uint64_t time = v >> VERSION_REGION_BITS & ((UINT64_C(1) << VERSION_TIME_BITS) - 1);
    return (simtime)(time << VERSION_TIME_SHIFT);
}

static inline uint32_t version_region(uint64_t v)
{
    return (uint32_t)v & ((1u << VERSION_REGION_BITS) - 1);
}

static inline uint32_t version_epoch(uint64_t v)
{
    return (uint32_t)(v >> (VERSION_TIME_BITS + VERSION_REGION_BITS));
}
