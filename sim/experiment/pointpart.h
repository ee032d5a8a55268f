// Point part: what some replications of a point gave, as a sweep keeps it: metrics and counts by
// replication, latencies pooled as histograms of integers.
//
// Parts of one point are put together whatever their sizes: values by replication are placed,
// histograms added. A part may also say that its replications failed, and why.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "experiment/downtime.h"
#include "experiment/identity.h"
#include "experiment/tally.h"
#include "measure/histogram.h"
#include "results/metric.h"

enum { POINTPART_QUANTILES = 3 }; // 0.5, 0.99, 0.999, by population

// Of one population in one replication.
struct pointpart_users {
    uint64_t requests, in_time;             // after the warm-up
    double quantile_s[POINTPART_QUANTILES]; // of answered requests; NaN: none
};

struct tables;

struct pointpart {
    struct arena arena; // owns all that follows, but for outages
    struct identity id;
    uint32_t first, n;   // replications
    const char *failure; // NULL: it has results
    int n_populations;
    const char **populations;
    uint64_t *events;           // [n]
    double *metrics;            // [n][METRICS]; NaN: nothing to say
    struct tally_ratio *ratios; // [n][TALLY_RATIOS]
    uint32_t *n_outages;        // [n]
    downtime_list outages;      // one replication after the other
    struct downtime_scale scale;
    struct pointpart_users *users; // [n][n_populations]
    struct histogram *latency;     // [n_populations] ns, answered requests of all replications
};

// Runs replications first .. first + n - 1 of a scenario with one topology; tables of others are
// used again (NULL: none).
void pointpart_run(struct pointpart *part, const struct scenario *scenario, uint64_t seed,
                   struct tables *tables);
// The same with these fields set beforehand: id, first, n. A part without results.
void pointpart_fail(struct pointpart *part, const char *why);
void pointpart_free(struct pointpart *part);

void pointpart_write(const struct pointpart *part, struct bytes *out);
// False when the bytes are no part; then there is nothing to free.
bool pointpart_read(struct pointpart *part, const unsigned char *bytes, size_t n);
