// Pins: quantiles against closed forms and distribution functions, in both tails; the two sides
// agree; ends; means against the integral of the quantile; the fit; which parameters are accepted.
// Mixtures: both tails against a bisection of their own closed form, to 1e-9; jumps and gaps.
// Not pinned: GSL's own accuracy beyond 1e-9.
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>

#include "base/base.h"
#include "base/distribution.h"
#include "support/wars.h"

static const struct distribution_point points[] = {{0, 1}, {0.25, 2}, {0.5, 2}, {0.9, 10}, {1, 20}};

static const struct distribution_part parts[] = {
    {0.3, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1, .shift = 1}},
    {0.5, {.kind = DISTRIBUTION_PARETO, .a = 2, .b = 3}},
    {0.2, {.kind = DISTRIBUTION_LOGNORMAL, .a = 1, .b = 1.2}},
};

static const struct distribution samples[] = {
    {.kind = DISTRIBUTION_CONSTANT, .a = 3},
    {.kind = DISTRIBUTION_UNIFORM, .a = 2, .b = 5},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.5},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = -1, .b = 1.2},
    {.kind = DISTRIBUTION_GAMMA, .a = 4, .b = 0.5},
    {.kind = DISTRIBUTION_WEIBULL, .a = 2, .b = 1.5},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 3},
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 10, .p = 0.9},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = ARRAY_LEN(points)},
    {.kind = DISTRIBUTION_MIXTURE, .parts = parts, .n_parts = ARRAY_LEN(parts)},
};

static void assert_close(double got, double want, double tolerance, const char *what)
{
    cr_assert_leq(fabs(got - want), tolerance * fmax(fabs(want), 1e-300),
                  "%s: %.17g, expected %.17g", what, got, want);
}

// Survival function, from GSL's distribution functions or by hand.
static double survival(const struct distribution *d, double x)
{
    switch ((int)d->kind) {
    case DISTRIBUTION_EXPONENTIAL:
        return exp(-x / d->a);
    case DISTRIBUTION_LOGNORMAL:
        return gsl_cdf_lognormal_Q(x, d->a, d->b);
    case DISTRIBUTION_GAMMA:
        return gsl_cdf_gamma_Q(x, d->a, d->b);
    case DISTRIBUTION_WEIBULL:
        return exp(-pow(x / d->a, d->b));
    case DISTRIBUTION_PARETO:
        return pow(d->a / x, d->b);
    case DISTRIBUTION_HYPEREXPONENTIAL:
        return d->p * exp(-x / d->a) + (1 - d->p) * exp(-x / d->b);
    case DISTRIBUTION_MIXTURE: {
        double sum = 0;
        for (size_t i = 0; i < d->n_parts; i++) {
            const struct distribution *part = &d->parts[i].distribution;
            double above = x - part->shift, least = distribution_quantile(part, 0);
            sum += d->parts[i].share * (x < least ? 1 : survival(part, above));
        }
        return sum;
    }
    default:
        return (double)NAN;
    }
}

Test(distribution, upper_tail_inverts_the_survival_function)
{
    gsl_set_error_handler_off();
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        if (isnan(survival(&samples[i], 1)))
            continue;
        for (double q = 1e-15; q < 1; q *= 3) {
            double back = survival(&samples[i], distribution_upper_quantile(&samples[i], q));
            cr_assert_lt(fabs(back / q - 1), 1e-8, "kind %d at 1-u = %g: %g", (int)samples[i].kind,
                         q, back);
        }
    }
}

Test(distribution, both_sides_agree)
{
    gsl_set_error_handler_off();
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        for (int k = 1; k < 64; k++) {
            double u = k / 64.0; // exact, and so is 1-u
            assert_close(distribution_quantile(&samples[i], u),
                         distribution_upper_quantile(&samples[i], 1 - u), 1e-9, "the other side");
        }
}

Test(distribution, quantiles_ascend)
{
    gsl_set_error_handler_off();
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        double last = -HUGE_VAL;
        for (double u = 1e-18; u < 0.5; u *= 1.5) {
            double x = distribution_quantile(&samples[i], u);
            cr_assert(isfinite(x) && x >= last, "kind %d at u = %g", (int)samples[i].kind, u);
            last = x;
        }
        for (double q = 0.5; q > 1e-18; q /= 1.5) {
            double x = distribution_upper_quantile(&samples[i], q);
            cr_assert(isfinite(x) && x >= last, "kind %d at 1-u = %g", (int)samples[i].kind, q);
            last = x;
        }
    }
}

