// Yearly: how the downtime of a year varies, and how likely a year meets an objective.
//
// By the basis of downtime.h: a year of so many incidents (a Poisson number), each like one of the
// runs, or of so many runs. A year is the sum; what users feel in it is far from its mean when
// incidents are rare. Source of the method: compound.h.
#pragma once

#include "results/resultset.h"

// Fills each design's year, for an objective of so many minutes of downtime a year. To be called
// after compare_finish. Without a basis, or when a year is no whole number of runs: nothing, and
// set->yearly_objective_min is NaN.
void yearly_finish(struct resultset *set, double objective_min);
// Whether runs have a yearly basis, but a year is not about a whole number of them.
bool yearly_is_uneven(const struct resultset *set);
