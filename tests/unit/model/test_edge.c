// Pins: which region an accelerator's edge sends a new connection to (dials, failover, fail open,
// affinity); that health known to the edges lags by reaction and failback and changes of mind
// meanwhile are not told; that changes keep their order on the way; that open connections stay;
// that operators turn dials.
#include <criterion/criterion.h>
#include <string.h>

#include "model/edge.h"
#include "support/stage.h"
#include "support/stat.h"

enum { CONNECTIONS = 20000 };

static struct tiny t;

// Four regions, the first nearest to the users, then the others in order.
static void make(void)
{
    static const char *const codes[] = {"us-west-2", "eu-west-1", "ap-northeast-1"};
    tiny_init(&t);
    for (int r = 0; r < 3; r++)
        tiny_add_region(&t, codes[r], 20);
    for (int r = 0; r < 4; r++)
        tiny_move(&t, r, 0, 100 + 1000 * r);
    tiny_move(&t, 0, 0, 0);
    t.topology.steering.root.policy = STEERING_ACCELERATOR;
    t.topology.steering.accelerator.reaction = distribution_constant(20);
    t.topology.steering.accelerator.failback_s = 30;
    t.topology.steering.accelerator.idle_timeout_s = 340;
    for (int r = 0; r < 4; r++) {
        t.topology.steering.root.records[r].dial = 1;
        t.topology.steering.root.records[r].evaluate_target_health = true;
        t.topology.steering.root.records[r].health_check = RECORD_UNCHECKED;
    }
}

// Shares of new connections by region, with the given regions healthy.
static void shares_of(uint16_t healthy, double shares[4])
{
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct edge edge = {.healthy = healthy, .choices = stream_open(1, 0, "test", "edge")};
    memcpy(edge.dial, m->edges.dial, sizeof edge.dial);
    for (int r = 0; r < 4; r++)
        shares[r] = 0;
    for (uint32_t c = 0; c < CONNECTIONS; c++)
        shares[edge_choose(m, &edge, 0, c)] += 1.0 / CONNECTIONS;
    model_free(m);
}

Test(edge, the_nearest_group_takes_all)
{
    double shares[4];
    make();
    shares_of(0xf, shares);
    cr_expect_float_eq(shares[0], 1, 1e-9);
}

// Whichever region his connection goes to, a user knows one address.
Test(edge, a_client_has_one_breaker)
{
    make();
    t.populations[0].clients = 10;
    t.populations[0].client.breaker = (struct breaker_spec){.mode = BREAKER_CONSECUTIVE,
                                                            .failures = 1};
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct arena arena = {0};
    const struct breaker_plan *plan = &m->populations[0].breaker;
    struct breaker *all = breaker_open(plan, &arena);
    cr_expect_eq(breaker_of(plan, all, 1, 0), breaker_of(plan, all, 1, 3));
    cr_expect_eq(breaker_of(plan, all, 1, 0) + 1, breaker_of(plan, all, 2, 3));
    arena_free(&arena);
    model_free(m);
    t.topology.steering.root.policy = STEERING_LATENCY;
    m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_expect_eq(m->populations[0].breaker.n_addresses, 4);
    model_free(m);
}

Test(edge, a_dial_passes_the_rest_on_to_the_next)
{
    double shares[4];
    make();
    t.topology.steering.root.records[0].dial = 0.3;
    t.topology.steering.root.records[1].dial = 0.5;
    shares_of(0xf, shares);
    cr_expect_float_eq(shares[0], 0.3, 0.015, "four standard errors");
    cr_expect_float_eq(shares[1], 0.35, 0.015);
    cr_expect_float_eq(shares[2], 0.35, 0.015);
    cr_expect_eq(shares[3], 0);
}

Test(edge, when_no_dial_lets_a_connection_in_the_nearest_takes_it)
{
    double shares[4];
    make();
    for (int r = 0; r < 4; r++)
        t.topology.steering.root.records[r].dial = 0;
    shares_of(0xf, shares);
    cr_expect_float_eq(shares[0], 1, 1e-9);
}