Test(distribution, ends)
{
    gsl_set_error_handler_off();
    const double low[] = {3, 2, 0, 0, 0, 0, 1, 0, 1, 0};
    const double high[] = {3,        5,        HUGE_VAL, HUGE_VAL, HUGE_VAL,
                           HUGE_VAL, HUGE_VAL, HUGE_VAL, 20,       HUGE_VAL};
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        cr_assert_eq(distribution_quantile(&samples[i], 0), low[i], "kind %zu", i);
        cr_assert_eq(distribution_upper_quantile(&samples[i], 1), low[i], "kind %zu", i);
        cr_assert_eq(distribution_quantile(&samples[i], 1), high[i], "kind %zu", i);
        cr_assert_eq(distribution_upper_quantile(&samples[i], 0), high[i], "kind %zu", i);
    }
}

Test(distribution, lower_tail_keeps_its_digits)
{
    struct distribution e = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2};
    assert_close(distribution_quantile(&e, 1e-17), 2e-17, 1e-12, "exponential");
    struct distribution h = {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 10, .p = 0.5};
    assert_close(distribution_quantile(&h, 1e-17), 1e-17 / 0.55, 1e-9, "hyperexponential");
}

Test(distribution, empirical_is_linear_between_points)
{
    struct distribution d = samples[8];
    assert_close(distribution_quantile(&d, 0.125), 1.5, 1e-15, "first segment");
    assert_close(distribution_quantile(&d, 0.3), 2, 1e-15, "an atom");
    assert_close(distribution_quantile(&d, 0.7), 6, 1e-15, "third segment");
    assert_close(distribution_upper_quantile(&d, 0.05), 15, 1e-12, "last segment");
    assert_close(distribution_upper_quantile(&d, 1e-12), 20 - 1e-10, 1e-15, "far end");
}

Test(distribution, degenerate_hyperexponentials_are_exponentials)
{
    struct distribution e = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 4};
    const struct distribution h[] = {
        {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 4, .b = 4, .p = 0.3},
        {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 4, .b = 9, .p = 1},
        {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 9, .b = 4, .p = 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(h); i++)
        for (double u = 1e-6; u < 1; u += 0.0999)
            assert_close(distribution_quantile(&h[i], u), distribution_quantile(&e, u), 1e-10,
                         "H2");
}

Test(distribution, gammas_of_extreme_shape)
{
    gsl_set_error_handler_off();
    const double shapes[] = {0.01, 0.05, 0.1, 0.2, 0.29, 0.31, 999, 1001, 1e4};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        struct distribution d = {.kind = DISTRIBUTION_GAMMA, .a = shapes[i], .b = 2};
        cr_assert(distribution_is_valid(&d));
        for (double p = 0.5; p > 1e-13; p /= 3) {
            double upper = distribution_upper_quantile(&d, p), lower = distribution_quantile(&d, p);
            assert_close(gsl_cdf_gamma_Q(upper, d.a, d.b), p, 1e-7, "upper");
            if (lower > 1e-300) // smaller ones become 0
                assert_close(gsl_cdf_gamma_P(lower, d.a, d.b), p, 1e-7, "lower");
        }
    }
}

Test(distribution, gamma_where_gsl_s_inverse_fails)
{
    gsl_set_error_handler_off();
    struct distribution d = {.kind = DISTRIBUTION_GAMMA, .a = 1000, .b = 1};
    for (double p = 0.5; p > 1e-6; p *= 0.995)
        assert_close(gsl_cdf_gamma_Q(distribution_upper_quantile(&d, p), d.a, d.b), p, 1e-8,
                     "upper");
}

Test(distribution, gamma_near_zero_follows_its_leading_term)
{
    // P(x) = x^a / gamma(a+1) to within x, relative.
    struct distribution d = {.kind = DISTRIBUTION_GAMMA, .a = 0.2, .b = 3};
    for (double u = 1e-9; u < 1e-4; u *= 2)
        assert_close(distribution_quantile(&d, u), 3 * pow(u * tgamma(1.2), 5), 1e-12, "quantile");
    // The leading term and the search meet without a step.
    double last = 0;
    for (double u = 1e-4; u < 1e-2; u *= 1.0001) {
        double x = distribution_quantile(&d, u);
        assert_close(x / (3 * pow(u * tgamma(1.2), 5)), 1, 2e-10, "near zero");
        cr_assert(x > last);
        last = x;
    }
}

