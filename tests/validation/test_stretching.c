// Pins: how long users stay at the old address after a change, with the caches that users have by
// default: what Flavel, Mani and Maltz measured (LANMAN 2014, abstract), at TTL 20 s 90 % of the
// requests moved within 60 s and 2 % not after 15 min; and the closed form of the model: a cache
// that holds answers for L and is asked every g on average holds one at a random time, and for
// another t at least, with probability (integral of P(L > u) from t on) / (E L + g). Means by Z4
// over independent runs. AASIM_LONG=1: 10 times as many runs.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "support/stage.h"
#include "support/stat.h"

enum { USERS = 1000, RUNS = 10, RUNS_MOST = 100, TIMES = 3 };
static const double ttl_s = 20, change_s = 1000, gap_s = 5; // between a user's requests
static const double half_width_s = 10;                      // of the windows that are looked at
static const double shares[2] = {0.07, 0.03}, means_s[2] = {180, 2400};
static const double at_s[TIMES] = {60, 300, 900};

static struct tiny t;

// Region 0 refuses everything; the name points there until the change.
static void make(void)
{
    struct population_spec *p = &t.populations[0];
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 10);
    t.topology.steering.root.policy = STEERING_FAILOVER;
    t.topology.steering.root.records[1].is_secondary = true;
    t.topology.steering.root.ttl_s = ttl_s;
    tiny_check_health(&t, 1);
    t.topology.steering.health.probe.interval_s = 1e6;
    t.services[0].work = distribution_constant(1e-3);
    t.services[0].servers_per_zone = 100;
    p->clients = USERS;
    p->resolvers = 10;
    p->rate_rps = USERS / gap_s;
    p->client.idle_timeout_s = 0;
    p->n_caches = 2;
    for (int i = 0; i < 2; i++)
        p->caches[i] = (struct cache_spec){shares[i],
                                           {.kind = DISTRIBUTION_EXPONENTIAL, .a = means_s[i]}};
    t.workload.window_s = 2 * half_width_s;
    t.workload.duration_s = change_s + at_s[TIMES - 1] + 2 * half_width_s;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->duration = distribution_constant(1e6);
}

// Users of a cache whose answers live for the longer of the TTL and an exponential time.
static double stays(double mean_s, double after_s)
{
    double life_s = ttl_s + mean_s * exp(-ttl_s / mean_s);
    return mean_s * exp(-after_s / mean_s) / (life_s + gap_s);
}

Test(stretching, tail_after_a_change)
{
    static double x[TIMES][RUNS_MOST];
    const size_t runs = stat_is_long() ? RUNS_MOST : RUNS;
    make();
    for (uint32_t run = 0; run < runs; run++) {
        struct stage s;
        stage_open(&s, &t, run);
        stage_run(&s, change_s);
        authority_set_healthy(s.model, &s.world->authority, 0, false);
        stage_run(&s, t.workload.duration_s);
        for (size_t k = 0; k < TIMES; k++) {
            size_t window = (size_t)((change_s + at_s[k]) / t.workload.window_s);
            const uint64_t *fields = &s.world->populations[0].series[window * SERIES_FIELDS];
            x[k][run] = (double)fields[OUTCOME_ERROR] / (double)fields[SERIES_STARTED];
        }
        stage_close(&s);
    }
    for (size_t k = 0; k < TIMES; k++) { // windows begin at the time that is asked for
        double middle_s = at_s[k] + half_width_s, reference = 0;
        for (int i = 0; i < 2; i++)
            reference += shares[i] * stays(means_s[i], middle_s);
        cr_expect(stat_mean_agrees("share at the old address", x[k], runs, reference, 1e-3));
    }
    cr_expect_float_eq(stat_mean(x[0], runs), 0.10, 0.04, "measured: 10 %% after 60 s");
    cr_expect_float_eq(stat_mean(x[2], runs), 0.02, 0.005, "measured: 2 %% after 15 min");
}
