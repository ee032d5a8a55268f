#include "results/scales.h"

#include "base/arena.h"
#include "base/base.h"

static void require_fits(const struct record *record, const struct topology *topology,
                         const struct sizes *sizes)
{
    REQUIRE((size_t)record->n_populations == sizes->populations &&
                (size_t)record->n_classes == sizes->classes && record->n_windows == sizes->windows,
            "replication %u of %s has %d populations, %d classes, %zu windows", record->replication,
            topology->name, record->n_populations, record->n_classes, record->n_windows);
    REQUIRE(record->n_regions == topology->n_regions && record->n_stores == topology->n_stores,
            "replication %u of %s has %d regions, %d stores", record->replication, topology->name,
            record->n_regions, record->n_stores);
}

struct sizes scales_sizes(const struct resultset *set)
{
    REQUIRE(set->n_designs >= 1 && set->n_replications >= 1, "%zu designs, %u replications",
            set->n_designs, set->n_replications);
    struct sizes sizes = {
        .designs = set->n_designs,
        .replications = set->n_replications,
        .populations = (size_t)set->workload->n_populations,
        .classes = (size_t)set->workload->n_classes,
        .windows = set->designs[0].records[0].n_windows,
    };
    for (size_t d = 0; d < sizes.designs; d++)
        for (size_t r = 0; r < sizes.replications; r++)
            require_fits(&set->designs[d].records[r], set->designs[d].topology, &sizes);
    return sizes;
}

void scales_names(struct h5 *h, const char *name, const struct names *names, const char *about)
{
    h5_scale(h,
             &(struct h5_variable){
                 .name = name, .type = H5_TEXT, .data = names->list.items, .about = about},
             names->list.n);
}

void scales_designs(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    const char **names = arena_push(&arena, const char *, set->n_designs);
    for (size_t d = 0; d < set->n_designs; d++)
        names[d] = set->designs[d].topology->name;
    h5_scale(h,
             &(struct h5_variable){
                 .name = "design", .type = H5_TEXT, .data = names, .about = "topology"},
             set->n_designs);
    arena_free(&arena);
}

void scales_replications(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    uint32_t *numbers = arena_push(&arena, uint32_t, set->n_replications);
    for (uint32_t r = 0; r < set->n_replications; r++)
        numbers[r] = set->designs[0].records[r].replication;
    h5_scale(h,
             &(struct h5_variable){.name = "replication",
                                   .type = H5_U32,
                                   .data = numbers,
                                   .about = "number of the simulated history"},
             set->n_replications);
    arena_free(&arena);
}

void scales_populations(struct h5 *h, const struct workload *w)
{
    struct arena arena = {0};
    size_t n = (size_t)w->n_populations;
    const char **names = arena_push(&arena, const char *, n);
    for (size_t p = 0; p < n; p++)
        names[p] = w->populations[p].name;
    h5_scale(h,
             &(struct h5_variable){
                 .name = "population", .type = H5_TEXT, .data = names, .about = "users"},
             n);
    arena_free(&arena);
}

void scales_classes(struct h5 *h, const struct workload *w)
{
    const char *names[WORKLOAD_MAX_CLASSES];
    size_t n = (size_t)w->n_classes;
    REQUIRE(n <= WORKLOAD_MAX_CLASSES, "%zu classes", n);
    for (size_t c = 0; c < n; c++)
        names[c] = w->classes[c].name;
    h5_scale(h,
             &(struct h5_variable){
                 .name = "class", .type = H5_TEXT, .data = names, .about = "kind of request"},
             n);
}

