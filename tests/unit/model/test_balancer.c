// Pins: a balancer, request by request: round robin in equal shares, fewest in flight, zones of a
// node without cross-zone balancing, two failures out and five successes back in, fail open, zones
// leaving and joining the DNS answer, the idle timeout, cancelling, and nodes without power. The
// test plays users, pools and name servers.
#include <criterion/criterion.h>

#include "support/stage.h"
#include "support/stat.h"

enum { ZONES = 3, MOST = 4000, NONE = 255 };

static struct {
    struct stage stage;
    struct tiny tiny;
    uint64_t n, probes[ZONES], received[ZONES];
    uint8_t zone_of[MOST]; // pool that got the request
    uint8_t status[MOST];
    double answered_s[MOST];
    // The pools' part: how long a zone takes to answer; negative: never.
    double takes_s[ZONES];
    double sick_from_s, sick_until_s; // zone 0 errs between these times
    bool is_only_slightly_sick;       // then: one request of three, and no probe
    bool refuses[ZONES];
    uint8_t probe_flags; // of the last probe
    double opened_s;     // connection of the next request; 0: one of its own
    // Cancels that the pools got, and the tokens of the requests they did.
    uint64_t n_cancelled, cancelled[4], token_of[MOST];
    double cancelled_s[4], received_s[MOST];
    // Zones as told to the name servers.
    uint64_t n_told;
    uint8_t told[20];
    bool told_healthy[20];
    double told_s[20];
} p;

static void pool_answers(const struct context *x, const struct event *e)
{
    struct payload_request q;
    uint16_t zone = x->model->lps[e->dst].zone;
    double at_s = simtime_to_seconds(x->now);
    bool is_sick = zone == 0 && at_s >= p.sick_from_s && at_s < p.sick_until_s;
    payload_get(e, struct payload_request, &q);
    if (p.is_only_slightly_sick)
        is_sick = is_sick && !(q.flags & REQUEST_PROBE) && q.item_word % 3 == 0;
    p.probes[zone] += (q.flags & REQUEST_PROBE) != 0;
    p.probe_flags = q.flags & REQUEST_PROBE ? q.flags : p.probe_flags;
    if (!(q.flags & REQUEST_PROBE)) {
        p.received[zone]++;
        p.zone_of[q.item_word] = (uint8_t)zone;
        p.token_of[q.item_word] = q.call;
        p.received_s[q.item_word] = at_s;
        if (p.takes_s[zone] < 0)
            return;
    }
    double takes_s = q.flags & REQUEST_PROBE ? 0 : p.takes_s[zone];
    struct payload_answer a = {
        .call = q.call, .status = is_sick ? ANSWER_ERROR : ANSWER_OK, .zone = q.zone};
    if (p.refuses[zone])
        a.status = ANSWER_REFUSED;
    context_send(x, event_src(e), SIMTIME_US + simtime_from_seconds(takes_s), EV_TARGET_RESPONSE,
                 &a, sizeof a);
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    struct payload_answer a;
    struct payload_zones z;
    (void)argument;
    if (e->kind == EV_CANCEL && x->model->lps[x->lp].kind == LP_POOL) {
        p.cancelled_s[p.n_cancelled] = simtime_to_seconds(x->now);
        p.cancelled[p.n_cancelled++] = event_token(e);
        return true;
    }
    if (e->kind == EV_POOL_REQUEST) {
        pool_answers(x, e);
        return true;
    }
    if (e->kind == EV_RESPONSE) {
        payload_get(e, struct payload_answer, &a);
        p.status[a.call] = a.status;
        p.answered_s[a.call] = simtime_to_seconds(x->now);
        return true;
    }
    if (e->kind == EV_ENDPOINT_ZONES && x->model->lps[x->lp].kind == LP_AUTHORITY) {
        payload_get(e, struct payload_zones, &z);
        p.told[p.n_told] = z.zones;
        p.told_healthy[p.n_told] = z.has_targets;
        p.told_s[p.n_told++] = simtime_to_seconds(x->now);
        return true;
    }
    return false;
}

