// Topology files: from document to struct topology, with all checks of sense.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Binds and checks. Mistakes go to the diagnostics; the topology may be used only when there are
// none.
struct topology *topology_file_bind(const struct loading *l, const struct geography *geography,
                                    struct settings **settings);
