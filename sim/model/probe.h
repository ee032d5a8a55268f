// Probe state of one target: consecutive verdicts turn into healthy or unhealthy.
//
// Shared by Route 53's checkers and the balancers' target checks, which differ in thresholds,
// intervals and where the interval is counted from.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/topology.h"

struct probe_state {
    bool is_healthy;
    uint32_t run; // consecutive verdicts against the current state
};

// Takes a verdict; true when the state changed.
static inline bool probe_verdict(struct probe_state *p, const struct probe_spec *spec,
                                 bool succeeded)
{
    if (succeeded == p->is_healthy) {
        p->run = 0;
        return false;
    }
    int threshold = succeeded ? spec->healthy_threshold : spec->unhealthy_threshold;
    if (++p->run < (uint32_t)threshold)
        return false;
    p->is_healthy = succeeded;
    p->run = 0;
    return true;
}
