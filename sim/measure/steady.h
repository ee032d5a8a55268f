// Steady state: what one long run says of its long-run mean. Its beginning is left out, since it
// starts empty or warm; the rest is cut into batches, whose means are nearly independent.
//
// How much is left out: MSER-5 (White, Cobb and Spratt, A comparison of five steady-state
// truncation heuristics for simulation, WSC 2000): the cut after which the means of five
// observations each have the least squared standard error, at most half of the run. Interval: batch
// means with Student's t, as many batches as pass von Neumann's test of independence at 20 % (64,
// halved down to 16), the variance enlarged by the correlation of neighbours that is left, as of an
// autoregressive process (Skart; Tafazzoli, Wilson, Lada and Steiger, Performance of Skart, INFORMS
// J. on Computing 23, 2011), whose skewness adjustment is made as well. Measured coverage: see
// docs/statistics.md. Thread class: any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "measure/estimate.h"

enum { STEADY_LEAST = 160 }; // observations below which nothing is said: NaN bounds

struct steady {
    struct estimate mean; // n: batches
    size_t warmup;        // observations that were left out
    // False: the run is too short for its start-up (the cut wants to be later than its middle), or
    // for its correlation (16 batches are not independent either); the interval is then a guess.
    bool is_enough;
};

// Observations in order of time, none NaN.
struct steady steady_mean(const double *x, size_t n, double level);
// The cut of MSER-5: how many observations of the beginning to leave out. Equal to or above n / 2
// when the run is too short to tell.
size_t steady_warmup(const double *x, size_t n);