// ---- mixtures

static void expect_fit(const struct distribution *d, const char *name)
{
    for (double p = 1e-15; p < 0.9; p *= 2.3) {
        assert_close(distribution_upper_quantile(d, p), wars_quantile(d, p, true), 1e-9, name);
        assert_close(distribution_quantile(d, p), wars_quantile(d, p, false), 1e-9, name);
    }
}

Test(distribution, mixtures_agree_with_bisection_in_both_tails)
{
    gsl_set_error_handler_off();
    for (int i = 0; i < WARS_FITS; i++) {
        expect_fit(&wars_fits[i].write, wars_fits[i].name);
        expect_fit(&wars_fits[i].other, wars_fits[i].name);
    }
    expect_fit(&wars_wan_write, "WAN");
    expect_fit(&wars_wan_other, "WAN");
}

// Two exponentials: the same by the form that has long been there.
Test(distribution, mixtures_of_exponentials_are_hyperexponentials)
{
    const struct distribution_part two[] = {{0.9, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1}},
                                            {0.1, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 10}}};
    struct distribution m = {.kind = DISTRIBUTION_MIXTURE, .parts = two, .n_parts = 2};
    for (double p = 1e-18; p < 1; p *= 3) {
        assert_close(distribution_quantile(&m, p), distribution_quantile(&samples[7], p), 1e-10,
                     "lower");
        assert_close(distribution_upper_quantile(&m, p),
                     distribution_upper_quantile(&samples[7], p), 1e-10, "upper");
    }
}

Test(distribution, mixtures_of_constants_are_exact)
{
    const struct distribution_part three[] = {
        {0.5, {.kind = DISTRIBUTION_CONSTANT, .a = 0.1}},
        {0.25, {.kind = DISTRIBUTION_CONSTANT, .a = 0.7}},
        {0.25, {.kind = DISTRIBUTION_CONSTANT, .a = 3}},
    };
    struct distribution d = {.kind = DISTRIBUTION_MIXTURE, .parts = three, .n_parts = 3};
    for (int k = 1; k < 100; k++) {
        double u = k / 100.0, want = k <= 50 ? 0.1 : k <= 75 ? 0.7 : 3;
        cr_assert_eq(distribution_quantile(&d, u), want, "at %g", u);
        cr_assert_eq(distribution_upper_quantile(&d, 1 - u), want, "at %g from above", u);
    }
    cr_assert_eq(distribution_upper_quantile(&d, 1e-12), 3);
    cr_assert_eq(distribution_quantile(&d, 1e-12), 0.1);
}

// Most at one value, the rest spread out above it: its density is not counted twice.
Test(distribution, mixtures_may_have_an_atom)
{
    const struct distribution_part two[] = {{0.75, {.kind = DISTRIBUTION_CONSTANT, .a = 2}},
                                            {0.25, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 4}}};
    struct distribution d = {.kind = DISTRIBUTION_MIXTURE, .parts = two, .n_parts = 2};
    double below = 0.25 * -expm1(-0.5);
    assert_close(distribution_quantile(&d, below / 2), -4 * log1p(-2 * below), 1e-9, "below");
    cr_assert_eq(distribution_quantile(&d, below + 1e-9), 2);
    cr_assert_eq(distribution_quantile(&d, below + 0.75 - 1e-9), 2);
    assert_close(distribution_upper_quantile(&d, 0.01), 4 * log(25), 1e-12, "above");
}

Test(distribution, mixtures_may_have_gaps_and_bounds)
{
    const struct distribution_part two[] = {{0.6, {.kind = DISTRIBUTION_UNIFORM, .a = 1, .b = 2}},
                                            {0.4, {.kind = DISTRIBUTION_UNIFORM, .a = 7, .b = 8}}};
    struct distribution d = {
        .kind = DISTRIBUTION_MIXTURE, .parts = two, .n_parts = 2, .shift = 0.5};
    assert_close(distribution_quantile(&d, 0), 1.5, 0, "least");
    assert_close(distribution_quantile(&d, 0.3), 2, 1e-12, "first half");
    assert_close(distribution_quantile(&d, 0.6 - 1e-9), 2.5, 1e-8, "below the gap");
    assert_close(distribution_quantile(&d, 0.6 + 1e-9), 7.5, 1e-8, "above the gap");
    assert_close(distribution_upper_quantile(&d, 0.1), 8.25, 1e-12, "last quarter");
    assert_close(distribution_upper_quantile(&d, 0), 8.5, 0, "most");
    assert_close(distribution_mean(&d), 0.6 * 2 + 0.4 * 8, 1e-15, "mean");
}

