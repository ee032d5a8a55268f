// Random variates: one random word, one table lookup, one interpolation, whatever the distribution.
//
// The quantile function is tabulated at load time on a grid that is logarithmic in u and in 1-u
// (octaves cut into equal cells), so that p99.999 and p0.001 are as right as the median. A draw
// takes the side from one bit of the word, the octave from its leading zeros, the cell and the
// interpolation from the rest. The table is read-only and shared by all threads; the stream belongs
// to the caller.
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/distribution.h"
#include "base/stream.h"

enum { VARIATE_OCTAVES = 40, VARIATE_CELLS = 32 };

struct variate {
    // quantile[side][octave][cell], one extra entry at each octave's end; side 0: u, side 1: 1-u
    const double *quantile;
    double least; // no draw is below
};

// Tabulates scale x distribution into the arena (scale 1e9: seconds to ns).
struct variate variate_compile(struct arena *arena, const struct distribution *d, double scale);
double variate_draw(const struct variate *v, struct stream *s);
// The value at the random word w: the pure function behind variate_draw, for tests.
double variate_at(const struct variate *v, uint64_t w);
