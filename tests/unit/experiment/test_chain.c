// Pins: which marks of the journal count for a fault, and whose, until when users are not served,
// and which requests are charged to it.
#include <criterion/criterion.h>
#include <math.h>

#include "experiment/chain.h"
#include "unit/experiment/sample.h"

static struct sample s;
static struct record r;
static struct design_result design;
static bool is_part;

// A minute's window each; the fault from 70 s to 130 s is in the second and third.
static failover_list chain_of(uint8_t zones, simtime end)
{
    const struct resultset set = {
        .workload = &s.workload, .n_replications = 1, .n_designs = 1, .designs = &design};
    struct fault_record fault = {.component = "us-east-1",
                                 .start = 70 * SIMTIME_S,
                                 .end = end,
                                 .region = 1,
                                 .zones = zones,
                                 .is_part = is_part,
                                 .moved_90 = 40 * SIMTIME_S,
                                 .moved_99 = SIMTIME_NEVER};
    failover_list list = {0};
    array_clear(&r.faults);
    array_push(&r.faults, fault);
    design.records = &r;
    chain_collect(&set, 0, &list);
    cr_assert_eq(list.n, 1);
    return list;
}

static void mark(double at_s, enum journal_kind kind, uint32_t region, uint32_t zone)
{
    const struct journal_entry entry = {simtime_from_seconds(at_s), kind, "x",
                                        journal_where(region, zone)};
    array_push(&r.journal, entry);
}

static void init(void)
{
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
}

Test(chain, times_count_from_the_fault, .init = init)
{
    mark(60, JOURNAL_ENDPOINT_FAILED, 1, JOURNAL_NO_ZONE); // before it
    mark(80, JOURNAL_ENDPOINT_FAILED, 0, JOURNAL_NO_ZONE); // elsewhere
    mark(100, JOURNAL_ENDPOINT_FAILED, 1, JOURNAL_NO_ZONE);
    mark(103, JOURNAL_REGION_WITHDRAWN, 1, JOURNAL_NO_ZONE);
    mark(110, JOURNAL_ENDPOINT_FAILED, 1, JOURNAL_NO_ZONE); // again
    failover_list list = chain_of(UINT8_MAX, 130 * SIMTIME_S);
    const struct failover *f = &list.items[0];
    cr_expect_float_eq(f->start_s, 70, 1e-9);
    cr_expect_float_eq(f->lasted_s, 60, 1e-9);
    cr_expect_float_eq(f->detected_s, 30, 1e-9);
    cr_expect_float_eq(f->withdrawn_s, 33, 1e-9);
    cr_expect_float_eq(f->moved_90_s, 40, 1e-9);
    cr_expect(isnan(f->moved_99_s));
    cr_expect_eq(f->served_s, 0, "nobody was down");
    array_free(&list);
    record_free(&r);
}

// A balancer that no record looks at does not take users elsewhere, nor do targets that it takes
// out.
Test(chain, steering_detects_by_what_it_looks_at, .init = init)
{
    for (int is_looked_at = 0; is_looked_at < 2; is_looked_at++) {
        array_clear(&r.journal);
        mark(75, JOURNAL_TARGET_UNHEALTHY, 1, 0);
        mark(80, is_looked_at ? JOURNAL_ENDPOINT_EMPTY : JOURNAL_BALANCER_EMPTY, 1,
             JOURNAL_NO_ZONE);
        mark(100, JOURNAL_ENDPOINT_FAILED, 1, JOURNAL_NO_ZONE);
        failover_list list = chain_of(UINT8_MAX, 130 * SIMTIME_S);
        cr_expect_float_eq(list.items[0].detected_s, is_looked_at ? 10 : 30, 1e-9);
        cr_expect_float_eq(list.items[0].balancer_detected_s, 5, 1e-9);
        array_free(&list);
    }
    record_free(&r);
}

