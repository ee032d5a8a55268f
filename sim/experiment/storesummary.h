// What a design's records say of one of its stores: estimates over replications, as in summary.h.
//
// Counts are means a run, shares and quantiles pool all replications; NaN: there is nothing to say.
#pragma once

#include "experiment/storepart.h"
#include "model/storecounts.h"

enum { STORESUMMARY_AFTER = 2 };
// Times after a write, s: reads from half an octave before to half an octave after count.
extern const double storesummary_after_s[STORESUMMARY_AFTER]; // 0.1 1

struct store_summary {
    struct estimate *counts;                                        // [storecounts_n] a run
    struct estimate operations[STORE_OPERATIONS];                   // answered with success, a run
    struct estimate reads;                                          // answered, of any kind, a run
    struct estimate latency[STORE_OPERATIONS][STOREPART_QUANTILES]; // s, at the replica asked
    struct estimate refused;                         // share of all, throttled ones too
    struct estimate stale;                           // share of reads
    struct estimate stale_after[STORESUMMARY_AFTER]; // share of the reads so long after a write
    uint64_t reads_after[STORESUMMARY_AFTER];        // of all replications
    struct estimate age_p99;                         // s, of the oldest write that a read missed
    struct estimate behind_p99;                      // versions, of stale reads
    uint64_t behind_most;
    struct estimate lag[STOREPART_QUANTILES]; // s, from commit to another replica
};

// Of a store, an index in the design's topology. Counts are made in the arena.
struct store_summary storesummary_of(const struct resultset *set, size_t design, int store,
                                     struct arena *arena);
