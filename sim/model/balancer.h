// Balancer: the load balancer of one service in one region, with a node in each zone and a zone's
// pool as target.
//
// What Application Load Balancers do (Elastic Load Balancing user guides): each enabled zone has a
// node, callers pick one by DNS with equal shares; a node forwards to any healthy target of the
// region when cross-zone balancing is on, else to its own zone's; round robin or least outstanding
// requests; targets are probed at an interval, and two failures take one out, five successes bring
// it back by default; when no target is healthy, all get traffic (fail open); a zone without
// healthy targets leaves the DNS answer; a request without an answer within the idle timeout is
// answered 504.
// Modelled: all of that, targets being the zones' server pools; a request that its caller cancels
// is cancelled at its target. Left out: single servers as targets, slow start, draining,
// stickiness, the balancer's own scaling. Knobs: policy, cross_zone, health_check.
#pragma once

#include "base/stream.h"
#include "model/events.h"
#include "model/probe.h"
#include "model/recall.h"
#include "model/slots.h"
#include "model/timeline.h"

struct context;
struct world;

struct forward {
    SLOT_HEADER;
    uint64_t call; // caller's token
    uint64_t timer;
    uint32_t caller; // LP; the balancer itself: a probe
    uint8_t class_index;
    uint8_t node;   // zone of the node that took it
    uint8_t target; // zone of the pool it went to
};

_Static_assert(sizeof(struct forward) == 32, "half a cache line");

struct balancer_target {
    uint32_t pool; // LP
    struct probe_state state;
};

struct balancer {
    uint32_t index;
    uint16_t service, region;
    uint8_t n_zones;
    uint8_t dead_nodes;                 // bit set
    uint32_t n_silent;                  // probes in a row that no node was there to send
    uint8_t told_healthy;               // zones with healthy targets, as last told to the authority
    uint8_t turn;                       // zone after the last used
    bool counts_outstanding;            // policy: the least outstanding, else any
    uint8_t usable[TOPOLOGY_MAX_ZONES]; // [node] bit set of zones it may forward to
    uint32_t outstanding[TOPOLOGY_MAX_ZONES];
    uint16_t first_node;                              // place of zone a's node
    const struct path *from_node[TOPOLOGY_MAX_ZONES]; // [node][to place]
    SLOTS(struct forward) forwards;
    struct recall recall; // of the forwards, if anybody cancels
    bool has_recall;
    struct stream network, overhead;
    uint32_t idle_lane, probe_lane;
    struct balancer_target targets[TOPOLOGY_MAX_ZONES];
};

void balancer_open(struct world *w, uint32_t index);
void balancer_close(struct world *w, uint32_t index);
void balancer_on_request(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_target_response(const struct context *x, struct balancer *b,
                                 const struct event *e);
void balancer_on_timeout(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_cancel(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_probe(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_fault(const struct context *x, struct balancer *b, const struct event *e);
