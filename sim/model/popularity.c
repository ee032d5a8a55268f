#include "model/popularity.h"

#include <math.h>

#include "base/base.h"

// Fills w with the first n weights; returns their sum.
static double popularity_weigh(double *w, uint32_t n, double exponent)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += w[i] = exponent > 0 ? pow((double)i + 1, -exponent) : 1;
    return sum;
}

static uint32_t popularity_threshold(double share)
{
    return share >= 1 ? UINT32_MAX : (uint32_t)(share * 0x1p32);
}

// The alias table of n weights with mean 1, which are used up.
static struct popularity_cell *popularity_table(struct arena *arena, double *w, uint32_t n)
{
    struct arena scratch = {0};
    struct popularity_cell *cells = arena_push(arena, struct popularity_cell, n);
    uint32_t *small = arena_push(&scratch, uint32_t, n), *large = arena_push(&scratch, uint32_t, n);
    uint32_t n_small = 0, n_large = 0;
    for (uint32_t i = 0; i < n; i++) {
        cells[i] = (struct popularity_cell){.threshold = UINT32_MAX, .alias = i};
        if (w[i] < 1)
            small[n_small++] = i;
        else
            large[n_large++] = i;
    }
    while (n_small > 0 && n_large > 0) {
        uint32_t poor = small[--n_small], rich = large[n_large - 1];
        cells[poor] = (struct popularity_cell){popularity_threshold(w[poor]), rich};
        w[rich] -= 1 - w[poor];
        if (w[rich] < 1) {
            n_large--;
            small[n_small++] = rich;
        }
    }
    arena_free(&scratch);
    return cells;
}

// With d = 1 - exponent and L = log(b/a), the integral from a to b is a^d * (e^dL - 1) / d. A share
// u of it is reached at a * (1 + u * (e^dL - 1))^(1/d). Both are precise for any d but 0, whose
// limit the least d stands for.
static void popularity_add_tail(struct popularity *p, double exponent, double head_weight)
{
    const double least = 1e-15, d = fabs(1 - exponent) < least ? least : 1 - exponent;
    const double a = p->n_cells + 0.5, b = p->n + 0.5, growth = expm1(d * log(b / a));
    const double slopes = exponent * (pow(b, -exponent - 1) - pow(a, -exponent - 1));
    const double weight = pow(a, d) * growth / d + slopes / 24;
    const double words = round(0x1p32 * (weight / (head_weight + weight)));
    p->tail_words = (uint32_t)words;
    p->stretch = (uint64_t)(0x1p64 / (0x1p32 - words));
    p->tail_start = a;
    p->tail_step = words > 0 ? growth / words : 0;
    p->tail_power = 1 / d;
}

struct popularity popularity_compile(struct arena *arena, uint32_t n, double exponent)
{
    REQUIRE(n > 0 && exponent >= 0, "%u items, exponent %g", n, exponent);
    struct popularity p = {.n = n, .n_cells = n, .stretch = UINT64_C(1) << 32};
    if (n > POPULARITY_TABLE_ITEMS)
        p.n_cells = POPULARITY_HEAD_ITEMS;
    struct arena scratch = {0};
    double *w = arena_push(&scratch, double, p.n_cells);
    double sum = popularity_weigh(w, p.n_cells, exponent);
    if (n > p.n_cells)
        popularity_add_tail(&p, exponent, sum);
    for (uint32_t i = 0; i < p.n_cells; i++)
        w[i] *= p.n_cells / sum;
    p.cells = popularity_table(arena, w, p.n_cells);
    arena_free(&scratch);
    return p;
}

uint32_t popularity_tail_item(const struct popularity *p, uint32_t word)
{
    double share = log1p((word + 0.5) * p->tail_step);
    uint32_t item = (uint32_t)(p->tail_start * exp(share * p->tail_power) - 0.5);
    CHECK(item >= p->n_cells && item < p->n);
    return item;
}
