// Replica: a store's copy in one region: operations on items, and the part it plays in replication.
//
// Modelled for every store: operations wait in a bounded FIFO queue for one of the replica's
// servers; items have versions and skewed popularity; faults make a replica dead, refusing, slow,
// erring, or short of capacity; limits of throughput (throughput.h); conditional writes
// (condition.h). By mode: asynchronous multi-leader (replication.h), single leader
// with reads from the local copy (leadership.h), synchronous quorum (quorum.h), consensus
// (consensus.h). How stale reads are is found out in copy.h, what became of writes in fates.h. A
// replica is as available as its region, or its zone, or as its instances and storage there
// (cluster.h). Left out: transactions. Knobs: mode, times, servers, replication, quorum, leading,
// failover, cluster, consensus.
//
// How it is computed: operations are planned on arrival, as a pool's work is (pool.h). A read of
// the local copy is then answered and noted ahead of its time: the answer carries no data, and the
// log of reads is told of what is written to the copy until then (copy.h), so that it holds what
// an event at the read's end would have found. Writes and quorums happen when they are done.
#pragma once

#include "base/stream.h"
#include "model/condition.h"
#include "model/copy.h"
#include "model/events.h"
#include "model/fates.h"
#include "model/guarantee.h"
#include "model/horizon.h"
#include "model/intent.h"
#include "model/net.h"
#include "model/reading.h"
#include "model/recovery.h"
#include "model/slots.h"
#include "model/station.h"
#include "model/storerecord.h"
#include "model/throughput.h"
#include "model/timeline.h"
#include "model/topology.h"
#include "model/version.h"

struct consensus;
struct context;
struct world;
struct store_plan;

enum operation_kind {
    OPERATION_CLIENT,     // asked for by a pool
    OPERATION_FORWARDED,  // a write that a follower sent to this leader
    OPERATION_REDIRECTED, // a read that another member sent here (guarantee.h)
    OPERATION_PART,       // this replica's part of a coordinator's quorum
    OPERATION_ENTRY,      // an entry of a group's log is written to disk
    OPERATION_LOOKUP,     // a leader looks up what a read is answered with
};

struct operation {
    _Alignas(64) SLOT_HEADER;
    uint64_t call; // caller's token
    uint64_t version;
    uint64_t timer; // 0: none armed
    simtime started;
    uint32_t caller; // LP
    uint32_t item;
    union {
        uint32_t item_word; // of one that may be forwarded
        uint32_t refused;   // quorum write: bit set of members; part: its coordinator gave it up
        uint32_t is_safe;   // quorum read: the version was acknowledged when it was found
        uint32_t held; // quorum write, of which none is refused: bit set of those it was sent to
    };
    union {
        uint32_t serial;     // of a write
        uint32_t up_to_date; // quorum read: bit set of members whose answer was the newest
    };
    uint32_t answered; // bit set: members that have answered a quorum
    uint8_t class_index;
    uint8_t kind;
    uint8_t flags;  // enum request_flags
    uint8_t origin; // of a write: member that took it; of a part: member that it is taken for
};

_Static_assert(sizeof(struct operation) == 64, "a cache line");

struct leadership {
    uint32_t epoch;
    uint32_t suspicion; // counts suspicions; names the one a promotion belongs to
    bool is_suspecting;
    uint8_t leader; // member
    simtime last_heard;
    simtime paused_until; // leader: takes no writes
    // Positions in the leader's log: serial + 1 of the latest write.
    uint32_t base;              // where this epoch's begins
    uint32_t received, applied; // follower: has arrived here, and has taken effect
    simtime received_until;     // follower: what was committed before has arrived
};

// A leader's writes that wait, in order of the log.
struct commit_wait {
    struct payload_write write;
    uint64_t operation; // token
    simtime leaves;     // as a shipment
};

struct commit_state {
    uint64_t latest;                   // version of those that wait or have waited
    uint32_t sent[STORE_MAX_MEMBERS];  // position that a follower has said to have received
    simtime until[STORE_MAX_MEMBERS];  // and the time up to which it has everything
    ARRAY(struct commit_wait) waiting; // from `first` on: for followers
    size_t first;
    uint32_t first_position; // of the first that waits
    bool is_degraded;        // acknowledges without followers until they catch up
    ARRAY(uint64_t) held;    // operations that must not be committed yet
};

// A read that waits for a position of the log.
struct position_wait {
    uint64_t operation; // token
    uint32_t position;
};

// A planned change of leaders, at the member that will lead.
struct handover {
    bool is_on, is_agreed;
    uint32_t epoch, position; // that the old leader gave
    struct payload_action action;
};

// The way of writes to one other member.
struct pipe {
    simtime free; // the sender is busy until then
    // A single leader's log leaves and arrives in order.
    simtime left, last;
    simtime delay, held_until; // of what leaves now
};

struct replica {
    uint32_t index;
    uint16_t store, region;
    uint8_t member; // of the store's
    bool is_plain;  // whoever asks is let in: it coordinates nothing and has no limits
    struct reading readings[CONSISTENCIES];
    const struct store_spec *spec;
    const struct store_plan *plan;
    const struct path *paths; // [to place]
    const struct fault_state *fault;
    simtime change;        // of the fault state: no start is planned beyond
    simtime clock;         // what its clock shows too much
    const simtime *clocks; // [region] the same of all
    struct station station;
    SLOTS(struct operation) operations;

