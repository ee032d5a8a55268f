// Pins: estimates and verdicts of designs whose records are made up: what is plainly better is
// called so, what is equal or rests on one replication is not, adjustment over designs only
// weakens, and values are kept by replication.
#include <criterion/criterion.h>
#include <math.h>

#include "experiment/compare.h"
#include "unit/experiment/sample.h"

struct made {
    struct sample sample;
    struct arena arena;
    struct resultset set;
};

static void make(struct made *m, size_t n_designs, uint32_t n_replications)
{
    struct compare_conf conf = {1, n_replications, 0.95, 1};
    *m = (struct made){0};
    sample_init(&m->sample, n_designs);
    compare_init(&m->set, &m->arena, &m->sample.scenario, &conf);
}

static void unmake(struct made *m)
{
    compare_free(&m->set);
    arena_free(&m->arena);
}

Test(compare, better_worse_and_equal)
{
    struct made m;
    make(&m, 3, 6);
    for (uint32_t r = 0; r < 6; ++r) {
        uint64_t common = 950 + r % 3; // what the same random numbers do to all designs
        sample_record(&m.set.designs[0].records[r], 1000, common, 5000000);
        sample_record(&m.set.designs[1].records[r], 1000, common + 20 + r % 2, 9000000 + r * 10000);
        sample_record(&m.set.designs[2].records[r], 1000, common, 5000000);
    }
    compare_finish(&m.set);
    const struct design_result *d = m.set.designs;
    cr_assert_float_eq(d[0].metrics[METRIC_AVAILABILITY].value, 0.951, 1e-12);
    cr_assert(d[0].metrics[METRIC_AVAILABILITY].low < 0.951);
    cr_assert(d[0].metrics[METRIC_AVAILABILITY].high > 0.951);
    cr_assert_eq(d[0].verdicts[METRIC_AVAILABILITY], VERDICT_BASELINE);
    cr_assert_eq(d[1].verdicts[METRIC_AVAILABILITY], VERDICT_BETTER);
    cr_assert_eq(d[1].verdicts[METRIC_P50_S], VERDICT_WORSE);
    cr_assert_eq(d[2].verdicts[METRIC_AVAILABILITY], VERDICT_NOT_DISTINGUISHABLE);
    cr_assert_eq(d[2].p_adjusted[METRIC_AVAILABILITY], 1);
    cr_assert_float_eq(d[1].differences[METRIC_AVAILABILITY].value, 0.0205, 1e-12);
    cr_assert_float_eq(d[0].values[METRIC_AVAILABILITY * 6 + 1], 0.951, 1e-12);
    cr_assert_float_eq(d[1].quantiles[0].value, 9.025e-3, 9e-5);
    cr_assert_float_eq(d[1].availability[1].value, 0.9715, 1e-12);
    unmake(&m);
}

Test(compare, one_replication_gives_no_interval_and_no_verdict)
{
    struct made m;
    make(&m, 2, 1);
    sample_record(&m.set.designs[0].records[0], 1000, 1000, 5000000);
    sample_record(&m.set.designs[1].records[0], 1000, 500, 5000000);
    compare_finish(&m.set);
    for (int metric = 0; metric < METRICS; ++metric) {
        cr_assert(isnan(m.set.designs[0].metrics[metric].low), "%s",
                  metric_name((enum metric)metric));
        cr_assert(isnan(m.set.designs[1].differences[metric].high), "%s",
                  metric_name((enum metric)metric));
        const bool has_both = !isnan(m.set.designs[1].differences[metric].value);
        cr_assert_eq(m.set.designs[1].verdicts[metric],
                     has_both ? VERDICT_NOT_DISTINGUISHABLE : VERDICT_NOT_COMPARED);
    }
    cr_assert_not(isnan(m.set.designs[1].differences[METRIC_AVAILABILITY].value));
    cr_assert(isnan(m.set.designs[1].differences[METRIC_RPO_S].value)); // no region was lost
    cr_assert(isnan(m.set.designs[0].availability[0].low));
    unmake(&m);
}

