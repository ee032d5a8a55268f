// Pins: what is a mean a run and what pools replications, the share of stale reads around a time
// since the write, NaN where a store has nothing of the kind, and no bounds with one replication.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "experiment/storesummary.h"
#include "unit/experiment/sample.h"

static struct sample s;
static struct resultset set;
static struct arena arena;
static struct store_spec store = {
    .name = "orders", .mode = STORE_MULTI_LEADER, .regions = 3, .replicas_per_region = 1};

static struct store_record *record(uint32_t r)
{
    return &set.designs[0].records[r].stores[0];
}

static void open_replications(uint32_t n)
{
    const struct compare_conf conf = {1, n, 0.95, 1};
    sample_init(&s, 1);
    s.topologies[0].n_stores = 1;
    s.topologies[0].stores = &store;
    compare_init(&set, &arena, &s.scenario, &conf);
    for (uint32_t r = 0; r < n; ++r)
        sample_record(&set.designs[0].records[r], 100, 100, 1000);
}

static void finish(void)
{
    compare_free(&set);
    arena_free(&arena);
}

static size_t count_named(const char *name)
{
    size_t c = 0;
    while (strcmp(storecounts[c].name, name) != 0)
        ++c;
    return c;
}

Test(storesummary, counts_are_means_and_shares_pool)
{
    open_replications(2);
    record(0)->reads = 100, record(0)->staleness.stale = 10, record(0)->fates[FATE_LOST] = 4;
    record(1)->reads = 300, record(1)->staleness.stale = 10, record(1)->fates[FATE_LOST] = 2;
    record(0)->throttled = 60, record(1)->unavailable = 40; // who is throttled is refused as well
    const struct store_summary sum = storesummary_of(&set, 0, 0, &arena);
    cr_expect_float_eq(sum.counts[count_named("lost")].value, 3, 1e-12);
    cr_expect_gt(sum.counts[count_named("lost")].high, 3);
    cr_expect(isnan(sum.counts[count_named("conflicts")].value));
    cr_expect_float_eq(sum.reads.value, 200, 1e-12);
    cr_expect_float_eq(sum.stale.value, 0.05, 1e-12);
    cr_expect_float_eq(sum.refused.value, 0.2, 1e-12);
    cr_expect(isnan(sum.lag[0].value) && isnan(sum.age_p99.value));
    cr_expect(isnan(sum.latency[STORE_READ_STRONG][0].value));
    cr_expect_eq(sum.behind_most, 0);
    finish();
}

// Reads 50, 80, 120 and 200 ms after a write: those within half an octave of 100 ms count.
Test(storesummary, stale_so_long_after_a_write)
{
    open_replications(2);
    static const uint64_t since_ms[] = {50, 80, 120, 200, 900};
    for (size_t i = 0; i < ARRAY_LEN(since_ms); ++i)
        for (uint32_t r = 0; r < 2; ++r)
            histogram_add(&record(r)->staleness.since, since_ms[i] * 1000000);
    histogram_add(&record(0)->staleness.since_st, 50000000);
    histogram_add(&record(0)->staleness.since_st, 80000000);
    const struct store_summary sum = storesummary_of(&set, 0, 0, &arena);
    cr_expect_eq(sum.reads_after[0], 4);
    cr_expect_float_eq(sum.stale_after[0].value, 0.25, 1e-12);
    cr_expect_eq(sum.reads_after[1], 2);
    cr_expect_eq(sum.stale_after[1].value, 0);
    finish();
}

Test(storesummary, quantiles_pool_replications)
{
    open_replications(3);
    for (uint32_t r = 0; r < 3; ++r)
        for (uint64_t i = 0; i < 100; ++i) {
            histogram_add(&record(r)->lag, (1 + r) * 1000000000);
            histogram_add(&record(r)->latency[STORE_WRITE], 5000000);
            histogram_add(&record(r)->staleness.behind, i == 0 ? 9 : 1);
        }
    const struct store_summary sum = storesummary_of(&set, 0, 0, &arena);
    cr_expect_float_eq(sum.lag[0].value, 2, 0.02);
    cr_expect_float_eq(sum.lag[1].value, 3, 0.03);
    cr_expect(sum.lag[0].low < sum.lag[0].value && sum.lag[0].value < sum.lag[0].high);
    cr_expect_float_eq(sum.latency[STORE_WRITE][0].value, 0.005, 0.0001);
    cr_expect_float_eq(sum.operations[STORE_WRITE].value, 100, 1e-12);
    cr_expect_eq(sum.behind_p99.value, 1);
    cr_expect_eq(sum.behind_most, 9);
    cr_expect_eq(record(0)->lag.n, 100); // borrowed, not changed
    finish();
}

Test(storesummary, one_replication_has_no_bounds)
{
    open_replications(1);
    record(0)->reads = 100, record(0)->staleness.stale = 10;
    histogram_add(&record(0)->lag, 1000);
    const struct store_summary sum = storesummary_of(&set, 0, 0, &arena);
    cr_expect(isnan(sum.stale.low) && isnan(sum.reads.high) && isnan(sum.lag[0].low));
    cr_expect_not(isnan(sum.lag[0].value));
    finish();
}
