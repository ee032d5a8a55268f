#include "scenario/topology_file.h"

#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/balancer_check.h"
#include "scenario/cache_check.h"
#include "scenario/consistency_check.h"
#include "scenario/forwarding_check.h"
#include "scenario/healthchecks.h"
#include "scenario/limits_check.h"
#include "scenario/steering_check.h"
#include "scenario/store_check.h"

struct topology_check {
    const struct loading *l;
    const struct geography *geography;
    struct topology *t;
    const struct node *root;
    const struct binder *b;
};

static const char *check_path(const struct topology_check *c, const char *table, const char *name,
                              const char *key)
{
    return arena_printf(c->l->arena, "%s.%s%s%s", table, name, key[0] != '\0' ? "." : "", key);
}

// ---- regions and names

static void check_zones(const struct topology_check *c)
{
    for (int i = 0; i < c->t->n_regions; i++) {
        const struct region_spec *r = &c->t->regions[i];
        if (r->geography < 0 || r->n_zones <= c->geography->regions[r->geography].n_zones)
            continue;
        loading_error(c->l, check_path(c, "regions", r->name, "zones"), false,
                      "%s has %d zones, not %d", r->name,
                      c->geography->regions[r->geography].n_zones, r->n_zones);
    }
}

static bool check_is_service(const struct topology *t, const char *name)
{
    for (int i = 0; i < t->n_services; i++)
        if (strcmp(t->services[i].name, name) == 0)
            return true;
    return false;
}

static void check_names(const struct topology_check *c)
{
    for (int i = 0; i < c->t->n_stores; i++)
        if (check_is_service(c->t, c->t->stores[i].name))
            loading_error(c->l, check_path(c, "stores", c->t->stores[i].name, ""), true,
                          "'%s' is the name of a service too", c->t->stores[i].name);
}

static bool check_serves(const struct topology *t, int region)
{
    uint32_t bit = UINT32_C(1) << region;
    for (int i = 0; i < t->n_services; i++)
        if (t->services[i].regions & bit)
            return true;
    for (int i = 0; i < t->n_stores; i++)
        if (t->stores[i].regions & bit)
            return true;
    return false;
}

static void check_regions_used(const struct topology_check *c)
{
    for (int i = 0; i < c->t->n_regions; i++)
        if (!check_serves(c->t, i))
            loading_error(c->l, check_path(c, "regions", c->t->regions[i].name, ""), true,
                          "region '%s' has no effect: no service and no store uses it",
                          c->t->regions[i].name);
}

// ---- calls

// The node of a call, found by walking the steps as the binder does.
static const struct node *check_call_node(const struct topology_check *c,
                                          const struct service_spec *s, int index)
{
    const struct node *steps = document_at(c->root, check_path(c, "services", s->name, "steps"));
    for (const struct node *item = steps->first; item != NULL; item = item->next) {
        const struct node *parallel = document_get(item, "parallel");
        size_t n = parallel != NULL ? parallel->n_children : 1;
        const struct node *call = parallel != NULL ? parallel->first : item;
        for (size_t i = 0; i < n; i++, call = call->next)
            if (index-- == 0)
                return call;
    }
    REQUIRE(false, "service '%s' has no such call", s->name);
    return NULL;
}

// Services come first in the callee scope, stores after them.
static void check_split_callees(const struct topology_check *c)
{
    for (int i = 0; i < c->t->n_services; i++) {
        struct service_spec *s = &c->t->services[i];
        for (int k = 0; k < s->n_calls; k++) {
            struct call_spec *call = &s->calls[k];
            call->target = call->index < c->t->n_services ? CALL_SERVICE : CALL_STORE;
            if (call->target == CALL_STORE)
                call->index -= c->t->n_services;
        }
    }
}

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

struct call_walk {
    const struct topology_check *c;
    enum visit *services;
    bool *stores; // called
    ARRAY(int) chain;
};

static void check_report_cycle(struct call_walk *w, int caller, int call, int callee)
{
    const struct topology *t = w->c->t;
    const char *text = "";
    bool is_on = false;
    for (size_t i = 0; i < w->chain.n; i++) {
        is_on |= w->chain.items[i] == callee;
        if (is_on)
            text = arena_printf(w->c->l->arena, "%s%s -> ", text,
                                t->services[w->chain.items[i]].name);
    }
    const struct node *node = check_call_node(w->c, &t->services[caller], call);
    document_error(w->c->l->diags, document_get(node, "call"),
                   "services call each other in a circle: %s%s", text, t->services[callee].name);
}

