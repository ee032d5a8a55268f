#include "model/popularity.h"

#include <math.h>

#include "base/base.h"

static double *popularity_weights(struct arena *scratch, uint32_t n, double exponent)
{
    double *w = arena_push(scratch, double, n);
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += w[i] = exponent > 0 ? pow((double)i + 1, -exponent) : 1;
    for (uint32_t i = 0; i < n; i++)
        w[i] *= n / sum; // mean 1
    return w;
}

static uint32_t popularity_threshold(double share)
{
    return share >= 1 ? UINT32_MAX : (uint32_t)(share * 4294967296.0);
}

struct popularity popularity_compile(struct arena *arena, uint32_t n, double exponent)
{
    REQUIRE(n > 0 && exponent >= 0, "%u items, exponent %g", n, exponent);
    struct arena scratch = {0};
    double *w = popularity_weights(&scratch, n, exponent);
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
    return (struct popularity){.n = n, .cells = cells};
}
