// A result set as an experiment would leave it, made without simulating: three designs of different
// regions and stores, under the loss of one region. Plausible enough to look at in figures.
#pragma once

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/stream.h"
#include "results/resultset.h"

struct synthetic_conf {
    size_t n_designs; // 1..3
    uint32_t n_replications;
    size_t n_windows; // of 10 s
    double rate_rps;  // of each population; 0: nobody asks for anything
    bool has_events;
    bool has_values;
    const char *title;  // of every design; NULL: a plain one
    const char *prefix; // of every name
};

static const struct synthetic_conf synthetic_plain = {3, 4, 180, 20, true, true, NULL, ""};

enum { SYNTHETIC_POPULATIONS = 4, SYNTHETIC_CLASSES = 2, SYNTHETIC_MIXES = 8 };

struct synthetic {
    struct resultset set;
    struct arena arena; // everything but the records
};

static inline const char *synthetic_name(struct arena *arena, const struct synthetic_conf *conf,
                                         const char *name)
{
    return arena_printf(arena, "%s%s", conf->prefix, name);
}

static inline void synthetic_workload(struct synthetic *s, const struct synthetic_conf *conf)
{
    static const char *const people[] = {"new-york", "frankfurt", "tokyo", "são-paulo"};
    struct workload *w = arena_push(&s->arena, struct workload, 1);
    w->name = synthetic_name(&s->arena, conf, "global-shop");
    w->title = "A shop with users on four continents";
    w->text = "duration: 30 min\npopulations: # …\n";
    w->window_s = 10;
    w->duration_s = 10 * (double)conf->n_windows;
    w->warmup_s = 60;
    w->up_threshold = 0.95;
    w->n_classes = SYNTHETIC_CLASSES;
    w->classes[0] = (struct class_spec){.name = "browse", .weight = 9};
    w->classes[1] = (struct class_spec){.name = "order", .is_write = true, .weight = 1};
    w->n_populations = SYNTHETIC_POPULATIONS;
    w->populations = arena_push(&s->arena, struct population_spec, SYNTHETIC_POPULATIONS);
    for (int p = 0; p < SYNTHETIC_POPULATIONS; p++) {
        w->populations[p].name = synthetic_name(&s->arena, conf, people[p]);
        w->populations[p].rate_rps = conf->rate_rps;
    }
    s->set.workload = w;
    struct fault_plan *plan = arena_push(&s->arena, struct fault_plan, 1);
    *plan = (struct fault_plan){.name = "region-loss",
                                .title = "us-east-1 fails for ten minutes",
                                .text = "faults:\n  - region: us-east-1\n"};
    plan->faults = arena_push(&s->arena, struct fault_spec, 1);
    plan->faults[0].name = "down";
    plan->n_faults = 1;
    s->set.plan = plan;
}

static inline struct topology *synthetic_topology(struct synthetic *s,
                                                  const struct synthetic_conf *conf, size_t d)
{
    static const char *const names[] = {"one-region", "active-passive", "active-active"};
    static const char *const regions[] = {"us-east-1", "eu-west-1", "ap-northeast-1"};
    static const char *const stores[] = {"orders", "carts"};
    struct topology *t = arena_push(&s->arena, struct topology, 1);
    t->name = synthetic_name(&s->arena, conf, names[d]);
    t->title = conf->title != NULL ? conf->title : "A design";
    t->text = arena_printf(&s->arena, "regions: %zu\n", d + 1);
    t->n_regions = (int)d + 1;
    for (int g = 0; g < t->n_regions; g++)
        t->regions[g].name = regions[g];
    // The first design has one store, the second both, the third only the second one.
    t->n_stores = d == 1 ? 2 : 1;
    t->stores = arena_push(&s->arena, struct store_spec, 2);
    for (int i = 0; i < t->n_stores; i++)
        t->stores[i] =
            (struct store_spec){.name = synthetic_name(&s->arena, conf, stores[d == 2 ? 1 : i]),
                                .regions = (1u << t->n_regions) - 1,
                                .replicas_per_region = 1};
    if (d == 2)
        t->stores[0].cache.scope = CACHING_ZONE;
    return t;
}

