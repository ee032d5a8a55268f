// Input files of the command: do they exist, where are the tables, and loading with all mistakes
// printed.
#pragma once

#include <stddef.h>

#include "base/status.h"
#include "cli/options.h"
#include "scenario/scenario.h"

// STATUS_OK when every file can be read; else prints which cannot and returns STATUS_NO_INPUT. NULL
// paths are skipped.
int input_readable(const char *const *paths, size_t n);

// Loads the files into the scenario and prints all mistakes to stderr; returns STATUS_OK,
// STATUS_NO_INPUT or STATUS_BAD_INPUT. The scenario is to be freed in any case; the request's
// tables_dir is filled in here.
int input_load(struct scenario *scenario, struct scenario_request request,
               const struct options *options);

// Directory with the shared tables that come with this program, or NULL: written to out.
const char *input_tables_dir(char *out, size_t size);
