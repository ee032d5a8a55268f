#include "measure/selection.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "base/base.h"

// ---- the constant

enum { NODES = 48 }; // Gauss-Legendre, in each direction: 1e-7 and better

static const double reach = 8; // standard deviations

struct nodes {
    double at[NODES], weight[NODES];
};

static void nodes_make(struct nodes *n, double low, double high)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
    REQUIRE(table != NULL, "no quadrature of %d nodes", NODES);
    for (size_t i = 0; i < NODES; i++)
        gsl_integration_glfixed_point(low, high, i, &n->at[i], &n->weight[i], table);
    gsl_integration_glfixed_table_free(table);
}

// That m normal variables with correlation 1/2, of variance 1, are all below t.
static double below_normal(const struct nodes *z, size_t m, double t)
{
    double p = 0;
    for (size_t i = 0; i < NODES; i++)
        p += z->weight[i] * gsl_ran_ugaussian_pdf(z->at[i]) *
             pow(gsl_cdf_ugaussian_P(M_SQRT2 * t + z->at[i]), (double)m);
    return p;
}

// Density of the square root of chi-square over its degrees of freedom.
static double spread_pdf(double s, double degrees)
{
    return exp(M_LN2 + 0.5 * degrees * log(0.5 * degrees) - gsl_sf_lngamma(0.5 * degrees) +
               (degrees - 1) * log(s) - 0.5 * degrees * s * s);
}

static double below_t(const struct nodes *z, const struct nodes *s, size_t m, double degrees,
                      double t)
{
    double p = 0;
    for (size_t i = 0; i < NODES; i++)
        p += s->weight[i] * spread_pdf(s->at[i], degrees) * below_normal(z, m, t * s->at[i]);
    return p;
}

double selection_constant(size_t m, double degrees, double level)
{
    REQUIRE(m >= 1 && degrees >= 1 && level > 0.5 && level < 1, "%zu of %g degrees at %g", m,
            degrees, level);
    struct nodes z, s;
    nodes_make(&z, -reach, reach);
    const double deviation = 1 / sqrt(2 * degrees);
    nodes_make(&s, fmax(0, 1 - reach * deviation), 1 + reach * deviation);
    double low = 0, high = gsl_cdf_tdist_Qinv((1 - level) / (double)m, degrees); // Bonferroni
    while (high - low > 1e-6 * high) {
        const double middle = (low + high) / 2;
        if (below_t(&z, &s, m, degrees, middle) < level)
            low = middle;
        else
            high = middle;
    }
    return high;
}

// ---- the procedure

static double mean_of(const struct selection_data *data, size_t design)
{
    return gsl_stats_mean(data->x + design * data->n, 1, data->n);
}

static void check(const struct selection_data *data, double level)
{
    REQUIRE(data->k >= 2 && data->n >= 2, "%zu designs, %zu replications", data->k, data->n);
    REQUIRE(level > 0.5 && level < 1, "level %g", level);
}

static double degrees_of(const struct selection_data *data)
{
    return (double)((data->k - 1) * (data->n - 1));
}

// Variance of the difference of two designs in one replication, pooled over all pairs: twice the
// mean square of what designs and replications leave.
static double difference_variance(const struct selection_data *data, const double *means)
{
    double all = 0, squares = 0;
    for (size_t i = 0; i < data->k; i++)
        all += means[i] / (double)data->k;
    for (size_t j = 0; j < data->n; j++) {
        double row = 0;
        for (size_t i = 0; i < data->k; i++)
            row += data->x[i * data->n + j] / (double)data->k;
        for (size_t i = 0; i < data->k; i++)
            squares += pow(data->x[i * data->n + j] - means[i] - row + all, 2);
    }
    return 2 * squares / degrees_of(data);
}

static double *means_of(const struct selection_data *data)
{
    double *means = malloc(data->k * sizeof *means);
    REQUIRE(means != NULL, "no memory for %zu designs", data->k);
    for (size_t i = 0; i < data->k; i++)
        means[i] = mean_of(data, i);
    return means;
}

static bool is_better(const struct selection_data *data, double a, double b)
{
    return data->smaller_is_better ? a < b : a > b;
}

static size_t best_but(const struct selection_data *data, const double *means, size_t but)
{
    size_t best = but == 0 ? 1 : 0;
    for (size_t i = 0; i < data->k; i++)
        if (i != but && is_better(data, means[i], means[best]))
            best = i;
    return best;
}

struct selection selection_of(const struct selection_data *data, double indifference, double level)
{
    check(data, level);
    REQUIRE(indifference > 0, "indifference %g", indifference);
    double *means = means_of(data);
    const double g = selection_constant(data->k - 1, degrees_of(data), level);
    const double variance = difference_variance(data, means);
    const double needed = ceil(g * g * variance / (indifference * indifference));
    const struct selection s = {.best = best_but(data, means, data->k),
                                .distance = g * sqrt(variance / (double)data->n),
                                .needed = needed > (double)data->n ? (size_t)needed : data->n};
    free(means);
    return s;
}

void selection_against_best(const struct selection_data *data, double level, struct estimate *out)
{
    check(data, level);
    double *means = means_of(data);
    const double g = selection_constant(data->k - 1, degrees_of(data), level);
    const double half = g * sqrt(difference_variance(data, means) / (double)data->n);
    for (size_t i = 0; i < data->k; i++) {
        const double sign = data->smaller_is_better ? -1 : 1;
        const double by = sign * (means[i] - means[best_but(data, means, i)]);
        out[i] = (struct estimate){.value = by,
                                   .low = fmin(0, by - half), // constrained intervals
                                   .high = fmax(0, by + half),
                                   .n = data->n,
                                   .sd = (double)NAN};
        if (by - half > 0)
            out[i].low = 0;
    }
    free(means);
}
