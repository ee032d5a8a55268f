// Sweep results: what the logs of a sweep hold of the points of its plan.
//
// All logs of the folder are read, whoever wrote them and under which plan: a part counts for a
// point if it has its identity. Of parts that overlap the first counts, because their histograms
// cannot be taken apart; what the others say must be the same, which a merge checks.
#pragma once

#include "experiment/sweeplog.h"
#include "experiment/sweepplan.h"

struct sweepresults {
    struct arena arena;
    ARRAY(const char *) paths; // of the logs, sorted
    sweeplog_list parts;       // by identity, then first replication, then log and place
    size_t n_lost;             // bytes of logs that are no whole parts
};

// Lists the logs of a folder, for a plan of so many replications: parts that go beyond count for
// nothing. False: one cannot be read.
bool sweepresults_list(struct sweepresults *r, const char *directory, uint32_t replications,
                       struct status *status);
// A log of the folder that another process writes now; NULL: none. In the arena.
const char *sweepresults_busy(struct arena *arena, const char *directory);
void sweepresults_free(struct sweepresults *r);

// The parts of a point: *n of them.
const struct sweeplog_entry *sweepresults_of(const struct sweepresults *r, struct identity id,
                                             size_t *n);
// Whether a replication of a point is there: with results, or failed.
enum sweepresults_state { SWEEPRESULTS_MISSING, SWEEPRESULTS_FAILED, SWEEPRESULTS_DONE };
enum sweepresults_state sweepresults_look(const struct sweepresults *r, struct identity id,
                                          uint32_t replication);
