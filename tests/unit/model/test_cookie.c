// Pins: cookies are valid for a time and for one region; a sticky user keeps his target, and the
// cookie lives as long as he keeps coming; when his target dies he gets another and stays there
// after its recovery, so that the target that comes back has hardly anybody; another region's
// balancer puts its own cookie in the place of the first's; network balancers know users, and
// servers that call, by their address. Users, balancers and servers are real; the test watches who
// is served where.
#include <criterion/criterion.h>
#include <string.h>

#include "model/cookie.h"
#include "support/stage.h"

enum { USERS = 40, TARGETS = 4, NONE = 255 };

static struct {
    struct stage stage;
    struct tiny tiny;
    uint16_t regions;                            // in the DNS answer
    double from_s;                               // what is counted begins
    uint64_t n, n_moves, by_target[2 * TARGETS]; // requests since; to another target than before
    uint8_t last[USERS];                         // target, by region
} p;

static const struct population *users(void)
{
    return &p.stage.world->populations[0];
}

static void note(const struct context *x, const struct event *e)
{
    const struct lp_info *pool = &x->model->lps[e->dst];
    const struct balancer *b = x->world->lps[event_src(e)];
    const struct payload_request q = payload_of(e, payload_request);
    const struct forward *f = &b->forwards.items[slots_index(q.call)];
    if (f->caller == event_src(e) || x->model->lps[f->caller].kind != LP_POPULATION ||
        !slots_is_live(&users()->requests, f->call))
        return;
    const uint32_t user = users()->requests.items[slots_index(f->call)].client;
    const uint8_t target = (uint8_t)(pool->region * TARGETS + f->target);
    if (simtime_to_seconds(x->now) >= p.from_s) {
        p.n++;
        p.n_moves += p.last[user] != NONE && p.last[user] != target;
        p.by_target[target]++;
    }
    p.last[user] = target;
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (stage_resolves(x, e, p.regions))
        return true;
    if (e->kind == EV_POOL_REQUEST)
        note(x, e);
    return false;
}

// Forty users who ask every two seconds, four targets.
static struct balancer_spec *make(enum stickiness stickiness)
{
    memset(&p, 0, sizeof p);
    memset(p.last, NONE, sizeof p.last);
    tiny_init(&p.tiny);
    p.regions = 1;
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 2000;
    p.tiny.services[0].work = distribution_constant(0.001);
    p.tiny.services[0].servers_per_zone = p.tiny.services[0].targets_per_zone = TARGETS;
    struct population_spec *u = &p.tiny.populations[0];
    u->rate_rps = 20;
    u->clients = USERS;
    u->client.attempts = 2;
    u->client.attempt_timeout_s = 1;
    struct balancer_spec *b = &p.tiny.topology.balancer;
    b->stickiness = stickiness;
    b->cookie_s = 86400;
    b->idle_timeout_s = 1;
    b->health = (struct probe_spec){.interval_s = 5,
                                    .connect_timeout_s = 1,
                                    .response_timeout_s = 1,
                                    .unhealthy_threshold = 2,
                                    .healthy_threshold = 2};
    return b;
}

static void run(double from_s)
{
    p.from_s = from_s;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, 2100);
    cr_expect_eq(users()->requests.live, 0);
    cr_expect_eq(users()->started, users()->ended);
    cr_expect_gt(p.n, 1000);
}

// One of the targets is refused connections for some time.
static void lose_target(double from_s, double until_s)
{
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_SERVICE;
    f->object = "web";
    f->zone = "a";
    f->targets = 1;
    f->at_s = from_s;
    f->duration = distribution_constant(until_s - from_s);
}

// ---- the cookie itself

Test(cookie, is_valid_for_a_time_and_a_region)
{
    const cookie c = cookie_make(100 * SIMTIME_S, 3, 63);
    cr_expect_eq(cookie_flow(c, 99 * SIMTIME_S, 3), cookie_flow_of(63));
    cr_expect_eq(cookie_flow(c, 101 * SIMTIME_S, 3), 0);
    cr_expect_eq(cookie_flow(c, 99 * SIMTIME_S, 2), 0);
    cr_expect_eq(cookie_flow(0, 0, 0), 0);
    cr_expect_eq(cookie_target(cookie_flow_of(63)), UINT64_C(1) << 63);
    cr_expect_eq(cookie_target(0), 0);
    // It survives the message.
    cr_expect_eq(request_flow(request_terms(cookie_flow_of(0), 77)), cookie_flow_of(0));
    cr_expect_eq(request_flow(request_terms(cookie_flow_of(63), 77)), cookie_flow_of(63));
}

// ---- users

Test(cookie, a_user_keeps_his_target)
{
    make(STICKINESS_NONE);
    run(100);
    cr_expect_gt(p.n_moves, p.n / 2);
    cr_expect_null(users()->cookies);
    stage_close(&p.stage);
    make(STICKINESS_COOKIE);
    run(100);
    cr_expect_eq(p.n_moves, 0);
    for (int t = 0; t < TARGETS; t++)
        cr_expect_gt(p.by_target[t], p.n / 20);
    stage_close(&p.stage);
}

// The time runs from the latest answer: gaps are exponential with a mean of 2 s, of which 30 s are
// 3e-7, and 1 s or more three of five.
Test(cookie, lives_as_long_as_its_user_comes_back)
{
    make(STICKINESS_COOKIE)->cookie_s = 30;
    run(100);
    cr_expect_leq(p.n_moves, 1);
    stage_close(&p.stage);
    make(STICKINESS_COOKIE)->cookie_s = 1;
    run(100);
    // exp(-1/2) of the requests, of which a quarter meets the same target again.
    cr_expect_float_eq((double)p.n_moves, 0.6065 * 0.75 * (double)p.n, 0.03 * (double)p.n);
    stage_close(&p.stage);
}

