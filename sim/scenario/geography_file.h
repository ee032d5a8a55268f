// Tables of places: regions.yaml and rtt.yaml.
#pragma once

#include "model/geography.h"
#include "scenario/loading.h"

struct geography_search {
    const char *const *topologies; // their directories' tables/ come first, in this order
    size_t n_topologies;
    const char *tables_dir; // comes last, after $AASIM_TABLES; or NULL
};

// Finds and loads both tables; NULL after adding diagnostics.
struct geography *geography_file_load(struct arena *arena, const struct geography_search *search,
                                      struct diag_list *diags);
