#include "measure/outages.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "base/base.h"

static double outages_down_s(const struct outages *o)
{
    double sum = 0;
    for (size_t i = 0; i < o->n; i++)
        sum += o->duration_s[i];
    return sum;
}

static void outages_check(const struct outages *o, double level)
{
    REQUIRE(level > 0 && level < 1, "confidence level %g outside 0..1", level);
    REQUIRE(o->observed_s > 0 && outages_down_s(o) <= o->observed_s, "down for %g of %g s",
            outages_down_s(o), o->observed_s);
}

// How much more the durations vary than exponential ones; from five on, else nothing is known.
static double outages_excess(const struct outages *o)
{
    if (o->n < 5)
        return 1;
    const double mean = gsl_stats_mean(o->duration_s, 1, o->n);
    return fmax(1, gsl_stats_variance(o->duration_s, 1, o->n) / (mean * mean));
}

struct estimate outages_rate(const struct outages *o, double level)
{
    outages_check(o, level);
    const double up_s = o->observed_s - outages_down_s(o), tail = (1 - level) / 2;
    const double n = (double)o->n;
    struct estimate e = {.value = n / up_s, .n = o->n, .sd = (double)NAN};
    e.low = o->n == 0 ? 0 : gsl_cdf_chisq_Pinv(tail, 2 * n + 1) / (2 * up_s);
    e.high = o->n == 0 ? -log(1 - level) / up_s : gsl_cdf_chisq_Qinv(tail, 2 * n + 1) / (2 * up_s);
    return e;
}

// Of the ratio of down to up time.
static double outages_to_share(double ratio)
{
    return isinf(ratio) ? 1 : ratio / (1 + ratio);
}

struct estimate outages_share(const struct outages *o, double level)
{
    outages_check(o, level);
    const double n = (double)o->n, down_s = outages_down_s(o), tail = (1 - level) / 2;
    struct estimate e = {.value = down_s / o->observed_s,
                         .n = o->n,
                         .sd = o->n < 2 ? (double)NAN : gsl_stats_sd(o->duration_s, 1, o->n)};
    if (o->n == 0) {
        e.high = outages_to_share(outages_rate(o, level).high * o->expected_duration_s);
        return e;
    }
    const double counted = 2 * n + 1, lasted = 2 * n / outages_excess(o);
    const double ratio = down_s / (o->observed_s - down_s) * counted / (2 * n);
    e.low = outages_to_share(ratio * gsl_cdf_fdist_Pinv(tail, counted, lasted));
    e.high = outages_to_share(ratio * gsl_cdf_fdist_Qinv(tail, counted, lasted));
    return e;
}
