// Pins: GSL's samplers run on a stream: its uniforms and integers are the stream's own, moments of
// samplers that use each entry of the descriptor are right (|z| < 4.5, fixed seed), and the state
// is the caller's.
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "base/gslstream.h"

enum { N = 200000 };

static void check_moments(const char *name, double (*draw)(const gsl_rng *rng), double mean,
                          double variance)
{
    struct stream s = stream_open(5, 0, "test", name);
    gsl_rng rng = gslstream_of(&s);
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        double x = draw(&rng);
        sum += x;
        squares += (x - mean) * (x - mean);
    }
    double z = (sum / N - mean) / sqrt(variance / N);
    cr_assert_lt(fabs(z), 4.5, "%s: mean %g, expected %g", name, sum / N, mean);
    cr_assert_lt(fabs(squares / N / variance - 1), 0.05, "%s: variance %g, expected %g", name,
                 squares / N, variance);
}

static double gaussian(const gsl_rng *rng)
{
    return gsl_ran_gaussian_ziggurat(rng, 2); // uses integers and their range
}

static double gamma_draw(const gsl_rng *rng)
{
    return gsl_ran_gamma(rng, 2.5, 2);
}

static double poisson(const gsl_rng *rng)
{
    return gsl_ran_poisson(rng, 7.5);
}

static double integer(const gsl_rng *rng)
{
    return (double)gsl_rng_uniform_int(rng, 10);
}

Test(gslstream, moments_of_samplers)
{
    check_moments("gaussian", gaussian, 0, 4);
    check_moments("gamma", gamma_draw, 5, 10);
    check_moments("poisson", poisson, 7.5, 7.5);
    check_moments("integer", integer, 4.5, 8.25);
}

Test(gslstream, uniform_is_the_streams)
{
    struct stream s = stream_open(1, 0, "a", "b"), twin = s;
    gsl_rng rng = gslstream_of(&s);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(gsl_rng_uniform(&rng), stream_uniform(&twin));
    cr_assert_eq(gsl_rng_get(&rng), stream_word(&twin) >> 32);
    cr_assert_eq(s.position, twin.position);
}

Test(gslstream, descriptor)
{
    struct stream s = stream_open(1, 0, "a", "b");
    gsl_rng rng = gslstream_of(&s);
    cr_assert_eq(rng.type, gslstream_type);
    cr_assert_str_eq(gsl_rng_name(&rng), "philox2x64-10");
    cr_assert_eq(gsl_rng_size(&rng), sizeof s);
    gsl_rng_set(&rng, 9);
    uint64_t first = stream_word(&s);
    gsl_rng_set(&rng, 9);
    cr_assert_eq(stream_word(&s), first);
}
