// Hedging: a second copy of a request that takes long, and the first answer wins.
//
// What real clients do. The slowest answers of a large service are slow by bad luck: a queue, a
// pause, a sick server. A copy sent after a delay about the 95th percentile meets other luck; it
// costs 5 % more requests and cuts the tail (Dean, Barroso, "The Tail at Scale", CACM 2013). gRPC's
// hedging policy counts the delay from the first copy on and cancels the others when one has been
// answered; Finagle's backup requests add at most a share of the load, so that a service that is
// slow as a whole is not asked twice by all. What changes things is not to be asked for twice.
// Modelled: all of that; a copy is an attempt of its own with name, connection and timeouts, over
// the user's connection or to another address of the answer if there is one (behind an accelerator,
// over another connection, of which the accelerator decides where it goes); the attempt has failed
// when all copies have; the connection of a copy sent elsewhere becomes the user's when it wins.
// Losers are cancelled if the client cancels at all. Left out: delays that follow the measured
// percentile, servers that tell each other of the copies (tied requests). Knobs: hedge, cancel.
#pragma once

#include <stdbool.h>

#include "base/simtime.h"
#include "model/workload.h"

struct context;
struct event;
struct population;
struct world;

struct hedge_plan {
    simtime after;
    uint32_t most; // copies an attempt; 0: no hedging
    bool writes;   // are hedged as well
    bool is_elsewhere;
    bool is_adopted; // a copy's connection, by its user, when it wins
    uint32_t gain;   // of a request that may be hedged: millionths of a copy
};

struct hedge_plan hedge_compile(const struct hedge_spec *spec);
// Makes the timers' lane.
void hedge_open(struct world *w, struct population *p, uint32_t lp);
// A request begins: it adds to the budget.
void hedge_on_call(const struct context *x, struct population *p, uint32_t index);
// An attempt of a request, or of a copy, begins.
void hedge_watch(const struct context *x, struct population *p, uint32_t index);
void hedge_on_due(const struct context *x, struct population *p, const struct event *e);
// Of the addresses of an answer leaves a copy those that its request does not use, if there are
// any. zones: 0 means all.
void hedge_avoid(const struct context *x, const struct population *p, uint32_t index,
                 uint16_t *regions, uint8_t *zones);
bool hedge_is_copy(const struct population *p, uint32_t index);
// A request or copy has its answer: the others end. Returns the request.
uint32_t hedge_settle(const struct context *x, struct population *p, uint32_t winner);
// A request's copies end.
void hedge_end(const struct context *x, struct population *p, uint32_t index);
// A request's attempt, or a copy, has failed: true while another may succeed. Else *index becomes
// the request.
bool hedge_hopes(const struct context *x, struct population *p, uint32_t *index);
