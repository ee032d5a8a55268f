// Quantile tables against GSL's samplers: time of a draw, error of a quantile.
#pragma once

#include "harness.h"

void variates_bench(struct harness *h);
