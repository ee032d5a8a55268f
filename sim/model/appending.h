// The log of a consensus store's group: appended to by the leader, copied by the others, committed.
//
// What real systems do (Raft, 5.3 and 5.4). The leader sends each entry with the term of the one
// before; a member that lacks that one refuses, and is sent the log from where it agrees. Each has
// an entry on disk before it says so. The leader commits the newest entry of its own term that a
// majority has, and all before it; the others learn of it at once (etcd's library, which
// CockroachDB uses, and TiKV's). What was not committed may be replaced by a new leader's entries.
// Modelled: each entry as a message; writing it to disk is an operation of the store like others,
// that takes the store's servers and its write time at every member; entries ahead without an
// answer are bounded (CockroachDB: 128 messages of 32 KB, 4 MB); lost messages are noticed as
// broken connections are, and what is missing is sent when the other is heard again; one that is
// out of room in its queue asks again later. Left out: batches of entries, back pressure.
#pragma once

#include "model/consensus.h"

// A write asked of the leader.
void appending_propose(const struct context *x, struct replica *r, struct consensus_group *g,
                       uint32_t operation);
// The first entry of a new leader.
void appending_begin_term(const struct context *x, struct replica *r, struct consensus_group *g);
// An entry has been written to disk here.
void appending_stored(const struct context *x, struct replica *r, uint32_t operation);
void appending_on_entry(const struct context *x, struct replica *r, const struct event *e);
void appending_on_state(const struct context *x, struct replica *r, const struct event *e);
void appending_on_commit(const struct context *x, struct replica *r, const struct event *e);
// Says how far this member has the log, or its term; it may ask for more.
void appending_tell(const struct context *x, struct replica *r, const struct consensus_group *g,
                    uint8_t member);
// The other can be reached again: sends what it lacks.
void appending_catch_up(const struct context *x, struct replica *r, struct consensus_group *g,
                        uint8_t member);
// Asks the leader for missing entries, unless that is not long ago; when it should be done again.
simtime appending_ask(const struct context *x, struct replica *r, struct consensus_group *g);
// What is not on disk is lost.
void appending_lose_power(struct consensus_group *g);
