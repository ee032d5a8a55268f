// Points of a study: what is simulated, one combination of files and values of parameters each.
//
// A row is a value for each parameter, and what is derived from them; every design meets every
// workload and fault plan with every row. Rows come from the values as listed, or are drawn: the
// draws of a parameter are keyed by its name, so that another parameter, or more points of a random
// sample, change none of them; so is the Sobol sequence extended by more points. Latin hypercubes,
// Saltelli's and Morris's designs belong together as a whole. Rows that a constraint excludes are
// counted and left out. Thread class: read-only once made.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "scenario/scenario.h"
#include "scenario/study_file.h"

enum { POINTS_MOST = 1000000 };

struct points {
    const struct study_spec *spec;
    size_t n_rows, n_excluded;
    size_t n_values;      // a row: parameters, then derived
    const char **texts;   // [n_rows][n_values] as they stand in the scenario
    double *numbers;      // [n_rows][n_values]; NaN: no number
    const double *unit;   // Morris: [n_rows][parameters], where in its range a value is, 0..1
    const uint8_t *order; // Morris: which parameter changes at each step; else NULL
    size_t n_files;       // combinations of topology, workload and fault plan
};

struct point {
    size_t topology, workload, faults, row;
};

// Makes the rows in the arena. False after diagnostics: no row is left, too many, a value that is
// no number.
bool points_make(struct points *points, struct arena *arena, const struct study_spec *spec,
                 struct diag_list *diags);
// Rows vary fastest, then fault plans, workloads, topologies.
size_t points_count(const struct points *points);
struct point points_at(const struct points *points, size_t i);
// The changes of a row for scenario_load: fills up to `capacity`, returns how many there are.
size_t points_values(const struct points *points, size_t row, struct scenario_value *values,
                     size_t capacity);
