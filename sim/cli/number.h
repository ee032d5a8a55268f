// Numbers for people: as many digits as the interval supports, and as many as show the nines.
//
// All functions write into `out` and return it; "n/a" for NaN.
#pragma once

#include <stdbool.h>

#include "measure/estimate.h"

enum { NUMBER_SIZE = 64 };

// "99.9873 %  [99.9861, 99.9885]": a share with its interval.
char *number_share(const struct estimate *e, char out[NUMBER_SIZE]);
// "412 ± 12", "0 [0, 3.1]" when the interval is not symmetric, "412" without an interval; values
// times factor.
char *number_estimate(const struct estimate *e, double factor, char out[NUMBER_SIZE]);
// "+0.412" and "[+0.391, +0.433]": a difference and its interval, "no spread" when all replications
// agree; values times factor.
char *number_difference(const struct estimate *e, double factor, char out[NUMBER_SIZE]);
char *number_interval(const struct estimate *e, double factor, char out[NUMBER_SIZE]);
// Three significant digits without exponent: "0.0123", "12.3", "12345".
char *number_short(double value, char out[NUMBER_SIZE]);
// "95 %", "99.9 %"
char *number_level(double level, char out[NUMBER_SIZE]);
