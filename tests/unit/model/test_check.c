// Pins: what the name servers make of checks: votes, agreement and publication of each check by
// itself; calculated checks at their border; inversion; disabled checks and their beginning anew,
// old reports forgotten; routing controls; insufficient data. The test plays checkers and
// balancers.
#include <criterion/criterion.h>
#include <string.h>

#include "support/stage.h"

enum { FIRST = 1 }; // number of the first named check: there is one region

static struct {
    struct stage stage;
    struct tiny tiny;
    int n_switched;
    struct payload_check switched;
} p;

// What an operator does, sent to the authority as a question.
enum operator_order { DISABLE, ENABLE, INVERT, TURN_ON, TURN_OFF };

static void operate(const struct context *x, const struct event *e)
{
    struct authority *a = &x->world->authority;
    const struct payload_dns *order = &payload_of(e, payload_dns);
    uint8_t id = (uint8_t)order->resolver;
    if (order->call == INVERT)
        check_set_inverted(x, a, id, !a->checks[id].is_inverted);
    else if (order->call == DISABLE || order->call == ENABLE)
        check_set_disabled(x, a, id, order->call == DISABLE);
    else
        check_set_control(x, a, id, order->call == TURN_ON);
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_CHECK_SWITCH) {
        p.n_switched++;
        p.switched = payload_of(e, payload_check);
    }
    if (e->kind == EV_AUTHORITY_QUERY)
        operate(x, e);
    return e->kind == EV_PROBE_SEND || e->kind == EV_CHECK_SWITCH || e->kind == EV_METER_CLOSE ||
           e->kind == EV_AUTHORITY_QUERY;
}

static void make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    p.tiny.topology.steering.health.propagation_s = 5;
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 10000;
}

static void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

// A report of the only checker of named check `k`.
static void report_of_epoch(uint32_t k, bool healthy, uint8_t epoch, double at_s)
{
    struct payload_check c = {.check = (uint16_t)(FIRST + k), .healthy = healthy, .epoch = epoch};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_CHECKER, k), stage_lp(&p.stage, LP_AUTHORITY, 0),
                 at_s, EV_CHECK_REPORT, &c, sizeof c);
}

static void report(uint32_t k, bool healthy, double at_s)
{
    report_of_epoch(k, healthy, 0, at_s);
}

static void order(enum operator_order operation, uint32_t k, double at_s)
{
    struct payload_dns q = {.call = operation, .resolver = (uint16_t)(FIRST + k)};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_RESOLVER, 0), stage_lp(&p.stage, LP_AUTHORITY, 0),
                 at_s, EV_AUTHORITY_QUERY, &q, sizeof q);
}

static void datapoint(uint32_t k, uint32_t period, double value, double at_s)
{
    struct payload_datapoint d = {.value = value, .period = period, .check = (uint16_t)(FIRST + k)};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, 0), stage_lp(&p.stage, LP_AUTHORITY, 0),
                 at_s, EV_DATAPOINT, &d, sizeof d);
}

// The named checks that are healthy, as published, as a bit set.
static unsigned published_at(double at_s)
{
    stage_run(&p.stage, at_s);
    return (unsigned)(p.stage.world->authority.health.checked_healthy >> FIRST);
}

Test(check, each_has_its_own_votes_and_publication)
{
    make();
    tiny_add_check(&p.tiny, CHECK_HTTP);
    tiny_add_check(&p.tiny, CHECK_TCP)->health.propagation_s = 50;
    open();
    report(0, false, 10);
    report(1, false, 20);
    report(0, true, 100);
    cr_expect_eq(published_at(14.9), 3);
    cr_expect_eq(published_at(15.1), 2);
    cr_expect_eq(published_at(69.9), 2);
    cr_expect_eq(published_at(70.1), 0);
    cr_expect_eq(published_at(105.1), 1);
    stage_close(&p.stage);
}

Test(check, calculated)
{
    make();
    for (int i = 0; i < 3; i++) // children's propagation is not waited for
        tiny_add_check(&p.tiny, CHECK_HTTP)->health.propagation_s = 1000;
    struct check_spec *c = tiny_add_check(&p.tiny, CHECK_CALCULATED);
    c->of = 7;
    c->healthy_at_least = 2;
    struct check_spec *opposite = tiny_add_check(&p.tiny, CHECK_CALCULATED);
    *opposite = *c;
    opposite->name = "opposite";
    opposite->is_inverted = true;
    open();
    report(0, false, 10);
    report(2, false, 20);
    report(0, true, 30);
    cr_expect_eq(published_at(1), 0xf, "the inverted one is unhealthy from the start");
    cr_expect_eq(published_at(24.9), 0xf);
    cr_expect_eq(published_at(25.1), 0x17);
    cr_expect_eq(published_at(35.1), 0xf);
    stage_close(&p.stage);
}

Test(check, an_inverted_child_counts_as_what_it_says)
{
    make();
    tiny_add_check(&p.tiny, CHECK_HTTP)->is_inverted = true;
    struct check_spec *c = tiny_add_check(&p.tiny, CHECK_CALCULATED);
    c->of = 1, c->healthy_at_least = 1;
    open();
    report(0, false, 10);
    cr_expect_eq(published_at(1), 0);
    cr_expect_eq(published_at(16), 3);
    stage_close(&p.stage);
}

