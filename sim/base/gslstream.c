// The adaptor: a gsl_rng is a pair (type, state); the state is the caller's stream itself.
//
// GSL sees 32-bit words (the high halves), the range that all its samplers were written for, and
// doubles of 52 bits. Seeding through gsl_rng_set opens the stream of the name "gsl": for GSL's own
// test helpers only.
#include "base/gslstream.h"

static void gslstream_set(void *state, unsigned long seed)
{
    *(struct stream *)state = stream_open(seed, 0, "gsl", "");
}

static unsigned long gslstream_get(void *state)
{
    return (unsigned long)(stream_word(state) >> 32);
}

static double gslstream_get_double(void *state)
{
    return stream_uniform(state);
}

static const gsl_rng_type gslstream_descriptor = {
    .name = "philox2x64-10",
    .max = 0xffffffffUL,
    .min = 0,
    .size = sizeof(struct stream),
    .set = gslstream_set,
    .get = gslstream_get,
    .get_double = gslstream_get_double,
};

const gsl_rng_type *const gslstream_type = &gslstream_descriptor;

gsl_rng gslstream_of(struct stream *s)
{
    return (gsl_rng){.type = &gslstream_descriptor, .state = s};
}
