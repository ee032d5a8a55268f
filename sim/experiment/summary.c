#include "experiment/summary.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "experiment/downtime.h"
#include "experiment/pooled.h"
#include "experiment/tally.h"
#include "experiment/uptime.h"

struct estimate summary_over_replications(struct estimate e, uint32_t n_replications)
{
    if (n_replications < 2)
        e.low = e.high = e.sd = (double)NAN;
    return e;
}

struct estimate summary_ratio(const struct resultset *set, const uint64_t *part,
                              const uint64_t *whole)
{
    return summary_over_replications(estimate_ratio(part, whole, set->n_replications, set->level),
                                     set->n_replications);
}

static struct estimate scaled(struct estimate e, double factor)
{
    e.value *= factor;
    e.low *= factor;
    e.high *= factor;
    e.sd *= factor;
    return e;
}

// ---- metrics

static struct tally_ratio sum_of(const struct tally_ratio *ratios, uint32_t n)
{
    struct tally_ratio sum = {0};
    for (uint32_t r = 0; r < n; ++r) {
        sum.part += ratios[r].part;
        sum.whole += ratios[r].whole;
    }
    return sum;
}

// Where users' time was all up, or all down, there are as many observations of that as requests,
// not as milliseconds.
static void bound_uptime(const struct summary_runs *runs, struct estimate *metrics)
{
    size_t of_requests = 0;
    while (tally_ratios[of_requests] != METRIC_AVAILABILITY)
        ++of_requests;
    struct estimate *e = &metrics[METRIC_USER_UPTIME];
    const uint64_t n = sum_of(runs->ratios + of_requests * runs->n, runs->n).whole;
    if (n == 0 || (e->value > 0 && e->value < 1))
        return;
    const struct estimate exact = estimate_share(e->value > 0 ? n : 0, n, runs->level);
    e->low = isnan(e->low) ? e->low : exact.low;
    e->high = isnan(e->high) ? e->high : exact.high;
}

static struct estimate ratio_metric(const struct summary_runs *runs, size_t ratio)
{
    const struct tally_ratio *ratios = runs->ratios + ratio * runs->n;
    const double factor = tally_ratios[ratio] == METRIC_LOST_WRITES_PER_MILLION ? 1e6 : 1;
    struct arena scratch = {0};
    uint64_t *part = arena_push(&scratch, uint64_t, runs->n);
    uint64_t *whole = arena_push(&scratch, uint64_t, runs->n);
    for (uint32_t r = 0; r < runs->n; ++r) {
        part[r] = ratios[r].part;
        whole[r] = ratios[r].whole;
    }
    const struct estimate e = estimate_ratio(part, whole, runs->n, runs->level);
    arena_free(&scratch);
    return scaled(summary_over_replications(e, runs->n_there), factor);
}

// Bounds of downtime in a run and, as far as there is a scale, in a year, while outages are few.
static void bound_downtime(const struct summary_runs *runs, struct estimate *metrics)
{
    const struct downtime_runs of = {runs->scale, runs->n_there, runs->outages};
    struct estimate *run = &metrics[METRIC_DOWNTIME_MIN];
    struct estimate *year = &metrics[METRIC_DOWNTIME_MIN_PER_YEAR];
    if (downtime_bounds(&of, runs->level, run) && !isnan(runs->scale.per_year)) {
        year->low = run->low * runs->scale.per_year;
        year->high = run->high * runs->scale.per_year;
    }
}

void summary_metrics(const struct summary_runs *runs, struct estimate metrics[METRICS])
{
    for (size_t m = 0; m < METRICS; ++m) {
        metrics[m] = estimate_mean(runs->values + m * runs->n, runs->n, runs->level);
        metrics[m].low = metrics[m].low < 0 ? 0 : metrics[m].low; // no metric can be below
    }
    for (size_t i = 0; i < TALLY_RATIOS; ++i)
        metrics[tally_ratios[i]] = ratio_metric(runs, i);
    bound_uptime(runs, metrics);
    bound_downtime(runs, metrics);
}

// ---- designs