// Share of requests that succeed in a window; the fault lasts from a third to two thirds of the
// run.
static inline double synthetic_share(size_t d, size_t window, size_t n_windows, double luck)
{
    size_t start = n_windows / 3, end = 2 * n_windows / 3;
    size_t outage = d == 0   ? end - start
                    : d == 1 ? 18 + (size_t)(10 * luck)
                             : 7 + (size_t)(3 * luck);
    if (window < start || window >= start + outage || window >= end)
        return 0.9999 + 0.0001 * luck;
    return d == 0 ? 0.02 * luck : d == 1 ? 0.05 + 0.2 * luck : 0.7 + 0.1 * luck;
}

// A latency in ns: about 30 ms near the only region of the first design, more far away.
static inline uint64_t synthetic_latency(struct stream *stream, size_t d, int population)
{
    double base_ms = population == 0 ? 30 : d == 2 && population < 3 ? 35 : 90 + 60.0 * population;
    double spread = -log(stream_uniform(stream)) * 25 + stream_uniform(stream) * 20;
    double slow = stream_uniform(stream) < 0.01 ? 400 * stream_uniform(stream) : 0;
    return (uint64_t)((base_ms + spread + slow) * 1e6);
}

// An endpoint a region and, in the last design, a canary in the first: it gets every tenth request.
static inline void synthetic_endpoint(struct record *record, size_t p)
{
    const size_t n = (size_t)record->n_endpoints, region = p % (size_t)record->n_regions;
    const bool is_canary = n > (size_t)record->n_regions && region == 0 &&
                           record->ended_all % 10 == 0;
    record->endpoint_tries[p * n + (is_canary ? n - 1 : region)] += 2;
    record->endpoint_answers[p * n + (is_canary ? n - 1 : region)]++;
}

static inline void synthetic_request(struct record *record, struct stream *stream, double share,
                                     const size_t where[3]) // design, population, window
{
    size_t p = where[1], c = stream_uniform(stream) < 0.9 ? 0 : 1, mix = p * SYNTHETIC_CLASSES + c;
    uint64_t *series = record->series + (p * record->n_windows + where[2]) * SERIES_FIELDS;
    bool is_ok = stream_uniform(stream) < share, is_counted = where[2] >= 6;
    enum outcome outcome = is_ok                          ? OUTCOME_OK
                           : stream_uniform(stream) < 0.6 ? OUTCOME_TIMEOUT
                                                          : OUTCOME_ERROR;
    uint64_t attempts = is_ok ? 1 : 3, latency = synthetic_latency(stream, where[0], (int)p);
    series[outcome]++;
    series[SERIES_STARTED]++;
    series[SERIES_ATTEMPTS] += attempts;
    record->started_all++;
    record->ended_all++;
    if (is_ok)
        series[SERIES_LATENCY_US] += latency / 1000;
    if (!is_counted)
        return;
    record->outcomes[mix * OUTCOMES + outcome]++;
    record->attempts[mix] += attempts;
    if (!is_ok)
        return;
    histogram_add(&record->latency[mix], latency);
    record->served[p * (size_t)record->n_regions + p % (size_t)record->n_regions]++;
    synthetic_endpoint(record, p);
}

