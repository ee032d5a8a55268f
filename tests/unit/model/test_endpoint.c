// Pins: numbers of endpoints; which of an accelerator's endpoints a new connection goes to
// (weights, health, weight 0, failover, fail open, affinity); that connections stay with their
// endpoint; that a region is withdrawn with its last one; own checks; what operators do to weights;
// that tries are counted by endpoint.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "model/edge.h"
#include "support/stage.h"
#include "support/stat.h"

enum { CONNECTIONS = 20000, NEXT = 2 }; // NEXT: number of the first region's second endpoint

static struct tiny t;
static struct stage s;

// Two regions, the first nearest; its group has "web" and "next", the second's "web" alone.
static void make(int weight, int next_weight)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 20);
    tiny_add_service(&t, "next", distribution_constant(1e-3));
    for (int r = 0; r < 2; r++)
        tiny_move(&t, r, 0, 100 + 1000 * r);
    tiny_move(&t, 0, 0, 0);
    struct steering_spec *steering = &t.topology.steering;
    steering->root.policy = STEERING_ACCELERATOR;
    steering->accelerator = (struct accelerator_spec){
        .reaction = distribution_constant(20), .failback_s = 30, .idle_timeout_s = 340};
    for (int r = 0; r < 2; r++) {
        steering->root.records[r].dial = 1;
        steering->root.records[r].evaluate_target_health = true;
        steering->root.records[r].health_check = RECORD_UNCHECKED;
    }
    steering->root.records[0].n_endpoints = 2;
    steering->root.records[0].endpoints[0] = (struct endpoint_spec){1, next_weight, -1};
    steering->root.records[0].endpoints[1] = (struct endpoint_spec){0, weight, -1};
}

// Shares of new connections by endpoint, with the given ones healthy.
static void shares_of(uint16_t healthy, double shares[3])
{
    stage_open(&s, &t, 0);
    struct edge *edge = &s.world->populations[0].edge;
    edge->healthy = healthy;
    memset(shares, 0, 3 * sizeof *shares);
    for (uint32_t c = 0; c < CONNECTIONS; c++)
        shares[edge_choose(s.model, edge, 0, c)] += 1.0 / CONNECTIONS;
    stage_close(&s);
}

Test(endpoint, the_entry_has_the_regions_number_others_follow)
{
    make(128, 128);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_expect_eq(m->endpoints.n, 3);
    cr_expect_eq(endpoint_find(m, 0, 0), 0);
    cr_expect_eq(endpoint_find(m, 1, 0), NEXT);
    cr_expect_eq(endpoint_find(m, 0, 1), 1);
    cr_expect_eq(endpoint_find(m, 1, 1), ENDPOINT_NONE, "in no group");
    cr_expect_eq(endpoint_find(m, -1, 1), 1);
    cr_expect_eq(endpoint_service(m, NEXT), 1);
    cr_expect_str_eq(m->lps[m->endpoint[NEXT]].name, "balancer/us-east-1/next");
    cr_expect_eq(m->zone_place[NEXT][0], m->zone_place[0][0]);
    model_free(m);
}

Test(endpoint, a_group_without_the_entry_gives_its_first_the_regions_number)
{
    make(128, 128);
    t.topology.steering.root.records[0].n_endpoints = 1; // "next" alone
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_expect_eq(endpoint_find(m, 1, 0), 0);
    cr_expect_eq(endpoint_find(m, 0, 0), ENDPOINT_NONE);
    cr_expect_eq(m->endpoints.n, 2);
    model_free(m);
}

Test(endpoint, connections_are_shared_by_weight)
{
    double shares[3];
    make(128, 32);
    shares_of(7, shares);
    cr_expect_float_eq(shares[0], 0.8, 4 * sqrt(0.8 * 0.2 / CONNECTIONS), "four standard errors");
    cr_expect_float_eq(shares[NEXT], 0.2, 4 * sqrt(0.8 * 0.2 / CONNECTIONS));
    cr_expect_eq(shares[1], 0);
}

Test(endpoint, an_unhealthy_one_gets_nothing_nor_does_one_of_weight_0)
{
    double shares[3];
    make(128, 32);
    shares_of(6, shares);
    cr_expect_float_eq(shares[NEXT], 1, 1e-9);
    make(0, 32);
    shares_of(7, shares);
    cr_expect_float_eq(shares[NEXT], 1, 1e-9);
}

