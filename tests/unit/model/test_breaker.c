// Pins: a breaker opens at so many failures in a row, or at the share of failures among the latest
// attempts, as a plain list of them says in random programs; it stays open for its time, lets so
// many through on trial, and closes or opens again by what these say; attempts of before and trials
// of before say nothing, and one that is withdrawn makes room for another. With users behind it: a
// region that fails is asked as often as the open time says, an address that is left is used, and
// else requests end at once without a try. The test plays resolvers and balancers.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/stream.h"
#include "support/stage.h"

static const struct breaker_spec consecutive = {
    .mode = BREAKER_CONSECUTIVE, .failures = 3, .open_s = 10, .probes = 2, .shared = true};
static const struct breaker_spec ratio = {.mode = BREAKER_RATIO,
                                          .ratio = 0.5,
                                          .window = 100,
                                          .minimum = 20,
                                          .open_s = 10,
                                          .probes = 4,
                                          .shared = true};

// One attempt that is made and concluded at once.
static void attempt(const struct breaker_plan *plan, struct breaker *b, double at_s,
                    enum breaker_result result)
{
    simtime now = simtime_from_seconds(at_s);
    cr_assert(breaker_permits(plan, b, now));
    breaker_conclude(plan, b, now, breaker_begin(b), result);
}

static void fail(const struct breaker_plan *plan, struct breaker *b, double at_s, int n)
{
    for (int i = 0; i < n; i++)
        attempt(plan, b, at_s, BREAKER_FAILURE);
}

static bool permits(const struct breaker_plan *plan, struct breaker *b, double at_s)
{
    return breaker_permits(plan, b, simtime_from_seconds(at_s));
}

// ---- in a row

Test(breaker, failures_in_a_row_open_it)
{
    struct breaker_plan plan = breaker_compile(&consecutive, 1, 1);
    struct breaker b = {0};
    fail(&plan, &b, 1, 2);
    attempt(&plan, &b, 1, BREAKER_SUCCESS);
    fail(&plan, &b, 1, 2);
    attempt(&plan, &b, 1, BREAKER_WITHDRAWN); // says nothing
    cr_expect(permits(&plan, &b, 2));
    fail(&plan, &b, 2, 1);
    cr_expect_not(permits(&plan, &b, 2));
    cr_expect_not(permits(&plan, &b, 11.9));
    cr_expect(permits(&plan, &b, 12));
}

Test(breaker, all_on_trial_must_succeed)
{
    struct breaker_plan plan = breaker_compile(&consecutive, 1, 1);
    struct breaker b = {0};
    fail(&plan, &b, 0, 3);
    attempt(&plan, &b, 10, BREAKER_SUCCESS);
    attempt(&plan, &b, 10, BREAKER_FAILURE);
    cr_expect_not(permits(&plan, &b, 19));
    attempt(&plan, &b, 20, BREAKER_SUCCESS);
    attempt(&plan, &b, 20, BREAKER_SUCCESS);
    for (int i = 0; i < 10; i++)
        cr_expect(permits(&plan, &b, 20)); // as before
    fail(&plan, &b, 21, 2);
    cr_expect(permits(&plan, &b, 21));
}

Test(breaker, so_many_are_on_trial)
{
    struct breaker_plan plan = breaker_compile(&consecutive, 1, 1);
    struct breaker b = {0};
    fail(&plan, &b, 0, 3);
    cr_assert(permits(&plan, &b, 10));
    uint32_t first = breaker_begin(&b);
    cr_assert(permits(&plan, &b, 10));
    uint32_t second = breaker_begin(&b);
    cr_expect_not(permits(&plan, &b, 10));
    breaker_conclude(&plan, &b, 11 * SIMTIME_S, first, BREAKER_WITHDRAWN);
    cr_expect(permits(&plan, &b, 11));
    breaker_conclude(&plan, &b, 11 * SIMTIME_S, second, BREAKER_FAILURE);
    cr_expect_not(permits(&plan, &b, 11));
}

