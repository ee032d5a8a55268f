// Dimension scales that several groups of a results file share; each group gets its own copies.
#pragma once

#include <stddef.h>

#include "measure/histogram.h"
#include "results/h5.h"
#include "results/names.h"
#include "results/resultset.h"

// Sizes that recur in every group.
struct sizes {
    size_t designs, replications, populations, classes, windows;
};
// Stops the program when a record does not fit its workload or topology.
struct sizes scales_sizes(const struct resultset *set);

void scales_designs(struct h5 *h, const struct resultset *set); // dimension "design"
// "metric".
void scales_metric_names(struct h5 *h);
// "metric", with the units, long names and directions of metrics.
void scales_metrics(struct h5 *h);
// Lengths of stretches of a run, in seconds.
void scales_stretches(struct h5 *h, const struct resultset *set);
void scales_replications(struct h5 *h, const struct resultset *set); // "replication"
void scales_populations(struct h5 *h, const struct workload *w);     // "population"
void scales_classes(struct h5 *h, const struct workload *w);         // "class"
void scales_faults(struct h5 *h, const struct fault_plan *plan);     // "fault"; plan may be NULL
// Rows of a table, numbered: a dimension, and a column of indices over it.
void scales_rows(struct h5 *h, const char *name, size_t n);
void scales_column(struct h5 *h, const char *rows, const char *name, const uint32_t *values,
                   const char *about);
void scales_names(struct h5 *h, const char *name, const struct names *names, const char *about);

// The bins that a family of histograms uses: [first, end). Zero-initialised covers none.
struct bin_range {
    size_t first, end;
};
void scales_cover(struct bin_range *range, const struct histogram *h);
// Dimension "bin" with the variables bin_lo and bin_hi (values of ns as seconds).
// A dimension of bins of time, with their edges as NAME_lo and NAME_hi, in seconds.
struct bin_scale {
    const char *name, *about;
    double (*lower_s)(size_t bin);
};
void scales_times(struct h5 *h, const struct bin_scale *scale, struct bin_range range);
void scales_bins(struct h5 *h, struct bin_range range);