// Healthy, but of weight 0: the next group is tried; and when there is none, any of the nearest.
Test(endpoint, failover_needs_a_healthy_endpoint_with_a_weight)
{
    double shares[3];
    make(128, 0);
    shares_of(6, shares);
    cr_expect_float_eq(shares[1], 1, 1e-9);
    shares_of(4, shares);
    cr_expect_float_eq(shares[0], 0.5, 4 * sqrt(0.25 / CONNECTIONS), "weights do not count");
    cr_expect_float_eq(shares[NEXT], 0.5, 4 * sqrt(0.25 / CONNECTIONS));
}

Test(endpoint, with_affinity_a_user_stays_with_one)
{
    double shares[3];
    make(128, 128);
    t.topology.steering.accelerator.affinity = AFFINITY_SOURCE_IP;
    t.topology.steering.root.records[0].dial = 0.5;
    shares_of(7, shares);
    cr_expect_float_eq(shares[0], 0.25, 0.01, "users of a dial's share lie evenly, too");
    cr_expect_float_eq(shares[NEXT], 0.25, 0.01);
    stage_open(&s, &t, 0);
    struct edge *edge = &s.world->populations[0].edge;
    for (uint32_t c = 0; c < 100; c++)
        cr_assert_eq(edge_choose(s.model, edge, 0, c), edge_choose(s.model, edge, 0, c));
    stage_close(&s);
}

// ---- in a world

static void tell(uint8_t endpoint, double at_s, bool has_targets)
{
    const struct payload_zones z = {.endpoint = endpoint, .zones = 1, .has_targets = has_targets};
    stage_inject(&s, s.model->endpoint[endpoint], stage_lp(&s, LP_AUTHORITY, 0), at_s,
                 EV_ENDPOINT_ZONES, &z, sizeof z);
}

static int count_marks(enum journal_kind kind)
{
    const journal_list *j = &s.world->journals[stage_lp(&s, LP_AUTHORITY, 0)];
    int n = 0;
    for (size_t i = 0; i < j->n; i++)
        n += j->items[i].kind == kind;
    return n;
}

Test(endpoint, a_region_is_withdrawn_with_its_last_one)
{
    make(128, 128);
    tiny_silence(&t);
    t.workload.duration_s = 1000;
    stage_open(&s, &t, 0);
    tell(NEXT, 100, false);
    tell(0, 200, false);
    tell(0, 300, true);
    stage_run(&s, 150);
    cr_expect_eq(s.world->populations[0].edge.healthy, 3);
    cr_expect_eq(count_marks(JOURNAL_ENDPOINT_WITHDRAWN), 1);
    cr_expect_eq(count_marks(JOURNAL_REGION_WITHDRAWN), 0);
    stage_run(&s, 250);
    cr_expect_eq(s.world->populations[0].edge.healthy, 2);
    cr_expect_eq(count_marks(JOURNAL_REGION_WITHDRAWN), 1);
    stage_run(&s, 350);
    cr_expect_eq(s.world->populations[0].edge.healthy, 3);
    cr_expect_eq(count_marks(JOURNAL_REGION_RETURNED), 1);
    cr_expect_eq(count_marks(JOURNAL_ENDPOINT_RETURNED), 1);
    stage_close(&s);
}

static bool watch(void *argument, const struct context *x, const struct event *e)
{
    uint32_t(*seen)[2] = argument;
    if (e->kind == EV_REQUEST && x->model->lps[event_src(e)].kind == LP_POPULATION)
        seen[x->model->lps[x->lp].region][x->model->lps[x->lp].object]++;
    if (e->kind == EV_REQUEST && x->model->lps[event_src(e)].kind == LP_CHECKER)
        seen[1][1]++; // nobody else comes there
    return false;
}

// What operators do moves those who come anew; who has a connection stays.
Test(endpoint, open_connections_stay_when_weights_change)
{
    for (int idles = 0; idles < 2; idles++) {
        uint32_t seen[2][2] = {0};
        make(128, 0);
        t.populations[0].clients = 1;
        t.populations[0].rate_rps = 1;
        t.populations[0].client.idle_timeout_s = idles ? 0 : 340;
        t.services[0].work = distribution_constant(1e-3);
        t.workload.duration_s = 2000;
        struct action_spec *off = tiny_add_action(&t, ACTION_ENDPOINT_WEIGHT, ACTION_WEIGHT, 100);
        struct action_spec *on = tiny_add_action(&t, ACTION_ENDPOINT_WEIGHT, ACTION_WEIGHT, 100);
        off->weight = 0;
        on->weight = 128, on->service = "next";
        stage_open(&s, &t, 0);
        s.tap = watch, s.argument = seen;
        stage_run(&s, 119);
        cr_expect_eq(seen[0][1], 0);
        stage_run(&s, 121);
        const uint32_t before = seen[0][0];
        stage_run(&s, 500);
        cr_expect_eq(seen[0][1] > 0, idles);
        cr_expect_eq(seen[0][0] > before, !idles);
        stage_close(&s);
    }
}

