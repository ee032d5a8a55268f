// Runs the jobs of a plan on threads and puts each record where it belongs: results by index.
//
// Parallel either over jobs or over windows inside one job, never both at once. Several jobs always
// run side by side, at most one a thread: they share nothing. Windows are for a single job with
// enough work in each of them; a single job with less runs on one thread, which is then faster.
// Records are the same in both ways and for any number of threads, because a replication depends on
// nothing but (model, seed, number).
#pragma once

#include <stdbool.h>

#include "experiment/plan.h"
#include "experiment/progress.h"
#include "results/resultset.h"

enum runner_mode { RUNNER_REPLICATIONS, RUNNER_WINDOWS };

// Which way a plan is run when n_threads threads are allowed, and on how many of them.
enum runner_mode runner_mode_for(const struct plan *plan, int n_threads);
int runner_threads_for(const struct plan *plan, int n_threads);
// One sentence on it for people: "40 runs on 2 threads, replications in parallel".
void runner_describe(const struct plan *plan, int n_threads, char *out, size_t size);

struct runner_conf {
    const struct plan *plan;
    uint32_t first; // replication: those before it are there already
    int n_threads;
    const volatile int *cancel; // may be set by a signal handler; may be NULL
    struct progress *progress;  // may be NULL
    struct engine_stats *stats; // of a run in windows; else untouched; may be NULL
};

// Fills set->designs[d].records[r] for every job from `first` on; the set comes from compare_init.
// False when it was cancelled: some records are then empty.
bool runner_run(const struct runner_conf *conf, struct resultset *set);
