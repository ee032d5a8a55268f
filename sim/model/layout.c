#include "model/layout.h"

#include "base/base.h"
#include "model/callretry.h"
#include "model/check.h"
#include "model/events.h"
#include "model/frontend.h"

// ---- numbering

// LPs are counted in a first pass (lps is NULL) and filled in a second.
static struct lp_info *layout_add(struct model *m, enum lp_kind kind)
{
    uint32_t index = m->count[kind]++;
    if (m->lps == NULL)
        return &m->scratch_lp;
    struct lp_info *lp = &m->lps[m->first[kind] + index];
    *lp = (struct lp_info){.kind = kind, .index = index};
    return lp;
}

static const char *layout_name(struct model *m, const char *kind, const char *a, const char *b)
{
    if (m->lps == NULL)
        return NULL;
    return b == NULL ? arena_printf(&m->arena, "%s/%s", kind, a)
                     : arena_printf(&m->arena, "%s/%s/%s", kind, a, b);
}

static void layout_populations(struct model *m)
{
    for (int i = 0; i < m->workload->n_populations; i++) {
        const char *name = m->workload->populations[i].name;
        struct lp_info *p = layout_add(m, LP_POPULATION);
        p->name = layout_name(m, "population", name, NULL);
        p->reply_kind = EV_RESPONSE;
        layout_add(m, LP_RESOLVER)->name = layout_name(m, "resolver", name, NULL);
    }
    layout_add(m, LP_AUTHORITY)->name = "authority";
}

static void layout_checkers_of(struct model *m, uint16_t check)
{
    const struct check_plan *plan = &m->checks[check];
    const struct checker_spec *health = &plan->spec->health;
    for (uint16_t k = 0; k < plan->n_checkers; k++) {
        struct lp_info *lp = layout_add(m, LP_CHECKER);
        if (m->lps == NULL)
            continue;
        int from = health->regions[k % health->n_regions];
        lp->name = arena_printf(&m->arena, "checker/%s/%s/%d", plan->spec->name,
                                m->geography->regions[from].code, k / health->n_regions);
        lp->reply_kind = EV_PROBE_RESPONSE;
        lp->place = check_place(m, from); // made absolute by layout_place
        m->checkers[lp->index] = (struct checker_plan){check, k};
    }
}

static void layout_checkers(struct model *m)
{
    for (uint16_t i = 0; i < m->n_checks; i++)
        layout_checkers_of(m, i);
}

// The pools of a service in a zone: one for each target. A single one is named by its zone.
static void layout_pools(struct model *m, const char *where, const struct lp_info *like)
{
    const struct service_spec *service = &m->topology->services[like->object];
    const int n = service_targets(service, like->zone);
    const char zone[] = {(char)('a' + like->zone), 0};
    for (int i = 0; i < n; i++) {
        struct lp_info *p = layout_add(m, LP_POOL);
        const char *name = n > 1 ? arena_printf(&m->arena, "%s/%d", zone, i) : zone;
        p->name = layout_name(m, "pool", where, name);
        p->object = like->object, p->region = like->region, p->zone = like->zone;
        p->target = (uint16_t)i;
        p->reply_kind = callretry_is_used(service) ? EV_TRY_ANSWER : EV_CALL_RESPONSE;
    }
}

static void layout_services(struct model *m)
{
    const struct topology *t = m->topology;
    for (int s = 0; s < t->n_services; s++)
        for (int r = 0; r < t->n_regions; r++) {
            if (!(t->services[s].regions >> r & 1))
                continue;
            m->balancer_of[s * t->n_regions + r] = (int32_t)m->count[LP_BALANCER];
            m->pool_of[s * t->n_regions + r] = (int32_t)m->count[LP_POOL];
            const char *where = layout_name(m, t->regions[r].name, t->services[s].name, NULL);
            struct lp_info *b = layout_add(m, LP_BALANCER);
            b->name = layout_name(m, "balancer", where, NULL);
            b->object = (uint16_t)s, b->region = (uint16_t)r;
            for (int z = 0; z < t->regions[r].n_zones; z++)
                layout_pools(m, where,
                             &(struct lp_info){.object = (uint16_t)s,
                                               .region = (uint16_t)r,
                                               .zone = (uint16_t)z});
        }
}

// Several replicas of a region are dealt to its zones; a single one is as available as the region.
static void layout_replica(struct model *m, int store, int region, int k)
{
    const struct topology *t = m->topology;
    const struct store_spec *spec = &t->stores[store];
    const int n_zones = t->regions[region].n_zones;
    struct lp_info *lp = layout_add(m, LP_REPLICA);
    lp->object = (uint16_t)store, lp->region = (uint16_t)region;
    lp->reply_kind = EV_FORWARD_READ_ANSWER;
    lp->name = layout_name(m, "replica", t->regions[region].name, spec->name);
    if (spec->replicas_per_region == 1)
        return;
    lp->zone = (uint16_t)(k % n_zones);
    lp->target = (uint16_t)k;
    lp->is_zonal = true;
    if (m->lps != NULL)
        lp->name = arena_printf(&m->arena, k < n_zones ? "%s/%c" : "%s/%c%d", lp->name,
                                'a' + lp->zone, k / n_zones + 1);
}

