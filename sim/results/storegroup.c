#include "results/storegroup.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "model/storecounts.h"
#include "results/scales.h"

static const struct {
    const char *name, *about;
    size_t offset;
} ages[] = {
    {"session_wait", "reads that waited or were sent on by the time that this took",
     offsetof(struct store_record, session_wait)},
    {"lag", "commits by the time until another replica applied them",
     offsetof(struct store_record, lag)},
    {"staleness", "stale reads by the age of the oldest write that they missed",
     offsetof(struct store_record, staleness.age)},
    {"since_write", "reads by the time since the newest acknowledged write of their item",
     offsetof(struct store_record, staleness.since)},
    {"since_write_stale", "of these, stale reads",
     offsetof(struct store_record, staleness.since_st)},
    {"write_latency", "acknowledged writes by their time at the replica that was asked",
     offsetof(struct store_record, latency[STORE_WRITE])},
    {"eventual_read_latency", "eventual reads by their time at the replica that was asked",
     offsetof(struct store_record, latency[STORE_READ_EVENTUAL])},
    {"strong_read_latency", "strong reads by their time at the replica that was asked",
     offsetof(struct store_record, latency[STORE_READ_STRONG])},
};

static const struct histogram *histogram_at(const struct store_record *store, size_t offset)
{
    return (const struct histogram *)(const void *)((const char *)store + offset);
}

// Where each design's stores stand in the list of all designs' stores.
struct layout {
    struct names names;
    size_t *column; // [design][store of the design]: index in names
};

static struct layout layout_of(struct arena *arena, const struct resultset *set)
{
    size_t n = 0;
    for (size_t d = 0; d < set->n_designs; d++)
        n += (size_t)set->designs[d].topology->n_stores;
    struct layout layout = {.column = arena_push(arena, size_t, n)};
    size_t i = 0;
    for (size_t d = 0; d < set->n_designs; d++)
        for (int s = 0; s < set->designs[d].topology->n_stores; s++)
            layout.column[i++] = names_add(&layout.names, set->designs[d].topology->stores[s].name);
    return layout;
}

// UINT64_MAX where the store cannot have any.
static uint64_t count_of(const struct design_result *design, uint32_t r, int store, size_t count)
{
    if (!storecounts_is_of(&design->topology->stores[store], count))
        return UINT64_MAX;
    return storecounts_get(&design->records[r].stores[store], count);
}

static uint64_t sum_over(const struct design_result *design, uint32_t n_replications, int store,
                         size_t count)
{
    uint64_t sum = 0;
    if (!storecounts_is_of(&design->topology->stores[store], count))
        return UINT64_MAX;
    for (uint32_t r = 0; r < n_replications; r++)
        sum += count_of(design, r, store, count);
    return sum;
}

static void write_counts(struct h5 *h, struct arena *arena, const struct resultset *set,
                         const struct layout *layout)
{
    size_t n_names = layout->names.list.n, n = set->n_designs * n_names;
    uint64_t *sums = arena_push(arena, uint64_t, n);
    for (size_t c = 0; c < storecounts_n; c++) {
        for (size_t i = 0; i < n; i++)
            sums[i] = UINT64_MAX; // stays where a design lacks the store
        const size_t *column = layout->column;
        for (size_t d = 0; d < set->n_designs; d++)
            for (int s = 0; s < set->designs[d].topology->n_stores; s++)
                sums[d * n_names + *column++] = sum_over(&set->designs[d], set->n_replications, s,
                                                         c);
        h5_write(h, &(struct h5_variable){.name = storecounts[c].name,
                                          .over = {"design", "store"},
                                          .type = H5_U64,
                                          .data = sums,
                                          .has_fill = true,
                                          .units = "1",
                                          .about = storecounts[c].about});
        h5_note_text(h, "cell_methods", "replication: sum");
    }
}

static void scale_counts(struct h5 *h, struct arena *arena)
{
    const char **names = arena_push(arena, const char *, storecounts_n);
    for (size_t c = 0; c < storecounts_n; c++)
        names[c] = storecounts[c].name;
    h5_scale(h,
             &(struct h5_variable){
                 .name = "counter", .type = H5_TEXT, .data = names, .about = "what is counted"},
             storecounts_n);
}

