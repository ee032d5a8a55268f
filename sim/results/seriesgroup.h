// Group /timeseries: requests and availability by window of simulated time.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void seriesgroup_write(struct h5 *h, const struct resultset *set);
