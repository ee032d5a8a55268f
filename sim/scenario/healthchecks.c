#include "scenario/healthchecks.h"

#include <math.h>
#include <string.h>

#include "base/base.h"

// A named check and where it stands.
struct named_check {
    const struct loading *l;
    struct topology *t;
    struct check_spec *check;
    int index;
};

static const char *check_path(const struct named_check *c, const char *key)
{
    return arena_printf(c->l->arena, "steering.checks.%s%s%s", c->check->name,
                        key[0] != '\0' ? "." : "", key);
}

// What follows from the keys of a probe: Route 53 counts the same number of results both ways, and
// the interval from the response.
static void complete_probe(struct checker_spec *health)
{
    struct probe_spec *p = &health->probe;
    p->healthy_threshold = p->unhealthy_threshold;
    p->interval_from_response = true;
    if (p->kind == PROBE_TCP)
        p->connect_timeout_s = health->tcp_timeout_s;
}

// ---- one check

static void check_name(const struct named_check *c)
{
    const char *name = c->check->name;
    bool is_region = false;
    for (int r = 0; r < c->t->n_regions; r++)
        is_region |= strcmp(c->t->regions[r].name, name) == 0;
    if (is_region || strcmp(name, "default") == 0 || strcmp(name, "none") == 0)
        loading_error(c->l, check_path(c, ""), true, "a check cannot be called '%s': %s", name,
                      is_region ? "that is the name of the region's default check"
                                : "the word has a meaning of its own in records");
}

// Whether users' requests come to a service in a region.
static bool is_endpoint(const struct topology *t, int service, int region)
{
    const struct record_spec *group = steering_group(&t->steering, region);
    for (int i = 0; group != NULL && i < group->n_endpoints; i++)
        if (group->endpoints[i].service == service)
            return true;
    return group == NULL && service == t->entry;
}

static void check_region(const struct named_check *c)
{
    const struct topology *t = c->t;
    const int service = c->check->service, region = c->check->region;
    bool has_region = check_kind_is_probe(c->check->kind) || c->check->kind == CHECK_ALARM;
    if (!has_region)
        return;
    if (service >= 0 && !is_endpoint(t, service, region))
        loading_error(c->l, check_path(c, "service"), false,
                      "'%s' is no endpoint in '%s': users' requests do not come to it",
                      t->services[service].name, t->regions[region].name);
    else if (steering_group(&t->steering, region) == NULL &&
             !(t->services[t->entry].regions >> region & 1))
        loading_error(c->l, check_path(c, "region"), false,
                      "entry service '%s' does not run in '%s'", t->services[t->entry].name,
                      t->regions[region].name);
}

static void check_children(const struct named_check *c)
{
    int n = __builtin_popcount(c->check->of);
    for (int k = 0; k < c->t->steering.n_checks; k++)
        if ((c->check->of >> k & 1) && c->t->steering.checks[k].kind == CHECK_CALCULATED)
            loading_error(c->l, check_path(c, "of"), false,
                          "'%s' is a calculated check itself: these count no others of their kind",
                          c->t->steering.checks[k].name);
    if (c->check->healthy_at_least > n)
        loading_error(c->l, check_path(c, "healthy_at_least"), false,
                      "%d of %d checks can never be healthy", c->check->healthy_at_least, n);
}

static void check_alarm(const struct named_check *c)
{
    if (fmod(c->check->alarm.period_s, 60) != 0)
        loading_error(c->l, check_path(c, "alarm.period"), false, "'period' must be whole minutes");
}

static bool is_child(const struct steering_spec *s, int index)
{
    for (int k = 0; k < s->n_checks; k++)
        if (s->checks[k].kind == CHECK_CALCULATED && (s->checks[k].of >> index & 1))
            return true;
    return false;
}

static bool is_in_records(const struct steering_spec *s, int health_check)
{
    for (int k = 0; k <= s->n_sets; k++) {
        const struct record_set_spec *set = steering_set(s, k);
        for (int i = 0; i < set->n_records; i++) {
            const struct record_spec *r = &set->records[i];
            bool has_endpoint = r->set < 0 || health_check != RECORD_DEFAULT_CHECK;
            if (has_endpoint && r->health_check == health_check)
                return true;
            for (int e = 0; e < r->n_endpoints; e++)
                if (r->endpoints[e].health_check >= 0 &&
                    RECORD_NAMED_CHECK + r->endpoints[e].health_check == health_check)
                    return true;
        }
    }
    return false;
}

static void check_use(const struct named_check *c)
{
    const struct steering_spec *s = &c->t->steering;
    if (!is_in_records(s, RECORD_NAMED_CHECK + c->index) && !is_child(s, c->index))
        loading_error(c->l, check_path(c, ""), true,
                      "check '%s' has no effect: no record and no calculated check uses it",
                      c->check->name);
}

