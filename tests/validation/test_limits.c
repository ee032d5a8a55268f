// Pins: limits and conditions measured end to end. Under overload a store takes what its rate and
// its burst allow, to a write; with skewed popularity the share that hot partitions turn away is
// that of their items' traffic beyond what a partition serves; the probability that a condition
// fails is that of a change in the gap (1 - exp(-rate x gap), and the renewal formula where
// conditional writes change the item, too); with several leaders the conditional writes that are
// overwritten are those that last writer wins loses; attempts at calls that fail at random are
// geometric, cut off. Z4 over independent runs. AASIM_LONG=1: runs 20 times as long.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "model/model.h"
#include "model/partitions.h"
#include "support/stat.h"
#include "support/tiny.h"

enum { RUNS = 32 };

static struct tiny t;

static double longer(double s)
{
    return stat_is_long() ? 20 * s : s;
}

// Users who only write, `rate` times a second.
static struct store_spec *make(double rate, double duration_s)
{
    tiny_init(&t);
    t.workload.classes[0].is_write = true;
    t.workload.duration_s = t.workload.window_s = duration_s;
    t.services[0].work = distribution_constant(0);
    t.services[0].servers_per_zone = 1000;
    t.populations[0].rate_rps = rate;
    struct store_spec *s = tiny_add_store(&t, STORE_MULTI_LEADER);
    s->write_time = distribution_constant(0);
    s->items = 1;
    s->throughput = (struct throughput_spec){.read_per_s = 1e6,
                                             .write_per_s = 1e6,
                                             .burst_s = 1,
                                             .adaptive = true,
                                             .partition_read_per_s = 1e6,
                                             .partition_write_per_s = 1e6,
                                             .item_bytes = 1024};
    return s;
}

// A value of each run's first store.
static void measure(double (*value)(const struct store_record *), double *x)
{
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t run = 0; run < RUNS; run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        x[run] = value(&r.stores[0]);
        record_free(&r);
    }
    model_free(m);
}

static double throttled_share(const struct store_record *s)
{
    return (double)s->throttled / (double)(s->throttled + s->writes);
}

static double failed_share(const struct store_record *s)
{
    return (double)s->conditions_failed / (double)s->conditional_writes;
}

// ---- throughput

// Twice the rate is asked for: all of it is used, and the burst.
Test(limits, overload_gets_the_rate_exactly)
{
    struct record r;
    struct store_spec *s = make(200, longer(500));
    s->throughput.capacity = CAPACITY_PROVISIONED;
    s->throughput.write_per_s = 100;
    s->throughput.burst_s = 50;
    tiny_run(&t, 0, &r);
    const double expected = 100 * (t.workload.duration_s + 50);
    cr_expect_float_eq((double)r.stores[0].writes, expected, 3, "%lu", r.stores[0].writes);
    cr_expect_eq(r.outcomes[OUTCOME_OK], r.stores[0].writes);
    cr_expect_float_eq((double)r.outcomes[OUTCOME_ERROR], (double)r.stores[0].throttled, 1);
    record_free(&r);
}

// Below the rate nothing is throttled once the bucket is a second deep or more: 10 standard
// deviations of a second's writes.
Test(limits, half_of_the_rate_is_free)
{
    struct record r;
    struct store_spec *s = make(200, longer(500));
    s->throughput.capacity = CAPACITY_PROVISIONED;
    s->throughput.write_per_s = 400;
    tiny_run(&t, 0, &r);
    cr_expect_eq(r.stores[0].throttled, 0);
    record_free(&r);
}

// What partitions turn away of a Zipf popularity: each its items' traffic beyond its limit.
static double hot_share(const struct store_spec *s, double rate, double limit)
{
    struct partitions p;
    const struct partition model = {0};
    double weight[16] = {0}, sum = 0, throttled = 0;
    partitions_open(&p, (uint32_t)s->throughput.partitions, &model, 0);
    for (uint32_t i = 0; i < s->items; i++) {
        const double w = pow(i + 1, -s->zipf);
        weight[partitions_of(&p, i) - p.ranges.items] += w;
        sum += w;
    }
    for (int k = 0; k < s->throughput.partitions; k++)
        throttled += fmax(weight[k] / sum - limit / rate, 0);
    partitions_free(&p);
    return throttled;
}

// The first second's tokens are beyond the limit, too.
Test(limits, hot_partitions_throttle_their_excess)
{
    double x[RUNS];
    struct store_spec *s = make(400, longer(100));
    s->items = 1000;
    s->zipf = 0.99;
    s->throughput.capacity = CAPACITY_PROVISIONED;
    s->throughput.write_per_s = 4000;
    s->throughput.partitions = 8;
    s->throughput.partition_write_per_s = 50;
    const double reference = hot_share(s, 400, 50);
    cr_assert(reference > 0.05, "%g", reference);
    measure(throttled_share, x);
    cr_expect(stat_mean_agrees("hot partitions", x, RUNS, reference,
                               8 * 50 / (400 * t.workload.duration_s)));
    s->throughput.partition_write_per_s = 400; // no longer
    measure(throttled_share, x);
    cr_expect_eq(stat_mean(x, RUNS), 0);
}

// ---- conditions

// Writes come at rate w, a share q of them conditional. Within the gap after a change only the
// others change the item, later all do: a renewal process, at a random age of which a conditional
// write finds it.
static double failing(double w, double gap, double q)
{
    const double a = w * (1 - q), within = a > 0 ? -expm1(-a * gap) / a : gap;
    return within / (within + exp(-a * gap) / w);
}

