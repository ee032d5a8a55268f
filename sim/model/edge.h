// Edge: where users enter the cloud's network when an accelerator stands in front of the regions.
//
// What Global Accelerator does (Global Accelerator Developer Guide, "How AWS Global Accelerator
// works", "Traffic dials", "Endpoint weights", "Client affinity"): its name resolves to static
// anycast addresses, so DNS takes no part in failover. The nearest edge location ends the user's
// TCP connection and opens one of its own to a region, over the cloud's backbone. A new connection
// is aimed at the nearest endpoint group, of which the traffic dial lets a share in; the rest goes
// on to the next. An aimed group that is unhealthy is replaced by the next of the three nearest
// others, whatever their dials say; when none is healthy the nearest gets it all (fail open). A
// group is healthy while the balancer behind it has healthy targets, or as its own check says. A
// connection stays with its group, healthy or not, until it is closed or idle for 340 s. Traffic
// comes back about 30 s after recovery. With client affinity all connections of an address go to
// one group. Modelled: all of that, an edge for each population, a group for each region with the
// entry's balancer as its endpoint; the user's connection to the edge succeeds whatever the region
// does. Left out: several endpoints of a group and weights among them, UDP, changes of the anycast
// route, network zones of the two addresses. Knobs: policy, dial, health_check, accelerator.
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
    uint16_t groups;         // bit set of regions with one
    double dial[TOPOLOGY_MAX_REGIONS];
};

// What the edge of a population knows.
struct edge {
    uint16_t healthy;                    // bit set of regions whose group is
    uint8_t zones[TOPOLOGY_MAX_REGIONS]; // nodes of their balancers, a bit set
    double dial[TOPOLOGY_MAX_REGIONS];
    struct stream choices;
};

struct edge_plan edge_compile(struct model *m);
struct edge edge_open(const struct world *w, const char *population);
// The region that a user's new connection goes to.
uint8_t edge_choose(const struct model *m, struct edge *edge, uint32_t population, uint32_t client);
void edge_on_status(struct edge *edge, const struct event *e);
void edge_on_dial(struct edge *edge, const struct event *e);

// A part of the authority: a region's health or nodes have changed; edges learn of it later.
void edge_note(const struct context *x, struct authority *a, uint8_t region);
// Operators have turned a dial.
void edge_turn_dial(const struct context *x, struct authority *a, uint8_t region, double dial);
void edge_on_publish(const struct context *x, struct authority *a, const struct event *e);
