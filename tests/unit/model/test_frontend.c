// Pins: which region a global balancer's proxy sends a request to (health, shares, all full,
// cookies), with no connection that pins anybody; what it tries again and what not, how long it
// waits, what it answers for itself; that clients see one address.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "model/frontend.h"
#include "support/stage.h"
#include "support/stat.h"

enum { REQUESTS = 20000 };

static struct tiny t;
static struct stage s;

// Three regions, the first nearest to the users, then the others in order; many servers.
static struct global_balancer_spec *make(void)
{
    static const char *const codes[] = {"us-west-2", "eu-west-1"};
    tiny_init(&t);
    for (int r = 0; r < 2; r++)
        tiny_add_region(&t, codes[r], 20);
    for (int r = 0; r < 3; r++)
        tiny_move(&t, r, 0, 100 + 1000 * r);
    tiny_move(&t, 0, 0, 0);
    return tiny_balance_globally(&t);
}

// ---- which region

static struct edge *open_edge(void)
{
    stage_open(&s, &t, 0);
    return &s.world->populations[0].edge;
}

static uint8_t choose(struct edge *edge, uint32_t client, uint32_t usable)
{
    return frontend_choose(s.model, edge, 0, client, (struct frontend_regions){.usable = usable});
}

// Shares of requests by region, all of whose users may be anybody.
static void shares_of(struct edge *edge, uint32_t usable, double shares[3])
{
    shares[0] = shares[1] = shares[2] = 0;
    for (uint32_t c = 0; c < REQUESTS; c++)
        shares[choose(edge, 0, usable)] += 1.0 / REQUESTS;
}

Test(frontend, the_nearest_usable_region_takes_all)
{
    double shares[3];
    make();
    struct edge *edge = open_edge();
    shares_of(edge, 7, shares);
    cr_expect_float_eq(shares[0], 1, 1e-9);
    shares_of(edge, 6, shares);
    cr_expect_float_eq(shares[1], 1, 1e-9);
    stage_close(&s);
}

Test(frontend, what_a_region_lets_go_comes_to_the_next)
{
    double shares[3];
    const double error = 4 * sqrt(0.25 / REQUESTS);
    make();
    for (int r = 0; r < 3; r++)
        t.topology.steering.root.records[r].capacity_rps = 100;
    struct edge *edge = open_edge();
    edge->dial[0] = 0.5, edge->dial[1] = 1.4;
    shares_of(edge, 7, shares);
    cr_expect_float_eq(shares[0], 0.5, error);
    cr_expect_float_eq(shares[1], 0.2, error);
    cr_expect_float_eq(shares[2], 0.3, error);
    cr_expect_eq(edge->aimed[0], REQUESTS);
    cr_expect_eq(edge->aimed[1], 0, "they count for the region that they ask first");
    stage_close(&s);
}

// Its own come first: the second region, with room for nobody else, lets none of the first's in.
Test(frontend, a_full_region_lets_in_its_own)
{
    double shares[3];
    make();
    for (int r = 0; r < 3; r++)
        t.topology.steering.root.records[r].capacity_rps = 100;
    struct edge *edge = open_edge();
    edge->dial[0] = 0, edge->dial[1] = 1;
    shares_of(edge, 7, shares);
    cr_expect_float_eq(shares[2], 1, 1e-9);
    shares_of(edge, 6, shares); // those who ask the second first
    cr_expect_float_eq(shares[1], 1, 1e-9);
    stage_close(&s);
}

Test(frontend, when_all_are_full_capacities_decide)
{
    double shares[3];
    make();
    for (int r = 0; r < 3; r++)
        t.topology.steering.root.records[r].capacity_rps = 100 * (r + 1);
    struct edge *edge = open_edge();
    for (int r = 0; r < 3; r++)
        edge->dial[r] = 0;
    shares_of(edge, 7, shares);
    for (int r = 0; r < 3; r++)
        cr_expect_float_eq(shares[r], (r + 1) / 6.0, 4 * sqrt(0.25 / REQUESTS));
    stage_close(&s);
}

