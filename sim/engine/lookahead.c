#include "engine/lookahead.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/base.h"

static simtime lookahead_add(simtime a, simtime b)
{
    return a < SIMTIME_NEVER - b ? a + b : SIMTIME_NEVER;
}

static simtime lookahead_least(const simtime *matrix, uint32_t n_cells)
{
    simtime least = SIMTIME_NEVER;
    for (uint32_t from = 0; from < n_cells; from++)
        for (uint32_t to = 0; to < n_cells; to++) {
            if (from == to)
                continue;
            simtime delay = matrix[(size_t)from * n_cells + to];
            REQUIRE(delay >= 1, "lookahead of %" PRId64 " ns from cell %" PRIu32 " to %" PRIu32,
                    delay, from, to);
            least = delay < least ? delay : least;
        }
    return least;
}

// Floyd and Warshall's shortest ways; a cell's way to itself leads through another one.
static void lookahead_close(simtime *ways, uint32_t n)
{
    for (uint32_t via = 0; via < n; via++)
        for (uint32_t to = 0; to < n; to++)
            for (uint32_t from = 0; from < n; from++) {
                simtime way = lookahead_add(ways[(size_t)via * n + from],
                                            ways[(size_t)to * n + via]);
                simtime *best = &ways[(size_t)to * n + from];
                *best = way < *best ? way : *best;
            }
}

// Whether some way is longer than what one bound for all assumes (but for the ways back: their gain
// is a factor of two for one cell a window).
static bool lookahead_pays(const struct lookahead *l)
{
    for (uint32_t to = 0; to < l->n_cells; to++)
        for (uint32_t from = 0; from < l->n_cells; from++)
            if (from != to && l->ways[(size_t)to * l->n_cells + from] > l->least)
                return true;
    return false;
}

void lookahead_init(struct lookahead *l, const simtime *matrix, uint32_t n_cells)
{
    *l = (struct lookahead){.n_cells = n_cells, .least = lookahead_least(matrix, n_cells)};
    if (n_cells > LOOKAHEAD_DETAILED || l->least == SIMTIME_NEVER)
        return;
    l->ways = array_new(simtime, (size_t)n_cells * n_cells);
    for (uint32_t to = 0; to < n_cells; to++)
        for (uint32_t from = 0; from < n_cells; from++)
            l->ways[(size_t)to * n_cells + from] = from == to ? SIMTIME_NEVER
                                                              : matrix[(size_t)from * n_cells + to];
    lookahead_close(l->ways, n_cells);
    if (!lookahead_pays(l))
        lookahead_free(l);
}

void lookahead_free(struct lookahead *l)
{
    array_release(l->ways);
    l->ways = NULL;
}

simtime lookahead_horizon(const struct lookahead *l, uint32_t cell, const simtime *next,
                          simtime earliest)
{
    if (l->ways == NULL)
        return lookahead_add(earliest, l->least);
    const simtime *ways = &l->ways[(size_t)cell * l->n_cells];
    simtime horizon = SIMTIME_NEVER;
    for (uint32_t from = 0; from < l->n_cells; from++) {
        simtime arrives = lookahead_add(next[from], ways[from]);
        horizon = arrives < horizon ? arrives : horizon;
    }
    return horizon;
}
