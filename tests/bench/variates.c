#include "variates.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "base/base.h"
#include "base/gslstream.h"
#include "base/variate.h"

// One distribution as the model states it, and GSL's functions for it with their two parameters, in
// GSL's order.
struct variate_case {
    const char *name;
    struct distribution distribution;
    double (*gsl_draw)(const gsl_rng *rng, double a, double b);
    double (*gsl_quantile)(double p, double a, double b);
    double (*gsl_upper_quantile)(double q, double a, double b);
    double a, b;
    struct variate table;
    uint64_t n_draws;
    double mean; // of the last draws: keeps them from being optimised away
};

// The exponential has one parameter.
static double exponential_draw(const gsl_rng *rng, double mean, double none)
{
    (void)none;
    return gsl_ran_exponential(rng, mean);
}

static double exponential_quantile(double p, double mean, double none)
{
    (void)none;
    return gsl_cdf_exponential_Pinv(p, mean);
}

static double exponential_upper_quantile(double q, double mean, double none)
{
    (void)none;
    return gsl_cdf_exponential_Qinv(q, mean);
}

// ---- time

static double variates_finish(struct variate_case *c, double start, double sum)
{
    double seconds = harness_cpu_seconds() - start;
    c->mean = sum / (double)c->n_draws;
    return seconds / (double)c->n_draws * 1e9;
}

static double variates_table(void *argument)
{
    struct variate_case *c = argument;
    struct stream s = stream_open(1, 0, "bench", "variates");
    double sum = 0, start = harness_cpu_seconds();
    for (uint64_t i = 0; i < c->n_draws; i++)
        sum += variate_draw(&c->table, &s);
    return variates_finish(c, start, sum);
}

static double variates_gsl(void *argument)
{
    struct variate_case *c = argument;
    struct stream s = stream_open(1, 0, "bench", "variates");
    gsl_rng rng = gslstream_of(&s);
    double sum = 0, start = harness_cpu_seconds();
    for (uint64_t i = 0; i < c->n_draws; i++)
        sum += c->gsl_draw(&rng, c->a, c->b);
    return variates_finish(c, start, sum);
}

static double variates_word(void *argument)
{
    struct variate_case *c = argument;
    struct stream s = stream_open(1, 0, "bench", "variates");
    uint64_t mix = 0;
    double start = harness_cpu_seconds();
    for (uint64_t i = 0; i < c->n_draws; i++)
        mix ^= stream_word(&s);
    return variates_finish(c, start, (double)(mix & 1));
}

static void variates_time(struct harness *h, struct variate_case *c)
{
    const struct harness_contender contenders[] = {
        {.variant = "GSL's sampler", .measure = variates_gsl, .argument = c, .is_reference = true},
        {.variant = "random word alone", .measure = variates_word, .argument = c},
        {.variant = "quantile table",
         .measure = variates_table,
         .argument = c,
         .target = {GOAL_VALUE_MOST, 5}},
    };
    c->n_draws = h->is_quick ? 200000 : 4000000;
    harness_contest(h, &(struct harness_contest){.size = c->name,
                                                 .unit = "ns/draw",
                                                 .is_cost = true,
                                                 .rounds = h->is_quick ? 2 : 5,
                                                 .n = ARRAY_LEN(contenders),
                                                 .contenders = contenders});
}

// ---- error

struct variate_error {
    struct variate uniform, uniform_upper; // u and u - 1: so both ends keep their digits
    double worst, least_p, least_q;
};

// Relative error at random word w. Which cumulative probability a word stands for is asked of a
// table of the uniform distribution, in which interpolation makes no error: so nothing here depends
// on how words are read.
static void variates_error_at(struct variate_error *e, const struct variate_case *c, uint64_t w)
{
    double p = variate_at(&e->uniform, w), q = -variate_at(&e->uniform_upper, w);
    if (p < 1e-5 || q < 1e-6)
        return;
    double exact = p < 0.5 ? c->gsl_quantile(p, c->a, c->b) : c->gsl_upper_quantile(q, c->a, c->b);
    e->worst = fmax(e->worst, fabs(variate_at(&c->table, w) / exact - 1));
    e->least_p = fmin(e->least_p, p);
    e->least_q = fmin(e->least_q, q);
}

