// Pins: calls of stores that are tried again, one by one: which answers are, how often and after
// which waits; all within the call's timeout; attempts that are given up, and whose answers come
// all the same; parallel calls and steps, each with its own attempts; the quota of tokens; probes,
// callers that wait no longer, cancelling and power losses in between. A call that is tried once
// has the events that it would have in any pool.
#include <math.h>

#include "base/base.h"
#include "unit/model/poolplay.h"

// What the stores do to their n-th call: an answer after a while, or none.
struct script {
    uint8_t status;
    double takes_s; // negative: never
};

static struct script script[2 * MOST];
static uint64_t n_script; // what comes then: the last of it

static void answer_by_script(const struct context *x, const struct event *e)
{
    const struct payload_request q = payload_of(e, payload_request);
    const struct script *s = &script[p.n_calls < n_script ? p.n_calls : n_script - 1];
    p.call[p.n_calls++] = (struct call_seen){now_s(x), x->model->lps[e->dst].object, q.flags};
    if (s->takes_s < 0)
        return;
    const struct payload_answer a = {.call = q.call, .status = s->status};
    context_send(x, event_src(e), 1 + simtime_from_seconds(s->takes_s),
                 x->model->lps[event_src(e)].reply_kind, &a, sizeof a);
}

static bool script_tap(void *argument, const struct context *x, const struct event *e)
{
    if (e->kind != EV_STORE_REQUEST)
        return tap(argument, x, e);
    answer_by_script(x, e);
    return true;
}

static void play(const struct script *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        script[i] = s[i];
    n_script = n;
    open();
    p.stage.tap = script_tap;
}

#define PLAY(...)                                                                                  \
    play((const struct script[]){__VA_ARGS__},                                                     \
         sizeof((const struct script[]){__VA_ARGS__}) / sizeof(struct script))

// A service without work whose calls of store 0 have so many attempts, and no backoff to speak of.
static struct call_spec *make_tried(int attempts)
{
    make()->work = distribution_constant(0);
    struct call_spec *c = add_call(0, 0);
    c->retry = (struct call_retry_spec){
        .attempts = attempts, .base_s = 1e-6, .throttled_base_s = 1e-6, .cap_s = 1e-6};
    return c;
}

// ---- which, and how often

Test(callretry, failures_are_tried_again_until_one_succeeds)
{
    static const uint8_t failures[] = {ANSWER_ERROR, ANSWER_SHED, ANSWER_REFUSED, ANSWER_THROTTLED};
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        make_tried(4);
        PLAY({failures[i], 0.5}, {failures[i], 0.5}, {ANSWER_OK, 0.5});
        ask(1, 0);
        finish(100);
        expect_answer(0, ANSWER_OK, 2.5);
        cr_expect_eq(p.n_calls, 3);
    }
}

Test(callretry, attempts_are_bounded)
{
    for (int attempts = 1; attempts <= 16; attempts++) {
        make_tried(attempts);
        PLAY({ANSWER_ERROR, 0.1});
        ask(1, 0);
        finish(100);
        expect_answer(0, ANSWER_ERROR, 1 + 0.1 * attempts);
        cr_expect_eq(p.n_calls, attempts);
    }
}

Test(callretry, conditions_and_successes_are_not)
{
    make_tried(4);
    PLAY({ANSWER_UNMET, 0.1}, {ANSWER_OK, 0.1});
    ask(1, 0);
    ask(2, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 1.1);
    expect_answer(1, ANSWER_OK, 2.1);
    cr_expect_eq(p.n_calls, 2);
}

Test(callretry, optional_call_may_fail_in_the_end)
{
    make_tried(3)->optional = true;
    PLAY({ANSWER_THROTTLED, 0.1});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 1.3);
    cr_expect_eq(p.n_calls, 3);
}

// ---- waits

static void expect_uniform(const char *id, const double *x, size_t n, double most)
{
    uint64_t counts[10] = {0};
    double shares[10];
    for (int i = 0; i < 10; i++)
        shares[i] = 0.1;
    for (size_t i = 0; i < n; i++) {
        cr_assert(x[i] >= 0 && x[i] < most, "%s: %g", id, x[i]);
        counts[(int)(10 * x[i] / most)]++;
    }
    cr_expect(stat_counts_agree(id, counts, shares, 10));
}

