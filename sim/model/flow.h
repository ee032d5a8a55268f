// Flows: which target a connection through a Network Load Balancer has.
//
// What Network Load Balancers do (Elastic Load Balancing user guide, 'How Elastic Load Balancing
// works'): a target is selected by a hash of protocol, addresses, ports and TCP sequence number, so
// that each connection has its own, and a connection stays on its target for life, healthy or not;
// only new ones go by health. Modelled: that. A connection is known by the time at which its client
// opened it, which every request on it tells; its target is the hash's choice among the targets
// that were usable then, so that a connection needs no entry anywhere. When a target is taken out
// for good its connections end, and count as opened anew. With stickiness (Network Load Balancers
// guide, 'Sticky sessions': source IP affinity) the hash is of the caller's address alone: all his
// connections have one target. How that hash takes changes is not published; here who has a target
// that is usable keeps it, and comes back when his is usable again. Addresses are of users and of
// servers that call, 4096 in all, so that some share theirs, as behind a NAT device. Left out: that
// the flow itself ends with its target: clients find out by timeouts and refusals.
#pragma once

#include <stdbool.h>
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
    bool by_address;
    uint8_t n_targets; // by address: as many as were ever usable, or their greatest number
    ARRAY(struct flow_epoch) epochs;
    simtime cut_at[BALANCER_MAX_TARGETS]; // its connections ended then; 0: never
};

void flow_open(struct flow_history *h, struct stream hash, bool by_address);
void flow_close(struct flow_history *h);
// From `now` on new connections choose among these.
void flow_note(struct flow_history *h, const uint64_t *usable, simtime now);
// Connections to this target end, and count as opened anew.
void flow_cut(struct flow_history *h, uint8_t target, simtime now);
// With affinity a flow is the time at which the connection was opened, in units of 2^26 ns, with
// the address in the bits below that requests tell.
enum { FLOW_ADDRESS_BITS = 12, FLOW_TIME_SHIFT = 26 };

static inline uint64_t flow_time(uint64_t flow)
{
    return flow >> FLOW_TIME_SHIFT << FLOW_TIME_SHIFT;
}

// The address of the n-th caller of one kind, for a flow; `names`: a stream of theirs, not
// advanced.
static inline uint64_t flow_address(const struct stream *names, uint64_t n)
{
    return stream_block(names, n).first >> (64 - FLOW_ADDRESS_BITS)
                                               << (FLOW_TIME_SHIFT - FLOW_ADDRESS_BITS);
}

// The target of a connection that was opened at `flow` to a node.
uint8_t flow_target(const struct flow_history *h, uint64_t flow, uint8_t node);
