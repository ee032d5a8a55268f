// Survey of a sweep: how much of its plan is done, failed or missing.
#pragma once

#include "experiment/sweepresults.h"

struct sweepsurvey_shard {
    uint64_t done, failed, missing; // replications
    double events_left;             // estimated, of those that are missing
};

struct sweepsurvey {
    struct sweepsurvey_shard *shards; // [n_shards of the plan]
    struct sweepsurvey_shard all;
    size_t points_failed;  // not whole, and something of them failed
    size_t points_missing; // not whole, and nothing of them failed
    // Of the plan's points and shards and of what is done: equal for equal contents of a merge.
    uint64_t digest;
};

void sweepsurvey_make(struct sweepsurvey *s, const struct sweepplan *plan,
                      const struct sweepresults *results);
void sweepsurvey_free(struct sweepsurvey *s);
