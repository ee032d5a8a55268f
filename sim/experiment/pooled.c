#include "experiment/pooled.h"

#include <math.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/base.h"

void pooled_init(struct pooled *pool, size_t n)
{
    REQUIRE(n >= 1, "a pool of nothing");
    *pool = (struct pooled){.n = n, .parts = array_new(struct histogram, n)};
    for (size_t i = 0; i < n; ++i)
        histogram_init(&pool->parts[i]);
}

void pooled_free(struct pooled *pool)
{
    for (size_t i = 0; i < pool->n; ++i)
        histogram_free(&pool->parts[i]);
    array_release(pool->parts);
    *pool = (struct pooled){0};
}

void pooled_clear(struct pooled *pool)
{
    for (size_t i = 0; i < pool->n; ++i)
        histogram_clear(&pool->parts[i]);
}

// all - part. The largest value stays that of all: it only caps the topmost bin.
static void subtract(const struct histogram *all, const struct histogram *part,
                     struct histogram *rest)
{
    for (size_t b = 0; b < HISTOGRAM_BINS; ++b)
        rest->count[b] = all->count[b] - part->count[b];
    rest->n = all->n - part->n;
    rest->sum = all->sum - part->sum;
    rest->most = all->most;
}

// Bounds around the pooled value from the spread of the pseudo-values.
static struct estimate around(double value, const double *pseudo, size_t n, double level)
{
    struct estimate e = estimate_mean(pseudo, n, level);
    double half = (e.high - e.low) / 2;
    e.value = value;
    e.low = fmax(value - half, 0);
    e.high = value + half;
    if (isnan(half))
        e.low = e.high = (double)NAN;
    return e;
}

// Replications with latencies in them: an empty one (nothing was answered) has no quantile and is
// left out.
static size_t count_filled(const struct pooled *pool)
{
    size_t filled = 0;
    for (size_t i = 0; i < pool->n; ++i)
        filled += pool->parts[i].n > 0;
    return filled;
}

static void fill_pseudo(const struct pooled *pool, const struct histogram *all, const double *q,
                        size_t n_q, double *pseudo)
{
    struct histogram rest;
    histogram_init(&rest);
    size_t n = count_filled(pool), row = 0;
    for (size_t i = 0; i < pool->n; ++i) {
        if (pool->parts[i].n == 0)
            continue;
        subtract(all, &pool->parts[i], &rest);
        for (size_t k = 0; k < n_q; ++k)
            pseudo[k * n + row] = (double)n * histogram_quantile(all, q[k]) -
                                  (double)(n - 1) * histogram_quantile(&rest, q[k]);
        ++row;
    }
    histogram_free(&rest);
}

void pooled_quantiles(const struct pooled *pool, const double *q, size_t n_q, double level,
                      struct estimate *out)
{
    struct histogram all;
    histogram_init(&all);
    for (size_t i = 0; i < pool->n; ++i)
        histogram_merge(&all, &pool->parts[i]);
    size_t n = count_filled(pool);
    struct arena scratch = {0};
    double *pseudo = arena_push(&scratch, double, n_q *n);
    if (n >= 2)
        fill_pseudo(pool, &all, q, n_q, pseudo);
    for (size_t k = 0; k < n_q; ++k) {
        double value = histogram_quantile(&all, q[k]);
        if (n >= 2)
            out[k] = around(value, pseudo + k * n, n, level);
        else
            out[k] = (struct estimate){value, (double)NAN, (double)NAN, n, (double)NAN};
    }
    arena_free(&scratch);
    histogram_free(&all);
}
