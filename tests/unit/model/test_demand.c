// Pins: sessions have the number of requests that their distribution says, in the mean and, between
// whole numbers, in shares; requests of a session come after thinking, sessions at the rate that
// makes up for their length; closed demand has each user ask once at a time, again after thinking,
// whatever the outcome; patience ends a request in every phase, and a session; who wants what, how
// long he thinks and waits is the same however long answers take. Shares and means at 4 standard
// deviations. The test plays resolvers and balancers.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

enum { SERIALS = 4000, VISITS = 64 };

struct seen {
    double begun_s, ended_s; // 0: not
    uint32_t client, item_word;
    uint8_t class_index;
};

static struct {
    struct stage stage;
    struct tiny tiny;
    double resolves_s, answers_s; // after how long; negative: never
    uint8_t status;
    uint64_t n_begun, n_serials;
    struct seen of[SERIALS][VISITS]; // [serial][done]
} p;

static struct population *users(void)
{
    return &p.stage.world->populations[0];
}

static struct seen *seen_of(uint64_t token)
{
    const struct visit *v = &users()->cold.items[slots_index(token)].visit;
    cr_assert(v->serial < SERIALS && v->done < VISITS);
    return &p.of[v->serial][v->done];
}

// A request has asked for the first time: who is it?
static void note(const struct context *x, uint64_t token)
{
    const struct request *r = &users()->requests.items[slots_index(token)];
    struct seen *s = seen_of(token);
    if (s->begun_s > 0)
        return;
    *s = (struct seen){simtime_to_seconds(r->started), 0, r->client, r->item_word, r->class_index};
    cr_assert(x->now >= r->started);
    p.n_begun++;
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_DNS_QUERY) {
        struct payload_dns d = payload_of(e, payload_dns);
        note(x, d.call);
        d.regions = d.zones = 1;
        if (p.resolves_s >= 0)
            context_send(x, event_src(e), 1 + simtime_from_seconds(p.resolves_s), EV_DNS_ANSWER, &d,
                         sizeof d);
        return true;
    }
    if (e->kind == EV_REQUEST) {
        struct payload_answer a = {.call = payload_of(e, payload_request).call, .status = p.status};
        note(x, a.call);
        if (p.answers_s >= 0)
            context_send(x, event_src(e), 1 + simtime_from_seconds(p.answers_s), EV_RESPONSE, &a,
                         sizeof a);
        return true;
    }
    if (e->kind == EV_RESPONSE && slots_is_live(&users()->requests, event_token(e)))
        seen_of(event_token(e))->ended_s = simtime_to_seconds(x->now);
    return false;
}

// 1000 users, answered at once, for 100 s.
static struct population_spec *make(enum demand_mode mode)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 100;
    struct population_spec *u = &p.tiny.populations[0];
    u->rate_rps = 30;
    u->clients = 1000;
    u->client.connect_timeout_s = 2;
    u->client.attempt_timeout_s = 3;
    u->client.dns_timeout_s = 5;
    u->client.backoff_base_s = u->client.backoff_cap_s = 2;
    u->demand.mode = mode;
    u->demand.requests = distribution_constant(3);
    u->demand.think = distribution_constant(2);
    return u;
}

static void run(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, p.tiny.workload.duration_s + 1000);
    cr_expect_eq(users()->requests.live, 0);
    cr_expect_eq(users()->started, users()->ended);
    cr_expect_eq(users()->started, p.n_begun);
    for (int i = 0; i < SERIALS; i++)
        p.n_serials += p.of[i][0].begun_s > 0;
}

static uint32_t n_visits(const struct seen *s, int first)
{
    uint32_t n = 0;
    while (first + (int)n < VISITS && s[first + (int)n].begun_s > 0)
        n++;
    return n;
}

static uint64_t n_of(enum outcome outcome)
{
    return users()->outcomes[outcome];
}

// ---- sessions

// After each answer but the last the user thinks, and nothing else takes any time.
static void expect_thinking(const struct seen *s, int first, double think_s)
{
    for (uint32_t i = 1; i < n_visits(s, first); i++) {
        const struct seen *now = &s[first + (int)i], *before = now - 1;
        cr_assert_float_eq(now->begun_s - before->ended_s, think_s, 1e-6);
        cr_assert_eq(now->client, before->client);
    }
}

