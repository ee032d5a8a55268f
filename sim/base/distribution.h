// Distributions as data: kind and parameters, from which variate.h compiles its quantile tables.
//
// Values are non-negative unless a parameter makes them otherwise; durations are in seconds.
// Quantiles and moments come from GSL (parametric), from the points (empirical) or from the parts'
// distribution functions (mixtures; cumulative.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum distribution_kind {
    DISTRIBUTION_CONSTANT,         // a: the value
    DISTRIBUTION_UNIFORM,          // a: low, b: high
    DISTRIBUTION_EXPONENTIAL,      // a: mean
    DISTRIBUTION_LOGNORMAL,        // a: mean of the logarithm, b: its standard deviation
    DISTRIBUTION_GAMMA,            // a: shape, b: scale (Erlang-k: shape k)
    DISTRIBUTION_WEIBULL,          // a: scale, b: shape
    DISTRIBUTION_PARETO,           // a: least value, b: tail index alpha
    DISTRIBUTION_HYPEREXPONENTIAL, // p: probability of the first phase, a and b: means of the
                                   // phases
    DISTRIBUTION_EMPIRICAL,        // points: quantile function, linear between points
    DISTRIBUTION_MIXTURE,          // parts: one of them, drawn by their shares
};

struct distribution_point {
    double p; // cumulative probability, increasing; first 0, last 1
    double value;
};

struct distribution {
    enum distribution_kind kind;
    double a, b, p;
    double shift; // added to every value
    const struct distribution_point *points;
    size_t n_points;
    const struct distribution_part *parts;
    size_t n_parts;
};

// Of a mixture: at least two, none a mixture itself; shares are positive and sum to 1 within
// DISTRIBUTION_SHARES.
struct distribution_part {
    double share;
    struct distribution distribution;
};

#define DISTRIBUTION_SHARES 1e-9

struct distribution distribution_constant(double value);
// The lognormal with this median and this value at cumulative probability p (0.5 < p < 1).
struct distribution distribution_lognormal_fit(double median, double p, double value_at_p);
// False when the parameters make no distribution (negative scale, points out of order ...), or one
// whose values leave the range of a double before 1-u = 2^-50.
bool distribution_is_valid(const struct distribution *d);
// Value at cumulative probability u in [0, 1]; infinite where the distribution is unbounded. The
// upper tail is asked for as 1-u so that it keeps its precision.
double distribution_quantile(const struct distribution *d, double u);
double distribution_upper_quantile(const struct distribution *d, double one_minus_u);
// Infinite when the mean does not exist (Pareto with alpha <= 1).
double distribution_mean(const struct distribution *d);
