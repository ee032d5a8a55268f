// Pins: users, request by request: arrivals follow the diurnal curve (chi-square, level 1e-4) and
// classes their mix; connections are kept, idle and age out; what each failure becomes; retries,
// their number, waits and bounds; a late answer is late; nothing is lost from the books. The test
// plays resolvers and balancers.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

enum { MOST = 20000 };

static struct {
    struct stage stage;
    struct tiny tiny;
    // What the others do, after how long; negative: never.
    double resolves_s, answers_s;
    uint8_t region, status; // in the DNS answer, in the answer
    uint16_t regions;       // in the DNS answer, if there are several
    // What was seen.
    uint64_t n_resolved, n_requests;
    double request_s[MOST];
    uint8_t node[MOST];
} p;

static void answer(const struct context *x, const struct event *e, double after_s, uint16_t kind)
{
    struct payload_request q;
    payload_get(e, struct payload_request, &q);
    struct payload_answer a = {.call = q.call,
                               .status = kind == EV_RESPONSE ? p.status : ANSWER_OK};
    if (after_s >= 0)
        context_send(x, event_src(e), 1 + simtime_from_seconds(after_s), kind, &a, sizeof a);
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    struct payload_dns d;
    struct payload_request q;
    (void)argument;
    switch (e->kind) {
    case EV_DNS_QUERY:
        payload_get(e, struct payload_dns, &d);
        d.regions = (uint16_t)(p.region == NO_REGION ? 0 : 1u << p.region);
        d.regions |= p.regions;
        d.zones = 5; // nodes in zones a and c
        p.n_resolved++;
        if (p.resolves_s >= 0)
            context_send(x, event_src(e), 1 + simtime_from_seconds(p.resolves_s), EV_DNS_ANSWER, &d,
                         sizeof d);
        return true;
    case EV_REQUEST:
        payload_get(e, struct payload_request, &q);
        cr_assert_lt(p.n_requests, MOST);
        p.node[p.n_requests] = q.zone;
        p.request_s[p.n_requests++] = simtime_to_seconds(x->now);
        answer(x, e, p.answers_s, EV_RESPONSE);
        return true;
    default:
        return false;
    }
}

// Ten requests a second by 1000 users for 100 s, all of which is answered at once.
static struct population_spec *make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_set_zones(&p.tiny, 3);
    p.tiny.workload.duration_s = 100;
    struct population_spec *u = &p.tiny.populations[0];
    u->rate_rps = 10;
    u->clients = 1000;
    u->client.connect_timeout_s = 2;
    u->client.attempt_timeout_s = 3;
    u->client.dns_timeout_s = 5;
    u->client.backoff_cap_s = 20;
    return u;
}

static const struct population *users(void)
{
    return &p.stage.world->populations[0];
}

// Runs to the end of demand and beyond, so that nothing is in flight.
static void run(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, p.tiny.workload.duration_s + 1000);
    uint64_t sum = 0, started = 0;
    for (int o = 0; o < OUTCOMES; o++)
        for (int c = 0; c < p.tiny.workload.n_classes; c++)
            sum += users()->outcomes[c * OUTCOMES + o];
    for (size_t w = 0; w < p.stage.model->n_windows; w++)
        started += users()->series[w * SERIES_FIELDS + SERIES_STARTED];
    cr_expect_eq(users()->requests.live, 0);
    cr_expect_eq(users()->started, users()->ended);
    cr_expect_eq(users()->started, sum);
    cr_expect_eq(users()->started, started);
}

// All but those of which a packet was lost, 1 in 10,000: of some 3,000 more than 6 are with 1e-7.
static void expect_all(enum outcome outcome, double attempts)
{
    cr_expect_gt(users()->started, 800);
    cr_expect_geq(users()->outcomes[outcome] + 6, users()->started, "%lu of %lu are '%s'",
                  users()->outcomes[outcome], users()->started, outcome_name(outcome));
    cr_expect_eq(users()->attempts[0], (uint64_t)(attempts * (double)users()->started));
}

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

// ---- connections

Test(population, users_keep_their_connection)
{
    make()->clients = 50;
    run();
    expect_all(OUTCOME_OK, 1);
    cr_expect_eq(p.n_resolved, 50);
    stage_close(&p.stage);
    make()->clients = 50;
    p.tiny.populations[0].client.idle_timeout_s = 0;
    run();
    cr_expect_eq(p.n_resolved, users()->started);
    stage_close(&p.stage);
}

Test(population, connections_idle_and_age_out)
{
    struct population_spec *u = make();
    u->clients = 1;
    u->client.max_age_s = 10;
    run();
    // Each lives for 10 s, and the next comes with the first request after that; more when two at
    // once are made.
    cr_expect(8 <= p.n_resolved && p.n_resolved <= 12, "%lu connections", p.n_resolved);
    stage_close(&p.stage);
    make()->clients = 1;
    p.tiny.populations[0].client.idle_timeout_s = 0.1; // gaps are exponential, mean 0.1 s
    run();
    cr_expect(stat_share_agrees("idle", p.n_resolved, users()->started, exp(-1)));
    stage_close(&p.stage);
}

