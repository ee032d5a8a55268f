// Group /latency: histograms of the latency of answered requests, over all replications.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void latencygroup_write(struct h5 *h, const struct resultset *set);
