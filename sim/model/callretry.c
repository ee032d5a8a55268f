#include "model/callretry.h"

#include <math.h>

#include "model/context.h"
#include "model/poolsessions.h"

// Tokens that a retry takes: AWS SDKs and Tools Reference Guide, 'Retry quota'.
enum { CALLRETRY_TRANSIENT_COST = 14, CALLRETRY_THROTTLED_COST = 5 };

// Why an attempt has failed, beside the answers that say so.
enum { CALLRETRY_TIMEOUT = 255 };

// An attempt at a call of a task.
struct callretry_attempt {
    uint32_t index; // of the task
    int call;
    uint8_t number;
};

// ---- which attempt

static uint64_t callretry_token(const struct pool *p, const struct callretry_attempt *a)
{
    const uint64_t task = slots_token(&p->tasks, a->index);
    return (task ^ (uint64_t)a->number << CALLRETRY_ATTEMPT_SHIFT) | (uint64_t)a->call
                                                                         << POOL_CALL_SHIFT;
}

static bool callretry_is_tried(const struct pool *p, int call)
{
    return p->retry->calls_tried >> call & 1;
}

static struct callretry_state *callretry_state(struct pool *p, uint32_t index)
{
    const struct task *t = &p->tasks.items[index];
    while (p->retry->states.n < p->tasks.n)
        (void)array_push_zero(&p->retry->states);
    struct callretry_state *s = &p->retry->states.items[index];
    if (s->generation != t->generation || s->next != t->next)
        *s = (struct callretry_state){.generation = t->generation, .next = t->next};
    return s;
}

// The attempt that a token names, if the task still waits for its call; not if it has been given
// up.
static bool callretry_find(struct pool *p, uint64_t token, struct callretry_attempt *a)
{
    a->index = slots_index(pool_task_of(token));
    a->call = (int)(token >> POOL_CALL_SHIFT & POOL_CALL_BITS);
    const struct task *t = &p->tasks.items[a->index];
    const uint64_t differs = (token >> 32 ^ t->generation) << 32;
    a->number = (uint8_t)(differs >> CALLRETRY_ATTEMPT_SHIFT);
    if (differs << (64 - CALLRETRY_ATTEMPT_SHIFT) != 0 || !slots_is_taken(&p->tasks, a->index))
        return false;
    return (t->pending >> a->call & 1) &&
           callretry_state(p, a->index)->attempts[a->call] == a->number;
}

static bool callretry_waits(struct pool *p, const struct callretry_attempt *a)
{
    return callretry_state(p, a->index)->waiting >> a->call & 1;
}

static simtime callretry_due(struct pool *p, uint32_t index, int call)
{
    const bool is_first = callretry_is_tried(p, call) &&
                          callretry_state(p, index)->attempts[call] == 0;
    return p->tasks.items[index].asked +
           (is_first ? p->retry->calls[call].attempt_timeout : p->calls[call].timeout);
}

static simtime callretry_end(const struct pool *p, const struct callretry_attempt *a)
{
    return p->tasks.items[a->index].asked + p->calls[a->call].timeout;
}

// ---- trying again

// As pool_make_call; stores do not look at connections, nor at how long somebody waits.
static void callretry_send(const struct context *x, struct pool *p,
                           const struct callretry_attempt *a)
{
    const struct pool_call *c = &p->calls[a->call];
    const struct task *t = &p->tasks.items[a->index];
    const struct payload_request q = {
        .call = callretry_token(p, a),
        .item_word = t->item_word,
        .class_index = t->class_index,
        .flags = (uint8_t)((t->flags & c->kept_flags) | c->added_flags),
        .zone = c->zone};
    const struct pool_way *way = pool_way_of(c, q.flags);
    const simtime delay = context_path_delay(x, way->path, &p->network,
                                             context_request_size(x, q.class_index, q.flags));
    if (UNLIKELY(t->flags & REQUEST_OWN))
        poolsessions_tell_callee(x, p, a->index, &(struct session_message){way->callee, q.call},
                                 delay);
    context_send(x, way->callee, delay, way->kind, &q, sizeof q);
}

static void callretry_send_later(const struct context *x, struct pool *p,
                                 const struct callretry_attempt *a, simtime wait)
{
    const struct payload_token again = {callretry_token(p, a)};
    if (x->now + wait < callretry_end(p, a)) // else the call ends before
        context_send(x, x->lp, wait, EV_TRY_AGAIN, &again, sizeof again);
}

// An attempt has failed, by an answer or by CALLRETRY_TIMEOUT.
static void callretry_fail(const struct context *x, struct pool *p, struct callretry_attempt *a,
                           uint8_t status)
{
    const struct callretry_call *c = &p->retry->calls[a->call];
    const bool is_throttled = status == ANSWER_THROTTLED;
    const struct retry_plan *plan = is_throttled ? &c->throttled : &c->transient;
    struct callretry_state *s = callretry_state(p, a->index);
    if (status == ANSWER_UNMET || ++a->number >= plan->attempts ||
        !retry_take(plan, &c->quota, 0, !is_throttled, &s->taken[a->call])) {
        pool_conclude(x, p, a->index, a->call, false);
        return;
    }
    s->attempts[a->call] = a->number;
    s->waiting |= (uint8_t)(1u << a->call);
    callretry_send_later(x, p, a, retry_wait(plan, a->number, 0, &p->retry->waits));
}