// The same counts by replication, so that whoever reads them can make intervals.
static void write_counts_by_replication(struct h5 *h, struct arena *arena,
                                        const struct resultset *set, const struct layout *layout)
{
    const size_t n_names = layout->names.list.n, n_runs = set->n_replications;
    const size_t n = set->n_designs * n_runs * n_names * storecounts_n;
    uint64_t *values = arena_push(arena, uint64_t, n);
    for (size_t i = 0; i < n; i++)
        values[i] = UINT64_MAX; // stays where a design lacks the store
    const size_t *column = layout->column;
    for (size_t d = 0; d < set->n_designs; d++)
        for (int s = 0; s < set->designs[d].topology->n_stores; s++, column++)
            for (uint32_t r = 0; r < n_runs; r++)
                for (size_t c = 0; c < storecounts_n; c++)
                    values[((d * n_runs + r) * n_names + *column) * storecounts_n + c] =
                        count_of(&set->designs[d], r, s, c);
    scale_counts(h, arena);
    h5_write(h, &(struct h5_variable){.name = "count",
                                      .over = {"design", "replication", "store", "counter"},
                                      .type = H5_U64,
                                      .data = values,
                                      .deflate = 4,
                                      .has_fill = true,
                                      .units = "1",
                                      .about = "the counts in each replication"});
}

// ---- histograms

static struct bin_range bins_in_use(const struct resultset *set)
{
    struct bin_range range = {0};
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            for (int s = 0; s < set->designs[d].topology->n_stores; s++)
                for (size_t a = 0; a < ARRAY_LEN(ages); a++)
                    scales_cover(&range, histogram_at(&set->designs[d].records[r].stores[s],
                                                      ages[a].offset));
    return range;
}

// Adds a design's histograms of one kind into [store][bin].
static void add_bins(const struct record *record, size_t offset, struct bin_range range,
                     uint64_t *const *rows)
{
    for (int s = 0; s < record->n_stores; s++) {
        const struct histogram *from = histogram_at(&record->stores[s], offset);
        for (size_t b = range.first; b < range.end && from->n > 0; b++)
            rows[s][b - range.first] += from->count[b];
    }
}

static void write_ages(struct h5 *h, struct arena *arena, const struct resultset *set,
                       const struct layout *layout)
{
    struct bin_range range = bins_in_use(set);
    size_t n_bins = range.end - range.first, n_names = layout->names.list.n;
    scales_bins(h, range);
    for (size_t a = 0; a < ARRAY_LEN(ages); a++) {
        uint64_t *bins = arena_push(arena, uint64_t, set->n_designs * n_names * n_bins);
        const size_t *column = layout->column;
        for (size_t d = 0; d < set->n_designs; d++) {
            size_t n_stores = (size_t)set->designs[d].topology->n_stores;
            uint64_t **rows = arena_push(arena, uint64_t *, n_stores);
            for (size_t s = 0; s < n_stores; s++)
                rows[s] = bins + (d * n_names + *column++) * n_bins;
            for (uint32_t r = 0; r < set->n_replications; r++)
                add_bins(&set->designs[d].records[r], ages[a].offset, range, rows);
        }
        h5_write(h, &(struct h5_variable){.name = ages[a].name,
                                          .over = {"design", "store", "bin"},
                                          .type = H5_U64,
                                          .data = bins,
                                          .deflate = 4,
                                          .units = "1",
                                          .about = ages[a].about});
        h5_note_text(h, "coordinates", "bin_lo bin_hi");
        h5_note_text(h, "cell_methods", "replication: sum");
    }
}

// ---- reads by the time since a write, in each replication: half-doublings, of which the
// ---- histogram's bins never straddle one either

static const struct {
    const char *name, *about;
    size_t offset;
} since[] = {
    {"since_reads", "reads by the time since the newest acknowledged write of their item",
     offsetof(struct store_record, staleness.since)},
    {"since_reads_stale", "of these, stale reads",
     offsetof(struct store_record, staleness.since_st)},
};

enum { FIRST_HALF = 1 }; // 0 and 1 ns; then 2, 3, 4 to 5, 6 to 7, 8 to 11, ...

static size_t half_of(uint64_t ns)
{
    if (ns < 2)
        return FIRST_HALF;
    const unsigned octave = 63U - (unsigned)__builtin_clzll(ns);
    return 2 * octave + (ns >> (octave - 1) & 1);
}

static double half_lower_s(size_t half)
{
    const uint64_t ns = half <= FIRST_HALF ? 0 : (UINT64_C(2) + (half & 1)) << (half / 2 - 1);
    return (double)ns * 1e-9;
}

// Adds a histogram's counts into a row of halves from `first` on.
static void add_halves(const struct histogram *from, size_t first, uint64_t *row)
{
    for (size_t b = 0; b < HISTOGRAM_BINS && from->n > 0; b++)
        if (from->count[b] > 0)
            row[half_of(histogram_lower(b)) - first] += from->count[b];
}

// The halves that any read is in: [first, end).
static struct bin_range halves_in_use(const struct resultset *set)
{
    struct bin_range bins = {0};
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            for (int s = 0; s < set->designs[d].topology->n_stores; s++)
                scales_cover(&bins, &set->designs[d].records[r].stores[s].staleness.since);
    if (bins.first == bins.end)
        return bins;
    return (struct bin_range){half_of(histogram_lower(bins.first)),
                              half_of(histogram_lower(bins.end - 1)) + 1};
}

