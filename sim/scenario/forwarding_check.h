// Checks of who writes to stores with one leader: whether the write comes to it.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Warns of each store whose followers refuse the writes of callers that ask them. Calls' callees
// are known.
void forwarding_check(const struct loading *l, const struct topology *t);
