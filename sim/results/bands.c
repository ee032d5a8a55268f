#include "results/bands.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_statistics_double.h>

struct bands bands_new(struct arena *arena, size_t n)
{
    const struct bands bands = {arena_push(arena, float, n), arena_push(arena, float, n),
                                arena_push(arena, float, n)};
    for (size_t i = 0; i < n; i++)
        bands.mean[i] = bands.p05[i] = bands.p95[i] = NAN;
    return bands;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void bands_set(const struct bands *bands, size_t at, double *values, size_t n)
{
    bands->mean[at] = bands->p05[at] = bands->p95[at] = NAN;
    if (n == 0)
        return;
    qsort(values, n, sizeof *values, by_value);
    bands->mean[at] = (float)gsl_stats_mean(values, 1, n);
    bands->p05[at] = (float)gsl_stats_quantile_from_sorted_data(values, 1, n, 0.05);
    bands->p95[at] = (float)gsl_stats_quantile_from_sorted_data(values, 1, n, 0.95);
}

void bands_write(struct h5 *h, const struct bands *bands, const struct h5_variable *variable)
{
    const struct {
        const char *suffix, *about;
        const float *data;
    } parts[] = {{"mean", "mean", bands->mean},
                 {"p05", "5th percentile", bands->p05},
                 {"p95", "95th percentile", bands->p95}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct arena arena = {0};
        struct h5_variable v = *variable;
        v.type = H5_F32;
        v.name = arena_printf(&arena, "%s_%s", variable->name, parts[i].suffix);
        v.about = arena_printf(&arena, "%s: %s over replications", variable->about, parts[i].about);
        v.data = parts[i].data;
        v.has_fill = true;
        h5_write(h, &v);
        arena_free(&arena);
    }
}