// What an attempt of before the breaker opened, or of an earlier trial, has to say comes too late.
Test(breaker, late_answers_say_nothing)
{
    struct breaker_plan plan = breaker_compile(&consecutive, 1, 1);
    struct breaker b = {0};
    uint32_t before = breaker_begin(&b);
    fail(&plan, &b, 0, 3);
    breaker_conclude(&plan, &b, SIMTIME_S, before, BREAKER_SUCCESS);
    cr_expect_not(permits(&plan, &b, 9));
    cr_assert(permits(&plan, &b, 10));
    uint32_t early = breaker_begin(&b);
    attempt(&plan, &b, 10, BREAKER_FAILURE);
    cr_assert(permits(&plan, &b, 20)); // another trial
    breaker_conclude(&plan, &b, 20 * SIMTIME_S, early, BREAKER_FAILURE);
    breaker_conclude(&plan, &b, 20 * SIMTIME_S, before, BREAKER_FAILURE);
    attempt(&plan, &b, 20, BREAKER_SUCCESS);
    attempt(&plan, &b, 20, BREAKER_SUCCESS);
    fail(&plan, &b, 21, 2);
    cr_expect(permits(&plan, &b, 21)); // closed
}

// ---- share

// Random outcomes whose share of failures wanders about a half; the twin keeps them all.
Test(breaker, agrees_with_a_list)
{
    enum { CALLS = 3000 };
    static bool failed[CALLS];
    for (int window = 20; window <= 128; window += 27) {
        struct breaker_spec spec = ratio;
        spec.window = window;
        struct breaker_plan plan = breaker_compile(&spec, 1, 1);
        struct breaker b = {0};
        struct stream s = stream_open((uint64_t)window, 0, "test", "breaker");
        int n = 0, n_opened = 0;
        for (int i = 0; i < CALLS; i++) {
            failed[n++] = stream_uniform(&s) < 0.35 + 0.2 * sin(i / 100.0);
            attempt(&plan, &b, 0, failed[n - 1] ? BREAKER_FAILURE : BREAKER_SUCCESS);
            int n_failed = 0, n_looked = n < window ? n : window;
            for (int k = n - n_looked; k < n; k++)
                n_failed += failed[k];
            bool opens = n_looked >= 20 && 2 * n_failed >= n_looked;
            cr_assert_eq(permits(&plan, &b, 0), !opens);
            n_opened += opens;
            if (opens)
                memset(&b, 0, sizeof b), n = 0;
        }
        cr_expect_gt(n_opened, 3);
    }
}

Test(breaker, enough_on_trial_must_succeed)
{
    struct breaker_plan plan = breaker_compile(&ratio, 1, 1);
    struct breaker b = {0};
    fail(&plan, &b, 0, 20);
    fail(&plan, &b, 10, 1);
    attempt(&plan, &b, 10, BREAKER_SUCCESS);
    attempt(&plan, &b, 10, BREAKER_SUCCESS);
    attempt(&plan, &b, 10, BREAKER_SUCCESS); // one of four has failed
    fail(&plan, &b, 11, 19);
    cr_expect(permits(&plan, &b, 11)); // counted anew, and fewer than the minimum
    fail(&plan, &b, 11, 1);
    cr_expect_not(permits(&plan, &b, 11));
    attempt(&plan, &b, 21, BREAKER_SUCCESS);
    attempt(&plan, &b, 21, BREAKER_SUCCESS);
    fail(&plan, &b, 21, 2);
    cr_expect_not(permits(&plan, &b, 21));
}

Test(breaker, one_each_for_users_and_regions)
{
    struct breaker_spec own = consecutive;
    own.shared = false;
    struct arena arena = {0};
    struct breaker_plan plan = breaker_compile(&own, 3, 2);
    struct breaker *all = breaker_open(&plan, &arena);
    cr_expect_eq(breaker_of(&plan, all, 2, 1), all + 5);
    plan = breaker_compile(&consecutive, 3, 2);
    cr_expect_eq(breaker_of(&plan, all, 2, 1), all + 1);
    plan = breaker_compile(&(struct breaker_spec){0}, 3, 2);
    cr_expect_null(breaker_open(&plan, &arena));
    arena_free(&arena);
}