// By replication, as the counts are: reads of one run are not independent of each other.
static void write_since(struct h5 *h, struct arena *arena, const struct resultset *set,
                        const struct layout *layout)
{
    const struct bin_range range = halves_in_use(set);
    const size_t n = range.end - range.first, n_names = layout->names.list.n;
    const size_t n_runs = set->n_replications;
    scales_times(
        h, &(struct bin_scale){"since", "time since a write, two bins a doubling", half_lower_s},
        range);
    for (size_t v = 0; v < ARRAY_LEN(since); v++) {
        uint64_t *rows = arena_push(arena, uint64_t, set->n_designs * n_runs * n_names * n);
        const size_t *column = layout->column;
        for (size_t d = 0; d < set->n_designs; d++)
            for (int s = 0; s < set->designs[d].topology->n_stores; s++, column++)
                for (uint32_t r = 0; r < n_runs; r++)
                    add_halves(histogram_at(&set->designs[d].records[r].stores[s], since[v].offset),
                               range.first, rows + ((d * n_runs + r) * n_names + *column) * n);
        h5_write(h, &(struct h5_variable){.name = since[v].name,
                                          .over = {"design", "replication", "store", "since"},
                                          .type = H5_U64,
                                          .data = rows,
                                          .deflate = 4,
                                          .units = "1",
                                          .about = since[v].about});
        h5_note_text(h, "coordinates", "since_lo since_hi");
    }
}

// ---- versions behind: doublings, of which the histogram's bins never straddle one

enum { MOST_DOUBLINGS = 32 };

static size_t doubling_of(uint64_t versions)
{
    const size_t doubling = 63U - (size_t)__builtin_clzll(versions);
    return doubling < MOST_DOUBLINGS ? doubling : MOST_DOUBLINGS - 1;
}

// Doublings up to the most that any read was behind.
static size_t doublings_in_use(const struct resultset *set)
{
    uint64_t most = 1;
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            for (int s = 0; s < set->designs[d].topology->n_stores; s++) {
                const struct store_record *store = &set->designs[d].records[r].stores[s];
                if (store->staleness.behind.most > most)
                    most = store->staleness.behind.most;
            }
    return doubling_of(most) + 1;
}

static void scale_behind(struct h5 *h, struct arena *arena, size_t n)
{
    uint32_t *low = arena_push(arena, uint32_t, n), *high = arena_push(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        low[i] = UINT32_C(1) << i;
        high[i] = low[i] + (low[i] - 1);
    }
    h5_scale(h,
             &(struct h5_variable){.name = "versions",
                                   .type = H5_U32,
                                   .data = low,
                                   .units = "1",
                                   .about = "versions behind, at least"},
             n);
    h5_write(h, &(struct h5_variable){.name = "versions_most",
                                      .over = {"versions"},
                                      .type = H5_U32,
                                      .data = high,
                                      .units = "1",
                                      .about = "versions behind, at most"});
}

static void add_behind(const struct histogram *from, uint64_t *row)
{
    for (size_t b = 1; b < HISTOGRAM_BINS && from->n > 0; b++)
        if (from->count[b] > 0)
            row[doubling_of(histogram_lower(b))] += from->count[b];
}

static void write_behind(struct h5 *h, struct arena *arena, const struct resultset *set,
                         const struct layout *layout)
{
    const size_t n = doublings_in_use(set), n_names = layout->names.list.n;
    uint64_t *sums = arena_push(arena, uint64_t, set->n_designs * n_names * n);
    const size_t *column = layout->column;
    for (size_t d = 0; d < set->n_designs; d++)
        for (int s = 0; s < set->designs[d].topology->n_stores; s++, column++)
            for (uint32_t r = 0; r < set->n_replications; r++)
                add_behind(&set->designs[d].records[r].stores[s].staleness.behind,
                           sums + (d * n_names + *column) * n);
    scale_behind(h, arena, n);
    h5_write(h,
             &(struct h5_variable){.name = "behind",
                                   .over = {"design", "store", "versions"},
                                   .type = H5_U64,
                                   .data = sums,
                                   .deflate = 4,
                                   .units = "1",
                                   .about = "stale reads by the versions that they were behind"});
    h5_note_text(h, "cell_methods", "replication: sum");
}

// ---- /served

