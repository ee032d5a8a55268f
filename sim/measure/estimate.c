#include "measure/estimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "base/array.h"
#include "base/base.h"

static const double nan_value = (double)NAN;
static const struct estimate nothing = {(double)NAN, (double)NAN, (double)NAN, 0, (double)NAN};

// Count, mean and sum of squared deviations of observations met one at a time (Welford).
struct moments {
    size_t n;
    double mean, squares;
};

static void add(struct moments *m, double x)
{
    m->n++;
    double delta = x - m->mean;
    m->mean += delta / (double)m->n;
    m->squares += delta * (x - m->mean);
}

static double deviation(const struct moments *m)
{
    return m->n < 2 ? nan_value : sqrt(m->squares / (double)(m->n - 1));
}

static void require_level(double level)
{
    REQUIRE(level > 0 && level < 1, "confidence level %g outside 0..1", level);
}

static double t_quantile(double level, size_t n)
{
    return gsl_cdf_tdist_Pinv((1 + level) / 2, (double)(n - 1));
}

static struct estimate t_interval(const struct moments *m, double level)
{
    if (m->n == 0)
        return nothing;
    struct estimate e = {m->mean, nan_value, nan_value, m->n, deviation(m)};
    if (m->n < 2)
        return e;
    double half = t_quantile(level, m->n) * e.sd / sqrt((double)m->n);
    e.low = e.value - half;
    e.high = e.value + half;
    return e;
}

struct estimate estimate_mean(const double *x, size_t n, double level)
{
    require_level(level);
    struct moments m = {0};
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            add(&m, x[i]);
    return t_interval(&m, level);
}

static struct moments differences(const double *x, const double *y, size_t n)
{
    struct moments m = {0};
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]) && !isnan(y[i]))
            add(&m, x[i] - y[i]);
    return m;
}

struct estimate estimate_paired(const double *x, const double *y, size_t n, double level)
{
    require_level(level);
    struct moments m = differences(x, y, n);
    return t_interval(&m, level);
}

// Without an observation whose deviation from the mean of n is d.
static double variance_without(const struct moments *m, double x)
{
    const double n = (double)m->n, d = x - m->mean;
    return (m->squares - d * d * n / (n - 1)) / (n - 2);
}

struct estimate estimate_pairing_gain(const double *x, const double *y, size_t n, double level)
{
    require_level(level);
    struct moments mx = {0}, my = {0}, md = differences(x, y, n), pseudo = {0};
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]) && !isnan(y[i])) {
            add(&mx, x[i]);
            add(&my, y[i]);
        }
    if (md.n < 4 || mx.squares + my.squares <= 0)
        return nothing;
    const double k = (double)md.n, all = log((mx.squares + my.squares) / md.squares);
    struct estimate e = {exp(all), nan_value, nan_value, md.n, nan_value};
    for (size_t i = 0; i < n && isfinite(all); i++)
        if (!isnan(x[i]) && !isnan(y[i])) {
            const double apart = variance_without(&mx, x[i]) + variance_without(&my, y[i]);
            add(&pseudo, k * all - (k - 1) * log(apart / variance_without(&md, x[i] - y[i])));
        }
    const struct estimate logs = t_interval(&pseudo, level);
    if (!isfinite(logs.low) || !isfinite(logs.high))
        return e;
    e.low = exp(all - (logs.high - logs.value));
    e.high = exp(all + (logs.high - logs.value));
    return e;
}

double estimate_paired_p(const double *x, const double *y, size_t n)
{
    struct moments m = differences(x, y, n);
    if (m.n < 2)
        return nan_value;
    double sd = deviation(&m);
    if (sd <= 1e-12 * fabs(m.mean)) // equal but for rounding
        return fabs(m.mean) > 0 ? exp2(1 - (double)m.n) : 1;
    double t = fabs(m.mean) / (sd / sqrt((double)m.n));
    return fmin(1, 2 * gsl_cdf_tdist_Q(t, (double)(m.n - 1)));
}

// Where the beta distribution's lower tail (or upper tail) reaches p, by bisection:
// gsl_cdf_beta_Pinv fails for the parameters that simulations produce (a = 10, b = 1e5 gives NaN),
// gsl_cdf_beta_P does not.
static double beta_quantile(double p, double a, double b, bool upper_tail)
{
    double low = 0, high = 1;
    while (high - low > 1e-12 * high) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        bool beyond = upper_tail ? gsl_cdf_beta_Q(middle, a, b) < p
                                 : gsl_cdf_beta_P(middle, a, b) > p;
        if (beyond)
            high = middle;
        else
            low = middle;
    }
    return low + (high - low) / 2;
}

// Bounds of the share of the rarer of two results; count <= trials / 2.
static void rare_share_bounds(double count, double trials, double level, double bounds[2])
{
    double tail = (1 - level) / 2;
    if (count <= 100000) {
        bounds[0] = count > 0 ? beta_quantile(tail, count, trials - count + 1, false) : 0;
        bounds[1] = beta_quantile(tail, count + 1, trials - count, true);
        return;
    }
    double z = gsl_cdf_ugaussian_Qinv(tail), zz = z * z, p = count / trials;
    double middle = 2 * count + zz, scale = 2 * (trials + zz);
    bounds[0] = (middle - 1 - z * sqrt(zz - 2 - 1 / trials + 4 * p * (trials - count + 1))) / scale;
    bounds[1] = (middle + 1 + z * sqrt(zz + 2 - 1 / trials + 4 * p * (trials - count - 1))) / scale;
}

