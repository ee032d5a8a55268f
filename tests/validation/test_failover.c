// Pins: how long users keep going to a region after the name points elsewhere, request by request
// through the real resolvers, name servers and checkers: hit ratio and decay of resolver caches
// (Jung, Berger, Balakrishnan, INFOCOM 2003: a resolver asked at rate r with TTL T has the name for
// r T / (1 + r T) of the requests, and its age is uniform), shares of unequal resolvers, and the
// whole chain failure, detection, propagation, TTL. Means by Z4 over independent runs; shares of
// stale requests at a time likewise. AASIM_LONG=1: 10 times as many runs.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "support/stage.h"
#include "support/stat.h"

enum { RUNS_MOST = 4000 };
static double x[4][RUNS_MOST];

// Two regions under failover; users connect anew for each request, so each request shows what its
// resolver answers.
static void make(struct tiny *t, int n_resolvers, double rate_per_resolver, double ttl_s)
{
    struct population_spec *p = &t->populations[0];
    tiny_init(t);
    tiny_add_region(t, "us-west-2", 10);
    t->topology.steering.root.policy = STEERING_FAILOVER;
    t->topology.steering.root.records[1].is_secondary = true;
    t->topology.steering.root.ttl_s = ttl_s;
    tiny_check_health(t, 1);
    t->topology.steering.health.probe.interval_s =
        1e6; // out of the way: tests set what checkers say
    t->services[0].work = distribution_constant(1e-3);
    t->services[0].servers_per_zone = 100;
    p->clients = 50 * n_resolvers;
    p->resolvers = n_resolvers;
    p->rate_rps = n_resolvers * rate_per_resolver;
    p->client.idle_timeout_s = 0;
    p->client.connect_timeout_s = p->client.attempt_timeout_s = 1;
}

// ---- caches in steady state, decay after a change

// Resolvers as they are in steady state at time 0, when the name stops pointing to region 0, which
// turns all away. rate(k) is that of resolver k.
static void age_caches(struct stage *s, uint32_t run, const double *rate, double ttl_s)
{
    struct stream random = stream_open(TINY_SEED, run, "test", "cache ages");
    struct cache_entry *cache = s->world->resolvers[0].cache;
    for (uint32_t k = 0; k < s->model->populations[0].n_resolvers; k++) {
        double held = rate[k] * ttl_s / (1 + rate[k] * ttl_s);
        bool has_it = stream_uniform(&random) < held;
        double residual = stream_uniform(&random) * ttl_s;
        if (has_it)
            cache[k] = (struct cache_entry){
                .expires = simtime_from_seconds(residual), .regions = 1, .zones = 1};
    }
    authority_set_healthy(s->model, &s->world->authority, 0, false);
}

static double stale_share(const struct stage *s, size_t window)
{
    const uint64_t *fields = &s->world->populations[0].series[window * SERIES_FIELDS];
    return (double)fields[OUTCOME_ERROR] / (double)fields[SERIES_STARTED];
}

struct decay {
    const char *id;
    double rate[1000]; // by resolver
    int n_resolvers;
    double skew, ttl_s, f0;
};

// Shares of stale requests at about 0, 1/4, 1/2 and 3/4 of the TTL against f0 (1 - t / TTL), in
// windows of 1/60 TTL.
static bool decay_agrees(const struct decay *d, double total_rate, size_t runs)
{
    static struct tiny t;
    static const int at[] = {0, 15, 30, 45};
    bool all = true;
    make(&t, d->n_resolvers, total_rate / d->n_resolvers, d->ttl_s);
    t.populations[0].resolver_skew = d->skew;
    t.populations[0].clients = 100000;
    t.workload.window_s = d->ttl_s / 60;
    t.workload.duration_s = d->ttl_s * 1.1;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->duration = distribution_constant(1e6);
    for (uint32_t run = 0; run < runs; run++) {
        struct stage s;
        stage_open(&s, &t, run);
        age_caches(&s, run, d->rate, d->ttl_s);
        stage_run(&s, t.workload.duration_s);
        for (size_t k = 0; k < ARRAY_LEN(at); k++)
            x[k][run] = stale_share(&s, (size_t)at[k]);
        stage_close(&s);
    }
    for (size_t k = 0; k < ARRAY_LEN(at); k++)
        all &= stat_mean_agrees(d->id, x[k], runs, d->f0 * (1 - (at[k] + 0.5) / 60), 5e-4);
    return all;
}

static size_t n_runs(size_t n_short)
{
    return stat_is_long() ? 10 * n_short : n_short;
}

static bool equal_resolvers_agree(const char *id, int n, double rate, double ttl_s, double f0)
{
    static struct decay d;
    d = (struct decay){.id = id, .n_resolvers = n, .ttl_s = ttl_s, .f0 = f0};
    for (int k = 0; k < d.n_resolvers; k++)
        d.rate[k] = rate;
    return decay_agrees(&d, rate * d.n_resolvers, n_runs(32));
}

Test(failover, decay_of_equal_resolvers)
{
    cr_expect(equal_resolvers_agree("B07.ttl.60_0.05.f*", 1000, 0.05, 60, 0.75));
    cr_expect(equal_resolvers_agree("B07.ttl.60_1.f*", 100, 1, 60, 0.9836065574));
    cr_expect(equal_resolvers_agree("B07.ttl.300_0.01.f*", 1000, 0.01, 300, 0.75));
}

Test(failover, decay_of_unequal_resolvers)
{
    static struct decay d = {"B07.zipf.1000_60.f*", .n_resolvers = 1000, .skew = 1, .ttl_s = 60,
                             .f0 = 0.8329446272};
    double sum = 0, total_rate = 50;
    for (int k = 0; k < d.n_resolvers; k++)
        sum += 1.0 / (k + 1);
    for (int k = 0; k < d.n_resolvers; k++)
        d.rate[k] = total_rate / sum / (k + 1);
    cr_expect(decay_agrees(&d, total_rate, n_runs(60)));
}

