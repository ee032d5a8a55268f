// Checker: one of the unsynchronised health checkers that probe a check's endpoint from somewhere
// in the world.
//
// What Route 53's checkers do (Developer Guide, "How Route 53 determines whether a health check is
// healthy"): each probes on its own, the interval counted from a response to the next request;
// HTTP: a connection within 4 s and a 2xx or 3xx status within 2 s after it is a success; TCP: a
// connection within 10 s, whatever the service behind it makes of requests; a threshold of
// consecutive results flips the checker's own verdict. A string match also looks for a text in the
// first 5,120 bytes of the body, which may take 2 s more. Modelled: connection and request over the
// network to a balancer node, random phase, verdict changes sent to the authority; string matches,
// which find answers that are wrong but for their status. A deep probe runs the service's calls; a
// disabled check's checkers stand still. Probes whose outcome is certain are not sent
// (foresight.h); those of an endpoint whose metrics an alarm looks at always are. Left out: TLS
// set-up; a body that comes after its status. Knobs: kind, interval, threshold, timeouts,
// checker_regions.
#pragma once

#include "base/stream.h"
#include "model/calm.h"
#include "model/events.h"
#include "model/probe.h"

struct context;
struct model;
struct world;

struct checker {
    uint32_t index;
    uint32_t lane;
    bool is_off;     // its check is disabled
    bool is_planned; // an EV_PROBE_SEND is to come
    bool is_waiting; // for the outcome of a probe
    uint8_t epoch;   // of its check
    uint64_t probe;  // number of the current probe: its token
    uint64_t timer;  // comes when it is due or before; 0: none armed
    simtime due;     // when the probe will have taken too long
    simtime sent;
    struct probe_state state;
    struct stream network, choices;
    struct stream words; // one a probe
    uint8_t zones;       // nodes in the endpoint's DNS name
    simtime interval, longest_connect, longest_answer, longest_foreseen;
    bool interval_from_response, is_tcp;
    bool is_foreseen; // probes are, if all is well
    uint64_t plan;    // number of the plan that holds, for the next probe to be sent
    // Of the probes that were worked out ahead: when the first is sent, and the number before its
    // own. SIMTIME_NEVER: none are.
    simtime since;
    uint64_t before;
    struct calm_view calm; // of the endpoint
};

void checker_open(struct world *w, uint32_t index);
void checker_on_send(const struct context *x, struct checker *c, const struct event *e);
void checker_on_response(const struct context *x, struct checker *c, const struct event *e);
void checker_on_timeout(const struct context *x, struct checker *c, const struct event *e);
void checker_on_zones(const struct context *x, struct checker *c, const struct event *e);
void checker_on_switch(const struct context *x, struct checker *c, const struct event *e);
void checker_on_calm(const struct context *x, struct checker *c, const struct event *e);
// The endpoint that checker `index` probes.
uint8_t checker_endpoint(const struct model *m, uint32_t index);
