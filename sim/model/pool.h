// Pool: the servers of one service in one zone, with one FIFO queue, and the calls they make.
//
// What real services do: a request waits for a worker, is worked on, calls other services and
// stores in sequence or in parallel, each with a timeout, and is answered. Full queues turn
// requests away; a request whose caller has given up is still worked on. Modelled: servers with a
// bounded FIFO queue, any distribution of work, calls by probability, a bound on requests in flight
// (calls included), faults: dead (no answer), refusing, slow, errors, lost capacity. Left out:
// processor sharing, warm-up of caches, memory, garbage collection, autoscaling. A server works on
// one request at a time and is free again while that request waits for its calls (asynchronous
// I/O). Knobs: servers, work, queue, concurrency, timeouts of calls.
#pragma once

#include "base/stream.h"
#include "model/events.h"
#include "model/slots.h"
#include "model/station.h"
#include "model/timeline.h"
#include "model/topology.h"

struct context;
struct world;

struct task {
    SLOT_HEADER;
    uint64_t call;   // caller's token
    uint32_t caller; // LP
    uint32_t item_word;
    uint8_t class_index;
    uint8_t flags;
    uint8_t node;    // zone of the balancer node it came through
    uint8_t step;    // of its calls
    uint8_t pending; // calls of this step without answer
};

struct call {
    SLOT_HEADER;
    uint64_t task; // token
    uint64_t timer;
    uint8_t index; // in the service's calls
};

struct pool {
    uint32_t index;
    uint16_t service, region, zone;
    const struct fault_state *fault;
    struct station station;
    uint64_t in_flight_limit;
    SLOTS(struct task) tasks;
    SLOTS(struct call) calls;
    uint32_t lanes[TOPOLOGY_MAX_CALLS];
    struct stream work, network, choices, errors;
    double stretch; // of work: makes up for whole servers standing for a share of capacity
};

void pool_open(struct world *w, uint32_t index);
void pool_close(struct world *w, uint32_t index);
void pool_on_request(const struct context *x, struct pool *p, const struct event *e);
void pool_on_work_done(const struct context *x, struct pool *p, const struct event *e);
void pool_on_call_response(const struct context *x, struct pool *p, const struct event *e);
void pool_on_call_timeout(const struct context *x, struct pool *p, const struct event *e);
void pool_on_fault(const struct context *x, struct pool *p, const struct event *e);