// Full jitter: the wait before attempt k + 1 is uniform up to min(cap, base x 2^(k - 1)).
// Chi-square at level 1e-4.
static void expect_waits(uint8_t status, double base_s)
{
    enum { N = 1000 };
    static double waits[3][N];
    struct call_spec *c = make_tried(4);
    p.tiny.workload.duration_s = 3000;
    c->retry.base_s = 0.1, c->retry.throttled_base_s = 0.15, c->retry.cap_s = 0.25;
    PLAY({status, 0});
    for (int i = 0; i < N; i++)
        ask(1 + i, 0);
    finish(2000);
    cr_assert_eq(p.n_calls, 4 * N); // of one request after the other
    for (int i = 0; i < 4 * N; i++)
        if (i % 4 > 0) // the way to the store and back takes 20 us each time
            waits[i % 4 - 1][i / 4] = fmax(p.call[i].at_s - p.call[i - 1].at_s - 2e-5, 0);
    expect_uniform("first wait", waits[0], N, base_s);
    expect_uniform("second wait", waits[1], N, fmin(2 * base_s, 0.25));
    expect_uniform("third wait", waits[2], N, 0.25);
}

Test(callretry, waits_are_uniform_and_grow)
{
    expect_waits(ANSWER_ERROR, 0.1);
    expect_waits(ANSWER_THROTTLED, 0.15);
}

// ---- the call's timeout

Test(callretry, timeout_covers_all_attempts_and_waits)
{
    make_tried(10)->timeout_s = 2;
    PLAY({ANSWER_ERROR, 0.8});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 3); // in the third
    cr_expect_eq(p.n_calls, 3);
    struct call_spec *c = make_tried(10); // in the backoff
    c->timeout_s = 2, c->retry.base_s = c->retry.cap_s = 1e6;
    PLAY({ANSWER_ERROR, 0.8});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 3);
    cr_expect_eq(p.n_calls, 1);
}

Test(callretry, attempts_without_answer_are_given_up)
{
    struct call_spec *c = make_tried(3);
    c->retry.attempt_timeout_s = 0.5;
    PLAY({0, -1}, {0, -1}, {ANSWER_OK, 0.2});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2.2);
    c = make_tried(3);
    c->retry.attempt_timeout_s = 0.5;
    PLAY({0, -1});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 2.5);
    cr_expect_eq(p.n_calls, 3);
    c = make_tried(3); // the call ends before
    c->retry.attempt_timeout_s = 0.5, c->timeout_s = 1.2;
    PLAY({0, -1});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 2.2);
    cr_expect_eq(p.n_calls, 3);
}

// The first attempt's answer comes while the third is under way: it is none of that one's.
Test(callretry, late_answers_are_ignored)
{
    struct call_spec *c = make_tried(3);
    c->retry.attempt_timeout_s = 0.5;
    PLAY({ANSWER_OK, 1.2}, {ANSWER_OK, 1.3}, {0, -1});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 2.5);
    c = make_tried(3); // while it waits
    c->retry.attempt_timeout_s = 0.5, c->retry.base_s = 1e-6;
    PLAY({ANSWER_OK, 1.2}, {ANSWER_ERROR, 1.3}, {ANSWER_OK, 0.4});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2.4);
}

// ---- several calls

Test(callretry, parallel_calls_are_tried_apart)
{
    struct call_spec *c = make_tried(3), *other = add_call(1, 0);
    other->retry = c->retry;
    other->retry.attempts = 2;
    PLAY({ANSWER_ERROR, 0.5}, {ANSWER_ERROR, 0.6}, {ANSWER_ERROR, 0.5}, {ANSWER_OK, 0.1},
         {ANSWER_OK, 0.7});
    ask(1, 0); // 0: 1.0 to 1.5, 1.5 to 2.0, 2.0 to 2.7; 1: 1.0 to 1.6, 1.6 to 1.7
    finish(100);
    expect_answer(0, ANSWER_OK, 2.7);
    cr_expect_eq(p.n_calls, 5);
    cr_expect_eq(p.call[2].store, 0);
    cr_expect_eq(p.call[3].store, 1);
    cr_expect_eq(p.call[4].store, 0);
}

Test(callretry, steps_begin_anew)
{
    struct call_spec *c = make_tried(2), *second = add_call(0, 1);
    second->retry = c->retry;
    PLAY({ANSWER_ERROR, 0.5}, {ANSWER_OK, 0.5}, {ANSWER_ERROR, 0.5}, {ANSWER_OK, 0.5});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 3);
    cr_expect_eq(p.n_calls, 4);
}

// A call that is tried once beside one that is tried again; its timeout, too.
Test(callretry, other_calls_are_as_ever)
{
    struct call_spec *c = make_tried(3), *other = add_call(1, 0);
    other->timeout_s = 0.8;
    c->timeout_s = 3;
    PLAY({ANSWER_ERROR, 0.5}, {ANSWER_ERROR, 0.1});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 1.1);
    c = make_tried(3), other = add_call(1, 0);
    other->timeout_s = 0.8, other->optional = true;
    PLAY({ANSWER_ERROR, 0.5}, {0, -1}, {ANSWER_OK, 0.6});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2.1);
    c = make_tried(3), other = add_call(1, 0);
    other->timeout_s = 0.8;
    PLAY({ANSWER_ERROR, 0.5}, {0, -1}, {ANSWER_OK, 0.6});
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 1.8);
}