static void layout_stores(struct model *m)
{
    const struct topology *t = m->topology;
    for (int s = 0; s < t->n_stores; s++)
        for (int r = 0; r < t->n_regions; r++) {
            if (!(t->stores[s].regions >> r & 1))
                continue;
            m->replica_of[s * t->n_regions + r] = (int32_t)m->count[LP_REPLICA];
            for (int k = 0; k < t->stores[s].replicas_per_region; k++)
                layout_replica(m, s, r, k);
        }
}

static bool layout_has_caller(const struct topology *t, int store, int region)
{
    for (int i = 0; i < t->n_services; i++)
        if ((t->services[i].regions >> region & 1) && topology_asks_store(&t->services[i], store))
            return true;
    return false;
}

// The caches of a store in a region: one in each zone, or one for all.
static void layout_region_caches(struct model *m, int store, int region)
{
    const struct topology *t = m->topology;
    const bool is_zonal = t->stores[store].cache.scope == CACHING_ZONE;
    const char *where = layout_name(m, t->regions[region].name, t->stores[store].name, NULL);
    m->cache_of[store * t->n_regions + region] = (int32_t)m->count[LP_CACHE];
    for (int z = 0; z < (is_zonal ? t->regions[region].n_zones : 1); z++) {
        const char zone[] = {(char)('a' + z), 0};
        struct lp_info *lp = layout_add(m, LP_CACHE);
        lp->name = layout_name(m, "cache", where, is_zonal ? zone : NULL);
        lp->object = (uint16_t)store, lp->region = (uint16_t)region, lp->zone = (uint16_t)z;
    }
}

// They are where their callers are, wherever the store is.
static void layout_caches(struct model *m)
{
    const struct topology *t = m->topology;
    for (int s = 0; s < t->n_stores; s++)
        for (int r = 0; t->stores[s].cache.scope != CACHING_NONE && r < t->n_regions; r++)
            if (layout_has_caller(t, s, r))
                layout_region_caches(m, s, r);
}

static void layout_pass(struct model *m)
{
    for (int k = 0; k < LP_KINDS; k++)
        m->count[k] = 0;
    layout_populations(m);
    layout_checkers(m);
    layout_services(m);
    layout_stores(m);
    layout_caches(m);
}

static int32_t *layout_index(struct model *m, int n_objects)
{
    size_t n = (size_t)n_objects * (size_t)m->topology->n_regions;
    int32_t *index = arena_push(&m->arena, int32_t, n + 1);
    for (size_t i = 0; i < n; i++)
        index[i] = -1;
    return index;
}

void layout_number(struct model *m)
{
    m->balancer_of = layout_index(m, m->topology->n_services);
    m->pool_of = layout_index(m, m->topology->n_services);
    m->replica_of = layout_index(m, m->topology->n_stores);
    m->cache_of = layout_index(m, m->topology->n_stores);
    layout_pass(m); // counts
    for (int k = 0; k < LP_KINDS; k++) {
        m->first[k] = m->n_lps;
        m->n_lps += m->count[k];
    }
    m->checkers = arena_push(&m->arena, struct checker_plan, m->count[LP_CHECKER] + 1);
    m->lps = arena_push(&m->arena, struct lp_info, m->n_lps);
    layout_pass(m); // fills
}

static uint16_t layout_cache_place(const struct model *m, const struct lp_info *cache)
{
    const bool is_zonal = m->topology->stores[cache->object].cache.scope == CACHING_ZONE;
    return is_zonal ? m->zone_place[cache->region][cache->zone] : m->region_place[cache->region];
}

void layout_place(struct model *m)
{
    for (uint32_t i = 0; i < m->n_lps; i++) {
        struct lp_info *lp = &m->lps[i];
        switch (lp->kind) {
        case LP_POPULATION:
            lp->place = (uint16_t)(m->population_place + lp->index);
            break;
        case LP_RESOLVER:
            lp->place = (uint16_t)(m->resolver_place + lp->index);
            break;
        case LP_AUTHORITY:
            lp->place = m->authority_place;
            break;
        case LP_CHECKER:
            lp->place = (uint16_t)(m->checker_place + lp->place);
            break;
        case LP_BALANCER: // its nodes are in all zones; callers and answers name the zone
        case LP_POOL:
            lp->place = m->zone_place[lp->region][lp->zone];
            break;
        case LP_REPLICA:
            lp->place = lp->is_zonal ? m->zone_place[lp->region][lp->zone]
                                     : m->region_place[lp->region];
            break;
        case LP_CACHE:
            lp->place = layout_cache_place(m, lp);
            break;
        case LP_KINDS:
            break;
        }
    }
}

