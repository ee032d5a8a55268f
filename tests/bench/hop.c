#include "hop.h"

#include <math.h>
#include <stdio.h>

#include "base/base.h"

void hop_open(struct hop_load *load, uint32_t n_jobs, double remote_share)
{
    static const struct distribution exponential = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.9};
    *load = (struct hop_load){.n_lps = n_jobs / HOP_JOBS_PER_LP,
                              .remote_limit = (uint64_t)ldexp(remote_share, 32)};
    load->per_group = load->n_lps / HOP_GROUPS;
    REQUIRE(load->per_group > 0 && load->per_group * HOP_GROUPS == load->n_lps,
            "%u jobs do not make equal groups", n_jobs);
    load->delay = variate_compile(&load->arena, &exponential, (double)HOP_MEAN);
    load->streams = arena_push(&load->arena, struct stream, load->n_lps);
    for (uint32_t lp = 0; lp < load->n_lps; lp++) {
        char name[32];
        snprintf(name, sizeof name, "%u", lp);
        load->streams[lp] = stream_open(1, 0, name, "bench");
    }
}

void hop_close(struct hop_load *load)
{
    arena_free(&load->arena);
}