Test(endpoint, its_own_check_probes_it_and_takes_it_out)
{
    uint32_t seen[2][2] = {0};
    make(128, 128);
    tiny_silence(&t);
    tiny_check_health(&t, 2);
    for (int r = 0; r < 2; r++)
        t.topology.steering.root.records[r].health_check = RECORD_UNCHECKED;
    struct check_spec *c = tiny_add_check(&t, CHECK_HTTP);
    c->service = 1;
    t.topology.steering.root.records[0].endpoints[0].health_check = 0;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE, f->object = "next", f->zone = "*", f->effect = FAULT_ERRORS;
    f->level = 1, f->at_s = 100, f->duration = distribution_constant(1e6);
    t.workload.duration_s = 2000;
    t.topology.balancer.health.unhealthy_threshold = 1000; // its targets' health says nothing
    stage_open(&s, &t, 0);
    s.tap = watch, s.argument = seen;
    stage_run(&s, 100);
    cr_expect_eq(s.world->populations[0].edge.healthy, 7);
    stage_run(&s, 1000);
    cr_expect_eq(s.world->populations[0].edge.healthy, 3);
    cr_expect_gt(seen[1][1], 0);
    stage_close(&s);
}

// The balancer that has no target tells of itself, under its own number.
Test(endpoint, a_balancer_tells_of_its_own_targets)
{
    make(128, 128);
    tiny_silence(&t);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE, f->object = "next", f->zone = "*", f->effect = FAULT_DOWN;
    f->at_s = 100, f->duration = distribution_constant(1e6);
    t.workload.duration_s = 2000;
    t.topology.balancer.health.interval_s = 10;
    stage_open(&s, &t, 0);
    stage_run(&s, 1000);
    cr_expect_eq(s.world->populations[0].edge.healthy, 3);
    cr_expect_eq(s.world->watches.items[0].endpoints, 1 << NEXT, "the side that is hit");
    cr_expect_eq(s.world->watches.items[0].region, 0);
    stage_close(&s);
}

// Whose answers count for a region: all its endpoints'.
Test(endpoint, a_region_has_served_what_its_endpoints_have)
{
    struct record r;
    make(128, 128);
    t.workload.duration_s = 2000;
    tiny_run(&t, 0, &r);
    cr_expect_eq(r.served[0], r.outcomes[OUTCOME_OK] + r.outcomes[OUTCOME_LATE]);
    cr_expect_gt(r.served[0], 0);
    cr_expect_eq(r.served[1], 0);
    record_free(&r);
}

Test(endpoint, an_action_that_names_no_endpoint_is_noted)
{
    make(128, 128);
    tiny_add_action(&t, ACTION_ENDPOINT_WEIGHT, ACTION_WEIGHT, 100)->service = "nix";
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_expect_not_null(strstr(m->notes.items[0], "the design has no such endpoint"));
    model_free(m);
}

Test(endpoint, tries_are_counted_where_they_go)
{
    struct record r;
    make(96, 32);
    t.populations[0].client.idle_timeout_s = 0;
    t.populations[0].rate_rps = 10;
    t.services[0].work = t.services[1].work = tiny_exponential(0.001);
    t.workload.duration_s = 2000;
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_assert(world_run(m, &(struct world_run_conf){.seed = TINY_SEED, .n_threads = 1}, &r));
    cr_assert_eq(r.n_endpoints, 3);
    cr_expect_str_eq(r.endpoint_names[0], "us-east-1/web");
    cr_expect_str_eq(r.endpoint_names[1], t.topology.regions[1].name, "alone");
    cr_expect_str_eq(r.endpoint_names[NEXT], "us-east-1/next");
    cr_expect_eq(r.endpoint_regions[NEXT], 0);
    const double n = (double)(r.endpoint_tries[0] + r.endpoint_tries[NEXT]);
    cr_expect_float_eq(n, 20000, 700);
    // A quarter, within five standard errors.
    cr_expect_float_eq((double)r.endpoint_tries[NEXT] / n, 0.25, 5 * sqrt(0.25 * 0.75 / n));
    cr_expect_eq(r.endpoint_tries[1], 0);
    cr_expect_eq(r.endpoint_answers[0] + r.endpoint_answers[NEXT], r.outcomes[OUTCOME_OK]);
    record_free(&r);
    model_free(m);
}