Test(frontend, a_cookie_keeps_a_user_while_the_region_is_healthy_and_lets_him_in)
{
    make()->affinity = AFFINITY_COOKIE;
    t.populations[0].clients = 1000;
    for (int r = 0; r < 3; r++)
        t.topology.steering.root.records[r].capacity_rps = 100;
    struct edge *edge = open_edge();
    cr_expect_eq(choose(edge, 7, 7), 0);
    cr_expect_eq(choose(edge, 7, 6), 1, "his is unhealthy");
    cr_expect_eq(choose(edge, 7, 7), 1, "and healthy again: he stays");
    edge->dial[1] = 0;
    cr_expect_eq(choose(edge, 7, 7), 0, "full");
    edge->dial[1] = SPILLOVER_ALL;
    cr_expect_eq(choose(edge, 7, 7), 1, "and no longer: he comes back");
    stage_close(&s);
}

// Places say who is let in at first; of those let in, others say who may return.
Test(frontend, users_lie_evenly)
{
    double n = 0, n_return = 0, n_again = 0;
    make()->affinity = AFFINITY_COOKIE;
    t.populations[0].clients = 10000;
    for (int r = 0; r < 3; r++)
        t.topology.steering.root.records[r].capacity_rps = 100;
    struct edge *edge = open_edge();
    edge->dial[0] = 0.4;
    for (uint32_t c = 0; c < 10000; c++)
        n += choose(edge, c, 7) == 0;
    cr_expect_float_eq(n, 4000, 20, "%g", n);
    edge->dial[0] = 0.9;
    for (uint32_t c = 0; c < 10000; c++)
        n_return += choose(edge, c, 7) == 0;
    cr_expect_float_eq(n_return, 0.9 * n, 40, "%g of %g", n_return, n);
    for (uint32_t c = 0; c < 10000; c++)
        n_again += choose(edge, c, 7) == 0;
    cr_expect_eq(n_again, n_return, "the same users");
    stage_close(&s);
}

// A kept region is asked, like any other, and the nearest does not count those who do not ask it.
Test(frontend, a_full_region_lets_its_cookies_go)
{
    make()->affinity = AFFINITY_COOKIE;
    for (int r = 0; r < 3; r++)
        t.topology.steering.root.records[r].capacity_rps = 100;
    struct edge *edge = open_edge();
    cr_expect_eq(choose(edge, 0, 6), 1);
    memset(edge->aimed, 0, sizeof edge->aimed);
    cr_expect_eq(choose(edge, 0, 7), 1);
    cr_expect_eq(edge->aimed[0], 0);
    cr_expect_eq(edge->aimed[1], 1);
    edge->dial[1] = 0;
    cr_expect_eq(choose(edge, 0, 7), 0);
    cr_expect_eq(edge->aimed[0], 0, "for the first that he has asked");
    cr_expect_eq(edge->aimed[1], 2);
    stage_close(&s);
}

Test(frontend, a_second_try_leaves_the_cookie)
{
    make()->affinity = AFFINITY_COOKIE;
    struct edge *edge = open_edge();
    cr_expect_eq(choose(edge, 0, 7), 0);
    const struct frontend_regions tried = {.usable = 6, .tried = 1};
    cr_expect_eq(frontend_choose(s.model, edge, 0, 0, tried), 1);
    cr_expect_eq(choose(edge, 0, 7), 0);
    stage_close(&s);
}

// ---- in a world

static uint32_t seen[3];
static double last_s;

static bool watch(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind != EV_REQUEST)
        return false;
    seen[x->model->lps[x->lp].region]++;
    last_s = simtime_to_seconds(x->now);
    return false;
}

static void tell(double at_s, bool has_targets)
{
    const struct payload_zones z = {.endpoint = 0, .zones = 1, .has_targets = has_targets};
    stage_inject(&s, stage_lp(&s, LP_BALANCER, 0), stage_lp(&s, LP_AUTHORITY, 0), at_s,
                 EV_ENDPOINT_ZONES, &z, sizeof z);
}

