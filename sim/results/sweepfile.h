// The file of a merged sweep: netCDF-4-compatible HDF5 as a results file (resultfile.h), laid out
// as docs/sweep-file.md says. Equal sets give equal bytes.
#pragma once

#include <stdbool.h>

#include "base/status.h"
#include "results/sweepset.h"

// Version of the layout, attribute `aasim_sweep_version`.
enum { SWEEPFILE_SCHEMA = 1 };

// Each writes PATH whole, or not at all. Thread class: main thread only.
bool sweepfile_write(const char *path, const struct sweepset *set, struct status *status);
// The metrics and bins of the points that are here, as a part of a virtual sweep.
bool sweepfile_write_part(const char *path, const struct sweepset *set, struct status *status);
