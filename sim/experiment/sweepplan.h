// Sweep plan: a folder with everything that a sweep needs, wherever it is run: copies of the study
// and its files, the points with their identities, and how they are shared out.
//
//   DIR/plan.json          this plan
//   DIR/inputs/...         copies of the study, topologies, workloads, fault plans and tables
//   DIR/results/*.log      parts, a file for each shard that writes (sweeplog.h)
//   DIR/results/*.jsonl    heartbeats
//
// A plan is made once, and never changed by running it; a new one may be put in its place, and what
// was computed for points that are in it too stays good. How points are shared out is fixed here
// and not by who runs them: shards by estimated cost, the longest point to the shard that has
// least; the replications of a point in blocks of about a second of work. Cost is counted in
// events, of a pilot with thinned demand for each combination of files (two runs, a line), so that
// equal studies make equal plans.
#pragma once

#include "base/status.h"
#include "experiment/identity.h"
#include "experiment/study.h"

struct sweepplan_point {
    struct identity id;
    uint64_t events; // of one replication, estimated
    uint32_t block;  // replications that are run together
    uint32_t shard;
};

struct sweepplan {
    struct arena arena;
    struct study study; // from the copies
    uint32_t replications, n_shards;
    size_t n_points; // of the study
    struct sweepplan_point *points;
    struct identity fingerprint; // of all this
    char model[64];              // version that made it
    double core_s;               // estimated at the speed of the pilots; 0 when the plan was read
};

struct sweepplan_request {
    const char *study, *tables_dir, *directory;
    uint32_t replications; // 0: the study's
    uint32_t n_shards;
    int n_threads;
    const volatile int *cancel; // may be NULL
};

// Makes the folder and the plan. Mistakes in files go to the diagnostics; false, with the status
// STATUS_BAD_INPUT if there are any. `plan` is to be freed in any case.
bool sweepplan_make(struct sweepplan *plan, const struct sweepplan_request *request,
                    struct diag_list *diags, struct status *status);
// Reads the plan of a folder. False: there is none, it is of another version, or an input has been
// changed since.
bool sweepplan_load(struct sweepplan *plan, const char *directory, struct diag_list *diags,
                    struct status *status);
void sweepplan_free(struct sweepplan *plan);
