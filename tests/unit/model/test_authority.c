// Pins: what the name servers answer under each policy and state of health (Route 53 Developer
// Guide): shares by weight (chi-square, level 1e-4), zero weights, the nearest healthy region,
// failover with both bad, fail open; the vote of checkers at the 18 % border; propagation of a
// status; zones of a region's balancer; as what its want of targets counts. The test plays
// resolvers, checkers and balancers.
#include <criterion/criterion.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

enum { REGIONS = 3, MOST = 20000 };

static struct {
    struct stage stage;
    struct tiny tiny;
    uint64_t n, counts[REGIONS];
    uint8_t zones[MOST];
    double ttl_s[MOST];
    uint64_t told; // checkers that were told zones
} p;

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    struct payload_dns a;
    (void)argument;
    p.told += e->kind == EV_ENDPOINT_ZONES && x->model->lps[x->lp].kind == LP_CHECKER;
    if (e->kind == EV_PROBE_SEND)
        return true; // checkers are played
    if (e->kind != EV_AUTHORITY_ANSWER)
        return false;
    payload_get(e, struct payload_dns, &a);
    p.counts[__builtin_ctz(a.regions)]++;
    p.zones[a.call] = a.zones;
    p.ttl_s[a.call] = simtime_to_seconds(a.ttl);
    return true;
}

static struct steering_spec *make(enum steering_policy policy)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_add_region(&p.tiny, "us-west-2", 60);
    tiny_add_region(&p.tiny, "eu-west-1", 80);
    tiny_check_health(&p.tiny, 16);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 1000;
    p.tiny.topology.steering.root.policy = policy;
    return &p.tiny.topology.steering;
}

static void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

static void set_health(int record, bool healthy)
{
    authority_set_healthy(p.stage.model, &p.stage.world->authority, record, healthy);
}

static void ask(double at_s)
{
    struct payload_dns q = {.call = p.n++};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_RESOLVER, 0), stage_lp(&p.stage, LP_AUTHORITY, 0),
                 at_s, EV_AUTHORITY_QUERY, &q, sizeof q);
}

static void ask_many(int n)
{
    for (int i = 0; i < n; i++)
        ask(1 + 0.001 * i);
    stage_run(&p.stage, 100);
    cr_assert_eq(p.counts[0] + p.counts[1] + p.counts[2], p.n);
    stage_close(&p.stage);
}

// ---- policies

static bool weights_give(const char *id, const int *weights, unsigned healthy, const double *shares)
{
    struct steering_spec *s = make(STEERING_WEIGHTED);
    for (int i = 0; i < REGIONS; i++)
        s->root.records[i].weight = weights[i];
    open();
    for (int i = 0; i < REGIONS; i++)
        set_health(i, healthy >> i & 1);
    ask_many(MOST);
    return stat_counts_agree(id, p.counts, shares, REGIONS);
}

Test(authority, weighted)
{
    static const int one_two_five[] = {1, 2, 5}, zeros[] = {0, 3, 1}, nothing[] = {0, 0, 0};
    cr_expect(weights_give("1:2:5", one_two_five, 7, (double[]){0.125, 0.25, 0.625}));
    cr_expect(weights_give("1:2:5, third bad", one_two_five, 3, (double[]){1 / 3.0, 2 / 3.0, 0}));
    cr_expect(weights_give("1:2:5, all bad", one_two_five, 0, (double[]){0.125, 0.25, 0.625}));
    cr_expect(weights_give("0:3:1", zeros, 7, (double[]){0, 0.75, 0.25}));
    cr_expect(weights_give("0:3:1, only 0 well", zeros, 1, (double[]){1, 0, 0}));
    cr_expect(weights_give("0:3:1, all bad", zeros, 0, (double[]){0, 0.75, 0.25}));
    cr_expect(weights_give("0:0:0", nothing, 7, (double[]){1 / 3.0, 1 / 3.0, 1 / 3.0}));
    cr_expect(weights_give("0:0:0, first bad", nothing, 6, (double[]){0, 0.5, 0.5}));
}

Test(authority, simple_is_blind_to_health)
{
    make(STEERING_SIMPLE);
    open();
    set_health(1, false);
    ask_many(MOST);
    cr_expect(
        stat_counts_agree("simple", p.counts, (double[]){1 / 3.0, 1 / 3.0, 1 / 3.0}, REGIONS));
}

static int nearest_with(unsigned healthy)
{
    make(STEERING_LATENCY);
    for (int r = 0; r < REGIONS; r++) // 2000, 0 and 1000 km from the users
        tiny_move(&p.tiny, r, 0, 1000.0 * ((r + 2) % REGIONS));
    p.tiny.populations[0].longitude_deg = 0;
    open();
    for (int i = 0; i < REGIONS; i++)
        set_health(i, healthy >> i & 1);
    ask_many(1);
    return p.counts[0] ? 0 : p.counts[1] ? 1 : 2;
}

Test(authority, latency_answers_the_nearest_healthy_region)
{
    cr_expect_eq(nearest_with(7), 1);
    cr_expect_eq(nearest_with(5), 2);
    cr_expect_eq(nearest_with(1), 0);
    cr_expect_eq(nearest_with(4), 2);
    cr_expect_eq(nearest_with(0), 1, "all bad: as if all were well");
}

