// Pins: each metric of one replication against sums done by hand, NaN where there is nothing to
// say, and that a record which has lost a request stops the program.
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>

#include "experiment/tally.h"
#include "unit/experiment/sample.h"

Test(tally, metrics_by_hand)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 95, 2000000);
    r.stores[0].reads = 1000;
    r.stores[0].staleness.stale = 5;
    r.stores[0].writes = 500;
    r.stores[0].fates[FATE_OVERWRITTEN] = 2;
    r.stores[0].fates[FATE_LOST] = 1;
    r.stores[0].unreplicated_at_fault = 7;
    downtime_list outages = {0};
    struct tally t = tally_of(&r, &s.workload, &outages);
    cr_assert_float_eq(tally_metric(&t, METRIC_AVAILABILITY, 10), 0.95, 1e-12);
    cr_assert_float_eq(tally_metric(&t, METRIC_USER_UPTIME, 10), 95. / 105, 1e-12);
    cr_assert_eq(tally_metric(&t, METRIC_DOWNTIME_MIN, 10), 0);
    cr_assert_float_eq(tally_metric(&t, METRIC_P50_S, 10), 0.002, 0.002 * 0.01);
    cr_assert_float_eq(tally_metric(&t, METRIC_STALE_READ_RATIO, 10), 0.005, 1e-12);
    cr_assert_eq(tally_metric(&t, METRIC_LOST_WRITES, 10), 3);
    cr_assert_float_eq(tally_metric(&t, METRIC_LOST_WRITES_PER_MILLION, 10), 6000, 1e-6);
    cr_assert_eq(tally_metric(&t, METRIC_UNREPLICATED_AT_FAULT, 10), 7);
    cr_assert_float_eq(tally_metric(&t, METRIC_ATTEMPTS_PER_REQUEST, 10), 2, 1e-12);
    cr_assert(isnan(tally_metric(&t, METRIC_RPO_S, 10)));
    array_free(&outages);
    record_free(&r);
}

Test(tally, the_recovery_point_is_the_worst)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 95, 2000000);
    array_push(&r.stores[0].exposures, (struct exposure_record){0});
    downtime_list outages = {0};
    struct tally t = tally_of(&r, &s.workload, &outages);
    cr_assert_eq(tally_metric(&t, METRIC_RPO_S, 10), 0); // nothing was in danger
    array_push(&r.stores[0].exposures,
               ((struct exposure_record){.writes = 1, .age = 3 * SIMTIME_S}));
    array_push(&r.stores[0].exposures, ((struct exposure_record){.writes = 9, .age = SIMTIME_S}));
    t = tally_of(&r, &s.workload, &outages);
    cr_assert_float_eq(tally_metric(&t, METRIC_RPO_S, 10), 3, 1e-12);
    array_free(&outages);
    record_free(&r);
}

Test(tally, downtime_a_year_is_scaled)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 10, 1000);
    downtime_list outages = {0};
    struct tally t = tally_of(&r, &s.workload, &outages);
    cr_assert_float_eq(tally_metric(&t, METRIC_DOWNTIME_MIN, 10), 3, 1e-12);
    cr_assert_float_eq(tally_metric(&t, METRIC_DOWNTIME_MIN_PER_YEAR, 10), 30, 1e-12);
    cr_assert(isnan(tally_metric(&t, METRIC_DOWNTIME_MIN_PER_YEAR, (double)NAN)));
    array_free(&outages);
    record_free(&r);
}

Test(tally, nothing_to_say)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 0, 0, 0);
    downtime_list outages = {0};
    struct tally t = tally_of(&r, &s.workload, &outages);
    cr_assert(isnan(tally_metric(&t, METRIC_AVAILABILITY, 1)));
    cr_assert(isnan(tally_metric(&t, METRIC_P99_S, 1)));
    cr_assert(isnan(tally_metric(&t, METRIC_STALE_READ_RATIO, 1)));
    cr_assert(isnan(tally_metric(&t, METRIC_LOST_WRITES_PER_MILLION, 1)));
    array_free(&outages);
    record_free(&r);
}

Test(tally, lost_request_is_a_bug, .signal = SIGABRT)
{
    struct sample s;
    struct record r;
    sample_init(&s, 1);
    sample_record(&r, 100, 95, 1000);
    downtime_list outages = {0};
    r.in_flight = 1;
    tally_of(&r, &s.workload, &outages);
}
