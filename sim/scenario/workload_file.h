// Workload files: from document to struct workload, with all checks of sense.
#pragma once

#include "model/workload.h"
#include "scenario/loading.h"

// Binds and checks. Mistakes go to the diagnostics; the workload may be used only when there are
// none.
struct workload *workload_file_bind(const struct loading *l, struct settings **settings);
// Warns of what has no effect in a run of this length, or costs much with these designs.
void workload_file_check(const struct loading *l, struct workload *w,
                         const struct topology *topologies, size_t n_topologies);