static void estimate_populations(const struct resultset *set, struct design_result *design)
{
    uint32_t n = set->n_replications;
    struct arena scratch = {0};
    uint64_t *part = arena_push(&scratch, uint64_t, n), *whole = arena_push(&scratch, uint64_t, n);
    struct pooled pool;
    pooled_init(&pool, n);
    for (int p = 0; p < set->workload->n_populations; ++p) {
        pooled_clear(&pool);
        for (uint32_t r = 0; r < n; ++r) {
            part[r] = tally_in_time(&design->records[r], p);
            whole[r] = tally_requests(&design->records[r], p);
            tally_latency(&design->records[r], p, &pool.parts[r]);
        }
        design->availability[p] = summary_ratio(set, part, whole);
        struct estimate *quantiles = design->quantiles + (size_t)p * RESULT_QUANTILES;
        pooled_quantiles(&pool, result_quantiles, RESULT_QUANTILES, set->level, quantiles);
        for (int q = 0; q < RESULT_QUANTILES; ++q)
            quantiles[q] = scaled(quantiles[q], 1e-9);
    }
    pooled_free(&pool);
    arena_free(&scratch);
}

static void estimate_latency(const struct resultset *set, struct design_result *design)
{
    static const double q[3] = {0.5, 0.99, 0.999};
    struct estimate out[3];
    struct pooled pool;
    pooled_init(&pool, set->n_replications);
    for (uint32_t r = 0; r < set->n_replications; ++r)
        for (int p = 0; p < set->workload->n_populations; ++p)
            tally_latency(&design->records[r], p, &pool.parts[r]);
    pooled_quantiles(&pool, q, ARRAY_LEN(q), set->level, out);
    design->metrics[METRIC_P50_S] = scaled(out[0], 1e-9);
    design->metrics[METRIC_P99_S] = scaled(out[1], 1e-9);
    design->metrics[METRIC_P999_S] = scaled(out[2], 1e-9);
    pooled_free(&pool);
}

// Of what has no spread there is nothing to tell how far it could be.
static void estimate_uptime(const struct resultset *set, struct design_result *design)
{
    const size_t n = set->n_replications;
    for (size_t i = 0; i < set->n_uptime_lengths; ++i) {
        double *worst = design->worst_uptimes + i * n;
        for (size_t r = 0; r < n; ++r)
            worst[r] = uptime_worst(&design->records[r], set->workload, set->uptime_length_s[i]);
        struct estimate *e = &design->worst_uptime[i];
        *e = estimate_mean(worst, n, set->level);
        e->low = e->sd > 0 ? fmax(e->low, 0) : (double)NAN;
        e->high = e->sd > 0 ? fmin(e->high, 1) : (double)NAN;
    }
}

// A row of what a design's runs gave.
static void take(const struct summary_runs *runs, const struct tally *tally, uint32_t r,
                 double *values, struct tally_ratio *ratios)
{
    for (size_t m = 0; m < METRICS; ++m)
        values[m * runs->n + r] = tally_metric(tally, (enum metric)m, runs->scale.per_year);
    for (size_t i = 0; i < TALLY_RATIOS; ++i)
        ratios[i * runs->n + r] = tally_ratio(tally, tally_ratios[i]);
}

void summary_design(const struct resultset *set, struct design_result *design)
{
    const uint32_t n = set->n_replications;
    struct arena scratch = {0};
    struct tally_ratio *ratios = arena_push(&scratch, struct tally_ratio, (size_t)TALLY_RATIOS * n);
    downtime_list outages = {0};
    const struct summary_runs runs = {.n = n,
                                      .n_there = n,
                                      .values = design->values,
                                      .ratios = ratios,
                                      .outages = &outages,
                                      .scale = downtime_scale_of(set->plan, set->workload),
                                      .level = set->level};
    for (uint32_t r = 0; r < n; ++r) {
        const struct tally tally = tally_of(&design->records[r], set->workload, &outages);
        take(&runs, &tally, r, design->values, ratios);
    }
    summary_metrics(&runs, design->metrics);
    estimate_uptime(set, design);
    estimate_latency(set, design);
    estimate_populations(set, design);
    array_free(&outages);
    arena_free(&scratch);
}
