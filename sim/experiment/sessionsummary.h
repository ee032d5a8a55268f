// What a design's records say of users' sessions at one of its stores: how often reads of their own
// items broke read-your-writes and monotonic reads, and what keeping these cost. Estimates over
// replications, as in summary.h; NaN: there is nothing to say.
#pragma once

#include "experiment/storepart.h"

struct session_summary {
    uint64_t own_reads;        // answered with success, of all replications
    struct estimate ryw;       // share of them that broke read-your-writes
    struct estimate monotonic; // and monotonic reads
    // Where the store keeps a guarantee, else NaN.
    struct estimate misses;                    // reads that waited or were sent on, a run
    struct estimate timeouts;                  // share of these, in vain
    struct estimate wait[STOREPART_QUANTILES]; // s
};

// Of a store, an index in the design's topology.
struct session_summary sessionsummary_of(const struct resultset *set, size_t design, int store);
