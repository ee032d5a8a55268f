// Horizon: how far back every write has arrived in all copies of a store.
//
// What it is for: of many items only those are kept of which something is under way (items.h).
// Where reads are of several replicas' copies, or of the past, or a leader's writes may be thrown
// away, what is under way anywhere matters everywhere: a replica that answers "as it was" must not
// be taken for one that has missed something, nor one that has missed something for up to date. All
// but multi-leader stores' replicas look every
// `period` how long ago the oldest write was told of here that has not arrived here, and tell the
// others, by a message of the program's own bookkeeping, which no fault stops. All look at the same
// time, and a message takes less than a period; so at the next look all know the same, and agree on
// the greatest version below all that were under way at the last look, or could still be made or
// acknowledged: by the slowest clock, and by the longest time from a version to its acknowledgement
// and from that to the last notice. From then on acknowledged versions up to it are all alike: a
// read has met them, none is repaired, one that arrives is no news. A period is no shorter than any
// operation: those that are judged now began when these versions were in all copies.
//
// A single leader's followers meet its log in order: a write has arrived when it was applied, or
// thrown away because there is another leader, and all are told of that before anybody can drop it.
// One that will be lost with its region is told of, too, and not waited for.
//
// A quorum's write that was not acknowledged holds nobody up: it may stay in some copies for good,
// or come to others at any time, by a late part (of all that refuse conflicts the only way), a hint
// or a repair. Its coordinator tells all that have the item; they keep it until a later version is
// here, and whoever has the failed version keeps that and answers with it. Then what arrives is
// compared as if nothing had been forgotten: what had settled before is older than the failed
// write, which was under way then.
//
// Limits, of memory only. Stores behind caches settle nothing, nor do quorum stores with users' own
// items: these compare versions that are old (cachefeed.h, session.h); nor those with fewer copies
// of an item than replicas, if all copies of one are gone for good, of which the end of the run is
// asked; nor do those of consensus, whose versions no clock makes. A replica that will never be
// back counts no more; but a write that never reaches a replica that is there (a hint that came too
// late, and nothing compares replicas) keeps the horizon where it is until the item is written
// again or read repair brings it: memory then grows with what is written.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "model/store.h"

struct context;
struct event;
struct operation;
struct payload_write;
struct replica;
struct world;

struct horizon_notice {
    uint64_t version;
    simtime told; // when
    uint32_t item;
    uint32_t serial; // of its member
};

struct horizon {
    bool is_on;
    simtime period;
    simtime margin; // a version older than what was told of here, by its clock, was not under way
    simtime told[STORE_MAX_MEMBERS]; // since when there has been something under way, at their look
    // Single leader, by member: the serial of its next write that is to come here, in order of the
    // log; and from which on they never will.
    uint32_t met[STORE_MAX_MEMBERS], dies[STORE_MAX_MEMBERS];
    struct horizon_notice *ring; // positions first .. next-1, in order of time
    uint64_t first;              // has not settled
    uint64_t waiting;            // is under way to here
    uint64_t next;
    uint64_t mask; // capacity - 1
};

// After the copy: decides how its versions settle, if any do.
void horizon_open(struct world *w, struct replica *r);
void horizon_free(struct horizon *h);
// A write was acknowledged; the copy has been told.
void horizon_notice(struct replica *r, simtime now, const struct payload_write *write);
// A write that this replica coordinated was not acknowledged; it may be in some copies.
void horizon_fail(const struct context *x, struct replica *r, const struct operation *o);
void horizon_on_failed(struct replica *r, const struct event *e);
// Single leader: a write has come here, and has been applied or thrown away; one of this leader's
// will be lost with it.
void horizon_meet(struct replica *r, const struct payload_write *write);
void horizon_die(const struct context *x, const struct replica *r,
                 const struct payload_write *write);
void horizon_on_death(struct replica *r, const struct event *e);
void horizon_on_look(const struct context *x, struct replica *r);
void horizon_on_told(const struct context *x, struct replica *r, const struct event *e);
