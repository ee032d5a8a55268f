// Replica: a store's copy in one region: operations on items, and the part it plays in replication.
//
// Modelled for every store: operations wait in a bounded FIFO queue for one of the replica's
// servers; items have versions and skewed popularity; faults make a replica dead, refusing, slow,
// erring, or short of capacity. By mode: asynchronous multi-leader (replication.h), single leader
// with reads from the local copy (leadership.h), synchronous quorum (quorum.h). Whether a read was
// stale is found out afterwards (readlog.h). Left out: transactions, sessions, anti-entropy
// beyond hinted writes, throttling, clock error, storage inside the region (a replica is as
// available as its region). Knobs: mode, times, servers, replication_delay, quorum, failover.
//
// How it is computed: operations are planned on arrival, as a pool's work is (pool.h). A read of
// the local copy is then answered and noted ahead of its time: the answer carries no data, and the
// log of reads is told of what is written to the copy until then (readlog.h), so that it holds what
// an event at the read's end would have found. Writes and quorums happen when they are done.
#pragma once

#include "base/stream.h"
#include "model/events.h"
#include "model/net.h"
#include "model/readlog.h"
#include "model/record.h"
#include "model/slots.h"
#include "model/station.h"
#include "model/timeline.h"
#include "model/topology.h"

struct context;
struct world;
struct store_plan;

enum operation_kind {
    OPERATION_CLIENT,    // asked for by a pool
    OPERATION_FORWARDED, // a write that a follower sent to this leader
    OPERATION_QUORUM,    // this replica's part of a coordinator's quorum
};

struct operation {
    _Alignas(64) SLOT_HEADER;
    uint64_t call; // caller's token
    uint64_t version;
    uint64_t timer; // 0: none armed
    simtime started;
    uint32_t caller; // LP
    uint32_t item;
    uint32_t item_word;
    uint8_t class_index;
    uint8_t kind;
    uint8_t flags;   // enum request_flags
    uint8_t answers; // replicas that have answered a quorum, this one included
};

_Static_assert(sizeof(struct operation) == 64, "a cache line");

struct leadership {
    uint32_t epoch;
    uint32_t suspicion; // counts suspicions; names the one a promotion belongs to
    bool is_suspecting;
    uint8_t leader; // region
    simtime last_heard;
};

struct replica {
    uint32_t index;
    uint16_t store, region;
    bool reads_copy; // a read is one of the local copy: no other replica is asked
    const struct store_spec *spec;
    const struct store_plan *plan;
    const struct path *paths; // [to place]
    const struct fault_state *fault;
    simtime change; // of the fault state: no start is planned beyond
    struct station station;
    SLOTS(struct operation) operations;

    uint64_t *own;        // [item] latest version written here; multi-leader only
    struct readlog reads; // and versions of all items
    uint32_t until_forget;
    struct leadership lead;
    simtime last_arrival[TOPOLOGY_MAX_REGIONS]; // by receiving region: a single leader's log
                                                // arrives in order
    uint32_t timeout_lane;
    struct stream work, network, errors, shipping, failover;
    double stretch;             // of work, see station_set_capacity
    struct store_record counts; // this replica's part
};

void replica_open(struct world *w, uint32_t index);
void replica_close(struct world *w, uint32_t index);
void replica_on_request(const struct context *x, struct replica *r, const struct event *e);
void replica_on_forwarded(const struct context *x, struct replica *r, const struct event *e);
void replica_on_operation_done(const struct context *x, struct replica *r, const struct event *e);
void replica_on_operation_timeout(const struct context *x, struct replica *r,
                                  const struct event *e);
void replica_on_fault(const struct context *x, struct replica *r, const struct event *e);

// For the files of the modes.

static inline bool replica_is_silent(const struct replica *r)
{
    return r->fault->is_dead || r->fault->is_refusing;
}

// LP of the store's other replica in a region; UINT32_MAX if there is none, or it is this one.
uint32_t replica_peer(const struct context *x, const struct replica *r, int region);
// Takes in an operation (call, caller, item, kind, flags, version are filled in), or turns it away.
void replica_take(const struct context *x, struct replica *r, const struct operation *operation);
// Answers the caller and frees the operation.
void replica_finish(const struct context *x, struct replica *r, uint32_t operation,
                    enum answer_status status);
// A read of the operation's item is served with `version` at `time`.
void replica_served_read(const struct context *x, struct replica *r, const struct operation *o,
                         simtime time, uint64_t version);
static inline uint64_t replica_version(const struct replica *r, uint32_t item)
{
    return r->reads.items[item].version;
}

// The item has a newer version from now on.
static inline void replica_set_version(struct replica *r, simtime now, uint32_t item,
                                       uint64_t version)
{
    readlog_write(&r->reads, now, item, version);
}
// Sends to another LP at the replica's network cost.
simtime replica_delay(const struct context *x, struct replica *r, uint32_t lp,
                      struct net_size size);
void replica_arm(const struct context *x, struct replica *r, uint32_t operation);