static struct balancer_spec *make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_set_zones(&p.tiny, ZONES);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 10000;
    p.sick_from_s = 1e9;
    return &p.tiny.topology.balancer;
}

static void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

static uint64_t ask(double at_s, uint8_t node)
{
    struct payload_request q = {.call = p.n, .item_word = (uint32_t)p.n, .zone = node};
    q.terms = request_terms((uint64_t)simtime_from_seconds(p.opened_s > 0 ? p.opened_s : at_s), 0);
    p.status[p.n] = p.zone_of[p.n] = NONE;
    stage_inject(&p.stage, stage_lp(&p.stage, LP_POPULATION, 0), stage_lp(&p.stage, LP_BALANCER, 0),
                 at_s, EV_REQUEST, &q, sizeof q);
    return p.n++;
}

static void cancel(double at_s, uint64_t call)
{
    struct payload_token t = {call};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_POPULATION, 0), stage_lp(&p.stage, LP_BALANCER, 0),
                 at_s, EV_CANCEL, &t, sizeof t);
}

static void finish(double until_s)
{
    stage_run(&p.stage, until_s);
    stage_close(&p.stage);
}

// ---- choice of a target

Test(balancer, round_robin_gives_equal_shares_through_any_node)
{
    make();
    open();
    for (int i = 0; i < 999; i++)
        ask(1 + 0.01 * i, (uint8_t)(i * i % ZONES));
    finish(100);
    for (int z = 0; z < ZONES; z++)
        cr_expect_eq(p.received[z], 333);
    for (uint64_t i = 0; i < p.n; i++)
        cr_expect_eq(p.status[i], ANSWER_OK);
}

Test(balancer, least_outstanding_prefers_the_idle)
{
    make()->policy = BALANCER_LEAST_OUTSTANDING;
    p.takes_s[0] = p.takes_s[1] = 50;
    open();
    for (int i = 0; i < 300; i++)
        ask(1 + 0.1 * i, 0);
    finish(200);
    // Zones 0 and 1 get one each while zone 2 has none in flight, then zone 2 all.
    cr_expect_leq(p.received[0], 1);
    cr_expect_leq(p.received[1], 1);
    cr_expect_geq(p.received[2], 298);
}

Test(balancer, least_outstanding_balances_what_is_in_flight)
{
    make()->policy = BALANCER_LEAST_OUTSTANDING;
    for (int z = 0; z < ZONES; z++)
        p.takes_s[z] = 55;
    open();
    for (int i = 0; i < 300; i++)
        ask(1 + 0.1 * i, 0);
    finish(200);
    for (int z = 0; z < ZONES; z++)
        cr_expect_eq(p.received[z], 100);
}

// The worked example of the Elastic Load Balancing user guide: callers take nodes in equal shares;
// with two targets in one zone and eight in another, each of the former gets 25 % and each of the
// latter 6.25 %. Here a zone's targets are one pool, so the zone's share, halves, is what counts.
Test(balancer, without_cross_zone_a_node_keeps_to_its_zone)
{
    make()->cross_zone = false;
    open();
    for (int i = 0; i < 800; i++)
        ask(1 + 0.01 * i, (uint8_t)(i % 2));
    finish(100);
    cr_expect_float_eq((double)p.received[0] / 800 / 2, 0.25, 1e-9);
    cr_expect_float_eq((double)p.received[1] / 800 / 8, 0.0625, 1e-9);
    cr_expect_eq(p.received[2], 0);
    for (uint64_t i = 0; i < p.n; i++)
        cr_expect_eq(p.zone_of[i], i % 2);
}

// ---- health

static struct balancer_spec *make_probed(void)
{
    struct balancer_spec *b = make();
    b->health.interval_s = 10;
    b->health.unhealthy_threshold = 2;
    b->health.healthy_threshold = 5;
    return b;
}

