#include "experiment/stopping.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/base.h"

static const double aim = 0.95; // of the wanted half width: it is known roughly only

bool stopping_is_asked(const struct stopping *s)
{
    bool is_asked = s->indifference > 0;
    for (int m = 0; m < METRICS; ++m)
        is_asked |= s->half_width[m] > 0;
    return is_asked;
}

double stopping_half_width(const struct resultset *set, enum metric metric)
{
    double widest = 0;
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct estimate *e = &set->designs[d].metrics[metric];
        if (isnan(e->low) || isnan(e->high))
            return (double)NAN;
        widest = fmax(widest, fmax(e->high - e->value, e->value - e->low));
    }
    return widest;
}

const char *stopping_blank(const struct resultset *set, enum metric metric)
{
    for (size_t d = 0; d < set->n_designs; ++d)
        if (set->designs[d].metrics[metric].n == 0)
            return set->designs[d].topology->name;
    return NULL;
}

static double wanted_for(const struct resultset *set, enum metric metric, double half_width)
{
    const double n = set->n_replications, half = stopping_half_width(set, metric);
    if (half <= half_width || stopping_blank(set, metric) != NULL)
        return n;
    if (isnan(half))
        return 2 * n;
    const double shrink = half / (aim * half_width);
    return fmin(fmax(ceil(n * shrink * shrink), ceil(1.1 * n)), 2 * n);
}

bool stopping_select(const struct stopping *s, const struct resultset *set,
                     struct selection *selection)
{
    const size_t k = set->n_designs, n = set->n_replications;
    double *x = array_new(double, k *n);
    bool is_whole = k >= 2 && n >= 2;
    for (size_t d = 0; d < k; ++d)
        memcpy(x + d * n, set->designs[d].values + (size_t)s->select * n, n * sizeof *x);
    for (size_t i = 0; i < k * n; ++i)
        is_whole = is_whole && !isnan(x[i]);
    if (is_whole) {
        const struct selection_data data = {x, k, n, metric_direction(s->select) < 0};
        *selection = selection_of(&data, s->indifference, set->level);
    }
    array_release(x);
    return is_whole;
}

uint32_t stopping_wanted(const struct stopping *s, struct stopping_state *state,
                         const struct resultset *set)
{
    double wanted = set->n_replications;
    for (int m = 0; m < METRICS; ++m)
        if (s->half_width[m] > 0)
            wanted = fmax(wanted, wanted_for(set, (enum metric)m, s->half_width[m]));
    if (s->indifference > 0 && set->n_replications < 2)
        return 2; // no spread yet to judge by
    if (s->indifference > 0 && state->needed == 0) {
        struct selection selection;
        state->needed = stopping_select(s, set, &selection) ? selection.needed : 1;
    }
    return (uint32_t)fmin(fmax(wanted, (double)state->needed), UINT32_MAX);
}
