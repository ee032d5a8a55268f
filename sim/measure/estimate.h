// Interval estimates: point, lower and upper bound, and what they rest on. Formulas from GSL and
// textbooks.
//
// Observations that are NaN (nothing was measured in that replication) are left out; `n` says how
// many were used. `level` is the confidence of the two-sided interval, 0 < level < 1. Sums run in
// the order of the arguments, so that equal input gives equal bits. Thread class: any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct estimate {
    double value; // NaN when there is nothing to estimate from
    double low, high;
    size_t n;  // independent observations behind it
    double sd; // sample standard deviation of the observations; NaN when n < 2
};

// Mean of independent observations with Student's t interval. n == 1: the value with NaN bounds.
struct estimate estimate_mean(const double *x, size_t n, double level);
// Mean of x[i] - y[i], paired; a pair with a NaN is left out.
struct estimate estimate_paired(const double *x, const double *y, size_t n, double level);

// What pairing gains: (variance of x + variance of y) / variance of x - y, how many times as many
// replications independent numbers would need for the same interval of the difference. The
// jackknife's interval on the scale of logarithms, Student's t; n < 4, or both without spread: NaN;
// a difference without spread: infinite, NaN bounds. A pair with a NaN is left out.
struct estimate estimate_pairing_gain(const double *x, const double *y, size_t n, double level);

// Ratio sum(x)/sum(y) over replications, each an independent observation (y[i] == 0: left out),
// with the jackknife's standard error and Student's t (Cochran, Sampling Techniques, 6.17; Efron &
// Tibshirani, An Introduction to the Bootstrap, 11). When every x[i] <= y[i], as with availability,
// the interval is made on the scale of asin(sqrt(share)), the textbook transformation of shares: it
// stays inside 0..1 and is longer on the side where the data cannot see. sd is that of the single
// ratios x[i]/y[i]. When the replications show no spread at all (every x equals its y, every x is
// 0, all ratios equal), the exact (Clopper-Pearson) bound on the pooled counts instead: never a
// zero-width interval. One replication with a ratio between 0 and 1: NaN bounds. Measured coverage
// at 0.95: 0.94 to 0.96 with ten replications or more that mostly see failures. When few do (an
// outage in one replication of five), 0.80 with ten replications and 0.92 with thirty: no interval
// can know of outages that were not seen.
struct estimate estimate_ratio(const uint64_t *x, const uint64_t *y, size_t n, double level);

// The same for observations that are no counts: always Student's t, sd that of the
// jackknife's pseudo-values, so that the standard error is sd / sqrt(n).
struct estimate estimate_weighted_ratio(const double *x, const double *y, size_t n, double level);

// Clopper-Pearson interval of a binomial share; successes <= trials. n is the number of trials, sd
// that of one trial. With more than 100,000 successes and failures, the score interval with
// continuity correction (Newcombe 1998), which then differs by less than a thousandth of the
// interval's width.
struct estimate estimate_share(uint64_t successes, uint64_t trials, double level);

// Two-sided p-values of a family of tests adjusted by Holm's step-down method, in place; m >= 1.
// NaN stays NaN and does not count as a member of the family.
void estimate_holm(double *p_values, size_t m);
// Two-sided p-value of the paired t test that the mean difference is 0; NaN with fewer than two
// pairs, 1 when all n differences are 0. When all are equal but not 0, their spread is unknown
// rather than none: then that of the sign test, 2^(1-n), which needs no spread.
double estimate_paired_p(const double *x, const double *y, size_t n);
