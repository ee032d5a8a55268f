// Pins: distribution functions of every kind: each side inverts its own quantiles, down to tiny
// probabilities; the two sides make 1; below and above all values; jumps belong to the values from
// them on; what a mixture weighs. Not pinned: GSL's own accuracy beyond 1e-9.
#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>

#include "base/base.h"
#include "base/cumulative.h"

static const struct distribution_point points[] = {{0, 1}, {0.25, 2}, {0.5, 3}, {0.9, 10}, {1, 20}};
static const struct distribution_point jump[] = {{0, 1}, {0.25, 2}, {0.5, 2}, {1, 3}};
static const struct distribution_part parts[] = {
    {0.25, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2}},
    {0.75, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2}},
};

// Continuous ones.
static const struct distribution samples[] = {
    {.kind = DISTRIBUTION_UNIFORM, .a = 2, .b = 5},
    {.kind = DISTRIBUTION_UNIFORM, .a = -2, .b = 5},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.5},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = -1, .b = 1.2},
    {.kind = DISTRIBUTION_GAMMA, .a = 0.7, .b = 0.5},
    {.kind = DISTRIBUTION_GAMMA, .a = 4, .b = 0.5},
    {.kind = DISTRIBUTION_WEIBULL, .a = 2, .b = 0.6},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 3},
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 10, .p = 0.9},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = ARRAY_LEN(points)},
    {.kind = DISTRIBUTION_MIXTURE, .parts = parts, .n_parts = ARRAY_LEN(parts)},
};

static void prepare(void)
{
    gsl_set_error_handler_off();
}

TestSuite(cumulative, .init = prepare);

static void expect_close(double got, double want, double tolerance, const char *what, size_t kind)
{
    cr_expect_leq(fabs(got - want), tolerance * want, "%s, sample %zu: %.17g, expected %.17g", what,
                  kind, got, want);
}

// Bounded tails and those that begin far from zero have only as many digits as their quantile
// leaves them: these are asked from 1e-6 on.
static double smallest(const struct distribution *d, bool is_upper)
{
    bool is_bounded = d->kind == DISTRIBUTION_UNIFORM || d->kind == DISTRIBUTION_EMPIRICAL;
    return is_bounded || (!is_upper && d->kind == DISTRIBUTION_PARETO) ? 1e-6 : 1e-15;
}

Test(cumulative, each_side_inverts_its_quantiles)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        const struct distribution *d = &samples[i];
        for (double q = smallest(d, true); q < 1; q *= 1.7)
            expect_close(cumulative_upper(d, distribution_upper_quantile(d, q)), q, 1e-8, "upper",
                         i);
        for (double u = smallest(d, false); u < 1; u *= 1.7)
            expect_close(cumulative_lower(d, distribution_quantile(d, u)), u, 1e-8, "lower", i);
    }
}

Test(cumulative, sides_make_one_and_a_shift_moves_both)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct distribution moved = samples[i];
        moved.shift = 7;
        for (double x = -3; x < 40; x += 0.37) {
            double lower = cumulative_lower(&samples[i], x),
                   upper = cumulative_upper(&samples[i], x);
            expect_close(lower + upper, 1, 1e-14, "sum", i);
            cr_expect_float_eq(cumulative_lower(&moved, x + 7), lower, 1e-13);
            cr_expect_float_eq(cumulative_upper(&moved, x + 7), upper, 1e-13);
        }
    }
}

Test(cumulative, nothing_lies_below_the_least)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        double least = distribution_quantile(&samples[i], 0);
        cr_expect_eq(cumulative_lower(&samples[i], least), 0, "sample %zu", i);
        cr_expect_eq(cumulative_upper(&samples[i], least), 1, "sample %zu", i);
        cr_expect_eq(cumulative_lower(&samples[i], least - 1), 0, "sample %zu", i);
        cr_expect_eq(cumulative_upper(&samples[i], least - 1), 1, "sample %zu", i);
        double most = distribution_quantile(&samples[i], 1);
        cr_expect_eq(cumulative_lower(&samples[i], most), 1, "sample %zu", i);
        cr_expect_eq(cumulative_upper(&samples[i], most), 0, "sample %zu", i);
    }
}

Test(cumulative, pareto_keeps_the_digits_of_both_tails)
{
    struct distribution d = {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 3};
    // 1 - (1 + e)^-3 = 3 e to within 2 e, relative; 2^-40 is added without rounding.
    expect_close(cumulative_lower(&d, 1 + 0x1p-40), 3 * 0x1p-40, 1e-11, "lower", 0);
    expect_close(cumulative_upper(&d, 1e6), 1e-18, 1e-13, "upper", 0);
}

// A jump counts from its value on.
static void expect_jump(const struct distribution *d, double value, double below, double at)
{
    expect_close(cumulative_lower(d, nextafter(value, -1)), below, 1e-12, "below", d->kind);
    expect_close(cumulative_lower(d, value), at, 1e-12, "at", d->kind);
    expect_close(cumulative_upper(d, nextafter(value, -1)), 1 - below, 1e-12, "below", d->kind);
    expect_close(cumulative_upper(d, value), 1 - at, 1e-12, "at", d->kind);
}

Test(cumulative, jumps)
{
    struct distribution constant = distribution_constant(3);
    struct distribution narrow = {.kind = DISTRIBUTION_UNIFORM, .a = 3, .b = 3};
    struct distribution point = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(3), .b = 0};
    struct distribution measured = {
        .kind = DISTRIBUTION_EMPIRICAL, .points = jump, .n_points = ARRAY_LEN(jump)};
    const struct distribution_part two[] = {{0.3, constant}, {0.7, measured}};
    struct distribution mixed = {.kind = DISTRIBUTION_MIXTURE, .parts = two, .n_parts = 2};
    expect_jump(&constant, 3, 0, 1);
    expect_jump(&narrow, 3, 0, 1);
    expect_jump(&point, exp(log(3)), 0, 1);
    expect_jump(&measured, 2, 0.25, 0.5);
    expect_jump(&mixed, 2, 0.7 * 0.25, 0.7 * 0.5);
    expect_jump(&mixed, 3, 0.7, 1);
}

Test(cumulative, mixtures_weigh_their_parts)
{
    const struct distribution_part two[] = {
        {0.3, {.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 2}},
        {0.7, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1, .shift = 1}},
    };
    struct distribution d = {.kind = DISTRIBUTION_MIXTURE, .parts = two, .n_parts = 2};
    expect_close(cumulative_lower(&d, 0.5), 0.3 * 0.25, 1e-15, "one part", 0);
    expect_close(cumulative_lower(&d, 1.5), 0.3 * 0.75 + 0.7 * -expm1(-0.5), 1e-15, "both", 0);
    expect_close(cumulative_upper(&d, 1.5), 0.3 * 0.25 + 0.7 * exp(-0.5), 1e-15, "both", 0);
    expect_close(cumulative_upper(&d, 30), 0.7 * exp(-29), 1e-14, "tail", 0);
}
