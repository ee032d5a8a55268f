#include "results/latencygroup.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "results/scales.h"

// Merges one (population, class) over the replications of a design.
static void merge(const struct resultset *set, size_t design, size_t mix, struct histogram *into)
{
    histogram_clear(into);
    for (uint32_t r = 0; r < set->n_replications; r++) {
        const struct histogram *from = &set->designs[design].records[r].latency[mix];
        if (from->n > 0)
            histogram_merge(into, from);
    }
}

static struct bin_range bins_in_use(const struct resultset *set, size_t n_mixes)
{
    struct bin_range range = {0};
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            for (size_t m = 0; m < n_mixes; m++)
                scales_cover(&range, &set->designs[d].records[r].latency[m]);
    return range;
}

struct columns {
    uint64_t *count;    // [design][population][class][bin]
    double *mean, *max; // [design][population][class], seconds
};

static struct columns fill(struct arena *arena, const struct resultset *set, size_t n_mixes,
                           struct bin_range range)
{
    size_t n_rows = set->n_designs * n_mixes, n_bins = range.end - range.first;
    struct columns columns = {arena_push(arena, uint64_t, n_rows * n_bins),
                              arena_push(arena, double, n_rows), arena_push(arena, double, n_rows)};
    struct histogram merged;
    histogram_init(&merged);
    for (size_t row = 0; row < n_rows; row++) {
        merge(set, row / n_mixes, row % n_mixes, &merged);
        memcpy(columns.count + row * n_bins, merged.count + range.first,
               n_bins * sizeof *columns.count);
        columns.mean[row] = histogram_mean(&merged) * 1e-9;
        columns.max[row] = merged.n > 0 ? (double)merged.most * 1e-9 : (double)NAN;
    }
    histogram_free(&merged);
    return columns;
}

void latencygroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    struct sizes sizes = scales_sizes(set);
    size_t n_mixes = sizes.populations * sizes.classes;
    struct bin_range range = bins_in_use(set, n_mixes);
    struct columns columns = fill(&arena, set, n_mixes, range);
    h5_group(h, "latency");
    scales_designs(h, set);
    scales_populations(h, set->workload);
    scales_classes(h, set->workload);
    scales_bins(h, range);
    h5_write(h, &(struct h5_variable){
                    .name = "count",
                    .over = {"design", "population", "class", "bin"},
                    .type = H5_U64,
                    .data = columns.count,
                    .deflate = 4,
                    .units = "1",
                    .about = "answered requests (ok and late) by latency, after warm-up"});
    h5_note_text(h, "coordinates", "bin_lo bin_hi");
    h5_note_text(h, "cell_methods", "replication: sum");
    struct h5_variable v = {
        .over = {"design", "population", "class"}, .type = H5_F64, .has_fill = true, .units = "s"};
    v.name = "mean";
    v.about = "mean latency (exact, not from bins)";
    v.data = columns.mean;
    h5_write(h, &v);
    v.name = "max";
    v.about = "longest latency (exact, not from bins)";
    v.data = columns.max;
    h5_write(h, &v);
    arena_free(&arena);
}