    struct copy copy;
    struct horizon horizon;
    SLOTS(struct intent) intents;
    struct fates fates;
    struct recovery recovery;
    struct leadership lead;
    struct commit_state commit;
    ARRAY(struct position_wait) position_waits;
    struct handover handover;
    struct consensus *consensus; // NULL in other modes
    struct guarantee guarantee;
    struct pipe pipes[STORE_MAX_MEMBERS]; // by receiver
    simtime told[STORE_MAX_MEMBERS];      // quorum: when the latest message is there
    simtime *appliers;                    // [replication.appliers] when each will be free
    struct throughput *throughput;        // NULL: no limits
    struct condition *condition;          // NULL: no write is conditional
    uint32_t timeout_lane, intent_lane, sync_lane;
    struct stream work, network, errors, shipping, applying, legs, failover;
    double stretch;             // of work, see station_set_capacity
    struct store_record counts; // this replica's part
    uint64_t *commits;          // [window]
    uint64_t *lags;             // [from region][window][STORE_LAG_FIELDS]
};

void replica_on_request(const struct context *x, struct replica *r, const struct event *e);
void replica_on_forwarded(const struct context *x, struct replica *r, const struct event *e);
void replica_on_redirected(const struct context *x, struct replica *r, const struct event *e);
// A cache asks.
void replica_on_cache(const struct context *x, struct replica *r, const struct event *e);
void replica_on_operation_done(const struct context *x, struct replica *r, const struct event *e);
void replica_on_operation_timeout(const struct context *x, struct replica *r,
                                  const struct event *e);
void replica_on_fault(const struct context *x, struct replica *r, const struct event *e);
void replica_on_committed(const struct context *x, struct replica *r, const struct event *e);

// For the files of the modes.

// The longest time that an operation takes which others have a part in.
simtime replica_timeout(const struct store_spec *s);
static inline bool replica_is_silent(const struct replica *r)
{
    return r->fault->is_dead || r->fault->is_refusing;
}

// What its callers ask is this replica's alone: nobody has to agree.
static inline bool replica_is_alone(const struct replica *r)
{
    return r->spec->mode != STORE_QUORUM && r->spec->mode != STORE_CONSENSUS;
}

// LP of a member of the store.
uint32_t replica_member(const struct context *x, const struct replica *r, int member);
// A frame for an operation that begins now.
uint32_t replica_new_frame(const struct context *x, struct replica *r,
                           const struct operation *operation);
// Gives it to the servers, or turns it away when the queue is full.
void replica_work(const struct context *x, struct replica *r, uint32_t operation);
// Takes in an operation (call, caller, item, kind, flags, version are filled in), or turns it away.
void replica_take(const struct context *x, struct replica *r, const struct operation *operation);
// Answers the caller and frees the operation.
void replica_finish(const struct context *x, struct replica *r, uint32_t operation,
                    enum answer_status status);
// Whether the region's cluster cannot serve it, as things are. A follower only sends writes on.
bool replica_lacks(const struct replica *r, const struct operation *o);
// Whether it counts what becomes of an operation at `at`: asked for by a user, after the warm-up.
bool replica_counts(const struct context *x, const struct operation *o, simtime at);
// A read is through its queue, and need not wait for the leader's log.
void replica_read_now(const struct context *x, struct replica *r, uint32_t operation);
// The version of the item that a read of the copy returns now. May draw.
uint64_t replica_read_version(const struct context *x, struct replica *r,
                              const struct operation *o);
// Answers a read of the copy with the operation's version at `at`, now or later.
void replica_serve(const struct context *x, struct replica *r, uint32_t operation, simtime at);
// The copy of an item has changed.
static inline void replica_wrote(const struct context *x, struct replica *r, uint32_t item)
{
    if (UNLIKELY(r->guarantee.n_waiting > 0))
        guarantee_reached(x, r, item);
}
// Counts a read that is answered where it was asked, and logs one where it is served, with
// `version`, as of `time`: what it misses is counted when all notices have come.
void replica_count_read(struct replica *r, const struct operation *o);
void replica_log_read(const struct context *x, struct replica *r, const struct operation *o,
                      simtime time, uint64_t version);
// Both, unless it does not count.
void replica_served_read(const struct context *x, struct replica *r, const struct operation *o,
                         simtime time, uint64_t version);
// The copy has a write from now on; so have, in time, the caches that the replica tells.
void replica_write_copy(const struct context *x, struct replica *r,
                        const struct payload_write *write);
// A write counts as written from now on: tells all members, and all caches.
void replica_acknowledge(const struct context *x, struct replica *r,
                         const struct payload_write *write);
// Tells all members, as fast as the network is: of the program's own bookkeeping.
void replica_tell(const struct context *x, const struct replica *r, uint16_t kind,
                  const void *payload, size_t size);
// A write was acknowledged, here or by another member.
void replica_notice(struct replica *r, simtime now, const struct payload_write *write);
// A write taken by another member is overwritten by one of this member's that did not know of it.
void replica_overwrites(struct replica *r, const struct payload_write *write);
// How a read of these flags is served.
static inline const struct reading *replica_reading(const struct replica *r, uint8_t flags)
{
    return &r->readings[reading_asked(flags)];
}
static inline uint64_t replica_version(const struct replica *r, uint32_t item)
{
    return copy_version(&r->copy, item);
}
// A new version of the item, by this member.
uint64_t replica_new_version(const struct context *x, struct replica *r, uint32_t item);
// Sends to another LP at the replica's network cost.
simtime replica_delay(const struct context *x, struct replica *r, uint32_t lp,
                      struct net_size size);
void replica_arm(const struct context *x, struct replica *r, uint32_t operation);
