#include "model/fault.h"

#include <limits.h>
#include <string.h>

#include "model/cluster.h"
#include "model/context.h"

enum { FAULT_RAMP_STEPS = 10 };

// ---- which components a fault names

static const char *fault_zone_name(int zone)
{
    static const char *const names[TOPOLOGY_MAX_ZONES] = {"a", "b", "c", "d", "e", "f"};
    return names[zone];
}

typedef ARRAY(struct fault_place) fault_places;

static void fault_list_zones(const struct model *m, const struct fault_spec *f, int region,
                             fault_places *list)
{
    for (int z = 0; z < m->topology->regions[region].n_zones; z++)
        if (workload_means(f->zone, fault_zone_name(z)))
            array_push(list, ((struct fault_place){.region = region, .zone = z}));
}

static void fault_list_services(const struct model *m, const struct fault_spec *f, int region,
                                fault_places *list)
{
    const struct topology *t = m->topology;
    const bool as_one = strcmp(f->zone, ALL_ZONES) == 0;
    for (int i = 0; i < t->n_services; i++) {
        struct fault_place place = {
            .region = region, .zone = -1, .object = i, .n_targets = f->targets};
        if (!workload_means(f->object, t->services[i].name) ||
            !(t->services[i].regions >> region & 1))
            continue;
        if (as_one)
            array_push(list, place);
        for (int z = 0; !as_one && z < t->regions[region].n_zones; z++) {
            place.zone = z;
            if (workload_means(f->zone, fault_zone_name(z)))
                array_push(list, place);
        }
    }
}

static void fault_list_stores(const struct model *m, const struct fault_spec *f, int region,
                              fault_places *list)
{
    const struct topology *t = m->topology;
    for (int i = 0; i < t->n_stores; i++)
        if (workload_means(f->object, t->stores[i].name) && (t->stores[i].regions >> region & 1))
            array_push(list, ((struct fault_place){.region = region, .zone = -1, .object = i}));
}

// Of a region, as one or zone by zone: caches of a region as such have no zones.
static void fault_list_caches(const struct model *m, const struct fault_spec *f, int region,
                              fault_places *list)
{
    const struct topology *t = m->topology;
    const bool as_one = strcmp(f->zone, ALL_ZONES) == 0;
    for (int i = 0; i < t->n_stores; i++) {
        struct fault_place place = {.region = region, .zone = -1, .object = i};
        if (m->cache_of[i * t->n_regions + region] < 0 ||
            !workload_means(f->object, t->stores[i].name))
            continue;
        if (as_one)
            array_push(list, place);
        const bool is_zonal = t->stores[i].cache.scope == CACHING_ZONE;
        for (int z = 0; !as_one && is_zonal && z < t->regions[region].n_zones; z++) {
            place.zone = z;
            if (workload_means(f->zone, fault_zone_name(z)))
                array_push(list, place);
        }
    }
}

static void fault_list_peers(const struct model *m, const struct fault_spec *f, int region,
                             fault_places *list)
{
    struct fault_place link = {.region = region, .peer_region = -1, .peer_population = -1};
    if (strcmp(f->peer, "*") == 0) {
        link.peer_is_everything = true;
        array_push(list, link);
        return;
    }
    if (strcmp(f->peer, OTHER_REGIONS) == 0) {
        link.peer_is_regions = true;
        if (m->topology->n_regions > 1)
            array_push(list, link);
        return;
    }
    for (int r = 0; r < m->topology->n_regions; r++)
        if (r != region && strcmp(f->peer, m->topology->regions[r].name) == 0)
            link.peer_region = r;
    for (int p = 0; p < m->workload->n_populations; p++)
        if (strcmp(f->peer, m->workload->populations[p].name) == 0)
            link.peer_population = p;
    if (link.peer_region >= 0 || link.peer_population >= 0)
        array_push(list, link);
}

// Regions that are no part of the design may be needed by what operators do.
static void fault_list_outside(const struct model *m, const struct fault_spec *f,
                               fault_places *list)
{
    for (int k = 0; k < ACTION_CONTROLS; k++) {
        const char *name = action_region((enum action_control)k);
        bool is_known = !workload_means(f->region, name);
        for (int r = 0; r < m->topology->n_regions; r++)
            is_known |= strcmp(name, m->topology->regions[r].name) == 0;
        for (size_t i = 0; i < list->n; i++)
            is_known |= list->items[i].outside != NULL && strcmp(name, list->items[i].outside) == 0;
        if (!is_known && action_is_exposed(m, (enum action_control)k, f->effect))
            array_push(list, ((struct fault_place){.region = -1, .zone = -1, .outside = name}));
    }
}

