// Groups /failovers, the chain of each fault, a row each, and /drain, attempts by time since a
// fault.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void failovergroup_write(struct h5 *h, const struct resultset *set);
