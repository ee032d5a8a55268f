// Consensus: groups of items, each with a log that a majority of the members has on disk.
//
// What real systems do (etcd, CockroachDB, TiKV, YugabyteDB: Raft, Ongaro & Ousterhout, "In Search
// of an Understandable Consensus Algorithm", USENIX ATC 2014; Spanner: Paxos with leases, OSDI
// 2012). Items are dealt to groups (ranges, regions, tablets), of which each has one leader at a
// time. The leader puts a write into its log and sends it to the others; when a majority has it on
// disk it is committed, and its client is answered. A leader that falls silent is replaced by an
// election (election.h), which takes a second or two; one that is cut off from the majority can do
// nothing any more. So an acknowledged write is never lost, whatever regions and links do, as long
// as a majority of the members comes back. Modelled: Raft by messages over the network: terms,
// votes, pre-votes, heartbeats (heartbeat.h), the log and how members catch up (appending.h), reads
// by a round of heartbeats, by the leader's lease, or of the local copy (readindex.h), the handing
// over of leadership, operations that members send on to the leader they know. A write that a
// leader may have taken is not tried again elsewhere: its outcome is unknown when the time is over.
// Left out: transactions over several items, changes of membership, snapshots (a member that was
// away is sent all entries that it lacks), sessions that recognise a repeated write, errors of
// disks (errors of a store hit what clients ask, not what the log needs). Knobs: groups, leaders,
// election_timeout, heartbeat, read, lease, clock_tolerance, timeout.
#pragma once

#include "model/raftlog.h"
#include "model/replica.h"

enum { CONSENSUS_NOBODY = 255 };

enum consensus_role {
    CONSENSUS_FOLLOWER,
    CONSENSUS_ASPIRANT, // asks whether it would be elected (pre-vote)
    CONSENSUS_CANDIDATE,
    CONSENSUS_LEADER,
};

// What a leader knows of another member, for one group.
struct consensus_peer {
    uint32_t next;  // entry to be sent
    uint32_t match; // up to here it has the log on disk
    uint32_t known; // up to here it knows the log to be committed
    simtime acked;  // when the latest heartbeat left that it has answered; -1: none
    simtime since;  // when the first of them did, without a break since
};

typedef ARRAY(uint64_t) consensus_tokens; // of operations here

struct consensus_group {
    // On disk.
    uint32_t term;
    uint8_t vote; // in this term
    struct raftlog log;
    simtime promise; // by the own clock: until then no other than ...
    uint8_t promised_to;
    // In memory.
    uint8_t role;    // enum consensus_role
    uint8_t leader;  // that is known
    uint8_t wished;  // as leader
    bool is_lagging; // entries are missing: the leader has been asked for them
    uint32_t commit;
    uint32_t verified; // up to here the log is that of the leader
    uint32_t votes;    // bit set
    simtime heard;     // from the leader
    simtime patience;  // silence that is borne
    simtime deadline;  // then an election begins
    simtime asked;     // for missing entries
    // Of a leader.
    struct consensus_peer *peers; // [member]
    simtime elected;
    uint32_t ready;       // the first entry of its term
    uint8_t successor;    // leadership is being handed over to it
    bool is_told;         // it knows
    bool has_handed_over; // in this term somebody may have been elected: leases are worth nothing
    simtime gives_up;     // handing over
    simtime round;        // when it left, the round of heartbeats that `reads` wait for; or
                          // SIMTIME_NEVER
    uint32_t round_acks;  // bit set
    consensus_tokens reads, later_reads; // `later_reads` wait for the next round
};

struct consensus {
    struct consensus_group *groups; // [n_groups]
    uint32_t n_groups;
    uint32_t majority; // members
    simtime election_timeout, heartbeat, transfer_after;
    simtime lease, tolerance; // lease 0: there are none
    bool transfers_back;
    uint32_t broken;   // bit set: members to whom a message could not be brought
    uint64_t waiting;  // bit set: groups of operations that wait for a leader to be known
    uint64_t doubts;   // bit set: groups of writes of which nobody knows what becomes of them
    simtime look;      // when the deadlines are looked at next; SIMTIME_NEVER: not planned
    simtime due;       // the next heartbeats; SIMTIME_NEVER: it leads nothing
    simtime phase;     // of them
    simtime marked[3]; // when a group last lost its leader, gained this one, lost it
    struct stream elections, beats;
};

void consensus_open(struct world *w, struct replica *r);
void consensus_close(struct replica *r);

// An operation that a client, or another member, asks for.
void consensus_begin(const struct context *x, struct replica *r, uint32_t operation);
// What a read is answered with has been looked up (OPERATION_LOOKUP).
void consensus_looked_up(const struct context *x, struct replica *r, uint32_t lookup);
// It is finished, and another member had sent it on.
void consensus_answer(const struct context *x, struct replica *r, const struct operation *o,
                      enum answer_status status);
void consensus_on_answer(const struct context *x, struct replica *r, const struct event *e);
// The replica's faults have changed.
void consensus_on_fault(const struct context *x, struct replica *r, bool was_dead, bool was_silent);

// For the files of this mode.

// The operation cannot be done here: waits for a leader to be known, or goes to it.
void consensus_pass_on(const struct context *x, struct replica *r, uint32_t operation);
// A read may be answered from what this member has.
void consensus_look_up(const struct context *x, struct replica *r, uint32_t operation);
// The entry of a write was cut off: waits until it is certain what becomes of it.
void consensus_doubt(struct replica *r, uint32_t operation);
// An entry has been committed.
void consensus_decide(const struct context *x, struct replica *r, struct consensus_group *g,
                      uint64_t version);
// A leader is known that was not before, or leads no longer in doubt.
void consensus_resume(const struct context *x, struct replica *r, struct consensus_group *g,
                      bool is_new);

// An entry of a new leader that changes nothing, or a probe's: names its group instead of an item.
#define CONSENSUS_NO_ITEM UINT32_C(0xFFFFFF00)

static inline bool consensus_is_item(uint32_t item)
{
    return item < CONSENSUS_NO_ITEM;
}

static inline uint32_t consensus_index(const struct replica *r, const struct consensus_group *g)
{
    return (uint32_t)(g - r->consensus->groups);
}

static inline uint64_t consensus_bit(const struct replica *r, const struct consensus_group *g)
{
    return UINT64_C(1) << consensus_index(r, g);
}

// Neighbours in popularity are dealt to different groups.
static inline struct consensus_group *consensus_group_of(const struct replica *r, uint32_t item)
{
    const struct consensus *c = r->consensus;
    const uint32_t hash = (uint32_t)(item * UINT64_C(0x9E3779B97F4A7C15) >> 32);
    return &c->groups[consensus_is_item(item) ? (uint32_t)((uint64_t)hash * c->n_groups >> 32)
                                              : item - CONSENSUS_NO_ITEM];
}

static inline uint8_t consensus_sender(const struct context *x, const struct replica *r,
                                       const struct event *e)
{
    return (uint8_t)(event_src(e) - replica_member(x, r, 0));
}

struct consensus_message {
    uint16_t kind;
    const void *payload;
    size_t size;
    struct net_size weight;
};

// Sends to another member, in order, as over one connection. False if it cannot be brought there: a
// connection breaks then, which its sender notices.
bool consensus_send(const struct context *x, struct replica *r, uint8_t member,
                    const struct consensus_message *message);