Test(distribution, mean_is_the_integral_of_the_quantile)
{
    gsl_set_error_handler_off();
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct distribution d = samples[i];
        d.shift = 0.25;
        // Midpoints of cells that are equal in log u on both sides.
        double sum = 0;
        for (double q = 0.5; q > 1e-14; q *= 0.99) {
            double width = q * 0.01, middle = q * 0.995;
            sum += width *
                   (distribution_quantile(&d, middle) + distribution_upper_quantile(&d, middle));
        }
        assert_close(distribution_mean(&d), sum, 1e-4, "mean");
    }
    struct distribution heavy = {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 1};
    cr_assert(isinf(distribution_mean(&heavy)));
    const struct distribution_part two[] = {{0.9, samples[2]}, {0.1, heavy}};
    struct distribution mixed = {.kind = DISTRIBUTION_MIXTURE, .parts = two, .n_parts = 2};
    cr_assert(isinf(distribution_mean(&mixed)));
}

Test(distribution, shift_moves_everything)
{
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2, .shift = 5};
    assert_close(distribution_quantile(&d, 0.5), 5 + 2 * log(2), 1e-15, "median");
    assert_close(distribution_mean(&d), 7, 1e-15, "mean");
}

Test(distribution, lognormal_fit)
{
    struct distribution d = distribution_lognormal_fit(0.012, 0.99, 0.080);
    assert_close(distribution_quantile(&d, 0.5), 0.012, 1e-12, "median");
    assert_close(distribution_quantile(&d, 0.99), 0.080, 1e-12, "p99");
    struct distribution point = distribution_lognormal_fit(0.012, 0.99, 0.012);
    assert_close(distribution_quantile(&point, 0.999), 0.012, 1e-12, "no spread");
}

Test(distribution, validity)
{
    static const struct distribution_point descending[] = {{0, 2}, {1, 1}};
    static const struct distribution_point short_of_one[] = {{0, 1}, {0.9, 2}};
    static const struct distribution_point twice[] = {{0, 1}, {0.5, 2}, {0.5, 3}, {1, 4}};
    const struct distribution_part light[] = {{0.5, samples[2]}, {0.49, samples[3]}};
    const struct distribution_part none[] = {{1, samples[2]}, {0, samples[3]}};
    const struct distribution_part broken[] = {{0.5, samples[2]}, {0.5, {.kind = 99}}};
    const struct distribution_part nested[] = {{0.5, samples[2]}, {0.5, samples[9]}};
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        cr_assert(distribution_is_valid(&samples[i]), "kind %zu", i);
    const struct distribution invalid[] = {
        {.kind = DISTRIBUTION_CONSTANT, .a = (double)NAN},
        {.kind = DISTRIBUTION_CONSTANT, .a = 1, .shift = HUGE_VAL},
        {.kind = DISTRIBUTION_UNIFORM, .a = 2, .b = 1},
        {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = -1},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 300}, // beyond the range of double
        {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 0.01},
        {.kind = DISTRIBUTION_GAMMA, .a = 1, .b = 0},
        {.kind = DISTRIBUTION_WEIBULL, .a = -1, .b = 1},
        {.kind = DISTRIBUTION_PARETO, .a = 0, .b = 2},
        {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 2, .p = 1.5},
        {.kind = DISTRIBUTION_EMPIRICAL},
        {.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = 1},
        {.kind = DISTRIBUTION_EMPIRICAL, .points = descending, .n_points = 2},
        {.kind = DISTRIBUTION_EMPIRICAL, .points = short_of_one, .n_points = 2},
        {.kind = DISTRIBUTION_EMPIRICAL, .points = twice, .n_points = 4},
        {.kind = DISTRIBUTION_MIXTURE},
        {.kind = DISTRIBUTION_MIXTURE, .parts = parts, .n_parts = 1},
        {.kind = DISTRIBUTION_MIXTURE, .parts = light, .n_parts = 2},
        {.kind = DISTRIBUTION_MIXTURE, .parts = none, .n_parts = 2},
        {.kind = DISTRIBUTION_MIXTURE, .parts = broken, .n_parts = 2},
        {.kind = DISTRIBUTION_MIXTURE, .parts = nested, .n_parts = 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(invalid); i++)
        cr_assert_not(distribution_is_valid(&invalid[i]), "number %zu", i);
}