// 20 writes a window in each region; the first region's ways to the others are cut for six windows.
static inline void synthetic_lags(struct store_record *store, const struct record *record)
{
    const size_t regions = (size_t)record->n_regions, windows = record->n_windows;
    const size_t cut = windows / 3, healed = cut + 6;
    for (size_t i = 0; i < regions * windows; i++)
        store->commits[i] = 20;
    for (size_t from = 0; from < regions; from++)
        for (size_t i = 0; i < regions * windows; i++) {
            const size_t to = i / windows, w = i % windows;
            uint64_t *fields = store->lags + (from * regions * windows + i) * STORE_LAG_FIELDS;
            const bool is_first = from == 0 || to == 0;
            if (from == to || (is_first && w >= cut && w < healed))
                continue;
            const uint64_t waited = is_first && w == healed ? 6 : 0;
            fields[STORE_LAG_APPLIED] = 20 * (1 + waited);
            fields[STORE_LAG_US] = fields[STORE_LAG_APPLIED] * (500000 + 5000000 * waited);
            fields[STORE_LAG_MOST_US] = 1000000 + 10000000 * waited;
        }
}

// Every tenth read follows a write by 0 to 2 s; of these, those within 0.9 s may be stale.
static inline void synthetic_reads(struct store_record *store)
{
    for (uint64_t k = 0; k < store->reads / 10; k++) {
        const uint64_t since = k * UINT64_C(7919) % 2000 * 1000000;
        histogram_add(&store->staleness.since, since);
        if (k % 3 == 0 && since < 900000000 && store->staleness.since_st.n < store->staleness.stale)
            histogram_add(&store->staleness.since_st, since);
    }
    for (uint64_t k = 0; k < store->staleness.stale; k++)
        histogram_add(&store->staleness.behind, 1 + k % 5);
    for (uint64_t k = 0; k < store->writes; k++)
        histogram_add(&store->latency[STORE_WRITE], 5000000 + k % 1000 * 10000);
    for (uint64_t k = 0; k < store->reads; k++)
        histogram_add(&store->latency[STORE_READ_EVENTUAL], 1000000 + k % 1000 * 5000);
}

static inline void synthetic_stores(struct record *record, struct stream *stream, bool is_cached)
{
    for (int i = 0; i < record->n_stores; i++) {
        struct store_record *store = &record->stores[i];
        const size_t regions = (size_t)record->n_regions;
        storerecord_init(store);
        store->commits = array_new(uint64_t, regions * record->n_windows);
        store->lags = array_new(uint64_t, regions * regions * record->n_windows * STORE_LAG_FIELDS);
        if (record->started_all == 0)
            continue;
        store->reads = record->started_all;
        store->writes = record->started_all / 10;
        for (int k = 0; k < 200; k++)
            histogram_add(&store->lag, (uint64_t)(stream_uniform(stream) * 9e8));
        store->staleness.stale = stream_below(stream, 90);
        store->fates[FATE_OVERWRITTEN] = stream_below(stream, 20);
        store->fates[FATE_LOST] = stream_below(stream, 40);
        for (uint64_t k = 0; k < store->staleness.stale; k++)
            histogram_add(&store->staleness.age, stream_below(stream, 3000000));
        store->fates[FATE_PRESENT] = store->writes / 2;
        store->fates[FATE_SUPERSEDED] = store->writes - store->writes / 2 -
                                        store->fates[FATE_OVERWRITTEN] - store->fates[FATE_LOST];
        synthetic_reads(store);
        synthetic_lags(store, record);
        if (is_cached)
            store->caches = (struct cache_counts){.hits = store->reads / 2,
                                                  .misses = store->reads / 4,
                                                  .stale = store->staleness.stale / 2,
                                                  .refused = 1 + record->replication};
    }
}

static inline void synthetic_journal(struct record *record, size_t d)
{
    simtime start = (simtime)(record->n_windows / 3) * 10 * SIMTIME_S;
    simtime end = (simtime)(2 * record->n_windows / 3) * 10 * SIMTIME_S;
    simtime jitter = (simtime)record->replication * SIMTIME_S;
#define JOURNAL(...) array_push(&record->journal, ((struct journal_entry){__VA_ARGS__}))
    JOURNAL(start, JOURNAL_FAULT_START, "us-east-1 down", 0);
    if (d > 0)
        JOURNAL(start + 32 * SIMTIME_S + jitter, JOURNAL_ENDPOINT_UNHEALTHY, "record/us-east-1", 0);
    if (d == 1)
        JOURNAL(start + 100 * SIMTIME_S + jitter, JOURNAL_LEADER_PROMOTED, "orders/eu-west-1", 1);
    JOURNAL(end, JOURNAL_FAULT_END, "us-east-1 down", 0);
    if (d > 0)
        JOURNAL(end + 35 * SIMTIME_S + jitter, JOURNAL_ENDPOINT_HEALTHY, "record/us-east-1", 0);
#undef JOURNAL
}

