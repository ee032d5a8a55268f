// Group /recovery: what each failure cost a store's data, and how long it took to agree again.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

// Two tables, one row each a failure, and one row each a way that was clear again.
void recoverygroup_write(struct h5 *h, const struct resultset *set);
