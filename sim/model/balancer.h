// Balancer: the load balancer of one service in one region, with a node in each zone.
//
// What Application Load Balancers do (Elastic Load Balancing user guides): each enabled zone has a
// node, callers pick one by DNS with equal shares; a node forwards to a target of its target group
// (targetgroup.h); targets are probed at an interval, and two failures take one out, five successes
// bring it back by default; the status of an answer is all that counts for health, not what its
// body says; nodes leave the DNS answer without enough healthy targets, or when they do not answer
// themselves, unless all would; a request without an answer within the idle timeout is answered
// 504, one that its target refuses 502; connections without traffic for the idle timeout are
// closed, and a client's at the age of its keep-alive. Network Load Balancers pass connections on
// to targets (flow.h): a dead target is silence to the caller, a refusing one a refusal; they close
// connections without traffic only. Traffic can be shifted away from a zone (zoneshift.h), and
// targets taken out (registration.h). Modelled: all of that. Left out: that a connection through a
// Network Load Balancer is made with the target (here with the node, so that a dead target is
// noticed by the timeout of an answer and not of a connection); the balancer's own scaling. Knobs:
// kind, policy, cross_zone, health_check, idle_timeout, keep_alive.
#pragma once

#include "base/stream.h"
#include "model/drain.h"
#include "model/events.h"
#include "model/meter.h"
#include "model/recall.h"
#include "model/session.h"
#include "model/slots.h"
#include "model/targetgroup.h"
#include "model/targetprobe.h"
#include "model/timeline.h"
#include "model/zoneshift.h"

struct context;
struct world;

struct forward {
    SLOT_HEADER;
    uint64_t call; // caller's token
    uint64_t timer;
    uint32_t caller; // LP; the balancer itself: a probe
    uint8_t class_index;
    uint8_t node;   // zone of the node that took it
    uint8_t target; // it went to
};

_Static_assert(sizeof(struct forward) == 32, "half a cache line");

struct balancer {
    uint32_t index;
    uint16_t service, region;
    uint8_t endpoint; // its number, or ENDPOINT_NONE: users do not come to it
    uint8_t n_zones;
    uint8_t dead_nodes;  // bit set
    uint8_t shut_nodes;  // bit set: dead ones, and those without a target
    uint32_t n_silent;   // probes in a row that no node could send
    simtime told;        // when the last message to the authority is there
    uint8_t told_zones;  // of the DNS answer, as last told to the authority; 0: none is healthy
    bool is_transparent; // says nothing of its own to callers
    uint8_t refusal;     // answer_status: what a caller gets when a target refuses
    uint8_t probe_flags; // enum request_flags
    uint8_t cookies;     // bits of the cookies that answers bring; 0: none do
    uint16_t first_node; // place of zone a's node
    const struct path *from_node[TOPOLOGY_MAX_ZONES]; // [node][to place]
    SLOTS(struct forward) forwards;
    struct recall recall; // of the forwards, if anybody cancels
    bool has_recall;
    struct stream network, overhead;
    const struct variate *overhead_time;
    uint32_t idle_lane, probe_lane;
    struct targetgroup group;
    struct targetprobes probes;
    struct calm calm; // for the checkers
    struct drain drain;
    struct zoneshift shift;
    simtime gone_at[BALANCER_MAX_TARGETS]; // end of the deregistration delay
    struct meter_bank *meters;             // NULL: no alarm looks at it
    struct session_inbox inbox;
    bool looks_closer; // at what passes: meters, sessions
};

void balancer_open(struct world *w, uint32_t index);
void balancer_close(struct world *w, uint32_t index);
void balancer_on_request(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_target_response(const struct context *x, struct balancer *b,
                                 const struct event *e);
void balancer_on_timeout(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_cancel(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_calm(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_look(const struct context *x, struct balancer *b);
void balancer_on_foreseen(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_anomaly_look(const struct context *x, struct balancer *b);
void balancer_on_fault(const struct context *x, struct balancer *b, const struct event *e);
void balancer_on_meter(const struct context *x, struct balancer *b, const struct event *e);

// For target probes. Whether one can be sent; sends one that waits like a request; takes a verdict.
bool balancer_can_probe(const struct context *x, struct balancer *b, uint32_t target);
void balancer_probe(const struct context *x, struct balancer *b, uint8_t target);
void balancer_probe_concluded(const struct context *x, struct balancer *b, uint8_t target,
                              bool succeeded);

// For what changes targets. Cuts requests in flight to them; draws conclusions from a change; tells
// the name servers which zones belong into the answer, if that is news.
void balancer_cut(const struct context *x, struct balancer *b, uint64_t targets);
void balancer_review(const struct context *x, struct balancer *b);
void balancer_publish(const struct context *x, struct balancer *b);
