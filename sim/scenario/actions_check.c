#include "scenario/actions_check.h"

#include <string.h>

#include "base/base.h"
#include "scenario/name_list.h"
#include "scenario/targets_check.h"

static const char *action_path(const struct loading *l, const struct action_spec *a,
                               const char *key)
{
    return arena_printf(l->arena, "actions.%s.%s", a->name, key);
}

// ---- an action by itself

static void check_zone(const struct loading *l, const struct action_spec *a)
{
    const bool may_be_all = a->kind == ACTION_TARGETS;
    if ((a->kind != ACTION_ZONAL_SHIFT && !may_be_all) ||
        (may_be_all && strcmp(a->zone, ALL_ZONES) == 0) || targets_check_is_zone(a->zone))
        return;
    loading_error(l, action_path(l, a, "zone"), false, "'%.40s' is no letter of a zone", a->zone);
    diag_expect(l->diags, "one letter from a to %c%s", 'a' + TOPOLOGY_MAX_ZONES - 1,
                may_be_all ? ", or all" : "");
}

void actions_check(const struct loading *l, const struct action_spec *a)
{
    check_zone(l, a);
    if ((a->kind == ACTION_STORE || a->kind == ACTION_ACCESS_POINT) && strcmp(a->region, "*") == 0)
        loading_error(l, action_path(l, a, "region"), false,
                      "'every' is no region that a store could be moved to");
}

// ---- against designs

struct known_names {
    struct name_list sets, targets, checks, controls, groups, regions, services, endpoints;
    struct name_list led_stores, routed_stores;
};

static void collect_group(struct known_names *k, const struct topology *t,
                          const struct record_spec *group)
{
    name_list_add(&k->groups, t->regions[group->region].name);
    if (group->n_endpoints == 0)
        name_list_add(&k->endpoints, t->services[t->entry].name);
    for (int i = 0; i < group->n_endpoints; i++)
        name_list_add(&k->endpoints, t->services[group->endpoints[i].service].name);
}

static void collect_names(struct known_names *k, const struct topology *t)
{
    for (int r = 0; r < t->n_regions; r++) {
        name_list_add(&k->targets, t->regions[r].name);
        name_list_add(&k->regions, t->regions[r].name);
    }
    for (int s = 0; s < t->n_services; s++)
        name_list_add(&k->services, t->services[s].name);
    for (int s = 0; s < t->n_stores; s++) {
        if (t->stores[s].mode == STORE_SINGLE_LEADER)
            name_list_add(&k->led_stores, t->stores[s].name);
        if (store_has_routes(&t->stores[s]))
            name_list_add(&k->routed_stores, t->stores[s].name);
    }
    for (int i = 0; steering_is_accelerated(&t->steering) && i < t->steering.root.n_records; i++)
        collect_group(k, t, &t->steering.root.records[i]);
    for (int s = 0; s < t->steering.n_sets; s++) {
        name_list_add(&k->sets, t->steering.sets[s].name);
        name_list_add(&k->targets, t->steering.sets[s].name);
    }
    for (int c = 0; c < t->steering.n_checks; c++) {
        name_list_add(&k->checks, t->steering.checks[c].name);
        if (t->steering.checks[c].kind == CHECK_CONTROL)
            name_list_add(&k->controls, t->steering.checks[c].name);
    }
}

struct name_check {
    const struct loading *l;
    const struct action_spec *action;
    const struct topology *topologies;
    size_t n_topologies;
};

static void check_name(const struct name_check *c, const char *key, const char *name,
                       const struct name_list *known, const char *noun)
{
    name_list_require(known, c->l, action_path(c->l, c->action, key), noun, name);
}

// Whether there are the zone, and so many targets.
static void check_targets(const struct name_check *c)
{
    const struct action_spec *a = c->action;
    const struct targets_named place = {a->region, a->service, ALL_ZONES},
                               names = {a->region, a->service, a->zone};
    const int all = targets_check_most(&place, c->topologies, c->n_topologies);
    const int most = targets_check_most(&names, c->topologies, c->n_topologies);
    if (all > 0 && most == 0)
        loading_error(c->l, action_path(c->l, a, "zone"), false, "no design uses zone '%s' there",
                      a->zone);
    else if (a->targets > most && most > 0)
        loading_error(c->l, action_path(c->l, a, "targets"), false,
                      "no design has %d targets there, but %d at most", a->targets, most);
}

static void check_names_of(const struct name_check *c, const struct known_names *k)
{
    const struct action_spec *a = c->action;
    switch (a->kind) {
    case ACTION_RECORD:
        check_name(c, "set", a->set, &k->sets, "record set");
        check_name(c, "record", a->target, &k->targets, "region or record set");
        break;
    case ACTION_CHECK:
        check_name(c, "check", a->check, &k->checks, "health check");
        break;
    case ACTION_ROUTING_CONTROL:
        check_name(c, "control", a->check, &k->controls, "routing control");
        break;
    case ACTION_TRAFFIC_DIAL:
        check_name(c, "group", a->group, &k->groups, "group of an accelerator in");
        break;
    case ACTION_ENDPOINT_WEIGHT:
        check_name(c, "group", a->group, &k->groups, "group of an accelerator in");
        check_name(c, "service", a->service, &k->endpoints, "endpoint of an accelerator for");
        break;
    case ACTION_STORE:
        check_name(c, "region", a->region, &k->regions, "region");
        check_name(c, "store", a->store, &k->led_stores, "store with a leader");
        break;
    case ACTION_ACCESS_POINT:
        check_name(c, "region", a->region, &k->regions, "region");
        check_name(c, "store", a->store, &k->routed_stores, "store with an access point");
        break;
    case ACTION_ZONAL_SHIFT:
    case ACTION_TARGETS:
        check_name(c, "region", a->region, &k->regions, "region");
        check_name(c, "service", a->service, &k->services, "service");
        check_targets(c);
        break;
    }
}

void actions_check_names(const struct loading *l, const struct fault_plan *plan,
                         const struct topology *topologies, size_t n_topologies)
{
    struct known_names known = {0};
    for (size_t i = 0; i < n_topologies; i++)
        collect_names(&known, &topologies[i]);
    for (int i = 0; n_topologies > 0 && i < plan->n_actions; i++)
        check_names_of(&(struct name_check){l, &plan->actions[i], topologies, n_topologies},
                       &known);
    name_list_free(&known.sets);
    name_list_free(&known.targets);
    name_list_free(&known.checks);
    name_list_free(&known.controls);
    name_list_free(&known.groups);
    name_list_free(&known.regions);
    name_list_free(&known.services);
    name_list_free(&known.led_stores);
    name_list_free(&known.routed_stores);
    name_list_free(&known.endpoints);
}
