// Elections: how a group of a consensus store gets its leader, and another one.
//
// What real systems do. A member that has heard nothing from its group's leader for a time drawn
// from once to twice the election timeout first asks whether it would be elected (pre-vote:
// Ongaro's thesis, 9.6; on in etcd since 3.5, CockroachDB, TiKV), then begins a new term and asks
// for votes. A member has one vote a term, and gives it only to a log that is not behind its own
// (Raft, 5.4.1); it does not vote while it hears from a leader, or is bound by the lease that it
// has granted one. A leader that is not answered by a majority for an election timeout steps down
// (check quorum). Leadership is handed over by telling a member that is up to date to stand at once
// (thesis, 3.10); meanwhile operations wait. From the loss of a leader to the first entry of the
// next: CockroachDB's list (pkg/base/config.go) has the same parts: up to a heartbeat less, once to
// twice the timeout, three round trips. Modelled: all of this, a random timeout of its own for each
// group and member. Left out: priorities. Knobs: election_timeout, heartbeat, leaders,
// transfer_back.
//
// If k members of equal logs stand, the first does after T (1 + u), u being the least of k uniform
// draws: P(u > x) = (1 - x)^k, mean 1 / (k + 1).
#pragma once

#include "model/consensus.h"

enum election_kind {
    ELECTION_PRE, // would you vote?
    ELECTION_REAL,
    ELECTION_TRANSFER, // real, and the leader has asked for it
};

void election_open(struct world *w, struct replica *r);
void election_on_look(const struct context *x, struct replica *r);
void election_on_request(const struct context *x, struct replica *r, const struct event *e);
void election_on_vote(const struct context *x, struct replica *r, const struct event *e);
void election_on_take_over(const struct context *x, struct replica *r, const struct event *e);

// A leader of this term, which is not an old one, has been heard.
void election_follow(const struct context *x, struct replica *r, struct consensus_group *g,
                     uint32_t term, uint8_t leader);
// Looks at the group at a time, if not before.
void election_look_by(const struct context *x, struct replica *r, simtime time);
// There is a newer term.
void election_adopt(const struct context *x, struct replica *r, struct consensus_group *g,
                    uint32_t term);
// The leader leads no longer.
void election_step_down(const struct context *x, struct replica *r, struct consensus_group *g);
// A leader looks whether it should hand over, or give that up.
void election_consider_transfer(const struct context *x, struct replica *r,
                                struct consensus_group *g);
// Hands over if the successor has the whole log.
void election_try_transfer(const struct context *x, struct replica *r, struct consensus_group *g);
// All deadlines begin anew: the member is back.
void election_return(const struct context *x, struct replica *r);
