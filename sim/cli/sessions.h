// What stores owe to users' sessions, as a table: how often reads of own items broke
// read-your-writes and monotonic reads, and what keeping these cost.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// A row a store with reads of own items; nothing when there are none.
void sessions_print(const struct resultset *set, FILE *out, bool colour);
