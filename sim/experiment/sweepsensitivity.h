// Sensitivity of a sweep's metrics: Sobol indices of a Saltelli design, screening of a Morris
// design (measure/sensitivity.h), for each combination of files. The output of a point is its
// estimate over replications; all points must have one.
#pragma once

#include "experiment/points.h"
#include "results/sweepset.h"

// Fills the set's indices, in the arena, if the design of the points is for that.
void sweepsensitivity_of(struct sweepset *set, struct arena *arena, const struct points *points);