// The steady state itself, from empty caches on: share of hits.
static bool hits_agree(const char *id, double rate, double ttl_s, double reference)
{
    static struct tiny t;
    make(&t, rate < 1 ? 50 : 10, rate, ttl_s);
    t.workload.duration_s = t.workload.window_s = 40 * (ttl_s + 1 / rate);
    for (uint32_t run = 0; run < 32; run++) {
        struct stage s;
        stage_open(&s, &t, run);
        stage_run(&s, t.workload.duration_s / 4);
        const struct resolver *r = &s.world->resolvers[0];
        uint64_t hits = r->hits, misses = r->misses;
        stage_run(&s, t.workload.duration_s);
        x[0][run] = (double)(r->hits - hits) / (double)(r->hits + r->misses - hits - misses);
        stage_close(&s);
    }
    // A question that meets another one still on its way to the name servers (15 ms) is a miss as
    // well.
    return stat_mean_agrees(id, x[0], 32, reference, 0.02 * rate * (1 - reference));
}

Test(failover, hit_ratio)
{
    cr_expect(hits_agree("B07.ttl.60_0.005.hit", 0.005, 60, 0.2307692308));
    cr_expect(hits_agree("B07.ttl.60_0.05.hit", 0.05, 60, 0.75));
    cr_expect(hits_agree("B07.ttl.60_1.hit", 1, 60, 0.9836065574));
    cr_expect(hits_agree("B07.ttl.300_0.01.hit", 0.01, 300, 0.75));
}

// ---- failure, detection, propagation, TTL

struct chain {
    const char *mean_id, *id[3];
    double interval_s, timeout_s, propagation_s;
    double mean_s, quantile_s[3];
};

static const double chain_p[3] = {0.5, 0.9, 0.99};
static const double fault_at_s = 40, window_s = 0.2;

static void make_chain(struct tiny *t, const struct chain *c)
{
    make(t, 3, 4, 60); // four requests a second: a resolver is without the name for 0.25 s of 60
    tiny_check_health(t, 1);
    t->topology.steering.root.records[1].health_check = false;
    t->topology.steering.health.propagation_s = c->propagation_s;
    t->topology.steering.health.probe.interval_s = c->interval_s;
    t->topology.steering.health.probe.connect_timeout_s = c->timeout_s;
    t->topology.steering.health.probe.response_timeout_s = c->timeout_s;
    t->topology.steering.health.probe.interval_from_response = false;
    t->workload.window_s = window_s;
    t->workload.duration_s = fault_at_s + c->quantile_s[2] + 15;
    struct fault_spec *f = tiny_add_fault(t);
    f->at_s = fault_at_s;
    f->duration = distribution_constant(1e6);
}

// Requests since the fault that failed, per user rate: the time that users were without service.
static double lost_s(const struct stage *s, double rate)
{
    const struct population *p = &s->world->populations[0];
    uint64_t failed = 0;
    for (size_t w = (size_t)(fault_at_s / window_s); w < s->model->n_windows; w++)
        failed += p->series[w * SERIES_FIELDS + OUTCOME_TIMEOUT];
    return (double)failed / rate;
}

// Share of requests served at about `after_s`: those whose user has moved by then. Failures are
// divided by the requests to be expected, since now and then there are none.
static double moved_share(const struct stage *s, double after_s, double rate)
{
    size_t centre = (size_t)((fault_at_s + after_s) / window_s);
    uint64_t failed = 0;
    for (size_t w = centre - 2; w < centre + 3; w++)
        failed += s->world->populations[0].series[w * SERIES_FIELDS + OUTCOME_TIMEOUT];
    return 1 - (double)failed / (rate * 5 * window_s);
}

static bool chain_agrees(const struct chain *c)
{
    static struct tiny t;
    static const double always_hot[3] = {1e9, 1e9, 1e9};
    size_t runs = n_runs(300);
    bool all = true;
    make_chain(&t, c);
    for (uint32_t run = 0; run < runs; run++) {
        struct stage s;
        stage_open(&s, &t, run);
        age_caches(&s, run, always_hot, 60);
        authority_set_healthy(s.model, &s.world->authority, 0, true);
        stage_run(&s, t.workload.duration_s);
        for (size_t q = 0; q < 3; q++)
            x[q][run] = moved_share(&s, c->quantile_s[q], t.populations[0].rate_rps);
        x[3][run] = lost_s(&s, t.populations[0].rate_rps);
        stage_close(&s);
    }
    for (size_t q = 0; q < 3; q++) // the 0.25 s above, and windows of 1 s about a curve
        all &= stat_mean_agrees(c->id[q], x[q], runs, chain_p[q], 0.004);
    return stat_mean_agrees(c->mean_id, x[3], runs, c->mean_s, 0.15) && all;
}

Test(failover, whole_chain)
{
    static const struct chain chains[] = {
        {"B08.fo.10_3_60.mean",
         {"B08.fo.10_3_60.p50", "B08.fo.10_3_60.p90", "B08.fo.10_3_60.p99"},
         10,
         2,
         5,
         62,
         {62, 86, 93.53589838}},
        {"B08.fo.30_3_60.mean",
         {"B08.fo.30_3_60.p50", "B08.fo.30_3_60.p90", "B08.fo.30_3_60.p99"},
         30,
         4,
         10,
         119,
         {119, 145.026334, 158}},
    };
    cr_expect(chain_agrees(&chains[0]));
    cr_expect(chain_agrees(&chains[1]));
}