// While requests can go to other zones, a zone without healthy targets stays in the DNS answer.
Test(balancer, sick_zone_gets_no_requests)
{
    make_probed();
    p.sick_from_s = 100, p.sick_until_s = 200;
    open();
    for (int i = 0; i < 4000; i++)
        ask(0.1 * i, 0);
    finish(500);
    cr_expect_eq(p.n_told, 0);
    for (uint64_t i = 0; i < p.n; i++) {
        double at_s = 0.1 * (double)i;
        if (at_s > 120.1 && at_s < 239.9)
            cr_assert_neq(p.zone_of[i], 0, "at %g s", at_s);
    }
    cr_expect_gt(p.probes[0], 45);
}

Test(balancer, sick_zone_leaves_the_dns_answer)
{
    make_probed()->cross_zone = false;
    p.sick_from_s = 100, p.sick_until_s = 200;
    open();
    finish(500);
    // Out after two failures (10 to 20 s), back after five successes (40 to 50 s).
    cr_assert_eq(p.n_told, 2);
    cr_expect_eq(p.told[0], 6);
    cr_expect(110 <= p.told_s[0] && p.told_s[0] <= 120.1, "%g s", p.told_s[0]);
    cr_expect_eq(p.told[1], 7);
    cr_expect(240 <= p.told_s[1] && p.told_s[1] <= 250.1, "%g s", p.told_s[1]);
}

// Fewer than two of three healthy: all zones are told to be unhealthy, so that all stay.
Test(balancer, too_few_healthy_targets_for_the_dns_answer)
{
    struct balancer_spec *b = make_probed();
    b->dns_failover.share = 0.9;
    p.sick_from_s = 100, p.sick_until_s = 200;
    open();
    finish(500);
    cr_assert_eq(p.n_told, 2);
    cr_expect(p.told[0] == 7 && !p.told_healthy[0], "none is healthy: all are answered");
    cr_expect(p.told[1] == 7 && p.told_healthy[1]);
}

// A zone without power is missed when its targets are, also with cross-zone balancing.
Test(balancer, dead_node_leaves_the_dns_answer)
{
    make_probed();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_ZONE;
    f->zone = "a";
    f->at_s = 100;
    f->duration = distribution_constant(100);
    p.sick_from_s = 100, p.sick_until_s = 200;
    open();
    finish(500);
    cr_assert_eq(p.n_told, 2);
    cr_expect_eq(p.told[0], 6);
    cr_expect(110 <= p.told_s[0] && p.told_s[0] <= 122, "%g s", p.told_s[0]);
    cr_expect_eq(p.told[1], 7);
    cr_expect(200 <= p.told_s[1] && p.told_s[1] <= 210.1, "%g s", p.told_s[1]);
}

// What could not be told because the region was cut off is told when the link is back.
Test(balancer, zones_are_told_again_after_a_cut)
{
    make_probed()->cross_zone = false;
    p.sick_from_s = 100, p.sick_until_s = 1000;
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_LINK;
    f->at_s = 50;
    f->duration = distribution_constant(250);
    open();
    finish(500);
    cr_assert_eq(p.n_told, 1);
    cr_expect_eq(p.told[0], 6);
    cr_expect(300 <= p.told_s[0] && p.told_s[0] <= 310.1, "%g s", p.told_s[0]);
}

Test(balancer, all_sick_means_all_are_used)
{
    make_probed();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_SERVICE;
    f->at_s = 50;
    f->duration = distribution_constant(1e4);
    open();
    p.stage.tap = NULL; // real pools, which refuse
    stage_run(&p.stage, 200);
    const struct balancer *b = &p.stage.world->balancers[0];
    for (int z = 0; z < ZONES; z++)
        cr_expect_not(b->group.targets[z].state.is_healthy);
    cr_expect_eq(b->told_zones, 0);
    stage_close(&p.stage);
    // And the choice: with all unhealthy every zone is offered.
    make();
    open();
    for (int z = 0; z < ZONES; z++)
        p.stage.world->balancers[0].group.targets[z].state.is_healthy = false;
    for (int i = 0; i < 300; i++)
        ask(1 + 0.1 * i, 0);
    finish(100);
    for (int z = 0; z < ZONES; z++)
        cr_expect_eq(p.received[z], 100);
}

