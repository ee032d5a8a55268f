// Pins: what a zonal shift does to the DNS answer and to requests, until it expires, is renewed or
// cancelled; that it does nothing while no other target is healthy; who comes before whom; when AWS
// starts and ends one of its own, and practises. The test posts the shifts, and plays the pools and
// name servers. Operators' actions are pinned in test_action.c.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

enum { ZONES = 3, MOST = 100 };

static struct {
    struct tiny tiny;
    struct stage stage;
    uint64_t received[ZONES], n_asked;
    int n_told;
    uint8_t told[MOST];
    double told_s[MOST];
    int n_shifts, n_restored;
    double shift_s[MOST];
    uint32_t shifted[MOST];
} p;

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_POOL_REQUEST) {
        const struct payload_request q = payload_of(e, payload_request);
        const struct payload_answer a = {.call = q.call, .zone = q.zone};
        p.received[x->model->lps[e->dst].zone] += (q.flags & REQUEST_PROBE) == 0;
        context_send(x, event_src(e), SIMTIME_US, EV_TARGET_RESPONSE, &a, sizeof a);
        return true;
    }
    if (e->kind == EV_ENDPOINT_ZONES && x->model->lps[x->lp].kind == LP_AUTHORITY) {
        p.told[p.n_told] = payload_of(e, payload_zones).zones;
        p.told_s[p.n_told++] = simtime_to_seconds(x->now);
        return true;
    }
    return e->kind == EV_RESPONSE;
}

static struct balancer_spec *make(bool cross_zone)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_set_zones(&p.tiny, ZONES);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 100000;
    struct balancer_spec *b = &p.tiny.topology.balancer;
    b->cross_zone = cross_zone;
    b->health.interval_s = 10;
    return b;
}

static void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

static struct balancer *balancer(void)
{
    return &p.stage.world->balancers[0];
}

static void post(double at_s, enum shift_cause cause, uint8_t zone, double until_s)
{
    const struct payload_shift shift = {
        simtime_from_seconds(until_s), (uint8_t)cause, zone, 1, {0}};
    const uint32_t lp = stage_lp(&p.stage, LP_BALANCER, 0);
    stage_inject(&p.stage, lp, lp, at_s, EV_ZONE_SHIFT, &shift, sizeof shift);
}

// Requests to a node between two times, one each 100 ms.
static void ask(double from_s, double until_s, uint8_t node)
{
    for (double at_s = from_s; at_s < until_s; at_s += 0.1) {
        const struct payload_request q = {.call = p.n_asked++, .zone = node};
        stage_inject(&p.stage, stage_lp(&p.stage, LP_POPULATION, 0),
                     stage_lp(&p.stage, LP_BALANCER, 0), at_s, EV_REQUEST, &q, sizeof q);
    }
}

static void run(double until_s)
{
    stage_run(&p.stage, until_s);
    const journal_list *journal = &p.stage.world->journals[stage_lp(&p.stage, LP_BALANCER, 0)];
    p.n_shifts = p.n_restored = 0;
    for (size_t i = 0; i < journal->n; i++) {
        const struct journal_entry *e = &journal->items[i];
        p.n_restored += e->kind == JOURNAL_ZONE_RESTORED;
        if (e->kind != JOURNAL_ZONE_SHIFTED)
            continue;
        p.shifted[p.n_shifts] = e->detail;
        p.shift_s[p.n_shifts++] = simtime_to_seconds(e->time);
    }
}

// ---- what it does

Test(zoneshift, leaves_the_dns_answer_and_the_targets_until_it_expires)
{
    make(true);
    open();
    ask(1, 99, 1);
    ask(101, 199, 1); // through the zone's own node as well
    ask(201, 299, 1);
    post(100, SHIFT_BY_OPERATORS, 1, 200);
    run(100);
    const uint64_t before = p.received[1];
    run(200);
    const uint64_t during = p.received[1];
    run(400);
    cr_expect_float_eq((double)before, 980 / 3., 2);
    cr_expect_eq(during, before);
    cr_expect_float_eq((double)(p.received[1] - during), 980 / 3., 2);
    cr_assert_eq(p.n_told, 2);
    cr_expect(p.told[0] == 5 && p.told[1] == 7);
    cr_expect_float_eq(p.told_s[0], 100, 0.2);
    cr_expect_float_eq(p.told_s[1], 200, 0.2);
    cr_expect(p.n_shifts == 1 && p.n_restored == 1 && p.shifted[0] == 1);
    stage_close(&p.stage);
}

// Without cross-zone balancing the node goes on for those who are still connected to it.
Test(zoneshift, node_on_its_own_serves_who_is_still_there)
{
    make(false);
    open();
    ask(101, 199, 1);
    post(100, SHIFT_BY_OPERATORS, 1, 200);
    run(400);
    cr_expect_eq(p.received[1], p.n_asked);
    cr_expect_eq(p.told[0], 5);
    stage_close(&p.stage);
}

Test(zoneshift, does_nothing_while_no_other_target_is_healthy)
{
    make(true);
    open();
    for (uint8_t z = 0; z < ZONES; z += 2)
        balancer()->group.targets[z].state.is_healthy = false;
    balancer()->group.spec = &p.tiny.topology.balancer;
    p.tiny.topology.balancer.health.interval_s = 1e6;
    post(2, SHIFT_BY_OPERATORS, 1, 200);
    ask(3, 9, 0);
    run(9.5);
    cr_expect_eq(p.received[1], p.n_asked);
    stage_close(&p.stage);
}

