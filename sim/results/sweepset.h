// Everything that a merged sweep holds, as filled by the experiment and written by sweepfile.h.
//
// Rows are points of the study, in its order. Arrays are in row order of the indices in brackets;
// NaN: nothing to say.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "measure/estimate.h"
#include "measure/sensitivity.h"
#include "results/metric.h"

enum sweepset_status { SWEEPSET_DONE, SWEEPSET_FAILED, SWEEPSET_MISSING, SWEEPSET_STATES };
enum { SWEEPSET_QUANTILES = 6 }; // result_quantiles (resultset.h)

// Pooled latencies of a point and population, one bin each.
struct sweepset_bin {
    uint32_t bin;
    uint64_t count;
};

// A file that holds the metrics and bins of a stretch of points, in a virtual sweep.
struct sweepset_part {
    const char *file; // relative to that of the sweep
    size_t n_points, n_bins;
};

struct sweepset_names {
    const char *const *items;
    size_t n;
};

// A history meets it when its metric is within the bounds.
struct sweepset_objective {
    const char *metric, *population; // "all", or a name
    double low, high;                // in the metric's unit; infinite: no bound
};

struct sweepset {
    const char *name, *title, *study_text, *model;
    const char *kind;    // of design, as studies call it
    size_t n_parameters; // the rest of `parameters` are derived values
    uint64_t seed;
    double level;
    size_t n_points, n_replications;
    struct sweepset_names parameters, topologies, workloads, faults, populations, objectives;
    const struct sweepset_objective *judged; // [objectives]
    const char *const *topology_texts, *const *workload_texts, *const *fault_texts;
    // By point.
    const char **id;
    uint32_t *topology, *workload, *fault;
    const char **labels; // [parameters] as in the scenario
    double *values;      // [parameters]
    int8_t *status;
    const char **messages;
    uint32_t *done; // replications with results
    uint64_t *events;
    struct estimate *estimates;    // [METRICS]
    uint64_t *requests, *in_time;  // [populations]
    struct estimate *availability; // [populations]
    double *quantiles;             // [populations][SWEEPSET_QUANTILES] pooled, seconds
    uint64_t *first_bin, *n_bins;  // [populations]: where its bins are
    // Of the points first_here .. first_here + n_here - 1: all, but for a virtual sweep, whose
    // others are in parts.
    size_t first_here, n_here;
    double *metrics; // [METRICS][replications]
    size_t n_bins_before;
    ARRAY(struct sweepset_bin) bins; // number n_bins_before and on
    ARRAY(struct sweepset_part) parts;
    // What parameters matter, by combination of files, metric and parameter; NULL: the design does
    // not tell. Parameters are the first of `parameters`.
    size_t n_files, n_varied;
    struct estimate *first, *total; // Sobol indices
    struct morris *morris;
    uint32_t *met;           // [objectives] replications that meet it
    struct estimate *chance; // [objectives] of a run to meet it
};
