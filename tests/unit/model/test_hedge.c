// Pins: a copy is sent when there is no answer after the delay, and at no other time; the first
// answer wins, and the loser is cancelled if the client cancels; an attempt has failed when all its
// copies have; copies are bounded by their number and by the budget, and are tries; writes have
// none unless asked for; a copy to another address goes to another region, or else to another zone,
// and takes its user there when it wins; who gives up ends them all. The test plays resolvers and
// balancers.
#include <criterion/criterion.h>
#include <string.h>

#include "support/stage.h"

enum { MOST = 4000 };

static struct {
    struct stage stage;
    struct tiny tiny;
    uint16_t regions;          // in the DNS answer
    bool is_by_region;         // who answers: region 1 only, else:
    double original_s, copy_s; // after how long each is answered; negative: never
    uint8_t original_status, copy_status;
    uint64_t n_originals, n_copies, n_cancelled, n_retries;
    double original_at_s, copy_at_s; // of the latest
    uint8_t region[2], zone[2];      // of the latest original and copy
    uint64_t served[2];              // requests received by region
} p;

static struct population *users(void)
{
    return &p.stage.world->populations[0];
}

static void ask(const struct context *x, const struct event *e)
{
    struct payload_request q = payload_of(e, payload_request);
    uint32_t index = slots_index(q.call);
    uint16_t region = x->model->lps[x->lp].region;
    bool is_copy = users()->cold.items != NULL && hedge_is_copy(users(), index);
    p.n_originals += !is_copy;
    p.n_copies += is_copy;
    p.served[region]++;
    *(is_copy ? &p.copy_at_s : &p.original_at_s) = simtime_to_seconds(x->now);
    p.region[is_copy] = (uint8_t)region, p.zone[is_copy] = q.zone;
    double after_s = is_copy ? p.copy_s : p.original_s;
    if (p.is_by_region)
        after_s = region == 1 ? 0 : -1;
    struct payload_answer a = {.call = q.call,
                               .status = is_copy ? p.copy_status : p.original_status};
    if (after_s >= 0)
        context_send(x, event_src(e), 1 + simtime_from_seconds(after_s), EV_RESPONSE, &a, sizeof a);
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (stage_resolves(x, e, p.regions))
        return true;
    if (e->kind == EV_REQUEST)
        ask(x, e);
    p.n_cancelled += e->kind == EV_CANCEL;
    p.n_retries += e->kind == EV_RETRY;
    return e->kind == EV_REQUEST || e->kind == EV_CANCEL;
}

// Two users who ask now and then; one copy after 1 s, whatever the budget.
static struct hedge_spec *make(double original_s, double copy_s)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_set_zones(&p.tiny, 2);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 10000;
    p.tiny.topology.balancer.idle_timeout_s = 1e9;
    p.regions = 1;
    p.original_s = original_s, p.copy_s = copy_s;
    struct population_spec *u = &p.tiny.populations[0];
    u->rate_rps = 0.02;
    u->clients = 2;
    u->client.connect_timeout_s = u->client.dns_timeout_s = 5;
    u->client.attempt_timeout_s = 10;
    u->client.backoff_base_s = u->client.backoff_cap_s = 1;
    u->client.hedge = (struct hedge_spec){.most = 1, .after_s = 1, .budget = 1};
    return &u->client.hedge;
}

static struct client_spec *client(void)
{
    return &p.tiny.populations[0].client;
}

static void run(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, p.tiny.workload.duration_s + 1000);
    cr_expect_gt(users()->started, 100);
    cr_expect_eq(users()->requests.live, 0);
    cr_expect_eq(users()->n_copies, 0);
    cr_expect_eq(users()->started, users()->ended);
}

static void expect_all(enum outcome outcome, uint64_t attempts_each)
{
    uint64_t n = users()->started;
    cr_expect_eq(users()->outcomes[outcome], n, "%lu of %lu", users()->outcomes[outcome], n);
    cr_expect_eq(users()->attempts[0], attempts_each * n);
    cr_expect_eq(users()->series[SERIES_ATTEMPTS], attempts_each * n);
}

static double mean_s(void)
{
    return histogram_mean(&users()->latency[0]) * 1e-9;
}

// ---- copies

Test(hedge, a_copy_after_the_delay_wins)
{
    make(-1, 0.5);
    run();
    expect_all(OUTCOME_OK, 2);
    cr_expect_float_eq(mean_s(), 1.5, 0.02);
    cr_expect_eq(p.n_cancelled, 0);
    stage_close(&p.stage);
}

