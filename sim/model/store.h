// Stores as a design describes them: where their replicas are and how these agree. Validated data,
// units as in topology.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"

enum store_mode { STORE_MULTI_LEADER, STORE_SINGLE_LEADER, STORE_QUORUM };
enum quorum_read { QUORUM_READ_QUORUM, QUORUM_READ_LOCAL };

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
    enum store_mode mode;
    uint32_t regions;                          // bit set; one replica each
    int leader;                                // single-leader: region index of the first leader
    int servers;                               // parallel operations a replica can work on
    struct distribution read_time, write_time; // seconds
    int queue;                                 // operations that may wait; beyond: shed
    // Asynchronous modes: time from commit until the change leaves its region.
    struct distribution replication_delay;
    // Quorum.
    int write_quorum, read_quorum;
    enum quorum_read read_mode;
    double quorum_timeout_s;
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
};
