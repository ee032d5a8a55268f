// Edge: where users enter the cloud's network when an accelerator stands in front of the regions.
//
// What Global Accelerator does (Global Accelerator Developer Guide, "How AWS Global Accelerator
// works", "Traffic dials", "Endpoint weights", "Client affinity"): its name resolves to static
// anycast addresses, so DNS takes no part in failover. The nearest edge location ends the user's
// TCP connection and opens one of its own to a region, over the cloud's backbone. A new connection
// is aimed at the nearest endpoint group, of which the traffic dial lets a share in; the rest goes
// on to the next. In the group it goes to one of the healthy endpoints, in proportion to their
// weights. A group without a healthy endpoint whose weight is greater than zero is replaced by the
// next of the three nearest others that has one, whatever their dials say; when none has, any
// endpoint of the nearest group gets the connection, at random (fail open; "How failover works for
// unhealthy endpoints"). An endpoint is healthy while the balancer has healthy targets, and as its
// own check and its group's say. A connection stays with its endpoint, healthy or not and whatever
// becomes of its weight, until it is closed or idle for 340 s. Traffic comes back about 30 s after
// recovery. With client affinity all connections of an address go to one endpoint. Modelled: all of
// that, an edge for each population, balancers as endpoints (endpoint.h); the user's connection to
// the edge succeeds whatever the region does. Left out: UDP, changes of the anycast route, network
// zones of the two addresses; limits of connections are the least of all balancers'. Knobs: policy,
// dial, endpoints, weight, health_check, accelerator.
//
// How it is computed: the authority decides on health, as for DNS, and tells the edges when the
// accelerator has reacted; the edge is a part of its population's LP.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "base/stream.h"
#include "base/variate.h"
#include "model/events.h"
#include "model/topology.h"

struct authority;
struct context;
struct model;
struct world;

struct edge_plan {
    bool is_used;
    bool by_address; // client affinity
    simtime idle_timeout, failback;
    struct variate reaction; // ns
    // Of a global balancer (frontend.h).
    bool is_per_request, has_cookies, has_capacity;
    bool retries_writes, retries_gateway_errors, tries_unhealthy;
    uint8_t retries;
    simtime try_timeout, report_period;
    double capacity_rps[TOPOLOGY_MAX_REGIONS]; // 0: no limit
    uint16_t groups;                           // bit set of regions with one
    uint16_t endpoints;                        // bit set of theirs
    double dial[TOPOLOGY_MAX_REGIONS];
};

// What the edge of a population knows.
struct edge {
    uint16_t healthy;                      // bit set of endpoints that are
    uint16_t weightless;                   // bit set of endpoints with weight 0
    uint8_t zones[TOPOLOGY_MAX_ENDPOINTS]; // nodes of their balancers, a bit set
    double weights[TOPOLOGY_MAX_ENDPOINTS];
    double dial[TOPOLOGY_MAX_REGIONS]; // of a global balancer: the region's level (spillover.h)
    struct stream choices, shares;     // of groups, of endpoints
    // Of a global balancer.
    uint32_t aimed[TOPOLOGY_MAX_REGIONS]; // requests since the last report, by whom they ask first
    uint8_t *cookies;                     // [client] region, or NO_REGION; NULL: there are none
    struct stream reports;
};

struct edge_plan edge_compile(struct model *m);
struct edge edge_open(struct world *w, uint32_t population);
// A number in 0..1 that stands for a connection or request, or with affinity for the user.
double edge_place(const struct edge_plan *plan, struct stream *choices, uint32_t client);
// For a second choice, of which a user's place is another.
static inline uint32_t edge_other(uint32_t client)
{
    return client * 40503u + 1;
}
// The member of a set that is not empty for which a place in 0..1 stands, in proportion to weights.
uint8_t edge_member(const double *weights, uint32_t set, double place);
// The regions that requests may go to, of a global balancer, by which are healthy: bit sets.
static inline uint32_t edge_usable(const struct edge_plan *plan, uint32_t healthy)
{
    return healthy == 0 && plan->tries_unhealthy ? plan->groups : healthy;
}
// The endpoint that a user's new connection goes to.
uint8_t edge_choose(const struct model *m, struct edge *edge, uint32_t population, uint32_t client);
void edge_on_status(struct edge *edge, const struct event *e);
void edge_on_dial(struct edge *edge, const struct event *e);
void edge_on_weight(struct edge *edge, const struct event *e);

// A part of the authority: an endpoint's health or nodes have changed; edges learn of it later.
void edge_note(const struct context *x, struct authority *a, uint8_t endpoint);
// A dial has been turned.
void edge_turn_dial(const struct context *x, struct authority *a, uint8_t region, double dial);
// They have given endpoints, a bit set, another weight.
void edge_set_weight(const struct context *x, struct authority *a, uint16_t endpoints,
                     uint8_t weight);
void edge_on_publish(const struct context *x, struct authority *a, const struct event *e);