// Two in three attempts go to the dead side at first, and one in ten after 60 s.
static inline void synthetic_drain(struct record *record, size_t d)
{
    for (size_t b = 0; b < DRAIN_BINS; b++) {
        bool has_left = b > DRAIN_FIRST && drain_edge_s(b) >= 60;
        uint64_t *row = record->drain + b * DRAIN_COLUMNS;
        row[ROUTE_CACHED] = has_left ? 0 : 50 + d;
        row[ROUTE_PINNED] = has_left ? 0 : 10;
        row[ROUTE_STRETCHED] = has_left ? 10 : 6;
        row[DRAIN_ELSEWHERE] = 100 - row[ROUTE_CACHED] - row[ROUTE_PINNED] - row[ROUTE_STRETCHED];
    }
}

static inline void synthetic_failover(struct synthetic *s, size_t d, const struct record *record)
{
    struct failover f = {.replication = record->replication,
                         .component = "us-east-1 down",
                         .start_s = (double)(record->n_windows / 3) * 10,
                         .lasted_s = 600,
                         .detected_s = d == 0 ? (double)NAN : 29 + record->replication,
                         .balancer_detected_s = 20 + record->replication,
                         .withdrawn_s = d == 0 ? (double)NAN : 32 + record->replication,
                         .moved_90_s = 60,
                         .moved_99_s = (double)NAN,
                         .served_s = 100,
                         .started = 1000,
                         .attempts = 1200 + d,
                         .lost = 200 - d,
                         .late = 3};
    array_push(&s->set.designs[d].failovers, f);
}

// The first store of designs with several regions: its recovery point, and its way back, of which
// one in the last replication is not seen.
static inline void synthetic_recovery(struct synthetic *s, size_t d, const struct record *record)
{
    struct design_result *design = &s->set.designs[d];
    const double start_s = (double)(record->n_windows / 3) * 10;
    const bool is_last = record->replication + 1 == s->set.n_replications;
    const struct exposure e = {.replication = record->replication,
                               .time_s = start_s,
                               .writes = 3 + record->replication,
                               .age_s = 0.5 + 0.1 * record->replication};
    const struct convergence c = {.replication = record->replication,
                                  .from = 1,
                                  .healed_s = start_s + 600,
                                  .converged_s = is_last ? (double)NAN : start_s + 602};
    if (record->n_regions < 2)
        return;
    array_push(&design->exposures, e);
    array_push(&design->convergences, c);
}

static inline void *synthetic_zeros(size_t n, size_t size)
{
    void *zeros = calloc(n, size);
    REQUIRE(zeros != NULL, "out of memory");
    return zeros;
}

static inline void synthetic_name_endpoints(struct record *record, const struct topology *t,
                                            bool has_canary)
{
    for (int g = 0; g < t->n_regions; g++)
        record->endpoint_names[record->n_endpoints++] = t->regions[g].name;
    if (has_canary)
        record->endpoint_names[record->n_endpoints++] = "us-east-1/canary";
    const size_t n = SYNTHETIC_POPULATIONS * (size_t)record->n_endpoints;
    record->endpoint_tries = synthetic_zeros(n, sizeof(uint64_t));
    record->endpoint_answers = synthetic_zeros(n, sizeof(uint64_t));
}

