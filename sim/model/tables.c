#include "model/tables.h"

#include <string.h>

// ---- distributions as keys

static bool is_same_shape(const struct distribution *a, const struct distribution *b)
{
    return a->kind == b->kind && a->a == b->a && a->b == b->b && a->p == b->p &&
           a->shift == b->shift && a->n_points == b->n_points && a->n_parts == b->n_parts;
}

static bool is_same_simple(const struct distribution *a, const struct distribution *b)
{
    return is_same_shape(a, b) &&
           (a->n_points == 0 || memcmp(a->points, b->points, a->n_points * sizeof *a->points) == 0);
}

// Parts of a mixture are no mixtures.
static bool is_same(const struct distribution *a, const struct distribution *b)
{
    if (!is_same_simple(a, b))
        return false;
    for (size_t i = 0; i < a->n_parts; i++)
        if (a->parts[i].share != b->parts[i].share ||
            !is_same_simple(&a->parts[i].distribution, &b->parts[i].distribution))
            return false;
    return true;
}

static struct distribution copy_simple(struct arena *arena, const struct distribution *d)
{
    struct distribution copy = *d;
    if (d->n_points > 0) {
        struct distribution_point *points = arena_push(arena, struct distribution_point,
                                                       d->n_points);
        memcpy(points, d->points, d->n_points * sizeof *points);
        copy.points = points;
    }
    return copy;
}

// A variate looks at its distribution again, when the scenario may be gone.
static struct distribution copy_of(struct arena *arena, const struct distribution *d)
{
    struct distribution copy = copy_simple(arena, d);
    if (d->n_parts > 0) {
        struct distribution_part *parts = arena_push(arena, struct distribution_part, d->n_parts);
        for (size_t i = 0; i < d->n_parts; i++)
            parts[i] = (struct distribution_part){d->parts[i].share,
                                                  copy_simple(arena, &d->parts[i].distribution)};
        copy.parts = parts;
    }
    return copy;
}

// ---- tables

struct variate tables_variate(struct tables *t, const struct distribution *d, double scale)
{
    for (size_t i = 0; i < t->variates.n; i++) {
        const struct tables_variate *v = &t->variates.items[i];
        if (v->scale == scale && is_same(&v->distribution, d))
            return v->variate;
    }
    struct tables_variate v = {.distribution = copy_of(&t->arena, d), .scale = scale};
    v.variate = variate_compile(&t->arena, &v.distribution, scale);
    array_push(&t->variates, v);
    return v.variate;
}

struct popularity tables_popularity(struct tables *t, uint32_t n, double exponent)
{
    for (size_t i = 0; i < t->popularities.n; i++) {
        const struct tables_popularity *p = &t->popularities.items[i];
        if (p->n == n && p->exponent == exponent)
            return p->popularity;
    }
    const struct tables_popularity p = {n, exponent, popularity_compile(&t->arena, n, exponent)};
    array_push(&t->popularities, p);
    return p.popularity;
}

void tables_free(struct tables *t)
{
    array_free(&t->variates);
    array_free(&t->popularities);
    arena_free(&t->arena);
}