Test(chain, a_zones_fault_is_detected_in_the_zone, .init = init)
{
    mark(80, JOURNAL_ENDPOINT_FAILED, 1, JOURNAL_NO_ZONE); // the region's
    mark(85, JOURNAL_TARGET_UNHEALTHY, 1, 0);              // another zone
    mark(90, JOURNAL_TARGET_UNHEALTHY, 1, 2);
    mark(91, JOURNAL_ZONE_WITHDRAWN, 1, 2);
    failover_list list = chain_of(1 << 2, 130 * SIMTIME_S);
    cr_expect_float_eq(list.items[0].detected_s, 20, 1e-9);
    cr_expect_float_eq(list.items[0].balancer_detected_s, 20, 1e-9);
    cr_expect_float_eq(list.items[0].withdrawn_s, 21, 1e-9);
    array_free(&list);
    record_free(&r);
}

Test(chain, an_endpoints_fault_is_over_with_the_endpoint, .init = init)
{
    mark(90, JOURNAL_ENDPOINT_WITHDRAWN, 1, JOURNAL_NO_ZONE);
    mark(100, JOURNAL_REGION_WITHDRAWN, 1, JOURNAL_NO_ZONE);
    for (int part = 0; part < 2; part++) {
        is_part = part;
        failover_list list = chain_of(UINT8_MAX, 130 * SIMTIME_S);
        cr_expect_float_eq(list.items[0].withdrawn_s, part ? 20 : 30, 1e-9);
        array_free(&list);
    }
    record_free(&r);
}

Test(chain, what_happens_after_the_fault_is_not_its, .init = init)
{
    mark(131, JOURNAL_ENDPOINT_FAILED, 1, JOURNAL_NO_ZONE);
    failover_list list = chain_of(UINT8_MAX, 130 * SIMTIME_S);
    cr_expect(isnan(list.items[0].detected_s));
    cr_expect(isnan(list.items[0].withdrawn_s));
    array_free(&list);
    record_free(&r);
}

static void lose(int population, int window, uint64_t timeouts, uint64_t late)
{
    uint64_t *fields = sample_window(&r, population, window);
    fields[OUTCOME_TIMEOUT] += timeouts;
    fields[OUTCOME_LATE] += late;
    fields[OUTCOME_OK] -= timeouts + late;
    fields[SERIES_ATTEMPTS] = fields[SERIES_STARTED] + timeouts;
}

// Up from 90 %: the third window, though the fault is over in it, and none after.
Test(chain, users_are_served_when_the_last_window_that_is_down_ends, .init = init)
{
    lose(0, 1, 50, 0);
    lose(0, 2, 40, 4);
    lose(0, 3, 10, 0); // 95 % of all
    failover_list list = chain_of(UINT8_MAX, 130 * SIMTIME_S);
    const struct failover *f = &list.items[0];
    cr_expect_float_eq(f->served_s, 110, 1e-9);
    cr_expect_eq(f->lost, 90);
    cr_expect_eq(f->late, 4);
    cr_expect_eq(f->started, 400, "of both populations in both windows");
    array_free(&list);
    record_free(&r);
}

Test(chain, trouble_that_outlasts_the_fault_goes_on, .init = init)
{
    lose(0, 1, 50, 0);
    lose(0, 2, 50, 0);
    lose(0, 3, 50, 0);
    failover_list list = chain_of(UINT8_MAX, 100 * SIMTIME_S);
    cr_expect(isnan(list.items[0].served_s), "down to the run's end");
    cr_expect_eq(list.items[0].lost, 150);
    array_free(&list);
    record_free(&r);
}

Test(chain, a_fault_without_end_lasts_until_the_runs, .init = init)
{
    failover_list list = chain_of(UINT8_MAX, SIMTIME_NEVER);
    cr_expect_float_eq(list.items[0].lasted_s, 170, 1e-9);
    array_free(&list);
    record_free(&r);
}
