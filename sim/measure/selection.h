// Selection of the best of several designs by their means, with a promised probability.
//
// Designs meet the same random numbers, so replication j is one row of k dependent values. The
// procedure of Nelson and Matejcik (Using common random numbers for indifference-zone selection,
// Management Science 41, 1995): after a first stage of n replications of all designs the variance
// of differences, assumed alike for all pairs (sphericity), says how many are needed in all, so
// that the design with the best mean is the best one with the promised probability, if it is
// better than every other by `indifference` at least; if not, one within that distance is chosen.
// The same constants give simultaneous intervals of each design's mean minus the best of the others
// (Hsu's multiple comparisons with the best). Thread class: any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "measure/estimate.h"

// Values x[design * n + replication], none NaN, k >= 2 designs, n >= 2 replications; larger is
// better, or smaller.
struct selection_data {
    const double *x;
    size_t k, n;
    bool smaller_is_better;
};

struct selection {
    size_t best;
    double distance; // by which the best must be better to have been found at the level with n
    size_t needed;   // replications for the indifference that was asked for; at least n
};

struct selection selection_of(const struct selection_data *data, double indifference, double level);
// Each design's mean minus the best of the others' ([k]): positive when it is better. Bounds hold
// for all together at the level; one that is above 0 throughout is the best.
void selection_against_best(const struct selection_data *data, double level, struct estimate *out);
// Upper quantile of the maximum of m equally correlated (1/2) t variables: Bechhofer's and
// Dunnett's one-sided constant. level > 0.5.
double selection_constant(size_t m, double degrees, double level);
