// Pins: what a copy after a delay makes of latency: T = min(X1, h + X2) for independent X, without
// queues (Dean, Barroso 2013), mean and quantiles, and the share of requests that have one, SF(h),
// less what the network takes of the delay; a delay of nearly nothing: the lesser of two. Z4 over
// 32 runs. AASIM_LONG=1: 20 times as many requests.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "model/model.h"
#include "support/queue.h"
#include "support/stat.h"

enum { RUNS = 32 };

static struct tiny t;

// Time is in units of QUEUE_UNIT_S; more servers than ever work at a time.
static void make(struct distribution work, double delay)
{
    tiny_init(&t);
    t.services[0].servers_per_zone = 1000;
    t.services[0].work = work;
    t.populations[0].client.hedge =
        (struct hedge_spec){.most = 1, .after_s = delay * QUEUE_UNIT_S, .budget = 1};
    queue_demand(&t, 20, stat_is_long() ? 4e5 : 2e4);
}

static bool copies_agree(const char *id, double expected)
{
    double copies[RUNS];
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct record r;
        tiny_run_model(m, i, &r);
        copies[i] = (double)r.attempts[0] / (double)r.latency[0].n - 1;
        record_free(&r);
    }
    model_free(m);
    return stat_mean_agrees(id, copies, RUNS, expected, 0);
}

static double network(void)
{
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    double units = tiny_network_mean(m) / QUEUE_UNIT_S;
    model_free(m);
    return units;
}

static const struct queue_reference exponential[] = {
    {"A12.hedge.EXP_1.mean", QUEUE_T, 0.8160602794, 0},
    {"A12.hedge.EXP_1.p50", QUEUE_P, 0.6931471806, 0.5},
    {"A12.hedge.EXP_1.p90", QUEUE_P, 1.651292546, 0.9},
    {"A12.hedge.EXP_1.p99", QUEUE_P, 2.802585093, 0.99},
    {"A12.hedge.EXP_1.p99.9", QUEUE_P, 3.953877639, 0.999},
};

Test(hedging, exponential)
{
    make(queue_exponential(1), 1);
    cr_expect(queue_agrees(&t, 1, exponential, ARRAY_LEN(exponential)));
    cr_expect(copies_agree("A12.hedge.EXP_1.extra", exp(-(1 - network()))));
}

// Median 1 (10 ms there), sigma 0.8, the copy at p95.
static const struct queue_reference lognormal[] = {
    {"A12.hedge.LN.mean", QUEUE_T, 1.328093881, 0},
    {"A12.hedge.LN.p50", QUEUE_P, 1, 0.5},
    {"A12.hedge.LN.p90", QUEUE_P, 2.787767935, 0.9},
    {"A12.hedge.LN.p99", QUEUE_P, 4.893494146, 0.99},
    {"A12.hedge.LN.p99.9", QUEUE_P, 6.482105538, 0.999},
};

Test(hedging, lognormal)
{
    struct distribution work = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(QUEUE_UNIT_S), .b = 0.8};
    make(work, 3.72804);
    cr_expect(queue_agrees(&t, 1, lognormal, ARRAY_LEN(lognormal)));
    double z = log(3.72804 - network()) / 0.8;
    cr_expect(copies_agree("A12.hedge.LN.extra", 0.5 * erfc(z / sqrt(2))));
}

static const struct queue_reference lesser[] = {
    {"A12.min2.LN.p50", QUEUE_P, 0.6466424864, 0.5},
    {"A12.min2.LN.p90", QUEUE_P, 1.466119077, 0.9},
    {"A12.min2.LN.p99", QUEUE_P, 2.787767935, 0.99},
};

Test(hedging, the_lesser_of_two)
{
    struct distribution work = {.kind = DISTRIBUTION_LOGNORMAL, .a = log(QUEUE_UNIT_S), .b = 0.8};
    make(work, 1e-6);
    cr_expect(queue_agrees(&t, 1, lesser, ARRAY_LEN(lesser)));
    // Without copies the verdict is another.
    t.populations[0].client.hedge.most = 0;
    cr_expect_not(queue_agrees(&t, 1, lesser, ARRAY_LEN(lesser)));
}
