// Pins: the tabulated quantile is within 0.1 % of the true one from p0.001 to p99.9999 for the
// exponential, lognormals up to sigma 1.5 and gammas of shape 1 and more; it rises with u; no draw
// is below `least`; means are right to 1e-4; draws follow the distribution (Kolmogorov-Smirnov,
// fixed seed). Not pinned: speed, values beyond 2^-40.
#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/variate.h"

// The word whose distance from the side's end is nearest to `distance`.
static uint64_t word_at(int side, double distance)
{
    return (uint64_t)side << 63 | (uint64_t)(distance * 0x1p64);
}

static const struct distribution smooth[] = {
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 3},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 0.3},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 2, .b = 1},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = -3, .b = 1.5},
    {.kind = DISTRIBUTION_GAMMA, .a = 1, .b = 2},
    {.kind = DISTRIBUTION_GAMMA, .a = 2.5, .b = 1},
    {.kind = DISTRIBUTION_GAMMA, .a = 50, .b = 0.1},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 2},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 0.7},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 1.5},
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 20, .p = 0.95},
    {.kind = DISTRIBUTION_UNIFORM, .a = 1, .b = 2},
};

Test(variate, quantiles_within_a_thousandth)
{
    gsl_set_error_handler_off();
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(smooth); i++) {
        struct variate v = variate_compile(&arena, &smooth[i], 1e9);
        double worst = 0;
        for (double q = 0.4999; q > 1e-6; q *= 0.9973) {
            double upper = 1e9 * distribution_upper_quantile(&smooth[i], q);
            worst = fmax(worst, fabs(variate_at(&v, word_at(1, q)) / upper - 1));
            double lower = 1e9 * distribution_quantile(&smooth[i], q);
            if (q >= 1e-5)
                worst = fmax(worst, fabs(variate_at(&v, word_at(0, q)) / lower - 1));
        }
        cr_assert_lt(worst, 1e-3, "distribution %zu: off by %g", i, worst);
    }
    arena_free(&arena);
}

Test(variate, exact_at_the_grid)
{
    struct arena arena = {0};
    struct variate v = variate_compile(&arena, &smooth[0], 1);
    for (int octave = 0; octave < VARIATE_OCTAVES - 1; octave++) {
        double distance = ldexp(1, -(octave + 2));
        cr_assert_float_eq(variate_at(&v, word_at(0, distance)) / (-3 * log1p(-distance)), 1, 1e-6);
        cr_assert_float_eq(variate_at(&v, word_at(1, distance)) / (-3 * log(distance)), 1, 1e-6);
    }
    arena_free(&arena);
}

Test(variate, rises_with_u_and_stays_above_the_least)
{
    gsl_set_error_handler_off();
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(smooth); i++) {
        struct variate v = variate_compile(&arena, &smooth[i], 1);
        double last = v.least;
        cr_assert(isfinite(v.least) && v.least >= 0);
        // Words from the low end, all through the middle, to the high end, with uneven steps.
        for (uint64_t r = 0; r < UINT64_C(1) << 62; r += r / 1000 + 1) {
            double x = variate_at(&v, r);
            cr_assert(x >= last, "distribution %zu, side 0, word %lx", i, r);
            last = x;
        }
        for (uint64_t r = INT64_MAX; r > 1000; r -= r / 1000) {
            double x = variate_at(&v, UINT64_C(1) << 63 | r);
            cr_assert(isfinite(x) && x >= last * (1 - 1e-15), "distribution %zu, side 1, word %lx",
                      i, r);
            last = x;
        }
        cr_assert_geq(variate_at(&v, 0), v.least);
        cr_assert(isfinite(variate_at(&v, UINT64_C(1) << 63)));
    }
    arena_free(&arena);
}

Test(variate, constants_are_exact)
{
    struct arena arena = {0};
    struct distribution d = distribution_constant(0.037);
    struct variate v = variate_compile(&arena, &d, 1e9);
    struct stream s = stream_open(1, 0, "test", "constant");
    for (int i = 0; i < 10000; i++)
        cr_assert_eq(variate_draw(&v, &s), 1e9 * 0.037);
    cr_assert_eq(v.least, 1e9 * 0.037);
    arena_free(&arena);
}

Test(variate, means)
{
    // The mean of the table itself: the trapezoid of each cell. The last one holds little even of a
    // heavy tail.
    gsl_set_error_handler_off();
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(smooth); i++) {
        struct variate v = variate_compile(&arena, &smooth[i], 1);
        double sum = 0;
        for (int side = 0; side < 2; side++)
            for (int octave = 0; octave < VARIATE_OCTAVES; octave++)
                for (int cell = 0; cell < VARIATE_CELLS; cell++) {
                    const double *entry =
                        v.quantile + (side * VARIATE_OCTAVES + octave) * (VARIATE_CELLS + 1) + cell;
                    int depth = octave == VARIATE_OCTAVES - 1 ? octave + 1 : octave + 2;
                    sum += ldexp(1.0 / VARIATE_CELLS, -depth) * (entry[0] + entry[1]) / 2;
                }
        double want = distribution_mean(&smooth[i]);
        double tolerance = smooth[i].kind == DISTRIBUTION_PARETO ? 3e-4 : 1e-4;
        cr_assert_lt(fabs(sum / want - 1), tolerance, "distribution %zu: %.9g, expected %.9g", i,
                     sum, want);
    }
    arena_free(&arena);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

Test(variate, draws_follow_the_distribution)
{
    enum { N = 100000 };
    gsl_set_error_handler_off();
    struct arena arena = {0};
    double *draws = arena_push(&arena, double, N);
    for (size_t i = 0; i < ARRAY_LEN(smooth); i++) {
        struct variate v = variate_compile(&arena, &smooth[i], 1);
        struct stream s = stream_open(i, 0, "test", "ks");
        for (int k = 0; k < N; k++)
            draws[k] = variate_draw(&v, &s);
        qsort(draws, N, sizeof *draws, compare);
        // The k-th smallest lies between the quantiles at k/N -+ c/sqrt(N); c = 1.95 is p = 0.001.
        double band = 1.95 / sqrt(N);
        for (int k = 0; k < N; k += 97) {
            double u = (double)k / N;
            cr_assert(u - band <= 0 || draws[k] >= distribution_quantile(&smooth[i], u - band));
            cr_assert(u + band >= 1 || draws[k] <= distribution_quantile(&smooth[i], u + band));
        }
    }
    arena_free(&arena);
}

Test(variate, one_word_a_draw)
{
    struct arena arena = {0};
    struct variate v = variate_compile(&arena, &smooth[0], 1);
    struct stream s = stream_open(1, 0, "a", "b"), twin = s;
    for (int i = 0; i < 5; i++)
        cr_assert_eq(variate_draw(&v, &s), variate_at(&v, stream_word(&twin)));
    arena_free(&arena);
}

Test(variate, invalid_distribution_stops, .signal = SIGABRT)
{
    struct arena arena = {0};
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = -1};
    variate_compile(&arena, &d, 1);
}