static void fault_list(const struct model *m, const struct fault_spec *f, fault_places *list)
{
    for (int r = 0; r < m->topology->n_regions; r++) {
        if (!workload_means(f->region, m->topology->regions[r].name))
            continue;
        switch (f->target) {
        case FAULT_ZONE:
            fault_list_zones(m, f, r, list);
            break;
        case FAULT_REGION:
            array_push(list, ((struct fault_place){.region = r, .zone = -1}));
            break;
        case FAULT_LINK:
            fault_list_peers(m, f, r, list);
            break;
        case FAULT_SERVICE:
            fault_list_services(m, f, r, list);
            break;
        case FAULT_STORE:
            fault_list_stores(m, f, r, list);
            break;
        case FAULT_CACHE:
            fault_list_caches(m, f, r, list);
            break;
        }
    }
    if (f->target == FAULT_REGION)
        fault_list_outside(m, f, list);
}

static const char *fault_place_name(struct model *m, const struct fault_spec *f,
                                    const struct fault_place *p)
{
    const struct topology *t = m->topology;
    const char *region = p->outside != NULL ? p->outside : t->regions[p->region].name;
    switch (f->target) {
    case FAULT_ZONE:
        return arena_printf(&m->arena, "zone/%s/%s", region, fault_zone_name(p->zone));
    case FAULT_REGION:
        return arena_printf(&m->arena, "region/%s", region);
    case FAULT_LINK:
        return arena_printf(&m->arena, "link/%s/%s", region, f->peer);
    case FAULT_SERVICE:
        return arena_printf(&m->arena, "service/%s/%s%s%s", region, t->services[p->object].name,
                            p->zone < 0 ? "" : "/", p->zone < 0 ? "" : fault_zone_name(p->zone));
    case FAULT_STORE:
        return arena_printf(&m->arena, "store/%s/%s", region, t->stores[p->object].name);
    case FAULT_CACHE:
        return arena_printf(&m->arena, "cache/%s/%s%s%s", region, t->stores[p->object].name,
                            p->zone < 0 ? "" : "/", p->zone < 0 ? "" : fault_zone_name(p->zone));
    }
    return region;
}

// A fault that hits one thing is known by its own name, one that hits several also by what it hits.
static void fault_add_target(struct model *m, uint32_t fault, const struct fault_place *p,
                             bool is_only)
{
    const struct fault_spec *f = &m->plan->faults[fault];
    struct fault_target_plan target = {
        .fault = fault, .place = *p, .name = fault_place_name(m, f, p)};
    target.label = is_only ? f->name : arena_printf(&m->arena, "%s %s", f->name, target.name);
    array_push(&m->fault_targets, target);
}

// A lost control plane matters to a region whose replica might have to be promoted.
static bool fault_blocks_promotion(const struct model *m, const struct fault_spec *f)
{
    const struct topology *t = m->topology;
    for (int s = 0; s < t->n_stores; s++)
        for (int r = 0; r < t->n_regions; r++)
            if (t->stores[s].mode == STORE_SINGLE_LEADER && t->stores[s].failover &&
                (t->stores[s].regions >> r & 1) && workload_means(f->region, t->regions[r].name))
                return true;
    return false;
}

// And so does that of Route 53, of accelerators, or of a region's balancers, to operators who would
// change something.
static bool fault_blocks_actions(const struct model *m, const struct fault_spec *f)
{
    bool is_blocked = false;
    for (int k = 0; k < ACTION_CONTROLS; k++)
        is_blocked |= action_is_exposed(m, (enum action_control)k, f->effect) &&
                      workload_means(f->region, action_region((enum action_control)k));
    for (int r = 0; r < m->topology->n_regions; r++)
        is_blocked |= action_needs_plane(m, r) &&
                      workload_means(f->region, m->topology->regions[r].name);
    return is_blocked;
}

static bool fault_has_effect(const struct model *m, const struct fault_spec *f, size_t n_places)
{
    if (f->effect == FAULT_CONTROL_PLANE && !fault_blocks_promotion(m, f) &&
        !fault_blocks_actions(m, f))
        return false;
    return n_places > 0;
}

