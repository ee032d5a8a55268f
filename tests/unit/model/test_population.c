// Pins: users, request by request: arrivals follow the diurnal curve (chi-square, level 1e-4) and
// classes their mix; what each failure becomes; retries, their number, waits and bounds; a late
// answer is late; attempts that are given up are cancelled, and deadlines told, if asked for;
// nothing is lost from the books. The test plays resolvers and balancers.
#include "userplay.h"

// ---- demand

Test(population, arrivals_follow_the_diurnal_curve)
{
    enum { HOURS = 24 };
    struct population_spec *u = make();
    uint64_t counts[HOURS];
    double shares[HOURS], tau = 2 * 3.14159265358979323846;
    u->rate_rps = 0.2;
    u->utc_offset_s = -5 * 3600;
    u->diurnal_first = 0.6, u->diurnal_first_peak_h = 20;
    u->diurnal_second = 0.3, u->diurnal_second_peak_h = 13;
    p.tiny.workload.start_utc_s = 7 * 3600;
    p.tiny.workload.duration_s = 86400;
    p.tiny.workload.window_s = 3600;
    run();
    for (int w = 0; w < HOURS; w++) {
        counts[w] = users()->series[w * SERIES_FIELDS + SERIES_STARTED];
        shares[w] = 0;
        for (int k = 0; k < 60; k++) { // integral over the hour, by minutes, in local time
            double h = 7 + w + (k + 0.5) / 60 - 5;
            shares[w] += (1 + 0.6 * cos(tau * (h - 20) / 24) + 0.3 * cos(2 * tau * (h - 13) / 24)) /
                         60 / HOURS;
        }
    }
    cr_expect(stat_counts_agree("arrivals by hour", counts, shares, HOURS));
    // The mean rate is kept: Poisson with mean 0.2 x 86400, 4 standard deviations.
    cr_expect_float_eq((double)users()->started, 17280, 4 * sqrt(17280.0));
    stage_close(&p.stage);
}

Test(population, classes_follow_the_mix)
{
    struct population_spec *u = make();
    struct workload *w = &p.tiny.workload;
    uint64_t counts[3];
    double shares[3] = {0.5, 0.2, 0.3};
    w->n_classes = 3;
    w->classes[1] = w->classes[2] = w->classes[0];
    u->rate_rps = 100;
    u->mix[0] = 5, u->mix[1] = 2, u->mix[2] = 3;
    run();
    for (int c = 0; c < 3; c++)
        counts[c] = users()->outcomes[c * OUTCOMES + OUTCOME_OK];
    cr_expect(stat_counts_agree("classes", counts, shares, 3));
    stage_close(&p.stage);
}

// ---- what becomes of failures

