// Guarantees: what a user's session may rely on when it reads his own items, counted, and kept if
// asked for.
//
// What real systems do. Terry et al. (PDIS 1994): "read your writes": a read finds what its session
// has written; "monotonic reads": it finds no less than an earlier read of the session. Replicas
// that follow later keep neither by themselves when a session moves from one to another: by DNS,
// anycast, a failover. MongoDB's causally consistent sessions send the time of what they have seen
// (afterClusterTime), and a member that is behind waits until it has that, or until maxTimeMS is
// over, which is an error. Cosmos DB (session consistency) sends a session token; a replica that is
// behind answers 404/1002, and the client's library turns to another replica, at last in the region
// that takes the writes. Modelled: reads of own items are judged by the marks that came with them
// (session.h): a read that returns an older version than its session knew it had written breaks
// read-your-writes, one that returns an older version than its session had been given breaks
// monotonic reads. What counts is what the client had been told when it sent the request; a
// write that was acknowledged to a service only, or whose answer was given up or got lost, counts
// for nothing: nobody could ask for it. Judged in all modes, quorums too. Kept where replicas
// follow later: a read that finds too little waits for what is missing, or is sent to a member that
// must have it: the leader, or the one that took the write; there it waits, if need be. When that
// takes too long it is an error, or answered with what there is. A write that is lost with its
// region or its leader is missing until the user writes again: so are reads that must find it.
// The leader's readers that lag (reader_lag) are passed over for the writer. Calls that ask for
// eventual reads (reading.h) get what there is: their callers have said so. What waits
// cost is part of latencies, and kept by itself (session_wait of store_record). Left out: monotonic
// writes, and writes that follow reads: where the last writer wins, a session's later write may
// lose against its own earlier one when clocks differ. Knobs: all of the `session` block.
#pragma once

#include <stdbool.h>

#include "base/array.h"
#include "model/session.h"
#include "model/store.h"

struct context;
struct event;
struct operation;
struct replica;
struct world;

enum guarantee_state { GUARANTEE_IDLE, GUARANTEE_WAITS, GUARANTEE_SENT_ON };

// What goes with an operation on an own item.
struct guarantee_read {
    struct session_mark seen; // by its session
    uint32_t next;            // operation + 1 that waits for the same item; 0: none
    uint32_t state;           // enum guarantee_state
    simtime since;            // if not idle
};

struct guarantee {
    struct session_inbox inbox;
    ARRAY(struct guarantee_read) reads; // by operation
    uint32_t n_waiting;
    uint32_t lane;
};

void guarantee_open(struct world *w, struct replica *r);
void guarantee_free(struct replica *r);
// An operation on an own item begins: what came with it.
void guarantee_note(const struct context *x, struct replica *r, uint32_t operation,
                    const struct event *e);
// A read is through its queue: it is served, waits, or is sent on.
void guarantee_read(const struct context *x, struct replica *r, uint32_t operation);
// A read of an own item is served with `version`: counts it.
void guarantee_judge(const struct context *x, struct replica *r, const struct operation *o,
                     uint64_t version);
// Sends what the session has seen by the operation ahead of its answer.
void guarantee_tell(const struct context *x, const struct replica *r, const struct operation *o,
                    simtime delay);
// The item has another version.
void guarantee_reached(const struct context *x, struct replica *r, uint32_t item);
// The answer to a read that was sent on.
void guarantee_on_answer(const struct context *x, struct replica *r, const struct event *e);
// The version that came with another member's answer.
uint64_t guarantee_version(const struct context *x, struct replica *r, const struct event *e);
void guarantee_on_timeout(const struct context *x, struct replica *r, const struct event *e);
// Nobody waits any more.
void guarantee_lose_power(const struct context *x, struct replica *r);
