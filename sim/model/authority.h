// Authority: the name servers that answer for the service's name, with records and the health of
// the endpoints behind them.
//
// What Route 53 does (Route 53 Developer Guide, "How Route 53 chooses records when health checking
// is configured"): answers to queries come from the last known state of checks and records and
// carry the addresses of the balancer's zone nodes that have healthy targets. Which records make an
// answer: recordset.h; what is known of their health: check.h; what operators change: action.h.
// Modelled: what balancers report of their targets. Left out: client subnet. Knobs: health_check,
// checks.
#pragma once

#include <stdbool.h>

#include "base/stream.h"
#include "model/check.h"
#include "model/events.h"
#include "model/recordset.h"
#include "model/spillover.h"
#include "model/topology.h"

struct context;
struct world;

enum { AUTHORITY_PLANES = 2 };

struct authority {
    struct stream network;
    struct stream choices;
    struct record_health health; // as published in answers
    uint64_t agreed;             // bit set of checks that are healthy as decided now
    struct check *checks;
    uint32_t answered; // bit set of endpoints that users are sent to, as far as is known here
    // When the last change by each of the control planes (action.h) arrives, or arrived.
    simtime changed[AUTHORITY_PLANES];
    uint8_t zones[TOPOLOGY_MAX_ENDPOINTS]; // of the balancer in the answers, as last reported
    // What users have been told of both: lags behind where an accelerator stands between.
    uint32_t told;
    uint8_t told_zones[TOPOLOGY_MAX_ENDPOINTS];
    struct stream reactions;
    simtime *edges; // [population] when the last change reaches, or has reached, its edge
    struct spillover spillover;
};

void authority_open(struct world *w);
void authority_on_query(const struct context *x, struct authority *a, const struct event *e);
// Users are told of an endpoint from here on: notes what changes for them; false: nothing.
bool authority_publish(const struct context *x, struct authority *a, uint8_t endpoint);
// Notes endpoints that answers leave or come back to, after a change of health.
void authority_note_endpoints(const struct context *x, struct authority *a);
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e);
// Sets whether a check is healthy, as published; the default check of a region has its index.
void authority_set_healthy(const struct model *m, struct authority *a, int check, bool is_healthy);
