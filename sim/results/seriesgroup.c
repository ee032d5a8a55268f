#include "results/seriesgroup.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "results/bands.h"
#include "results/scales.h"

static const struct {
    const char *name, *about;
} extra_fields[] = {
    [SERIES_STARTED - OUTCOMES] = {"started", "requests started"},
    [SERIES_ATTEMPTS - OUTCOMES] = {"attempts", "tries made for them, first and repeated"},
};

// The fields of a window of a population in one replication.
static const uint64_t *window_of(const struct record *record, size_t population, size_t window)
{
    return record->series + (population * record->n_windows + window) * SERIES_FIELDS;
}

// Sums a field over replications: [design][population][window].
static void sum_field(const struct resultset *set, const struct sizes *sizes, int field,
                      uint64_t *sums)
{
    size_t n_cells = sizes->populations * sizes->windows;
    for (size_t i = 0; i < sizes->designs * n_cells; i++) {
        size_t cell = i % n_cells;
        const struct record *records = set->designs[i / n_cells].records;
        sums[i] = 0;
        for (size_t r = 0; r < sizes->replications; r++)
            sums[i] += window_of(&records[r], cell / sizes->windows, cell % sizes->windows)[field];
    }
}

static void write_counts(struct h5 *h, const struct resultset *set, const struct sizes *sizes,
                         uint64_t *sums)
{
    for (int field = 0; field < SERIES_LATENCY_US; field++) {
        bool is_outcome = field < OUTCOMES;
        sum_field(set, sizes, field, sums);
        h5_write(h, &(struct h5_variable){.name = is_outcome ? outcome_name((enum outcome)field)
                                                             : extra_fields[field - OUTCOMES].name,
                                          .over = {"design", "population", "time"},
                                          .type = H5_U64,
                                          .data = sums,
                                          .deflate = 1,
                                          .units = "1",
                                          .about = is_outcome
                                                       ? "requests that ended so, by their start"
                                                       : extra_fields[field - OUTCOMES].about});
        h5_note_text(h, "cell_methods", "replication: sum time: sum");
    }
}

static void write_latency(struct h5 *h, struct arena *arena, const struct resultset *set,
                          const struct sizes *sizes)
{
    size_t n = sizes->designs * sizes->populations * sizes->windows;
    uint64_t *sums = arena_push(arena, uint64_t, n), *answered = arena_push(arena, uint64_t, n);
    float *means = arena_push(arena, float, n);
    sum_field(set, sizes, OUTCOME_OK, answered);
    sum_field(set, sizes, OUTCOME_LATE, sums);
    for (size_t i = 0; i < n; i++)
        answered[i] += sums[i];
    sum_field(set, sizes, SERIES_LATENCY_US, sums);
    for (size_t i = 0; i < n; i++)
        means[i] = answered[i] == 0 ? NAN : (float)((double)sums[i] / (double)answered[i] * 1e-6);
    h5_write(h,
             &(struct h5_variable){.name = "latency_mean",
                                   .over = {"design", "population", "time"},
                                   .type = H5_F32,
                                   .data = means,
                                   .deflate = 1,
                                   .has_fill = true,
                                   .units = "s",
                                   .about = "mean latency of answered requests, by their start"});
}

// Share of the requests of populations [first, end) in a window that were answered in time; NaN
// when none has ended.
static double share_ok(const struct record *record, size_t first, size_t end, size_t window)
{
    uint64_t ok = 0, all = 0;
    for (size_t p = first; p < end; p++) {
        const uint64_t *fields = window_of(record, p, window);
        ok += fields[OUTCOME_OK];
        for (int o = 0; o < OUTCOMES; o++)
            all += fields[o];
    }
    return all == 0 ? (double)NAN : (double)ok / (double)all;
}

// Bands of [design][row][window]; a row is one population, or all of them when is_all.
static void fill_bands(const struct resultset *set, const struct sizes *sizes, bool is_all,
                       const struct bands *bands)
{
    struct arena arena = {0};
    double *values = arena_push(&arena, double, sizes->replications);
    size_t n_rows = is_all ? 1 : sizes->populations, n_cells = n_rows * sizes->windows;
    for (size_t i = 0; i < sizes->designs * n_cells; i++) {
        size_t row = i % n_cells / sizes->windows, n = 0;
        for (size_t r = 0; r < sizes->replications; r++) {
            double share = share_ok(&set->designs[i / n_cells].records[r], is_all ? 0 : row,
                                    is_all ? sizes->populations : row + 1, i % sizes->windows);
            if (!isnan(share))
                values[n++] = share;
        }
        bands_set(bands, i, values, n);
    }
    arena_free(&arena);
}

static void write_bands(struct h5 *h, const struct bands *bands, bool is_all)
{
    struct h5_variable v = {.name = is_all ? "availability_all" : "availability",
                            .over = {"design", is_all ? "time" : "population"},
                            .deflate = 1,
                            .units = "1",
                            .about = "share of requests answered in time"};
    v.over[2] = is_all ? NULL : "time";
    bands_write(h, bands, &v);
}

static void scale_time(struct h5 *h, struct arena *arena, const struct resultset *set,
                       const struct sizes *sizes)
{
    double *starts = arena_push(arena, double, sizes->windows);
    for (size_t w = 0; w < sizes->windows; w++)
        starts[w] = (double)w * set->workload->window_s;
    h5_scale(h,
             &(struct h5_variable){.name = "time",
                                   .type = H5_F64,
                                   .data = starts,
                                   .units = "s",
                                   .about = "start of the window, since the start of the run"},
             sizes->windows);
}

void seriesgroup_write(struct h5 *h, const struct resultset *set)
{
    static const char *const axes[] = {"design", "population", "time"};
    struct arena arena = {0};
    struct sizes sizes = scales_sizes(set);
    h5_group(h, "timeseries");
    h5_note_f64(h, "window_s", set->workload->window_s);
    h5_note_f64(h, "warmup_s", set->workload->warmup_s);
    h5_note_text(h, "NX_class", "NXdata"); // viewers such as h5web draw the signal over its axes
    h5_note_text(h, "signal", "availability_mean");
    h5_note_texts(h, "axes", axes, ARRAY_LEN(axes));
    scales_designs(h, set);
    scales_populations(h, set->workload);
    scale_time(h, &arena, set, &sizes);
    size_t n = sizes.designs * sizes.populations * sizes.windows;
    write_counts(h, set, &sizes, arena_push(&arena, uint64_t, n));
    write_latency(h, &arena, set, &sizes);
    struct bands bands = bands_new(&arena, n);
    fill_bands(set, &sizes, false, &bands);
    write_bands(h, &bands, false);
    bands = bands_new(&arena, sizes.designs * sizes.windows);
    fill_bands(set, &sizes, true, &bands);
    write_bands(h, &bands, true);
    arena_free(&arena);
}