Test(balancer, sick_zone_without_cross_zone_fails_open_to_itself)
{
    make()->cross_zone = false;
    open();
    p.stage.world->balancers[0].group.targets[1].state.is_healthy = false;
    uint64_t own = ask(1, 1);
    finish(10);
    cr_expect_eq(p.zone_of[own], 1);
}

// ---- timeouts and power

Test(balancer, idle_timeout)
{
    make();
    p.takes_s[0] = -1;
    p.takes_s[1] = 59;
    p.takes_s[2] = 61;
    open();
    for (int i = 0; i < ZONES; i++)
        ask(1 + i, 0);
    finish(200);
    for (uint64_t i = 0; i < ZONES; i++) {
        bool in_time = p.zone_of[i] == 1;
        cr_expect_eq(p.status[i], in_time ? ANSWER_OK : ANSWER_ERROR);
        cr_expect_float_eq(p.answered_s[i], 1 + (double)i + (in_time ? 59 : 60), 0.01);
    }
}

Test(balancer, node_without_power_is_silent)
{
    make();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_ZONE;
    f->zone = "b";
    f->at_s = 10;
    f->duration = distribution_constant(20);
    for (int z = 0; z < ZONES; z++)
        p.takes_s[z] = 2;
    open();
    uint64_t before = ask(9, 1), during = ask(15, 1), other = ask(15, 0), after = ask(31, 1);
    finish(100);
    cr_expect_eq(p.status[before], NONE, "its connection died with the node");
    cr_expect_eq(p.status[during], NONE);
    cr_expect_eq(p.zone_of[during], NONE);
    cr_expect_eq(p.status[other], ANSWER_OK);
    cr_expect_eq(p.status[after], ANSWER_OK);
}

// ---- network balancers

// Answers of one connection's requests, refusals and silence come as they are.
Test(balancer, network_balancer_says_nothing_of_its_own)
{
    struct balancer_spec *b = make();
    b->kind = BALANCER_NETWORK;
    b->policy = BALANCER_FLOW_HASH;
    b->idle_timeout_s = 350;
    p.refuses[0] = true;
    p.takes_s[1] = -1;
    open();
    for (int i = 0; i < 300; i++)
        ask(1 + 0.1 * i, 0);
    stage_run(&p.stage, 345);
    cr_expect_eq(p.stage.world->balancers[0].forwards.live, p.received[1]);
    finish(1000);
    for (int z = 0; z < ZONES; z++)
        cr_expect_gt(p.received[z], 60, "each request came on a connection of its own");
    for (uint64_t i = 0; i < p.n; i++)
        cr_expect_eq(p.status[i], p.zone_of[i] == 0   ? ANSWER_REFUSED
                                  : p.zone_of[i] == 1 ? NONE
                                                      : ANSWER_OK);
}

Test(balancer, application_balancer_answers_for_its_targets)
{
    make();
    p.refuses[0] = true;
    p.takes_s[1] = -1;
    open();
    for (int i = 0; i < ZONES; i++)
        ask(1 + i, 0);
    finish(200);
    for (uint64_t i = 0; i < ZONES; i++)
        cr_expect_eq(p.status[i], p.zone_of[i] == 2 ? ANSWER_OK : ANSWER_ERROR);
}

