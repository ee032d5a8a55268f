// Client population: many users in one place, each with connections, sending requests of several
// classes.
//
// What real clients do. A user's client resolves the name, connects (TCP, TLS), and keeps the
// connection for later requests until it idles or ages out, so a user stays with a region long
// after the name points elsewhere. A request that fails or gets no answer in time is tried again
// after a wait (retry.h); a connection that timed out is dropped. Who stops waiting closes the
// connection or resets the stream; whether that stops any work depends on all who are on the way:
// proxies pass it on (nginx: proxy_ignore_client_abort is off by default; Envoy resets the stream
// upstream), many services never look. Some programs send their deadline along (gRPC does; HTTP has
// no header for it). Modelled: demand of three kinds (demand.h); one HTTP/2 connection a user, or
// several of HTTP/1.1 (connectionpool.h); DNS, connect and attempt timeouts; connections to the
// addresses of an answer (connection.h); retries bounded by attempts, the deadline and a budget; a
// request is judged at its deadline; cancelling of attempts that are given up, and deadlines that
// go along, if asked for: by default work whose client has gone is done all the same. Left out:
// several HTTP/2 connections of a user, bounds of streams on one. Knobs: clients, timeouts,
// attempts, idle and age limits, cancel, propagate_deadline.
//
// How it is computed: one timer an attempt, as long as the shortest timeout, wakes the request to
// look whether its present phase is due.
#pragma once

#include "base/stream.h"
#include "model/client.h"
#include "model/connectionpool.h"
#include "model/cookie.h"
#include "model/drain.h"
#include "model/model.h"
#include "model/record.h"
#include "model/session.h"
#include "model/slots.h"
#include "model/useruptime.h"

struct context;
struct world;
struct event;

enum request_phase {
    PHASE_RESOLVE,
    PHASE_CONNECT,
    PHASE_ANSWER,
    PHASE_BACKOFF,
    PHASE_ACQUIRE, // waits for one of its user's connections
};

struct request {
    _Alignas(64) SLOT_HEADER;
    simtime started;
    simtime due;    // of the current phase: a timeout
    uint64_t timer; // wakes the request at its due time or before; 0: none armed
    uint32_t client;
    uint32_t item_word;
    uint32_t window; // of the time series, in which it started
    uint8_t class_index;
    uint8_t phase;
    uint8_t attempt;
    uint8_t region; // endpoint of this attempt: a region's number, or beyond (endpoint.h)
    uint8_t zone;
    uint8_t cause;   // enum route_cause: why it goes there
    uint16_t others; // regions of the answer that it has not tried
    int32_t taken;   // thousandths of a token, for this attempt
    simtime waited;  // before this attempt
};

_Static_assert(sizeof(struct request) == 64, "a cache line");

// What few populations need to know of a request.
struct request_cold {
    struct visit visit;
    simtime reaches; // when the attempt's message arrives at its balancer
    uint32_t trial;  // of the region's breaker, that the attempt is part of; 0: of none
    // Hedging; frames count from 1, 0: none.
    uint64_t hedge_timer; // of the next copy; 0: none armed
    uint32_t original;    // of a copy: its request
    uint32_t next_copy;   // of the same request
    uint16_t n_copies;    // made in all
    uint8_t n_hedges;     // for this attempt
    bool has_failed;      // the attempt itself, while copies may succeed
    // Connection pools; numbers and frames count from 1, 0: none.
    uint8_t connection;      // of its user's, that the attempt has
    uint32_t before, behind; // of the same user's requests that wait for one
    // Of a global balancer (frontend.h).
    uint8_t n_tries; // of the attempt, by the proxy
    simtime due;     // the client's timeout of it
};

struct population {
    uint32_t index;
    uint32_t lane; // of timers, as long as the shortest timeout of any phase
    const struct population_plan *plan;
    const struct path *paths;     // [to place]
    struct client *clients;       // [n_clients], with pools [n_clients][n_connections]
    struct connectionpool *pools; // [n_clients]; NULL: all requests share one connection
    cookie *cookies;              // [n_clients]; NULL: no balancer is sticky
    struct session_inbox inbox;
    struct session_mark *sessions; // [n_clients][n_session_stores]; NULL: no own items
    struct stream addresses;       // of users, for balancers that look at them: never advanced
    SLOTS(struct request) requests;
    ARRAY(struct request_cold) cold; // beside the requests, if the plan has any
    struct demand demand;
    uint32_t hedge_lane, hedge_saved;
    struct breaker *breakers; // NULL: none
    uint32_t n_copies;        // of the requests: those that are copies of others
    struct namecache names;
    struct drain drain;
    struct edge edge;
    struct retry_budget budget;
    simtime window_end; // of the series, with the latest request
    uint32_t window;
    struct stream network;
    struct stream decisions; // backoff, node choice
    uint64_t started, ended;
    // Measurements, as in struct record.
    uint64_t *outcomes;        // [class][OUTCOMES]
    uint64_t *attempts;        // [class]
    struct histogram *latency; // [class]
    uint64_t *series;          // [window][SERIES_FIELDS]
    struct useruptime uptime;
    uint64_t *served, *tried; // [endpoint]
};

void population_open(struct world *w, uint32_t index);
void population_close(struct world *w, uint32_t index);
// A request begins.
void population_begin(const struct context *x, struct population *p, const struct wish *wish);
// The request ends, by `x->now`.
void population_finish(const struct context *x, struct population *p, uint32_t index,
                       enum outcome outcome);
