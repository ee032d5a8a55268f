// Heartbeats of a consensus store: leaders are alive, and know that a majority follows them.
//
// What real systems do. A leader sends heartbeats all the time; heartbeats of all groups between
// two members travel together (CockroachDB coalesces them). A follower that is answered to knows
// that there is a leader; a leader that is answered by a majority knows that it still led when the
// heartbeat left, which is what reads and leases rest on (readindex.h). Modelled: one message to
// each other member for all groups that are led in the same term, its answer, on a connection of
// their own (CockroachDB's system class). Left out: the pause of idle groups (hibernation). Knobs:
// heartbeat.
#pragma once

#include "model/consensus.h"

void heartbeat_open(struct world *w, struct replica *r);
void heartbeat_on_due(const struct context *x, struct replica *r);
void heartbeat_on_beat(const struct context *x, struct replica *r, const struct event *e);
void heartbeat_on_answer(const struct context *x, struct replica *r, const struct event *e);
// The member has become a leader: its heartbeats are sent.
void heartbeat_wake(const struct context *x, struct replica *r);
// Sends one now, for one group.
void heartbeat_send(const struct context *x, struct replica *r, const struct consensus_group *g);
// A majority, the leader included, has answered heartbeats that left at this time or later; < 0:
// there is none.
simtime heartbeat_majority(const struct replica *r, const struct consensus_group *g, simtime now);
