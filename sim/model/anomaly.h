// Anomaly mitigation: targets that err more than their peers get fewer requests.
//
// What the real Automatic Target Weights do (Application Load Balancers guide, 'Edit target group
// attributes'; AWS news of 2023-11-26): the balancer compares each target's share of errors, 5xx
// answers and failed connections, with that of the others in its group, if at least three are
// healthy; whose is significantly higher is anomalous. With mitigation on, every five seconds the
// traffic to anomalous targets is reduced, down to a negligible amount, and that to targets which
// are no longer anomalous is increased until they have their full share again. Health checks are
// not touched by this. Modelled: that. AWS does not say how it tests and by how much it goes down
// and up; here errors are counted over about ten seconds (each look halves what was seen before),
// significant means four standard errors above the peers that are not anomalous, with at least five
// errors seen; a share is halved at a look, to 1 % at least, and comes back by a tenth. Left out:
// metrics of it. Knobs: policy, anomaly_mitigation.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "model/topology.h"

enum { ANOMALY_LEAST_TARGETS = 3 };
#define ANOMALY_PERIOD (5 * SIMTIME_S)

struct anomaly {
    uint32_t answers[BALANCER_MAX_TARGETS]; // since the last look
    uint32_t errors[BALANCER_MAX_TARGETS];
    uint64_t found;                     // bit set of anomalous targets
    double seen[BALANCER_MAX_TARGETS];  // answers, older ones counting less
    double bad[BALANCER_MAX_TARGETS];   // errors of them
    double share[BALANCER_MAX_TARGETS]; // of what a normal target gets
};

void anomaly_open(struct anomaly *a);
// Looks at what was counted since the last time; *weight of each target becomes its share, of 2^32.
// Returns the targets that became anomalous or normal.
uint64_t anomaly_look(struct anomaly *a, uint64_t healthy, uint32_t *weight);

static inline void anomaly_count(struct anomaly *a, uint8_t target, bool is_error)
{
    a->answers[target]++;
    a->errors[target] += is_error;
}