Test(hedge, no_copy_of_what_is_answered_before)
{
    make(0.9, 0);
    run();
    expect_all(OUTCOME_OK, 1);
    cr_expect_eq(p.n_copies, 0);
    stage_close(&p.stage);
    make(0, 0)->most = 0;
    p.original_s = 2;
    run();
    expect_all(OUTCOME_OK, 1);
    stage_close(&p.stage);
}

Test(hedge, the_original_may_win)
{
    make(1.5, 3);
    client()->cancels = true;
    run();
    expect_all(OUTCOME_OK, 2);
    cr_expect_float_eq(mean_s(), 1.5, 0.02);
    cr_expect_eq(p.n_cancelled, users()->started); // the copies
    stage_close(&p.stage);
    make(-1, 0.5);
    client()->cancels = true;
    run();
    cr_expect_eq(p.n_cancelled, users()->started); // the originals
    stage_close(&p.stage);
}

Test(hedge, several_copies)
{
    make(-1, -1)->most = 3;
    client()->hedge.budget = 3;
    run();
    expect_all(OUTCOME_TIMEOUT, 4);
    cr_expect_float_eq(p.copy_at_s - p.original_at_s, 3, 0.02);
    stage_close(&p.stage);
}

Test(hedge, writes_have_none_unless_asked_for)
{
    make(-1, 0.5);
    p.tiny.workload.classes[0].is_write = true;
    run();
    expect_all(OUTCOME_TIMEOUT, 1);
    stage_close(&p.stage);
    make(-1, 0.5)->writes = true;
    p.tiny.workload.classes[0].is_write = true;
    run();
    expect_all(OUTCOME_OK, 2);
    stage_close(&p.stage);
}

// A copy for ten requests.
Test(hedge, the_budget_bounds_copies)
{
    make(2, 0.5)->budget = 0.1;
    run();
    cr_expect_eq(users()->outcomes[OUTCOME_OK], users()->started);
    cr_expect_eq(p.n_copies, users()->started / 10);
    stage_close(&p.stage);
}

// ---- failures

Test(hedge, an_error_waits_for_the_copy)
{
    make(1.2, 0.5);
    p.original_status = ANSWER_ERROR;
    run();
    expect_all(OUTCOME_OK, 2);
    cr_expect_float_eq(mean_s(), 1.5, 0.02);
    stage_close(&p.stage);
    make(1.7, 0.2); // and that of a copy for the original
    p.copy_status = ANSWER_SHED;
    run();
    expect_all(OUTCOME_OK, 2);
    cr_expect_float_eq(mean_s(), 1.7, 0.02);
    stage_close(&p.stage);
}

Test(hedge, all_fail_and_the_request_is_tried_again)
{
    for (int first = 0; first < 2; first++) {
        make(first == 0 ? 1.2 : 2, 0.5)->budget = 2;
        client()->attempts = 2;
        p.original_status = ANSWER_SHED;
        p.copy_status = ANSWER_ERROR;
        run();
        expect_all(first == 0 ? OUTCOME_ERROR : OUTCOME_SHED, 4); // as the last of them
        cr_expect_eq(p.n_retries, users()->started);
        stage_close(&p.stage);
    }
    make(0.5, 0); // before the delay: no copy
    p.original_status = ANSWER_ERROR;
    run();
    expect_all(OUTCOME_ERROR, 1);
    stage_close(&p.stage);
}

Test(hedge, who_gives_up_ends_all)
{
    make(-1, -1);
    client()->cancels = true;
    p.tiny.populations[0].demand.patience = distribution_constant(3);
    run();
    expect_all(OUTCOME_ABANDONED, 2);
    cr_expect_eq(p.n_cancelled, 2 * users()->started);
    stage_close(&p.stage);
}

// ---- elsewhere

// Region 0 never answers: whoever starts there is taken to region 1 by his first copy.
Test(hedge, a_copy_to_another_region)
{
    make(0, 0)->elsewhere = true;
    tiny_add_region(&p.tiny, "us-west-2", 1);
    p.regions = 3;
    p.is_by_region = true;
    run();
    cr_expect_eq(users()->outcomes[OUTCOME_OK], users()->started);
    cr_expect(p.served[0] >= 1 && p.served[0] <= 4, "%lu in region 0", p.served[0]);
    cr_expect_eq(p.n_copies, p.served[0]);
    cr_expect_eq(users()->served[1], users()->started);
    stage_close(&p.stage);
}

Test(hedge, a_copy_to_another_zone)
{
    make(-1, 0.5)->elsewhere = true;
    client()->idle_timeout_s = 0;
    run();
    expect_all(OUTCOME_OK, 2);
    cr_expect_neq(p.zone[0], p.zone[1]);
    stage_close(&p.stage);
}
