#include "model/accesspoint.h"

#include <string.h>

#include "model/action.h"
#include "model/cache.h"
#include "model/callee.h"
#include "model/context.h"

// ---- actions

// A change feed goes to the caches that ask its replica, for good.
static bool access_point_may_change(const struct store_spec *store)
{
    return store_has_routes(store) && !store->cache.has_feed;
}

bool access_point_find(const struct model *m, const struct action_spec *spec,
                       struct action_plan *plan)
{
    const struct topology *t = m->topology;
    for (int s = 0; s < t->n_stores; s++) {
        const struct store_spec *store = &t->stores[s];
        if (!access_point_may_change(store) || strcmp(spec->store, store->name) != 0)
            continue;
        for (int r = 0; r < t->n_regions; r++) {
            if (!(store->regions >> r & 1) || strcmp(spec->region, t->regions[r].name) != 0)
                continue;
            plan->region = (uint8_t)r;
            plan->lps[0] = model_lp(m, LP_REPLICA, m->stores[s].first);
            return true;
        }
    }
    return false;
}

static struct access_point *access_point_of(const struct context *x)
{
    return &x->world->access_points[x->model->lps[x->lp].object];
}

// What becomes of a set of active regions.
static uint32_t access_point_after(const struct context *x, uint32_t action, uint32_t active)
{
    const uint32_t region = 1u << x->model->actions[action].region;
    const enum action_change change = x->model->plan->actions[action].change;
    if (change == ACTION_FAILOVER)
        return region;
    return change == ACTION_ACTIVATE ? active | region : active & ~region;
}

// Later changes do not overtake earlier ones.
bool access_point_ask(const struct context *x, uint32_t action, simtime *arrives)
{
    struct access_point *a = access_point_of(x);
    const uint32_t asked = access_point_after(x, action, a->asked);
    if (asked == 0)
        return false;
    a->asked = asked;
    a->latest = simtime_most(x->now + x->world->actions[action].takes, a->latest + 1);
    *arrives = a->latest;
    return true;
}

static bool access_point_is_asked_by(const struct model *m, const struct lp_info *lp, int store)
{
    if (lp->kind == LP_CACHE)
        return lp->object == store;
    return lp->kind == LP_POOL && topology_asks_store(&m->topology->services[lp->object], store);
}

void access_point_change(const struct context *x, uint32_t action)
{
    const struct model *m = x->model;
    struct access_point *a = access_point_of(x);
    const struct payload_route route = {
        .active = a->active = access_point_after(x, action, a->active),
        .store = m->lps[x->lp].object};
    for (uint32_t lp = 0; lp < m->n_lps; lp++)
        if (access_point_is_asked_by(m, &m->lps[lp], route.store))
            context_send(x, lp, model_path(m, m->lps[x->lp].place, m->lps[lp].place)->floor,
                         EV_ROUTE, &route, sizeof route);
}

// ---- who asks the store

void access_point_on_pool(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_route route = payload_of(e, payload_route);
    callee_turn(x->model, p, route.store, model_nearest(x->model, route.active, p->region));
}

void access_point_on_cache(const struct context *x, struct cache *c, const struct event *e)
{
    const struct payload_route route = payload_of(e, payload_route);
    cache_turn(x->model, c, model_nearest(x->model, route.active, c->region));
}

// ---- life

void access_point_open(struct world *w)
{
    const struct topology *t = w->model->topology;
    w->access_points = arena_push(&w->arena, struct access_point, (size_t)t->n_stores + 1);
    for (int s = 0; s < t->n_stores; s++) {
        const uint32_t active = t->stores[s].regions & ~t->stores[s].passive;
        w->access_points[s] = (struct access_point){active, active, 0};
    }
}
