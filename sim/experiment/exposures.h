// Exposures and convergences (results/exposure.h) read from a design's records, with their faults.
//
// A failure is laid to the fault of the plan that began in its very moment and hits the store
// there; a way that was clear again to the one that ended in that moment and hits one of its ends,
// or the way between. Where faults overlap, the first makes the failure and the last clears the
// way: it is laid to these.
#pragma once

#include <stddef.h>

#include "results/resultset.h"

// Appends those of the design's replications. Replicas of one region are put together: their writes
// add up, the oldest counts, and the region has converged when all have.
void exposures_collect(const struct resultset *set, size_t design, exposure_list *exposures,
                       convergence_list *convergences);