Test(compare, perfect_availability_has_a_lower_bound)
{
    struct made m;
    make(&m, 1, 4);
    for (uint32_t r = 0; r < 4; ++r)
        sample_record(&m.set.designs[0].records[r], 1000, 1000, 5000000);
    compare_finish(&m.set);
    const struct estimate *e = &m.set.designs[0].metrics[METRIC_AVAILABILITY];
    cr_assert_eq(e->value, 1);
    cr_assert(e->low < 1 && e->low > 0.999);
    unmake(&m);
}

Test(compare, more_designs_weaken_a_verdict)
{
    struct made two, three;
    make(&two, 2, 5);
    make(&three, 3, 5);
    for (uint32_t r = 0; r < 5; ++r)
        for (size_t d = 0; d < 3; ++d) {
            static const uint64_t noise[5] = {3, 6, 1, 8, 4};
            uint64_t ok = 900 + (d == 1 ? noise[r] : 0) + (d == 2 ? noise[4 - r] % 7 : 0);
            if (d < 2)
                sample_record(&two.set.designs[d].records[r], 1000, ok, 1000000);
            sample_record(&three.set.designs[d].records[r], 1000, ok, 1000000);
        }
    compare_finish(&two.set);
    compare_finish(&three.set);
    const struct design_result *a = &two.set.designs[1], *b = &three.set.designs[1];
    cr_assert_geq(b->p_adjusted[METRIC_AVAILABILITY], a->p_adjusted[METRIC_AVAILABILITY]);
    cr_assert_lt(b->differences[METRIC_AVAILABILITY].low, a->differences[METRIC_AVAILABILITY].low);
    unmake(&two);
    unmake(&three);
}

Test(compare, a_pair_says_how_many_replications_it_would_take)
{
    struct made m;
    static const uint64_t noise[6] = {0, 30, 5, 27, 2, 25};
    make(&m, 2, 6);
    for (uint32_t r = 0; r < 6; ++r) {
        sample_record(&m.set.designs[0].records[r], 1000, 900 + noise[r], 1000000);
        sample_record(&m.set.designs[1].records[r], 1000, 902 + noise[5 - r], 1000000);
    }
    compare_finish(&m.set);
    struct compare_pair pair = compare_pair(&m.set, 1, 0, METRIC_AVAILABILITY);
    cr_assert_float_eq(pair.difference.value, 0.002, 1e-12);
    cr_assert_gt(pair.p, 0.05);
    cr_assert_gt(pair.replications, 6);
    pair = compare_pair(&m.set, 1, 1, METRIC_AVAILABILITY);
    cr_assert_eq(pair.p, 1);
    cr_assert(isnan(pair.replications));
    unmake(&m);
}

// Five equal differences: the sign test's p is 1/16; six would give 1/32.
Test(compare, equal_differences_are_no_certainty)
{
    struct made m;
    make(&m, 2, 5);
    for (uint32_t r = 0; r < 5; ++r) {
        sample_record(&m.set.designs[0].records[r], 1000, 900, 1000000);
        sample_record(&m.set.designs[1].records[r], 1000, 910, 1000000);
    }
    compare_finish(&m.set);
    struct compare_pair pair = compare_pair(&m.set, 1, 0, METRIC_AVAILABILITY);
    cr_assert_float_eq(pair.p, 1.0 / 16, 1e-15);
    cr_assert_eq(pair.replications, 6);
    cr_assert_eq(m.set.designs[1].verdicts[METRIC_AVAILABILITY], VERDICT_NOT_DISTINGUISHABLE);
    unmake(&m);
}

Test(compare, unanswered_replications_are_left_out)
{
    struct made m;
    make(&m, 2, 3);
    for (uint32_t r = 0; r < 3; ++r) {
        sample_record(&m.set.designs[0].records[r], 100, 90, 1000000);
        sample_record(&m.set.designs[1].records[r], 100, r == 0 ? 0 : 90, 1000000 + r * 50000);
    }
    compare_finish(&m.set);
    cr_assert_eq(m.set.designs[1].differences[METRIC_P50_S].n, 2);
    cr_assert(isnan(m.set.designs[1].values[METRIC_P50_S * 3]));
    unmake(&m);
}
