// Paired differences to the first design, as a table with verdicts.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// Requires two designs or more. Metrics that no design has a value for are left out.
void difference_print(const struct resultset *set, FILE *out, bool colour);