static inline void synthetic_record(struct record *record, const struct synthetic_conf *conf,
                                    size_t d, const struct topology *t)
{
    struct stream stream = stream_open(7, record->replication, t->regions[0].name, "synthetic");
    record->n_populations = SYNTHETIC_POPULATIONS;
    record->n_classes = SYNTHETIC_CLASSES;
    record->n_windows = conf->n_windows;
    record->n_stores = t->n_stores;
    record->n_regions = t->n_regions;
    record->outcomes = synthetic_zeros(SYNTHETIC_MIXES * OUTCOMES, sizeof(uint64_t));
    record->attempts = synthetic_zeros(SYNTHETIC_MIXES, sizeof(uint64_t));
    record->latency = synthetic_zeros(SYNTHETIC_MIXES, sizeof(struct histogram));
    record->series = synthetic_zeros(SYNTHETIC_POPULATIONS * conf->n_windows * SERIES_FIELDS + 1,
                                     sizeof(uint64_t));
    record->served = synthetic_zeros(SYNTHETIC_POPULATIONS * (size_t)t->n_regions,
                                     sizeof(uint64_t));
    synthetic_name_endpoints(record, t, d == 2);
    record->stores = synthetic_zeros((size_t)t->n_stores, sizeof(struct store_record));
    record->n_plan_faults = 1;
    record->drain = synthetic_zeros((size_t)DRAIN_BINS * DRAIN_COLUMNS, sizeof(uint64_t));
    for (int m = 0; m < SYNTHETIC_MIXES; m++)
        histogram_init(&record->latency[m]);
    double luck = stream_uniform(&stream);
    for (size_t w = 0; w < conf->n_windows; w++)
        for (size_t p = 0; p < SYNTHETIC_POPULATIONS; p++)
            for (int i = 0; i < (int)(10 * conf->rate_rps); i++)
                synthetic_request(record, &stream, synthetic_share(d, w, conf->n_windows, luck),
                                  (size_t[]){d, p, w});
    synthetic_stores(record, &stream, d == 2);
    if (conf->has_events) {
        synthetic_journal(record, d);
        synthetic_drain(record, d);
    }
    record->digest = UINT64_MAX - record->replication; // beyond what a double can hold
    record->events = 5 * record->started_all;
}

static inline double synthetic_availability(const struct record *record, size_t first, size_t end)
{
    uint64_t ok = 0, all = 0;
    for (size_t i = first * SYNTHETIC_CLASSES * OUTCOMES; i < end * SYNTHETIC_CLASSES * OUTCOMES;
         i++) {
        all += record->outcomes[i];
        ok += i % OUTCOMES == OUTCOME_OK ? record->outcomes[i] : 0;
    }
    return all == 0 ? (double)NAN : (double)ok / (double)all;
}

// Estimates: the real availability, and for the other metrics numbers of the right size.
static inline void synthetic_estimates(struct synthetic *s, size_t d, double *values)
{
    static const double sizes[METRICS] = {0, 9, 45, 0.09, 0.6, 0.9, 0.001, 30, 120, 80, 1.3, 2};
    struct resultset *set = &s->set;
    struct design_result *design = &set->designs[d];
    uint32_t n = set->n_replications;
    struct stream stream = stream_open(8, (uint32_t)d, "estimates", "synthetic");
    for (int m = 0; m < METRICS; m++) {
        for (uint32_t r = 0; r < n; r++)
            values[(uint32_t)m * n + r] =
                m == METRIC_AVAILABILITY
                    ? synthetic_availability(&design->records[r], 0, SYNTHETIC_POPULATIONS)
                    : sizes[m] * (1.5 - 0.4 * (double)d + 0.2 * stream_uniform(&stream));
        if (m == METRIC_STALE_READ_RATIO && d == 0)
            for (uint32_t r = 0; r < n; r++)
                values[(uint32_t)m * n + r] = (double)NAN; // no reads in this design
        design->metrics[m] = estimate_mean(values + (uint32_t)m * n, n, 0.95);
        design->differences[m] = (struct estimate){0, (double)NAN, (double)NAN, 0, (double)NAN};
        design->p_adjusted[m] = (double)NAN;
        design->verdicts[m] = VERDICT_BASELINE;
    }
}

