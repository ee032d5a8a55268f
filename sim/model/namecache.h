// Name caches of users: programs and machines that keep an answer longer than they may.
//
// What real clients do. Most keep an answer for its TTL, which changes nothing here: the resolver's
// copy runs out at the same time. Some keep it longer: browsers a minute, Java programs as long as
// they run if told so, home routers and libraries as they please. A study of a change at TTL 20 s
// saw 90 % of the requests moved after 60 s and 2 % still at the old address after 15 min (Flavel,
// Mani, Maltz, LANMAN 2014). Modelled: shares of a population's users whose answers live for a
// drawn time, or their TTL if that is longer. Left out: programs that never resolve again, caches
// that are flushed when a connection fails. Knobs: dns_caches.
//
// Which users have such a cache is dealt evenly over the population, without randomness, so that
// each resolver's users have their share. A kept answer takes 16 bytes, users without a cache none.
#pragma once

#include <stdbool.h>

#include "base/simtime.h"
#include "base/stream.h"
#include "base/variate.h"
#include "model/workload.h"

struct arena;

struct namecache_plan {
    uint64_t share;  // of the users, of 2^32
    uint32_t offset; // by population: small ones must not all go without
    uint32_t n_kept; // users with a cache
    uint32_t n_kinds;
    uint32_t limit[WORKLOAD_MAX_CACHES];       // cumulative share of the caches, of 2^32
    struct variate keeps[WORKLOAD_MAX_CACHES]; // ns
};

struct kept_answer {
    simtime expires; // 0: none
    uint32_t due;    // end of its TTL, in units of 2^26 ns
    uint16_t regions;
    uint8_t zones;
    uint8_t spare;
};

enum { NAMECACHE_DUE_SHIFT = 26 };

// An answer whose TTL ends at `due`.
static inline struct kept_answer namecache_answer(simtime due, uint16_t regions, uint8_t zones)
{
    return (struct kept_answer){.expires = due,
                                .due = (uint32_t)(due >> NAMECACHE_DUE_SHIFT),
                                .regions = regions,
                                .zones = zones};
}

// Whether an answer is within its TTL, to the nearest tenth of a second.
static inline bool namecache_is_fresh(const struct kept_answer *a, simtime now)
{
    return now >> NAMECACHE_DUE_SHIFT <= (simtime)a->due;
}

struct namecache {
    struct kept_answer *kept; // [n_kept]
    struct stream lives;
};

// index: of the population.
struct namecache_plan namecache_compile(struct arena *arena, const struct population_spec *spec,
                                        uint32_t index, uint32_t n_clients);
struct namecache namecache_open(const struct namecache_plan *plan, struct arena *arena,
                                struct stream lives);
// What the user's cache holds now, or NULL.
const struct kept_answer *namecache_find(const struct namecache *c,
                                         const struct namecache_plan *plan, uint32_t client,
                                         simtime now);
// An answer has come for the user: kept if he has a cache.
void namecache_keep(struct namecache *c, const struct namecache_plan *plan, uint32_t client,
                    simtime now, const struct kept_answer *answer);
