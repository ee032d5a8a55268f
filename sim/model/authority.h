// Authority: the name servers that answer for the service's name, with records and the health of
// the endpoints behind them.
//
// What Route 53 does (Route 53 Developer Guide, "How Route 53 determines whether a health check is
// healthy"): a check is healthy while more than 18 % of its checkers say so. Answers to queries
// come from the last known state and carry the addresses of the balancer's zone nodes that have
// healthy targets. Which records make an answer: recordset.h. Modelled: votes of checkers;
// propagation of a status to the answers; what balancers report of their targets. Left out:
// control-plane changes, client subnet. Knobs: health_check, propagation.
#pragma once

#include <stdbool.h>

#include "base/stream.h"
#include "model/events.h"
#include "model/recordset.h"
#include "model/topology.h"

struct context;
struct world;

// A region's balancer, as far as it is known here.
struct authority_endpoint {
    bool is_agreed; // healthy, as the checkers agree now; published later
    uint32_t votes; // checkers that say healthy
    uint8_t zones;  // in the answers, as last reported
    uint8_t *vote;  // [checker] 1: healthy
};

struct authority {
    struct stream network;
    struct stream choices;
    struct record_health health; // as published in answers
    struct authority_endpoint endpoints[TOPOLOGY_MAX_REGIONS];
};

void authority_open(struct world *w);
void authority_on_query(const struct context *x, struct authority *a, const struct event *e);
void authority_on_report(const struct context *x, struct authority *a, const struct event *e);
void authority_on_publish(const struct context *x, struct authority *a, const struct event *e);
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e);
// Sets whether the checkers of a region's endpoint agree that it is healthy, as published.
void authority_set_healthy(const struct model *m, struct authority *a, int region, bool is_healthy);
