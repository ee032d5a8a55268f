// Where users' tries go in regions with several endpoints, as a table: a canary's share, and how it
// fares.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// A row an endpoint, all populations together; nothing when no design has such a region.
void endpoints_print(const struct resultset *set, FILE *out, bool colour);