static inline void synthetic_compare(struct synthetic *s, double *const *values)
{
    uint32_t n = s->set.n_replications;
    for (size_t d = 1; d < s->set.n_designs; d++)
        for (int m = 0; m < METRICS; m++) {
            struct design_result *design = &s->set.designs[d];
            const double *x = values[d] + (uint32_t)m * n, *y = values[0] + (uint32_t)m * n;
            design->differences[m] = estimate_paired(x, y, n, 0.95);
            design->p_adjusted[m] = estimate_paired_p(x, y, n);
            bool is_better = design->differences[m].value * metric_direction((enum metric)m) > 0;
            design->verdicts[m] = isnan(design->differences[m].value) ? VERDICT_NOT_COMPARED
                                  : !(design->p_adjusted[m] < 0.05)   ? VERDICT_NOT_DISTINGUISHABLE
                                  : is_better                         ? VERDICT_BETTER
                                                                      : VERDICT_WORSE;
        }
}

static inline void synthetic_populations(struct synthetic *s, size_t d)
{
    struct design_result *design = &s->set.designs[d];
    design->availability = arena_push(&s->arena, struct estimate, SYNTHETIC_POPULATIONS);
    design->quantiles = arena_push(&s->arena, struct estimate,
                                   SYNTHETIC_POPULATIONS * RESULT_QUANTILES);
    for (size_t p = 0; p < SYNTHETIC_POPULATIONS; p++) {
        double value = synthetic_availability(&design->records[0], p, p + 1);
        design->availability[p] = (struct estimate){value, value - 0.001, value + 0.001, 4, 0.001};
        for (size_t q = 0; q < RESULT_QUANTILES; q++) {
            const struct histogram *from = &design->records[0].latency[p * SYNTHETIC_CLASSES];
            double latency = histogram_quantile(from, result_quantiles[q]) * 1e-9;
            design->quantiles[p * RESULT_QUANTILES + q] =
                (struct estimate){latency, latency * 0.97, latency * 1.03, 4, latency * 0.02};
        }
    }
}

static inline struct synthetic synthetic_make(const struct synthetic_conf *conf)
{
    struct synthetic s = {.set = {.seed = 42,
                                  .n_replications = conf->n_replications,
                                  .level = 0.95,
                                  .scale = 1,
                                  .n_designs = conf->n_designs}};
    synthetic_workload(&s, conf);
    s.set.designs = arena_push(&s.arena, struct design_result, conf->n_designs);
    double *values[3];
    for (size_t d = 0; d < conf->n_designs; d++) {
        struct topology *t = synthetic_topology(&s, conf, d);
        s.set.designs[d].topology = t;
        s.set.designs[d].records = arena_push(&s.arena, struct record, conf->n_replications);
        for (uint32_t r = 0; r < conf->n_replications; r++) {
            s.set.designs[d].records[r].replication = r;
            synthetic_record(&s.set.designs[d].records[r], conf, d, t);
            if (conf->has_events) {
                synthetic_failover(&s, d, &s.set.designs[d].records[r]);
                synthetic_recovery(&s, d, &s.set.designs[d].records[r]);
            }
        }
        values[d] = arena_push(&s.arena, double, METRICS * conf->n_replications);
        s.set.designs[d].values = conf->has_values ? values[d] : NULL;
        synthetic_estimates(&s, d, values[d]);
        synthetic_populations(&s, d);
    }
    synthetic_compare(&s, values);
    return s;
}

static inline void synthetic_free(struct synthetic *s)
{
    for (size_t d = 0; d < s->set.n_designs; d++) {
        for (uint32_t r = 0; r < s->set.n_replications; r++)
            record_free(&s->set.designs[d].records[r]);
        array_free(&s->set.designs[d].failovers);
        array_free(&s->set.designs[d].exposures);
        array_free(&s->set.designs[d].convergences);
    }
    arena_free(&s->arena);
}
