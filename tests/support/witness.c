#include "witness.h"

#include <string.h>

#include "base/base.h"

void witness_open(struct witness *w, const struct stage *s)
{
    memset(w, 0, sizeof *w);
    REQUIRE(s->model->count[LP_POPULATION] <= WITNESS_POPULATIONS, "%u populations",
            s->model->count[LP_POPULATION]);
    for (uint32_t i = 0; i < s->model->n_users; i++)
        array_push_zero(&w->users);
}

void witness_close(struct witness *w)
{
    history_free(&w->history);
    array_free(&w->users);
}

static struct witness_attempt *witness_attempt(struct witness *w, const struct context *x,
                                               uint32_t population, uint64_t call)
{
    const uint32_t frame = slots_index(call);
    REQUIRE(frame < WITNESS_FRAMES, "frame %u", frame);
    return &w->attempts[x->model->lps[population].index][frame];
}

// A balancer gets it.
static void witness_note_attempt(struct witness *w, const struct context *x, const struct event *e)
{
    const struct payload_request q = payload_of(e, payload_request);
    const uint32_t from = event_src(e);
    if (x->model->lps[from].kind == LP_POPULATION && (q.flags & REQUEST_OWN))
        *witness_attempt(w, x, from, q.call) = (struct witness_attempt){.call = q.call,
                                                                        .asked = x->now};
}

// A pool gets a replica's answer: whose attempt is it for?
static void witness_note_version(struct witness *w, const struct context *x, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    const struct pool *pool = x->world->lps[e->dst];
    const uint64_t task = pool_task_of(a.call);
    if (!slots_is_live(&pool->tasks, task))
        return;
    const struct task *t = &pool->tasks.items[slots_index(task)];
    const struct balancer *b = x->world->lps[t->caller];
    if (!slots_is_live(&b->forwards, t->call) || !(t->flags & REQUEST_OWN))
        return;
    const struct forward *f = &b->forwards.items[slots_index(t->call)];
    struct witness_attempt *attempt = witness_attempt(w, x, f->caller, f->call);
    if (attempt->call == f->call)
        attempt->version = w->version;
}

static void witness_add(struct witness *w, const struct context *x,
                        const struct witness_attempt *attempt, const struct request *r)
{
    const uint32_t user = r->item_word;
    struct session_mark *known = &w->users.items[user];
    const bool is_write = x->model->classes[r->class_index].flags & REQUEST_WRITE;
    const struct history_operation o = {.value = attempt->version,
                                        .invoked = attempt->asked,
                                        .returned = x->now,
                                        .key = user,
                                        .process = user,
                                        .kind = is_write ? HISTORY_WRITE : HISTORY_READ,
                                        .ok = true};
    history_add(&w->history, &o);
    w->n_told[is_write]++;
    w->n_ryw += !is_write && o.value < known->written;
    w->n_monotonic += !is_write && o.value < known->read;
    uint64_t *newest = is_write ? &known->written : &known->read;
    *newest = o.value > *newest ? o.value : *newest;
}

// A population gets an answer.
static void witness_note_answer(struct witness *w, const struct context *x, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    const struct population *p = x->world->lps[e->dst];
    if (!slots_is_live(&p->requests, a.call) || a.status != ANSWER_OK)
        return;
    const struct witness_attempt *attempt = witness_attempt(w, x, e->dst, a.call);
    const struct request *r = &p->requests.items[slots_index(a.call)];
    if (attempt->call == a.call && (x->model->classes[r->class_index].flags & REQUEST_OWN))
        witness_add(w, x, attempt, r);
}

bool witness_tap(void *argument, const struct context *x, const struct event *e)
{
    struct witness *w = argument;
    const enum lp_kind to = x->model->lps[e->dst].kind;
    if (e->kind == EV_REQUEST)
        witness_note_attempt(w, x, e);
    else if (e->kind == EV_SESSION && to == LP_POOL &&
             x->model->lps[event_src(e)].kind == LP_REPLICA)
        w->version = payload_of(e, payload_session).written | payload_of(e, payload_session).read;
    else if (e->kind == EV_CALL_RESPONSE)
        witness_note_version(w, x, e);
    else if (e->kind == EV_RESPONSE)
        witness_note_answer(w, x, e);
    if (e->kind == EV_CALL_RESPONSE)
        w->version = 0;
    return false;
}