// A connection stays when its target is found unhealthy; one that is opened then avoids it.
Test(balancer, connections_stay_with_their_target)
{
    struct balancer_spec *b = make_probed();
    b->kind = BALANCER_NETWORK;
    b->policy = BALANCER_FLOW_HASH;
    p.sick_from_s = 100, p.sick_until_s = 1e9;
    open();
    uint64_t old[60], new[60];
    for (int i = 0; i < 60; i++) {
        p.opened_s = 1 + 0.1 * i;
        old[i] = ask(200 + 0.1 * i, 0);
        p.opened_s = 200 + 0.1 * i;
        new[i] = ask(200 + 0.1 * i, 0);
    }
    finish(400);
    int n_sick = 0;
    for (int i = 0; i < 60; i++) {
        n_sick += p.zone_of[old[i]] == 0;
        cr_expect_neq(p.zone_of[new[i]], 0);
    }
    cr_expect(8 <= n_sick && n_sick <= 34, "%d of 60 on a third of the targets", n_sick);
}

Test(balancer, tcp_probes_ask_for_a_connection_only)
{
    struct balancer_spec *b = make_probed();
    b->kind = BALANCER_NETWORK;
    b->policy = BALANCER_FLOW_HASH;
    b->health.kind = PROBE_TCP;
    open();
    finish(100);
    cr_expect_eq(p.probe_flags, REQUEST_PROBE | REQUEST_CONNECT);
}

// ---- anomalies

// One of three errs now and then, and its probes succeed: with mitigation it gets next to nothing.
Test(balancer, erring_target_gets_less)
{
    uint64_t got[2];
    for (int mitigation = 0; mitigation < 2; mitigation++) {
        struct balancer_spec *b = make();
        b->policy = BALANCER_WEIGHTED_RANDOM;
        b->anomaly_mitigation = mitigation;
        p.sick_from_s = 0, p.sick_until_s = 100;
        p.is_only_slightly_sick = true;
        open();
        for (int i = 0; i < 4000; i++)
            ask(1 + 0.05 * i, 0);
        stage_run(&p.stage, 100);
        got[mitigation] = p.received[0];
        stage_run(&p.stage, 400);
        const struct anomaly *a = p.stage.world->balancers[0].group.anomaly;
        cr_expect(mitigation ? a->found == 0 && a->share[0] == 1 : a == NULL);
        stage_close(&p.stage);
    }
    cr_expect(580 <= got[0] && got[0] <= 740, "%lu of 1980", got[0]);
    cr_expect_lt(got[1], got[0] / 3, "%lu", got[1]);
}

// ---- cancelling

// The target is told, by the token that it knows, and the balancer waits no more.
Test(balancer, cancelling_is_passed_on)
{
    make()->policy = BALANCER_LEAST_OUTSTANDING;
    p.tiny.populations[0].client.cancels = true;
    for (int z = 0; z < ZONES; z++)
        p.takes_s[z] = 10;
    open();
    ask(1, 0);
    ask(1, 0);
    cancel(2, 0);
    cancel(3, 0);  // already done
    cancel(50, 1); // answered before
    stage_run(&p.stage, 5);
    cr_expect_eq(p.n_cancelled, 1);
    cr_expect_eq(p.cancelled[0], p.token_of[0]);
    cr_expect_float_eq(p.cancelled_s[0], 2, 1e-3);
    const struct balancer *b = &p.stage.world->balancers[0];
    cr_expect_eq(b->forwards.live, 1);
    cr_expect_eq(b->group.outstanding[p.zone_of[0]], 0);
    finish(100);
    cr_expect_eq(p.status[0], NONE);
    cr_expect_eq(p.status[1], ANSWER_OK);
    cr_expect_eq(p.n_cancelled, 1);
}

// Not even when it comes at once and forwarding takes its time.
Test(balancer, cancelling_does_not_overtake)
{
    make()->overhead = distribution_constant(0.5);
    p.tiny.populations[0].client.cancels = true;
    p.takes_s[0] = 10;
    open();
    ask(1, 0);
    cancel(1.001, 0);
    finish(100);
    cr_expect_eq(p.n_cancelled, 1);
    cr_expect_gt(p.cancelled_s[0], p.received_s[0]);
    cr_expect_float_eq(p.cancelled_s[0], 1.5, 1e-3);
}
