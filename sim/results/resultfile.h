// The results file: netCDF-4-compatible HDF5, laid out as docs/results-file.md says.
//
// Equal result sets give equal bytes: nothing of the clock, the host, the threads or the addresses
// enters. A file under its final name is always whole; what was being written bears the suffix
// ".part".
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "results/resultset.h"

// Version of the layout, attribute `aasim_schema_version`. A change that breaks readers raises it.
enum { RESULTFILE_SCHEMA = 1 };

// Writes PATH by way of PATH.part: whole and on disk, or not at all (an older PATH then stays as it
// was). False with STATUS_CANNOT_CREATE or STATUS_IO and the reason; the .part is removed then. The
// file is built in memory first, which costs its size (megabytes) beside the set. Thread class:
// main thread only (HDF5 is not built for threads).
bool resultfile_write(const char *path, const struct resultset *set, struct status *status);

// True when PATH is a finished results file of a version this program can read; else false with
// STATUS_NO_INPUT (no such file), STATUS_BAD_INPUT (not such a file, not finished) or STATUS_IO.
bool resultfile_check(const char *path, struct status *status);

// Numbers of one dataset ("/summary/value") of a finished file, row by row, as double; the caller
// frees the array. NULL on failure, which says why. *n is the number of values; an empty dataset
// gives *n = 0 and an array all the same.
double *resultfile_numbers(const char *path, const char *dataset, size_t *n, struct status *status);

// May a results file be written to PATH? Not over a file that is something else, such as a
// scenario. False says why; nothing is written.
bool resultfile_may_replace(const char *path, struct status *status);
