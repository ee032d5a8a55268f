// Distribution functions: P(X <= x), and P(X > x).
//
// Each is computed by itself, so that small ones keep their digits. Values of x are in the
// distribution's own unit; any thread.
#pragma once

#include "base/distribution.h"

double cumulative_lower(const struct distribution *d, double x);
double cumulative_upper(const struct distribution *d, double x);
