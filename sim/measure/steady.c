#include "measure/steady.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "base/base.h"

enum { MSER_BATCH = 5, MOST_BATCHES = 64, LEAST_BATCHES = 16 };

static double batch_mean(const double *x, size_t batch, size_t size)
{
    return gsl_stats_mean(x + batch * size, 1, size);
}

// From the end, so that each cut costs one step: sums of what is behind it.
size_t steady_warmup(const double *x, size_t n)
{
    const size_t m = n / MSER_BATCH;
    double mean = 0, squares = 0, least = (double)INFINITY;
    size_t cut = 0;
    for (size_t k = 1; k <= m; k++) {
        const double delta = batch_mean(x, m - k, MSER_BATCH) - mean;
        mean += delta / (double)k;
        squares += delta * (delta * (double)(k - 1) / (double)k);
        const double error = squares / ((double)k * (double)k);
        if (k >= m / 2 && k > 1 && error <= least) {
            least = error;
            cut = (m - k) * MSER_BATCH;
        }
    }
    return cut;
}

// Correlation of neighbours; of equal values none.
static double neighbours(const double *means, size_t n)
{
    const double r = gsl_stats_lag1_autocorrelation(means, 1, n);
    return isnan(r) ? 0 : r;
}

// Von Neumann's ratio is normal with variance (n - 2) / (n^2 - 1) for independent values.
static bool is_independent(const double *means, size_t n)
{
    const double z = gsl_cdf_ugaussian_Pinv(0.8);
    return neighbours(means, n) <= z * sqrt((double)(n - 2) / ((double)n * (double)n - 1));
}

static void make_batches(const double *x, size_t n, size_t n_batches, double *means)
{
    const size_t size = n / n_batches, first = n - size * n_batches; // the oldest are left over
    for (size_t i = 0; i < n_batches; i++)
        means[i] = batch_mean(x + first, i, size);
}

// Willink's (2005) adjustment of Student's t for a skewed mean.
static double skewed(double t, double skewness, size_t n)
{
    const double b = skewness / (6 * sqrt((double)n));
    if (fabs(b) < 1e-9)
        return t;
    return (cbrt(1 + 6 * b * (t - b)) - 1) / (2 * b);
}

static struct estimate batch_interval(const double *means, size_t n, double level)
{
    struct estimate e = {
        .value = gsl_stats_mean(means, 1, n), .n = n, .sd = gsl_stats_sd(means, 1, n)};
    const double r = fmin(fmax(neighbours(means, n), 0), 0.9);
    const double error = e.sd * sqrt((1 + r) / (1 - r) / (double)n);
    const double t = gsl_cdf_tdist_Pinv((1 + level) / 2, (double)(n - 1));
    const double skewness = e.sd > 0 ? gsl_stats_skew(means, 1, n) : 0;
    e.low = e.value - skewed(t, skewness, n) * error;
    e.high = e.value - skewed(-t, skewness, n) * error;
    return e;
}

struct steady steady_mean(const double *x, size_t n, double level)
{
    REQUIRE(level > 0 && level < 1, "confidence level %g outside 0..1", level);
    double means[MOST_BATCHES];
    struct steady s = {.warmup = n < STEADY_LEAST ? 0 : steady_warmup(x, n)};
    if (n < STEADY_LEAST) {
        s.mean = estimate_mean(x, n, level);
        s.mean.low = s.mean.high = (double)NAN;
        return s;
    }
    size_t n_batches = MOST_BATCHES;
    while (n_batches > LEAST_BATCHES && (n - s.warmup) / n_batches < MSER_BATCH)
        n_batches /= 2;
    make_batches(x + s.warmup, n - s.warmup, n_batches, means);
    while (n_batches > LEAST_BATCHES && !is_independent(means, n_batches)) {
        n_batches /= 2;
        make_batches(x + s.warmup, n - s.warmup, n_batches, means);
    }
    s.mean = batch_interval(means, n_batches, level);
    s.is_enough = s.warmup < n / 2 - MSER_BATCH && is_independent(means, n_batches);
    return s;
}
