#include "measure/sensitivity.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { BOOTSTRAPS = 1000 };

// ---- Sobol indices

size_t sensitivity_sobol_points(size_t n, size_t d)
{
    return n * (d + 2);
}

void sensitivity_sobol_design(size_t n, size_t d, double *points)
{
    REQUIRE(d >= 1 && d <= SENSITIVITY_MOST && n >= 2, "%zu rows of %zu parameters", n, d);
    double both[2 * SENSITIVITY_MOST];
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)(2 * d));
    REQUIRE(sequence != NULL, "no Sobol sequence of %zu dimensions", 2 * d);
    for (size_t row = 0; row < n; row++) { // it begins with 1/2, not with 0
        gsl_qrng_get(sequence, both);
        memcpy(&points[row * d], both, d * sizeof *points);
        memcpy(&points[(n + row) * d], both + d, d * sizeof *points);
        for (size_t i = 0; i < d; i++) {
            double *mixed = &points[((2 + i) * n + row) * d];
            memcpy(mixed, both, d * sizeof *points);
            mixed[i] = both[d + i];
        }
    }
    gsl_qrng_free(sequence);
}

struct indices {
    double first, total;
};

// Of parameter i, over the rows that `rows` names.
static struct indices indices_of(const double *y, size_t n, size_t i, const uint32_t *rows)
{
    const double *a = y, *b = y + n, *mixed = y + (2 + i) * n;
    double mean = 0, squares = 0, first = 0, total = 0;
    for (size_t k = 0; k < n; k++) {
        const uint32_t row = rows[k];
        mean += (a[row] + b[row]) / 2;
        squares += (a[row] * a[row] + b[row] * b[row]) / 2;
        first += b[row] * (mixed[row] - a[row]);
        total += (a[row] - mixed[row]) * (a[row] - mixed[row]) / 2;
    }
    mean /= (double)n;
    const double variance = squares / (double)n - mean * mean;
    return (struct indices){first / (double)n / variance, total / (double)n / variance};
}

// Percentile bounds of values that it sorts.
static void bound(double *values, double level, struct estimate *e)
{
    e->sd = gsl_stats_sd(values, 1, BOOTSTRAPS);
    gsl_sort(values, 1, BOOTSTRAPS);
    e->low = gsl_stats_quantile_from_sorted_data(values, 1, BOOTSTRAPS, (1 - level) / 2);
    e->high = gsl_stats_quantile_from_sorted_data(values, 1, BOOTSTRAPS, (1 + level) / 2);
}

static void take_row_each(uint32_t *rows, size_t n)
{
    for (size_t k = 0; k < n; k++)
        rows[k] = (uint32_t)k;
}

static struct sensitivity sensitivity_of(const struct sobol_data *data, size_t i, double level,
                                         struct stream *draws)
{
    const double *y = data->y;
    const size_t n = data->n;
    double first[BOOTSTRAPS], total[BOOTSTRAPS];
    uint32_t *rows = malloc(n * sizeof *rows);
    REQUIRE(rows != NULL, "no memory for %zu rows", n);
    take_row_each(rows, n);
    const struct indices value = indices_of(y, n, i, rows);
    for (size_t k = 0; k < BOOTSTRAPS; k++) {
        for (size_t row = 0; row < n; row++)
            rows[row] = stream_below(draws, (uint32_t)n);
        const struct indices again = indices_of(y, n, i, rows);
        first[k] = again.first, total[k] = again.total;
    }
    free(rows);
    struct sensitivity s = {.first = {.value = value.first, .n = n},
                            .total = {.value = value.total, .n = n}};
    bound(first, level, &s.first);
    bound(total, level, &s.total);
    return s;
}

// Large values with little variance would lose it to rounding: their mean goes first.
static double *centred(const double *y, size_t n)
{
    double *copy = malloc(n * sizeof *copy);
    REQUIRE(copy != NULL, "no memory for %zu outputs", n);
    const double mean = gsl_stats_mean(y, 1, n);
    for (size_t k = 0; k < n; k++)
        copy[k] = y[k] - mean;
    return copy;
}

void sensitivity_sobol(const struct sobol_data *data, double level, struct stream *draws,
                       struct sensitivity *out)
{
    REQUIRE(level > 0 && level < 1, "confidence level %g outside 0..1", level);
    const double nan = (double)NAN;
    const size_t n = data->n;
    double *values = centred(data->y, sensitivity_sobol_points(n, data->d));
    const struct sobol_data moved = {values, n, data->d};
    const bool varies = gsl_stats_variance(values, 1, 2 * n) > 0;
    for (size_t i = 0; i < data->d; i++)
        out[i] = varies ? sensitivity_of(&moved, i, level, draws)
                        : (struct sensitivity){{nan, nan, nan, n, nan}, {nan, nan, nan, n, nan}};
    free(values);
}

// ---- Morris screening

size_t sensitivity_morris_points(size_t trajectories, size_t d)
{
    return trajectories * (d + 1);
}

// Half of the grid, rounded up, is Morris's step: every level is then met equally often.
static double level_value(uint32_t level)
{
    return (level + 0.5) / SENSITIVITY_LEVELS;
}

static void shuffle(uint8_t *order, size_t d, struct stream *draws)
{
    for (size_t i = 0; i < d; i++)
        order[i] = (uint8_t)i;
    for (size_t i = d; i > 1; i--) {
        const size_t k = stream_below(draws, (uint32_t)i);
        const uint8_t held = order[i - 1];
        order[i - 1] = order[k];
        order[k] = held;
    }
}

void sensitivity_morris_design(size_t trajectories, size_t d, struct stream *draws, double *points,
                               uint8_t *order)
{
    REQUIRE(d >= 1 && d <= UINT8_MAX, "%zu parameters", d);
    for (size_t t = 0; t < trajectories; t++, order += d) {
        uint32_t level[UINT8_MAX];
        shuffle(order, d, draws);
        for (size_t i = 0; i < d; i++)
            level[i] = stream_below(draws, SENSITIVITY_LEVELS);
        for (size_t step = 0; step <= d; step++, points += d) {
            for (size_t i = 0; i < d; i++)
                points[i] = level_value(level[i]);
            if (step < d)
                level[order[step]] = (level[order[step]] + SENSITIVITY_LEVELS / 2) %
                                     SENSITIVITY_LEVELS;
        }
    }
}

void sensitivity_morris(const struct morris_data *data, struct morris *out)
{
    const size_t d = data->d;
    const double *y = data->y, *points = data->points;
    memset(out, 0, d * sizeof *out);
    for (size_t t = 0; t < data->trajectories; t++)
        for (size_t step = 0; step < d; step++) {
            const size_t i = data->order[t * d + step], at = t * (d + 1) + step;
            const double length = points[(at + 1) * d + i] - points[at * d + i];
            if (length == 0)
                continue; // both are rounded to the same value
            const double effect = (y[at + 1] - y[at]) / length;
            out[i].mean += effect;
            out[i].strength += fabs(effect);
            out[i].sd += effect * effect;
            out[i].n++;
        }
    for (size_t i = 0; i < d; i++) {
        const double n = out[i].n;
        out[i].mean = n > 0 ? out[i].mean / n : (double)NAN;
        out[i].strength = n > 0 ? out[i].strength / n : (double)NAN;
        out[i].sd = n < 2 ? (double)NAN
                          : sqrt(fmax(0, out[i].sd - n * out[i].mean * out[i].mean) / (n - 1));
    }
}
