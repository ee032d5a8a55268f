// What failures cost a store's data: acknowledged writes that were in danger, and the time until
// the replicas agreed again (model/recovery.h), each with the fault that was the reason.
#pragma once

#include <stdint.h>

#include "base/array.h"

#define EXPOSURE_NO_FAULT UINT32_MAX // no fault of the plan explains it alone

// A failure of a store in a region: its recovery point.
struct exposure {
    uint32_t replication;
    uint32_t fault;         // index in the plan, or EXPOSURE_NO_FAULT
    uint32_t store, region; // indices in the topology
    double time_s;          // since the start of the run
    uint64_t writes;        // acknowledged, and not sent to another replica yet
    double age_s;           // of the oldest of them; 0: there was none
};
typedef ARRAY(struct exposure) exposure_list;

// A way between two regions' replicas that was clear again, with writes waiting from before.
struct convergence {
    uint32_t replication;
    uint32_t fault; // the last whose end cleared the way, or EXPOSURE_NO_FAULT
    uint32_t store, from, to;
    double healed_s;    // since the start of the run
    double converged_s; // when the last of the waiting writes was applied; NaN: not in the run
};
typedef ARRAY(struct convergence) convergence_list;
