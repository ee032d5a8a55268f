// Synchronous quorum: any replica coordinates; a write needs W of N replicas, a strong read R.
//
// What real systems do (Dynamo-style and consensus stores): the replica that is asked sends the
// operation to all others and answers when enough of them, itself included, have answered; the rest
// follow later. With R + W > N a strong read meets every acknowledged write. Replicas that could
// not be reached get the write as a hint later. Modelled: coordinator, parallel asks with network
// and service times, quorum counting, timeout, hinted writes, local reads with their staleness.
// Left out: leases and elections, sloppy quorums, read repair, write conflicts as errors. Knobs:
// write and read quorum, read_mode, timeout.
#pragma once

#include "model/replica.h"

// The coordinator has done its own part of a client's operation: ask the others.
void quorum_begin(const struct context *x, struct replica *r, uint32_t operation);
// This replica has done its part of another's operation: apply and answer.
void quorum_part(const struct context *x, struct replica *r, uint32_t operation);
void quorum_on_ask(const struct context *x, struct replica *r, const struct event *e);
void quorum_on_answer(const struct context *x, struct replica *r, const struct event *e);
void quorum_on_commit(const struct context *x, struct replica *r, const struct event *e);
