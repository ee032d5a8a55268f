// Merge: puts the parts of a sweep together, whatever shards and resumed runs they came from.
//
// Values by replication are placed, histograms of integers added, rows are in the order of the
// study: the same set comes from any division of the same work. A replication that two parts have
// must be the same in both, to the last bit.
#pragma once

#include "experiment/sweepresults.h"
#include "results/sweepset.h"

struct sweepmerge {
    struct arena arena; // owns the set
    struct sweepset set;
    size_t n_failed, n_missing; // points
};

// False: a log cannot be read, or two parts contradict each other. Free it in any case.
bool sweepmerge_make(struct sweepmerge *m, const struct sweepplan *plan,
                     const struct sweepresults *results, struct status *status);
void sweepmerge_free(struct sweepmerge *m);
