// Pins: which windows are down, how populations are weighted, what is left out (warm-up, windows
// without requests), the cut last window, and when minutes a year exist.
#include <criterion/criterion.h>
#include <math.h>

#include "base/distribution.h"
#include "experiment/downtime.h"
#include "unit/experiment/sample.h"

static double downtime_minutes(const struct record *record, const struct workload *workload)
{
    downtime_list outages = {0};
    downtime_outages(record, workload, &outages);
    const double sum_s = downtime_sum_s(&outages, 0);
    array_free(&outages);
    return sum_s / 60;
}

Test(downtime, none_when_all_is_well)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
    cr_assert_eq(downtime_minutes(&r, &s.workload), 0);
    record_free(&r);
}

Test(downtime, a_minute_of_a_population_counts_by_its_demand)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
    sample_window(&r, 0, 2)[OUTCOME_OK] = 80; // 80 of 80 + 20: below 0.9
    sample_window(&r, 0, 2)[OUTCOME_LATE] = 20;
    cr_assert_float_eq(downtime_minutes(&r, &s.workload), 0.75, 1e-12);
    sample_window(&r, 1, 3)[OUTCOME_OK] = 0;
    sample_window(&r, 1, 3)[OUTCOME_ERROR] = 5;
    cr_assert_float_eq(downtime_minutes(&r, &s.workload), 1, 1e-12);
    record_free(&r);
}

Test(downtime, warm_up_does_not_count_and_empty_windows_start_up)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
    sample_window(&r, 0, 0)[OUTCOME_OK] = 0;
    sample_window(&r, 0, 0)[OUTCOME_ERROR] = 50;
    sample_window(&r, 1, 1)[OUTCOME_OK] = 0;
    cr_assert_eq(downtime_minutes(&r, &s.workload), 0);
    record_free(&r);
}

// South is down in its second window, says nothing in the third and is up in the fourth; north is
// down in the warm-up and says nothing after it.
Test(downtime, a_window_without_requests_is_like_the_one_before)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
    sample_window(&r, 1, 1)[OUTCOME_OK] = 0;
    sample_window(&r, 1, 1)[OUTCOME_ERROR] = 5;
    sample_window(&r, 1, 2)[OUTCOME_OK] = 0;
    cr_assert_float_eq(downtime_minutes(&r, &s.workload), 0.5, 1e-12);
    sample_window(&r, 0, 0)[OUTCOME_OK] = 0;
    sample_window(&r, 0, 0)[OUTCOME_ERROR] = 5;
    for (int w = 1; w < SAMPLE_WINDOWS; ++w)
        sample_window(&r, 0, w)[OUTCOME_OK] = 0;
    cr_assert_float_eq(downtime_minutes(&r, &s.workload), 0.5 + 3 * 0.75, 1e-12);
    record_free(&r);
}

Test(downtime, exactly_the_threshold_is_up)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 90, 1000);
    cr_assert_eq(downtime_minutes(&r, &s.workload), 0);
    record_free(&r);
    sample_record(&r, 1000, 899, 1000);
    cr_assert_float_eq(downtime_minutes(&r, &s.workload), 3, 1e-12);
    record_free(&r);
}

Test(downtime, the_last_window_may_be_cut)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 0, 1000);
    s.workload.duration_s = 195; // the fourth window has 15 s
    cr_assert_float_eq(downtime_minutes(&r, &s.workload), 2.25, 1e-12);
    record_free(&r);
}

