// Asynchronous replication: acknowledged writes travel to the other members, late but reliably.
//
// What real systems do. DynamoDB global tables, Aurora Global Database and their like acknowledge a
// write in its region and ship it afterwards: typically within a second, without bound while a
// region or link is down; pending changes are retried until they arrive, then replicas converge.
// Under multi-leader concurrent writes of an item meet: the last writer wins, by the clocks of the
// regions, the other write is lost silently. Modelled: the way (pipe.h), appliers of finite speed
// at the receiver with their backlog, its limits of throughput (throughput.h), last writer wins,
// writes of a replaced leader thrown away and its copy repaired. Left out: transactions over
// several items. Knobs: replication delay, batch, send_time, bandwidth, apply_time, appliers;
// clock_error of regions.
#pragma once

#include "model/replica.h"

bool replication_judge(const struct context *x, struct replica *r, const struct operation *o);
// Whether an operation's write is conditional and may not take effect; counted. Draws.
static inline bool replication_refuses(const struct context *x, struct replica *r,
                                       const struct operation *o)
{
    return UNLIKELY(r->condition != NULL) && replication_judge(x, r, o);
}
// A write that was judged has been made: it changes the item, though it may have to wait for others
// before it can be read.
void replication_note_judged(const struct context *x, struct replica *r, const struct operation *o);
// Makes a write of an operation, not yet acknowledged if `committed` is SIMTIME_NEVER.
struct payload_write replication_take(const struct context *x, struct replica *r,
                                      struct operation *o, simtime committed);
// Sends it to all others; returns when the first copy leaves.
simtime replication_ship(const struct context *x, struct replica *r, const struct operation *o,
                         const struct payload_write *write);
// Counts an acknowledged write that leaves too late; true if it is lost for good.
bool replication_expose(const struct context *x, struct replica *r, simtime leaves,
                        uint32_t serial);
// A write of an operation has taken effect here: remembers it, if its client may not be told.
void replication_await(struct replica *r, const struct operation *o);
// Commits a write operation at this replica and ships it to all others.
void replication_commit(const struct context *x, struct replica *r, struct operation *o);
// Brings a write that could not reach a member, this one perhaps, to it from `ready` on, as soon as
// the way is clear.
void replication_hint(const struct context *x, struct replica *r, int member,
                      const struct payload_write *write, simtime ready);
void replication_on_write(const struct context *x, struct replica *r, const struct event *e);
void replication_on_units(const struct context *x, struct replica *r, const struct event *e);
void replication_on_apply(const struct context *x, struct replica *r, const struct event *e);
// Another member has thrown away a write of a former leader.
void replication_on_discarded(struct replica *r, const struct event *e);
void replication_on_repair(const struct context *x, struct replica *r, const struct event *e);
// A member has got a write of a leader that had been replaced.
void replication_on_verify(const struct context *x, struct replica *r, const struct event *e);
// An acknowledged write takes effect here: its lag, and what it means for recovery.
void replication_note(const struct context *x, struct replica *r, const struct payload_write *p);
// A write has been acknowledged: one that a synchronous follower has applied before has no lag.
void replication_note_early(const struct context *x, struct replica *r,
                            const struct payload_write *p);
// After the run, x->now is its end: a write that was still under way to this replica arrives, too
// late for what has been healed to have converged. False: it is thrown away.
bool replication_settle(const struct context *x, struct replica *r,
                        const struct payload_write *write);
