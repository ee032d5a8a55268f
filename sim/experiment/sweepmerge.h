// Merge: puts the parts of a sweep together, whatever shards and resumed runs they came from.
//
// Values by replication are placed, histograms of integers added, rows are in the order of the
// study: the same set comes from any division of the same work. A replication that two parts have
// must be the same in both, to the last bit.
#pragma once

#include "experiment/sweepparts.h"
#include "experiment/sweepresults.h"
#include "results/sweepset.h"

struct sweepmerge {
    struct arena arena; // owns the set
    struct sweepset set;
};

struct sweepmerge_conf {
    const struct sweepplan *plan;
    const struct sweepresults *results;
    // Where the metrics and latencies go that are by replication and bin: NULL, into the set; else,
    // so that memory does not grow with the number of points, into as many files as the plan has
    // shards, of a stretch of points each.
    const struct sweepparts *parts;
};

// False: a log cannot be read, two parts contradict each other, or a file cannot be written. Free
// it in any case.
bool sweepmerge_make(struct sweepmerge *m, const struct sweepmerge_conf *conf,
                     struct status *status);
void sweepmerge_free(struct sweepmerge *m);
