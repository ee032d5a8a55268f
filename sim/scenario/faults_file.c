#include "scenario/faults_file.h"

#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "model/action.h"
#include "scenario/actions_check.h"
#include "scenario/name_list.h"
#include "scenario/targets_check.h"

static const char *fault_path(const struct loading *l, const struct fault_spec *f, const char *key)
{
    return arena_printf(l->arena, "faults.%s%s%s", f->name, key[0] != '\0' ? "." : "", key);
}

// ---- a fault by itself

static void check_timing(const struct loading *l, struct fault_spec *f)
{
    f->is_random = f->rate_per_s > 0;
    if (f->is_random && loading_gives(l, fault_path(l, f, "at")))
        loading_error(l, fault_path(l, f, "at"), true,
                      "'at' has no effect: with 'rate' the fault comes at random times");
    if (f->is_random && !loading_gives(l, fault_path(l, f, "source")))
        loading_error(l, fault_path(l, f, ""), true,
                      "'source' is missing: say where the rate of '%s' comes from", f->name);
    if (!f->is_random && loading_gives(l, fault_path(l, f, "rate")))
        loading_error(l, fault_path(l, f, "rate"), false, "a rate of 0 never strikes");
    else if (!f->is_random && !loading_gives(l, fault_path(l, f, "at")))
        loading_error(l, fault_path(l, f, ""), true,
                      "'at' or 'rate' is missing: when does '%s' strike?", f->name);
}

static bool may_hit_all_zones(const struct fault_spec *f)
{
    return f->target == FAULT_SERVICE || f->target == FAULT_CACHE;
}

static bool has_zone(const struct fault_spec *f)
{
    return f->target == FAULT_ZONE || may_hit_all_zones(f);
}

// Whether it names one zone, not several.
static bool names_zone(const struct fault_spec *f)
{
    bool is_all = may_hit_all_zones(f) && strcmp(f->zone, ALL_ZONES) == 0;
    return has_zone(f) && strcmp(f->zone, "*") != 0 && !is_all;
}

static void check_places(const struct loading *l, const struct fault_spec *f)
{
    if (names_zone(f) && !targets_check_is_zone(f->zone)) {
        loading_error(l, fault_path(l, f, "zone"), false, "'%.40s' is no letter of a zone",
                      f->zone);
        diag_expect(l->diags, "one letter from a to %c, or every%s", 'a' + TOPOLOGY_MAX_ZONES - 1,
                    may_hit_all_zones(f) ? ", or all" : "");
    }
    if (f->target == FAULT_LINK && strcmp(f->peer, "*") != 0 && strcmp(f->peer, f->region) == 0)
        loading_error(l, fault_path(l, f, "peer"), false, "a link needs two ends, not '%s' twice",
                      f->peer);
}

static void check_occurs(const struct loading *l, const struct fault_plan *plan)
{
    const bool has_source = loading_gives(l, "occurs.source");
    if (plan->occurs_per_s > 0 && !has_source)
        loading_error(l, "occurs", true, "'source' is missing: say where the rate comes from");
    else if (plan->occurs_per_s == 0 && has_source)
        loading_error(l, "occurs.source", true, "'source' has no effect without a rate");
}

struct fault_plan *faults_file_bind(const struct loading *l, struct settings **settings)
{
    struct binder b = {.arena = l->arena, .diags = l->diags};
    struct fault_plan *plan = arena_push(l->arena, struct fault_plan, 1);
    bind_document(&b, l->schema, l->root, plan);
    *settings = bind_finish(&b, l->file, l->schema->name);
    plan->file = l->file;
    plan->text = l->text;
    loading_default_name(l, *settings, &plan->name);
    for (int i = 0; i < plan->n_faults; i++) {
        if (!bind_is_right(&b, fault_path(l, &plan->faults[i], "")))
            continue;
        check_timing(l, &plan->faults[i]);
        check_places(l, &plan->faults[i]);
    }
    for (int i = 0; i < plan->n_actions; i++)
        if (bind_is_right(&b, arena_printf(l->arena, "actions.%s", plan->actions[i].name)))
            actions_check(l, &plan->actions[i]);
    if (plan->n_faults + plan->n_actions == 0 && bind_is_right(&b, "faults") &&
        bind_is_right(&b, "actions"))
        loading_error(l, loading_gives(l, "faults") ? "faults" : "actions", true,
                      "a plan needs a fault or an action");
    if (bind_is_right(&b, "occurs"))
        check_occurs(l, plan);
    return plan;
}

