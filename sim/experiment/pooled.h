// Quantiles of the latencies of all replications together, with intervals over replications.
//
// The value is the quantile of the merged histograms; its interval is Student's t on the
// jackknife's pseudo-values, leaving one replication out at a time (Miller 1974), because latencies
// inside a replication are not independent and whole replications are.
#pragma once

#include <stddef.h>

#include "measure/estimate.h"
#include "measure/histogram.h"

struct pooled {
    size_t n;
    struct histogram *parts; // [n] one a replication; fill before asking
};

void pooled_init(struct pooled *pool, size_t n);
void pooled_free(struct pooled *pool);
void pooled_clear(struct pooled *pool);
// out[i]: quantile q[i] in the histograms' unit. With one replication, or none but one filled, the
// bounds are NaN.
void pooled_quantiles(const struct pooled *pool, const double *q, size_t n_q, double level,
                      struct estimate *out);
