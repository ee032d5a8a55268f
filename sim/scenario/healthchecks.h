// Checks of a topology's health checks that rows of a schema cannot say, and what follows from
// their keys.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// After the records of all sets have been completed.
void healthchecks_check(const struct loading *l, struct topology *t);