void scales_faults(struct h5 *h, const struct fault_plan *plan)
{
    struct arena arena = {0};
    size_t n = plan == NULL ? 0 : (size_t)plan->n_faults;
    const char **names = arena_push(&arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = plan->faults[i].name;
    h5_scale(h,
             &(struct h5_variable){
                 .name = "fault", .type = H5_TEXT, .data = names, .about = "fault of the plan"},
             n);
    arena_free(&arena);
}

void scales_rows(struct h5 *h, const char *name, size_t n)
{
    struct arena arena = {0};
    uint32_t *numbers = arena_push(&arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (uint32_t)i;
    h5_scale(h,
             &(struct h5_variable){
                 .name = name, .type = H5_U32, .data = numbers, .deflate = 1, .about = "row"},
             n);
    arena_free(&arena);
}

void scales_column(struct h5 *h, const char *rows, const char *name, const uint32_t *values,
                   const char *about)
{
    h5_write(h, &(struct h5_variable){.name = name,
                                      .over = {rows},
                                      .type = H5_U32,
                                      .data = values,
                                      .deflate = 1,
                                      .about = about});
}

void scales_cover(struct bin_range *range, const struct histogram *h)
{
    if (h->n == 0)
        return;
    size_t first = 0, end = HISTOGRAM_BINS;
    while (h->count[first] == 0)
        first++;
    while (h->count[end - 1] == 0)
        end--;
    bool is_empty = range->first == range->end;
    if (is_empty || first < range->first)
        range->first = first;
    if (is_empty || end > range->end)
        range->end = end;
}

void scales_times(struct h5 *h, const struct bin_scale *scale, struct bin_range range)
{
    struct arena arena = {0};
    size_t n = range.end - range.first;
    uint32_t *numbers = arena_push(&arena, uint32_t, n);
    double *low = arena_push(&arena, double, n), *high = arena_push(&arena, double, n);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = (uint32_t)(range.first + i);
        low[i] = scale->lower_s(range.first + i);
        high[i] = scale->lower_s(range.first + i + 1);
    }
    h5_scale(h,
             &(struct h5_variable){
                 .name = scale->name, .type = H5_U32, .data = numbers, .about = scale->about},
             n);
    struct h5_variable edge = {.over = {scale->name}, .type = H5_F64, .units = "s"};
    edge.name = arena_printf(&arena, "%s_lo", scale->name);
    edge.about = "lower edge of the bin";
    edge.data = low;
    h5_write(h, &edge);
    edge.name = arena_printf(&arena, "%s_hi", scale->name);
    edge.about = "upper edge of the bin (not in it)";
    edge.data = high;
    h5_write(h, &edge);
    arena_free(&arena);
}

static double bin_lower_s(size_t bin)
{
    return (double)histogram_lower(bin) * 1e-9;
}

void scales_bins(struct h5 *h, struct bin_range range)
{
    scales_times(h, &(struct bin_scale){"bin", "bin of the log-linear histogram", bin_lower_s},
                 range);
}

void scales_stretches(struct h5 *h, const struct resultset *set)
{
    h5_scale(h,
             &(struct h5_variable){.name = "stretch",
                                   .type = H5_F64,
                                   .data = set->uptime_length_s,
                                   .units = "s",
                                   .about = "length of a stretch of the run"},
             set->n_uptime_lengths);
}

void scales_metric_names(struct h5 *h)
{
    const char *names[METRICS];
    for (int m = 0; m < METRICS; m++)
        names[m] = metric_name((enum metric)m);
    h5_scale(h, &(struct h5_variable){.name = "metric", .type = H5_TEXT, .data = names}, METRICS);
}

void scales_metrics(struct h5 *h)
{
    const char *units[METRICS], *abouts[METRICS];
    int8_t directions[METRICS];
    for (int m = 0; m < METRICS; m++) {
        units[m] = metric_unit((enum metric)m);
        abouts[m] = metric_long_name((enum metric)m);
        directions[m] = (int8_t)metric_direction((enum metric)m);
    }
    scales_metric_names(h);
    struct h5_variable text = {.name = "metric_units", .over = {"metric"}, .type = H5_TEXT};
    text.data = units;
    h5_write(h, &text);
    text.name = "metric_long_name";
    text.data = abouts;
    h5_write(h, &text);
    h5_write(h, &(struct h5_variable){.name = "metric_direction",
                                      .over = {"metric"},
                                      .type = H5_I8,
                                      .data = directions,
                                      .about = "+1: larger is better, -1: smaller is better"});
}
