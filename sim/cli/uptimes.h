// User-uptime beside the share of requests: in whole runs, and in their worst stretches.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// A row a design; nothing when no user was there.
void uptimes_print(const struct resultset *set, FILE *out, bool colour);