Test(zoneshift, new_connections_avoid_the_zone_and_old_ones_stay)
{
    struct balancer_spec *b = make(true);
    b->kind = BALANCER_NETWORK;
    b->policy = BALANCER_FLOW_HASH;
    open();
    post(100, SHIFT_BY_OPERATORS, 1, 1000);
    run(200);
    int n_old = 0;
    for (uint64_t i = 0; i < 300; i++) {
        const uint64_t old = (uint64_t)(50 * SIMTIME_S) + 16 * i,
                       new = (uint64_t)(150 * SIMTIME_S) + 16 * i;
        n_old += targetgroup_choose(&balancer()->group, 0, old, 200 * SIMTIME_S) == 1;
        cr_expect_neq(targetgroup_choose(&balancer()->group, 0, new, 200 * SIMTIME_S), 1);
    }
    cr_expect(60 <= n_old && n_old <= 140, "%d of 300", n_old);
    stage_close(&p.stage);
}

// ---- who comes first

Test(zoneshift, may_be_renewed)
{
    make(true);
    open();
    post(100, SHIFT_BY_OPERATORS, 1, 200);
    post(150, SHIFT_BY_OPERATORS, 1, 300);
    post(160, SHIFT_BY_OPERATORS, 2, 900); // there is one already
    run(1000);
    cr_assert_eq(p.n_told, 2);
    cr_expect_eq(p.told[0], 5);
    cr_expect_float_eq(p.told_s[1], 300, 0.2);
    stage_close(&p.stage);
}

Test(zoneshift, operators_before_aws_before_practice)
{
    make(true);
    open();
    post(100, SHIFT_BY_AWS, 0, 400);
    post(200, SHIFT_BY_OPERATORS, 1, 300);
    post(350, SHIFT_BY_AWS, 2, 900); // another zone: one at a time
    run(1000);
    static const uint8_t zones[] = {6, 5, 6, 7};
    static const double times[] = {100, 200, 300, 400};
    cr_assert_eq(p.n_told, 4);
    for (int i = 0; i < 4; i++) {
        cr_expect_eq(p.told[i], zones[i]);
        cr_expect_float_eq(p.told_s[i], times[i], 0.2);
    }
    stage_close(&p.stage);
}

// ---- AWS

static struct fault_spec *add_zone_fault(double at_s, double lasts_s)
{
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_ZONE;
    f->effect = FAULT_LOSSY;
    f->level = 0.01;
    f->zone = "b";
    f->at_s = at_s;
    f->duration = distribution_constant(lasts_s);
    return f;
}

static void make_autoshift(bool practice)
{
    make(true)->autoshift = (struct autoshift_spec){.enabled = true,
                                                    .practice = practice,
                                                    .starts_after = distribution_constant(600),
                                                    .ends_after = distribution_constant(120)};
}

Test(zoneshift, aws_shifts_some_time_after_a_fault_begins_and_ends)
{
    make_autoshift(false);
    add_zone_fault(1000, 3600);
    add_zone_fault(10000, 500); // over before AWS would start
    open();
    run(20000);
    cr_assert_eq(p.n_told, 2);
    cr_expect_eq(p.told[0], 5);
    cr_expect_float_eq(p.told_s[0], 1600, 1);
    cr_expect_eq(p.told[1], 7);
    cr_expect_float_eq(p.told_s[1], 4600 + 120, 1);
    stage_close(&p.stage);
    make(true); // not enabled
    add_zone_fault(1000, 3600);
    open();
    run(20000);
    cr_expect_eq(p.n_told, 0);
    stage_close(&p.stage);
}

// Each week for half an hour, zone by chance.
Test(zoneshift, practice_is_weekly)
{
    enum { WEEKS = 40 };
    make_autoshift(true);
    p.tiny.topology.balancer.health.interval_s = 1e7;
    p.tiny.workload.duration_s = p.tiny.workload.window_s = WEEKS * 7 * 86400;
    open();
    run(WEEKS * 7 * 86400);
    cr_assert_eq(p.n_shifts, WEEKS);
    int zones[ZONES] = {0};
    for (int i = 0; i < WEEKS; i++) {
        zones[p.shifted[i]]++;
        cr_expect(i == 0 || fabs(p.shift_s[i] - p.shift_s[i - 1] - 7 * 86400) < 1e-3);
        cr_expect_float_eq(p.told_s[2 * i + 1] - p.told_s[2 * i], 1800, 1);
    }
    cr_expect_lt(p.shift_s[0], 7 * 86400);
    for (int z = 0; z < ZONES; z++)
        cr_expect_gt(zones[z], 4);
    stage_close(&p.stage);
}

Test(zoneshift, practice_waits_for_other_shifts)
{
    make_autoshift(true);
    p.tiny.topology.balancer.health.interval_s = 1e7;
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 14 * 86400;
    open();
    post(1, SHIFT_BY_OPERATORS, 0, 10 * 86400);
    run(14 * 86400);
    cr_assert_eq(p.n_shifts, 2);
    cr_expect(10 * 86400 <= p.shift_s[1] && p.shift_s[1] <= 10 * 86400 + 3600, "%g", p.shift_s[1]);
    stage_close(&p.stage);
}
