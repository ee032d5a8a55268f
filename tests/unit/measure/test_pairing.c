// Pins: what pairing gains: exact on small data, 1 / (1 - correlation) for equal variances, with
// intervals that cover it; nothing is said of few pairs or none. AASIM_LONG=1: a thousand runs.
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "base/stream.h"
#include "measure/estimate.h"
#include "support/stat.h"

enum { MOST = 100 };

static double normal(struct stream *s)
{
    return gsl_cdf_ugaussian_Pinv(stream_uniform(s));
}

static void draw(double correlation, size_t n, uint32_t run, double *x, double *y)
{
    struct stream s = stream_open(1, run, "test", "pairing");
    for (size_t i = 0; i < n; i++) {
        x[i] = normal(&s);
        y[i] = correlation * x[i] + sqrt(1 - correlation * correlation) * normal(&s);
    }
}

Test(pairing, is_the_ratio_of_variances)
{
    double x[MOST], y[MOST], d[MOST];
    draw(0.7, 20, 1, x, y);
    for (size_t i = 0; i < 20; i++)
        d[i] = x[i] - y[i];
    const double wanted = (gsl_stats_variance(x, 1, 20) + gsl_stats_variance(y, 1, 20)) /
                          gsl_stats_variance(d, 1, 20);
    x[20] = (double)NAN, y[20] = 3;
    const struct estimate e = estimate_pairing_gain(x, y, 21, 0.95);
    cr_expect_float_eq(e.value, wanted, 1e-12 * wanted);
    cr_expect_eq(e.n, 20);
    cr_expect(e.low < e.value && e.value < e.high);
}

Test(pairing, says_nothing_without_spread_or_pairs)
{
    const double flat[] = {2, 2, 2, 2, 2}, up[] = {1, 2, 3, 4, 5}, above[] = {2, 3, 4, 5, 6};
    cr_expect(isnan(estimate_pairing_gain(flat, flat, 5, 0.95).value));
    cr_expect(isnan(estimate_pairing_gain(up, flat, 3, 0.95).value));
    const struct estimate all = estimate_pairing_gain(up, above, 5, 0.95);
    cr_expect(isinf(all.value));
    cr_expect(isnan(all.low) && isnan(all.high));
}

static void cover(double correlation, size_t n)
{
    const uint32_t runs = stat_is_long() ? 1000 : stat_runs(300);
    const double truth = 1 / (1 - correlation);
    double x[MOST], y[MOST];
    uint32_t n_covered = 0;
    for (uint32_t run = 0; run < runs; run++) {
        draw(correlation, n, run, x, y);
        const struct estimate e = estimate_pairing_gain(x, y, n, 0.95);
        n_covered += e.low <= truth && truth <= e.high;
    }
    const double share = (double)n_covered / runs;
    fprintf(stderr, "correlation %.2f, %zu pairs: %.1f %% of %u covered\n", correlation, n,
            100 * share, runs);
    const double room = stat_is_long() ? 0 : 4 * sqrt(0.05 * 0.95 / runs);
    cr_expect(share >= 0.92 - room && share <= 0.97 + room, "%g", share);
}

Test(pairing, intervals_cover)
{
    cover(0.9, 20);
    cover(0, 50);
    cover(-0.5, 20);
}
