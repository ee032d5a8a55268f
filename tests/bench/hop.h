// The load of PHOLD: N jobs hop between LPs for ever. Which LP is next and when is drawn from the
// stream of the LP the job is at; all simulators of it make the same draws.
//
// A delay is the lookahead, a tenth of the mean, and an exponential part. LPs come in 16 groups
// (the cells, where there are 16): a share of the hops leads to an LP of another group, the rest
// stays.
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/simtime.h"
#include "base/variate.h"

enum { HOP_JOBS_PER_LP = 16, HOP_GROUPS = 16 };

#define HOP_MEAN SIMTIME_S
#define HOP_LOOKAHEAD (HOP_MEAN / 10)

struct hop_load {
    uint32_t n_lps;        // a multiple of HOP_GROUPS
    uint32_t per_group;    // LPs
    uint64_t remote_limit; // of 2^32
    struct stream *streams;
    struct variate delay;
    struct arena arena;
};

struct hop {
    uint32_t dst;
    simtime delay;
};

void hop_open(struct hop_load *load, uint32_t n_jobs, double remote_share);
void hop_close(struct hop_load *load);

static inline uint32_t hop_group(const struct hop_load *load, uint32_t lp)
{
    return lp / load->per_group;
}

static inline simtime hop_delay(struct hop_load *load, uint32_t lp)
{
    return HOP_LOOKAHEAD + (simtime)variate_draw(&load->delay, &load->streams[lp]);
}

static inline uint32_t hop_to(const struct hop_load *load, uint32_t lp, uint64_t word)
{
    uint32_t first = hop_group(load, lp) * load->per_group;
    if ((word & 0xffffffff) >= load->remote_limit)
        return first + (uint32_t)((word >> 32) * load->per_group >> 32);
    uint32_t dst = (uint32_t)((word >> 32) * (load->n_lps - load->per_group) >> 32);
    return dst + (dst >= first ? load->per_group : 0);
}

// Both words of a block: where to, and when.
static inline struct hop hop_draw(struct hop_load *load, uint32_t lp)
{
    struct stream_words words = stream_pair(&load->streams[lp]);
    return (struct hop){.dst = hop_to(load, lp, words.first),
                        .delay = HOP_LOOKAHEAD + (simtime)variate_at(&load->delay, words.second)};
}
