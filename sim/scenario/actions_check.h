// Checks of a plan's actions: each by itself, and against designs.
#pragma once

#include "model/workload.h"
#include "scenario/loading.h"

void actions_check(const struct loading *l, const struct action_spec *a);
// What they name must exist in one of the designs.
void actions_check_names(const struct loading *l, const struct fault_plan *plan,
                         const struct topology *topologies, size_t n_topologies);
