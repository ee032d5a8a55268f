// What a fault of the plan cost a store of a design: its recovery points and its way back, from
// the design's exposures and convergences.
//
// Means are over replications, of the mean in each that has any; the interval is Student's t.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "results/resultset.h"

struct recovery_summary {
    size_t n_failures; // of the store in a region, in all replications
    struct estimate writes, age_s;
    double most_writes, worst_age_s; // NaN: no failure
    // Replicas agree again when the last of the ways that the fault's end cleared has caught up.
    size_t n_healed, n_never;
    struct estimate converged_after_s; // of those that did; since the way was clear
    double worst_after_s;              // NaN: none did
};

// fault: an index in the plan, or EXPOSURE_NO_FAULT for what no fault explains alone.
struct recovery_summary recoverysummary_of(const struct resultset *set, size_t design, int store,
                                           uint32_t fault);

// What a fault cost all stores of all designs together, in all replications.
struct recovery_extent {
    size_t n_failures; // of a store in a region
    uint64_t writes;   // that these put in danger
    size_t n_ways;     // between two regions that were clear again with its end
};

struct recovery_extent recoverysummary_extent(const struct resultset *set, uint32_t fault);

static inline bool recoverysummary_is_none(const struct recovery_extent *extent)
{
    return extent->n_failures == 0 && extent->n_ways == 0;
}