// A user with a request a second on one connection that never idles.
Test(frontend, no_connection_pins_anybody)
{
    make();
    t.populations[0].rate_rps = 10;
    t.workload.duration_s = 1000;
    memset(seen, 0, sizeof seen);
    stage_open(&s, &t, 0);
    s.tap = watch;
    tell(100, false);
    tell(200, true);
    stage_run(&s, 101.2);
    cr_expect_gt(seen[0], 900);
    cr_expect_leq(seen[1], 8);
    const uint32_t before = seen[0];
    const simtime opened = client_opened(&s.world->populations[0].clients[0]);
    stage_run(&s, 200);
    cr_expect_eq(seen[0], before);
    cr_expect_gt(seen[1], 800);
    cr_expect_eq(client_opened(&s.world->populations[0].clients[0]), opened);
    stage_run(&s, 300);
    cr_expect_gt(seen[0], before + 800);
    stage_close(&s);
}

static struct record run(void)
{
    struct record r;
    tiny_run(&t, 0, &r);
    return r;
}

static void break_service(void)
{
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE, f->object = "web", f->zone = "*", f->effect = FAULT_ERRORS;
    f->level = 1, f->duration = distribution_constant(1e6);
    t.workload.duration_s = 2000;
}

static double failed(const struct record *r)
{
    return (double)(r->ended_all - r->outcomes[OUTCOME_OK]) / (double)r->ended_all;
}

Test(frontend, a_failed_request_is_tried_in_another_region)
{
    make();
    break_service();
    struct record r = run();
    cr_expect_eq(failed(&r), 0);
    cr_expect_eq(r.served[1], r.outcomes[OUTCOME_OK]);
    cr_expect_eq(r.attempts[0], r.outcomes[OUTCOME_OK], "users do not see it");
    record_free(&r);
}

Test(frontend, what_is_not_tried_again)
{
    make()->retries = 0;
    break_service();
    struct record r = run();
    cr_expect_eq(failed(&r), 1, "nothing without retries");
    record_free(&r);
    make();
    break_service();
    t.workload.classes[0].is_write = true;
    r = run();
    cr_expect_eq(failed(&r), 1, "writes");
    record_free(&r);
    make()->retry_writes = true;
    break_service();
    t.workload.classes[0].is_write = true;
    r = run();
    cr_expect_eq(failed(&r), 0, "unless they are");
    record_free(&r);
    make()->retry_on = PROXY_RETRY_CONNECT_FAILURE;
    break_service();
    r = run();
    cr_expect_eq(failed(&r), 1, "other reasons");
    record_free(&r);
}

// What is tried again are requests, one after the other, in region after region.
Test(frontend, retries_are_counted)
{
    for (int retries = 0; retries <= 3; retries++) {
        make()->retries = retries;
        break_service();
        t.plan.faults[0].region = "*";
        memset(seen, 0, sizeof seen);
        stage_open(&s, &t, 0);
        s.tap = watch;
        stage_run(&s, 1000);
        const struct population *p = &s.world->populations[0];
        const uint32_t tries = seen[0] + seen[1] + seen[2];
        cr_expect_eq(tries, (uint32_t)(p->started * (uint64_t)(1 + retries)));
        cr_expect_eq(seen[1], retries > 0 ? p->started : 0);
        cr_expect_eq(seen[0], p->started * (retries == 3 ? 2 : 1), "all tried: the nearest again");
        stage_close(&s);
    }
}

// The region is dark from the beginning, and nobody is told.
static void darken(double try_timeout_s)
{
    make()->try_timeout_s = try_timeout_s;
    struct fault_spec *f = tiny_add_fault(&t);
    f->duration = distribution_constant(1e6);
    t.populations[0].client.attempt_timeout_s = 3;
    t.populations[0].rate_rps = 1;
    t.workload.duration_s = 500;
}

Test(frontend, silence_is_waited_for_and_tried_elsewhere)
{
    darken(0.5);
    struct record r = run();
    cr_expect_eq(r.outcomes[OUTCOME_OK], r.ended_all);
    cr_expect_float_eq((double)histogram_quantile(&r.latency[0], 0.01) * 1e-9, 0.53, 0.03);
    record_free(&r);
    darken(30);
    r = run();
    cr_expect_eq(r.outcomes[OUTCOME_TIMEOUT], r.ended_all, "clients wait for less");
    record_free(&r);
    darken(0.5);
    t.topology.steering.global_balancer.retries = 0;
    r = run();
    cr_expect_eq(r.outcomes[OUTCOME_ERROR], r.ended_all, "504");
    record_free(&r);
}