Test(check, disabled_counts_as_healthy_and_inverted_then_as_unhealthy)
{
    make();
    tiny_add_check(&p.tiny, CHECK_HTTP)->is_disabled = true;
    struct check_spec *c = tiny_add_check(&p.tiny, CHECK_HTTP);
    c->is_disabled = c->is_inverted = true;
    open();
    report(0, false, 10);
    report(1, false, 10);
    cr_expect_eq(published_at(1), 1);
    cr_expect_eq(published_at(20), 1);
    stage_close(&p.stage);
}

// Its verdict, and what its checkers said, are forgotten; a report of before is too late.
Test(check, enabled_again_it_begins_anew)
{
    make();
    tiny_add_check(&p.tiny, CHECK_HTTP);
    open();
    report(0, false, 10);
    order(DISABLE, 0, 20);
    report(0, true, 30);
    order(ENABLE, 0, 40);
    report(0, false, 41);
    report_of_epoch(0, false, 2, 60);
    cr_expect_eq(published_at(16), 0);
    cr_expect_eq(published_at(24.9), 0);
    cr_expect_eq(published_at(25.1), 1);
    cr_expect_eq(p.n_switched, 1);
    cr_expect_eq(p.switched.healthy, 0);
    cr_expect_eq(published_at(64.9), 1);
    cr_expect_eq(p.n_switched, 2);
    cr_expect_eq(p.switched.healthy, 1);
    cr_expect_eq(p.switched.epoch, 2);
    cr_expect_eq(published_at(65.1), 0);
    stage_close(&p.stage);
}

Test(check, inverted_by_an_operator)
{
    make();
    tiny_add_check(&p.tiny, CHECK_HTTP);
    open();
    order(INVERT, 0, 10);
    order(INVERT, 0, 20);
    cr_expect_eq(published_at(14.9), 1);
    cr_expect_eq(published_at(15.1), 0);
    cr_expect_eq(published_at(25.1), 1);
    stage_close(&p.stage);
}

Test(check, routing_control)
{
    make();
    tiny_add_check(&p.tiny, CHECK_CONTROL)->initially_on = true;
    tiny_add_check(&p.tiny, CHECK_CONTROL);
    open();
    order(TURN_OFF, 0, 10);
    order(TURN_ON, 1, 20);
    order(DISABLE, 0, 30); // counts as healthy
    order(ENABLE, 0, 40);  // the switch is as it was
    cr_expect_eq(published_at(1), 1);
    cr_expect_eq(published_at(16), 0);
    cr_expect_eq(published_at(26), 2);
    cr_expect_eq(published_at(36), 3);
    cr_expect_eq(published_at(46), 2);
    stage_close(&p.stage);
}

// A datapoint within the limit, three above, then none. A range of 3 + 2 + 3 periods is looked at.
static unsigned alarm_at(enum alarm_insufficient insufficient, double at_s)
{
    make();
    tiny_add_check(&p.tiny, CHECK_ALARM)->alarm =
        (struct alarm_spec){.metric = ALARM_ERRORS,
                            .comparison = ALARM_ABOVE,
                            .limit = 10,
                            .period_s = 60,
                            .periods = 3,
                            .delay = {.kind = DISTRIBUTION_UNIFORM, .a = 60, .b = 180},
                            .insufficient = insufficient};
    open();
    for (uint32_t i = 0; i < 4; i++)
        datapoint(0, 19 + i, i == 0 ? 10 : 11, 60.0 * (20 + i) + 90);
    unsigned published = published_at(at_s);
    stage_close(&p.stage);
    return published;
}

Test(check, alarm_and_insufficient_data)
{
    cr_expect_eq(alarm_at(ALARM_LAST_KNOWN, 600), 1, "healthy in the beginning");
    cr_expect_eq(alarm_at(ALARM_UNHEALTHY, 484), 1, "it is too early to say that data is missing");
    cr_expect_eq(alarm_at(ALARM_UNHEALTHY, 486), 0, "eight periods without any");
    cr_expect_eq(alarm_at(ALARM_UNHEALTHY, 1294), 0);
    cr_expect_eq(alarm_at(ALARM_UNHEALTHY, 1296), 1, "the first datapoint is well");
    cr_expect_eq(alarm_at(ALARM_HEALTHY, 1474), 1, "two of three");
    cr_expect_eq(alarm_at(ALARM_HEALTHY, 1476), 0, "three of three");
    cr_expect_eq(alarm_at(ALARM_HEALTHY, 1859), 0, "the last is in the range, alone");
    cr_expect_eq(alarm_at(ALARM_HEALTHY, 1870), 1, "nothing is");
    cr_expect_eq(alarm_at(ALARM_LAST_KNOWN, 9000), 0);
}

// The journal has one entry for each change of a named check.
Test(check, journal)
{
    make();
    tiny_add_check(&p.tiny, CHECK_HTTP);
    open();
    report(0, false, 10);
    report(0, true, 40);
    stage_run(&p.stage, 100);
    const journal_list *j = &p.stage.world->journals[stage_lp(&p.stage, LP_AUTHORITY, 0)];
    cr_assert_eq(j->n, 2);
    cr_expect_eq(j->items[0].kind, JOURNAL_CHECK_UNHEALTHY);
    cr_expect_eq(j->items[1].kind, JOURNAL_CHECK_HEALTHY);
    cr_expect_str_eq(j->items[0].component, "check0");
    stage_close(&p.stage);
}
