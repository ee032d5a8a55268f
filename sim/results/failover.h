// The failover chain of one fault: what followed when, from the fault to users being served again.
//
// Times count from the fault's start, in seconds:
//   detected   what steers users knows: a health check of the endpoint fails, or its balancer has
//              none of its targets left and records look at that; a zone, or some targets: a
//              balancer takes a target out
//   balancer   a balancer there takes a target out, or has none left, whoever looks at that
//   withdrawn  the name servers no longer answer with the endpoint, or with the zone's node
//   moved      90 %, 99 % of the traffic has left the side that was hit (drain.h)
//   served     the last window of the trouble ends in which fewer than workload.up_threshold of all
//              requests were answered in time; there was none: 0
// NaN: did not happen while the fault lasted (served: before the run ended).
#pragma once

#include <stdint.h>

#include "base/array.h"

struct failover {
    uint32_t replication;
    uint32_t fault; // index in the plan
    const char *component;
    double start_s;  // since the start of the run
    double lasted_s; // until its end, or the run's
    double detected_s, balancer_detected_s, withdrawn_s, moved_90_s, moved_99_s, served_s;
    // Requests that started in the windows from the fault's start until it was over and users were
    // served again, whatever their fate had to do with it.
    uint64_t started, attempts;
    uint64_t lost, late; // without an answer of use; answered too late
};
typedef ARRAY(struct failover) failover_list;