Test(frontend, without_a_healthy_region_the_proxy_answers_or_tries_all)
{
    for (int tries = 0; tries < 2; tries++) {
        make()->none_healthy = tries ? PROXY_TRIES_ALL : PROXY_REFUSES;
        t.workload.duration_s = 100;
        memset(seen, 0, sizeof seen);
        stage_open(&s, &t, 0);
        s.tap = watch;
        s.world->populations[0].edge.healthy = 0;
        stage_run(&s, 99);
        const struct population *p = &s.world->populations[0];
        cr_expect_gt(p->ended, 10);
        cr_expect_eq(p->outcomes[tries ? OUTCOME_OK : OUTCOME_SHED], p->ended);
        cr_expect_eq(seen[0] > 0, tries);
        stage_close(&s);
    }
}

static uint32_t n_cancels;

static bool count_cancels(void *argument, const struct context *x, const struct event *e)
{
    (void)argument, (void)x;
    n_cancels += e->kind == EV_CANCEL;
    return false;
}

// What clients give up and cancel before the proxy has answered is nowhere to be found, though the
// first region has no balancer at all.
Test(frontend, what_went_nowhere_can_be_given_up)
{
    make();
    t.services[0].regions = 6;
    struct record_set_spec *root = &t.topology.steering.root;
    root->n_records = 2;
    root->records[0] = root->records[1], root->records[1] = root->records[2];
    t.populations[0].client.cancels = true;
    t.populations[0].client.attempt_timeout_s = 1e-3;
    t.populations[0].client.idle_timeout_s = 1e6;
    t.workload.duration_s = 100;
    stage_open(&s, &t, 0);
    s.tap = count_cancels;
    n_cancels = 0;
    s.world->populations[0].edge.healthy = 0;
    stage_run(&s, 99);
    const struct population *p = &s.world->populations[0];
    cr_expect_gt(p->ended, 10);
    cr_expect_eq(p->outcomes[OUTCOME_TIMEOUT], p->ended);
    cr_expect_eq(n_cancels, 0);
    stage_close(&s);
}

// Of a retry: when its cause was known, and when it was there.
static double heard_s, retried_s;

static bool watch_retry(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_RESPONSE && heard_s == 0)
        heard_s = simtime_to_seconds(x->now);
    if (e->kind == EV_REQUEST && x->model->lps[x->lp].region == 1 && retried_s == 0)
        retried_s = simtime_to_seconds(x->now);
    return false;
}

// It does not go up from the user again: faster than any message of his.
Test(frontend, a_retry_begins_at_the_proxy)
{
    make();
    t.topology.network.edge_rtt_s = 20e-3;
    break_service();
    heard_s = retried_s = 0;
    stage_open(&s, &t, 0);
    s.tap = watch_retry;
    stage_run(&s, 100);
    const struct path *path = model_path(s.model, s.model->population_place,
                                         s.model->zone_place[1][0]);
    const double floor_s = simtime_to_seconds(path->floor);
    cr_expect_gt(heard_s, 0);
    cr_expect_lt(retried_s - heard_s, floor_s);
    cr_expect_gt(retried_s - heard_s, floor_s / 2);
    stage_close(&s);
}

// Whichever region fails, it is one address to the client's breaker.
// A copy has nowhere else to go: it shares its user's connection.
Test(frontend, copies_have_one_address)
{
    for (int is_global = 0; is_global < 2; is_global++) {
        make();
        if (!is_global)
            t.topology.steering.root.policy = STEERING_ACCELERATOR;
        t.populations[0].client.hedge =
            (struct hedge_spec){.most = 1, .after_s = 1, .budget = 1, .elsewhere = true};
        struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
        cr_expect_eq(m->populations[0].hedge.is_elsewhere, !is_global);
        cr_expect_eq(m->populations[0].hedge.is_adopted, !is_global);
        model_free(m);
    }
}

Test(frontend, a_client_has_one_breaker)
{
    make()->retries = 0;
    t.populations[0].client.breaker = (struct breaker_spec){
        .mode = BREAKER_CONSECUTIVE, .failures = 2, .open_s = 1e6, .probes = 1};
    break_service();
    struct record r = run();
    cr_expect_eq(r.outcomes[OUTCOME_ERROR], 2);
    cr_expect_eq(r.outcomes[OUTCOME_BREAKER_OPEN], r.ended_all - 2);
    record_free(&r);
}
