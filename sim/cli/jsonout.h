// Results as JSON, every number of the tables and more; docs/command.md describes the keys.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"
#include "cli/notes.h"
#include "engine/engine.h"
#include "results/resultset.h"

// How the study was executed: the only part that differs between equal studies.
struct jsonout_execution {
    int n_threads;
    const char *mode; // "replications", "windows"
    double wall_s;
    const struct engine_stats *stats; // of a run in windows; windows is 0 otherwise
};

void jsonout_print(const struct resultset *set, const struct notes *notes,
                   const struct jsonout_execution *execution, FILE *out);

struct splitting_plan;
struct splitting_result;
void jsonout_print_rare(const struct splitting_plan *plan, const char *pool,
                        const struct splitting_result *result, FILE *out);

// Diagnostics of one or more loads, as one array of objects.
struct jsonout_diagnostics;
struct jsonout_diagnostics *jsonout_new_diagnostics(void);
void jsonout_add_diagnostics(struct jsonout_diagnostics *found, const struct diag_list *diags);
// Prints and frees them.
void jsonout_print_diagnostics(struct jsonout_diagnostics *found, FILE *out);