// The largest relative error from p0.001 to p99.9999, on a grid that is dense in both tails.
static double variates_error(const struct variate_case *c, double step)
{
    struct arena arena = {0};
    const struct distribution up = {.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 1};
    const struct distribution down = {.kind = DISTRIBUTION_UNIFORM, .a = -1, .b = 0};
    struct variate_error e = {.uniform = variate_compile(&arena, &up, 1),
                              .uniform_upper = variate_compile(&arena, &down, 1),
                              .least_p = 1,
                              .least_q = 1};
    for (double distance = 0.5; distance > 5e-7; distance *= step) {
        uint64_t low = (uint64_t)(distance * 0x1p64);
        const uint64_t words[] = {low, low | UINT64_C(1) << 63, ~low, ~low & INT64_MAX};
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            variates_error_at(&e, c, words[i]);
    }
    arena_free(&arena);
    REQUIRE(e.least_p < 1.1e-5 && e.least_q < 1.1e-6, "the grid ends at %g and 1 - %g", e.least_p,
            e.least_q);
    return e.worst;
}

static void variates_add_error(struct harness *h, const struct variate_case *c)
{
    double worst = variates_error(c, h->is_quick ? 0.99 : 0.9995);
    harness_add(h, &(struct harness_row){.variant = "largest quantile error",
                                         .size = c->name,
                                         .unit = "%",
                                         .rounds = 1,
                                         .value = harness_exactly(100 * worst),
                                         .target = {GOAL_VALUE_MOST, 0.1}});
}

// Parameters as they occur: tails like those of service times and incidents.
void variates_bench(struct harness *h)
{
    struct variate_case cases[] = {
        {.name = "exponential",
         .distribution = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 3},
         .gsl_draw = exponential_draw,
         .gsl_quantile = exponential_quantile,
         .gsl_upper_quantile = exponential_upper_quantile,
         .a = 3,
         .b = 0},
        {.name = "lognormal 0.7",
         .distribution = {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 0.7},
         .gsl_draw = gsl_ran_lognormal,
         .gsl_quantile = gsl_cdf_lognormal_Pinv,
         .gsl_upper_quantile = gsl_cdf_lognormal_Qinv,
         .a = 0,
         .b = 0.7},
        {.name = "gamma 2.5",
         .distribution = {.kind = DISTRIBUTION_GAMMA, .a = 2.5, .b = 1},
         .gsl_draw = gsl_ran_gamma,
         .gsl_quantile = gsl_cdf_gamma_Pinv,
         .gsl_upper_quantile = gsl_cdf_gamma_Qinv,
         .a = 2.5,
         .b = 1},
        {.name = "Weibull 0.7",
         .distribution = {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 0.7},
         .gsl_draw = gsl_ran_weibull,
         .gsl_quantile = gsl_cdf_weibull_Pinv,
         .gsl_upper_quantile = gsl_cdf_weibull_Qinv,
         .a = 1,
         .b = 0.7},
        {.name = "Pareto 1.5",
         .distribution = {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 1.5},
         .gsl_draw = gsl_ran_pareto,
         .gsl_quantile = gsl_cdf_pareto_Pinv,
         .gsl_upper_quantile = gsl_cdf_pareto_Qinv,
         .a = 1.5,
         .b = 1},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cases[i].table = variate_compile(&arena, &cases[i].distribution, 1);
        variates_time(h, &cases[i]);
        variates_add_error(h, &cases[i]);
    }
    arena_free(&arena);
    harness_note(h, "time of a draw holds the random word; both sides draw from the same stream "
                    "type");
    harness_note(h, "error against GSL's quantiles from p0.001 to p99.9999");
}
