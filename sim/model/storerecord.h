// What became of a store in one replication, or of one of its replicas.
#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/simtime.h"
#include "measure/histogram.h"
#include "model/copy.h"
#include "model/fates.h"

// How an operation on a store was asked for.
enum store_operation {
    STORE_WRITE,
    STORE_READ_EVENTUAL, // of one replica's copy
    STORE_READ_STRONG,   // of a quorum, or of the leader
    STORE_OPERATIONS,
};

// Of a store, between two regions, by window: writes that arrived.
enum store_lag_field {
    STORE_LAG_APPLIED,
    STORE_LAG_US,      // sum of the times from commit to being applied, microseconds
    STORE_LAG_MOST_US, // longest of them
    STORE_LAG_FIELDS,
};

// What was in danger when a region failed (recovery.h).
struct exposure_record {
    simtime time;
    uint64_t writes; // acknowledged, nowhere else
    simtime age;     // of the oldest of them; 0: none
    uint16_t region;
};

// A replica that could not be reached, or could reach no other, has caught up.
struct convergence_record {
    simtime healed;    // when the way was clear again
    simtime converged; // when the last of the writes from before had been applied; SIMTIME_NEVER:
                       // not until the end of the run
    uint16_t from, to; // regions
};

// What the caches in front of a store did (cache.h); all 0 without any.
struct cache_counts {
    uint64_t hits;      // reads answered by a copy
    uint64_t coalesced; // reads answered with what was being fetched for another
    uint64_t misses;    // reads that asked the store
    uint64_t stale;     // hits and coalesced reads that missed a newer acknowledged write
    uint64_t bypassed;  // operations that went past a cache that was down, erring or full
    uint64_t evicted;   // copies that made way to others
    uint64_t expired;   // copies found expired
    uint64_t invalidated;
    uint64_t refused; // fills and updates that a write had overtaken (leases)
    uint64_t dropped; // copies lost with the cache or some of its nodes
};

// One store, whole topology. Each count has a row in storecounts.c.
struct store_record {
    uint64_t reads, writes; // answered with success by a replica, or a cache in front of it
    uint64_t strong_reads;  // of these reads, by a replica
    // What became of the writes (fates.h): together they are all of them.
    uint64_t fates[FATES];
    uint64_t conflicts;             // writes refused: another of the item was under way
    uint64_t unacknowledged_kept;   // writes that were answered with failure and took effect
    uint64_t unreplicated_at_fault; // acknowledged writes that a failure found nowhere else
    uint64_t unreplicated_at_end;   // still in one region only at the end of the run
    // Operations answered without success: no leader, no quorum, refusing, erring, queue full.
    uint64_t unavailable;
    uint64_t throttled;              // operations turned away by limits of throughput
    uint64_t throttled_writes;       // of these
    uint64_t conditional_writes;     // judged
    uint64_t conditions_failed;      // of these: the item had changed
    uint64_t conflicting_conditions; // acknowledged conditional writes that were overwritten
    // Reads of users' own items, and what they found of what their sessions had seen (session.h).
    uint64_t own_reads;
    uint64_t ryw_violations;       // less than their session knew it had written
    uint64_t monotonic_violations; // less than their session had read
    // Where a guarantee is kept (guarantee.h).
    uint64_t session_misses;   // found too little, and waited or were sent on
    uint64_t session_timeouts; // of these, in vain
    struct cache_counts caches;
    struct copy_counts staleness;
    struct histogram session_wait;              // of those that waited or were sent on, ns
    struct histogram lag;                       // commit to apply at another replica, ns
    struct histogram latency[STORE_OPERATIONS]; // at the replica or cache that is asked, ns
    // By regions of the topology, owned by the replication's record only.
    uint64_t *commits;                             // [region][window] acknowledged writes
    uint64_t *lags;                                // [from][to][window][STORE_LAG_FIELDS]
    ARRAY(struct exposure_record) exposures;       // in order of time
    ARRAY(struct convergence_record) convergences; // in order of time
};

// Makes the histograms.
void storerecord_init(struct store_record *r);
void storerecord_free(struct store_record *r);
// Adds counts and histograms; lists and series are left alone.
void storerecord_add(struct store_record *into, const struct store_record *from);
