// How a quantity spreads over replications, cell by cell: mean, 5th and 95th percentile.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "results/h5.h"

// [n] each, NaN where no replication has a value.
struct bands {
    float *mean, *p05, *p95;
};

// All NaN, in the arena.
struct bands bands_new(struct arena *arena, size_t n);
// Sets one cell from the n values that replications gave; sorts them.
void bands_set(const struct bands *bands, size_t at, double *values, size_t n);
// Writes NAME_mean, NAME_p05 and NAME_p95, of v->name; v->data and v->type are not read.
void bands_write(struct h5 *h, const struct bands *bands, const struct h5_variable *v);
