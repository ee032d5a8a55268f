// The recovery tables of `aasim compare` and `aasim run`: what faults cost the data of stores.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "results/resultset.h"

// A table a fault that put data in danger or made replicas wait, those with most writes in danger
// first; nothing when there is none.
void recovery_print(const struct resultset *set, size_t width, FILE *out, bool colour);
