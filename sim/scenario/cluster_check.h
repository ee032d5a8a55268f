// Checks of the clusters of stores that rows of the schema cannot say.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Reports mistakes of a store's cluster that was bound without any; completes its quorums.
void cluster_check(const struct loading *l, const struct topology *t, struct store_spec *s);
