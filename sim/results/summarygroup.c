#include "results/summarygroup.h"

#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/base.h"
#include "results/scales.h"

// A table of estimates that becomes one dataset for each of its columns.
struct table {
    const char *prefix; // of the datasets' names; "" for the plain table of metrics
    const char *value;  // name of the point estimate's dataset
    const char *about;
    const char *units; // NULL: they differ by row
    const char *over[H5_MAX_RANK + 1];
    const struct estimate *cells;
    size_t n;
};

enum column { COLUMN_VALUE, COLUMN_LOW, COLUMN_HIGH, COLUMN_SD };

static double cell_of(const struct estimate *e, enum column column)
{
    switch (column) {
    case COLUMN_VALUE:
        return e->value;
    case COLUMN_LOW:
        return e->low;
    case COLUMN_HIGH:
        return e->high;
    case COLUMN_SD:
        return e->sd;
    }
    return e->value;
}

static void write_column(struct h5 *h, struct arena *arena, const struct table *t,
                         enum column column)
{
    static const char *const suffixes[] = {"", "ci_low", "ci_high", "sd"};
    static const char *const abouts[] = {"", "lower bound of", "upper bound of",
                                         "standard deviation over replications of"};
    double *values = arena_push(arena, double, t->n);
    for (size_t i = 0; i < t->n; i++)
        values[i] = cell_of(&t->cells[i], column);
    struct h5_variable v = {.type = H5_F64, .data = values, .has_fill = true, .units = t->units};
    for (size_t d = 0; d <= H5_MAX_RANK; d++)
        v.over[d] = t->over[d];
    v.name = column == COLUMN_VALUE ? t->value
                                    : arena_printf(arena, "%s%s", t->prefix, suffixes[column]);
    v.about = column == COLUMN_VALUE ? t->about
                                     : arena_printf(arena, "%s %s", abouts[column], t->about);
    h5_write(h, &v);
    if (column == COLUMN_VALUE)
        h5_note_text(h, "ancillary_variables",
                     arena_printf(arena, "%sci_low %sci_high", t->prefix, t->prefix));
}

static void write_interval(struct h5 *h, struct arena *arena, const struct table *t)
{
    for (enum column c = COLUMN_VALUE; c <= COLUMN_HIGH; c++)
        write_column(h, arena, t, c);
}

static void write_counts(struct h5 *h, struct arena *arena, const struct table *t)
{
    uint32_t *n = arena_push(arena, uint32_t, t->n);
    for (size_t i = 0; i < t->n; i++)
        n[i] = (uint32_t)t->cells[i].n;
    h5_write(h, &(struct h5_variable){.name = "n",
                                      .over = {"design", "metric"},
                                      .type = H5_U32,
                                      .data = n,
                                      .units = "1",
                                      .about = "replications behind the estimate"});
}

static void write_titles(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    const char **titles = arena_push(arena, const char *, set->n_designs);
    for (size_t d = 0; d < set->n_designs; d++)
        titles[d] = set->designs[d].topology->title != NULL ? set->designs[d].topology->title : "";
    h5_write(h, &(struct h5_variable){.name = "design_title",
                                      .over = {"design"},
                                      .type = H5_TEXT,
                                      .data = titles,
                                      .about = "the design in one line"});
}

static void write_metrics(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    size_t n = set->n_designs * METRICS;
    struct estimate *cells = arena_push(arena, struct estimate, n);
    for (size_t i = 0; i < n; i++)
        cells[i] = set->designs[i / METRICS].metrics[i % METRICS];
    struct table t = {.prefix = "",
                      .value = "value",
                      .about = "the metric (see metric_units)",
                      .over = {"design", "metric"},
                      .cells = cells,
                      .n = n};
    write_interval(h, arena, &t);
    write_column(h, arena, &t, COLUMN_SD);
    write_counts(h, arena, &t);
}

static void write_differences(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    size_t n = set->n_designs * METRICS;
    struct estimate *cells = arena_push(arena, struct estimate, n);
    double *p = arena_push(arena, double, n);
    int8_t *verdicts = arena_push(arena, int8_t, n);
    for (size_t i = 0; i < n; i++) {
        const struct design_result *design = &set->designs[i / METRICS];
        cells[i] = design->differences[i % METRICS];
        p[i] = design->p_adjusted[i % METRICS];
        verdicts[i] = (int8_t)design->verdicts[i % METRICS];
    }
    struct table t = {.prefix = "difference_",
                      .value = "difference",
                      .about = "difference to the first design, paired by replication",
                      .over = {"design", "metric"},
                      .cells = cells,
                      .n = n};
    write_interval(h, arena, &t);
    h5_write(h, &(struct h5_variable){
                    .name = "p_adjusted",
                    .over = {"design", "metric"},
                    .type = H5_F64,
                    .data = p,
                    .has_fill = true,
                    .units = "1",
                    .about = "two-sided p-value of the difference, adjusted over designs (Holm)"});
    const char *meanings[VERDICTS];
    for (int v = 0; v < VERDICTS; v++)
        meanings[v] = metric_verdict_name((enum verdict)v);
    h5_write(h, &(struct h5_variable){.name = "verdict",
                                      .over = {"design", "metric"},
                                      .type = H5_I8,
                                      .data = verdicts,
                                      .about = "the design against the first design"});
    h5_note_flags(h, meanings, VERDICTS);
}