// Nodes of the answer's zones in equal shares.
Test(population, nodes_are_taken_in_equal_shares)
{
    make()->client.idle_timeout_s = 0;
    uint64_t counts[3] = {0};
    double shares[3] = {0.5, 0, 0.5};
    run();
    for (uint64_t i = 0; i < p.n_requests; i++)
        counts[p.node[i]]++;
    cr_expect(stat_counts_agree("nodes", counts, shares, 3));
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

// Round trips of `rtt_s` to the only region.
static void move_away(double rtt_s)
{
    struct network_spec *n = &p.tiny.topology.network;
    tiny_move(&p.tiny, 0, 0, 0);
    p.tiny.facts[0].longitude_deg = 40; // 4448 km away
    n->internet_stretch = rtt_s * n->fibre_km_per_s / (2 * 4448);
}

// A connection takes a round trip, TLS another; the answer's time counts from the former.
Test(population, slow_connections)
{
    make();
    move_away(2.01); // timeout 2 s
    run();
    expect_all(OUTCOME_TIMEOUT, 1);
    cr_expect_eq(p.n_requests, 0);
    stage_close(&p.stage);
    make();
    p.answers_s = 0.05; // 1.9 s, then 1.9 s + 0.95 s + 0.05 s of the 3 s
    p.tiny.workload.duration_s = 10;
    p.tiny.populations[0].rate_rps = 100;
    move_away(1.9);
    run();
    expect_all(OUTCOME_OK, 1);
    stage_close(&p.stage);
    make();
    p.answers_s = 0.25;
    p.tiny.populations[0].client.idle_timeout_s = 0;
    move_away(1.9);
    run();
    expect_all(OUTCOME_TIMEOUT, 1);
    stage_close(&p.stage);
}

Test(population, node_without_power_does_not_answer)
{
    make();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->at_s = 50;
    f->duration = distribution_constant(1e6);
    p.tiny.populations[0].client.idle_timeout_s = 0; // every request needs a connection
    run();
    cr_expect_gt(p.n_requests, 400);
    cr_expect_leq(p.request_s[p.n_requests - 1], 50.1);
    cr_expect_eq(users()->outcomes[OUTCOME_OK], p.n_requests);
    cr_expect_eq(users()->outcomes[OUTCOME_TIMEOUT], users()->started - p.n_requests);
    stage_close(&p.stage);
}

// Answers have two addresses, of which one is dead; every request needs a connection.
static void make_half_dead(void)
{
    make();
    tiny_add_region(&p.tiny, "us-west-2", 1);
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->duration = distribution_constant(1e6);
    p.regions = 3;
    p.tiny.populations[0].client.idle_timeout_s = 0;
}

// Of several addresses in an answer one is taken; when it does not answer, the other one is tried
// after the connect timeout, within the same attempt.
Test(population, the_next_address_is_tried)
{
    make_half_dead();
    p.tiny.workload.classes[0].deadline_s = 10;
    run();
    expect_all(OUTCOME_OK, 1);
    uint64_t n = users()->started;
    double mean_s = (double)users()->latency[0].sum * 1e-9 / (double)n;
    // Half of them meet the dead region first: 2 s. 4 standard deviations of n / 2.
    cr_expect_float_eq(mean_s, 1.0, 4 * 1.0 / sqrt((double)n) + 0.1);
    stage_close(&p.stage);
}

// But not beyond the deadline: nobody waits any more.
Test(population, no_next_address_beyond_the_deadline)
{
    make_half_dead();
    p.tiny.workload.classes[0].deadline_s = 1.5; // the connect timeout is 2 s
    run();
    const uint64_t *o = users()->outcomes, n = users()->started;
    cr_expect_eq(o[OUTCOME_OK] + o[OUTCOME_TIMEOUT], n);
    // Half of them: 4 standard deviations.
    cr_expect_float_eq((double)o[OUTCOME_OK], (double)n / 2, 4 * 0.5 * sqrt((double)n));
    stage_close(&p.stage);
}

// The second of two requests at a time does not find the connection that the first is opening, and
// what the first makes of it stays.
Test(population, connections_that_are_being_opened)
{
    make()->clients = 1;
    p.tiny.workload.duration_s = 10;
    p.resolves_s = 0.5;
    p.tiny.populations[0].client.attempts = 1;
    move_away(1);
    run();
    cr_expect_eq(users()->outcomes[OUTCOME_OK], users()->started);
    cr_expect(p.n_resolved > 5 && p.n_resolved < 40, "%lu of about 100 resolved", p.n_resolved);
    stage_close(&p.stage);
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
