// Reading single values and datasets back from an HDF5 file, without locks (network file systems
// lack them). Thread class: main thread only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

// A whole number attribute of the root. False with STATUS_NO_INPUT (no such file) or
// STATUS_BAD_INPUT (no HDF5 file, no such attribute).
bool h5reader_root_u64(const char *path, const char *name, uint64_t *value, struct status *status);
// All values of a numeric dataset, row by row, as double; the caller frees them. NULL on failure:
// as above, or STATUS_IO when the data cannot be read.
double *h5reader_numbers(const char *path, const char *dataset, size_t *n, struct status *status);
