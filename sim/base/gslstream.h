// A stream as a gsl_rng, so that any GSL sampler can be driven by it, without allocation.
#pragma once

#include <gsl/gsl_rng.h>

#include "base/stream.h"

// The generator type, for code that asks for its name or range.
extern const gsl_rng_type *const gslstream_type;
// A generator that draws from *s; valid while *s lives. No memory is taken, nothing is to be freed.
gsl_rng gslstream_of(struct stream *s);