static int failover_with(bool primary, bool secondary, int secondary_record)
{
    struct steering_spec *s = make(STEERING_FAILOVER);
    s->root.n_records = 2;
    s->root.records[secondary_record].is_secondary = true;
    open();
    set_health(1 - secondary_record, primary);
    set_health(secondary_record, secondary);
    ask_many(1);
    return p.counts[0] ? 0 : 1;
}

Test(authority, failover)
{
    for (int second = 0; second < 2; second++) {
        cr_expect_eq(failover_with(true, true, second), 1 - second);
        cr_expect_eq(failover_with(false, true, second), second);
        cr_expect_eq(failover_with(true, false, second), 1 - second);
        cr_expect_eq(failover_with(false, false, second), 1 - second, "both bad: the primary");
    }
}

// ---- health

static void vote(uint32_t record, uint32_t checker, bool healthy, double at_s)
{
    struct payload_check c = {
        .check = (uint16_t)record, .checker = (uint16_t)checker, .healthy = healthy};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_CHECKER, record * 16 + checker),
                 stage_lp(&p.stage, LP_AUTHORITY, 0), at_s, EV_CHECK_REPORT, &c, sizeof c);
}

static bool is_agreed(int region)
{
    return p.stage.world->authority.agreed >> region & 1;
}

static bool is_healthy(int region)
{
    return p.stage.world->authority.health.checked_healthy >> region & 1;
}

Test(authority, unhealthy_when_18_percent_or_fewer_of_the_checkers_say_healthy)
{
    make(STEERING_FAILOVER)->health.propagation_s = 5;
    open();
    for (uint32_t c = 0; c < 14; c++)
        vote(0, c, false, 10 + c); // 3 of 16 left: 18.75 %; 2 of 16 at 23 s
    vote(0, 15, true, 24);         // repeats what it said before
    vote(0, 3, true, 40);          // 3 of 16 again
    stage_run(&p.stage, 22.5);
    cr_expect(is_agreed(0) && is_healthy(0));
    stage_run(&p.stage, 23.5);
    cr_expect(!is_agreed(0) && is_healthy(0), "not yet published");
    stage_run(&p.stage, 27.9);
    cr_expect(is_healthy(0));
    stage_run(&p.stage, 28.1);
    cr_expect_not(is_healthy(0));
    cr_expect(is_healthy(1));
    stage_run(&p.stage, 44.9);
    cr_expect_not(is_healthy(0));
    stage_run(&p.stage, 45.1);
    cr_expect(is_healthy(0));
    stage_close(&p.stage);
}

// ---- what an answer carries

Test(authority, answer_carries_ttl_and_the_balancers_zones)
{
    struct steering_spec *s = make(STEERING_FAILOVER);
    s->root.ttl_s = 45;
    tiny_set_zones(&p.tiny, 3);
    open();
    struct payload_zones z = {.endpoint = 0, .zones = 5};
    ask(1);
    stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, 0), stage_lp(&p.stage, LP_AUTHORITY, 0),
                 2, EV_ENDPOINT_ZONES, &z, sizeof z);
    ask(3);
    stage_run(&p.stage, 10);
    cr_expect_eq(p.zones[0], 7);
    cr_expect_eq(p.zones[1], 5);
    cr_expect_eq(p.ttl_s[0], 45);
    cr_expect_eq(p.told, 16, "this region's checkers learn the zones");
    cr_expect_eq(p.stage.world->checkers[0].zones, 5);
    cr_expect_eq(p.stage.world->checkers[16].zones, 7);
    stage_close(&p.stage);
}

// A balancer that has lost its power cannot say so; it is missed after the time that it takes to
// give up a target.
Test(authority, a_balancer_without_power_is_missed)
{
    make(STEERING_FAILOVER);
    p.tiny.topology.balancer.health.interval_s = 10;
    p.tiny.topology.balancer.health.unhealthy_threshold = 3;
    p.tiny.topology.balancer.health.healthy_threshold = 1;
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->at_s = 100;
    f->duration = distribution_constant(100);
    open();
    const struct record_health *health = &p.stage.world->authority.health;
    stage_run(&p.stage, 119);
    cr_expect_eq(health->has_targets, 7);
    stage_run(&p.stage, 131);
    cr_expect_eq(health->has_targets, 6);
    stage_run(&p.stage, 199);
    cr_expect_eq(health->has_targets, 6);
    stage_run(&p.stage, 225);
    cr_expect_eq(health->has_targets, 7, "back");
    stage_close(&p.stage);
}

static enum journal_kind first_mark(uint32_t lp)
{
    const journal_list *list = &p.stage.world->journals[lp];
    return list->n > 0 ? list->items[0].kind : JOURNAL_KINDS;
}

// What is noted says whether it takes users elsewhere.
Test(authority, a_balancer_without_targets_is_a_failure_to_records_that_look_at_it)
{
    for (int is_looked_at = 0; is_looked_at < 2; is_looked_at++) {
        struct steering_spec *s = make(STEERING_WEIGHTED);
        s->root.records[1].evaluate_target_health = is_looked_at;
        open();
        const struct payload_zones z = {.endpoint = 1, .zones = 1, .has_targets = false};
        const uint32_t authority = stage_lp(&p.stage, LP_AUTHORITY, 0);
        stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, 1), authority, 2, EV_ENDPOINT_ZONES,
                     &z, sizeof z);
        stage_run(&p.stage, 10);
        cr_expect_eq(first_mark(authority),
                     is_looked_at ? JOURNAL_ENDPOINT_EMPTY : JOURNAL_BALANCER_EMPTY);
        stage_close(&p.stage);
    }
}