void fault_compile(struct model *m)
{
    for (int i = 0; m->plan != NULL && i < m->plan->n_faults; i++) {
        const struct fault_spec *f = &m->plan->faults[i];
        fault_places list = {0};
        fault_list(m, f, &list);
        for (size_t k = 0; k < list.n; k++)
            fault_add_target(m, (uint32_t)i, &list.items[k], list.n == 1);
        if (!fault_has_effect(m, f, list.n))
            array_push(&m->notes,
                       arena_printf(&m->arena, "fault '%s' of %s has no effect on %s: %s", f->name,
                                    m->plan->name, m->topology->name,
                                    f->effect == FAULT_CONTROL_PLANE
                                        ? "nothing would be changed through that control plane"
                                        : "the design has nothing that it would hit"));
        array_free(&list);
    }
}

// ---- what a fault does to a component

static struct fault_state fault_effect_state(const struct fault_spec *f, double level)
{
    struct fault_state s = fault_state_fine;
    bool is_part = f->target == FAULT_SERVICE || f->target == FAULT_STORE ||
                   f->target == FAULT_CACHE;
    switch (f->effect) {
    case FAULT_DOWN:
        s.is_dead = !is_part;
        s.is_refusing = is_part;
        break;
    case FAULT_SLOW:
        s.slow = (float)level;
        break;
    case FAULT_LOSSY:
        s.loss = (float)level;
        s.is_dead = level >= 1; // nothing gets through: as good as cut
        break;
    case FAULT_ERRORS:
        s.errors = (float)level;
        break;
    case FAULT_CAPACITY:
        s.capacity = (float)level;
        break;
    case FAULT_CONTROL_PLANE:
        s.has_control_plane = false;
        break;
    case FAULT_WRONG_ANSWERS:
        s.wrong = (float)level;
        break;
    }
    return s;
}

struct fault_span {
    simtime start, end;
    struct fault_state state;
};

static bool fault_domain_is_in(const struct net_domain *d, const struct fault_place *p)
{
    return d->region == p->region && (p->zone < 0 || d->zone == p->zone);
}

static bool fault_domain_is_peer(const struct net_domain *d, const struct fault_place *p)
{
    if (p->peer_is_everything)
        return d->region != p->region;
    if (p->peer_is_regions)
        return d->region >= 0 && d->region != p->region;
    return (p->peer_region >= 0 && d->region == p->peer_region) ||
           (p->peer_population >= 0 && d->population == p->peer_population);
}

static void fault_mark_links(struct world *w, const struct fault_spec *f,
                             const struct fault_place *p, const struct fault_span *span)
{
    const struct model *m = w->model;
    for (uint32_t a = 0; a < m->n_domains; a++) {
        for (uint32_t b = 0; b < m->n_domains; b++) {
            const struct net_domain *from = &m->domains[a], *to = &m->domains[b];
            bool hit;
            if (f->target == FAULT_LINK)
                hit = (from->region == p->region && fault_domain_is_peer(to, p)) ||
                      (!f->one_way && to->region == p->region && fault_domain_is_peer(from, p));
            else // all links of a zone or region
                hit = fault_domain_is_in(from, p) || fault_domain_is_in(to, p);
            if (hit)
                timeline_add(&w->links[a * m->n_domains + b], span->start, span->end, span->state);
        }
    }
}

static void fault_mark_pools(struct world *w, const struct fault_spec *f,
                             const struct fault_place *p, const struct fault_span *span)
{
    const struct model *m = w->model;
    int left = p->n_targets > 0 ? p->n_targets : INT_MAX;
    for (uint32_t i = 0; i < m->count[LP_POOL]; i++) {
        const struct lp_info *lp = &m->lps[model_lp(m, LP_POOL, i)];
        bool hit = lp->region == p->region && (p->zone < 0 || lp->zone == p->zone);
        if (f->target == FAULT_SERVICE)
            hit = hit && lp->object == p->object && left-- > 0;
        if (hit)
            timeline_add(&w->pool_faults[i], span->start, span->end, span->state);
    }
}

// A cluster has its region's capacity by its zones'.
static bool fault_hits_replica(const struct model *m, const struct fault_spec *f,
                               const struct fault_place *p, const struct lp_info *replica)
{
    if (replica->region != p->region)
        return false;
    if (f->target == FAULT_STORE)
        return replica->object == p->object;
    if (f->target == FAULT_ZONE)
        return replica->is_zonal && replica->zone == p->zone;
    return f->effect != FAULT_CAPACITY ||
           m->topology->stores[replica->object].cluster.instances == 0;
}

static void fault_mark_replicas(struct world *w, const struct fault_spec *f,
                                const struct fault_place *p, const struct fault_span *span)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++)
        if (fault_hits_replica(m, f, p, &m->lps[model_lp(m, LP_REPLICA, i)]))
            timeline_add(&w->replica_faults[i], span->start, span->end, span->state);
}

