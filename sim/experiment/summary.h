// What one design's records say: estimates of all metrics, for it as a whole and by population.
//
// Intervals are over replications, which are independent; with one replication they do not exist
// (NaN). Ratios (availability, stale reads) pool their counts, quantiles pool their histograms;
// everything else is a mean.
#pragma once

#include <stdint.h>

#include "experiment/downtime.h"
#include "experiment/tally.h"
#include "results/resultset.h"

// What runs gave, by replication; those that are not there have NaN and 0.
struct summary_runs {
    uint32_t n, n_there;
    const double *values;             // [METRICS][n]
    const struct tally_ratio *ratios; // [TALLY_RATIOS][n]
    const downtime_list *outages;     // of all
    struct downtime_scale scale;
    double level;
};
// Of all metrics; those of latency are means of what single runs have.
void summary_metrics(const struct summary_runs *runs, struct estimate metrics[METRICS]);

// Fills the design's metrics, values, quantiles and availability from its records.
void summary_design(const struct resultset *set, struct design_result *design);

// A ratio of counts by replication, part over whole.
struct estimate summary_ratio(const struct resultset *set, const uint64_t *part,
                              const uint64_t *whole);

// The estimate without bounds when it rests on one replication: there is no spread then, whatever a
// formula may give for pooled counts, because requests inside a replication are not independent.
struct estimate summary_over_replications(struct estimate e, uint32_t n_replications);
