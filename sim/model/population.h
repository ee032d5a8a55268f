// Client population: many users in one place, each with a connection, sending requests of several
// classes.
//
// What real clients do. Demand follows the local day. A user's client resolves the name, connects
// (TCP, TLS), and keeps the connection for later requests until it idles or ages out, so a user
// stays with a region long after the name points elsewhere. A request that fails or gets no answer
// in time is tried again after a capped exponential backoff with full jitter (AWS Architecture
// Blog, "Exponential Backoff and Jitter"); a connection that timed out is dropped. Modelled:
// Poisson arrivals with a two-harmonic diurnal curve by thinning; one HTTP/2 connection a user;
// DNS, connect and attempt timeouts; retries bounded by attempts and the deadline; a request is
// judged at its deadline. Left out: sessions and think time, retry budgets, hedging, several
// endpoints tried at once, client-side DNS caches, cancelling of work that nobody waits for any
// more. Knobs: rate, clients, timeouts, attempts, idle and age limits.
#pragma once

#include "base/stream.h"
#include "model/record.h"
#include "model/slots.h"

struct context;
struct world;
struct event;

enum request_phase {
    PHASE_RESOLVE,
    PHASE_CONNECT,
    PHASE_ANSWER,
    PHASE_BACKOFF,
    PHASE_TIMED = PHASE_BACKOFF, // phases before this one have a timeout lane
};

struct client {
    simtime opened;
    simtime last_used;
    uint8_t region; // NO_REGION: not connected
    uint8_t zone;
};

struct request {
    SLOT_HEADER;
    simtime started;
    uint64_t timer;
    uint32_t client;
    uint32_t item_word;
    uint8_t class_index;
    uint8_t phase;
    uint8_t attempt;
    uint8_t region; // endpoint of this attempt
    uint8_t zone;
};

struct population {
    uint32_t index;
    struct stream arrivals; // when, who, what: equal in all designs
    struct stream network;
    struct stream decisions; // backoff, node choice
    struct client *clients;
    SLOTS(struct request) requests;
    uint32_t lanes[PHASE_TIMED];
    uint64_t started, ended;
    // Measurements, as in struct record.
    uint64_t *outcomes;        // [class][OUTCOMES]
    uint64_t *attempts;        // [class]
    struct histogram *latency; // [class]
    uint64_t *series;          // [window][SERIES_FIELDS]
    uint64_t *served;          // [region]
};

void population_open(struct world *w, uint32_t index);
void population_close(struct world *w, uint32_t index);
void population_on_arrival(const struct context *x, struct population *p);
void population_on_retry(const struct context *x, struct population *p, const struct event *e);
void population_on_dns_answer(const struct context *x, struct population *p, const struct event *e);
void population_on_connected(const struct context *x, struct population *p, const struct event *e);
void population_on_response(const struct context *x, struct population *p, const struct event *e);
void population_on_timeout(const struct context *x, struct population *p, const struct event *e);