// A cache of a region is hit as its region is, one of a zone as its zone.
static void fault_mark_caches(struct world *w, const struct fault_spec *f,
                              const struct fault_place *p, const struct fault_span *span)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++) {
        const struct lp_info *lp = &m->lps[model_lp(m, LP_CACHE, i)];
        const bool is_zonal = m->topology->stores[lp->object].cache.scope == CACHING_ZONE;
        if (lp->region == p->region && (p->zone < 0 || (is_zonal && lp->zone == p->zone)) &&
            (f->target != FAULT_CACHE || lp->object == p->object))
            timeline_add(&w->cache_faults[i], span->start, span->end, span->state);
    }
}

static void fault_mark_nodes(struct world *w, const struct fault_place *p,
                             const struct fault_span *span)
{
    for (int z = 0; z < w->model->topology->regions[p->region].n_zones; z++)
        if (p->zone < 0 || z == p->zone)
            timeline_add(&w->nodes[p->region * TOPOLOGY_MAX_ZONES + z], span->start, span->end,
                         span->state);
}

static struct fault_state fault_state_gone(void)
{
    struct fault_state gone = fault_state_fine;
    gone.is_dead = true;
    return gone;
}

static void fault_mark_controls(struct world *w, const struct fault_spec *f,
                                const struct fault_place *p, const struct fault_span *span)
{
    const struct model *m = w->model;
    const char *region = p->outside != NULL ? p->outside : m->topology->regions[p->region].name;
    for (int k = 0; k < ACTION_CONTROLS; k++)
        if (action_is_exposed(m, (enum action_control)k, f->effect) &&
            strcmp(region, action_region((enum action_control)k)) == 0)
            timeline_add(&w->controls[k], span->start, span->end, fault_state_gone());
}

static void fault_mark(struct world *w, const struct fault_spec *f, const struct fault_place *p,
                       struct fault_span span)
{
    bool is_zone = f->target == FAULT_ZONE, is_region = f->target == FAULT_REGION;
    if (f->target == FAULT_LINK || f->effect == FAULT_LOSSY) {
        fault_mark_links(w, f, p, &span);
        return;
    }
    if (f->target == FAULT_CACHE) {
        fault_mark_caches(w, f, p, &span);
        return;
    }
    if (is_region)
        fault_mark_controls(w, f, p, &span);
    if (p->outside != NULL)
        return;
    if (is_region && (f->effect == FAULT_DOWN || f->effect == FAULT_CONTROL_PLANE))
        timeline_add(&w->planes[p->region], span.start, span.end, fault_state_gone());
    if (is_zone || is_region) {
        fault_mark_nodes(w, p, &span);
        fault_mark_caches(w, f, p, &span);
    }
    if (f->target != FAULT_STORE)
        fault_mark_pools(w, f, p, &span);
    if (f->target != FAULT_SERVICE)
        fault_mark_replicas(w, f, p, &span);
}

// After the duration, capacity comes back in steps.
static void fault_mark_ramp(struct world *w, const struct fault_spec *f,
                            const struct fault_place *p, simtime end)
{
    struct fault_spec ramp = *f;
    double from = f->effect == FAULT_CAPACITY ? f->level : 0;
    ramp.effect = FAULT_CAPACITY;
    for (int k = 0; k < FAULT_RAMP_STEPS; k++) {
        double level = from + (1 - from) * (k + 1) / (FAULT_RAMP_STEPS + 1);
        struct fault_span span = {
            .start = simtime_after(end, simtime_from_seconds(f->ramp_s * k / FAULT_RAMP_STEPS)),
            .end = simtime_after(end, simtime_from_seconds(f->ramp_s * (k + 1) / FAULT_RAMP_STEPS)),
            .state = fault_effect_state(&ramp, level)};
        fault_mark(w, &ramp, p, span);
    }
}

simtime fault_over(const struct world *w, const struct fault_instance *f)
{
    return simtime_after(f->end,
                         simtime_from_seconds(w->model->plan->faults[f->target->fault].ramp_s));
}

static simtime fault_strike(struct world *w, struct fault_instance at)
{
    const struct fault_spec *f = &w->model->plan->faults[at.target->fault];
    const struct fault_place *p = &at.target->place;
    struct fault_span span = {at.start, at.end, fault_effect_state(f, f->level)};
    fault_mark(w, f, p, span);
    if (f->ramp_s > 0)
        fault_mark_ramp(w, f, p, at.end);
    array_push(&w->faults, at);
    return fault_over(w, &at);
}

// ---- drawing

static simtime fault_duration(const struct fault_spec *f, struct stream *s)
{
    return simtime_from_seconds(distribution_quantile(&f->duration, stream_uniform(s)));
}