// A probe is as deep as the calls of the service that answers it.
static bool has_depth(const struct topology *t, const struct check_spec *check)
{
    return t->services[topology_checked(t, check)].n_calls > 0;
}

static void check_depth(const struct named_check *c)
{
    const char *path = check_path(c, "deep");
    if (c->check->health.probe.deep && loading_gives(c->l, path) && !has_depth(c->t, c->check))
        loading_error(c->l, path, true, "'deep' has no effect: the service makes no calls");
}

static void check_common_depth(const struct loading *l, const struct topology *t)
{
    const char *path = "steering.health_check.deep";
    bool is_deep = false;
    for (int r = 0; r < t->n_regions; r++)
        is_deep |= t->services[topology_own_service(t, r)].n_calls > 0;
    for (int i = 0; i < t->steering.n_checks; i++)
        is_deep |= check_kind_is_probe(t->steering.checks[i].kind) &&
                   has_depth(t, &t->steering.checks[i]);
    if (t->steering.health.probe.deep && loading_gives(l, path) && !is_deep)
        loading_error(l, path, true, "'deep' has no effect: no service that is probed makes calls");
}

static void check_one(const struct named_check *c)
{
    check_name(c);
    check_region(c);
    check_use(c);
    if (check_kind_is_probe(c->check->kind)) {
        c->check->health.probe.kind = (enum probe_kind)c->check->kind;
        complete_probe(&c->check->health);
        check_depth(c);
    }
    if (c->check->kind == CHECK_CALCULATED)
        check_children(c);
    if (c->check->kind == CHECK_ALARM)
        check_alarm(c);
}

// ---- the settings that hold for all

static bool is_inherited(const struct named_check *c, const char *key)
{
    bool has_key = check_kind_is_probe(c->check->kind) || strcmp(key, "propagation") == 0;
    return has_key && !loading_gives(c->l, check_path(c, key));
}

static void check_settings(const struct loading *l, struct topology *t)
{
    struct steering_spec *s = &t->steering;
    const struct node *block = document_at(l->root, "steering.health_check");
    complete_probe(&s->health);
    if (block == NULL)
        return;
    if (is_in_records(s, RECORD_DEFAULT_CHECK)) {
        check_common_depth(l, t);
        return;
    }
    if (s->n_checks == 0) {
        loading_error(l, "steering.health_check", true,
                      "'health_check' has no effect: no record has its health checked");
        return;
    }
    for (const struct node *given = block->first; given != NULL; given = given->next) {
        bool is_used = false;
        for (int k = 0; k < s->n_checks; k++)
            is_used |= is_inherited(&(struct named_check){l, t, &s->checks[k], k}, given->key);
        if (!is_used)
            document_key_error(l->diags, given,
                               "'%s' has no effect: no record has the default check, and no check "
                               "goes by it",
                               given->key);
    }
}

// ---- safety rules

static int rule_initially_on(const struct steering_spec *s, const struct safety_rule_spec *rule)
{
    int n = 0;
    for (int k = 0; k < s->n_checks; k++)
        n += (rule->controls >> k & 1) && s->checks[k].initially_on;
    return n;
}

static void check_rule(const struct loading *l, const struct steering_spec *s,
                       const struct safety_rule_spec *rule)
{
    const char *path = arena_printf(l->arena, "steering.safety_rules.%s", rule->name);
    const char *controls = arena_printf(l->arena, "%s.controls", path);
    const char *at_least = arena_printf(l->arena, "%s.at_least", path);
    for (int k = 0; k < s->n_checks; k++) {
        if (!(rule->controls >> k & 1) || s->checks[k].kind == CHECK_CONTROL)
            continue;
        loading_error(l, controls, false, "'%s' is no routing control: its kind is not 'control'",
                      s->checks[k].name);
        return;
    }
    if (rule->at_least > __builtin_popcount(rule->controls))
        loading_error(l, at_least, false, "%d of %d controls can never be on", rule->at_least,
                      __builtin_popcount(rule->controls));
    else if (rule_initially_on(s, rule) < rule->at_least)
        loading_error(l, at_least, false, "the rule is broken from the beginning: %d %s on",
                      rule_initially_on(s, rule),
                      rule_initially_on(s, rule) == 1 ? "control is" : "controls are");
}

void healthchecks_check(const struct loading *l, struct topology *t)
{
    struct steering_spec *s = &t->steering;
    if (s->n_checks > STEERING_MAX_CHECKS) {
        loading_error(l, "steering.checks", true, "more than %d health checks",
                      STEERING_MAX_CHECKS);
        return;
    }
    if (s->n_rules > STEERING_MAX_RULES)
        loading_error(l, "steering.safety_rules", true, "more than %d rules", STEERING_MAX_RULES);
    check_settings(l, t);
    for (int k = 0; k < s->n_checks; k++)
        check_one(&(struct named_check){l, t, &s->checks[k], k});
    for (int k = 0; k < s->n_rules; k++)
        check_rule(l, s, &s->rules[k]);
}
