// Flows: which target a connection through a Network Load Balancer has.
//
// What Network Load Balancers do (Elastic Load Balancing user guide, 'How Elastic Load Balancing
// works'): a target is selected by a hash of protocol, addresses, ports and TCP sequence number, so
// that each connection has its own, and a connection stays on its target for life, healthy or not;
// only new ones go by health. Modelled: that. A connection is known by the time at which its client
// opened it, which every request on it tells; its target is the hash's choice among the targets
// that were usable then, so that a connection needs no entry anywhere. When a target is taken out
// for good its connections end, and count as opened anew. Left out: that the flow itself ends with
// its target: clients find out by timeouts and refusals.
#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/simtime.h"
#include "base/stream.h"
#include "model/topology.h"

// What each node could use from some time on.
struct flow_epoch {
    simtime since;
    uint64_t usable[TOPOLOGY_MAX_ZONES]; // [node]
};

struct flow_history {
    struct stream hash; // a function of the connection: never advanced
    ARRAY(struct flow_epoch) epochs;
    simtime cut_at[BALANCER_MAX_TARGETS]; // its connections ended then; 0: never
};

void flow_open(struct flow_history *h, struct stream hash);
void flow_close(struct flow_history *h);
// From `now` on new connections choose among these.
void flow_note(struct flow_history *h, const uint64_t *usable, simtime now);
// Connections to this target end, and count as opened anew.
void flow_cut(struct flow_history *h, uint8_t target, simtime now);
// The target of a connection that was opened at `flow` to a node.
uint8_t flow_target(const struct flow_history *h, uint64_t flow, uint8_t node);
