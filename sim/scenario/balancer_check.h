// Checks of the balancers and their targets that rows of the schema cannot say.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Reports mistakes; completes what follows from other values.
void balancer_check(const struct loading *l, struct topology *t);
