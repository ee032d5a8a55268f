// A Slurm batch script for a sweep: an array job with a task for each shard of the plan.
//
// Each task runs its shard, is told by USR1 two minutes before its time is over, ends cleanly with
// code 75, and is put back into the queue until its shard is done (sbatch(1): --signal, --requeue;
// scontrol(1): requeue). Nothing is submitted here.
#pragma once

#include <stdio.h>

#include "experiment/sweepplan.h"

struct sbatch_conf {
    const char *directory; // of the plan
    int cpus;              // a task
};

void sbatch_print(const struct sweepplan *plan, const struct sbatch_conf *conf, FILE *out);
