// Pins: a token bucket, against a twin that counts tokens in exact integers: the same operations
// are let in, at random times, of random sizes, from idle to overload; and a twin that fills one
// part in ten thousand too fast is found out. Under overload it gives its rate to one operation in
// ten million; its depth is what a burst may take (DynamoDB's documented example); in line, on
// credit.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/bucket.h"

__extension__ typedef __int128 wide;

// Holds tokens x 10^9, so that each ns adds `rate` of them: exact for whole rates.
struct twin {
    wide level, depth, rate;
    simtime then;
};

static bool twin_admits(struct twin *t, simtime now, uint32_t tokens)
{
    t->level += (wide)(now - t->then) * t->rate;
    t->then = now;
    t->level = t->level > t->depth ? t->depth : t->level;
    const wide cost = (wide)tokens * 1000000000;
    if (t->level < cost)
        return false;
    t->level -= cost;
    return true;
}

// A random program at `load` times the rate; how many answers differ.
static int differences(uint32_t rate, double load, double twin_error)
{
    struct stream s = stream_open(rate, 0, "test", "bucket");
    const simtime depth = 5 * SIMTIME_S;
    struct bucket b = bucket_full(depth);
    struct twin t = {.depth = (wide)depth * rate, .rate = rate};
    t.level = t.depth;
    t.rate += (wide)(twin_error * rate);
    int n = 0, admitted = 0;
    simtime now = 0;
    for (int i = 0; i < 300000; i++) {
        const uint32_t tokens = 1 + stream_below(&s, 8);
        const struct bucket_time cost = bucket_cost(tokens, rate);
        now += (simtime)(-log(stream_uniform(&s)) * 4.5 / (load * rate) * 1e9);
        const bool is_in = bucket_due(&b, now, cost) <= now;
        if (is_in)
            bucket_take(&b, now, cost);
        admitted += is_in;
        n += is_in != twin_admits(&t, now, tokens);
    }
    cr_expect(admitted > 10000 && (load < 1 || admitted < 300000), "%d of 300000", admitted);
    return n;
}

Test(bucket, admits_what_an_exact_twin_admits)
{
    static const uint32_t rates[] = {2, 7, 1000, 3001, 40000};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        cr_expect_eq(differences(rates[i], 0.2, 0), 0, "rate %u", rates[i]);
        cr_expect_eq(differences(rates[i], 1.3, 0), 0, "rate %u", rates[i]);
        cr_expect_eq(differences(rates[i], 3, 0), 0, "rate %u", rates[i]);
    }
    cr_expect_gt(differences(40000, 1.3, 1e-4), 0);
}

// 3.1 million operations asked for in each of three odd rates.
Test(bucket, long_run_rate_is_exact)
{
    static const double rates[] = {3000, 333.25, 0.7};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        struct bucket b = bucket_full(10 * SIMTIME_S);
        const struct bucket_time cost = bucket_cost(1, rates[i]);
        const simtime step = (simtime)(1e9 / rates[i] / 3.1);
        uint64_t admitted = 0;
        simtime now = 0;
        for (int k = 0; k < 3100000; k++, now += step)
            if (bucket_due(&b, now, cost) <= now) {
                bucket_take(&b, now, cost);
                admitted++;
            }
        const double expected = rates[i] * (10 + simtime_to_seconds(now - step));
        cr_expect_float_eq((double)admitted, expected, 1.01, "%lu of %g", admitted, expected);
    }
}

// AWS re:Post, 'How does DynamoDB handle spiky workloads': a table of 150 units a second that was
// idle for 300 s has 45,000 of them, and so takes 200 a second for 15 min.
Test(bucket, burst_lasts_as_long_as_documented)
{
    struct bucket b = bucket_full(300 * SIMTIME_S);
    const struct bucket_time cost = bucket_cost(1, 150);
    simtime now = 0;
    while (bucket_due(&b, now, cost) <= now) {
        bucket_take(&b, now, cost);
        now += SIMTIME_S / 200;
    }
    cr_expect_float_eq(simtime_to_seconds(now), 900, 0.05, "%g s", simtime_to_seconds(now));
    // A second later 150 are there, and no more.
    int n = 0;
    for (now += SIMTIME_S; bucket_due(&b, now, cost) <= now; n++)
        bucket_take(&b, now, cost);
    cr_expect(149 <= n && n <= 151, "%d", n);
    // However long it is left alone: 45,000.
    for (n = 0, now += SIMTIME_DAY; bucket_due(&b, now, cost) <= now; n++)
        bucket_take(&b, now, cost);
    cr_expect(45000 <= n && n <= 45001, "%d", n);
}

Test(bucket, who_waits_in_line_gets_the_next_tokens)
{
    struct bucket b = bucket_full(SIMTIME_S);
    const struct bucket_time cost = bucket_cost(1, 10);
    for (int i = 0; i < 30; i++) {
        const simtime due = bucket_due(&b, 0, cost);
        bucket_take(&b, due, cost);
        cr_expect_eq(due, i < 10 ? 0 : (i - 9) * SIMTIME_S / 10, "%d: %ld", i, due);
    }
    cr_expect_eq(bucket_due(&b, SIMTIME_S, cost), 2 * SIMTIME_S + SIMTIME_S / 10);
}

Test(bucket, credit_is_paid_back)
{
    struct bucket b = bucket_full(SIMTIME_S);
    const struct bucket_time cost = bucket_cost(1, 10);
    for (int i = 0; i < 25; i++)
        bucket_take(&b, 0, cost); // 15 more than there are
    cr_expect_eq(bucket_due(&b, 0, cost), SIMTIME_S * 16 / 10);
    cr_expect_eq(bucket_due(&b, SIMTIME_S, cost), SIMTIME_S * 16 / 10);
    cr_expect_eq(bucket_due(&b, 2 * SIMTIME_S, cost), 2 * SIMTIME_S);
}
