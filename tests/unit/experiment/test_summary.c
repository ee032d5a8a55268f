// Pins: which metrics pool their counts over replications of different size and which are means,
// and that each population has its own availability and quantiles.
#include <criterion/criterion.h>
#include <math.h>

#include "experiment/summary.h"
#include "unit/experiment/sample.h"

Test(summary, ratios_pool_counts_and_the_rest_are_means)
{
    struct sample s;
    struct resultset set;
    struct arena arena = {0};
    struct compare_conf conf = {1, 2, 0.95, 1};
    sample_init(&s, 1);
    compare_init(&set, &arena, &s.scenario, &conf);
    struct record *records = set.designs[0].records;
    sample_record(&records[0], 100, 100, 1000000);
    sample_record(&records[1], 300, 240, 1000000); // three times the requests
    records[0].stores[0].reads = 10;
    records[0].stores[0].staleness.stale = 5;
    records[0].stores[0].writes = 100;
    records[0].stores[0].fates[FATE_OVERWRITTEN] = 1;
    records[1].stores[0].reads = 30;
    records[1].stores[0].writes = 300;
    records[1].stores[0].fates[FATE_LOST] = 3;
    summary_design(&set, &set.designs[0]);
    const struct estimate *m = set.designs[0].metrics;
    cr_assert_float_eq(m[METRIC_AVAILABILITY].value, 340.0 / 400, 1e-12);
    cr_assert_float_eq(m[METRIC_USER_UPTIME].value, (100. + 240) / (100 + 360), 1e-12);
    cr_assert_eq(set.n_uptime_lengths, 1); // a minute
    cr_assert_float_eq(set.designs[0].worst_uptime[0].value, (1 + 2. / 3) / 2, 1e-12);
    cr_assert_float_eq(m[METRIC_STALE_READ_RATIO].value, 5.0 / 40, 1e-12);
    cr_assert_float_eq(m[METRIC_LOST_WRITES_PER_MILLION].value, 10000, 1e-6);
    cr_assert_float_eq(m[METRIC_LOST_WRITES].value, 2, 1e-12);
    cr_assert_float_eq(m[METRIC_ATTEMPTS_PER_REQUEST].value, 2, 1e-12);
    cr_assert_float_eq(m[METRIC_DOWNTIME_MIN].value, 1.5, 1e-12); // three minutes in one of two
    cr_assert(isnan(m[METRIC_DOWNTIME_MIN_PER_YEAR].value));
    compare_free(&set);
    arena_free(&arena);
}

Test(summary, populations_have_their_own_numbers)
{
    struct sample s;
    struct resultset set;
    struct arena arena = {0};
    struct compare_conf conf = {1, 3, 0.95, 1};
    sample_init(&s, 1);
    compare_init(&set, &arena, &s.scenario, &conf);
    for (uint32_t r = 0; r < 3; ++r) {
        struct record *record = &set.designs[0].records[r];
        sample_record(record, 100, 100, 1000000);
        histogram_clear(&record->latency[1]);
        histogram_add(&record->latency[1], 50000000);
        record->outcomes[OUTCOMES + OUTCOME_LATE] = 300; // population 1: half of them late
    }
    summary_design(&set, &set.designs[0]);
    const struct design_result *d = &set.designs[0];
    cr_assert_eq(d->availability[0].value, 1);
    cr_assert_float_eq(d->availability[1].value, 0.5, 1e-12);
    cr_assert_float_eq(d->quantiles[0].value, 1e-3, 1e-5);
    cr_assert_float_eq(d->quantiles[RESULT_QUANTILES].value, 50e-3, 5e-4);
    compare_free(&set);
    arena_free(&arena);
}

Test(summary, one_replication_has_no_bounds)
{
    struct estimate e = {0.5, 0.4, 0.6, 1, 0.1};
    cr_assert(isnan(summary_over_replications(e, 1).low));
    cr_assert_eq(summary_over_replications(e, 2).low, 0.4);
}
