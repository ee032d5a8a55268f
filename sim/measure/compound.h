// Compound sums: the distribution of what a year brings, from what single incidents or runs
// brought.
//
// A year is a fixed number of runs, or a Poisson number of incidents; each brings an amount drawn
// from those that were observed. The distribution of the sum is exact but for a grid of 4,096
// steps: the transform of the observed distribution, raised to the number or put into the Poisson
// generating function (Grubel and Hermesmeier, Computation of compound distributions I: aliasing
// errors and exponential tilting, ASTIN Bulletin 29, 1999). Each observation is shared between its
// two neighbours on the grid, which keeps the mean; the sum of more than 500 amounts above 0 is
// taken as normal. Intervals: percentiles of the bootstrap over
// the observations (Efron and Tibshirani, ch. 13), which know nothing of amounts that were not
// observed; when none was above 0, that share's exact bound (Clopper and Pearson) stands in for
// them. Measured coverage: docs/statistics.md. Thread class: any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/stream.h"
#include "measure/estimate.h"

enum { COMPOUND_QUANTILES = 3 };
extern const double compound_quantiles[COMPOUND_QUANTILES]; // 0.5, 0.9, 0.99

struct compound_data {
    const double *amount; // [n], each 0 or more
    size_t n;
    double number;   // of runs or incidents a year, above 0
    bool is_poisson; // else it is that number, rounded
};

struct compound {
    struct estimate quantiles[COMPOUND_QUANTILES];
    struct estimate chance; // that the sum is at most the threshold
};

// Bounds are NaN with fewer than two amounts or amounts that are all alike, but for the chance when
// no amount is above 0.
void compound_sum(const struct compound_data *data, double threshold, double level,
                  struct stream *draws, struct compound *out);
