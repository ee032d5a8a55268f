#include "measure/compound.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fft_complex.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/base.h"

const double compound_quantiles[COMPOUND_QUANTILES] = {0.5, 0.9, 0.99};

enum { STEPS = 4096, RESAMPLES = 400 };

struct grid {
    double step;
    double z[2 * STEPS]; // complex: the distribution, or its transform
};

// Of the sum of a year, by weights of the amounts.
struct moments {
    double mean, sd;
    double n_above; // amounts above 0, on average
    double reach;   // next to nothing is beyond: the grid's end
};

static struct moments moments_of(const struct compound_data *d, const double *weight)
{
    double sum = 0, squares = 0, most = 0, above = 0;
    for (size_t i = 0; i < d->n; i++) {
        sum += weight[i] * d->amount[i];
        squares += weight[i] * d->amount[i] * d->amount[i];
        above += d->amount[i] > 0 ? weight[i] : 0;
        most = fmax(most, weight[i] > 0 ? d->amount[i] : 0);
    }
    const double spread = d->is_poisson ? squares : fmax(0, squares - sum * sum);
    struct moments m = {
        .mean = d->number * sum, .sd = sqrt(d->number * spread), .n_above = d->number * above};
    m.reach = fmax(m.mean + 10 * sqrt(d->number * squares) + 2 * most, 1e-9);
    return m;
}

static void share_out(struct grid *g, double amount, double weight)
{
    const double at = amount / g->step;
    const size_t below = (size_t)at;
    const double above = at - (double)below;
    g->z[2 * below] += weight * (1 - above);
    g->z[2 * ((below + 1) % STEPS)] += weight * above;
}

// The transform of a sum from that of one amount.
static void add_up(const struct compound_data *d, double *re, double *im)
{
    double logarithm, angle;
    if (d->is_poisson) {
        logarithm = d->number * (*re - 1);
        angle = d->number * *im;
    } else {
        const double number = fmax(1, round(d->number));
        logarithm = number * 0.5 * log(*re * *re + *im * *im);
        angle = number * atan2(*im, *re);
    }
    *re = exp(logarithm) * cos(angle);
    *im = exp(logarithm) * sin(angle);
}

// Many amounts, each small beside the grid's step, would be blurred by it: their sum is normal.
enum { MANY = 500 };

static void distribute_normally(const struct moments *m, double step, double *out)
{
    for (size_t i = 0; i < STEPS; i++) {
        const double above = ((double)i + 0.5) * step - m->mean;
        out[i] = m->sd > 0 ? gsl_cdf_gaussian_P(above, m->sd) : above >= 0;
    }
}

// The distribution of the sum, cumulated, into out[STEPS]; returns the grid's step.
static double distribute(const struct compound_data *d, const double *weight, struct grid *g,
                         double *out)
{
    const struct moments m = moments_of(d, weight);
    const double step = m.n_above > MANY ? (m.mean + 10 * m.sd) / (STEPS - 2)
                                         : m.reach / (STEPS - 1);
    if (m.n_above > MANY) {
        distribute_normally(&m, step, out);
        return step;
    }
    memset(g, 0, sizeof *g);
    g->step = step;
    for (size_t i = 0; i < d->n; i++)
        if (weight[i] > 0) // others may be beyond the grid
            share_out(g, d->amount[i], weight[i]);
    gsl_fft_complex_radix2_forward(g->z, 1, STEPS);
    for (size_t i = 0; i < STEPS; i++)
        add_up(d, &g->z[2 * i], &g->z[2 * i + 1]);
    gsl_fft_complex_radix2_inverse(g->z, 1, STEPS);
    double below = 0;
    for (size_t i = 0; i < STEPS; i++)
        out[i] = below += fmax(0, g->z[2 * i]);
    return step;
}

static double quantile_of(const double *below, double step, double p)
{
    size_t i = 0;
    while (i + 1 < STEPS && below[i] < p - 1e-9)
        i++;
    return (double)i * step;
}