// The users of a target that dies go elsewhere, those of the others stay; when it is back nobody
// comes, who had not been away all the while.
Test(cookie, a_target_that_comes_back_is_idle)
{
    make(STICKINESS_COOKIE);
    lose_target(500, 1000);
    run(600);
    cr_expect_eq(p.by_target[0], 0);
    cr_expect_eq(p.n_moves, 0);
    stage_close(&p.stage);
    make(STICKINESS_NONE);
    lose_target(500, 1000);
    run(1100);
    cr_expect_float_eq((double)p.by_target[0], (double)p.n / 4, (double)p.n * 0.01);
    stage_close(&p.stage);
    make(STICKINESS_COOKIE)->cookie_s = 4; // users are away for longer now and then
    lose_target(500, 1000);
    run(1100);
    cr_expect_float_eq((double)p.by_target[0], (double)p.n / 4, (double)p.n * 0.05);
    stage_close(&p.stage);
}

// A target that is taken out for good, and registered again.
Test(cookie, a_deregistered_target_loses_its_users)
{
    make(STICKINESS_COOKIE);
    struct action_spec *out = tiny_add_action(&p.tiny, ACTION_TARGETS, ACTION_DEREGISTER, 500);
    out->region = out->service = out->zone = "*";
    out->targets = 1;
    struct action_spec *back = tiny_add_action(&p.tiny, ACTION_TARGETS, ACTION_REGISTER, 1000);
    back->region = back->service = back->zone = "*";
    back->targets = 1;
    run(501);
    cr_expect_eq(p.by_target[0], 0);
    stage_close(&p.stage);
}

// Each visit to another region costs the cookie of the first.
Test(cookie, another_region_has_its_own)
{
    make(STICKINESS_COOKIE);
    tiny_add_region(&p.tiny, "us-west-2", 1);
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    uint8_t before[USERS];
    stage_run(&p.stage, 500);
    memcpy(before, p.last, sizeof before);
    p.regions = 2;
    stage_run(&p.stage, 1000);
    p.regions = 1;
    p.n_moves = 0;
    stage_run(&p.stage, 2100);
    uint32_t n_changed = 0;
    for (int i = 0; i < USERS; i++) {
        cr_expect_lt(before[i], TARGETS);
        n_changed += p.last[i] != before[i];
    }
    cr_expect_gt(n_changed, USERS / 4);                    // of whom three of four are expected to
    cr_expect_leq(p.n_moves, USERS + 5, "%lu", p.n_moves); // back, and hardly anywhere else
    stage_close(&p.stage);
}

// ---- network balancers

static struct balancer_spec *make_network(enum stickiness stickiness)
{
    struct balancer_spec *b = make(stickiness);
    b->kind = BALANCER_NETWORK;
    b->policy = BALANCER_FLOW_HASH;
    p.tiny.populations[0].client.idle_timeout_s = 0; // every request has a connection of its own
    return b;
}

Test(cookie, network_balancers_know_addresses)
{
    make_network(STICKINESS_NONE);
    run(100);
    cr_expect_gt(p.n_moves, p.n / 2);
    stage_close(&p.stage);
    make_network(STICKINESS_SOURCE_IP);
    run(100);
    cr_expect_eq(p.n_moves, 0);
    for (int t = 0; t < TARGETS; t++)
        cr_expect_gt(p.by_target[t], p.n / 20);
    stage_close(&p.stage);
}

// Those who have lost their target are back when it is.
Test(cookie, addresses_come_back_to_their_target)
{
    make_network(STICKINESS_SOURCE_IP);
    run(1500);
    const uint64_t usual = p.by_target[0];
    stage_close(&p.stage);
    make_network(STICKINESS_SOURCE_IP);
    lose_target(500, 1000);
    run(1500);
    cr_expect_eq(p.by_target[0], usual);
    stage_close(&p.stage);
}

// ---- between services

static struct {
    uint64_t address, flow;    // of one server, and its latest connection
    uint64_t n_flows, targets; // connections that it had; targets, as a bit set
} server;

// Looks at the calls of the server that calls first.
static bool watch_calls(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    const struct lp_info *pool = &x->model->lps[e->dst];
    if (stage_resolves(x, e, 1))
        return true;
    if (e->kind != EV_POOL_REQUEST || pool->object != 1)
        return false;
    const struct payload_request q = payload_of(e, payload_request);
    const uint64_t flow = request_flow(q.terms), address = flow - flow_time(flow);
    if (q.flags & REQUEST_PROBE)
        return false;
    server.address = server.n_flows == 0 ? address : server.address;
    if (address != server.address)
        return false;
    server.n_flows += server.n_flows == 0 || server.flow != flow;
    server.flow = flow;
    server.targets |= UINT64_C(1) << pool->target;
    return false;
}

// Calls that time out cost a server its connection; the next has the same target.
Test(cookie, network_balancers_know_the_addresses_of_servers)
{
    make_network(STICKINESS_SOURCE_IP);
    memset(&server, 0, sizeof server);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 600;
    p.tiny.services[0].targets_per_zone = 1;
    struct service_spec *inner = tiny_add_service(&p.tiny, "inner", tiny_exponential(0.05));
    inner->servers_per_zone = 4 * 16, inner->targets_per_zone = 4;
    tiny_add_call(&p.tiny, 0, 1, 0)->timeout_s = 0.2;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = watch_calls;
    stage_run(&p.stage, 700);
    cr_expect_gt(server.n_flows, 5);
    cr_expect_eq(__builtin_popcountll(server.targets), 1);
    stage_close(&p.stage);
}
