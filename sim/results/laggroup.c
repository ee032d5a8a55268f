#include "results/laggroup.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "model/storecounts.h"
#include "results/bands.h"
#include "results/scales.h"

// Where writes of a store of one design travel, or are taken (to: -1); row: in the dimension.
struct way {
    size_t design, row;
    int store, from, to;
};

// A dimension whose rows are pairs of regions, or regions, of stores.
struct axis {
    struct names labels;
    ARRAY(const char *) stores; // of each row
    ARRAY(const char *) from;
    ARRAY(const char *) to;
    ARRAY(struct way) ways;
};

struct task {
    struct h5 *h;
    struct arena *arena;
    const struct resultset *set;
    struct axis pairs, origins;
    size_t windows, step, steps; // windows of a run, windows a step, steps
    // [replication] of one way: its backlog so far, and values of one step.
    double *backlog, *values[3];
};

enum { VALUE_MEAN, VALUE_MOST, VALUE_BACKLOG };

// ---- rows

static void add_way(struct task *t, struct way way)
{
    const struct topology *topology = t->set->designs[way.design].topology;
    struct axis *axis = way.to < 0 ? &t->origins : &t->pairs;
    const char *store = topology->stores[way.store].name;
    const char *from = topology->regions[way.from].name;
    const char *to = way.to < 0 ? "" : topology->regions[way.to].name;
    const char *label = way.to < 0 ? arena_printf(t->arena, "%s: %s", store, from)
                                   : arena_printf(t->arena, "%s: %s > %s", store, from, to);
    way.row = names_add(&axis->labels, label);
    if (way.row == axis->stores.n) {
        array_push(&axis->stores, store);
        array_push(&axis->from, from);
        array_push(&axis->to, to);
    }
    array_push(&axis->ways, way);
}

// The replicas in `to` that a write of one in `from` is brought to.
static int receivers(const struct store_spec *store, int from, int to)
{
    return store->replicas_per_region - (from == to);
}

static void list_ways(struct task *t, size_t design, int store)
{
    const struct topology *topology = t->set->designs[design].topology;
    const struct store_spec *spec = &topology->stores[store];
    for (int from = 0; from < topology->n_regions; from++) {
        if (!(spec->regions >> from & 1))
            continue;
        add_way(t, (struct way){design, 0, store, from, -1});
        for (int to = 0; to < topology->n_regions; to++)
            if ((spec->regions >> to & 1) && receivers(spec, from, to) > 0)
                add_way(t, (struct way){design, 0, store, from, to});
    }
}

static void free_axis(struct axis *axis)
{
    names_free(&axis->labels);
    array_free(&axis->stores);
    array_free(&axis->from);
    array_free(&axis->to);
    array_free(&axis->ways);
}

// ---- values

struct sums {
    uint64_t applied, us, most_us;
};

static struct sums sums_of(const struct task *t, const struct record *record, const struct way *way,
                           size_t step)
{
    const size_t at = (size_t)way->from * (size_t)record->n_regions + (size_t)way->to;
    const uint64_t *row = record->stores[way->store].lags + at * t->windows * STORE_LAG_FIELDS;
    struct sums sums = {0};
    for (size_t w = step * t->step; w < t->windows && w < (step + 1) * t->step; w++) {
        const uint64_t *fields = row + w * STORE_LAG_FIELDS;
        sums.applied += fields[STORE_LAG_APPLIED];
        sums.us += fields[STORE_LAG_US];
        if (fields[STORE_LAG_MOST_US] > sums.most_us)
            sums.most_us = fields[STORE_LAG_MOST_US];
    }
    return sums;
}

static uint64_t acknowledged_in(const struct task *t, const struct record *record,
                                const struct way *way, size_t step)
{
    const uint64_t *row = record->stores[way->store].commits + (size_t)way->from * t->windows;
    uint64_t sum = 0;
    for (size_t w = step * t->step; w < t->windows && w < (step + 1) * t->step; w++)
        sum += row[w];
    return sum;
}

struct lags {
    uint64_t *applied; // [design][pair][step]
    struct bands mean, most, backlog;
};

