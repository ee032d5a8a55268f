// Stores as a design describes them: where their replicas are and how these agree. Validated data,
// units as in topology.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"
#include "model/caching.h"
#include "model/limits.h"

enum { STORE_MAX_MEMBERS = 32 }; // replicas of a store, in all regions

// Managed services, each with defaults and rules of its own; the model is that of the mode.
enum store_product {
    PRODUCT_NONE,
    PRODUCT_DYNAMODB_MREC,
    PRODUCT_DYNAMODB_MRSC,
    PRODUCT_AURORA_GLOBAL,
    PRODUCT_AURORA_DSQL,
    PRODUCT_RDS_MULTI_AZ,
    PRODUCT_RDS_MULTI_AZ_CLUSTER,
    PRODUCT_S3_REPLICATION,
    PRODUCT_S3_RTC,
    STORE_PRODUCTS,
};

enum store_mode { STORE_MULTI_LEADER, STORE_SINGLE_LEADER, STORE_QUORUM, STORE_CONSENSUS };
enum quorum_read {
    QUORUM_READ_QUORUM,
    QUORUM_READ_LOCAL,
    QUORUM_READ_LEASED, // of the local copy, which has every write while it may be read
};

// Among which replicas a quorum is counted.
enum quorum_scope {
    QUORUM_OF_ALL,
    QUORUM_OF_REGION,   // those in the region of the replica that is asked
    QUORUM_EACH_REGION, // and in every other region as well
};

enum quorum_conflict {
    QUORUM_NEWEST_WINS,
    QUORUM_REJECTS, // a write is refused while another of its item is under way
};

// Beside the network's, times of the four legs of an operation (WARS), seconds.
struct quorum_legs {
    struct distribution write, acknowledge, read, response;
};

struct quorum_spec {
    int write, read; // replicas of the scope
    enum quorum_scope write_scope, read_scope;
    enum quorum_read read_mode;
    enum quorum_conflict conflict;
    double timeout_s;
    int copies;  // replicas that an item has; 0: all
    bool sloppy; // stand-ins take writes for replicas that cannot be reached
    bool read_repair;
    double hint_window_s;  // writes are kept this long for a replica that cannot be reached
    double anti_entropy_s; // replicas are compared this often; 0: never
    uint32_t witnesses;    // bit set of regions whose replicas serve nobody
    struct quorum_legs legs;
};

// Asynchronous modes: the way of a committed write to the other replicas.
struct replication_spec {
    struct distribution delay;      // seconds from the commit, or the batch's cut, until it is sent
    double batch_s;                 // writes leave together, this far apart; 0: each by itself
    struct distribution send_time;  // seconds that one write keeps the sender to a replica busy
    double bandwidth_bits_per_s;    // of that sender; 0: no bound
    struct distribution apply_time; // seconds that a replica's applier works on one write
    int appliers;                   // of a replica
};

// What a follower does with writes and reads of its clients.
enum leader_forwarding {
    FORWARD_NONE,     // writes are refused
    FORWARD_EVENTUAL, // writes go to the leader, reads are of the local copy
    FORWARD_SESSION,  // and wait until the writes that were forwarded here before have arrived
    FORWARD_GLOBAL,   // and wait for all that had been written when they began
};

struct leader_spec {
    enum leader_forwarding forwarding;
    int sync_followers;    // that must have a write before it is acknowledged (semi-synchronous)
    double sync_timeout_s; // then it is acknowledged without them
    double rpo_s;          // no commits while every follower is later than that; 0: no bound
    struct distribution reader_lag; // of the leader's copy that reads are served from, seconds
};

enum consensus_read { CONSENSUS_READ_INDEX, CONSENSUS_READ_LEASE, CONSENSUS_READ_FOLLOWER };

enum { STORE_MAX_GROUPS = 64, STORE_LEADERS_SPREAD = -1 };

struct consensus_spec {
    int groups;  // items are dealt to them; each has its own leader and log
    int leaders; // region index where leaders are wished; STORE_LEADERS_SPREAD: all over
    bool transfer_back;
    double transfer_after_s;   // a member that is wished as leader must have been well this long
    double election_timeout_s; // drawn from once to twice this
    double heartbeat_s;
    enum consensus_read read;
    double lease_s;           // read by lease: a leader's, from each heartbeat on
    double clock_tolerance_s; // how far apart two members' clocks are assumed to be at most
    double timeout_s;
};

// What a user's session may rely on when it reads his own items (session.h): a bit set.
enum session_guarantee {
    GUARANTEE_NONE = 0,
    GUARANTEE_READ_YOUR_WRITES = 1,
    GUARANTEE_MONOTONIC_READS = 2,
    GUARANTEE_BOTH = 3,
};

