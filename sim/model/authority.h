// Authority: the name servers that answer for the service's name, with records, policies and health
// status.
//
// What Route 53 does (Route 53 Developer Guide, "Choosing a routing policy", "How Route 53 chooses
// records when health checking is configured", "How Route 53 determines whether a health check is
// healthy"): weighted records are chosen in proportion to weight, per answer; weight 0 only when
// every other is unhealthy; latency records by a long-term table of network latency to regions,
// blind to load; failover answers the primary while healthy, else the secondary, else the primary
// again. A record without a health check is always healthy. When all are unhealthy, all count as
// healthy (fail open). A check is healthy while more than 18 % of its checkers say so. Answers to
// queries come from the last known state and carry the addresses of the balancer's zone nodes that
// have healthy targets. Modelled: simple, weighted, latency, failover; votes of checkers;
// propagation of a status to the answers. Left out: geolocation, geoproximity, multivalue, IP-based
// policies, alias trees, control-plane changes, client subnet. Knobs: policy, ttl, health_check,
// propagation.
#pragma once

#include <stdbool.h>

#include "base/stream.h"
#include "model/events.h"
#include "model/topology.h"

struct context;
struct world;

struct authority_record {
    bool is_healthy; // as published in answers
    bool is_agreed;  // as the checkers agree now
    uint32_t votes;  // checkers that say healthy
    uint8_t zones;   // of the region's balancer, as last reported
    uint8_t *vote;   // [checker] 1: healthy
};

struct authority {
    struct stream network;
    struct stream choices;
    uint32_t n_checkers;
    struct authority_record records[TOPOLOGY_MAX_REGIONS];
};

void authority_open(struct world *w);
void authority_on_query(const struct context *x, struct authority *a, const struct event *e);
void authority_on_report(const struct context *x, struct authority *a, const struct event *e);
void authority_on_publish(const struct context *x, struct authority *a, const struct event *e);
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e);