Test(edge, failover_ignores_dials)
{
    double shares[4];
    make();
    t.topology.steering.root.records[1].dial = 0;
    shares_of(0xe, shares);
    cr_expect_float_eq(shares[1], 1, 1e-9);
}

Test(edge, three_others_are_tried_then_the_nearest_gets_it_all)
{
    double shares[4];
    make();
    shares_of(0x8, shares);
    cr_expect_float_eq(shares[3], 1, 1e-9, "the third of the others");
    shares_of(0, shares);
    cr_expect_float_eq(shares[0], 1, 1e-9, "fail open");
    t.topology.steering.root.records[0].dial =
        0; // aimed at the second: the nearest is one of the others
    shares_of(0, shares);
    cr_expect_float_eq(shares[0], 1, 1e-9, "the nearest, whatever was aimed at");
}

Test(edge, with_affinity_a_user_stays_with_a_region)
{
    double first[4];
    make();
    t.topology.steering.root.records[0].dial = 0.4;
    t.topology.steering.accelerator.affinity = AFFINITY_SOURCE_IP;
    shares_of(0xf, first);
    cr_expect_float_eq(first[0], 0.4, 0.001, "dealt evenly");
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct edge edge = {.healthy = 0xf, .choices = stream_open(1, 0, "test", "edge")};
    memcpy(edge.dial, m->edges.dial, sizeof edge.dial);
    for (uint32_t c = 0; c < 100; c++)
        cr_assert_eq(edge_choose(m, &edge, 0, c), edge_choose(m, &edge, 0, c));
    model_free(m);
}

// ---- in a world

static struct stage s;

static void tell(double at_s, bool has_targets)
{
    const struct payload_zones z = {.endpoint = 0, .zones = 1, .has_targets = has_targets};
    stage_inject(&s, stage_lp(&s, LP_BALANCER, 0), stage_lp(&s, LP_AUTHORITY, 0), at_s,
                 EV_ENDPOINT_ZONES, &z, sizeof z);
}

static bool is_healthy_at(double at_s)
{
    stage_run(&s, at_s);
    return s.world->populations[0].edge.healthy & 1;
}

Test(edge, health_reaches_the_edges_after_reaction_and_failback)
{
    make();
    tiny_silence(&t);
    t.workload.duration_s = 1000;
    stage_open(&s, &t, 0);
    tell(100, false);
    tell(200, true);
    tell(300, false);
    tell(310, true); // before the reaction
    cr_expect(is_healthy_at(119.9));
    cr_expect_not(is_healthy_at(121));
    cr_expect_not(is_healthy_at(229.9));
    cr_expect(is_healthy_at(231));
    cr_expect(is_healthy_at(325), "it has changed its mind");
    cr_expect(is_healthy_at(345));
    stage_close(&s);
}

// Its control plane stands in us-west-2, the second region, which is dark until 300 s.
Test(edge, operators_turn_a_dial_while_the_control_plane_is_there)
{
    make();
    tiny_silence(&t);
    t.workload.duration_s = 1000;
    tiny_add_action(&t, ACTION_TRAFFIC_DIAL, ACTION_DIAL, 100)->dial = 0.25;
    tiny_add_action(&t, ACTION_TRAFFIC_DIAL, ACTION_DIAL, 200)->dial = 0.5;
    for (int i = 0; i < 2; i++)
        t.actions[i].takes = distribution_constant(20);
    struct fault_spec *f = tiny_add_fault(&t);
    f->region = "us-west-2";
    f->at_s = 150;
    f->duration = distribution_constant(150);
    stage_open(&s, &t, 0);
    const double *dial = s.world->populations[0].edge.dial;
    stage_run(&s, 119);
    cr_expect_eq(dial[0], 1);
    stage_run(&s, 121);
    cr_expect_eq(dial[0], 0.25);
    stage_run(&s, 319);
    cr_expect_eq(dial[0], 0.25);
    stage_run(&s, 321);
    cr_expect_eq(dial[0], 0.5);
    stage_close(&s);
}

static bool turn_often(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    for (int i = 1; e->kind == EV_ENDPOINT_ZONES && i <= 100; i++)
        edge_turn_dial(x, &x->world->authority, 0, i / 100.0);
    return e->kind == EV_ENDPOINT_ZONES;
}