struct session_spec {
    enum session_guarantee guarantee;
    bool sends_on;    // a read that finds too little goes to a replica that has more; else it waits
    double timeout_s; // either way at most so long
    bool serves_stale; // then: what there is; else an error
};

enum { CLUSTER_MAX_INSTANCES = 16, CLUSTER_MAX_COPIES = 4 }; // copies: in a zone

// Copies of a volume in the zones of a region, for all its instances.
struct storage_spec {
    int copies_per_zone; // 0: none; each instance has a copy of its own
    int zones;
    int write_quorum, read_quorum; // copies
    double copy_failures_per_s;    // of one copy
    struct distribution copy_repair;
};

static inline int storage_copies(const struct storage_spec *s)
{
    return s->copies_per_zone * s->zones;
}

// Instances of a database in the zones of a region (cluster.h).
struct cluster_spec {
    int instances; // 0: no cluster, a replica is as available as its region
    int writer_zone;
    bool readable; // those that do not write serve reads
    struct distribution failover, restart;
    double instance_failures_per_s; // of one instance
    struct storage_spec storage;
};

struct store_spec {
    const char *name;
    enum store_product product;
    enum store_mode mode;
    uint32_t regions;                          // bit set
    uint32_t passive;                          // of them nobody asks (accesspoint.h)
    int replicas_per_region;                   // more than one are dealt to the region's zones
    int leader;                                // single-leader: region index of the first leader
    int servers;                               // parallel operations a replica can work on
    struct distribution read_time, write_time; // seconds
    int queue;                                 // operations that may wait; beyond: shed
    struct replication_spec replication;
    struct quorum_spec quorum;
    struct leader_spec leading; // single leader
    struct consensus_spec consensus;
    struct session_spec session; // asynchronous modes
    // Single leader: promotion of a follower. Times add up: silence noticed, decided, promoted.
    bool failover;
    double heartbeat_s;
    double detect_s;             // silence that counts as a failure
    struct distribution decide;  // seconds
    struct distribution promote; // seconds
    // Items and their popularity.
    uint32_t items;
    double zipf; // exponent; 0: uniform
    struct cluster_spec cluster;
    struct caching_spec cache;
    struct throughput_spec throughput;
    struct conditional_spec conditional;
};

static inline int store_members(const struct store_spec *s)
{
    return __builtin_popcount(s->regions) * s->replicas_per_region;
}

// Whether operators may choose the regions that are asked (accesspoint.h). Programs ask a DynamoDB
// table at the endpoint of their region.
static inline bool store_has_routes(const struct store_spec *s)
{
    return s->mode == STORE_MULTI_LEADER && s->product != PRODUCT_DYNAMODB_MREC;
}

// Replicas among which a quorum store's writes and reads must meet, and how many of them each has
// for certain.
struct store_overlap {
    int replicas, written, read;
};

// Quorum reads. Local writes that are read locally meet in their own region.
static inline struct store_overlap store_overlap(const struct store_spec *s)
{
    const struct quorum_spec *q = &s->quorum;
    const int n_regions = __builtin_popcount(s->regions), n = store_members(s);
    const bool is_local = q->write_scope != QUORUM_OF_ALL && q->read_scope != QUORUM_OF_ALL;
    struct store_overlap in = {
        .replicas = is_local ? s->replicas_per_region : n, .written = q->write, .read = q->read};
    if (!is_local && q->write_scope == QUORUM_EACH_REGION)
        in.written *= n_regions;
    if (!is_local && q->read_scope == QUORUM_EACH_REGION)
        in.read *= n_regions;
    if (q->copies > 0 && q->copies < n)
        in.replicas = q->copies;
    return in;
}

// Whether a write of a quorum store may be acknowledged, and whoever asks in another place still
// not find it: in no scope that all share do writes and reads meet.
static inline bool store_may_miss(const struct store_spec *s)
{
    const struct quorum_spec *q = &s->quorum;
    struct store_spec asked = *s;
    if (s->mode != STORE_QUORUM)
        return false;
    if (q->sloppy && q->copies > 0 && q->copies < store_members(s))
        return true;
    if (q->write_scope == QUORUM_OF_REGION && __builtin_popcount(s->regions) > 1)
        return true;
    if (q->read_mode != QUORUM_READ_QUORUM) { // of one copy
        asked.quorum.read = 1;
        asked.quorum.read_scope = QUORUM_OF_REGION;
    }
    const struct store_overlap in = store_overlap(&asked);
    return in.written + in.read <= in.replicas;
}