Test(limits, conditions_fail_by_the_renewal_formula)
{
    static const struct {
        double rate, gap_s, share;
    } cases[] = {{10, 0.02, 0.3}, {10, 0.1, 0.05}, {10, 0.1, 0.5}, {10, 0.1, 1}, {10, 0.4, 0.2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double x[RUNS];
        struct store_spec *s = make(cases[i].rate, longer(300));
        s->conditional.share = cases[i].share;
        s->conditional.read_before = distribution_constant(cases[i].gap_s);
        measure(failed_share, x);
        cr_expect(stat_mean_agrees("conditions", x, RUNS,
                                   failing(cases[i].rate, cases[i].gap_s, cases[i].share), 0));
    }
}

// Few conditional writes among others: 1 - exp(-rate x gap), and its mean over exponential gaps.
Test(limits, conditions_fail_if_there_is_a_change_in_the_gap)
{
    double x[RUNS];
    struct store_spec *s = make(20, longer(1000));
    s->conditional.share = 0.01;
    s->conditional.read_before = distribution_constant(0.05);
    cr_assert_float_eq(failing(20, 0.05, 0.01), -expm1(-1), 2e-3);
    measure(failed_share, x);
    cr_expect(stat_mean_agrees("1 - exp(-rate x gap)", x, RUNS, -expm1(-1), 2e-3));
    s->conditional.read_before = tiny_exponential(0.05);
    measure(failed_share, x);
    cr_expect(stat_mean_agrees("rate x gap / (1 + rate x gap)", x, RUNS, 0.5, 2e-3));
}

// Two regions, all writes conditional; nobody changes an item while it is worked on, so that all
// conditions are met, and what last writer wins loses was promised to somebody.
Test(limits, conditions_are_no_help_against_other_regions)
{
    struct record r;
    struct store_spec *s = make(4, longer(4000));
    tiny_add_region(&t, "us-west-2", 0);
    t.populations[0].rate_rps = 4;
    tiny_add_population(&t, "west")->rate_rps = 2;
    tiny_move(&t, 0, 0, 0);
    tiny_move(&t, 1, 1, 3000);
    t.topology.steering.root.policy = STEERING_LATENCY;
    s->replication.delay = distribution_constant(0.1);
    s->conditional.share = 1;
    tiny_run(&t, 0, &r);
    const struct store_record *c = &r.stores[0];
    cr_expect_eq(c->conditional_writes, c->writes);
    cr_expect_eq(c->conditions_failed, 0);
    cr_expect_eq(c->conflicting_conditions, c->fates[FATE_OVERWRITTEN]);
    cr_expect_gt(c->conflicting_conditions, 1000);
    record_free(&r);
    s->conditional.share = 0.3;
    tiny_run(&t, 0, &r);
    c = &r.stores[0];
    cr_expect(stat_share_agrees("conditional among overwritten", c->conflicting_conditions,
                                c->fates[FATE_OVERWRITTEN], 0.3));
    record_free(&r);
}

// ---- calls that are tried again

static double attempts_mean(const struct store_record *s)
{
    return (double)(s->writes + s->unavailable);
}

// Half of the attempts fail: of n at most, (1 - 2^-n) x 2 are made on average.
Test(limits, attempts_are_geometric)
{
    for (int n = 1; n <= 4; n++) {
        double x[RUNS];
        const double duration_s = longer(200);
        make(20, duration_s);
        struct fault_spec *f = tiny_add_fault(&t);
        f->target = FAULT_STORE;
        f->object = "data";
        f->effect = FAULT_ERRORS;
        f->level = 0.5;
        f->duration = distribution_constant(1e9);
        t.services[0].calls[0].retry = (struct call_retry_spec){
            .attempts = n, .base_s = 1e-3, .throttled_base_s = 1e-3, .cap_s = 1};
        measure(attempts_mean, x);
        for (int i = 0; i < RUNS; i++)
            x[i] /= 20 * duration_s;
        cr_expect(stat_mean_agrees("attempts", x, RUNS, 2 * (1 - pow(0.5, n)), 0));
    }
}

// A quota bounds what retries add to an overload: as many as its tokens pay for.
Test(limits, quota_bounds_what_retries_add)
{
    struct record r;
    struct store_spec *s = make(200, 500);
    s->throughput.capacity = CAPACITY_PROVISIONED;
    s->throughput.write_per_s = 20;
    struct call_retry_spec *retry = &t.services[0].calls[0].retry;
    *retry = (struct call_retry_spec){
        .attempts = 4, .base_s = 0.025, .throttled_base_s = 1, .cap_s = 20};
    tiny_run(&t, 0, &r);
    const uint64_t without = r.stores[0].writes + r.stores[0].throttled;
    record_free(&r);
    retry->quota = 500;
    tiny_run(&t, 0, &r);
    const uint64_t with = r.stores[0].writes + r.stores[0].throttled;
    cr_expect_float_eq((double)r.stores[0].writes, 20 * 501, 3);
    // 200 a second, of which some 180 fail and are tried three times more.
    cr_expect_gt(without, 500 * (200 + 3 * 170));
    // 500 tokens, and one for each first attempt that succeeds, at 5 a retry.
    cr_expect_lt(with, 500 * 205 + (500 + 20 * 501) / 5 + 1000);
    record_free(&r);
}
