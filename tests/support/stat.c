#include "stat.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double stat_level = 1e-4;

bool stat_is_long(void)
{
    return getenv("AASIM_LONG") != NULL;
}

uint32_t stat_runs(uint32_t n)
{
#ifdef __SANITIZE_ADDRESS__
    return n / 4;
#else
    return n;
#endif
}

double stat_mean(const double *x, size_t n)
{
    return gsl_stats_mean(x, 1, n);
}

double stat_sd(const double *x, size_t n)
{
    return gsl_stats_sd(x, 1, n);
}

static bool stat_tell(const char *id, bool agrees, const char *line)
{
    if (!agrees || stat_is_long())
        fprintf(stderr, "%s %-32s %s\n", agrees ? "agrees   " : "DISAGREES", id, line);
    return agrees;
}

static bool stat_tell_mean(const char *id, double value, double reference, double bound)
{
    char line[160];
    bool agrees = fabs(value - reference) <= bound;
    snprintf(line, sizeof line, "measured %.8g, reference %.8g, difference %.2g, bound %.2g", value,
             reference, value - reference, bound);
    return stat_tell(id, agrees, line);
}

bool stat_mean_agrees(const char *id, const double *x, size_t n, double reference, double slack)
{
    double error = stat_sd(x, n) / sqrt((double)n);
    return stat_tell_mean(id, stat_mean(x, n), reference, 4 * error + slack);
}

bool stat_share_agrees_within(const char *id, uint64_t hits, uint64_t trials, double reference,
                              double uncertainty)
{
    double n = (double)trials, error = sqrt(reference * (1 - reference) / n);
    // One trial more or less: the normal law is a poor guide to counts of a few.
    return stat_tell_mean(id, (double)hits / n, reference, 4 * error + 1 / n + 3 * uncertainty);
}

bool stat_share_agrees(const char *id, uint64_t hits, uint64_t trials, double reference)
{
    return stat_share_agrees_within(id, hits, trials, reference, 0);
}

bool stat_sd_agrees(const char *id, const double *x, size_t n, double reference)
{
    char line[160];
    double df = (double)n - 1, sd = stat_sd(x, n), q = df * sd * sd / (reference * reference);
    double low = gsl_cdf_chisq_Pinv(stat_level / 2, df);
    double high = gsl_cdf_chisq_Qinv(stat_level / 2, df);
    snprintf(line, sizeof line, "sd %.6g, reference %.6g, chi-square %.6g of %g to %g", sd,
             reference, q, low, high);
    return stat_tell(id, low <= q && q <= high, line);
}

bool stat_counts_agree(const char *id, const uint64_t *counts, const double *shares, size_t n)
{
    char line[160];
    double sum = 0, chi_square = 0, df = -1;
    for (size_t i = 0; i < n; i++)
        sum += (double)counts[i];
    for (size_t i = 0; i < n; i++) {
        double expected = sum * shares[i], difference = (double)counts[i] - expected;
        if (expected == 0 && counts[i] != 0)
            return stat_tell(id, false, "something impossible happened");
        if (expected == 0)
            continue;
        chi_square += difference * difference / expected;
        df++;
    }
    double p = df > 0 ? gsl_cdf_chisq_Q(chi_square, df) : 1;
    snprintf(line, sizeof line, "chi-square %.4g with %g degrees of freedom, p = %.3g", chi_square,
             df, p);
    return stat_tell(id, p >= stat_level, line);
}
