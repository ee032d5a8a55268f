// Recovery: what a failure costs a store's data, and how long the replicas take to agree again.
//
// When a region fails, the acknowledged writes that have not left it are in danger: their number is
// the recovery point in writes, the age of the oldest the recovery point in seconds (RPO). Failures
// are known ahead (timeline.h), so that a write is counted when it is taken; of a quorum, when it
// is acknowledged, by its coordinator, whoever fails (holders.h). When a replica, or the way to it,
// comes back, writes taken before that are still to be applied: the data has converged when the
// last of them has been.
#pragma once

#include "base/array.h"
#include "model/store.h"
#include "model/storerecord.h"

struct recovery {
    // Own writes that will not have left before the region's next failure.
    uint64_t n_endangered;
    simtime oldest; // committed; SIMTIME_NEVER: none
    ARRAY(struct exposure_record) exposures;
    // By member that took the writes: the last interruption that any of them had to wait for.
    struct convergence_record converging[STORE_MAX_MEMBERS]; // healed 0: none
    ARRAY(struct convergence_record) convergences;
};

void recovery_open(struct recovery *r);
void recovery_free(struct recovery *r);
// A write taken now will not leave before the next failure.
void recovery_endanger(struct recovery *r, simtime now);
// A write taken now will be where a failure is to come only.
void recovery_foresee(struct recovery *r, struct exposure_record where, simtime now);
// The region fails now.
void recovery_fail(struct recovery *r, struct exposure_record where);
// A write of a member has been applied that was taken before its way was healed.
void recovery_applied(struct recovery *r, int member, const struct convergence_record *now);
// After the run. A write that is still to be applied: never, as far as is known.
void recovery_settle(struct recovery *r);
