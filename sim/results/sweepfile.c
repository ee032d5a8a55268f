#include "results/sweepfile.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/base.h"
#include "measure/histogram.h"
#include "results/h5.h"
#include "results/partfile.h"
#include "results/resultset.h"
#include "results/scales.h"

static const char *const states[SWEEPSET_STATES] = {"done", "failed", "missing"};

// ---- scales

static void scale_names(struct h5 *h, const char *name, const struct sweepset_names *names,
                        const char *about)
{
    h5_scale(
        h,
        &(struct h5_variable){.name = name, .type = H5_TEXT, .data = names->items, .about = about},
        names->n);
}

static void scale_numbers_from(struct h5 *h, struct arena *arena, size_t first, size_t n,
                               const struct h5_variable *v)
{
    uint32_t *numbers = arena_push(arena, uint32_t, n + 1);
    struct h5_variable scale = *v;
    for (size_t i = 0; i < n; i++)
        numbers[i] = (uint32_t)(first + i);
    scale.type = H5_U32;
    scale.data = numbers;
    h5_scale(h, &scale, n);
}

static void scale_numbers(struct h5 *h, struct arena *arena, const char *name, size_t n,
                          const char *about)
{
    scale_numbers_from(h, arena, 0, n, &(struct h5_variable){.name = name, .about = about});
}

static const struct h5_variable point_scale = {.name = "point",
                                               .about = "number of the point in its study"};

static void scale_points(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    scale_numbers_from(h, arena, 0, s->n_points, &point_scale);
}

// ---- groups

static void column(struct h5 *h, const char *name, enum h5_type type, const void *data,
                   const char *about)
{
    h5_write(h, &(struct h5_variable){.name = name,
                                      .over = {"point"},
                                      .type = type,
                                      .data = data,
                                      .deflate = type == H5_TEXT ? 0 : 1,
                                      .about = about});
}

static void write_points(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    h5_group(h, "points");
    h5_note_u64(h, "n_parameters", s->n_parameters);
    h5_note_text(h, "design", s->kind);
    scale_points(h, arena, s);
    scale_names(h, "parameter", &s->parameters, "parameters, then derived values");
    scale_names(h, "topology", &s->topologies, "designs");
    scale_names(h, "workload", &s->workloads, "workloads");
    scale_names(h, "fault_plan", &s->faults, "fault plans; none: without");
    column(h, "identity", H5_TEXT, s->id, "digest of all that the results depend on");
    column(h, "topology_index", H5_U32, s->topology, "where in the dimension topology");
    column(h, "workload_index", H5_U32, s->workload, "where in the dimension workload");
    column(h, "fault_plan_index", H5_U32, s->fault, "where in the dimension fault_plan");
    h5_write(h, &(struct h5_variable){.name = "value",
                                      .over = {"point", "parameter"},
                                      .type = H5_F64,
                                      .data = s->values,
                                      .deflate = 1,
                                      .has_fill = true,
                                      .about = "in the program's unit; NaN: no number"});
    h5_write(h, &(struct h5_variable){.name = "label",
                                      .over = {"point", "parameter"},
                                      .type = H5_TEXT,
                                      .data = s->labels,
                                      .about = "as in the scenario"});
    column(h, "status", H5_I8, s->status, "whether all replications have results");
    h5_note_flags(h, states, SWEEPSET_STATES);
    column(h, "message", H5_TEXT, s->messages, "why it failed");
    column(h, "replications_done", H5_U32, s->done, "replications with results");
    column(h, "events", H5_U64, s->events, "events executed for these");
}

// What a variable of a virtual sweep is made of; none when all is here.
static void take_sources(struct h5_variable *v, struct arena *arena, const struct sweepset *s,
                         bool of_bins)
{
    struct h5_source *sources = arena_push(arena, struct h5_source, s->parts.n + 1);
    for (size_t i = 0; i < s->parts.n; i++) {
        const struct sweepset_part *part = &s->parts.items[i];
        sources[i] = (struct h5_source){part->file, of_bins ? part->n_bins : part->n_points};
    }
    v->sources = sources;
    v->n_sources = s->parts.n;
}

