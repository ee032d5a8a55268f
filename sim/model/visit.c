#include "model/visit.h"

#include <math.h>

#include "model/attempt.h"
#include "model/context.h"

// The two words of a request in the life of a user.
static struct stream_words visit_words(const struct stream *s, const struct visit *v)
{
    enum { DONE_BITS = 27 };
    uint64_t done = v->done & ((1u << DONE_BITS) - 1);
    return stream_block(s, v->serial << DONE_BITS | done);
}

// How many requests a session has: between two whole numbers one or the other, so that the mean is
// kept.
static uint32_t visit_requests(const struct demand_plan *plan, uint64_t word)
{
    double wanted = variate_at_half(&plan->requests, (uint32_t)(word >> 32));
    wanted = fmin(fmax(wanted, 1), 1e9);
    double whole = floor(wanted);
    return (uint32_t)whole + ((uint32_t)word * 0x1p-32 < wanted - whole);
}

// Sends the user thinking; who would come back after the end of the run does not.
static void visit_think(const struct context *x, const struct population *p, uint32_t client,
                        struct visit *v)
{
    v->done++;
    uint64_t word = visit_words(&p->demand.visits, v).first;
    simtime think = 1 + context_duration(variate_at(&p->plan->demand.think, word));
    const struct payload_visit again = {v->serial, client, v->done, v->left, 0};
    if (think < x->model->duration - x->now)
        context_send(x, x->lp, think, EV_THOUGHT, &again, sizeof again);
}

void visit_on_thought(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_visit v = payload_of(e, payload_visit);
    struct wish wish = {.client = v.client, .visit = {v.serial, v.done, v.left}};
    uint64_t word = visit_words(&p->demand.visits, &wish.visit).second;
    wish.class_word = (uint32_t)word;
    wish.item_word = (uint32_t)(word >> 32);
    population_begin(x, p, &wish);
}

void visit_go_on(const struct context *x, struct population *p, uint32_t index, bool is_abandoned)
{
    struct visit v = p->cold.items[index].visit;
    bool is_closed = p->plan->demand.mode == DEMAND_CLOSED;
    if (!is_closed && (is_abandoned || v.left == 0))
        return;
    v.left -= !is_closed;
    visit_think(x, p, p->requests.items[index].client, &v);
}

// The first of a session: how many follow.
void visit_open_session(struct population *p, struct visit *v)
{
    v->left = visit_requests(&p->plan->demand, visit_words(&p->demand.visits, v).first) - 1;
}

// ---- patience

void visit_wait(const struct context *x, struct population *p, uint32_t index)
{
    const struct visit *v = &p->cold.items[index].visit;
    if (!p->plan->demand.has_patience)
        return;
    uint64_t word = visit_words(&p->demand.patience, v).first;
    simtime patience = 1 + context_duration(variate_at(&p->plan->demand.patience, word));
    const struct payload_patience over = {v->serial, index, v->done};
    context_send(x, x->lp, patience, EV_PATIENCE_OVER, &over, sizeof over);
}

void visit_on_patience_over(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_patience over = payload_of(e, payload_patience);
    const struct visit *v = &p->cold.items[over.request].visit;
    if (slots_is_taken(&p->requests, over.request) && v->serial == over.serial &&
        v->done == over.done)
        attempt_abandon(x, p, over.request);
}

// ---- life

// At first all users of closed demand think; each is somewhere in the middle of it.
void visit_open_closed(struct world *w, struct population *p, uint32_t lp)
{
    for (uint32_t client = 0; client < p->plan->n_clients; client++) {
        const struct visit before = {.serial = client};
        const struct payload_visit first = {.serial = client, .client = client, .done = 1};
        struct stream_words words = visit_words(&p->demand.visits, &before);
        double think_ns = variate_at(&p->plan->demand.think, words.first);
        simtime at = 1 + context_duration(think_ns * ((double)(words.second >> 12) * 0x1p-52));
        if (at < w->model->duration)
            engine_post(w->engine, lp, lp, at, EV_THOUGHT, &first, sizeof first);
    }
}