// ---- against designs and demand

struct known_names {
    struct name_list regions, services, stores, peers;
};

static void collect_names(struct known_names *k, const struct topology *topologies,
                          size_t n_topologies, const struct workload *workload)
{
    for (size_t i = 0; i < n_topologies; i++) {
        const struct topology *t = &topologies[i];
        for (int r = 0; r < t->n_regions; r++) {
            name_list_add(&k->regions, t->regions[r].name);
            name_list_add(&k->peers, t->regions[r].name);
        }
        for (int s = 0; s < t->n_services; s++)
            name_list_add(&k->services, t->services[s].name);
        for (int s = 0; s < t->n_stores; s++)
            name_list_add(&k->stores, t->stores[s].name);
    }
    for (int p = 0; workload != NULL && p < workload->n_populations; p++)
        name_list_add(&k->peers, workload->populations[p].name);
    name_list_add(&k->peers, OTHER_REGIONS);
}

struct plan_check {
    const struct loading *l;
    const struct fault_plan *plan;
    const struct fault_spec *f;
    const struct topology *topologies;
    size_t n_topologies;
};

static void check_name(const struct plan_check *c, const char *key, const char *name,
                       const struct name_list *list)
{
    const bool is_peer = strcmp(key, "peer") == 0;
    if (!name_list_require(list, c->l, fault_path(c->l, c->f, key),
                           is_peer ? "region or population" : key, name) &&
        is_peer)
        diag_expect(c->l->diags, "one of these, or regions: every other one; or every: the rest "
                                 "of the world, users included");
}

static void check_zone_exists(const struct plan_check *c)
{
    const struct fault_spec *f = c->f;
    int most = 0;
    for (size_t i = 0; i < c->n_topologies; i++)
        for (int r = 0; r < c->topologies[i].n_regions; r++) {
            const struct region_spec *spec = &c->topologies[i].regions[r];
            if (workload_means(f->region, spec->name) && spec->n_zones > most)
                most = spec->n_zones;
        }
    if (most > 0 && f->zone[0] - 'a' >= most)
        loading_error(c->l, fault_path(c->l, f, "zone"), false,
                      "no design uses zone '%s' there: its zones are a to %c", f->zone,
                      'a' + most - 1);
}

// A region of no design may hold what operators need.
static bool is_needed_by_actions(const struct plan_check *c)
{
    for (int i = 0; c->f->target == FAULT_REGION && i < c->plan->n_actions; i++)
        if (action_needs(c->plan->actions[i].kind, c->f->region, c->f->effect))
            return true;
    return false;
}

static void check_targets_exist(const struct plan_check *c)
{
    const struct targets_named names = {c->f->region, c->f->object, c->f->zone};
    const int most = targets_check_most(&names, c->topologies, c->n_topologies);
    if (c->f->targets <= most || most == 0)
        return;
    loading_error(c->l, fault_path(c->l, c->f, "targets"), false,
                  "no design has %d targets there, but %d at most", c->f->targets, most);
    diag_expect(c->l->diags, "'targets_per_zone' of the service says how many there are");
}

// What there is of the stores whose caches a fault would hit.
struct cache_census {
    bool has_store, has_cache, has_zonal;
};

static struct cache_census count_caches(const struct plan_check *c)
{
    struct cache_census census = {0};
    for (size_t i = 0; i < c->n_topologies; i++)
        for (int s = 0; s < c->topologies[i].n_stores; s++) {
            const struct store_spec *store = &c->topologies[i].stores[s];
            if (!workload_means(c->f->object, store->name))
                continue;
            census.has_store = true;
            census.has_cache |= store->cache.scope != CACHING_NONE;
            census.has_zonal |= store->cache.scope == CACHING_ZONE;
        }
    return census;
}

