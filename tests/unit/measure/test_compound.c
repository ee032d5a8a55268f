// Pins: sums of a year against simulated ones and closed forms (Poisson counts, binomials), on the
// grid's step; nothing observed leaves a chance below 1; bootstrap intervals of the chance cover
// it. AASIM_LONG=1: a thousand runs.
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "measure/compound.h"
#include "support/stat.h"

static struct compound sum_of(const double *amount, size_t n, double number, bool is_poisson,
                              double threshold)
{
    struct stream draws = stream_open(1, 0, "test", "compound");
    struct compound out;
    const struct compound_data data = {amount, n, number, is_poisson};
    compound_sum(&data, threshold, 0.95, &draws, &out);
    return out;
}

Test(compound, poisson_of_ones_is_poisson)
{
    const double one = 1;
    for (double rate = 0.5; rate < 20; rate *= 3) {
        const struct compound c = sum_of(&one, 1, rate, true, 3.5);
        cr_expect_float_eq(c.chance.value, gsl_cdf_poisson_P(3, rate), 1e-6);
        cr_expect(isnan(c.chance.low));
    }
}

Test(compound, runs_of_zero_or_one_are_binomial)
{
    double amount[10] = {0};
    amount[3] = amount[7] = 1;
    const struct compound c = sum_of(amount, 10, 30, false, 6.5);
    cr_expect_float_eq(c.chance.value, gsl_cdf_binomial_P(6, 0.2, 30), 1e-6);
    cr_expect_float_eq(c.quantiles[0].value, 6, 0.05);
    cr_expect(c.chance.low < c.chance.value && c.chance.value < c.chance.high);
}

// Exponential amounts, five incidents a year, against two hundred thousand simulated years.
Test(compound, agrees_with_simulated_years)
{
    enum { N = 50, YEARS = 200000 };
    struct stream s = stream_open(1, 1, "test", "years");
    double amount[N];
    uint64_t hits = 0, low = 0;
    for (size_t i = 0; i < N; i++)
        amount[i] = -10 * log(stream_uniform(&s));
    const struct compound c = sum_of(amount, N, 5, true, 60);
    for (uint32_t y = 0; y < YEARS; y++) {
        double sum = 0, at = -log(stream_uniform(&s)) / 5;
        for (; at < 1; at -= log(stream_uniform(&s)) / 5)
            sum += amount[stream_below(&s, N)];
        hits += sum <= 60;
        low += sum <= c.quantiles[1].value;
    }
    cr_expect(stat_share_agrees_within("chance of 60", hits, YEARS, c.chance.value, 5e-4));
    cr_expect(stat_share_agrees_within("nine of ten", low, YEARS, 0.9, 1e-3));
}

// Many runs a year: a rare amount drawn two or three times by the bootstrap still has its place on
// the grid, and small amounts are not blurred.
Test(compound, many_runs_a_year)
{
    double amount[10] = {10};
    struct compound c = sum_of(amount, 10, 52596, false, 60000);
    cr_expect_float_eq(c.quantiles[0].value, 52596, 100);
    cr_expect(c.quantiles[0].high > 100000 && c.quantiles[0].high < 260000, "%g",
              c.quantiles[0].high);
    cr_expect_lt(c.chance.low, 0.01);
    for (size_t i = 0; i < 10; i++)
        amount[i] = 10;
    c = sum_of(amount, 10, 52596, false, 525000);
    cr_expect_eq(c.chance.value, 0);
    cr_expect_float_eq(c.quantiles[1].value, 525960, 200);
}

Test(compound, what_was_not_seen_may_be)
{
    const double none[20] = {0};
    const struct compound c = sum_of(none, 20, 2, true, 10);
    cr_expect_eq(c.chance.value, 1);
    cr_expect_float_eq(c.chance.low, exp(-2 * (1 - pow(0.025, 1 / 20.0))), 1e-9);
    cr_expect_eq(c.quantiles[2].value, 0);
    cr_expect(isnan(c.quantiles[2].high));
}

// Two incidents a year of exponential length 10, at most 40 in a year, from 30 of them.
Test(compound, intervals_cover)
{
    enum { N = 30 };
    const uint32_t runs = stat_is_long() ? 1000 : stat_runs(100);
    double amount[N], many[4000];
    uint32_t n_covered = 0;
    for (size_t i = 0; i < 4000; i++)
        many[i] = -10 * log(1 - ((double)i + 0.5) / 4000);
    const double truth = sum_of(many, 4000, 2, true, 40).chance.value;
    for (uint32_t run = 0; run < runs; run++) {
        struct stream s = stream_open(2, run, "test", "amounts");
        for (size_t i = 0; i < N; i++)
            amount[i] = -10 * log(stream_uniform(&s));
        const struct compound c = sum_of(amount, N, 2, true, 40);
        n_covered += c.chance.low <= truth && truth <= c.chance.high;
    }
    fprintf(stderr, "chance %.4f: %.1f %% of %u covered\n", truth, 100.0 * n_covered / runs, runs);
    cr_expect(stat_share_agrees_within("compound", n_covered, runs, 0.93, 0.01));
}