static void write_pairing(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    const size_t n = set->n_designs * METRICS;
    struct estimate *cells = arena_push(arena, struct estimate, n);
    for (size_t i = 0; i < n; i++)
        cells[i] = set->designs[i / METRICS].pairing_gains[i % METRICS];
    const struct table t = {.prefix = "pairing_gain_",
                            .value = "pairing_gain",
                            .about = "times as many replications that a difference would need "
                                     "without common random numbers",
                            .units = "1",
                            .over = {"design", "metric"},
                            .cells = cells,
                            .n = n};
    write_interval(h, arena, &t);
}

// In the worst stretch of each length.
static void write_uptimes(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    const size_t lengths = set->n_uptime_lengths, n = set->n_designs * lengths;
    struct estimate *cells = arena_push(arena, struct estimate, n + 1);
    if (lengths == 0)
        return;
    for (size_t i = 0; i < n; i++)
        cells[i] = set->designs[i / lengths].worst_uptime[i % lengths];
    scales_stretches(h, set);
    const struct table t = {.prefix = "worst_user_uptime_",
                            .value = "worst_user_uptime",
                            .about = "user-uptime in the worst stretch of this length of a run",
                            .units = "1",
                            .over = {"design", "stretch"},
                            .cells = cells,
                            .n = n};
    write_interval(h, arena, &t);
}

// How the downtime of a year varies.
static void write_years(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    const size_t n = set->n_designs;
    struct estimate *chance = arena_push(arena, struct estimate, n);
    struct estimate *quantiles = arena_push(arena, struct estimate, n * COMPOUND_QUANTILES);
    if (isnan(set->yearly_objective_min))
        return;
    for (size_t d = 0; d < n; d++) {
        chance[d] = set->designs[d].year.chance;
        for (size_t q = 0; q < COMPOUND_QUANTILES; q++)
            quantiles[d * COMPOUND_QUANTILES + q] = set->designs[d].year.quantiles[q];
    }
    h5_scale(h,
             &(struct h5_variable){.name = "year_quantile",
                                   .type = H5_F64,
                                   .data = compound_quantiles,
                                   .units = "1",
                                   .about = "share of years"},
             COMPOUND_QUANTILES);
    struct table t = {.prefix = "year_downtime_",
                      .value = "year_downtime",
                      .about = "downtime that this share of years stays below",
                      .units = "min",
                      .over = {"design", "year_quantile"},
                      .cells = quantiles,
                      .n = n * COMPOUND_QUANTILES};
    write_interval(h, arena, &t);
    t = (struct table){.prefix = "year_chance_",
                       .value = "year_chance",
                       .about = "probability that the downtime of a year meets the objective",
                       .units = "1",
                       .over = {"design"},
                       .cells = chance,
                       .n = n};
    write_interval(h, arena, &t);
    h5_note_f64(h, "objective_min", set->yearly_objective_min);
}

static void write_populations(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    size_t n_populations = (size_t)set->workload->n_populations;
    size_t n = set->n_designs * n_populations, n_tail = n_populations * RESULT_QUANTILES;
    struct estimate *cells = arena_push(arena, struct estimate, n);
    struct estimate *quantiles = arena_push(arena, struct estimate, n * RESULT_QUANTILES);
    for (size_t d = 0; d < set->n_designs; d++) {
        for (size_t p = 0; p < n_populations; p++)
            cells[d * n_populations + p] = set->designs[d].availability[p];
        for (size_t i = 0; i < n_tail; i++)
            quantiles[d * n_tail + i] = set->designs[d].quantiles[i];
    }
    struct table t = {.prefix = "availability_",
                      .value = "availability",
                      .about = "share of a population's requests answered in time",
                      .units = "1",
                      .over = {"design", "population"},
                      .cells = cells,
                      .n = n};
    write_interval(h, arena, &t);
    t = (struct table){.prefix = "latency_",
                       .value = "latency",
                       .about = "quantile of the latency of answered requests",
                       .units = "s",
                       .over = {"design", "population", "quantile"},
                       .cells = quantiles,
                       .n = n * RESULT_QUANTILES};
    write_interval(h, arena, &t);
}

void summarygroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    h5_group(h, "summary");
    h5_note_f64(h, "interval_level", set->level);
    scales_designs(h, set);
    scales_metrics(h);
    scales_populations(h, set->workload);
    h5_scale(h,
             &(struct h5_variable){.name = "quantile",
                                   .type = H5_F64,
                                   .data = result_quantiles,
                                   .units = "1",
                                   .about = "cumulative probability"},
             RESULT_QUANTILES);
    write_titles(h, &arena, set);
    write_metrics(h, &arena, set);
    write_differences(h, &arena, set);
    write_pairing(h, &arena, set);
    write_uptimes(h, &arena, set);
    write_years(h, &arena, set);
    write_populations(h, &arena, set);
    arena_free(&arena);
}
