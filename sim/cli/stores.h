// The tables of stores of `aasim compare` and `aasim run`: operations, what reads miss, what
// becomes of writes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "results/resultset.h"

// A row a store of a design; columns that no store has anything for are left out, and tables wider
// than `width` go on in another one. Nothing when no design has a store.
void stores_print(const struct resultset *set, size_t width, FILE *out, bool colour);
