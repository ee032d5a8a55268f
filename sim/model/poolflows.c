#include "model/poolflows.h"

#include "model/context.h"
#include "model/flow.h"

// A server's connection is opened at `at`, from the address that it has.
static inline void poolflows_dial(const struct pool_call *c, uint32_t server, simtime at)
{
    c->flows[server] = ((uint64_t)at & c->flow_times) | (c->flows[server] & ~c->flow_times);
}

void poolflows_renew(const struct context *x, struct pool *p, uint32_t task, int call)
{
    const struct pool_call *c = &p->calls[call];
    if (c->has_flows)
        poolflows_dial(c, task & c->flow_mask, x->now);
}

void poolflows_open(struct pool *p, simtime now)
{
    for (uint32_t i = 0; i < p->n_calls; i++)
        for (uint32_t k = 0; p->calls[i].has_flows && k <= p->calls[i].flow_mask; k++)
            poolflows_dial(&p->calls[i], k, now + stream_below(&p->flows, SIMTIME_MS));
}

void poolflows_make(struct world *w, const struct pool *p, const struct call_spec *spec,
                    struct pool_call *call)
{
    const struct topology *t = w->model->topology;
    uint32_t n = 1;
    call->has_flows = spec->target == CALL_SERVICE &&
                      topology_balancer(t, spec->index)->policy == BALANCER_FLOW_HASH;
    while (call->has_flows && n < w->model->services[p->service].servers)
        n *= 2;
    call->flow_mask = n - 1;
    call->flows = arena_push(&w->arena, uint64_t, n);
    call->flow_times = UINT64_MAX;
    if (!call->has_flows || topology_balancer(t, spec->index)->stickiness != STICKINESS_SOURCE_IP)
        return;
    call->flow_times = flow_time(UINT64_MAX);
    for (uint32_t k = 0; k < n; k++)
        call->flows[k] = flow_address(&p->addresses, k);
}
