// Synchronous quorum: any replica coordinates; a write needs W of N replicas, a strong read R.
//
// What real systems do (Dynamo-style and consensus stores): the replica that is asked sends the
// operation to all, itself included, and answers when enough of them have answered; the rest follow
// later. With R + W > N a strong read meets every acknowledged write. Replicas that could not be
// reached get the write as a hint later. Modelled: coordinator, parallel asks with network and
// service times, quorum counting, timeout, hinted writes, local reads with their staleness. Of two
// writes that were under way at the same time the one with the newer version stays; the other, if
// it was acknowledged too, counts as overwritten. Left out: leases and elections, sloppy quorums,
// read repair, write conflicts as errors. Knobs: write and read quorum, read_mode, timeout.
#pragma once

#include "model/replica.h"

// A client's operation: asks all members.
void quorum_begin(const struct context *x, struct replica *r, uint32_t operation);
// This replica has done its part of an operation.
void quorum_part(const struct context *x, struct replica *r, uint32_t operation);
// Its coordinator is told.
void quorum_answer(const struct context *x, struct replica *r, const struct operation *part,
                   enum answer_status status);
void quorum_on_ask(const struct context *x, struct replica *r, const struct event *e);
void quorum_on_answer(const struct context *x, struct replica *r, const struct event *e);
// A write has been acknowledged: was one of this member's under way at the same time, and won?
void quorum_noticed(struct replica *r, const struct payload_write *write);
