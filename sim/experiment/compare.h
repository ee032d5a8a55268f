// The comparison: from records to estimates, paired differences and verdicts.
//
// Legal order: compare_init, runner_run, compare_finish, then read or write the set, compare_free;
// before that, any number of times, compare_grow, runner_run of what is new, compare_finish.
//
// Differences are paired by replication: both designs met the same random numbers. For k designs
// beside the first, the intervals of differences hold together at the level (Bonferroni), and
// p-values are adjusted by Holm.
#pragma once

#include <stdint.h>

#include "results/resultset.h"
#include "scenario/scenario.h"

struct compare_conf {
    uint64_t seed;
    uint32_t n_replications;
    double level; // 0.95
    double scale;
};

// Makes one design_result a topology with empty records, in the arena. The scenario must outlive
// the set.
void compare_init(struct resultset *set, struct arena *arena, const struct scenario *scenario,
                  const struct compare_conf *conf);
// Makes room for more replications, of which the records are empty.
void compare_grow(struct resultset *set, struct arena *arena, uint32_t n_replications);
// Computes everything from the records, which must all be filled.
void compare_finish(struct resultset *set);
// Frees the records; the rest goes with the arena.
void compare_free(struct resultset *set);

// Design a minus design b in one metric, paired by replication, not adjusted.
struct compare_pair {
    struct estimate difference;
    double p;            // two-sided
    double replications; // about so many would tell them apart at the level; NaN when that cannot
                         // be said
};
struct compare_pair compare_pair(const struct resultset *set, size_t a, size_t b,
                                 enum metric metric);
