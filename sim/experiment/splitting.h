// Splitting: how often something happens that plain simulation would hardly ever see, here requests
// that find many others waiting at a pool.
//
// RESTART (Villen-Altamirano, RESTART: a method for accelerating rare event simulations, ITC-13,
// 1991; Garvels, The splitting method in rare event simulation, 2000). Thresholds lie between what
// is common and the target. Whenever a trial finds as many waiting as a threshold says, the world
// is copied: R - 1 copies go on with other random numbers until they find fewer than that again,
// the original goes on anyway, and what any of them meets counts 1/R. So the wanted event is met
// often, with weights that are known exactly, and estimates are unbiased whatever the thresholds;
// these and the R only decide how precise it becomes. The world of a root lies in one stretch of
// memory (memory.h) that is saved at a split and put back when a copy has ended: depth first, so
// as many saved ones at a time as there are thresholds. From the split on, arrivals and works to
// come are drawn from other streams (stream_branch).
//
// Each replication is a root, a run with its own random numbers. The share is the ratio of two sums
// over roots, what was met by what the roots saw, with the jackknife's interval: consistent, its
// bias is of the order of one over the number of roots. A root's result is the same wherever it
// runs. Not for sudden events such as faults: splitting needs steps on the way. Thread class:
// single-threaded processes; a root runs on one thread.
#pragma once

#include <stdbool.h>

#include "base/status.h"
#include "measure/estimate.h"
#include "model/model.h"

// Thresholds at most; fewer effective roots carry no interval.
enum { SPLITTING_THRESHOLDS = 64, SPLITTING_FEW = 10 };

// How a root has ended. One that was broken off spoils the estimate: those that need the most
// copies have met the most.
enum splitting_end {
    SPLITTING_WHOLE,
    SPLITTING_DEAR,      // more copies than plan->most pays for
    SPLITTING_NO_MEMORY, // for worlds as they were at splits
    SPLITTING_CANCELLED,
};

// Counts of requests that came to the pool after the warm-up.
struct splitting_sums {
    double over, above_first; // weighted: that found the target waiting; the first threshold
    double root_seen, root_above_first; // by the root alone, without any weights
    uint64_t simulated;                 // requests at the pool in all trials
    uint64_t n_trials;
    uint64_t price; // in requests, copies included
    enum splitting_end end;
};

struct splitting_plan {
    const struct model *model;
    uint64_t seed;
    uint32_t pool;   // index
    uint32_t target; // waiting requests
    uint32_t n_thresholds;
    uint32_t threshold[SPLITTING_THRESHOLDS];
    uint32_t copies;            // R at each of them, the original included
    double copy_price;          // in requests
    uint64_t most;              // price of a root: beyond, it is broken off
    const volatile int *cancel; // then roots are broken off, too; may be NULL
};

// Finds thresholds from a plain run of some root, tried on another until splitting is affordable.
// None: the target is met without. False: *status says why.
bool splitting_prepare(struct splitting_plan *plan, uint32_t root, struct status *status);
// One root.
void splitting_run(const struct splitting_plan *plan, uint32_t root, struct splitting_sums *sums);

struct splitting_roots {
    uint32_t first;
    size_t n;
    struct splitting_sums *sums; // [n]
};
struct splitting_crew {
    int n_workers; // processes, each with a root at a time
    // Called now and then in the caller; may be NULL.
    void (*progress)(void *argument, size_t n_done);
    void *argument;
};
// False: cancelled, no process could be made, or a root was broken off, of which *status says why.
bool splitting_run_roots(const struct splitting_plan *plan, const struct splitting_crew *crew,
                         const struct splitting_roots *roots, struct status *status);

struct splitting_result {
    // Of requests that find `target` or more waiting; bounds are NaN when none did.
    struct estimate share;
    double effective_roots; // as many of equal weight would be as uneven
    // Weighted and plain counts above the first threshold should agree: their difference in its
    // standard errors; NaN without thresholds.
    double imbalance;
    // Price of plain simulation of independent requests to the same error, by the price of this;
    // NaN with few effective roots.
    double speedup;
};
struct splitting_result splitting_result(const struct splitting_plan *plan,
                                         const struct splitting_roots *roots, double level);
