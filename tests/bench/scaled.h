// A design and its load from YAML, scaled up together: demand, users, servers, queues.
//
// Everything a request meets stays as probable at any scale, so that costs can be compared: pools
// are as busy, and a user's connection is found open as often. For the latter users come back
// sooner than in the file, and connections idle out and age sooner by the same factor: else a
// second of simulated time would never see a user twice. Resolvers grow no more in number than
// there are (one serves more users); items stop at a million or so, which already exceeds the
// caches.
#pragma once

#include "model/world.h"
#include "scenario/scenario.h"

struct scaled_conf {
    const char *topology, *workload;
    double rate_rps; // mean of all populations together
};

struct scaled {
    struct scenario scenario;
    double rate_rps;
};

// Simulated time after which the mix of open and new connections no longer changes, pools are in
// balance and the first timers have come due.
#define SCALED_WARMUP_S 3.5

void scaled_open(struct scaled *s, const struct scaled_conf *conf);
struct model *scaled_compile(const struct scaled *s);
void scaled_close(struct scaled *s);
