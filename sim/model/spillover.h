// Spillover: what a region has no capacity for goes on to the next.
//
// What real global balancers do. A backend has a target capacity, as a rate of requests for one
// (balancing mode RATE); it is no hard limit, but what goes beyond it is sent to the next nearest
// region that has capacity left (Google Cloud documentation, "Backend services overview",
// "Application capacity optimizations with global load balancing"). Proxies report what they send
// to a management server, which knows the capacities, computes the assignment and tells all proxies
// (Envoy, load reporting service: reports at an interval; the server "computes global assignment").
// Modelled: each population's proxy counts the requests that it aims at a region, before any is let
// go, and reports the count each period, at a time of its own; each period the authority, in the
// role of the server, adds the latest reports and sets the share that a region lets in, to capacity
// over rate. Left out: smoothing of rates, utilisation as a measure, isolation of regions. Knobs:
// capacity, report_period.
#pragma once

#include <stdint.h>

#include "model/events.h"
#include "model/topology.h"

struct authority;
struct context;
struct population;
struct world;

// A part of the authority.
struct spillover {
    uint32_t *aimed; // [population][region] at, in the period last reported
    double dial[TOPOLOGY_MAX_REGIONS];
};

// After authority_open. Without capacities nothing is reported.
void spillover_open(struct world *w);
void spillover_on_report_due(const struct context *x, struct population *p);
void spillover_on_load(const struct context *x, struct authority *a, const struct event *e);
void spillover_on_look(const struct context *x, struct authority *a);