// Over the scale "point".
static void write_metrics(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    struct h5_variable value = {.name = "value",
                                .over = {"point", "metric", "replication"},
                                .type = H5_F64,
                                .data = s->metrics,
                                .deflate = 1,
                                .has_fill = true,
                                .about = "a metric in one history"};
    scales_metric_names(h);
    scale_numbers(h, arena, "replication", s->n_replications, "number of the simulated history");
    take_sources(&value, arena, s, false);
    h5_write(h, &value);
}

// One member of n estimates.
enum member { MEMBER_VALUE, MEMBER_LOW, MEMBER_HIGH };

static const double *members(struct arena *arena, const struct estimate *estimates, size_t n,
                             enum member member)
{
    double *out = arena_push(arena, double, n + 1);
    for (size_t i = 0; i < n; i++)
        out[i] = member == MEMBER_VALUE ? estimates[i].value
                 : member == MEMBER_LOW ? estimates[i].low
                                        : estimates[i].high;
    return out;
}

// An estimate and its bounds, over the points and another dimension.
static void write_estimates(struct h5 *h, struct arena *arena, const struct h5_variable *v,
                            const struct estimate *estimates, size_t n)
{
    static const char *const endings[] = {"", "_ci_low", "_ci_high"};
    for (int m = MEMBER_VALUE; m <= MEMBER_HIGH; m++) {
        struct h5_variable one = *v;
        one.name = arena_printf(arena, "%s%s", v->name, endings[m]);
        one.type = H5_F64;
        one.data = members(arena, estimates, n, (enum member)m);
        one.deflate = 1;
        one.has_fill = true;
        h5_write(h, &one);
    }
}

static void write_objectives(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    const size_t n = s->objectives.n;
    const char **metrics = arena_push(arena, const char *, n + 1);
    const char **populations = arena_push(arena, const char *, n + 1);
    double *bounds = arena_push(arena, double, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        metrics[i] = s->judged[i].metric;
        populations[i] = s->judged[i].population;
        bounds[i] = s->judged[i].low;
        bounds[n + i] = s->judged[i].high;
    }
    const struct h5_variable columns[] = {
        {.name = "objective_metric", .type = H5_TEXT, .data = metrics, .about = "what it judges"},
        {.name = "objective_population",
         .type = H5_TEXT,
         .data = populations,
         .about = "whose requests it judges"},
        {.name = "objective_low",
         .type = H5_F64,
         .data = bounds,
         .about = "at least, in the metric's unit; -infinity: no bound"},
        {.name = "objective_high",
         .type = H5_F64,
         .data = bounds + n,
         .about = "at most, in the metric's unit; infinity: no bound"}};
    scale_names(h, "objective", &s->objectives, "what designs should reach");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct h5_variable v = columns[i];
        v.over[0] = "objective";
        h5_write(h, &v);
    }
}

static void write_summary(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    h5_group(h, "summary");
    scale_points(h, arena, s);
    scales_metrics(h);
    write_objectives(h, arena, s);
    write_estimates(h, arena,
                    &(struct h5_variable){.name = "value",
                                          .over = {"point", "metric"},
                                          .about = "over the replications"},
                    s->estimates, s->n_points * METRICS);
    h5_write(h, &(struct h5_variable){.name = "met",
                                      .over = {"point", "objective"},
                                      .type = H5_U32,
                                      .data = s->met,
                                      .deflate = 1,
                                      .about = "replications that met the objective"});
    write_estimates(h, arena,
                    &(struct h5_variable){.name = "chance",
                                          .over = {"point", "objective"},
                                          .units = "1",
                                          .about = "probability that a run meets the objective"},
                    s->chance, s->n_points * s->objectives.n);
}

