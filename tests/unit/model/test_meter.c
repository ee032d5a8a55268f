// Pins: the datapoints of a balancer's metrics: ratios, numbers, statistics of times and of healthy
// targets over a period, and that nothing is reported where there is nothing to report.
#include <criterion/criterion.h>

#include "model/meter.h"

static struct meter meters[2];
static struct meter_bank bank;

static void make(enum alarm_metric metric, enum alarm_statistic statistic)
{
    struct alarm_spec spec = {.metric = metric, .statistic = statistic, .period_s = 60};
    meters[0] = meter_open(7, &spec, 3);
    spec.metric = ALARM_REQUESTS; // an alarm of another metric is not disturbed
    meters[1] = meter_open(8, &spec, 3);
    bank = (struct meter_bank){.n = 2, .meters = meters};
}

static double value_at(double at_s)
{
    double value = -1;
    return meter_close(&meters[0], simtime_from_seconds(at_s), &value) ? value : -1;
}

static void requests(int n, int n_errors)
{
    for (int i = 0; i < n; i++)
        meter_count(&bank, i < n_errors);
}

Test(meter, counts)
{
    make(ALARM_ERROR_RATIO, ALARM_AVERAGE);
    requests(8, 2);
    cr_expect_eq(value_at(60), 0.25);
    cr_expect_eq(value_at(120), -1, "no requests");
    requests(1, 0);
    cr_expect_eq(value_at(180), 0);
    cr_expect_eq(meters[0].period, 3);
    make(ALARM_ERRORS, ALARM_AVERAGE);
    requests(8, 2);
    cr_expect_eq(value_at(60), 2);
    requests(8, 0);
    cr_expect_eq(value_at(120), -1, "no errors");
    make(ALARM_REQUESTS, ALARM_AVERAGE);
    requests(8, 2);
    cr_expect_eq(value_at(60), 8);
    cr_expect_eq(value_at(120), -1);
}

static void request_of(uint32_t slot, double from_s, double took_s)
{
    meter_start(&bank, slot, simtime_from_seconds(from_s));
    meter_stop(&bank, slot, simtime_from_seconds(from_s + took_s));
    meter_count(&bank, false);
}

static double time_of(enum alarm_statistic statistic)
{
    make(ALARM_RESPONSE_TIME, statistic);
    request_of(3, 1, 0.5);
    request_of(200, 2, 0.25);
    request_of(3, 3, 1.5);
    double value = value_at(60);
    cr_expect_eq(value_at(120), -1, "no answers");
    meter_free(&bank);
    return value;
}

Test(meter, response_time)
{
    cr_expect_float_eq(time_of(ALARM_AVERAGE), 0.75, 1e-9);
    cr_expect_float_eq(time_of(ALARM_MINIMUM), 0.25, 1e-9);
    cr_expect_float_eq(time_of(ALARM_MAXIMUM), 1.5, 1e-9);
}

static double targets_of(enum alarm_statistic statistic, double *next)
{
    make(ALARM_HEALTHY_TARGETS, statistic);
    meter_set_targets(&bank, 1, 15 * SIMTIME_S);
    meter_set_targets(&bank, 2, 45 * SIMTIME_S);
    double value = value_at(60);
    *next = value_at(120);
    return value;
}

Test(meter, healthy_targets)
{
    double next;
    cr_expect_float_eq(targets_of(ALARM_AVERAGE, &next), (3 * 15 + 30 + 2 * 15) / 60.0, 1e-9);
    cr_expect_float_eq(next, 2, 1e-9, "unchanged for a whole period");
    cr_expect_eq(targets_of(ALARM_MINIMUM, &next), 1);
    cr_expect_eq(next, 2);
    cr_expect_eq(targets_of(ALARM_MAXIMUM, &next), 3);
    cr_expect_eq(next, 2);
}
