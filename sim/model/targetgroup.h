// Target group: the targets of one balancer, their health, and which of them gets the next request.
//
// What the real target groups do (Elastic Load Balancing user guides): a target is one server (an
// instance, a container, an address) in one zone; probes decide which are healthy; a node of the
// balancer uses the healthy ones within its reach (all zones with cross-zone balancing, else its
// own), or all of them when fewer than a minimum are healthy (fail open); a zone's node leaves the
// DNS answer when fewer than another minimum of the same ones are healthy; round robin takes them
// in turn, a target that became healthy by and by (slow start) if another has its full share; least
// outstanding requests takes the one with the fewest in flight; Network Load Balancers hash
// connections (flow.h); weighted random takes any, and less often those that err (anomaly.h);
// a request whose cookie names a usable target goes there (cookie.h). Modelled: all of that, for up
// to 64 targets. Left out: weights of target groups. Knobs: policy, cross_zone, targets_per_zone,
// slow_start, fail_open, dns_failover, stickiness.
//
// How it is computed: sets of targets are words of 64 bits. What depends on health is worked out
// when it changes; a request then costs a rotation of a word and a count of its zeros.
#pragma once

#include <stdint.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/anomaly.h"
#include "model/flow.h"
#include "model/probe.h"
#include "model/topology.h"

struct target {
    uint32_t pool; // LP
    uint8_t zone;
    struct probe_state state;
};

struct targetgroup {
    const struct balancer_spec *spec;
    uint8_t n, n_zones;
    uint8_t own_turns;                // 0: nodes, which reach the same targets, share one turn
    uint8_t turn[TOPOLOGY_MAX_ZONES]; // [node & own_turns] target after the last used
    bool counts_outstanding;          // policy: the least outstanding, else any
    bool takes_turns; // policy: in turn, or by what is outstanding; and nobody starts slowly
    bool is_sticky;   // looks for cookies first; then takes_turns is never set
    uint64_t usable[TOPOLOGY_MAX_ZONES]; // [node] targets it may forward to
    uint64_t in_zone[TOPOLOGY_MAX_ZONES];
    uint64_t registered;
    uint64_t fresh;  // registered anew: the first success makes them healthy
    uint8_t shifted; // bit set: zones that new requests avoid
    uint8_t empty;   // bit set: nodes that reach no target: nothing may be chosen there
    uint32_t outstanding[BALANCER_MAX_TARGETS];
    struct target targets[BALANCER_MAX_TARGETS];
    uint64_t starting;                           // bit set: targets in slow start ...
    simtime healthy_since[BALANCER_MAX_TARGETS]; // ... since then
    double credit[BALANCER_MAX_TARGETS];         // of turns that they let pass
    struct flow_history flows;
    struct stream random;                  // weighted random
    uint32_t weight[BALANCER_MAX_TARGETS]; // of 2^32: chance to keep a request that chance brings
    struct anomaly *anomaly;               // NULL: none is looked for
};

// Streams of the balancer's: `hash` for its flows, `random` for its choices.
void targetgroup_open(struct targetgroup *g, const struct balancer_spec *spec, uint8_t n_zones,
                      struct stream hash, struct stream random);
void targetgroup_close(struct targetgroup *g);
// Targets are added zone by zone.
void targetgroup_add(struct targetgroup *g, uint32_t pool, uint8_t zone);
// Takes the verdict of a probe; true when the target's health changed.
bool targetgroup_verdict(struct targetgroup *g, uint8_t target, bool succeeded, simtime now);
// Targets leave, and come back.
void targetgroup_take_out(struct targetgroup *g, uint64_t targets, simtime now);
void targetgroup_put_back(struct targetgroup *g, uint64_t targets, simtime now);
// Connections to a target end.
void targetgroup_cut(struct targetgroup *g, uint8_t target, simtime now);
// From now on these zones are avoided; 0: none.
void targetgroup_shift(struct targetgroup *g, uint8_t zones, simtime now);
// The first n targets of a zone (-1: of all); n 0: all of them.
uint64_t targetgroup_first(const struct targetgroup *g, int zone, int n);
// Works out anew what each node may use.
void targetgroup_review(struct targetgroup *g, simtime now);
uint32_t targetgroup_n_healthy(const struct targetgroup *g);
// Compares the targets' errors; returns those that became anomalous or normal again.
uint64_t targetgroup_look(struct targetgroup *g);
// Bit set of zones whose node belongs into the DNS answer; those without power do not while none
// of their targets is healthy, which is how they are missed.
uint8_t targetgroup_dns_zones(const struct targetgroup *g, uint8_t dead_nodes);

// The target by cookie, by hash, by chance, or in turn while some start slowly.
uint8_t targetgroup_pick(struct targetgroup *g, uint8_t node, uint64_t flow, simtime now);

// The target in turn for the next request to `node`: of the usable ones that with
// the fewest requests in flight, if these are counted; among equals the first from the turn on.
static inline uint8_t targetgroup_next(struct targetgroup *g, uint8_t node)
{
    const uint32_t turn = g->turn[node & g->own_turns];
    const uint64_t usable = g->usable[node];
    uint64_t left = usable >> turn | usable << (-turn & 63); // bit 0: whose turn it is
    uint32_t best = ((uint32_t)__builtin_ctzll(left) + turn) & 63;
    if (g->counts_outstanding) {
        uint32_t least = g->outstanding[best];
        while ((left &= left - 1) != 0) {
            const uint32_t next = ((uint32_t)__builtin_ctzll(left) + turn) & 63;
            const uint32_t load = g->outstanding[next];
            best = load < least ? next : best;
            least = load < least ? load : least;
        }
    }
    g->turn[node & g->own_turns] = (uint8_t)(best + 1 == g->n ? 0 : best + 1);
    return (uint8_t)best;
}

// The target for a request that came to `node` on a connection (payload_request).
static inline uint8_t targetgroup_choose(struct targetgroup *g, uint8_t node, uint64_t flow,
                                         simtime now)
{
    return LIKELY(g->takes_turns) ? targetgroup_next(g, node)
                                  : targetgroup_pick(g, node, flow, now);
}

static inline void targetgroup_began(struct targetgroup *g, uint8_t target)
{
    g->outstanding[target] += g->counts_outstanding;
}

// A request that was not a probe got its answer, or none.
static inline void targetgroup_heard(struct targetgroup *g, uint8_t target, bool is_error)
{
    if (UNLIKELY(g->anomaly != NULL))
        anomaly_count(g->anomaly, target, is_error);
}

static inline void targetgroup_ended(struct targetgroup *g, uint8_t target)
{
    g->outstanding[target] -= g->counts_outstanding;
}
