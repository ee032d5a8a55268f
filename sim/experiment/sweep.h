// Sweep: runs what is left to do of a plan, or of one of its shards, with a crew of processes, and
// logs each part as it is done. With MPI the crew is that of all ranks but the first.
//
// What is done was read from the logs before; longest tasks come first. A task that fails is
// recorded with the reason, and the rest goes on. Told to stop, it deals no more tasks, and waits
// for those that are under way as long as the grace allows; so it does when the time budget would
// not cover another task. Memory: the plan, and a part a process.
#pragma once

#include <stdio.h>

#include "experiment/sweepresults.h"

#define SWEEP_ALL UINT32_MAX

struct sweep_conf {
    const struct sweepplan *plan;
    const char *directory;
    uint32_t shard; // or SWEEP_ALL
    int n_workers;  // of this process
    bool uses_mpi;  // rank 0 deals to the workers of all others (mpicrew.h); all of them call
    bool retries_failed;
    double grace_s, budget_s; // budget 0: none
    const volatile int *cancel;
    FILE *out; // progress, for people; NULL: quiet
    bool is_terminal;
};

struct sweep_outcome {
    size_t n_done, n_failed, n_left; // tasks of this call
    uint64_t events;
    double wall_s;
    bool was_stopped;
    bool was_helper; // of rank 0: the rest is 0
};

// False: the environment failed (a log cannot be written, no process can be made); what is in the
// logs is good.
bool sweep_run(const struct sweep_conf *conf, const struct sweepresults *results,
               struct sweep_outcome *outcome, struct status *status);
