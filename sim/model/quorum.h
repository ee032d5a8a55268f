// Synchronous quorum: any replica coordinates; a write needs W of N replicas, a strong read R.
//
// What real systems do. Dynamo-style stores (Dynamo, SOSP 2007; Apache Cassandra): the replica that
// is asked sends the operation to all that have the item, itself included, and answers when enough
// of them have answered, counted among all, in its own region, or in each; the rest follow later.
// With R + W > N a strong read meets every acknowledged write. Replicas that could not be reached
// get the write as a hint later, if that is soon enough, else when replicas are compared
// (anti-entropy); in sloppy quorums others stand in for them. Replicas that answered a read with an
// older version are repaired. Of two writes at the same time the one with the newer version stays
// (they count as one after the other; a later one that loses to an earlier one by wrong clocks
// counts as overwritten); DynamoDB's multi-Region strong consistency refuses one of them instead
// (intent.h). Modelled: coordinator, parallel asks with network and service times and, for
// published fits, times of each leg (WARS; Bailis et al., VLDB 2012), counting, timeout, hints,
// repair, stand-ins, conflicts, witnesses, leased reads of the local copy (lease.h): writes
// then wait for all that serve and can be reached. Replicas know at once which others cannot be
// reached; an outcome does not overtake what was asked before. Left out:
// repair before a read is answered, speculative retries, asking only as many replicas as are
// needed, hints that are lost with their holder, agreement on writes that were given up (a member
// that does not hear of it takes the write for written after a while, others not: leased reads see
// it here and not there). Knobs: all of the `quorum` block.
#pragma once

#include "model/replica.h"

// Whether this replica has the item: all have in other modes.
bool quorum_has_copy(const struct replica *r, uint32_t item);
// A client's operation: asks all members that have the item.
void quorum_begin(const struct context *x, struct replica *r, uint32_t operation);
// This replica has done its part of an operation.
void quorum_part(const struct context *x, struct replica *r, uint32_t operation);
// Its coordinator is told.
void quorum_answer(const struct context *x, struct replica *r, const struct operation *part,
                   enum answer_status status);
// A client's read at this replica, of its copy if that may be read.
void quorum_read_leased(const struct context *x, struct replica *r, uint32_t operation);
// A client's operation has not got its quorum in time.
void quorum_give_up(const struct context *x, struct replica *r, uint32_t operation);
// The region loses power while it works on an operation.
void quorum_lose(const struct context *x, struct replica *r, const struct operation *o);
void quorum_on_ask(const struct context *x, struct replica *r, const struct event *e);
void quorum_on_answer(const struct context *x, struct replica *r, const struct event *e);
void quorum_on_outcome(const struct context *x, struct replica *r, const struct event *e);
void quorum_on_intent_timeout(const struct context *x, struct replica *r, const struct event *e);
// A write has been acknowledged: has it lost against one of this member's that began before it?
// Only wrong clocks can do that.
void quorum_noticed(struct replica *r, const struct payload_write *write);
