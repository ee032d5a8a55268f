#include "model/callee.h"

#include "model/cache.h"
#include "model/context.h"
#include "model/flow.h"
#include "model/reading.h"

// Where a call goes: the balancer of the service, or the replica of the store, in this region or
// the nearest that has it.
static struct pool_way callee_find(const struct model *m, const struct pool *p,
                                   const struct call_spec *spec, struct pool_call *call)
{
    int n_regions = m->topology->n_regions;
    uint16_t here = m->zone_place[p->region][p->zone];
    if (spec->target == CALL_STORE) {
        const uint32_t replica = model_replica_near(m, spec->index, p->region, p->zone);
        return (struct pool_way){model_path(m, here, m->lps[replica].place), replica,
                                 EV_STORE_REQUEST};
    }
    uint8_t region = m->services[spec->index].region_for[p->region];
    int32_t balancer = m->balancer_of[spec->index * n_regions + region];
    call->zone = (uint8_t)(p->zone % m->topology->regions[region].n_zones);
    return (struct pool_way){model_path(m, here, m->zone_place[region][call->zone]),
                             model_lp(m, LP_BALANCER, (uint32_t)balancer), EV_REQUEST};
}

// Past a cache go strong reads (DynamoDB Developer Guide, 'DAX and DynamoDB consistency models'),
// and users' own items: a cache knows of no session.
static void callee_find_ways(const struct model *m, const struct pool *p,
                             const struct call_spec *spec, struct pool_call *call)
{
    const struct pool_way way = callee_find(m, p, spec, call);
    for (int i = 0; i < POOL_WAYS; i++)
        call->ways[i] = way;
    if (spec->target == CALL_STORE)
        cache_intercept(m, p, spec->index, call->ways);
    if (spec->consistency == CONSISTENCY_STRONG)
        call->ways[0] = way;
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
                             .is_optional = spec->optional};
    if (spec->operation == CALL_BY_CLASS)
        call.kept_flags |= REQUEST_WRITE;
    if (spec->operation == CALL_WRITE)
        call.added_flags = REQUEST_WRITE;
    call.added_flags |= reading_flags(spec->consistency);
    callee_find_ways(m, p, spec, &call);
    callee_make_flows(w, p, spec, &call);
    return call;
}