// Messages take longer and shorter, but what was said last is what holds.
Test(edge, changes_do_not_overtake_each_other)
{
    make();
    tiny_silence(&t);
    stage_open(&s, &t, 0);
    s.tap = turn_often;
    tell(10, true);
    stage_run(&s, 20);
    cr_expect_eq(s.world->populations[0].edge.dial[0], 1);
    stage_close(&s);
}

static bool watch(void *argument, const struct context *x, const struct event *e)
{
    uint32_t *seen = argument;
    if (e->kind == EV_REQUEST)
        seen[x->model->lps[x->lp].region]++;
    return false;
}

// A copy whose connection leads to a dead region leaves its user the good one.
Test(edge, a_copy_does_not_take_its_users_connection)
{
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct record r;
        make();
        t.populations[0].clients = 20;
        t.populations[0].rate_rps = 10;
        t.populations[0].client.attempts = 1;
        t.populations[0].client.hedge =
            (struct hedge_spec){.most = 1, .after_s = 0.05, .budget = 1, .elsewhere = elsewhere};
        t.services[0].work = distribution_constant(0.1);
        t.services[0].servers_per_zone = 100;
        t.topology.steering.root.records[0].dial = 0.5; // the rest goes to the second
        t.populations[0].client.attempt_timeout_s = 1;
        t.workload.duration_s = 400;
        struct fault_spec *f = tiny_add_fault(&t);
        f->target = FAULT_LINK, f->region = "us-west-2", f->peer = "users";
        f->effect = FAULT_DOWN, f->at_s = 50, f->duration = distribution_constant(1e6);
        tiny_run(&t, 0, &r);
        cr_expect_lt((double)r.outcomes[OUTCOME_TIMEOUT], 0.05 * (double)r.started_all);
        record_free(&r);
    }
}

// Connections of tiny worlds never close by themselves: those who have one stay, those who come
// anew go elsewhere.
Test(edge, open_connections_stay_with_an_unhealthy_group)
{
    uint32_t seen[4] = {0};
    make();
    t.populations[0].clients = 1;
    t.populations[0].rate_rps = 1;
    t.services[0].work = distribution_constant(1e-3);
    t.workload.duration_s = 2000;
    stage_open(&s, &t, 0);
    s.tap = watch, s.argument = seen;
    tell(100, false);
    stage_run(&s, 200);
    cr_expect_gt(seen[0], 0);
    cr_expect_eq(seen[1], 0);
    stage_close(&s);
    t.populations[0].client.idle_timeout_s = 0;
    stage_open(&s, &t, 0);
    s.tap = watch, s.argument = seen;
    tell(100, false);
    stage_run(&s, 200);
    cr_expect_gt(seen[1], 0);
    stage_close(&s);
}

Test(edge, an_idle_connection_ends_after_the_edges_timeout)
{
    make();
    t.topology.balancer.idle_timeout_s = 1000; // else it is the balancer's
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_expect_eq(m->populations[0].idle_timeout, 340 * SIMTIME_S);
    model_free(m);
}

// The edge takes connections in whatever becomes of the region: a request times out as one without
// answer.
Test(edge, a_dead_region_does_not_keep_users_from_connecting)
{
    struct record r;
    make();
    t.populations[0].rate_rps = 1;
    t.populations[0].client.connect_timeout_s = 1;
    t.populations[0].client.attempt_timeout_s = 5;
    t.workload.duration_s = 100;
    struct fault_spec *f = tiny_add_fault(&t);
    f->duration = distribution_constant(1e6);
    tiny_run(&t, 0, &r);
    cr_expect_eq(r.outcomes[OUTCOME_TIMEOUT] + r.in_flight, r.started_all);
    uint64_t by_edge = 0;
    for (size_t b = DRAIN_FIRST; b < DRAIN_BINS; b++)
        by_edge += r.drain[b * DRAIN_COLUMNS + ROUTE_EDGE];
    cr_expect_gt(by_edge, 0);
    record_free(&r);
}
