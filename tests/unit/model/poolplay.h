// A pool with the test around it: it plays the balancer that asks and the replicas that are called.
#pragma once

#include <criterion/criterion.h>

#include "support/stage.h"
#include "support/stat.h"

enum { MOST = 5000, NONE = 255 };

struct answer {
    double at_s;
    uint8_t status;
};

struct play {
    struct stage stage;
    struct tiny tiny;
    uint64_t n;
    struct answer answer[MOST];
    // Calls as they were received by the stores.
    uint64_t n_calls;
    struct call_seen {
        double at_s;
        int store;
        uint8_t flags;
    } call[2 * MOST];
    // What the stores answer, and after how long; negative: never.
    double takes_s[2];
    uint8_t says[2];
};

static struct play p;

static inline double now_s(const struct context *x)
{
    return simtime_to_seconds(x->now);
}

static inline void store_answers(const struct context *x, const struct event *e)
{
    struct payload_request q;
    int store = x->model->lps[e->dst].object;
    payload_get(e, struct payload_request, &q);
    p.call[p.n_calls++] = (struct call_seen){now_s(x), store, q.flags};
    if (p.takes_s[store] < 0)
        return;
    struct payload_answer a = {.call = q.call, .status = p.says[store]};
    context_send(x, event_src(e), 1 + simtime_from_seconds(p.takes_s[store]),
                 x->model->lps[event_src(e)].reply_kind, &a, sizeof a);
}

static inline bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_STORE_REQUEST) {
        store_answers(x, e);
        return true;
    }
    if (e->kind != EV_TARGET_RESPONSE || event_src(e) != model_lp(x->model, LP_POOL, 0))
        return false;
    struct payload_answer a;
    payload_get(e, struct payload_answer, &a);
    cr_assert(a.call < p.n && p.answer[a.call].status == NONE);
    p.answer[a.call] = (struct answer){now_s(x), a.status};
    return true;
}

// One server, work 1 s, queue of 2, plenty in flight; two stores that answer at once, not yet
// called.
static inline struct service_spec *make(void)
{
    struct service_spec *s = &p.tiny.services[0];
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_add_store(&p.tiny, STORE_MULTI_LEADER);
    tiny_add_store(&p.tiny, STORE_MULTI_LEADER);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 1000;
    s->n_calls = 0;
    s->work = distribution_constant(1);
    s->queue = 2;
    p.n = p.n_calls = 0;
    for (int i = 0; i < 2; i++)
        p.takes_s[i] = 0, p.says[i] = ANSWER_OK;
    return s;
}

static inline struct call_spec *add_call(int store, int step)
{
    struct service_spec *s = &p.tiny.services[0];
    s->calls[s->n_calls] = (struct call_spec){
        .target = CALL_STORE, .index = store, .step = step, .probability = 1, .timeout_s = 5};
    return &s->calls[s->n_calls++];
}

static inline void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

static inline uint64_t ask_until(double at_s, double deadline_s)
{
    const uint64_t patience = deadline_s > 0
                                  ? request_patience(simtime_from_seconds(deadline_s - at_s))
                                  : 0;
    struct payload_request q = {.call = p.n, .terms = request_terms(0, patience)};
    p.answer[p.n].status = NONE;
    stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, 0), stage_lp(&p.stage, LP_POOL, 0), at_s,
                 EV_POOL_REQUEST, &q, sizeof q);
    return p.n++;
}

static inline void cancel(double at_s, uint64_t call)
{
    struct payload_token t = {call};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, 0), stage_lp(&p.stage, LP_POOL, 0), at_s,
                 EV_CANCEL, &t, sizeof t);
}

static inline uint64_t ask(double at_s, uint8_t flags)
{
    struct payload_request q = {.call = p.n, .flags = flags};
    p.answer[p.n].status = NONE;
    stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, 0), stage_lp(&p.stage, LP_POOL, 0), at_s,
                 EV_POOL_REQUEST, &q, sizeof q);
    return p.n++;
}

static inline void finish(double until_s)
{
    stage_run(&p.stage, until_s);
    cr_expect_eq(p.stage.world->pools[0].tasks.live, 0);
    stage_close(&p.stage);
}

static inline void expect_answer(uint64_t call, uint8_t status, double at_s)
{
    cr_expect_eq(p.answer[call].status, status, "request %lu: status %d", call,
                 p.answer[call].status);
    if (status != NONE)
        cr_expect_float_eq(p.answer[call].at_s, at_s, 1e-3, "request %lu: %g s", call,
                           p.answer[call].at_s);
}