Test(population, outcomes)
{
    static const struct {
        double resolves_s, answers_s;
        uint8_t region, status;
        enum outcome outcome;
    } cases[] = {
        {0, 0, 0, ANSWER_OK, OUTCOME_OK},
        {0, 0, 0, ANSWER_ERROR, OUTCOME_ERROR},
        {0, 0, 0, ANSWER_SHED, OUTCOME_SHED},
        {0, 0, 0, ANSWER_REFUSED, OUTCOME_ERROR},
        {0, -1, 0, ANSWER_OK, OUTCOME_TIMEOUT},
        {0, 2.9, 0, ANSWER_OK, OUTCOME_OK},
        {0, 3.1, 0, ANSWER_OK, OUTCOME_TIMEOUT},
        {-1, 0, 0, ANSWER_OK, OUTCOME_NO_ANSWER},
        {5.1, 0, 0, ANSWER_OK, OUTCOME_NO_ANSWER},
        {4.9, 2.9, 0, ANSWER_OK, OUTCOME_OK},
        {0, 0, NO_REGION, ANSWER_OK, OUTCOME_NO_ANSWER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make();
        p.resolves_s = cases[i].resolves_s;
        p.answers_s = cases[i].answers_s;
        p.region = cases[i].region;
        p.status = cases[i].status;
        run();
        expect_all(cases[i].outcome, 1);
        stage_close(&p.stage);
    }
}

Test(population, answer_after_the_deadline_is_late)
{
    make();
    p.tiny.workload.classes[0].deadline_s = 1;
    p.answers_s = 1.5;
    run();
    expect_all(OUTCOME_LATE, 1);
    cr_expect_eq(users()->latency[0].n, users()->started);
    cr_expect_float_eq(histogram_mean(&users()->latency[0]) * 1e-9, 1.5, 0.1);
    stage_close(&p.stage);
}

// ---- retries

Test(population, failed_attempts_are_repeated)
{
    make()->client.attempts = 4;
    p.status = ANSWER_ERROR;
    run();
    expect_all(OUTCOME_ERROR, 4);
    cr_expect_eq(p.n_requests, 4 * users()->started);
    stage_close(&p.stage);
}

enum { RETRIES = 4, BINS = 10 };
static const double longest_s[RETRIES] = {1, 2, 3, 3}; // base 1 s, doubled, capped at 3 s
static double last_s[MOST];           // of the request in each slot: its last attempt
static uint64_t waits[RETRIES][BINS]; // by share of the longest wait

static bool watch_waits(void *argument, const struct context *x, const struct event *e)
{
    struct payload_request q;
    (void)argument;
    if (e->kind == EV_REQUEST) {
        payload_get(e, struct payload_request, &q);
        uint32_t index = slots_index(q.call);
        int retry = users()->requests.items[index].attempt - 2;
        double wait_s = simtime_to_seconds(x->now) - last_s[index];
        last_s[index] = simtime_to_seconds(x->now);
        if (retry >= 0) {
            // Answered and sent on within some ms, or some 200 ms when a packet is lost.
            cr_assert(wait_s < longest_s[retry] + 0.5, "retry %d after %g s", retry, wait_s);
            int bin = (int)(wait_s / longest_s[retry] * BINS);
            waits[retry][bin < BINS ? bin : BINS - 1]++;
        }
        p.n_requests = 0; // not kept
    }
    return tap(NULL, x, e);
}

static void run_backoff(enum backoff_jitter jitter)
{
    struct population_spec *u = make();
    u->client.attempts = RETRIES + 1;
    u->client.backoff_base_s = 1;
    u->client.backoff_cap_s = 3;
    u->client.backoff_jitter = jitter;
    p.tiny.workload.duration_s = 1000;
    p.status = ANSWER_SHED;
    memset(waits, 0, sizeof waits);
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = watch_waits;
    stage_run(&p.stage, 2000);
    stage_close(&p.stage);
}

Test(population, backoff_doubles_up_to_the_cap)
{
    run_backoff(BACKOFF_NONE);
    for (int r = 0; r < RETRIES; r++)
        for (int b = 0; b < BINS; b++)
            cr_expect_eq(waits[r][b] > 0, b == BINS - 1, "retry %d, bin %d", r, b);
}

// Full jitter: uniform up to the wait without jitter (chi-square, level 1e-4).
Test(population, full_jitter)
{
    double shares[BINS];
    run_backoff(BACKOFF_FULL);
    for (int b = 0; b < BINS; b++)
        shares[b] = 1.0 / BINS;
    for (int r = 0; r < RETRIES; r++)
        cr_expect(stat_counts_agree("full jitter", waits[r], shares, BINS));
}

Test(population, no_retry_beyond_the_deadline)
{
    struct population_spec *u = make();
    u->client.attempts = 10;
    u->client.backoff_base_s = u->client.backoff_cap_s = 4;
    p.tiny.workload.classes[0].deadline_s = 10;
    p.status = ANSWER_ERROR;
    run();
    expect_all(OUTCOME_ERROR, 3); // at 0, 4 and 8 s
    stage_close(&p.stage);
}

Test(population, outcome_is_that_of_the_last_attempt)
{
    struct population_spec *u = make();
    u->client.attempts = 2;
    u->client.backoff_base_s = 0.01;
    p.answers_s = -1;
    run();
    expect_all(OUTCOME_TIMEOUT, 2);
    cr_expect_geq(p.n_resolved, 2 * users()->started - 200, "a silent connection is dropped");
    stage_close(&p.stage);
}

// ---- what is counted

Test(population, warm_up_is_simulated_but_not_counted)
{
    make();
    p.tiny.workload.warmup_s = 50;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, 1000);
    uint64_t ok = users()->outcomes[OUTCOME_OK];
    uint64_t late_windows = 0;
    for (size_t w = 5; w < 10; w++)
        late_windows += users()->series[w * SERIES_FIELDS + SERIES_STARTED];
    cr_expect_eq(ok, late_windows);
    cr_expect_eq(users()->latency[0].n, ok);
    cr_expect_eq(users()->served[0], ok);
    cr_expect_gt(users()->started, ok + 300);
    stage_close(&p.stage);
}

// ---- the balancer's part

Test(population, balancers_close_connections_too)
{
    make()->clients = 1;
    p.tiny.topology.balancer.idle_timeout_s = 0.1; // gaps are exponential, mean 0.1 s
    run();
    cr_expect(stat_share_agrees("idle", p.n_resolved, users()->started, exp(-1)));
    stage_close(&p.stage);
    make()->clients = 1;
    p.tiny.topology.balancer.keep_alive_s = 10;
    run();
    cr_expect(8 <= p.n_resolved && p.n_resolved <= 12, "%lu connections", p.n_resolved);
    stage_close(&p.stage);
    make()->clients = 1; // a network balancer closes idle ones only
    p.tiny.topology.balancer.keep_alive_s = 10;
    p.tiny.topology.balancer.kind = BALANCER_NETWORK;
    run();
    cr_expect_leq(p.n_resolved, 3);
    stage_close(&p.stage);
}

