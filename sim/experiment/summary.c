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

// A metric that is a ratio of counts, from the pair of members of the tallies.
static struct estimate ratio_metric(const struct resultset *set, const struct tally *tallies,
                                    enum metric metric)
{
    struct arena scratch = {0};
    uint64_t *part = arena_push(&scratch, uint64_t, set->n_replications);
    uint64_t *whole = arena_push(&scratch, uint64_t, set->n_replications);
    for (uint32_t r = 0; r < set->n_replications; ++r)
        tally_ratio(&tallies[r], metric, &part[r], &whole[r]);
    struct estimate e = summary_ratio(set, part, whole);
    arena_free(&scratch);
    return e;
}

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

static void fill_values(const struct resultset *set, const struct tally *tallies, double *values)
{
    double minutes_per_year = downtime_per_year(set->plan, set->workload);
    for (int m = 0; m < METRICS; ++m)
        for (uint32_t r = 0; r < set->n_replications; ++r)
            values[(size_t)m * set->n_replications + r] = tally_metric(&tallies[r], (enum metric)m,
                                                                       minutes_per_year);
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

// Bounds of downtime in a run and, as far as there is a scale, in a year, while outages are few.
static void bound_downtime(const struct resultset *set, struct design_result *design)
{
    const double per_year = downtime_per_year(set->plan, set->workload);
    struct estimate *run = &design->metrics[METRIC_DOWNTIME_MIN];
    struct estimate *year = &design->metrics[METRIC_DOWNTIME_MIN_PER_YEAR];
    downtime_list outages = {0};
    const struct downtime_runs runs = {set->workload, set->plan, set->n_replications, &outages};
    for (uint32_t r = 0; r < set->n_replications; ++r)
        downtime_outages(&design->records[r], set->workload, &outages);
    if (downtime_bounds(&runs, set->level, run) && !isnan(per_year)) {
        year->low = run->low * per_year;
        year->high = run->high * per_year;
    }
    array_free(&outages);
}

void summary_design(const struct resultset *set, struct design_result *design)
{
    uint32_t n = set->n_replications;
    struct arena scratch = {0};
    struct tally *tallies = arena_push(&scratch, struct tally, n);
    for (uint32_t r = 0; r < n; ++r)
        tallies[r] = tally_of(&design->records[r], set->workload);
    fill_values(set, tallies, design->values);
    for (int m = 0; m < METRICS; ++m)
        design->metrics[m] = estimate_mean(design->values + (size_t)m * n, n, set->level);
    design->metrics[METRIC_AVAILABILITY] = ratio_metric(set, tallies, METRIC_AVAILABILITY);
    design->metrics[METRIC_USER_UPTIME] = ratio_metric(set, tallies, METRIC_USER_UPTIME);
    design->metrics[METRIC_STALE_READ_RATIO] = ratio_metric(set, tallies, METRIC_STALE_READ_RATIO);
    design->metrics[METRIC_ATTEMPTS_PER_REQUEST] = ratio_metric(set, tallies,
                                                                METRIC_ATTEMPTS_PER_REQUEST);
    design->metrics[METRIC_LOST_WRITES_PER_MILLION] =
        scaled(ratio_metric(set, tallies, METRIC_LOST_WRITES_PER_MILLION), 1e6);
    bound_downtime(set, design);
    estimate_uptime(set, design);
    estimate_latency(set, design);
    estimate_populations(set, design);
    arena_free(&scratch);
}
