// Spillover: what a region has no capacity for goes on to the next.
//
// What real global balancers do. A backend has a target capacity, as a rate of requests for one
// (balancing mode RATE); it is no hard limit, but what goes beyond it is sent to the next nearest
// region that has capacity left (Google Cloud documentation, "Backend services overview",
// "Application capacity optimizations with global load balancing"). Proxies report what they send
// to a management server, which knows the capacities, computes the assignment and tells all proxies
// (Envoy, load reporting service: reports at an interval; the server "computes global assignment").
// Whose requests go on is documented nowhere; here a region's own come first: those that ask it
// before any other, as it is the nearest or their cookie's, then those that one region has let go,
// then two, and of those who come equally far the same share of each. Modelled: each population's
// proxy counts its requests by the region that they ask first and reports the counts each period,
// at a time of its own; each period the authority, in the role of the server, adds the latest
// reports up, follows what regions let go along the populations' orders, and tells all proxies how
// far each region lets in. A second try counts as a request of the region that it asks first. Left
// out: smoothing of rates, utilisation as a measure, isolation of regions. Knobs: capacity,
// report_period.
//
// How it is computed: a region's level is one number: the request that k regions have let go is let
// in with probability level - k, within 0..1. So 0.4 is two fifths of its own, 1.25 all its own and
// a quarter of those whom one region has let go.
#pragma once

#include <stdint.h>

#include "model/events.h"
#include "model/topology.h"

struct authority;
struct context;
struct model;
struct population;
struct world;

#define SPILLOVER_ALL ((double)TOPOLOGY_MAX_REGIONS) // the level of a region that is never full

// A part of the authority.
struct spillover {
    uint32_t *aimed; // [population][region asked first], in the period last reported
    double *left;    // of them, that no region has let in yet
    double level[TOPOLOGY_MAX_REGIONS];
};

// After authority_open. Without capacities nothing is reported.
void spillover_open(struct world *w);
void spillover_on_report_due(const struct context *x, struct population *p);
void spillover_on_load(const struct context *x, struct authority *a, const struct event *e);
// How far each region lets in, as things stand in the reports: level[region].
void spillover_level(const struct model *m, struct spillover *s, uint32_t usable, double *level);
void spillover_on_look(const struct context *x, struct authority *a);
