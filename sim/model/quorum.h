// Synchronous quorum: any replica coordinates; a write needs W of N replicas, a strong read R.
//
// What real systems do. Dynamo-style stores (Dynamo, SOSP 2007; Apache Cassandra): the replica that
// is asked sends the operation to all that have the item, itself included, and answers when enough
// of them have answered, counted among all, in its own region, or in each; the rest follow later.
// With R + W > N a strong read meets every acknowledged write. Replicas that could not be reached
// get the write as a hint later, if that is soon enough, else when replicas are compared
// (anti-entropy); in sloppy quorums others stand in for them. Replicas that answered a read with an
// older version are repaired. A coordinator stamps a write with its own clock, and of two writes
// the newer version stays, whatever is there: rival.h says which writes that overwrites, and where
// none are because quorums meet. DynamoDB's multi-Region strong consistency refuses one of two
// writes at the same time instead (intent.h). Modelled: coordinator, parallel asks with network and
// service times and, for published fits, times of each leg (WARS; Bailis et al., VLDB 2012),
// counting, timeout, hints, repair, stand-ins, conflicts, witnesses, leased reads of the local copy
// (lease.h): writes then wait for all that serve and can be reached. Replicas know at once which
// others cannot be reached; a part that a member turns away, or the coordinator itself, is made up
// for by a hint when that is known, one that is lost with a member's power when its coordinator has
// waited in vain. An outcome does not overtake what was asked before. Hints are lost with a holder
// that is gone for good (remains.h), and no others. Left out: repair before a read is answered,
// speculative retries, asking only as many replicas as are needed; where conflicts are refused,
// writes that take effect though their client got an error (intent.h). Knobs: all of the `quorum`
// block; clock_offset and clock_error of regions.
#pragma once

#include "model/replica.h"

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
