// Group /replications: what each simulated history gave, one number or count each.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void replicationgroup_write(struct h5 *h, const struct resultset *set);