Test(downtime, minutes_a_year_need_a_rate)
{
    struct sample s;
    sample_init(&s, 1);
    struct fault_spec faults[2] = {{.is_random = true}, {.is_random = true}};
    struct fault_plan plan = {.n_faults = 2, .faults = faults};
    cr_assert(isnan(downtime_per_year(NULL, &s.workload)));
    cr_assert_eq(downtime_basis_of(NULL), DOWNTIME_NO_FAULTS);

    cr_assert_eq(downtime_basis_of(&plan), DOWNTIME_BY_TIME);
    cr_assert_float_eq(downtime_per_year(&plan, &s.workload), 365.25 * 86400 / 180, 1e-6);

    faults[0].is_random = false;
    plan.occurs_per_s = 1e-7;
    cr_assert_eq(downtime_basis_of(&plan), DOWNTIME_MIXED);
    cr_assert(isnan(downtime_per_year(&plan, &s.workload)));

    faults[1].is_random = false;
    cr_assert_eq(downtime_basis_of(&plan), DOWNTIME_BY_INCIDENT);
    cr_assert_float_eq(downtime_per_year(&plan, &s.workload), 3.15576, 1e-9);

    plan.occurs_per_s = 0;
    cr_assert_eq(downtime_basis_of(&plan), DOWNTIME_NO_RATE);
    cr_assert(isnan(downtime_per_year(&plan, &s.workload)));

    // What operators do may take users out, too.
    struct fault_plan actions = {.n_actions = 1};
    cr_assert_eq(downtime_basis_of(&actions), DOWNTIME_NO_RATE);
    actions.occurs_per_s = 1e-7;
    cr_assert_eq(downtime_basis_of(&actions), DOWNTIME_BY_INCIDENT);
    cr_assert_float_eq(downtime_per_year(&actions, &s.workload), 3.15576, 1e-9);
}

// South (demand 1 of 4) is down in windows 1 and 2, north in 2: one outage of a quarter and a whole
// minute. A second one is the last window alone.
Test(downtime, outages_are_stretches_of_windows)
{
    struct sample s;
    struct record r;
    downtime_list outages = {0};
    double sum = 0;
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
    sample_window(&r, 1, 1)[OUTCOME_OK] = sample_window(&r, 1, 2)[OUTCOME_OK] = 0;
    sample_window(&r, 1, 1)[OUTCOME_ERROR] = sample_window(&r, 1, 2)[OUTCOME_ERROR] = 5;
    sample_window(&r, 0, 2)[OUTCOME_OK] = 0;
    sample_window(&r, 0, 2)[OUTCOME_ERROR] = 5;
    downtime_outages(&r, &s.workload, &outages);
    cr_assert_eq(outages.n, 1);
    cr_expect_float_eq(outages.items[0], 75, 1e-9);
    for (size_t i = 0; i < outages.n; i++)
        sum += outages.items[i];
    cr_expect_float_eq(downtime_minutes(&r, &s.workload), sum / 60, 1e-12);
    array_free(&outages);
    record_free(&r);
}

// Never 0 +- 0: no outage in n runs leaves a bound, of random faults by the rate, of an incident by
// the share of runs that might go wrong.
Test(downtime, none_seen_is_not_none)
{
    struct sample s;
    struct fault_spec fault = {.is_random = true,
                               .duration = {.kind = DISTRIBUTION_CONSTANT, .a = 60}};
    struct fault_plan plan = {.faults = &fault, .n_faults = 1};
    struct estimate e = {0};
    const downtime_list none = {0};
    sample_init(&s, 1);
    const double span_s = s.workload.duration_s - s.workload.warmup_s;
    struct downtime_runs runs = {downtime_scale_of(&plan, &s.workload), 20, &none};
    cr_expect(downtime_bounds(&runs, 0.95, &e));
    const double odds = -log(0.05) / (20 * span_s) * 60;
    cr_expect_eq(e.value, 0);
    cr_expect_float_eq(e.high, odds / (1 + odds) * span_s / 60, 1e-9);
    fault.is_random = false;
    runs.scale = downtime_scale_of(&plan, &s.workload);
    cr_expect(downtime_bounds(&runs, 0.95, &e));
    cr_expect_float_eq(e.high, 1 - pow(0.025, 1 / 20.0), 1e-9);
    cr_expect_eq(e.low, 0);
    const struct downtime_runs calm = {downtime_scale_of(NULL, &s.workload), 20, &none};
    cr_expect_not(downtime_bounds(&calm, 0.95, &e), "nothing can fail");
}