static struct {
    uint64_t n, n_flows, last;
} flows;

static bool watch_flows(void *argument, const struct context *x, const struct event *e)
{
    if (e->kind == EV_REQUEST) {
        const struct payload_request q = payload_of(e, payload_request);
        flows.n++;
        flows.n_flows += flows.n == 1 || request_flow(q.terms) != flows.last;
        flows.last = request_flow(q.terms);
        cr_assert_leq(request_flow(q.terms), (uint64_t)x->now);
    }
    return tap(argument, x, e);
}

static void run_flows(enum balancer_policy policy, enum answer_status status)
{
    memset(&flows, 0, sizeof flows);
    p.tiny.topology.balancer.kind = BALANCER_NETWORK;
    p.tiny.topology.balancer.policy = policy;
    p.status = (uint8_t)status;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = watch_flows;
    stage_run(&p.stage, 200);
}

// Requests say on which connection they come, when the balancer asks.
Test(population, requests_tell_their_connection)
{
    make()->clients = 1;
    p.tiny.populations[0].client.max_age_s = 10;
    run_flows(BALANCER_FLOW_HASH, ANSWER_OK);
    cr_expect_gt(flows.n, 800);
    cr_expect_eq(flows.n_flows, p.n_resolved, "one for each connection");
    stage_close(&p.stage);
    make()->clients = 1;
    run_flows(BALANCER_ROUND_ROBIN, ANSWER_OK);
    cr_expect_eq(flows.n_flows, 1);
    cr_expect_eq(flows.last, 0);
    stage_close(&p.stage);
}

// A refused connection is gone; an error is an answer on one that stays.
Test(population, refused_connections_are_dropped)
{
    make()->clients = 1;
    run_flows(BALANCER_FLOW_HASH, ANSWER_ERROR);
    cr_expect_leq(p.n_resolved, 3);
    stage_close(&p.stage);
    make()->clients = 1;
    run_flows(BALANCER_FLOW_HASH, ANSWER_REFUSED);
    cr_expect_gt(p.n_resolved, 3 * flows.n / 4, "but those that were sent before the refusal");
    stage_close(&p.stage);
}

// ---- giving up

static uint64_t n_cancelled, last_cancelled, last_asked;
static simtime deadline_told;

static bool watch_cancels(void *argument, const struct context *x, const struct event *e)
{
    if (e->kind == EV_CANCEL) {
        last_cancelled = event_token(e);
        n_cancelled++;
        return true;
    }
    if (e->kind == EV_REQUEST) {
        last_asked = event_token(e);
        deadline_told = request_deadline(payload_of(e, payload_request).terms, x->now);
    }
    return tap(argument, x, e);
}

static void run_cancelling(bool cancels, double answers_s)
{
    make()->client.cancels = cancels;
    p.tiny.populations[0].rate_rps = 0.02; // one by one
    p.tiny.populations[0].client.attempts = 2;
    p.tiny.populations[0].client.idle_timeout_s = 1e9;
    p.tiny.workload.duration_s = 5000;
    p.tiny.workload.classes[0].deadline_s = 4;
    p.answers_s = answers_s;
    n_cancelled = 0;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = watch_cancels;
    stage_run(&p.stage, 6000);
}

Test(population, attempts_that_are_given_up_are_cancelled)
{
    run_cancelling(true, -1); // both time out after 3 s
    cr_expect_gt(users()->started, 50);
    cr_expect_eq(n_cancelled, users()->attempts[0]);
    cr_expect_eq(last_cancelled, last_asked);
    stage_close(&p.stage);
    run_cancelling(true, 1);
    cr_expect_eq(n_cancelled, 0);
    stage_close(&p.stage);
    run_cancelling(false, -1);
    cr_expect_eq(n_cancelled, 0);
    stage_close(&p.stage);
}

// The lesser of the attempt's timeout and the deadline; nothing by default.
Test(population, deadlines_are_told_if_asked_for)
{
    run_cancelling(false, 1);
    cr_expect_eq(deadline_told, 0);
    stage_close(&p.stage);
    for (int k = 0; k < 2; k++) {
        make()->client.tells_deadline = true;
        p.tiny.workload.classes[0].deadline_s = k == 0 ? 2 : 4; // the timeout is 3 s
        p.tiny.populations[0].rate_rps = 0.1;
        stage_open(&p.stage, &p.tiny, 0);
        p.stage.tap = watch_cancels;
        stage_run(&p.stage, 200);
        double left_s = simtime_to_seconds(deadline_told) - p.request_s[p.n_requests - 1];
        cr_expect_float_eq(left_s, k == 0 ? 2 : 3, 0.05);
        stage_close(&p.stage);
    }
}