static simtime fault_gap(const struct fault_spec *f, struct stream *s)
{
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / f->rate_per_s};
    return simtime_from_seconds(distribution_quantile(&d, stream_uniform(s)));
}

static void fault_draw(struct world *w, const struct fault_target_plan *t)
{
    const struct fault_spec *f = &w->model->plan->faults[t->fault];
    struct stream s = stream_open(w->seed, w->replication, t->name, f->name);
    struct fault_instance at = {.target = t};
    at.start = f->is_random ? fault_gap(f, &s) : simtime_from_seconds(f->at_s);
    while (at.start < w->model->duration) {
        at.end = simtime_after(at.start, fault_duration(f, &s));
        simtime over = fault_strike(w, at);
        if (!f->is_random)
            break;
        at.start = simtime_after(over, fault_gap(f, &s));
    }
}

// ---- life

static struct timeline *fault_timelines(struct world *w, size_t n)
{
    return arena_push(&w->arena, struct timeline, n);
}

static void fault_seal(struct timeline *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        timeline_seal(&lines[i]);
}

static void fault_schedule(struct world *w, const struct timeline *line, uint32_t lp, uint8_t part)
{
    for (uint32_t i = 0; i < line->changes.n; i++) {
        struct payload_fault change = {.change = i, .part = part};
        engine_post(w->engine, lp, lp, line->changes.items[i].time, EV_FAULT, &change,
                    sizeof change);
    }
}

static size_t fault_n_links(const struct model *m)
{
    return (size_t)m->n_domains * m->n_domains;
}

static size_t fault_n_nodes(const struct model *m)
{
    return (size_t)m->topology->n_regions * TOPOLOGY_MAX_ZONES;
}

static void fault_schedule_all(struct world *w)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_POOL]; i++)
        fault_schedule(w, &w->pool_faults[i], model_lp(m, LP_POOL, i), 0);
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++)
        fault_schedule(w, &w->replica_faults[i], model_lp(m, LP_REPLICA, i), 0);
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++)
        fault_schedule(w, &w->cache_faults[i], model_lp(m, LP_CACHE, i), 0);
    for (uint32_t i = 0; i < m->count[LP_BALANCER]; i++) {
        uint32_t lp = model_lp(m, LP_BALANCER, i);
        for (uint8_t z = 0; z < m->topology->regions[m->lps[lp].region].n_zones; z++)
            fault_schedule(w, &w->nodes[m->lps[lp].region * TOPOLOGY_MAX_ZONES + z], lp, z);
    }
}

void fault_open(struct world *w)
{
    const struct model *m = w->model;
    w->links = fault_timelines(w, fault_n_links(m));
    w->nodes = fault_timelines(w, fault_n_nodes(m));
    w->pool_faults = fault_timelines(w, m->count[LP_POOL]);
    w->replica_faults = fault_timelines(w, m->count[LP_REPLICA]);
    w->cache_faults = fault_timelines(w, m->count[LP_CACHE]);
    w->controls = fault_timelines(w, ACTION_CONTROLS);
    w->planes = fault_timelines(w, (size_t)m->topology->n_regions);
    for (size_t i = 0; i < m->fault_targets.n; i++)
        fault_draw(w, &m->fault_targets.items[i]);
    fault_seal(w->links, fault_n_links(m));
    fault_seal(w->nodes, fault_n_nodes(m));
    fault_seal(w->pool_faults, m->count[LP_POOL]);
    cluster_open(w); // by what befalls the nodes' zones
    fault_seal(w->replica_faults, m->count[LP_REPLICA]);
    fault_seal(w->cache_faults, m->count[LP_CACHE]);
    fault_seal(w->controls, ACTION_CONTROLS);
    fault_seal(w->planes, (size_t)m->topology->n_regions);
    fault_schedule_all(w);
    drain_watch(w);
}

static void fault_free(struct timeline *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        timeline_free(&lines[i]);
}

void fault_close(struct world *w)
{
    const struct model *m = w->model;
    fault_free(w->links, fault_n_links(m));
    fault_free(w->nodes, fault_n_nodes(m));
    fault_free(w->pool_faults, m->count[LP_POOL]);
    fault_free(w->replica_faults, m->count[LP_REPLICA]);
    fault_free(w->cache_faults, m->count[LP_CACHE]);
    fault_free(w->controls, ACTION_CONTROLS);
    fault_free(w->planes, (size_t)m->topology->n_regions);
    cluster_close(w);
    array_free(&w->faults);
    array_free(&w->watches);
    array_free(&w->target_watches);
}