Test(demand, sessions)
{
    make(DEMAND_SESSIONS);
    run();
    for (int i = 0; i < SERIALS; i++) {
        if (p.of[i][0].begun_s == 0)
            continue;
        uint32_t n = n_visits(p.of[i], 0);
        cr_assert(n == 3 || p.of[i][0].begun_s > 95, "session %d has %u requests", i, n);
        expect_thinking(p.of[i], 0, 2);
    }
    // 30 requests a second are 10 sessions: Poisson with mean 1000.
    cr_expect_float_eq((double)p.n_serials, 1000, 4 * sqrt(1000));
    stage_close(&p.stage);
}

static uint64_t n_sessions_of(uint32_t n)
{
    uint64_t sessions = 0;
    for (int i = 0; i < SERIALS; i++)
        sessions += p.of[i][0].begun_s > 0 && n_visits(p.of[i], 0) == n;
    return sessions;
}

Test(demand, between_two_whole_numbers_of_requests)
{
    struct population_spec *u = make(DEMAND_SESSIONS);
    u->demand.requests = distribution_constant(2.25);
    u->demand.think = distribution_constant(1e-3);
    run();
    cr_expect(stat_share_agrees("three", n_sessions_of(3), p.n_serials, 0.25));
    cr_expect_eq(n_sessions_of(2) + n_sessions_of(3), p.n_serials);
    stage_close(&p.stage);
}

// Exponential with mean 2: in 39 % of the sessions less than 1, which counts as 1.
Test(demand, the_rate_is_that_of_requests)
{
    struct population_spec *u = make(DEMAND_SESSIONS);
    u->demand.requests = tiny_exponential(2);
    u->demand.think = distribution_constant(1e-3);
    run();
    // max(1, X) has mean 2 + 2 / sqrt(e) - 1 and second moment 12 / sqrt(e) + 1 - 1 / sqrt(e) ...
    double one = exp(-0.5), mean = 1 + 2 * one, square = (1 - one) + one * (1 + 4 + 8);
    double sessions = 30 * 100 / mean; // a compound Poisson sum; rounding adds 1/4 at most
    cr_expect_float_eq((double)p.n_begun, 3000, 4 * sqrt(sessions * (square + 0.25)));
    cr_expect_float_eq((double)p.n_serials, sessions, 4 * sqrt(sessions));
    stage_close(&p.stage);
}

// ---- closed

Test(demand, closed)
{
    struct population_spec *u = make(DEMAND_CLOSED);
    u->clients = 300;
    u->demand.think = distribution_constant(10);
    p.answers_s = 1;
    uint64_t tenths[10] = {0};
    double shares[10];
    run();
    for (int i = 0; i < 300; i++) {
        double first_s = p.of[i][1].begun_s;
        cr_assert(first_s > 0 && first_s <= 10.001);
        cr_assert_eq(p.of[i][1].client, (uint32_t)i);
        tenths[(int)fmin(first_s, 9.99)]++;
        expect_thinking(p.of[i], 1, 10);
    }
    for (int k = 0; k < 10; k++)
        shares[k] = 0.1;
    cr_expect(stat_counts_agree("first requests", tenths, shares, 10));
    // N / (R + Z), each round trip beginning anywhere within the run.
    cr_expect_float_eq((double)p.n_begun, 300 * 100 / 11.0, 300);
    stage_close(&p.stage);
}

Test(demand, closed_goes_on_after_a_failure)
{
    struct population_spec *u = make(DEMAND_CLOSED);
    u->clients = 10;
    p.status = ANSWER_ERROR;
    run();
    cr_expect_eq(n_of(OUTCOME_ERROR), users()->started);
    for (int i = 0; i < 10; i++)
        cr_expect_gt(n_visits(p.of[i], 1), 40);
    stage_close(&p.stage);
}

// ---- patience

