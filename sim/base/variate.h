// Random variates: one random word, one table lookup, one interpolation, whatever the distribution.
//
// The word w is read as u = (w + 1/2) / 2^64, from its top bits downward: the first says the side
// (u below or above 1/2), the bits that repeat it the octave (how many times u or 1-u must be
// doubled to reach 1/4), the rest the position within the octave, which is cut into equal cells.
// The quantile is tabulated at the ends of cells and linear within; each octave has as many cells
// as it needs (variate.c), so that heavy tails cost no more than they must.
//
// Error: every quantile from p0.001 to p99.9999 is within 0.1 % of the true one, for every kind of
// distribution (measured: 0.07 %; empirical ones 0.01 %). Where cells cannot be made narrow enough,
// as beside a jump, draws are searched for in the distribution itself, which is rare by
// construction. What remains are quantiles that run away like u^150 or faster (gamma and Weibull of
// shape below 1/150): 0.12 % at shape 1/200, 3 % at 1/1000. Beyond 1-u = 2^-40 values end at the
// quantile of 1-u = 2^-43. Means are right to 1e-6, unless they rest on what is cut off there:
// Pareto's is too small by 5 % at alpha 1.1, by 0.002 % at alpha 1.5.
//
// Words: draws never fall when w rises. A word whose low 32 bits are zero gives a valid draw with a
// resolution of 2^-32: no tail beyond 1-u = 2^-32. So the two halves of a word may serve two
// purposes (variate_at_half).
//
// The table is read-only and shared by all threads; the stream belongs to the caller.
#pragma once

#include <math.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/distribution.h"
#include "base/stream.h"

enum { VARIATE_OCTAVES = 40, VARIATE_ROWS = 128 };

// An octave of one side. The last one holds all distances below 2^-VARIATE_OCTAVES.
struct variate_octave {
    double *quantile; // n_cells + 1 values, rising with u; not a number: variate_search
    uint32_t n_cells;
    uint32_t used; // bits of the word that led here; the next ones say the cell
};

// What was tabulated: a draw is least + (scale x quantile - least) x ratio.
struct variate_source {
    struct distribution distribution;
    double scale;
    double least;
    double ratio; // corrects the mean: 1 to within 0.04 %
};

struct variate {
    // octaves[64 x side + i]: i is the highest bit of the distance from the side's end, 2^65 u or
    // 2^65 (1-u); indexed so that a draw needs no clamp, with many rows for the last octave
    const struct variate_octave *octaves;
    const struct variate_source *source;
    double least; // no draw is below: the quantile at u = 0
};

// Tabulates scale x distribution into the arena (scale 1e9: seconds to ns).
struct variate variate_compile(struct arena *arena, const struct distribution *d, double scale);

// The value at the word w, from the source: out of line, for the words whose cell is not tabulated.
double variate_search(const struct variate *v, uint64_t w);

// The value at the word w: the pure function behind variate_draw.
static inline double variate_at(const struct variate *v, uint64_t w)
{
    uint64_t side = -(w >> 63); // all bits
    uint64_t distance = (w ^ side) << 1 | 1;
    uint32_t row = ((uint32_t)side & 64) | (63 ^ (uint32_t)__builtin_clzll(distance));
    const struct variate_octave *octave = &v->octaves[row];
    __extension__ typedef unsigned __int128 wide;
    wide position = (wide)(w << octave->used) * octave->n_cells;
    const double *entry = octave->quantile + (size_t)(position >> 64);
    double share = (double)(int64_t)((uint64_t)position >> 11) * 0x1p-53;
    double value = entry[0] + (entry[1] - entry[0]) * share;
    if (UNLIKELY(isnan(value)))
        return variate_search(v, w);
    return value;
}

// The same from half a word, at the middle of its 2^32 words: the other half is free.
static inline double variate_at_half(const struct variate *v, uint32_t high)
{
    return variate_at(v, (uint64_t)high << 32 | UINT64_C(1) << 31);
}

static inline double variate_draw(const struct variate *v, struct stream *s)
{
    return variate_at(v, stream_word(s));
}