// One replication's part in a step of a way.
static uint64_t add_step(const struct task *t, const struct way *way, size_t step, uint32_t r,
                         size_t n_lags)
{
    const struct design_result *design = &t->set->designs[way->design];
    const struct store_spec *store = &design->topology->stores[way->store];
    const struct sums sums = sums_of(t, &design->records[r], way, step);
    const uint64_t acknowledged = acknowledged_in(t, &design->records[r], way, step);
    t->backlog[r] += (double)acknowledged * receivers(store, way->from, way->to) -
                     (double)sums.applied;
    t->values[VALUE_BACKLOG][r] = t->backlog[r];
    if (sums.applied > 0) {
        t->values[VALUE_MEAN][n_lags] = (double)sums.us / (double)sums.applied * 1e-6;
        t->values[VALUE_MOST][n_lags] = (double)sums.most_us * 1e-6;
    }
    return sums.applied;
}

static void fill_step(const struct task *t, const struct way *way, size_t step,
                      const struct lags *lags)
{
    const struct topology *topology = t->set->designs[way->design].topology;
    const size_t cell = (way->design * t->pairs.labels.list.n + way->row) * t->steps + step;
    size_t n_lags = 0;
    lags->applied[cell] = 0;
    for (uint32_t r = 0; r < t->set->n_replications; r++) {
        const uint64_t applied = add_step(t, way, step, r, n_lags);
        lags->applied[cell] += applied;
        n_lags += applied > 0;
    }
    bands_set(&lags->mean, cell, t->values[VALUE_MEAN], n_lags);
    bands_set(&lags->most, cell, t->values[VALUE_MOST], n_lags);
    if (storecounts_is_asynchronous(&topology->stores[way->store]))
        bands_set(&lags->backlog, cell, t->values[VALUE_BACKLOG], t->set->n_replications);
}

static struct lags fill_lags(const struct task *t)
{
    const size_t n = t->set->n_designs * t->pairs.labels.list.n * t->steps;
    const struct lags lags = {arena_push(t->arena, uint64_t, n), bands_new(t->arena, n),
                              bands_new(t->arena, n), bands_new(t->arena, n)};
    for (size_t i = 0; i < n; i++)
        lags.applied[i] = UINT64_MAX; // stays where a design lacks the pair
    for (size_t i = 0; i < t->pairs.ways.n; i++) {
        for (uint32_t r = 0; r < t->set->n_replications; r++)
            t->backlog[r] = 0;
        for (size_t step = 0; step < t->steps; step++)
            fill_step(t, &t->pairs.ways.items[i], step, &lags);
    }
    return lags;
}

static uint64_t *fill_acknowledged(const struct task *t)
{
    const size_t row = t->origins.labels.list.n * t->steps, n = t->set->n_designs * row;
    uint64_t *sums = arena_push(t->arena, uint64_t, n);
    for (size_t i = 0; i < n; i++)
        sums[i] = UINT64_MAX; // stays where a design lacks the origin
    for (size_t i = 0; i < t->origins.ways.n; i++) {
        const struct way *way = &t->origins.ways.items[i];
        uint64_t *to = sums + way->design * row + way->row * t->steps;
        for (size_t step = 0; step < t->steps; step++) {
            to[step] = 0;
            for (uint32_t r = 0; r < t->set->n_replications; r++)
                to[step] += acknowledged_in(t, &t->set->designs[way->design].records[r], way, step);
        }
    }
    return sums;
}

// ---- writing

static void scale_time(const struct task *t)
{
    double *starts = arena_push(t->arena, double, t->steps);
    for (size_t i = 0; i < t->steps; i++)
        starts[i] = (double)(i * t->step) * t->set->workload->window_s;
    h5_scale(t->h,
             &(struct h5_variable){.name = "time",
                                   .type = H5_F64,
                                   .data = starts,
                                   .units = "s",
                                   .about = "start of the step, since the start of the run"},
             t->steps);
}

