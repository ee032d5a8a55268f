// The decision table and what stands around it, for people: at most 100 columns wide.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "cli/notes.h"
#include "results/resultset.h"

enum { DECISION_COLUMNS = 100 };

// Prints heading, decision table, failovers, what became of data, latencies by population,
// differences, judgement and notes. With one design: its populations and outcomes in place of the
// comparison.
void decision_print(const struct resultset *set, const struct notes *notes, FILE *out, bool colour);
