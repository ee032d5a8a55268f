// Quantile tables and the draw from them.
//
// A word w is read as: its top bit is the side (0: u < 1/2, 1: u > 1/2); the other 63 bits, r, are
// the distance from that side's end, u or 1-u = r / 2^64. Octave o holds the distances [2^-(o+2),
// 2^-(o+1)); the last one holds all that is left, (0, 2^-VARIATE_OCTAVES). Each octave is cut into
// equal cells, in which the quantile is linear.
//
// Within an octave entries ascend in value on both sides, so an interpolation adds a non-negative
// part to the smaller end and can never round below it: `least` holds exactly, and lookaheads may
// rest on it.
//
// Error: where the quantile behaves like distance^k, (1/VARIATE_CELLS)^2 / 8 * |k (k-1)| at most,
// relative: 0.01 % for the exponential, under 0.1 % for |k| < 3. At the far end, where quantiles
// may be infinite, the table ends with the quantile at the middle of the last cell, 2^-46: nearer
// ends would give a heavy tail's mean far too much weight, since the quantile is linear from there.
#include "base/variate.h"

#include <math.h>
#include <stddef.h>

#include "base/base.h"

enum {
    VARIATE_LAST = VARIATE_OCTAVES - 1,
    VARIATE_ENTRIES = VARIATE_CELLS + 1,
    VARIATE_SIDE = VARIATE_OCTAVES * VARIATE_ENTRIES,
    VARIATE_CELL_BITS = 5,
};

_Static_assert(1 << VARIATE_CELL_BITS == VARIATE_CELLS, "cells are indexed by whole bits");

static const double VARIATE_FAR_END = 0x1p-46;
_Static_assert(VARIATE_OCTAVES + VARIATE_CELL_BITS + 1 == 46, "the far end is half a cell away");

// Distance from the side's end at entry i of an octave, i counted from the near-median end or the
// far end so that values ascend: on side 0 distance grows with i, on side 1 it falls.
static double variate_distance(int side, int octave, int i)
{
    int step = side == 0 ? i : VARIATE_CELLS - i;
    double share = (double)step / VARIATE_CELLS;
    if (octave == VARIATE_LAST)
        return fmax(VARIATE_FAR_END, ldexp(share, -VARIATE_OCTAVES));
    return ldexp(1 + share, -(octave + 2));
}

// The first entry, but for the last digits of quantiles that were searched for.
static double variate_least(const double *table)
{
    double least = table[0];
    for (size_t i = 1; i < 2 * VARIATE_SIDE; i++)
        least = fmin(least, table[i]);
    return least;
}

struct variate variate_compile(struct arena *arena, const struct distribution *d, double scale)
{
    REQUIRE(distribution_is_valid(d) && scale > 0, "invalid distribution, scale %g", scale);
    double *table = arena_push(arena, double, (size_t)(2 * VARIATE_SIDE));
    for (int side = 0; side < 2; side++)
        for (int octave = 0; octave < VARIATE_OCTAVES; octave++)
            for (int i = 0; i < VARIATE_ENTRIES; i++) {
                double distance = variate_distance(side, octave, i);
                double value = side == 0 ? distribution_quantile(d, distance)
                                         : distribution_upper_quantile(d, distance);
                REQUIRE(isfinite(value), "quantile %g at distance %g from end %d", value, distance,
                        side);
                table[side * VARIATE_SIDE + octave * VARIATE_ENTRIES + i] = scale * value;
            }
    return (struct variate){.quantile = table, .least = variate_least(table)};
}

double variate_at(const struct variate *v, uint64_t w)
{
    uint64_t side = w >> 63;
    uint64_t distance = w << 1 | 1; // never 0, so that the leading zeros are defined
    int zeros = __builtin_clzll(distance);
    int octave = zeros < VARIATE_LAST ? zeros : VARIATE_LAST;
    int used = zeros < VARIATE_LAST ? zeros + 1 : VARIATE_LAST; // the leading one carries nothing
    uint64_t rest = (distance << used) ^ -side;
    size_t cell = (size_t)(rest >> (64 - VARIATE_CELL_BITS));
    double share = (double)(int64_t)(rest << VARIATE_CELL_BITS >> 11) * 0x1p-53;
    const double *entry = v->quantile + side * VARIATE_SIDE + (size_t)octave * VARIATE_ENTRIES +
                          cell;
    return entry[0] + (entry[1] - entry[0]) * share;
}

double variate_draw(const struct variate *v, struct stream *s)
{
    return variate_at(v, stream_word(s));
}