struct estimate estimate_share(uint64_t successes, uint64_t trials, double level)
{
    require_level(level);
    REQUIRE(successes <= trials, "%llu successes in %llu trials", (unsigned long long)successes,
            (unsigned long long)trials);
    if (trials == 0)
        return nothing;
    uint64_t failures = trials - successes;
    double n = (double)trials, p = (double)successes / n, bounds[2];
    struct estimate e = {
        .value = p, .n = (size_t)trials, .sd = trials < 2 ? nan_value : sqrt(p * (1 - p))};
    if (successes <= failures) {
        rare_share_bounds((double)successes, n, level, bounds);
        e.low = bounds[0];
        e.high = bounds[1];
    } else {
        rare_share_bounds((double)failures, n, level, bounds);
        e.low = 1 - bounds[1];
        e.high = 1 - bounds[0];
    }
    return e;
}

// What the jackknife needs to know of pairs (x[i], y[i]) with y[i] > 0.
struct ratio_sums {
    size_t n;
    uint64_t x, y;
    bool is_share;          // no x[i] exceeds its y[i]
    struct moments singles; // of x[i] / y[i]
};

static struct ratio_sums ratio_sums(const uint64_t *x, const uint64_t *y, size_t n)
{
    struct ratio_sums sums = {.is_share = true};
    for (size_t i = 0; i < n; i++) {
        if (y[i] == 0)
            continue;
        sums.n++;
        sums.x += x[i];
        sums.y += y[i];
        sums.is_share = sums.is_share && x[i] <= y[i];
        add(&sums.singles, (double)x[i] / (double)y[i]);
    }
    return sums;
}

// Standard error of sum(x)/sum(y): spread of the ratio when one replication at a time is left out.
static double jackknife_error(const uint64_t *x, const uint64_t *y, size_t n,
                              const struct ratio_sums *sums)
{
    struct moments left_out = {0};
    for (size_t i = 0; i < n; i++)
        if (y[i] > 0)
            add(&left_out, (double)(sums->x - x[i]) / (double)(sums->y - y[i]));
    double used = (double)sums->n;
    return sqrt((used - 1) / used * left_out.squares);
}

// value -+ half on the scale of the angle asin(sqrt(share)): never leaves 0..1. Requires 0 < value
// < 1.
static void angle_bounds(struct estimate *e, double half)
{
    const double right_angle = 1.57079632679489661923;
    double angle = asin(sqrt(e->value)), turn = half / (2 * sqrt(e->value * (1 - e->value)));
    double low = sin(fmax(angle - turn, 0)), high = sin(fmin(angle + turn, right_angle));
    e->low = low * low;
    e->high = high * high;
}

struct estimate estimate_ratio(const uint64_t *x, const uint64_t *y, size_t n, double level)
{
    require_level(level);
    struct ratio_sums sums = ratio_sums(x, y, n);
    if (sums.n == 0)
        return nothing;
    struct estimate e = {(double)sums.x / (double)sums.y, nan_value, nan_value, sums.n,
                         deviation(&sums.singles)};
    double error = sums.n < 2 ? nan_value : jackknife_error(x, y, n, &sums);
    bool all_alike = sums.x == 0 || sums.x == sums.y || error <= 0;
    if (sums.is_share && all_alike) {
        struct estimate exact = estimate_share(sums.x, sums.y, level);
        e.low = exact.low;
        e.high = exact.high;
        return e;
    }
    if (sums.n < 2)
        return e;
    double half = t_quantile(level, sums.n) * error;
    e.low = e.value - half;
    e.high = e.value + half;
    if (sums.is_share)
        angle_bounds(&e, half);
    return e;
}

struct estimate estimate_weighted_ratio(const double *x, const double *y, size_t n, double level)
{
    require_level(level);
    double sum_x = 0, sum_y = 0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        sum_x += y[i] > 0 ? x[i] : 0;
        sum_y += y[i] > 0 ? y[i] : 0;
        used += y[i] > 0;
    }
    if (used == 0)
        return nothing;
    struct estimate e = {sum_x / sum_y, nan_value, nan_value, used, nan_value};
    if (used < 2)
        return e;
    struct moments left_out = {0};
    for (size_t i = 0; i < n; i++)
        if (y[i] > 0)
            add(&left_out, (sum_x - x[i]) / (sum_y - y[i]));
    e.sd = (double)(used - 1) * deviation(&left_out);
    double half = t_quantile(level, used) * e.sd / sqrt((double)used);
    e.low = e.value - half;
    e.high = e.value + half;
    return e;
}

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->p < b->p || a->p > b->p)
        return a->p < b->p ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

void estimate_holm(double *p_values, size_t m)
{
    REQUIRE(m >= 1, "an empty family of tests");
    ARRAY(struct ranked) order = {0};
    for (size_t i = 0; i < m; i++)
        if (!isnan(p_values[i]))
            array_push(&order, ((struct ranked){p_values[i], i}));
    if (order.n > 1)
        qsort(order.items, order.n, sizeof *order.items, by_p);
    double floor = 0; // an adjusted value is never below that of a smaller p
    for (size_t k = 0; k < order.n; k++) {
        floor = fmax(floor, fmin(1, (double)(order.n - k) * order.items[k].p));
        p_values[order.items[k].index] = floor;
    }
    array_free(&order);
}