static void check_cache_exists(const struct plan_check *c)
{
    const struct fault_spec *f = c->f;
    const struct cache_census census = count_caches(c);
    if (census.has_store && !census.has_cache) {
        loading_error(c->l, fault_path(c->l, f, "store"), false,
                      "no design has a cache in front of that store");
        diag_expect(c->l->diags, "a store with 'cache: {scope: zone, ...}', or region");
    } else if (census.has_cache && !census.has_zonal && strcmp(f->zone, ALL_ZONES) != 0) {
        loading_error(c->l, fault_path(c->l, f, "zone"), true,
                      "'zone' has no effect: no design has a cache in each zone there");
    }
}

static void check_names_of(const struct plan_check *c, const struct known_names *k)
{
    const struct fault_spec *f = c->f;
    if (!is_needed_by_actions(c))
        check_name(c, "region", f->region, &k->regions);
    if (names_zone(f))
        check_zone_exists(c);
    if (f->target == FAULT_SERVICE) {
        check_name(c, "service", f->object, &k->services);
        check_targets_exist(c);
    }
    if (f->target == FAULT_STORE || f->target == FAULT_CACHE)
        check_name(c, "store", f->object, &k->stores);
    if (f->target == FAULT_CACHE)
        check_cache_exists(c);
    if (f->target == FAULT_LINK)
        check_name(c, "peer", f->peer, &k->peers);
}

// Something of a plan that comes after the end of the run, and where it says when.
struct late {
    const char *name;
    const struct node *at;
};

typedef ARRAY(struct late) late_list;

static late_list list_late(const struct loading *l, const struct fault_plan *plan,
                           double duration_s)
{
    late_list late = {0};
    for (int i = 0; i < plan->n_faults; i++) {
        const struct fault_spec *f = &plan->faults[i];
        if (!f->is_random && f->at_s >= duration_s)
            array_push(&late,
                       ((struct late){f->name, document_nearest(l->root, fault_path(l, f, "at"))}));
    }
    for (int i = 0; i < plan->n_actions; i++) {
        const struct action_spec *a = &plan->actions[i];
        const char *path = arena_printf(l->arena, "actions.%s.at", a->name);
        if (a->at_s >= duration_s)
            array_push(&late, ((struct late){a->name, document_nearest(l->root, path)}));
    }
    return late;
}

// A run may be shorter than the plan and meet only its first faults: worth a warning. Meeting none
// is a mistake.
static void check_times(const struct loading *l, const struct fault_plan *plan,
                        const struct workload *workload)
{
    char duration[48];
    late_list late = list_late(l, plan, workload->duration_s);
    bool is_all = late.n == (size_t)(plan->n_faults + plan->n_actions);
    quantity_format(workload->duration_s, DIMENSION_TIME, duration);
    for (size_t i = 0; i < late.n; i++) {
        const struct late *one = &late.items[i];
        if (is_all)
            document_error(l->diags, one->at, "'%s' has no effect: the run ends after %s",
                           one->name, duration);
        else
            diag_warning(l->diags, one->at->place, "'%s' has no effect: the run ends after %s",
                         one->name, duration);
    }
    array_free(&late);
}

void faults_file_check(const struct loading *l, const struct fault_plan *plan,
                       const struct topology *topologies, size_t n_topologies,
                       const struct workload *workload)
{
    struct known_names known = {0};
    collect_names(&known, topologies, n_topologies, workload);
    for (int i = 0; n_topologies > 0 && i < plan->n_faults; i++)
        check_names_of(&(struct plan_check){l, plan, &plan->faults[i], topologies, n_topologies},
                       &known);
    actions_check_names(l, plan, topologies, n_topologies);
    if (workload != NULL)
        check_times(l, plan, workload);
    name_list_free(&known.regions);
    name_list_free(&known.services);
    name_list_free(&known.stores);
    name_list_free(&known.peers);
}
