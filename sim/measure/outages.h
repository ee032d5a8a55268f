// Outages: the long-run share of time in which something was down, from few outages or none.
//
// A system is up for exponential times and down for times of any law. Of n outages in a time that
// was fixed beforehand the rate has the chi-square bounds of a Poisson count (2n + 1 degrees of
// freedom, between the exact bounds of 2n and 2n + 2; Cox, Some simple approximate tests for
// Poisson variates, Biometrika 40, 1953), and the mean duration those of exponential times (2n;
// less when the durations vary more than these do); their product, the ratio of down to up time, an
// F distribution's (Birolini, Reliability Engineering, 7.2). Without any outage the rate has an
// upper bound still, and so has the share when the caller knows how long an outage lasts. Measured
// coverage of 95 %: docs/statistics.md. Thread class: any thread.
#pragma once

#include <stddef.h>

#include "measure/estimate.h"

struct outages {
    const double *duration_s; // [n], each above 0
    size_t n;
    double observed_s; // of all runs together, up or down
    // How long an outage lasts on average, as far as is known: used when there was none; NaN: not
    // known, and then there is no upper bound without one.
    double expected_duration_s;
};

// Share of time down: value, bounds, n the number of outages, sd that of the durations.
struct estimate outages_share(const struct outages *o, double level);
// Outages a second of time up.
struct estimate outages_rate(const struct outages *o, double level);
