// The failover tables of `aasim compare` and `aasim run`: what followed each fault, and when.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// A table a fault of the plan that users met, those with most lost requests first; nothing when
// there is none.
void failover_print(const struct resultset *set, size_t width, FILE *out, bool colour);