static void write_names(const struct task *t, const char *dimension, const char *name,
                        const char *const *names)
{
    h5_write(t->h, &(struct h5_variable){
                       .name = name, .over = {dimension}, .type = H5_TEXT, .data = names});
}

static void scale_axes(const struct task *t)
{
    scales_names(t->h, "pair", &t->pairs.labels, "store: region of the write > region applying it");
    write_names(t, "pair", "pair_store", t->pairs.stores.items);
    write_names(t, "pair", "from_region", t->pairs.from.items);
    write_names(t, "pair", "to_region", t->pairs.to.items);
    scales_names(t->h, "origin", &t->origins.labels, "store: region that takes writes");
    write_names(t, "origin", "origin_store", t->origins.stores.items);
    write_names(t, "origin", "origin_region", t->origins.from.items);
    scale_time(t);
}

static void write_counts(const struct task *t, const struct lags *lags)
{
    struct h5_variable v = {.type = H5_U64, .deflate = 1, .has_fill = true, .units = "1"};
    v.name = "acknowledged";
    v.over[0] = "design", v.over[1] = "origin", v.over[2] = "time";
    v.about = "writes acknowledged";
    v.data = fill_acknowledged(t);
    h5_write(t->h, &v);
    h5_note_text(t->h, "coordinates", "origin_store origin_region");
    h5_note_text(t->h, "cell_methods", "replication: sum time: sum");
    v.name = "applied";
    v.over[1] = "pair";
    v.about = "writes applied there that came from here";
    v.data = lags->applied;
    h5_write(t->h, &v);
    h5_note_text(t->h, "coordinates", "pair_store from_region to_region");
    h5_note_text(t->h, "cell_methods", "replication: sum time: sum");
}

static void write_bands(const struct task *t, const struct lags *lags)
{
    const struct {
        const struct bands *bands;
        const char *name, *units, *about;
    } all[] = {{&lags->mean, "mean_lag", "s",
                "mean time from commit to being applied, of writes applied in the step"},
               {&lags->most, "most_lag", "s", "longest of these times"},
               {&lags->backlog, "backlog", "1",
                "acknowledged writes that are still to be applied, at the end of the step"}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const struct h5_variable v = {.name = all[i].name,
                                      .over = {"design", "pair", "time"},
                                      .deflate = 1,
                                      .units = all[i].units,
                                      .about = all[i].about};
        bands_write(t->h, all[i].bands, &v);
    }
}

size_t laggroup_windows_a_step(size_t rows, size_t windows)
{
    const size_t most = rows > LAGGROUP_MOST_CELLS ? 1
                                                   : LAGGROUP_MOST_CELLS / (rows > 0 ? rows : 1);
    return windows <= most ? 1 : (windows + most - 1) / most;
}

static void write_group(const struct task *t)
{
    h5_group(t->h, "replication");
    h5_note_f64(t->h, "window_s", (double)t->step * t->set->workload->window_s);
    h5_note_u64(t->h, "windows_a_step", t->step);
    scales_designs(t->h, t->set);
    scale_axes(t);
    const struct lags lags = fill_lags(t);
    write_counts(t, &lags);
    write_bands(t, &lags);
}

void laggroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    struct task t = {.h = h, .arena = &arena, .set = set, .windows = scales_sizes(set).windows};
    for (size_t d = 0; d < set->n_designs; d++)
        for (int s = 0; s < set->designs[d].topology->n_stores; s++)
            list_ways(&t, d, s);
    const size_t rows = t.pairs.labels.list.n > t.origins.labels.list.n ? t.pairs.labels.list.n
                                                                        : t.origins.labels.list.n;
    t.step = laggroup_windows_a_step(set->n_designs * rows, t.windows);
    t.steps = (t.windows + t.step - 1) / t.step;
    t.backlog = arena_push(&arena, double, set->n_replications);
    for (size_t i = 0; i < ARRAY_LEN(t.values); i++)
        t.values[i] = arena_push(&arena, double, set->n_replications);
    write_group(&t);
    free_axis(&t.pairs);
    free_axis(&t.origins);
    arena_free(&arena);
}
