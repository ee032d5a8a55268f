// Stores as a design describes them: where their replicas are and how these agree. Validated data,
// units as in topology.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"
#include "model/caching.h"

enum store_mode { STORE_MULTI_LEADER, STORE_SINGLE_LEADER, STORE_QUORUM };
enum quorum_read { QUORUM_READ_QUORUM, QUORUM_READ_LOCAL };

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
    struct caching_spec cache;
};