static void expect_abandoned(void)
{
    run();
    cr_expect_gt(users()->started, 2500);
    cr_expect_eq(n_of(OUTCOME_ABANDONED), users()->started);
    cr_expect_eq(users()->latency[0].n, 0);
    stage_close(&p.stage);
}

// While the name is resolved, while an answer is waited for, between two tries.
Test(demand, patience_ends_in_every_phase)
{
    make(DEMAND_OPEN)->demand.patience = distribution_constant(1);
    p.resolves_s = -1;
    expect_abandoned();
    make(DEMAND_OPEN)->demand.patience = distribution_constant(1);
    p.answers_s = -1;
    expect_abandoned();
    struct population_spec *u = make(DEMAND_OPEN);
    u->demand.patience = distribution_constant(1);
    u->client.attempts = 3; // the second would come after 2 s
    p.status = ANSWER_ERROR;
    expect_abandoned();
}

Test(demand, who_is_answered_in_time_does_not_abandon)
{
    make(DEMAND_OPEN)->demand.patience = tiny_exponential(1);
    p.answers_s = 0.5;
    run();
    uint64_t n = users()->started;
    cr_expect_eq(n_of(OUTCOME_OK) + n_of(OUTCOME_ABANDONED), n);
    // Round trips: of 2 ms to the user, before that of 1 ms and more to the resolver and TLS.
    cr_expect_float_eq((double)n_of(OUTCOME_ABANDONED) / (double)n, 1 - exp(-0.5),
                       4 * 0.5 / sqrt((double)n) + 0.01);
    stage_close(&p.stage);
}

Test(demand, who_abandons_leaves)
{
    make(DEMAND_SESSIONS)->demand.patience = distribution_constant(1);
    p.answers_s = -1;
    run();
    cr_expect_eq(users()->started, p.n_serials); // no second requests
    cr_expect_eq(n_of(OUTCOME_ABANDONED), users()->started);
    stage_close(&p.stage);
    struct population_spec *u = make(DEMAND_CLOSED); // with closed demand he has nowhere to go
    u->demand.patience = distribution_constant(1);
    u->clients = 10;
    p.answers_s = -1;
    run();
    for (int i = 0; i < 10; i++)
        cr_expect_gt(n_visits(p.of[i], 1), 30); // 1 s + 2 s
    stage_close(&p.stage);
}

// ---- common random numbers

static struct seen fast[SERIALS][VISITS];

// Runs once with answers that take no time and once with slow ones: whatever happens in both runs
// is the same.
static void expect_the_same_wishes(enum demand_mode mode, int first)
{
    for (int slow = 0; slow < 2; slow++) {
        struct population_spec *u = make(mode);
        u->clients = 200;
        u->demand.requests = tiny_exponential(4);
        u->demand.think = tiny_exponential(3);
        u->mix[1] = 1;
        p.tiny.workload.n_classes = 2;
        p.tiny.workload.classes[1] = p.tiny.workload.classes[0];
        p.answers_s = slow * 0.7;
        run();
        stage_close(&p.stage);
        if (slow == 0)
            memcpy(fast, p.of, sizeof fast);
    }
    uint64_t n = 0, n_writes = 0;
    for (int i = 0; i < SERIALS; i++)
        for (int k = first; k < VISITS && fast[i][k].begun_s > 0 && p.of[i][k].begun_s > 0; k++) {
            const struct seen *a = &fast[i][k], *b = &p.of[i][k];
            cr_assert(a->client == b->client && a->item_word == b->item_word &&
                      a->class_index == b->class_index);
            n++, n_writes += a->class_index;
            if (k > first)
                cr_assert_float_eq(a->begun_s - a[-1].ended_s, b->begun_s - b[-1].ended_s, 1e-6);
            else
                cr_assert_float_eq(a->begun_s, b->begun_s, 1e-9);
        }
    cr_expect_gt(n, 2000);
    cr_expect(stat_share_agrees("second class", n_writes, n, 0.5));
}

Test(demand, users_want_the_same_of_every_design)
{
    expect_the_same_wishes(DEMAND_SESSIONS, 0);
    expect_the_same_wishes(DEMAND_CLOSED, 1);
}
