// Fault plans: from document to struct fault_plan, with all checks of sense, and against designs
// and demand.
#pragma once

#include <stddef.h>

#include "model/topology.h"
#include "model/workload.h"
#include "scenario/loading.h"

// Binds and checks by itself. Mistakes go to the diagnostics; use the plan only when there are
// none.
struct fault_plan *faults_file_bind(const struct loading *l, struct settings **settings);

// Checks a plan against what it is used with: what it names must exist in at least one of the
// designs, and scheduled faults must fall into the run. Without designs only the run is looked at;
// workload may be NULL.
void faults_file_check(const struct loading *l, const struct fault_plan *plan,
                       const struct topology *topologies, size_t n_topologies,
                       const struct workload *workload);