// ---- users

static struct {
    struct stage stage;
    struct tiny tiny;
    uint16_t regions;    // in the DNS answer
    double sick_until_s; // region 0 errs
    uint64_t n[2];       // requests that the regions got
} p;

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (stage_resolves(x, e, p.regions))
        return true;
    if (e->kind != EV_REQUEST)
        return false;
    uint16_t region = x->model->lps[x->lp].region;
    bool errs = region == 0 && simtime_to_seconds(x->now) < p.sick_until_s;
    struct payload_answer a = {.call = event_token(e), .status = errs ? ANSWER_ERROR : ANSWER_OK};
    p.n[region]++;
    context_send(x, event_src(e), 1, EV_RESPONSE, &a, sizeof a);
    return true;
}

// Ten requests a second for 1000 s; region 0 errs.
static struct client_spec *make(double sick_until_s)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 1000;
    p.regions = 1;
    p.sick_until_s = sick_until_s;
    struct population_spec *u = &p.tiny.populations[0];
    u->rate_rps = 10;
    u->clients = 100;
    u->client.breaker = consecutive;
    return &u->client;
}

static const struct population *play(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, 2000);
    const struct population *u = &p.stage.world->populations[0];
    cr_expect_eq(u->requests.live, 0);
    cr_expect_eq(u->started, u->ended);
    return u;
}

static const struct population *run(void)
{
    const struct population *u = play();
    cr_expect_eq(u->attempts[0], p.n[0] + p.n[1]);
    return u;
}

// Three, and then one on trial every 10 s and the 0.1 s until the next comes along; two when they
// come within a round trip.
Test(breaker, a_region_that_fails_is_hardly_asked)
{
    make(1e9);
    const struct population *u = run();
    cr_expect_float_eq((double)p.n[0], 2 + 1000 / 10.1, 6, "%lu tries", p.n[0]);
    cr_expect_eq(u->outcomes[OUTCOME_ERROR], p.n[0]);
    cr_expect_eq(u->outcomes[OUTCOME_BREAKER_OPEN], u->started - p.n[0]);
    stage_close(&p.stage);
}

Test(breaker, users_return_to_a_region_that_is_well_again)
{
    make(500)->attempts = 3;
    const struct population *u = run();
    // Of the second half at most 10 s and a few attempts are lost.
    cr_expect_gt(u->outcomes[OUTCOME_OK], u->started / 2 - 350);
    stage_close(&p.stage);
}

Test(breaker, another_address_is_used)
{
    make(1e9)->attempts = 2;
    tiny_add_region(&p.tiny, "us-west-2", 1);
    p.regions = 3;
    const struct population *u = run();
    cr_expect_eq(u->outcomes[OUTCOME_BREAKER_OPEN], 0);
    cr_expect_lt(p.n[0], 2 * (2 + 1000 / 10)); // not half of all
    cr_expect_gt(u->outcomes[OUTCOME_OK], u->started - p.n[0] - 1);
    stage_close(&p.stage);
}

// Each has his own: a hundred users meet it three times at least.
Test(breaker, a_breaker_a_user)
{
    make(1e9)->breaker.shared = false;
    run();
    cr_expect_gt(p.n[0], 300);
    stage_close(&p.stage);
}

// ---- losers of a race for a connection

// Every request races for a connection to two regions; the breakers are everybody's.
static struct client_spec *make_race(double connect_timeout_s)
{
    struct client_spec *c = make(0);
    tiny_add_region(&p.tiny, "us-west-2", 1);
    p.regions = 3;
    p.tiny.workload.classes[0].deadline_s = 10;
    c->idle_timeout_s = 0;
    c->races = true;
    c->address_delay_s = 0.25;
    c->connect_timeout_s = connect_timeout_s;
    return c;
}

