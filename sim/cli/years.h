// The table of how the downtime of a year varies.
#pragma once

#include <stdio.h>

#include "results/resultset.h"

// Nothing when downtime has no yearly scale.
void years_print(const struct resultset *set, FILE *out, bool colour);
