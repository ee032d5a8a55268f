#include "model/precaution.h"

#include "model/attempt.h"
#include "model/context.h"
#include "model/flow.h"
#include "model/frontend.h"

// ---- circuit breakers

static struct breaker *precaution_breaker(const struct population *p, const struct request *r,
                                          uint8_t region)
{
    return breaker_of(&p->plan->breaker, p->breakers, r->client, region);
}

bool precaution_permits(const struct context *x, const struct population *p,
                        const struct request *r, uint8_t region)
{
    return p->breakers == NULL ||
           breaker_permits(&p->plan->breaker, precaution_breaker(p, r, region), x->now);
}

void precaution_go(struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    if (p->breakers != NULL)
        p->cold.items[index].trial = breaker_begin(precaution_breaker(p, r, r->region));
}

// Tells the breaker of the region where the attempt is, if it is anywhere.
static void precaution_conclude(const struct context *x, struct population *p, uint32_t index,
                                enum breaker_result result)
{
    const struct request *r = &p->requests.items[index];
    if (p->breakers == NULL || (r->phase != PHASE_CONNECT && r->phase != PHASE_ANSWER))
        return;
    breaker_conclude(&p->plan->breaker, precaution_breaker(p, r, r->region), x->now,
                     p->cold.items[index].trial, result);
}

// The breaker hears of it when it happens: by an event, if that says anything. No more of a race's
// connections are on trial than may be.
void precaution_lose(const struct context *x, struct population *p, uint32_t index,
                     struct loser loser)
{
    const struct request *r = &p->requests.items[index];
    if (!precaution_permits(x, p, r, loser.region))
        return;
    const uint32_t trial = breaker_begin(precaution_breaker(p, r, loser.region));
    const struct payload_loser told = {.attempt = slots_token(&p->requests, index),
                                       .client = r->client,
                                       .trial = trial,
                                       .region = loser.region,
                                       .fails = loser.fails};
    if (loser.fails || trial != 0)
        context_send(x, x->lp, loser.at - x->now, EV_LOSER, &told, sizeof told);
}

// If its attempt was given up meanwhile, so was the loser.
void precaution_on_loser(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_loser loser = payload_of(e, payload_loser);
    const bool fails = loser.fails && slots_is_live(&p->requests, loser.attempt);
    breaker_conclude(&p->plan->breaker,
                     breaker_of(&p->plan->breaker, p->breakers, loser.client, loser.region), x->now,
                     loser.trial, fails ? BREAKER_FAILURE : BREAKER_WITHDRAWN);
}

// ---- an attempt's steps

static void precaution_release(const struct context *x, struct population *p, uint32_t index)
{
    if (p->plan->n_connections > 0)
        connectionpool_release(x, p, index);
}

// A copy that goes elsewhere leaves the connection that all share; of a pool it takes none to the
// node that its request has.
static bool precaution_is_elsewhere(const struct population *p, uint32_t index,
                                    const struct client *c)
{
    if (!p->plan->hedge.is_elsewhere || !hedge_is_copy(p, index))
        return true;
    const struct request *r = &p->requests.items[p->cold.items[index].original - 1];
    return p->plan->n_connections > 0 &&
           (r->region != client_region(c) || r->zone != client_zone(c));
}

bool precaution_may_use(const struct context *x, const struct population *p, uint32_t index,
                        const struct client *c)
{
    return precaution_permits(x, p, &p->requests.items[index], client_region(c)) &&
           precaution_is_elsewhere(p, index, c);
}

void precaution_reuse(const struct context *x, struct population *p, uint32_t index,
                      struct client *c)
{
    p->requests.items[index].region = client_region(c);
    precaution_go(p, index);
    attempt_reuse(x, p, index, c);
}

void precaution_begin(const struct context *x, struct population *p, uint32_t index)
{
    struct client *c = &p->clients[p->requests.items[index].client];
    if (p->plan->hedge.most > 0)
        hedge_watch(x, p, index);
    if (p->plan->n_connections > 0)
        connectionpool_begin(x, p, index);
    else if (client_is_connected(c, p->plan, x->now) && precaution_may_use(x, p, index, c))
        precaution_reuse(x, p, index, c);
    else
        attempt_resolve(x, p, index);
}

// What the balancer knows the user by.
static uint64_t precaution_flow(const struct context *x, const struct population *p,
                                const struct request *r)
{
    if (p->cookies != NULL)
        return cookie_flow(p->cookies[r->client], x->now, r->region);
    return p->plan->tells_address ? flow_address(&p->addresses, r->client) : 0;
}

// The client waits until its timeout, and answers after the deadline are worth nothing.
uint64_t precaution_send(const struct context *x, struct population *p, uint32_t index,
                         simtime departs, simtime delay)
{
    const struct request *r = &p->requests.items[index];
    const uint64_t flow = precaution_flow(x, p, r);
    p->cold.items[index].reaches = context_arrival(x, delay);
    if (!p->plan->tells_deadline)
        return request_terms(flow, 0);
    simtime deadline = r->started + x->model->classes[r->class_index].deadline;
    return request_terms(flow, request_patience(simtime_least(r->due, deadline) - departs));
}

void precaution_learn(const struct context *x, struct population *p, uint32_t index,
                      const struct payload_answer *answer)
{
    const struct request *r = &p->requests.items[index];
    if (p->cookies != NULL && answer->cookie != 0)
        p->cookies[r->client] = cookie_make(x->now + p->plan->cookie_life, r->region,
                                            (uint8_t)(answer->cookie - 1));
}

void precaution_cancel(const struct context *x, struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    if (!p->plan->cancels || r->phase != PHASE_ANSWER ||
        (p->plan->is_proxied && frontend_answers(p, index)))
        return;
    simtime delay = context_path_delay(x, attempt_path(x, p, r), &p->network, net_empty);
    context_cancel(x, x->model->endpoint[r->region], delay, p->cold.items[index].reaches,
                   slots_token(&p->requests, index));
}

uint32_t precaution_succeed(const struct context *x, struct population *p, uint32_t index)
{
    precaution_conclude(x, p, index, BREAKER_SUCCESS);
    precaution_release(x, p, index);
    return p->plan->hedge.most > 0 ? hedge_settle(x, p, index) : index;
}

bool precaution_fail(const struct context *x, struct population *p, uint32_t *index)
{
    precaution_conclude(x, p, *index, BREAKER_FAILURE);
    precaution_release(x, p, *index);
    return p->plan->hedge.most > 0 && hedge_hopes(x, p, index);
}

void precaution_go_on(const struct context *x, struct population *p, uint32_t index)
{
    precaution_conclude(x, p, index, BREAKER_FAILURE);
}

void precaution_stop(const struct context *x, struct population *p, uint32_t index)
{
    precaution_conclude(x, p, index, BREAKER_WITHDRAWN);
    precaution_cancel(x, p, index);
    if (p->plan->n_connections > 0 && p->requests.items[index].phase == PHASE_ANSWER)
        connectionpool_close(p, index); // its answer is still to come
    precaution_release(x, p, index);
}

bool precaution_refuse(const struct context *x, struct population *p, uint32_t *index)
{
    bool hedges = p->plan->hedge.most > 0;
    precaution_release(x, p, *index);
    if (hedges && hedge_is_copy(p, *index))
        p->cold.items[p->cold.items[*index].original - 1].n_copies--;
    else
        p->requests.items[*index].attempt--;
    return hedges && hedge_hopes(x, p, index);
}