static void check_walk_calls(struct call_walk *w, int service)
{
    const struct service_spec *s = &w->c->t->services[service];
    w->services[service] = VISIT_OPEN;
    array_push(&w->chain, service);
    for (int k = 0; k < s->n_calls; k++) {
        int callee = s->calls[k].index;
        if (s->calls[k].target == CALL_STORE)
            w->stores[callee] = true;
        else if (w->services[callee] == VISIT_OPEN)
            check_report_cycle(w, service, k, callee);
        else if (w->services[callee] == VISIT_NEW)
            check_walk_calls(w, callee);
    }
    w->chain.n--;
    w->services[service] = VISIT_DONE;
}

static void check_calls(const struct topology_check *c)
{
    check_split_callees(c);
    struct call_walk w = {.c = c};
    w.services = arena_push(c->l->arena, enum visit, (size_t)c->t->n_services);
    w.stores = arena_push(c->l->arena, bool, (size_t)c->t->n_stores + 1);
    for (int i = 0; i < c->t->n_services; i++)
        if (steering_reaches(&c->t->steering, c->t->entry, i) && w.services[i] == VISIT_NEW)
            check_walk_calls(&w, i);
    for (int i = 0; i < c->t->n_services; i++) {
        if (w.services[i] != VISIT_NEW)
            continue;
        loading_error(c->l, check_path(c, "services", c->t->services[i].name, ""), true,
                      "service '%s' has no effect: no call from '%s' leads to it",
                      c->t->services[i].name, c->t->services[c->t->entry].name);
        check_walk_calls(&w, i); // for cycles out of sight of the entry, and what it uses
    }
    for (int i = 0; i < c->t->n_stores; i++)
        if (!w.stores[i] && !check_is_service(c->t, c->t->stores[i].name))
            loading_error(c->l, check_path(c, "stores", c->t->stores[i].name, ""), true,
                          "store '%s' has no effect: no service calls it", c->t->stores[i].name);
    array_free(&w.chain);
}

// ---- stores, balancers, network, steering

static void check_stores(const struct topology_check *c)
{
    store_check(c->l, c->b, c->t);
    limits_check_stores(c->l, c->b, c->t);
}

static void check_store_calls(const struct topology_check *c)
{
    limits_check_calls(c->l, c->t);
    consistency_check(c->l, c->t);
}

static void check_caches(const struct topology_check *c)
{
    cache_check(c->l, c->b, c->t);
}

static void check_writers(const struct topology_check *c)
{
    forwarding_check(c->l, c->t);
}

static void check_balancers(const struct topology_check *c)
{
    balancer_check(c->l, c->t);
}