static void write_served(struct h5 *h, struct arena *arena, const struct resultset *set,
                         const struct names *regions)
{
    size_t n_populations = (size_t)set->workload->n_populations;
    size_t n_regions = regions->list.n, n = set->n_designs * n_populations * n_regions;
    uint64_t *sums = arena_push(arena, uint64_t, n);
    for (size_t i = 0; i < n; i++) {
        const struct design_result *design = &set->designs[i / (n_populations * n_regions)];
        const struct topology *topology = design->topology;
        size_t p = i / n_regions % n_populations;
        sums[i] = UINT64_MAX; // stays where the design lacks the region
        for (int g = 0; g < topology->n_regions; g++) {
            if (strcmp(topology->regions[g].name, regions->list.items[i % n_regions]) != 0)
                continue;
            sums[i] = 0;
            for (uint32_t r = 0; r < set->n_replications; r++)
                sums[i] += design->records[r].served[p * (size_t)topology->n_regions + (size_t)g];
        }
    }
    h5_write(h, &(struct h5_variable){.name = "count",
                                      .over = {"design", "population", "region"},
                                      .type = H5_U64,
                                      .data = sums,
                                      .deflate = 4,
                                      .has_fill = true,
                                      .units = "1",
                                      .about = "requests that the region answered, after warm-up"});
    h5_note_text(h, "cell_methods", "replication: sum");
}

// ---- endpoints

struct endpoint_count {
    const char *name;
    size_t offset; // in struct record
    const char *about;
};

static const struct endpoint_count endpoint_counts[] = {
    {"tries", offsetof(struct record, endpoint_tries),
     "tries of requests sent to the endpoint, after warm-up"},
    {"answers", offsetof(struct record, endpoint_answers),
     "requests that the endpoint answered, after warm-up"},
};

// Adds a record's counts to sums[population][name]; the first finds fill values.
static void add_endpoints(const struct record *record, size_t offset, struct names *names,
                          uint64_t *sums)
{
    const uint64_t *values;
    const size_t n = (size_t)record->n_endpoints;
    memcpy(&values, (const char *)record + offset, sizeof values);
    for (size_t e = 0; e < n; e++) {
        const size_t column = names_add(names, record->endpoint_names[e]);
        for (size_t p = 0; p < (size_t)record->n_populations; p++) {
            uint64_t *sum = &sums[p * names->list.n + column];
            *sum = (*sum == UINT64_MAX ? 0 : *sum) + values[p * n + e];
        }
    }
}

// One count of every endpoint, summed over replications, in order of their names.
static void write_endpoint_count(struct h5 *h, struct arena *arena, const struct resultset *set,
                                 struct names *endpoints, const struct endpoint_count *count)
{
    size_t n_populations = (size_t)set->workload->n_populations, n_names = endpoints->list.n;
    size_t row = n_populations * n_names;
    uint64_t *sums = arena_push(arena, uint64_t, set->n_designs * row);
    for (size_t i = 0; i < set->n_designs * row; i++)
        sums[i] = UINT64_MAX; // stays where the design lacks the endpoint
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            add_endpoints(&set->designs[d].records[r], count->offset, endpoints, sums + d * row);
    h5_write(h, &(struct h5_variable){.name = count->name,
                                      .over = {"design", "population", "endpoint"},
                                      .type = H5_U64,
                                      .data = sums,
                                      .deflate = 4,
                                      .has_fill = true,
                                      .units = "1",
                                      .about = count->about});
    h5_note_text(h, "cell_methods", "replication: sum");
}

static void write_endpoints(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    struct names endpoints = {0};
    for (size_t d = 0; d < set->n_designs; d++)
        for (int e = 0; e < set->designs[d].records[0].n_endpoints; e++)
            names_add(&endpoints, set->designs[d].records[0].endpoint_names[e]);
    scales_names(h, "endpoint", &endpoints, "endpoint; designs without it have fill values");
    for (size_t i = 0; i < ARRAY_LEN(endpoint_counts); i++)
        write_endpoint_count(h, arena, set, &endpoints, &endpoint_counts[i]);
    names_free(&endpoints);
}

void storegroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    struct layout layout = layout_of(&arena, set);
    h5_group(h, "stores");
    scales_designs(h, set);
    scales_replications(h, set);
    scales_names(h, "store", &layout.names, "store; designs without it have fill values");
    write_counts(h, &arena, set, &layout);
    write_counts_by_replication(h, &arena, set, &layout);
    write_ages(h, &arena, set, &layout);
    write_since(h, &arena, set, &layout);
    write_behind(h, &arena, set, &layout);
    names_free(&layout.names);

    struct names regions = {0};
    for (size_t d = 0; d < set->n_designs; d++)
        for (int g = 0; g < set->designs[d].topology->n_regions; g++)
            names_add(&regions, set->designs[d].topology->regions[g].name);
    h5_group(h, "served");
    scales_designs(h, set);
    scales_populations(h, set->workload);
    scales_names(h, "region", &regions, "region; designs without it have fill values");
    write_served(h, &arena, set, &regions);
    write_endpoints(h, &arena, set);
    names_free(&regions);
    arena_free(&arena);
}
