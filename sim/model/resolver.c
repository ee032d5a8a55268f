#include "model/resolver.h"

#include "model/context.h"

static void resolver_answer(const struct context *x, struct resolver *r, struct payload_dns answer)
{
    uint32_t population = model_lp(x->model, LP_POPULATION, r->index);
    context_tell(x, &r->network, population, EV_DNS_ANSWER, &answer, sizeof answer);
}

void resolver_on_query(const struct context *x, struct resolver *r, const struct event *e)
{
    const struct payload_dns *q = &payload_of(e, payload_dns);
    const struct cache_entry *entry = &r->cache[q->resolver];
    if (entry->expires > x->now) {
        struct payload_dns answer = *q;
        answer.regions = entry->regions;
        answer.zones = entry->zones;
        answer.ttl = entry->expires - x->now;
        answer.cause = x->now < entry->due ? ROUTE_CACHED : ROUTE_STRETCHED;
        r->hits++;
        resolver_answer(x, r, answer);
        return;
    }
    uint32_t authority = model_lp(x->model, LP_AUTHORITY, 0);
    r->misses++;
    context_tell(x, &r->network, authority, EV_AUTHORITY_QUERY, q, sizeof *q);
}

void resolver_on_answer(const struct context *x, struct resolver *r, const struct event *e)
{
    const struct population_plan *plan = &x->model->populations[r->index];
    struct payload_dns a = payload_of(e, payload_dns);
    const simtime due = x->now + a.ttl;
    a.ttl = a.ttl < plan->least_ttl ? plan->least_ttl : a.ttl;
    a.ttl = a.ttl > plan->most_ttl ? plan->most_ttl : a.ttl;
    r->cache[a.resolver] = (struct cache_entry){
        .expires = x->now + a.ttl, .due = due, .regions = a.regions, .zones = a.zones};
    resolver_answer(x, r, a);
}

void resolver_open(struct world *w, uint32_t index)
{
    uint32_t lp = model_lp(w->model, LP_RESOLVER, index);
    w->resolvers[index] = (struct resolver){
        .index = index,
        .network = stream_open(w->seed, w->replication, w->model->lps[lp].name, "network"),
        .cache = arena_push(&w->arena, struct cache_entry,
                            w->model->populations[index].n_resolvers)};
}
