// Pins: what retries do to load and success. Independent failures: mean attempts a call
// (1 - p^(r+1)) / (1 - p), success 1 - p^(r+1); with a bucket that gets 0.1 tokens a call and is
// always empty, 1.1 attempts a call and a success an attempt with 1 - p (conservation of tokens);
// M. Brooker's simulator of adaptive retries (blog of 2022-02-28, tolerance of the bank). Overload:
// a queue of 1,000 a second under 400 a second with two retries at once stays overloaded after an
// outage of 1 s, with 3 attempts a call (1 + r), and recovers with a budget of 10 % or with full
// jitter. Means by Z4 over independent runs. AASIM_LONG=1: 10 times as many runs.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "support/stage.h"
#include "support/stat.h"

enum { RUNS_MOST = 400 };
static double attempts[RUNS_MOST], success[RUNS_MOST];
static struct tiny t;

static size_t n_runs(size_t n_short)
{
    return stat_is_long() ? 10 * n_short : n_short;
}

// ---- independent failures

static struct client_spec *make_failing(double p, int n_attempts)
{
    tiny_init(&t);
    struct population_spec *u = &t.populations[0];
    u->clients = 100;
    u->rate_rps = 1000;
    u->client.attempts = n_attempts;
    u->client.backoff_jitter = BACKOFF_NONE;
    t.services[0].work = distribution_constant(1e-6);
    t.services[0].servers_per_zone = 1000;
    t.workload.duration_s = t.workload.window_s = 40;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->effect = FAULT_ERRORS;
    f->level = p;
    f->duration = distribution_constant(1e6);
    return &u->client;
}

static void run_failing(size_t runs)
{
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t run = 0; run < runs; run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        attempts[run] = (double)r.attempts[0] / (double)r.ended_all;
        success[run] = (double)r.outcomes[OUTCOME_OK] / (double)r.ended_all;
        record_free(&r);
    }
    model_free(m);
}

static bool independent(const char *id, double p, int retries)
{
    make_failing(p, retries + 1);
    run_failing(n_runs(10));
    double all_fail = pow(p, retries + 1);
    bool all = stat_mean_agrees(id, attempts, n_runs(10), (1 - all_fail) / (1 - p), 0);
    return stat_mean_agrees(id, success, n_runs(10), 1 - all_fail, 5e-6) && all;
}

Test(retries, independent_failures)
{
    cr_expect(independent("D01.amp.0.1_3", 0.1, 3));
    cr_expect(independent("D01.amp.0.5_3", 0.5, 3));
    cr_expect(independent("D01.amp.0.01_2", 0.01, 2));
}

static void budget_of_a_tenth(struct client_spec *c, double size, bool is_shared)
{
    c->budget = (struct budget_spec){.mode = BUDGET_TOKENS,
                                     .size = size,
                                     .cost = 1,
                                     .timeout_cost = 1,
                                     .per_call = 0.1,
                                     .shared = is_shared};
}

// The bucket is full at first: 10 tokens more for 40,000 calls.
static bool saturated(const char *id, double p)
{
    budget_of_a_tenth(make_failing(p, 1000), 10, true);
    run_failing(n_runs(10));
    bool all = stat_mean_agrees(id, attempts, n_runs(10), 1.1, 3e-4);
    return stat_mean_agrees(id, success, n_runs(10), 1.1 * (1 - p), 3e-4) && all;
}

Test(retries, an_empty_bucket_bounds_them)
{
    cr_expect(saturated("D01.bucket.0.5_0.1", 0.5));
    cr_expect(saturated("D01.bucket.0.2_0.1", 0.2));
}

Test(retries, a_bucket_a_client)
{
    budget_of_a_tenth(make_failing(0.5, 1000), 5, false);
    run_failing(n_runs(10));
    cr_expect(
        stat_mean_agrees("D04.retry.adaptive_10pct.0.5", success, n_runs(10), 0.554238, 0.0025));
    cr_expect(
        stat_mean_agrees("D04.retry.adaptive_10pct.0.5", attempts, n_runs(10), 1.11044, 0.006));
}

// ---- overload

// One queue, 1,000 a second, which stands still for a second from 20 s on.
static struct client_spec *make_outage(double seconds)
{
    tiny_init(&t);
    struct population_spec *u = &t.populations[0];
    u->clients = 10000;
    u->rate_rps = 400;
    u->client.attempts = 3;
    u->client.attempt_timeout_s = 0.5;
    u->client.backoff_jitter = BACKOFF_NONE;
    t.services[0].work = tiny_exponential(1e-3);
    t.services[0].queue = 1000000;
    t.services[0].concurrency = 100000000;
    t.workload.duration_s = 80, t.workload.window_s = 20;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->effect = FAULT_CAPACITY;
    f->level = 0;
    f->at_s = 20;
    f->duration = distribution_constant(seconds);
    return &u->client;
}

// Runs in which fewer than half of the calls of the last 20 s succeeded; attempts a call then.
static size_t n_stuck(size_t runs, double *attempts_a_call)
{
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    size_t n = 0;
    double sum = 0;
    for (uint32_t run = 0; run < runs; run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        const uint64_t *last = &r.series[3 * SERIES_FIELDS];
        uint64_t ended = 0;
        for (int o = 0; o < OUTCOMES; o++)
            ended += last[o];
        n += 2 * last[OUTCOME_OK] < ended;
        sum += (double)last[SERIES_ATTEMPTS] / (double)ended;
        record_free(&r);
    }
    model_free(m);
    *attempts_a_call = sum / (double)runs;
    return n;
}

Test(retries, overload_that_outlives_its_cause)
{
    double a;
    size_t runs = n_runs(5);
    make_outage(2);
    cr_expect_eq(n_stuck(runs, &a), runs, "D03.meta.A_2");
    cr_expect_float_eq(a, 2.99994, 5e-3, "%g attempts a call, 1 + r when stuck", a);
    make_outage(0.5);
    cr_expect_eq(n_stuck(runs, &a), 0, "D03.meta.A_0.5");
    cr_expect_float_eq(a, 1, 1e-3, "%g attempts a call", a);
}

Test(retries, budgets_and_jitter_prevent_it)
{
    double a;
    size_t runs = n_runs(5);
    budget_of_a_tenth(make_outage(1), 10, true);
    cr_expect_eq(n_stuck(runs, &a), 0, "D03.meta.T_1");
    cr_expect_float_eq(a, 1, 1e-3, "%g attempts a call", a);
    struct client_spec *c = make_outage(1);
    c->backoff_base_s = 1, c->backoff_cap_s = 20, c->backoff_jitter = BACKOFF_FULL;
    cr_expect_eq(n_stuck(runs, &a), 0, "D03.meta.J_1");
    cr_expect_float_eq(a, 1, 1e-3, "%g attempts a call", a);
}
