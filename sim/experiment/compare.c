#include "experiment/compare.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "experiment/chain.h"
#include "experiment/exposures.h"
#include "experiment/summary.h"
#include "experiment/uptime.h"

static void make_room(struct design_result *design, struct arena *arena, uint32_t n)
{
    design->records = arena_push(arena, struct record, n);
    design->values = arena_push(arena, double, (size_t)METRICS *n);
    design->worst_uptimes = arena_push(arena, double, (size_t)UPTIME_LENGTHS *n);
}

void compare_init(struct resultset *set, struct arena *arena, const struct scenario *scenario,
                  const struct compare_conf *conf)
{
    REQUIRE(conf->n_replications >= 1, "%u replications", conf->n_replications);
    REQUIRE(conf->level > 0 && conf->level < 1, "level %g", conf->level);
    *set = (struct resultset){.workload = scenario->workload,
                              .plan = scenario->faults,
                              .seed = conf->seed,
                              .n_replications = conf->n_replications,
                              .level = conf->level,
                              .scale = conf->scale,
                              .yearly_objective_min = (double)NAN,
                              .n_designs = scenario->n_topologies};
    size_t n_populations = (size_t)scenario->workload->n_populations;
    set->uptime_length_s = arena_push(arena, double, UPTIME_LENGTHS);
    set->n_uptime_lengths = uptime_lengths(set->workload, set->uptime_length_s);
    set->designs = arena_push(arena, struct design_result, set->n_designs);
    for (size_t d = 0; d < set->n_designs; ++d) {
        struct design_result *design = &set->designs[d];
        design->topology = &scenario->topologies[d];
        make_room(design, arena, conf->n_replications);
        design->quantiles = arena_push(arena, struct estimate, n_populations * RESULT_QUANTILES);
        design->availability = arena_push(arena, struct estimate, n_populations);
        design->worst_uptime = arena_push(arena, struct estimate, UPTIME_LENGTHS);
    }
}

void compare_grow(struct resultset *set, struct arena *arena, uint32_t n_replications)
{
    for (size_t d = 0; d < set->n_designs; ++d) {
        struct design_result *design = &set->designs[d];
        const struct record *before = design->records;
        make_room(design, arena, n_replications);
        memcpy(design->records, before, set->n_replications * sizeof *before);
    }
    set->n_replications = n_replications;
}

void compare_free(struct resultset *set)
{
    for (size_t d = 0; d < set->n_designs; ++d) {
        for (uint32_t r = 0; r < set->n_replications; ++r)
            record_free(&set->designs[d].records[r]);
        array_free(&set->designs[d].failovers);
        array_free(&set->designs[d].exposures);
        array_free(&set->designs[d].convergences);
    }
}

// Replications after which a difference of this size and spread would be significant (normal
// approximation).
static double replications_for(const struct estimate *difference, double p, double level)
{
    double half = (difference->high - difference->low) / 2;
    double size = fabs(difference->value);
    if (p < 1 - level || isnan(half) || size <= 0)
        return (double)NAN;
    if (half <= 1e-9 * size) // no spread: as many as the sign test needs, 2^(1-n) < 1 - level
        return floor(1 - log2(1 - level)) + 1;
    double shrink = half / size;
    return ceil((double)difference->n * shrink * shrink);
}

static struct compare_pair pair_of(const double *x, const double *y, size_t n, double level)
{
    struct compare_pair pair = {.difference = estimate_paired(x, y, n, level),
                                .p = estimate_paired_p(x, y, n)};
    pair.replications = replications_for(&pair.difference, pair.p, level);
    return pair;
}

static const double *values_of(const struct resultset *set, size_t design, enum metric metric)
{
    return set->designs[design].values + (size_t)metric * set->n_replications;
}

static enum verdict verdict_of(double difference, double p_adjusted, enum metric metric,
                               double level)
{
    if (isnan(difference))
        return VERDICT_NOT_COMPARED;
    if (isnan(p_adjusted) || p_adjusted >= 1 - level || difference == 0)
        return VERDICT_NOT_DISTINGUISHABLE;
    return (difference > 0) == (metric_direction(metric) > 0) ? VERDICT_BETTER : VERDICT_WORSE;
}

// One metric in all designs but the first, against the first.
static void compare_metric(struct resultset *set, enum metric metric)
{
    struct arena scratch = {0};
    size_t others = set->n_designs - 1;
    double *p = arena_push(&scratch, double, others);
    for (size_t d = 1; d < set->n_designs; ++d) {
        struct compare_pair pair = pair_of(values_of(set, d, metric), values_of(set, 0, metric),
                                           set->n_replications,
                                           1 - (1 - set->level) / (double)others);
        set->designs[d].differences[metric] = pair.difference;
        set->designs[d].pairing_gains[metric] = estimate_pairing_gain(
            values_of(set, d, metric), values_of(set, 0, metric), set->n_replications, set->level);
        p[d - 1] = pair.p;
    }
    estimate_holm(p, others);
    for (size_t d = 1; d < set->n_designs; ++d) {
        struct design_result *design = &set->designs[d];
        design->p_adjusted[metric] = p[d - 1];
        design->verdicts[metric] = verdict_of(design->differences[metric].value, p[d - 1], metric,
                                              set->level);
    }
    arena_free(&scratch);
}

static void set_baseline(struct design_result *design)
{
    for (int m = 0; m < METRICS; ++m) {
        design->verdicts[m] = VERDICT_BASELINE;
        design->differences[m] = (struct estimate){0, (double)NAN, (double)NAN, 0, (double)NAN};
        design->p_adjusted[m] = (double)NAN;
        design->pairing_gains[m] = design->differences[m];
        design->pairing_gains[m].value = (double)NAN;
    }
}

void compare_finish(struct resultset *set)
{
    for (size_t d = 0; d < set->n_designs; ++d) {
        summary_design(set, &set->designs[d]);
        array_clear(&set->designs[d].failovers);
        array_clear(&set->designs[d].exposures);
        array_clear(&set->designs[d].convergences);
        chain_collect(set, d, &set->designs[d].failovers);
        exposures_collect(set, d, &set->designs[d].exposures, &set->designs[d].convergences);
    }
    set_baseline(&set->designs[0]);
    for (int m = 0; m < METRICS && set->n_designs > 1; ++m)
        compare_metric(set, (enum metric)m);
}

struct compare_pair compare_pair(const struct resultset *set, size_t a, size_t b,
                                 enum metric metric)
{
    REQUIRE(a < set->n_designs && b < set->n_designs, "designs %zu and %zu of %zu", a, b,
            set->n_designs);
    return pair_of(values_of(set, a, metric), values_of(set, b, metric), set->n_replications,
                   set->level);
}
