// Distribution functions of all kinds, from GSL where it has them and keeps the digits.
//
// GSL's functions for positive values are not made for others: they are asked above zero only, and
// not at infinity. Its lower side of Pareto's subtracts from 1, so that one is written out.
#include "base/cumulative.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/base.h"

// A value, and the side of it that is asked for.
struct side {
    double x;
    bool is_upper; // P(X > x)
};

// All that is not spread out lies at the value.
static double cumulative_step(double value, struct side at)
{
    return (at.x < value) == at.is_upper;
}

static double uniform_cumulative(const struct distribution *d, struct side at)
{
    if (d->a == d->b || at.x < d->a || at.x >= d->b)
        return cumulative_step(at.x < d->a ? d->a : d->b, at);
    return (at.is_upper ? d->b - at.x : at.x - d->a) / (d->b - d->a);
}

static double lognormal_cumulative(const struct distribution *d, struct side at)
{
    if (d->b == 0)
        return cumulative_step(exp(d->a), at);
    return at.is_upper ? gsl_cdf_lognormal_Q(at.x, d->a, d->b)
                       : gsl_cdf_lognormal_P(at.x, d->a, d->b);
}

static double pareto_cumulative(const struct distribution *d, struct side at)
{
    if (at.x < d->a)
        return cumulative_step(d->a, at);
    return at.is_upper ? gsl_cdf_pareto_Q(at.x, d->b, d->a)
                       : -expm1(d->b * log1p((d->a - at.x) / at.x));
}

static double hyperexponential_cumulative(const struct distribution *d, struct side at)
{
    double first = -at.x / d->a, second = -at.x / d->b;
    if (at.is_upper)
        return d->p * exp(first) + (1 - d->p) * exp(second);
    return -(d->p * expm1(first) + (1 - d->p) * expm1(second));
}

// Behind the last point whose value is reached: several points at one value are a jump.
static double empirical_cumulative(const struct distribution *d, struct side at)
{
    const struct distribution_point *points = d->points;
    size_t n_reached = 0, end = d->n_points;
    while (n_reached < end) {
        size_t middle = n_reached + (end - n_reached) / 2;
        if (points[middle].value <= at.x)
            n_reached = middle + 1;
        else
            end = middle;
    }
    if (n_reached == 0 || n_reached == d->n_points)
        return (n_reached == 0) == at.is_upper;
    const struct distribution_point *from = &points[n_reached - 1], *to = from + 1;
    double share = (to->p - from->p) / (to->value - from->value);
    return at.is_upper ? (1 - to->p) + share * (to->value - at.x)
                       : from->p + share * (at.x - from->value);
}

static double mixture_cumulative(const struct distribution *d, struct side at)
{
    double sum = 0;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct distribution *of = &d->parts[i].distribution;
        sum += d->parts[i].share *
               (at.is_upper ? cumulative_upper(of, at.x) : cumulative_lower(of, at.x));
    }
    return fmin(sum, 1);
}

// Kinds without values at zero or below it, at a value above.
static double positive_cumulative(const struct distribution *d, struct side at)
{
    bool up = at.is_upper;
    switch ((int)d->kind) {
    case DISTRIBUTION_EXPONENTIAL:
        return up ? gsl_cdf_exponential_Q(at.x, d->a) : gsl_cdf_exponential_P(at.x, d->a);
    case DISTRIBUTION_LOGNORMAL:
        return lognormal_cumulative(d, at);
    case DISTRIBUTION_GAMMA:
        return up ? gsl_cdf_gamma_Q(at.x, d->a, d->b) : gsl_cdf_gamma_P(at.x, d->a, d->b);
    case DISTRIBUTION_WEIBULL:
        return up ? gsl_cdf_weibull_Q(at.x, d->a, d->b) : gsl_cdf_weibull_P(at.x, d->a, d->b);
    case DISTRIBUTION_PARETO:
        return pareto_cumulative(d, at);
    default:
        return hyperexponential_cumulative(d, at);
    }
}

static double cumulative_at(const struct distribution *d, struct side at)
{
    if (isinf(at.x))
        return cumulative_step(0, at);
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return cumulative_step(d->a, at);
    case DISTRIBUTION_UNIFORM:
        return uniform_cumulative(d, at);
    case DISTRIBUTION_EXPONENTIAL:
    case DISTRIBUTION_LOGNORMAL:
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
    case DISTRIBUTION_PARETO:
    case DISTRIBUTION_HYPEREXPONENTIAL:
        return at.x > 0 ? positive_cumulative(d, at) : cumulative_step(1, at);
    case DISTRIBUTION_EMPIRICAL:
        return empirical_cumulative(d, at);
    case DISTRIBUTION_MIXTURE:
        return mixture_cumulative(d, at);
    }
    REQUIRE(false, "distribution kind %d", (int)d->kind);
    return 0;
}

double cumulative_lower(const struct distribution *d, double x)
{
    return cumulative_at(d, (struct side){x - d->shift, false});
}

double cumulative_upper(const struct distribution *d, double x)
{
    return cumulative_at(d, (struct side){x - d->shift, true});
}
