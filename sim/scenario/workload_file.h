// Workload files: from document to struct workload, with all checks of sense.
#pragma once

#include "model/workload.h"
#include "scenario/loading.h"

// Binds and checks. Mistakes go to the diagnostics; the workload may be used only when there are
// none.
struct workload *workload_file_bind(const struct loading *l, struct settings **settings);