// ---- cells

static bool layout_is_in_region(const struct lp_info *lp)
{
    return lp->kind == LP_BALANCER || lp->kind == LP_POOL || lp->kind == LP_REPLICA ||
           lp->kind == LP_CACHE;
}

// A checker lives with the region it probes from: alone with global control it would tie that
// closely to the region, and windows would be as short as the way between two zones.
static uint32_t layout_checker_cell(const struct model *m, const struct lp_info *checker)
{
    const struct topology *t = m->topology;
    int geography = m->checker_places[checker->place - m->checker_place];
    for (int r = 0; r < t->n_regions; r++)
        if (t->regions[r].geography == geography)
            return (uint32_t)r;
    return (uint32_t)t->n_regions + m->count[LP_POPULATION];
}

static uint32_t layout_cell(const struct model *m, uint32_t lp)
{
    const struct lp_info *info = &m->lps[lp];
    uint32_t regions = (uint32_t)m->topology->n_regions;
    if (m->options.partition == PARTITION_ONE)
        return 0;
    if (m->options.partition == PARTITION_MANY)
        return lp;
    if (layout_is_in_region(info))
        return info->region;
    if (info->kind == LP_POPULATION || info->kind == LP_RESOLVER)
        return regions + info->index;
    if (info->kind == LP_CHECKER)
        return layout_checker_cell(m, info);
    return regions + m->count[LP_POPULATION]; // global control
}

// Do LPs of these kinds ever send to each other?
static bool layout_talk(const struct model *m, enum lp_kind a, enum lp_kind b)
{
    static const uint8_t partners[LP_KINDS] = {
        [LP_POPULATION] = 1 << LP_RESOLVER | 1 << LP_BALANCER,
        [LP_RESOLVER] = 1 << LP_POPULATION | 1 << LP_AUTHORITY,
        [LP_AUTHORITY] = 1 << LP_RESOLVER | 1 << LP_CHECKER,
        [LP_CHECKER] = 1 << LP_AUTHORITY | 1 << LP_BALANCER,
        [LP_BALANCER] = 1 << LP_POPULATION | 1 << LP_CHECKER | 1 << LP_POOL | 1 << LP_AUTHORITY,
        [LP_POOL] = 1 << LP_BALANCER | 1 << LP_REPLICA | 1 << LP_CACHE,
        [LP_REPLICA] = 1 << LP_POOL | 1 << LP_REPLICA | 1 << LP_CACHE,
        [LP_CACHE] = 1 << LP_POOL | 1 << LP_REPLICA | 1 << LP_CACHE,
    };
    if (a == LP_AUTHORITY && b == LP_POPULATION) // its edge
        return steering_has_edges(&m->topology->steering);
    if (a == LP_POPULATION && b == LP_AUTHORITY) // reports of load
        return steering_is_per_request(&m->topology->steering);
    return partners[a] >> b & 1;
}

// Least floor of any path that messages from LP a to LP b may take.
static simtime layout_floor(const struct model *m, uint32_t a, uint32_t b)
{
    const struct lp_info *from = &m->lps[a], *to = &m->lps[b];
    const struct path *path = model_path(m, from->place, to->place);
    simtime floor = path->floor;
    if (from->kind == LP_POPULATION && to->kind == LP_BALANCER &&
        steering_is_per_request(&m->topology->steering))
        floor -= frontend_shortcut(path);
    bool same_region = layout_is_in_region(from) && layout_is_in_region(to) &&
                       from->region == to->region;
    for (int z = 0; same_region && z < m->topology->regions[from->region].n_zones; z++) {
        // A balancer has a node in every zone: within a zone and between zones are both possible.
        const uint16_t *zones = m->zone_place[from->region];
        simtime way = model_path(m, zones[0], zones[z])->floor;
        floor = way < floor ? way : floor;
    }
    return floor;
}

void layout_cells(struct model *m)
{
    m->lp_cell = arena_push(&m->arena, uint32_t, m->n_lps);
    for (uint32_t i = 0; i < m->n_lps; i++) {
        m->lp_cell[i] = layout_cell(m, i);
        if (m->lp_cell[i] >= m->n_cells)
            m->n_cells = m->lp_cell[i] + 1;
    }
    size_t n = (size_t)m->n_cells * m->n_cells;
    m->lookahead = arena_push(&m->arena, simtime, n);
    for (size_t i = 0; i < n; i++)
        m->lookahead[i] = SIMTIME_NEVER;
    for (uint32_t a = 0; a < m->n_lps; a++) {
        for (uint32_t b = 0; b < m->n_lps; b++) {
            simtime *bound = &m->lookahead[(size_t)m->lp_cell[a] * m->n_cells + m->lp_cell[b]];
            if (!layout_talk(m, m->lps[a].kind, m->lps[b].kind))
                continue;
            simtime floor = layout_floor(m, a, b);
            *bound = floor < *bound ? floor : *bound;
        }
    }
}
