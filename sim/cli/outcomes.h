// How the requests of one design ended, as a table.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// The first design: a row an outcome, all populations, classes and replications together.
void outcomes_print(const struct resultset *set, FILE *out, bool colour);
