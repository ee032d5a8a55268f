#include "model/precaution.h"

#include "model/attempt.h"
#include "model/context.h"
// ---- circuit breakers

static struct breaker *precaution_breaker(const struct population *p, const struct request *r,
                                          uint8_t region)
{
    return breaker_of(&p->plan->breaker, p->breakers, r->client, p->plan->is_proxied ? 0 : region);
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

// ---- an attempt's steps

bool precaution_begin(const struct context *x, struct population *p, uint32_t index,
                      bool is_connected)
{
    struct request *r = &p->requests.items[index];
    const struct client *c = &p->clients[r->client];
    bool hedges = p->plan->hedge.most > 0;
    if (hedges)
        hedge_watch(x, p, index);
    if (!is_connected || !precaution_permits(x, p, r, client_region(c)) ||
        (hedges && p->plan->hedge.is_elsewhere && hedge_is_copy(p, index)))
        return false;
    r->region = client_region(c);
    precaution_go(p, index);
    return true;
}

// The client waits until its timeout, and answers after the deadline are worth nothing.
uint64_t precaution_send(const struct context *x, struct population *p, uint32_t index,
                         simtime departs, simtime delay)
{
    const struct request *r = &p->requests.items[index];
    p->cold.items[index].reaches = context_arrival(x, delay);
    if (!p->plan->tells_deadline)
        return 0;
    simtime deadline = r->started + x->model->classes[r->class_index].deadline;
    return request_patience(simtime_least(r->due, deadline) - departs);
}

void precaution_cancel(const struct context *x, struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    if (!p->plan->cancels || r->phase != PHASE_ANSWER)
        return;
    simtime delay = context_path_delay(x, attempt_path(x, p, r), &p->network, net_empty);
    context_cancel(x, x->model->endpoint[r->region], delay, p->cold.items[index].reaches,
                   slots_token(&p->requests, index));
}

uint32_t precaution_succeed(const struct context *x, struct population *p, uint32_t index)
{
    precaution_conclude(x, p, index, BREAKER_SUCCESS);
    return p->plan->hedge.most > 0 ? hedge_settle(x, p, index) : index;
}

bool precaution_fail(const struct context *x, struct population *p, uint32_t *index)
{
    precaution_conclude(x, p, *index, BREAKER_FAILURE);
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
}

bool precaution_refuse(const struct context *x, struct population *p, uint32_t *index)
{
    bool hedges = p->plan->hedge.most > 0;
    if (hedges && hedge_is_copy(p, *index))
        p->cold.items[p->cold.items[*index].original - 1].n_copies--;
    else
        p->requests.items[*index].attempt--;
    return hedges && hedge_hopes(x, p, index);
}