void callretry_on_answer(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_answer answer = payload_of(e, payload_answer);
    struct callretry_attempt a;
    if (!callretry_is_tried(p, (int)(answer.call >> POOL_CALL_SHIFT & POOL_CALL_BITS))) {
        pool_on_call_response(x, p, e);
        return;
    }
    if (!callretry_find(p, answer.call, &a) || callretry_waits(p, &a))
        return;
    if (answer.status != ANSWER_OK) {
        callretry_fail(x, p, &a, answer.status);
        return;
    }
    const struct callretry_call *c = &p->retry->calls[a.call];
    retry_on_success(&c->transient, &c->quota, 0,
                     a.number > 0 ? callretry_state(p, a.index)->taken[a.call] : 0);
    if (UNLIKELY(p->tasks.items[a.index].flags & REQUEST_OWN))
        poolsessions_learn(x, p, a.index, e);
    pool_conclude(x, p, a.index, a.call, true);
}

// Backoff is over, or the attempt that followed may have taken too long.
void callretry_on_again(const struct context *x, struct pool *p, const struct event *e)
{
    struct callretry_attempt a;
    if (!callretry_find(p, event_token(e), &a))
        return;
    const simtime deadline = p->tasks.items[a.index].deadline;
    if (!callretry_waits(p, &a)) {
        callretry_fail(x, p, &a, CALLRETRY_TIMEOUT);
    } else if (deadline != 0 && x->now >= deadline) { // nobody waits for it any more
        pool_conclude(x, p, a.index, a.call, false);
    } else {
        callretry_state(p, a.index)->waiting &= (uint8_t) ~(1u << a.call);
        callretry_send(x, p, &a);
        callretry_send_later(x, p, &a, p->retry->calls[a.call].attempt_timeout);
    }
}

// ---- timeouts

// The first of the calls that is due, or -1.
static int callretry_first_due(const struct context *x, struct pool *p, uint32_t index)
{
    for (uint32_t left = p->tasks.items[index].pending; left != 0; left &= left - 1)
        if (callretry_due(p, index, __builtin_ctz(left)) <= x->now)
            return __builtin_ctz(left);
    return -1;
}

// Wakes a task again when the first of its calls is due.
static void callretry_sleep_on(const struct context *x, struct pool *p, uint64_t token)
{
    const uint32_t index = slots_index(token);
    simtime first = SIMTIME_NEVER;
    for (uint32_t left = p->tasks.items[index].pending; left != 0; left &= left - 1)
        first = simtime_least(first, callretry_due(p, index, __builtin_ctz(left)));
    const struct payload_token again = {token};
    context_send(x, x->lp, first - x->now, EV_TRY_TIMEOUT, &again, sizeof again);
}

void callretry_on_timeout(const struct context *x, struct pool *p, const struct event *e)
{
    const uint64_t token = event_token(e);
    if (!slots_is_live(&p->tasks, token))
        return;
    struct callretry_attempt a = {.index = slots_index(token)};
    p->tasks.items[a.index].timer = 0;
    while ((a.call = callretry_first_due(x, p, a.index)) >= 0) {
        if (callretry_end(p, &a) <= x->now) {
            pool_conclude(x, p, a.index, a.call, false);
        } else {
            a.number = 0;
            callretry_fail(x, p, &a, CALLRETRY_TIMEOUT);
        }
        if (!slots_is_live(&p->tasks, token) || p->tasks.items[a.index].timer != 0)
            return; // answered, or on to another step with a timer of its own
    }
    callretry_sleep_on(x, p, token);
}

// ---- life

bool callretry_is_used(const struct service_spec *service)
{
    bool is_used = false;
    for (int i = 0; i < service->n_calls; i++)
        is_used |= service->calls[i].retry.attempts > 1;
    return is_used;
}

static struct retry_plan callretry_plan(const struct call_retry_spec *s, double base_s,
                                        double scale)
{
    const double most = s->quota > 0 ? fmax(s->quota * scale, CALLRETRY_TRANSIENT_COST) : 0;
    return (struct retry_plan){.attempts = (uint32_t)s->attempts,
                               .is_growing = true,
                               .jitter = BACKOFF_FULL,
                               .base = simtime_from_seconds(base_s),
                               .cap = simtime_from_seconds(s->cap_s),
                               .capacity = (int32_t)lround(1000 * most),
                               .cost = 1000 * CALLRETRY_THROTTLED_COST,
                               .timeout_cost = 1000 * CALLRETRY_TRANSIENT_COST,
                               .per_success = 1000,
                               .is_refunded = true,
                               .n_buckets = 1};
}

simtime callretry_compile(struct world *w, struct pool *p, int call, const struct call_spec *spec)
{
    const struct call_retry_spec *s = &spec->retry;
    const double scale = w->model->options.scale;
    if (s->attempts <= 1)
        return p->calls[call].timeout;
    if (p->retry == NULL) {
        const char *name = w->model->lps[model_lp(w->model, LP_POOL, p->index)].name;
        p->retry = arena_push(&w->arena, struct callretry, 1);
        p->retry->waits = stream_open(w->seed, w->replication, name, "call retries");
    }
    struct callretry_call *c = &p->retry->calls[call];
    p->retry->calls_tried |= (uint8_t)(1u << call);
    c->transient = callretry_plan(s, s->base_s, scale);
    c->throttled = callretry_plan(s, s->throttled_base_s, scale);
    c->quota = retry_open(&c->transient, &w->arena);
    c->attempt_timeout = p->calls[call].timeout;
    if (s->attempt_timeout_s > 0)
        c->attempt_timeout = simtime_least(c->attempt_timeout,
                                           simtime_from_seconds(s->attempt_timeout_s));
    return c->attempt_timeout;
}

void callretry_close(struct pool *p)
{
    if (p->retry != NULL)
        array_free(&p->retry->states);
}
