// Checks of what calls ask of stores' reads: whether a store can give it.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Of all calls; their callees are known, and the stores' quorums.
void consistency_check(const struct loading *l, const struct topology *t);
