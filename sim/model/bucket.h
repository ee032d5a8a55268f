// Token bucket: how much of a limited rate is left, worked out when somebody asks.
//
// A bucket fills at a constant rate up to its depth; who takes tokens out of it must find as many,
// or learn when they will be there. Kept is one time only: when the bucket was empty, had it been
// filling ever since (the generic cell rate algorithm, ITU-T I.371, as a virtual schedule). So
// tokens are measured by the time that they take to come, a bucket of 300 s of 1000 units a second
// is 300 s deep, and one that owes tokens is empty only in the future. No events, no divisions; a
// rate may be any number: costs are exact to 2^-32 ns, and so over a long time is the rate.
//
//   if (bucket_due(&b, now, cost) <= now) bucket_take(&b, now, cost);      // now or not at all
//   at = bucket_due(&b, now, cost), bucket_take(&b, at, cost);             // in line
//   bucket_take(&b, now, cost);                                            // on credit
#pragma once

#include <math.h>
#include <stdint.h>

#include "base/simtime.h"

// A time, or a length of time.
struct bucket_time {
    simtime ns;
    uint32_t fraction; // of 1 ns, times 2^32
    uint32_t spare;
};

struct bucket {
    struct bucket_time empty;
    simtime depth; // no less than what any one takes
};

// How long so many units take to come, rounded down.
static inline struct bucket_time bucket_cost(double units, double units_per_s)
{
    const double ns = floor(units * 1e9 / units_per_s);
    const double rest = fma(-ns, units_per_s, units * 1e9) / units_per_s;
    const double fraction = fmin(fmax(rest, 0) * 0x1p32, UINT32_MAX);
    return (struct bucket_time){(simtime)ns, (uint32_t)fraction, 0};
}

// A full one.
static inline struct bucket bucket_full(simtime depth)
{
    return (struct bucket){.empty = {.ns = -depth}, .depth = depth};
}

static inline struct bucket_time bucket_sum(struct bucket_time a, struct bucket_time b)
{
    const uint64_t fraction = (uint64_t)a.fraction + b.fraction;
    return (struct bucket_time){a.ns + b.ns + (simtime)(fraction >> 32), (uint32_t)fraction, 0};
}

// When it will be empty if so much is taken at `at`.
static inline struct bucket_time bucket_after(const struct bucket *b, simtime at,
                                              struct bucket_time cost)
{
    const simtime full = at - b->depth; // what came before has run over
    return bucket_sum(b->empty.ns < full ? (struct bucket_time){.ns = full} : b->empty, cost);
}

// The first time from `now` on when so much is there.
static inline simtime bucket_due(const struct bucket *b, simtime now, struct bucket_time cost)
{
    const struct bucket_time after = bucket_after(b, now, cost);
    return simtime_most(now, after.ns + (after.fraction > 0));
}

// Takes it at `at`, whether it is there or not.
static inline void bucket_take(struct bucket *b, simtime at, struct bucket_time cost)
{
    b->empty = bucket_after(b, at, cost);
}