static void write_users(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    const size_t n = s->n_points * s->populations.n;
    h5_group(h, "users");
    scale_points(h, arena, s);
    scale_names(h, "population", &s->populations, "populations of all workloads");
    h5_scale(h,
             &(struct h5_variable){.name = "quantile",
                                   .type = H5_F64,
                                   .data = result_quantiles,
                                   .about = "cumulative probability"},
             SWEEPSET_QUANTILES);
    const struct h5_variable counts = {
        .over = {"point", "population"}, .type = H5_U64, .deflate = 1, .units = "1"};
    struct h5_variable v = counts;
    v.name = "requests", v.data = s->requests, v.about = "after the warm-up, all replications";
    h5_write(h, &v);
    v.name = "in_time", v.data = s->in_time, v.about = "of these, answered in time";
    h5_write(h, &v);
    write_estimates(h, arena,
                    &(struct h5_variable){.name = "availability",
                                          .over = {"point", "population"},
                                          .units = "1",
                                          .about = "share of requests answered in time"},
                    s->availability, n);
    h5_write(h, &(struct h5_variable){.name = "latency",
                                      .over = {"point", "population", "quantile"},
                                      .type = H5_F64,
                                      .data = s->quantiles,
                                      .deflate = 1,
                                      .has_fill = true,
                                      .units = "s",
                                      .about = "of answered requests of all replications"});
}

// Over a scale "entry" that begins with the first bin that is here.
static void write_bins(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    uint32_t *bins = arena_push(arena, uint32_t, s->bins.n + 1);
    uint64_t *counts = arena_push(arena, uint64_t, s->bins.n + 1);
    for (size_t i = 0; i < s->bins.n; i++) {
        bins[i] = s->bins.items[i].bin;
        counts[i] = s->bins.items[i].count;
    }
    struct h5_variable v = {.name = "entry_bin",
                            .over = {"entry"},
                            .type = H5_U32,
                            .data = bins,
                            .deflate = 1,
                            .about = "where in the dimension bin"};
    take_sources(&v, arena, s, true);
    h5_write(h, &v);
    v.name = "count", v.type = H5_U64, v.data = counts, v.units = "1";
    v.about = "answered requests of all replications";
    h5_write(h, &v);
}

static const struct h5_variable entry_scale = {.name = "entry", .about = "a bin that is not empty"};

static void write_latency(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    double *edges = arena_push(arena, double, HISTOGRAM_BINS);
    for (size_t b = 0; b < HISTOGRAM_BINS; b++)
        edges[b] = (double)histogram_lower(b) * 1e-9;
    h5_group(h, "latency");
    scale_points(h, arena, s);
    scale_names(h, "population", &s->populations, "populations of all workloads");
    h5_scale(h,
             &(struct h5_variable){.name = "bin",
                                   .type = H5_F64,
                                   .data = edges,
                                   .deflate = 1,
                                   .units = "s",
                                   .about = "lower edge of a bin of latencies"},
             HISTOGRAM_BINS);
    scale_numbers_from(h, arena, 0, s->n_bins_before + s->bins.n, &entry_scale);
    struct h5_variable v = {.over = {"point", "population"}, .type = H5_U64, .deflate = 1};
    v.name = "first_entry", v.data = s->first_bin, v.about = "where its bins begin";
    h5_write(h, &v);
    v.name = "entries", v.data = s->n_bins, v.about = "how many bins are not empty";
    h5_write(h, &v);
    write_bins(h, arena, s);
}

// One member of all screenings.
static const double *screened(struct arena *arena, const struct morris *m, size_t n, int member)
{
    double *out = arena_push(arena, double, n + 1);
    for (size_t i = 0; i < n; i++)
        out[i] = member == 0 ? m[i].mean : member == 1 ? m[i].strength : m[i].sd;
    return out;
}