static double chance_of(const double *below, double step, double threshold)
{
    const double at = floor(threshold / step + 1e-9);
    return fmin(1, below[at < STEPS - 1 ? (size_t)at : STEPS - 1]);
}

enum { OUTPUTS = COMPOUND_QUANTILES + 1 };

static void read_out(const double *below, double step, double threshold, double out[OUTPUTS])
{
    for (int q = 0; q < COMPOUND_QUANTILES; q++)
        out[q] = quantile_of(below, step, compound_quantiles[q]);
    out[COMPOUND_QUANTILES] = chance_of(below, step, threshold);
}

// Weights of a bootstrap sample.
static void resample(size_t n, struct stream *draws, double *weight)
{
    memset(weight, 0, n * sizeof *weight);
    for (size_t i = 0; i < n; i++)
        weight[stream_below(draws, (uint32_t)n)] += 1 / (double)n;
}

static void bound(struct compound *out, double *samples, double level)
{
    for (int o = 0; o < OUTPUTS; o++) {
        struct estimate *e = o < COMPOUND_QUANTILES ? &out->quantiles[o] : &out->chance;
        double *x = samples + (size_t)o * RESAMPLES;
        gsl_sort(x, 1, RESAMPLES);
        const size_t tail = (size_t)((1 - level) / 2 * RESAMPLES);
        const double low = x[tail], high = x[RESAMPLES - 1 - tail];
        if (high - low >
            1e-9 * high) { // else all amounts are alike, and say nothing of how others might be
            e->low = fmin(e->value, low);
            e->high = fmax(e->value, high);
        }
    }
}

// Nothing was above 0: what may have been missed, once in so many, ends the chance.
static void bound_unseen(const struct compound_data *d, double level, struct compound *out)
{
    const double unseen = estimate_share(0, d->n, level).high;
    const double spared = d->is_poisson ? exp(-d->number * unseen)
                                        : pow(1 - unseen, fmax(1, round(d->number)));
    out->chance.low = spared;
    out->chance.high = 1;
}

struct question {
    double threshold, level;
};

static void bootstrap(const struct compound_data *d, const struct question *q, struct stream *draws,
                      struct compound *out)
{
    struct grid *g = array_new(struct grid, 1);
    double *below = array_new(double, STEPS), *weight = array_new(double, d->n);
    double *samples = array_new(double, OUTPUTS *RESAMPLES), one[OUTPUTS];
    for (size_t b = 0; b < RESAMPLES; b++) {
        resample(d->n, draws, weight);
        const double step = distribute(d, weight, g, below);
        read_out(below, step, q->threshold, one);
        for (size_t o = 0; o < OUTPUTS; o++)
            samples[o * RESAMPLES + b] = one[o];
    }
    bound(out, samples, q->level);
    array_release(samples);
    array_release(weight);
    array_release(below);
    array_release(g);
}

void compound_sum(const struct compound_data *d, double threshold, double level,
                  struct stream *draws, struct compound *out)
{
    REQUIRE(d->n >= 1 && d->number > 0, "%zu amounts, %g a year", d->n, d->number);
    struct grid *g = array_new(struct grid, 1);
    double *below = array_new(double, STEPS), *weight = array_new(double, d->n), one[OUTPUTS];
    bool is_calm = true;
    for (size_t i = 0; i < d->n; i++) {
        weight[i] = 1 / (double)d->n;
        is_calm = is_calm && d->amount[i] <= 0;
    }
    const double step = distribute(d, weight, g, below);
    read_out(below, step, threshold, one);
    for (int o = 0; o < OUTPUTS; o++)
        *(o < COMPOUND_QUANTILES ? &out->quantiles[o] : &out->chance) =
            (struct estimate){one[o], (double)NAN, (double)NAN, d->n, (double)NAN};
    if (is_calm && d->n >= 2)
        bound_unseen(d, level, out);
    else if (d->n >= 2)
        bootstrap(d, &(struct question){threshold, level}, draws, out);
    array_release(weight);
    array_release(below);
    array_release(g);
}