static void lose_region(double for_s)
{
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->duration = distribution_constant(for_s);
}

static double mean_s(const struct population *u)
{
    return (double)u->latency[0].sum * 1e-9 / (double)u->latency[0].n;
}

// Half of the races begin with the dead region. Its connection has failed after 0.1 s, before the
// other is tried: the breaker opens, and hardly anybody waits any more.
Test(breaker, a_loser_that_timed_out_has_failed)
{
    make_race(0.1);
    lose_region(1e6);
    const struct population *u = play();
    cr_expect_geq(u->outcomes[OUTCOME_OK] + 6, u->started); // but for lost packets
    cr_expect_lt(mean_s(u), 0.02);
    stage_close(&p.stage);
}

// It would have failed after 2 s: when the other is open, it is given up, and says nothing.
Test(breaker, a_loser_that_is_given_up_has_not)
{
    make_race(2);
    lose_region(1e6);
    const struct population *u = play();
    cr_expect_geq(u->outcomes[OUTCOME_OK] + 6, u->started); // but for lost packets
    cr_expect_float_eq(mean_s(u), 0.125, 0.02);
    cr_expect_eq(u->breakers[0].trial, 0); // never opened
    stage_close(&p.stage);
}

// Trials, too, fail as losers: none succeeds before the region is back, and then all go there
// again.
Test(breaker, losers_on_trial)
{
    make_race(0.1);
    lose_region(500);
    const struct population *u = play();
    cr_expect_geq(u->breakers[0].trial, 500 / 10.5);
    cr_expect_leq(u->breakers[0].trial, 500 / 10.1 + 2);
    cr_expect_float_eq((double)p.n[0], (double)u->started / 4, (double)u->started * 0.03);
    stage_close(&p.stage);
}

// A region that erred and is well again, but far: its connections on trial are slower than the
// other's and given up. Each makes room for the next, so that the one race that only it can win
// closes its breaker.
Test(breaker, a_trial_that_is_given_up_makes_room)
{
    make_race(2);
    p.regions = 1;
    p.sick_until_s = 100;
    tiny_move(&p.tiny, 1, 0, 0);
    p.tiny.facts[0].longitude_deg = 40; // 4448 km away
    p.tiny.topology.network.internet_stretch = 0.6 * p.tiny.topology.network.fibre_km_per_s /
                                               (2 * 4448);
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, 100);
    const struct population *u = &p.stage.world->populations[0];
    cr_expect_gt(u->breakers[0].trial, 0);
    const uint64_t n_sick = p.n[0];
    p.regions = 3;
    stage_run(&p.stage, 500);
    cr_expect_leq(p.n[0], n_sick + 1);
    cr_expect_gt(p.n[1], 3000);
    p.regions = 1;
    stage_run(&p.stage, 2000);
    cr_expect_gt(p.n[0], n_sick + 4000);
    cr_expect_eq(u->requests.live, 0);
    stage_close(&p.stage);
}

// No connection is a failure, too.
Test(breaker, a_region_without_power)
{
    struct client_spec *c = make(0);
    c->connect_timeout_s = 1;
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->duration = distribution_constant(1e6);
    stage_open(&p.stage, &p.tiny, 0);
    stage_run(&p.stage, 2000);
    const struct population *u = &p.stage.world->populations[0];
    // About 10 a second until three have waited for a second, then two on trial every 11 s.
    cr_expect_float_eq((double)u->outcomes[OUTCOME_TIMEOUT], 13 + 2 * 1000 / 11.1, 20);
    cr_expect_eq(u->outcomes[OUTCOME_TIMEOUT] + u->outcomes[OUTCOME_BREAKER_OPEN] +
                     u->outcomes[OUTCOME_NO_ANSWER],
                 u->started);
    stage_close(&p.stage);
}
