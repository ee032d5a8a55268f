// Long run: what a single replication says of its steady state, from its windows.
//
// Mean latency of answered requests, window by window over all populations, is a series for
// steady.h: how long the start-up lasted, and the long-run mean with an interval. Only of runs in
// which nothing is made to fail: there is no steady state to know else.
#pragma once

#include "measure/steady.h"
#include "results/resultset.h"

// False: several replications, faults, or fewer windows than steady.h needs.
bool longrun_is_possible(const struct resultset *set);
// Of a design: seconds; warm-up and start-up count windows.
struct steady longrun_latency(const struct resultset *set, size_t design);