// ---- the quota

// 100 tokens: retries of a throttled call take 5, so that 20 are made; then each success gives one.
Test(callretry, quota_bounds_retries)
{
    make_tried(2)->retry.quota = 100;
    PLAY({ANSWER_THROTTLED, 0.01});
    for (int i = 0; i < 100; i++)
        ask(1 + i, 0);
    finish(200);
    cr_expect_eq(p.n_calls, 120);
    make_tried(2)->retry.quota = 100; // others take 14
    PLAY({ANSWER_ERROR, 0.01});
    for (int i = 0; i < 100; i++)
        ask(1 + i, 0);
    finish(200);
    cr_expect_eq(p.n_calls, 107);
}

Test(callretry, quota_is_filled_by_successes)
{
    static struct script s[27];
    make_tried(2)->retry.quota = 14;
    s[0] = s[1] = (struct script){ANSWER_ERROR, 0.01}; // takes all
    for (int i = 2; i < 22; i++)                       // gives 20 to 14
        s[i] = (struct script){ANSWER_OK, 0.01};
    s[22] = (struct script){ANSWER_ERROR, 0.01}; // takes them, and gets them back
    s[23] = (struct script){ANSWER_OK, 0.01};
    s[24] = s[25] = (struct script){ANSWER_ERROR, 0.01}; // takes them for good
    s[26] = (struct script){ANSWER_ERROR, 0.01};         // none is left
    play(s, ARRAY_LEN(s));
    for (int i = 0; i < 24; i++)
        ask(1 + i, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 1.02);
    for (uint64_t i = 1; i <= 20; i++)
        expect_answer(i, ANSWER_OK, 1.01 + (double)i);
    expect_answer(21, ANSWER_OK, 22.02);
    expect_answer(22, ANSWER_ERROR, 23.02);
    expect_answer(23, ANSWER_ERROR, 24.01);
    cr_expect_eq(p.n_calls, 27);
}

// ---- what comes between

Test(callretry, deep_probes_try_again)
{
    make_tried(3);
    PLAY({ANSWER_ERROR, 0.1}, {ANSWER_OK, 0.1});
    ask(1, REQUEST_PROBE | REQUEST_DEEP);
    finish(100);
    expect_answer(0, ANSWER_OK, 1.2);
    cr_expect_eq(p.call[1].flags, REQUEST_PROBE | REQUEST_DEEP);
}

Test(callretry, none_for_a_caller_who_waits_no_longer)
{
    make_tried(5);
    PLAY({ANSWER_ERROR, 0.4});
    ask_until(1, 1.9);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 2.2);
    cr_expect_eq(p.n_calls, 3);
}

Test(callretry, cancelled_tasks_make_no_more_attempts)
{
    struct call_spec *c = make_tried(5);
    c->retry.base_s = c->retry.cap_s = 1e-3;
    p.tiny.populations[0].client.cancels = true;
    PLAY({ANSWER_ERROR, 0.4});
    ask(1, 0);
    cancel(2, 0);
    finish(100);
    expect_answer(0, NONE, 0);
    cr_expect_eq(p.n_calls, 3);
}

Test(callretry, power_loss_ends_them)
{
    make_tried(5);
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_ZONE;
    f->zone = "a";
    f->at_s = 2;
    f->duration = distribution_constant(1);
    PLAY({ANSWER_ERROR, 0.4}, {ANSWER_ERROR, 0.4}, {ANSWER_ERROR, 0.4}, {ANSWER_OK, 0.4});
    ask(1, 0);
    ask(10, 0); // in the same frame
    finish(100);
    expect_answer(0, NONE, 0);
    expect_answer(1, ANSWER_OK, 10.4);
    cr_expect_eq(p.n_calls, 4);
}

// Many at once, in frames that are used again and again: as many attempts as there must be.
Test(callretry, attempts_of_many_tasks)
{
    struct call_spec *c = make_tried(4);
    p.tiny.services[0].servers_per_zone = 100;
    p.tiny.services[0].queue = 1000;
    c->retry.attempt_timeout_s = 0.3;
    PLAY({0, -1});
    for (int i = 0; i < 2000; i++)
        ask(1 + 0.01 * i, 0);
    finish(200);
    for (uint64_t i = 0; i < 2000; i++)
        expect_answer(i, ANSWER_ERROR, 2.2 + 0.01 * (double)i);
    cr_expect_eq(p.n_calls, 8000);
}
