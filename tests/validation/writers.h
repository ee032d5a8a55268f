// Users who only write to a store of few items: what becomes of their writes, for test_stores.c and
// test_replication.c.
#pragma once

#include <criterion/criterion.h>

#include "base/base.h"
#include "support/stat.h"
#include "support/tiny.h"

static inline size_t n_runs(size_t n_short)
{
    return stat_is_long() ? 20 * n_short : n_short;
}

// Users who only write, each population to its own region.
static inline struct store_spec *make_writers(struct tiny *t, int n_regions, const double *rates)
{
    static const char *const codes[] = {"us-east-1", "us-west-2", "eu-west-1"};
    static const char *const names[] = {"users", "west", "europe"};
    tiny_init(t);
    t->workload.classes[0].is_write = true;
    t->services[0].work = distribution_constant(0);
    t->services[0].servers_per_zone = 1000;
    t->topology.steering.root.policy = STEERING_LATENCY;
    for (int i = 1; i < n_regions; i++) {
        tiny_add_region(t, codes[i], 0);
        tiny_add_population(t, names[i]);
    }
    for (int i = 0; i < n_regions; i++) {
        t->populations[i].rate_rps = rates[i];
        tiny_move(t, i, i, 3000.0 * i);
    }
    struct store_spec *s = tiny_add_store(t, STORE_MULTI_LEADER);
    s->write_time = distribution_constant(0);
    s->items = 1;
    return s;
}

static inline bool overwritten_agrees(const char *id, const struct tiny *t, double reference,
                                      double slack)
{
    double x[32];
    struct model *m = tiny_compile(t, PARTITION_ONE);
    for (uint32_t run = 0; run < ARRAY_LEN(x); run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        x[run] = (double)r.stores[0].fates[FATE_OVERWRITTEN] / (double)r.stores[0].writes;
        record_free(&r);
    }
    model_free(m);
    return stat_mean_agrees(id, x, ARRAY_LEN(x), reference, slack);
}
