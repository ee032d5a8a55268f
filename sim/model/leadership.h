// Single leader: writes go to one replica; a follower is promoted when the leader stays silent.
//
// What real systems do. Aurora Global Database and its like accept writes in one region; the others
// read their local copy and forward writes. When the leader's region fails, someone has to notice,
// decide and promote: minutes, by an operator or automation (Aurora User Guide, disaster recovery).
// Writes that had not been replicated are lost; a leader that was only cut off goes on accepting
// writes until it learns of its successor (split brain), and these are lost as well. Modelled:
// heartbeats over the network, silence, time to decide, time to promote, epochs, step-down, repair
// of copies that have what the new leader lacks (replication.h); what operators do in handover.h,
// when writes count as written in commit.h, reads in order with writes in position.h. A successor
// applies what it has received before it leads. It is the first follower in order of regions.
// Promotion needs the control plane of the successor's region. Left out: elections, failing back.
// Knobs: failover heartbeat, detect, decide, promote.
#pragma once

#include "model/replica.h"

// Longer than any caller waits; frees the memory of forwarded writes that are never answered.
extern const simtime leadership_forward_timeout;

void leadership_open(struct world *w, struct replica *r);
// A write at this replica: commit it if it leads, else forward it.
void leadership_write(const struct context *x, struct replica *r, uint32_t operation);
// A write of the log is here; and has taken effect.
void leadership_received(const struct context *x, struct replica *r, const struct payload_write *p);
void leadership_applied(const struct context *x, struct replica *r, const struct payload_write *p);
// Another leads from now on: `base` is the position where its log of the epoch begins.
void leadership_follow(const struct context *x, struct replica *r, uint32_t epoch, uint8_t member,
                       uint32_t base);
// When the last write that this follower has received will have been applied here.
simtime leadership_applied_at(const struct replica *r);
// This member leads from now on.
void leadership_take_over(const struct context *x, struct replica *r);
// The leader takes no writes for a while.
void leadership_pause(const struct context *x, struct replica *r);
void leadership_on_answer(const struct context *x, struct replica *r, const struct event *e);
// From a follower: the client of a write that it sent here has been told.
void leadership_on_told(struct replica *r, const struct event *e);
void leadership_on_tick(const struct context *x, struct replica *r);
void leadership_on_heartbeat(const struct context *x, struct replica *r, const struct event *e);
void leadership_on_promote(const struct context *x, struct replica *r, const struct event *e);
