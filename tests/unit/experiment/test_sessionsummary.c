// Pins: shares pool replications, misses are a mean a run, waits pool their histograms, in seconds;
// NaN where a store keeps no guarantee or nobody has items of his own, and no bounds with one
// replication.
#include <criterion/criterion.h>
#include <math.h>

#include "experiment/sessionsummary.h"
#include "unit/experiment/sample.h"

static struct sample s;
static struct resultset set;
static struct arena arena;
static struct store_spec store;

static struct store_record *record(uint32_t r)
{
    return &set.designs[0].records[r].stores[0];
}

static void open_replications(uint32_t n, enum session_guarantee guarantee)
{
    const struct compare_conf conf = {1, n, 0.95, 1};
    sample_init(&s, 1);
    store = (struct store_spec){.name = "carts", .session = {.guarantee = guarantee}};
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

Test(sessionsummary, shares_pool_and_misses_are_means)
{
    open_replications(2, GUARANTEE_BOTH);
    record(0)->own_reads = 100, record(0)->ryw_violations = 10, record(0)->session_misses = 8;
    record(1)->own_reads = 300, record(1)->monotonic_violations = 4, record(1)->session_misses = 4;
    record(1)->session_timeouts = 3;
    for (uint64_t i = 1; i <= 8; ++i)
        histogram_add(&record(0)->session_wait, 100000000);
    histogram_add(&record(1)->session_wait, 2000000000);
    const struct session_summary summary = sessionsummary_of(&set, 0, 0);
    cr_expect_eq(summary.own_reads, 400);
    cr_expect_float_eq(summary.ryw.value, 10.0 / 400, 1e-12);
    cr_expect_float_eq(summary.monotonic.value, 4.0 / 400, 1e-12);
    cr_expect_float_eq(summary.misses.value, 6, 1e-12);
    cr_expect_float_eq(summary.timeouts.value, 3.0 / 12, 1e-12);
    cr_expect_float_eq(summary.wait[0].value, 0.1, 0.001);
    cr_expect_float_eq(summary.wait[1].value, 2, 0.02);
    cr_expect(summary.ryw.low < summary.ryw.value && summary.ryw.value < summary.ryw.high);
    finish();
}

Test(sessionsummary, what_there_is_nothing_to_say_of)
{
    open_replications(1, GUARANTEE_NONE);
    struct session_summary summary = sessionsummary_of(&set, 0, 0);
    cr_expect(summary.own_reads == 0 && isnan(summary.ryw.value));
    record(0)->own_reads = 10, record(0)->ryw_violations = 1;
    summary = sessionsummary_of(&set, 0, 0);
    cr_expect_float_eq(summary.ryw.value, 0.1, 1e-12);
    cr_expect(isnan(summary.ryw.low) && isnan(summary.misses.value));
    cr_expect(isnan(summary.timeouts.value) && isnan(summary.wait[0].value));
    finish();
    open_replications(1, GUARANTEE_BOTH); // which never made anybody wait
    summary = sessionsummary_of(&set, 0, 0);
    cr_expect_float_eq(summary.misses.value, 0, 0);
    cr_expect(isnan(summary.timeouts.value) && isnan(summary.wait[1].value));
    finish();
}
