// Pins: waits by growth and jitter (bounds exactly, uniformity by chi-square at level 1e-4, how
// often decorrelated jitter meets its cap); tokens: what is taken, given back, refunded, whose
// bucket, to the thousandth.
#include <criterion/criterion.h>
#include <math.h>

#include "base/arena.h"
#include "model/retry.h"
#include "support/stat.h"

static struct arena arena;
static int32_t taken;

static struct client_spec client(enum backoff_growth growth, enum backoff_jitter jitter)
{
    return (struct client_spec){.attempts = 10,
                                .backoff_base_s = 1,
                                .backoff_cap_s = 5,
                                .backoff_growth = growth,
                                .backoff_jitter = jitter};
}

static double wait_s(const struct client_spec *spec, uint32_t attempt, double last_s,
                     struct stream *s)
{
    struct retry_plan plan = retry_compile(spec, 1, 1);
    return simtime_to_seconds(retry_wait(&plan, attempt, simtime_from_seconds(last_s), s));
}

Test(retry, growth)
{
    static const double grown_s[] = {1, 2, 4, 5, 5};
    struct client_spec doubling = client(BACKOFF_EXPONENTIAL, BACKOFF_NONE);
    struct client_spec fixed = client(BACKOFF_FIXED, BACKOFF_NONE);
    struct stream s = stream_open(1, 0, "test", "waits");
    for (uint32_t k = 0; k < 5; k++) {
        cr_expect_float_eq(wait_s(&doubling, k + 1, 0, &s), grown_s[k], 1e-9);
        cr_expect_float_eq(wait_s(&fixed, k + 1, 0, &s), 1, 1e-9);
    }
    fixed.backoff_base_s = 0;
    struct retry_plan at_once = retry_compile(&fixed, 1, 1);
    cr_expect_eq(retry_wait(&at_once, 1, 0, &s), 1, "the least delay there is");
}

// Whether waits are uniform between two bounds.
static bool is_uniform(const char *id, const struct client_spec *spec, double last_s, double low_s,
                       double high_s)
{
    enum { BINS = 10, DRAWS = 20000 };
    uint64_t counts[BINS] = {0};
    double shares[BINS];
    struct stream s = stream_open(1, 0, "test", id);
    for (int i = 0; i < DRAWS; i++) {
        double x = (wait_s(spec, 2, last_s, &s) - low_s) / (high_s - low_s);
        cr_assert(x >= 0 && x < 1.000001, "%s: %g", id, x);
        counts[x < 1 ? (int)(x * BINS) : BINS - 1]++;
    }
    for (int i = 0; i < BINS; i++)
        shares[i] = 1.0 / BINS;
    return stat_counts_agree(id, counts, shares, BINS);
}

Test(retry, jitter)
{
    struct client_spec full = client(BACKOFF_EXPONENTIAL, BACKOFF_FULL);
    struct client_spec equal = client(BACKOFF_EXPONENTIAL, BACKOFF_EQUAL);
    struct client_spec decorrelated = client(BACKOFF_EXPONENTIAL, BACKOFF_DECORRELATED);
    cr_expect(is_uniform("full", &full, 0, 0, 2));
    cr_expect(is_uniform("equal", &equal, 0, 1, 2));
    cr_expect(is_uniform("decorrelated, first", &decorrelated, 0, 1, 3));
    cr_expect(is_uniform("decorrelated, after 1.5 s", &decorrelated, 1.5, 1, 4.5));
}

Test(retry, decorrelated_jitter_is_capped)
{
    struct client_spec spec = client(BACKOFF_EXPONENTIAL, BACKOFF_DECORRELATED);
    struct stream s = stream_open(1, 0, "test", "capped");
    int n_capped = 0;
    for (int i = 0; i < 10000; i++) {
        double x = wait_s(&spec, 3, 5, &s);
        cr_assert(x >= 1 && x <= 5);
        n_capped += x == 5;
    }
    // Uniform in 1 .. 15: 10 of 14 are beyond the cap. Four standard deviations.
    cr_expect_float_eq(n_capped, 7143, 4 * sqrt(10000 * 0.714 * 0.286));
}

// ---- tokens

static struct client_spec with_budget(struct budget_spec budget)
{
    struct client_spec spec = client(BACKOFF_FIXED, BACKOFF_NONE);
    budget.mode = BUDGET_TOKENS;
    spec.budget = budget;
    return spec;
}

static int n_taken(const struct retry_plan *plan, const struct retry_budget *b, uint32_t user,
                   bool is_timeout)
{
    int n = 0;
    while (n < 1000 && retry_take(plan, b, user, is_timeout, &taken))
        n++;
    return n;
}

Test(retry, tokens_are_spent_and_given_back)
{
    struct client_spec spec = with_budget((struct budget_spec){.size = 100,
                                                               .cost = 14,
                                                               .timeout_cost = 20,
                                                               .per_call = 0.1,
                                                               .per_success = 1,
                                                               .refund = true});
    struct retry_plan plan = retry_compile(&spec, 2, 1);
    struct retry_budget b = retry_open(&plan, &arena);
    cr_expect_eq(n_taken(&plan, &b, 0, false), 7, "98 of 100");
    cr_expect_eq(n_taken(&plan, &b, 1, true), 5, "each has his own");
    for (int i = 0; i < 119; i++)
        retry_on_call(&plan, &b, 0);
    cr_expect_eq(n_taken(&plan, &b, 0, false), 0, "13.9");
    retry_on_call(&plan, &b, 0);
    cr_expect_eq(n_taken(&plan, &b, 0, false), 1);
    retry_on_success(&plan, &b, 0, 0);
    cr_expect_eq(n_taken(&plan, &b, 0, false), 0, "one token");
    retry_on_success(&plan, &b, 0, 14000);
    cr_expect_eq(n_taken(&plan, &b, 0, false), 1, "the retry's cost");
    retry_on_success(&plan, &b, 1, 20000);
    cr_expect_eq(n_taken(&plan, &b, 1, true), 1, "after a timeout: as much as that took");
    cr_expect_eq(taken, 0, "the last one was refused");
    for (int i = 0; i < 5000; i++)
        retry_on_success(&plan, &b, 0, 0);
    cr_expect_eq(n_taken(&plan, &b, 0, false), 7, "a bucket does not hold more");
    arena_free(&arena);
}

Test(retry, shared_and_none)
{
    struct client_spec spec =
        with_budget((struct budget_spec){.size = 3, .cost = 1, .timeout_cost = 1, .shared = true});
    struct retry_plan plan = retry_compile(&spec, 100, 1);
    struct retry_budget b = retry_open(&plan, &arena);
    cr_expect(retry_take(&plan, &b, 7, false, &taken) && retry_take(&plan, &b, 50, false, &taken));
    cr_expect(retry_take(&plan, &b, 99, false, &taken));
    cr_expect_not(retry_take(&plan, &b, 0, false, &taken));
    spec.budget.mode = BUDGET_NONE;
    plan = retry_compile(&spec, 100, 1);
    b = retry_open(&plan, &arena);
    cr_expect_eq(n_taken(&plan, &b, 0, true), 1000);
    arena_free(&arena);
}
