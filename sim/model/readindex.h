// Reads at a consensus store's leader: is it still the leader, and does it know all that is
// committed?
//
// What real systems do. Without leases the leader notes how far the log is committed, makes sure
// by a round of heartbeats that no other leads, and reads (read index: Ongaro's thesis, 6.4; etcd,
// TiKV); reads that come meanwhile share the next round, and a round that is not answered is tried
// again, as in etcd's server. With a lease it needs
// no round: a member that answers a heartbeat promises not to vote for another until its clock
// shows the time at which the heartbeat left plus the lease. So a lease of a majority excludes
// another leader, if clocks differ by no more than is allowed for (CockroachDB: leader leases on
// store liveness, 3 s; TiKV 9 s, Spanner 10 s, YugabyteDB 2 s). The price: nobody else can lead
// before the lease of a lost leader is over. If clocks are worse, an old leader that is cut off
// answers with old values. Modelled: both; a leader without a valid lease falls back to a round; a
// new leader answers only when an entry of its own term is committed (Raft, section 8). Left out:
// reads at followers by the leader's index, at timestamps in the past. Knobs: read, lease,
// clock_tolerance; clock_offset and clock_error of regions.
#pragma once

#include "model/consensus.h"

// A read asked of the leader: begins its work when it may.
void readindex_ask(const struct context *x, struct replica *r, struct consensus_group *g,
                   uint32_t operation);
// A member has answered a heartbeat that left at `sent`.
void readindex_note_answer(const struct context *x, struct replica *r, struct consensus_group *g,
                           uint8_t member, simtime sent);
// A round may have been lost on its way; when to look again.
simtime readindex_retry(const struct context *x, struct replica *r, struct consensus_group *g);
// More of the log is committed.
void readindex_look(const struct context *x, struct replica *r, struct consensus_group *g);
// It leads no longer: those that wait are asked elsewhere.
void readindex_leave(const struct context *x, struct replica *r, struct consensus_group *g);
