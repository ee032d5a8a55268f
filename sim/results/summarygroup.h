// Group /summary: the decision table, with intervals and the comparison against the first design.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void summarygroup_write(struct h5 *h, const struct resultset *set);