static void check_network(const struct topology_check *c)
{
    const struct network_spec *n = &c->t->network;
    const struct {
        const char *path;
        double median, p99;
    } pairs[] = {
        {"network.zone_rtt.p99", n->zone_rtt_s, n->zone_rtt_p99_s},
        {"network.local_rtt.p99", n->local_rtt_s, n->local_rtt_p99_s},
        {"network.resolver_rtt.p99", n->resolver_rtt_s, n->resolver_rtt_p99_s},
        {"network.authority_rtt.p99", n->authority_rtt_s, n->authority_rtt_p99_s},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (pairs[i].p99 < pairs[i].median)
            loading_error(c->l, pairs[i].path, false, "'p99' must not lie below the median");
}

static void check_steering(const struct topology_check *c)
{
    steering_check(c->l, c->t);
}

static void check_health(const struct topology_check *c)
{
    healthchecks_check(c->l, c->t);
}

// What records and sets are checked for hangs on: not on a weight, a bias or a TTL.
#define RECORD_KEYS(set)                                                                           \
    set ".policy", set ".alias", set ".records.*.region", set ".records.*.set",                    \
        set ".records.*.secondary", set ".records.*.location", set ".records.*.cidr",              \
        set ".records.*.evaluate_target_health", set ".records.*.health_check",                    \
        set ".records.*.endpoints", set ".records.*.capacity", set ".records.*.dial"
#define STEERING_KEYS                                                                              \
    "regions", "services.*.regions", "entry", RECORD_KEYS("steering"),                             \
        RECORD_KEYS("steering.sets.*")

#define CALL_KEYS                                                                                  \
    "services.*.steps", "stores", "entry", "steering.policy",                                      \
        "steering.records.*.endpoints.*.service"

static bool check_can(const struct topology_check *c, const char *const *paths)
{
    for (; *paths != NULL; paths++)
        if (!bind_is_right(c->b, *paths))
            return false;
    return true;
}

// A mistake elsewhere does not keep a check from being made, but one does in what the check goes
// by: its other words would be about that.
static void check_all(const struct topology_check *c)
{
    static const struct {
        void (*check)(const struct topology_check *c);
        const char *paths[32];
    } checks[] = {
        {check_zones, {"regions.*.zones"}},
        {check_names, {"services", "stores"}},
        {check_regions_used, {"services.*.regions", "stores.*.regions"}},
        {check_calls, {CALL_KEYS}},
        {check_stores, {"regions"}},
        {check_store_calls, // after these two
         {"regions", "services.*.steps", "stores", "entry", "steering.policy",
          "steering.records.*.endpoints.*.service"}},
        {check_caches, {CALL_KEYS, "regions", "services.*.regions"}},
        {check_writers, {CALL_KEYS, "regions", "services.*.regions"}},
        {check_balancers,
         {"regions.*.zones", "services.*.regions", "services.*.servers_per_zone",
          "services.*.targets_per_zone", "services.*.targets_in_zone", "services.*.balancer",
          "entry", "balancer", "balancers", "steering.policy", "steering.records.*.region",
          "steering.records.*.endpoints", "steering.checks"}},
        {check_network,
         {"network.zone_rtt", "network.local_rtt", "network.resolver_rtt",
          "network.authority_rtt"}},
        {check_steering, {STEERING_KEYS}},
        {check_health,
         {STEERING_KEYS, "steering.health_check", "steering.checks", "steering.safety_rules"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if (check_can(c, checks[i].paths))
            checks[i].check(c);
}

// Names that values may refer to: they are known before anything is bound.
static void set_scopes(struct binder *b, const struct geography *geography, const struct node *root)
{
    static const char *const zones[TOPOLOGY_MAX_ZONES] = {"a", "b", "c", "d", "e", "f"};
    const char **codes = arena_push(b->arena, const char *, geography->n_regions + 1);
    for (size_t i = 0; i < geography->n_regions; i++)
        codes[i] = geography->regions[i].code;
    b->scopes[SCOPE_GEOGRAPHY] = (struct bind_scope){codes, geography->n_regions};
    b->scopes[SCOPE_ZONE] = (struct bind_scope){zones, ARRAY_LEN(zones)};
    bind_scope_from(b, SCOPE_REGION, document_get(root, "regions"));
    bind_scope_from(b, SCOPE_SERVICE, document_get(root, "services"));
    bind_scope_from(b, SCOPE_STORE, document_get(root, "stores"));
    bind_scope_from(b, SCOPE_CALLEE, document_get(root, "services"));
    bind_scope_from(b, SCOPE_CALLEE, document_get(root, "stores"));
    bind_scope_from(b, SCOPE_BALANCER, document_get(root, "balancers"));
    bind_scope_from(b, SCOPE_RECORD_SET, document_at(root, "steering.sets"));
    const char **record_checks = arena_push(b->arena, const char *, RECORD_NAMED_CHECK);
    record_checks[RECORD_UNCHECKED] = "none";
    record_checks[RECORD_DEFAULT_CHECK] = "default";
    b->scopes[SCOPE_RECORD_CHECK] = (struct bind_scope){record_checks, RECORD_NAMED_CHECK};
    bind_scope_from(b, SCOPE_CHECK, document_at(root, "steering.checks"));
    bind_scope_from(b, SCOPE_RECORD_CHECK, document_at(root, "steering.checks"));
}

struct topology *topology_file_bind(const struct loading *l, const struct geography *geography,
                                    struct settings **settings)
{
    struct binder b = {.arena = l->arena, .diags = l->diags};
    struct topology *t = arena_push(l->arena, struct topology, 1);
    set_scopes(&b, geography, l->root);
    bind_document(&b, l->schema, l->root, t);
    *settings = bind_finish(&b, l->file, l->schema->name);
    t->file = l->file;
    t->text = l->text;
    loading_default_name(l, *settings, &t->name);
    check_all(&(struct topology_check){l, geography, t, l->root, &b});
    return t;
}
