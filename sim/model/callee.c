#include "model/callee.h"

#include "model/cache.h"
#include "model/context.h"
#include "model/flow.h"
#include "model/reading.h"

// To the balancer of the service in this region, or the nearest that has it.
static void callee_find_balancer(const struct model *m, const struct pool *p, int service,
                                 struct pool_call *call)
{
    const uint8_t region = m->services[service].region_for[p->region];
    const int32_t balancer = m->balancer_of[service * m->topology->n_regions + region];
    call->zone = (uint8_t)(p->zone % m->topology->regions[region].n_zones);
    const struct path *path = model_path(m, m->zone_place[p->region][p->zone],
                                         m->zone_place[region][call->zone]);
    for (int i = 0; i < POOL_WAYS; i++)
        call->ways[i] = (struct pool_way){path, model_lp(m, LP_BALANCER, (uint32_t)balancer),
                                          EV_REQUEST};
}

// To the replica of the store in a region, or to the cache in front of it. Past a cache go strong
// reads (DynamoDB Developer Guide, 'DAX and DynamoDB consistency models'), and users' own items: a
// cache knows of no session.
static void callee_find_replica(const struct model *m, const struct pool *p, uint8_t region,
                                struct pool_call *call)
{
    const uint32_t replica = model_replica_in(m, call->store, region, p->zone);
    const struct pool_way way = {
        model_path(m, m->zone_place[p->region][p->zone], m->lps[replica].place), replica,
        EV_STORE_REQUEST};
    for (int i = 0; i < POOL_WAYS; i++)
        call->ways[i] = way;
    cache_intercept(m, p, call->store, call->ways);
    if (call->added_flags & REQUEST_STRONG)
        call->ways[0] = way;
}

void callee_turn(const struct model *m, struct pool *p, int store, uint8_t region)
{
    for (int i = 0; i < p->n_calls; i++)
        if (p->calls[i].store == store)
            callee_find_replica(m, p, region, &p->calls[i]);
}

// As many connections as servers, or a few more: a power of two.
static void callee_make_flows(struct world *w, const struct pool *p, const struct call_spec *spec,
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

struct pool_call callee_compile(struct world *w, const struct pool *p, const struct call_spec *spec)
{
    const struct model *m = w->model;
    struct pool_call call = {.timeout = simtime_from_seconds(spec->timeout_s),
                             .probability = (uint64_t)(spec->probability * 0x1p32),
                             .kept_flags = REQUEST_PROBE | REQUEST_DEEP | REQUEST_OWN,
                             .is_optional = spec->optional,
                             .store = spec->target == CALL_STORE ? (int16_t)spec->index : -1};
    if (spec->operation == CALL_BY_CLASS)
        call.kept_flags |= REQUEST_WRITE;
    if (spec->operation == CALL_WRITE)
        call.added_flags = REQUEST_WRITE;
    call.added_flags |= reading_flags(spec->consistency);
    if (call.store >= 0)
        callee_find_replica(m, p, m->stores[call.store].replica_region[p->region], &call);
    else
        callee_find_balancer(m, p, spec->index, &call);
    callee_make_flows(w, p, spec, &call);
    return call;
}