static void write_screening(struct h5 *h, struct arena *arena, const struct sweepset *s, size_t n)
{
    static const struct {
        const char *name, *about;
    } members[] = {{"mu", "mean of the elementary effects"},
                   {"mu_star", "mean of their absolute values: how much the parameter matters"},
                   {"sigma", "their standard deviation: not linear, or in interaction"}};
    for (int m = 0; m < 3; m++)
        h5_write(h, &(struct h5_variable){.name = members[m].name,
                                          .over = {"files", "metric", "parameter"},
                                          .type = H5_F64,
                                          .data = screened(arena, s->morris, n, m),
                                          .has_fill = true,
                                          .about = members[m].about});
    uint32_t *effects = arena_push(arena, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        effects[i] = s->morris[i].n;
    h5_write(h, &(struct h5_variable){.name = "effects",
                                      .over = {"files", "metric", "parameter"},
                                      .type = H5_U32,
                                      .data = effects,
                                      .about = "elementary effects: steps that changed it"});
}

static void write_sensitivity(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    const size_t n = s->n_files * METRICS * s->n_varied;
    struct sweepset_names varied = {s->parameters.items, s->n_varied};
    if (s->first == NULL && s->morris == NULL)
        return;
    h5_group(h, "sensitivity");
    scale_numbers(h, arena, "files", s->n_files,
                  "combination of topology, workload and fault plan, the last varying fastest");
    scales_metric_names(h);
    scale_names(h, "parameter", &varied, "parameters");
    if (s->morris != NULL) {
        write_screening(h, arena, s, n);
        return;
    }
    struct h5_variable v = {.over = {"files", "metric", "parameter"}, .units = "1"};
    v.name = "first", v.about = "Sobol index of the first order";
    write_estimates(h, arena, &v, s->first, n);
    v.name = "total", v.about = "total Sobol index";
    write_estimates(h, arena, &v, s->total, n);
}

static void write_inputs(struct h5 *h, const struct sweepset *s)
{
    h5_group(h, "inputs");
    scale_names(h, "topology", &s->topologies, "designs");
    scale_names(h, "workload", &s->workloads, "workloads");
    scale_names(h, "fault_plan", &s->faults, "fault plans; none: without");
    h5_write(h,
             &(struct h5_variable){
                 .name = "study", .type = H5_TEXT, .data = &s->study_text, .about = "study file"});
    const struct {
        const char *name, *over;
        const char *const *texts;
    } files[] = {{"topology_text", "topology", s->topology_texts},
                 {"workload_text", "workload", s->workload_texts},
                 {"fault_plan_text", "fault_plan", s->fault_texts}};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        h5_write(h, &(struct h5_variable){.name = files[i].name,
                                          .over = {files[i].over},
                                          .type = H5_TEXT,
                                          .data = files[i].texts,
                                          .about = "file as it is without the study's changes"});
}

static void note_root(struct h5 *h, struct arena *arena, const struct sweepset *s)
{
    h5_note_text(h, "Conventions", "CF-1.10");
    h5_note_text(h, "title", s->title);
    h5_note_text(h, "study", s->name);
    h5_note_text(h, "source", arena_printf(arena, "aasim %s", s->model));
    h5_note_u64(h, "root_seed", s->seed);
    h5_note_u64(h, "n_replications", s->n_replications);
}

static bool finish(struct h5 *h, struct arena *arena, const char *path, struct status *status)
{
    unsigned char *bytes = NULL;
    size_t n = 0;
    h5_note_root_u64(h, "complete", 1);
    arena_free(arena);
    const bool is_good = h5_finish(h, &bytes, &n, status) && partfile_write(path, bytes, n, status);
    free(bytes);
    return is_good;
}

bool sweepfile_write(const char *path, const struct sweepset *s, struct status *status)
{
    struct arena arena = {0};
    struct h5 *h = h5_new();
    note_root(h, &arena, s);
    h5_note_u64(h, "aasim_sweep_version", SWEEPFILE_SCHEMA);
    h5_note_f64(h, "interval_level", s->level);
    write_points(h, &arena, s);
    h5_group(h, "metrics");
    scale_points(h, &arena, s);
    write_metrics(h, &arena, s);
    write_summary(h, &arena, s);
    write_users(h, &arena, s);
    write_latency(h, &arena, s);
    write_sensitivity(h, &arena, s);
    write_inputs(h, s);
    return finish(h, &arena, path, status);
}

bool sweepfile_write_part(const char *path, const struct sweepset *set, struct status *status)
{
    struct arena arena = {0};
    struct h5 *h = h5_new();
    struct sweepset here = *set, *s = &here;
    here.parts.n = 0; // this one is not made of those before it
    note_root(h, &arena, s);
    h5_note_u64(h, "aasim_sweep_part_version", SWEEPFILE_SCHEMA);
    h5_group(h, "metrics");
    scale_numbers_from(h, &arena, s->first_here, s->n_here, &point_scale);
    write_metrics(h, &arena, s);
    h5_group(h, "latency");
    scale_numbers_from(h, &arena, s->n_bins_before, s->bins.n, &entry_scale);
    write_bins(h, &arena, s);
    return finish(h, &arena, path, status);
}
