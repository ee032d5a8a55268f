// Single leader: writes go to one replica; a follower is promoted when the leader stays silent.
//
// What real systems do. Aurora Global Database and its like accept writes in one region; the others
// read their local copy and forward writes. When the leader's region fails, someone has to notice,
// decide and promote: minutes, by an operator or automation (Aurora User Guide, disaster recovery).
// Writes that had not been replicated are lost; a leader that was only cut off goes on accepting
// writes until it learns of its successor (split brain), and these are lost as well. Modelled:
// heartbeats over the network, silence, time to decide, time to promote, epochs, step-down. The
// successor is the first follower in order of regions. Promotion needs the control plane of the
// successor's region. Left out: elections, planned switchover, failing back, repair of the old
// leader's copy beyond later writes. Knobs: failover heartbeat, detect, decide, promote.
#pragma once

#include "model/replica.h"

// Longer than any caller waits; frees the memory of forwarded writes that are never answered.
extern const simtime leadership_forward_timeout;

void leadership_open(struct world *w, struct replica *r);
// A write at this replica: commit it if it leads, else forward it.
void leadership_write(const struct context *x, struct replica *r, uint32_t operation);
void leadership_on_answer(const struct context *x, struct replica *r, const struct event *e);
void leadership_on_tick(const struct context *x, struct replica *r);
void leadership_on_heartbeat(const struct context *x, struct replica *r, const struct event *e);
void leadership_on_promote(const struct context *x, struct replica *r, const struct event *e);
