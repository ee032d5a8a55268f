#include "scenario/steering_check.h"

#include <string.h>

#include "base/base.h"

// A record set and where it stands.
struct set_check {
    const struct steering_checking *c;
    struct record_set_spec *set;
    const char *path; // "steering" or "steering.sets.europe"
    bool is_given;    // its records are, and not made for want of any
};

struct steering_checking {
    const struct loading *l;
    struct topology *t;
    int n;                                        // sets
    struct set_check sets[STEERING_MAX_SETS + 1]; // as steering_set numbers them
};

static const char *set_path(const struct set_check *k, const char *key)
{
    return arena_printf(k->c->l->arena, "%s.%s", k->path, key);
}

static const char *record_path(const struct set_check *k, int i, const char *key)
{
    return arena_printf(k->c->l->arena, "%s.records.%d%s%s", k->path, i, key[0] != '\0' ? "." : "",
                        key);
}

// ---- records

static void set_default_records(const struct set_check *k)
{
    const struct topology *t = k->c->t;
    if (k->set->n_records > 0)
        return;
    const int check = k->set->policy == STEERING_ACCELERATOR ? RECORD_UNCHECKED
                                                             : RECORD_DEFAULT_CHECK;
    for (int i = 0; i < t->n_regions; i++)
        if (t->services[t->entry].regions >> i & 1)
            k->set->records[k->set->n_records++] = (struct record_spec){
                .region = i, .set = -1, .weight = 1, .dial = 1, .health_check = check};
}

static void set_check_evaluation(const struct set_check *k, int i)
{
    const struct record_spec *r = &k->set->records[i];
    if (r->evaluate_target_health && r->set < 0 && !k->set->is_alias)
        loading_error(k->c->l, record_path(k, i, "evaluate_target_health"), true,
                      "'evaluate_target_health' is a matter of aliases, and these records are none "
                      "('alias: false')");
}

// A set has no endpoint: what looks like its default check is none.
static void set_check_health_check(const struct set_check *k, int i)
{
    const struct record_spec *r = &k->set->records[i];
    const char *path = record_path(k, i, "health_check");
    if (r->set >= 0 && r->health_check == RECORD_DEFAULT_CHECK && loading_gives(k->c->l, path))
        loading_error(k->c->l, path, false,
                      "'default' has no effect beside 'set': a set has no endpoint; name a check "
                      "of 'checks'");
}

static void set_check_targets(const struct set_check *k)
{
    const struct topology *t = k->c->t;
    const struct service_spec *entry = &t->services[t->entry];
    for (int i = 0; i < k->set->n_records; i++) {
        const struct record_spec *r = &k->set->records[i];
        bool has_place = k->set->policy == STEERING_LATENCY ||
                         k->set->policy == STEERING_GEOPROXIMITY;
        set_check_evaluation(k, i);
        set_check_health_check(k, i);
        if (r->region < 0 && (r->set < 0 || has_place))
            loading_error(k->c->l, record_path(k, i, ""), false, "%s",
                          has_place ? "with this policy a record needs a 'region': its place"
                                    : "a record needs a 'region', or a 'set' to point to");
        if (r->region >= 0 && r->set >= 0 && !has_place)
            loading_error(k->c->l, record_path(k, i, "region"), true,
                          "'region' has no effect beside 'set': with this policy places do not "
                          "count");
        if (r->region >= 0 && r->set < 0 && r->n_endpoints == 0 &&
            !(entry->regions >> r->region & 1))
            loading_error(k->c->l, record_path(k, i, "region"), false,
                          "entry service '%s' does not run in '%s'", entry->name,
                          t->regions[r->region].name);
        // Where places count, each has one record; else each region is pointed to once.
        bool is_once = has_place || (r->set < 0 && k->set->policy != STEERING_GEOLOCATION &&
                                     k->set->policy != STEERING_IP);
        for (int j = 0; is_once && r->region >= 0 && j < i; j++)
            if (k->set->records[j].region == r->region && (has_place || k->set->records[j].set < 0))
                loading_error(k->c->l, record_path(k, i, "region"), false,
                              "'%s' has a record already", t->regions[r->region].name);
    }
}

static void set_parse_location(const struct set_check *k, int i, struct record_spec *r)
{
    if (!location_parse(r->location_text, &r->location)) {
        loading_error(k->c->l, record_path(k, i, "location"), false,
                      "'%s' is no location that Route 53 knows", r->location_text);
        diag_expect(k->c->l->diags, LOCATION_EXPECTED);
    }
    for (int j = 0; j < i; j++)
        if (strcmp(k->set->records[j].location_text, r->location_text) == 0)
            loading_error(k->c->l, record_path(k, i, "location"), false,
                          "there is a record for '%s' already", r->location_text);
}

static bool set_parse_block(const struct set_check *k, int i, struct record_spec *r,
                            const char *text)
{
    if (r->n_cidrs == RECORD_MAX_CIDRS) {
        loading_error(k->c->l, record_path(k, i, "cidr"), false, "more than %d blocks",
                      RECORD_MAX_CIDRS);
        return false;
    }
    if (cidr_parse(text, &r->cidrs[r->n_cidrs]) && r->cidrs[r->n_cidrs].bits >= 1 &&
        r->cidrs[r->n_cidrs].bits <= 24) {
        r->n_cidrs++;
        return true;
    }
    loading_error(k->c->l, record_path(k, i, "cidr"), false, "'%s' is no block of addresses", text);
    diag_expect(k->c->l->diags, "IPv4 blocks of /1 to /24 such as '203.0.113.0/24', parted by "
                                "spaces, or 'default'");
    return false;
}

// Whether two records answer the same block, or are both the default.
static const char *set_same_cidr(const struct record_spec *a, const struct record_spec *b)
{
    for (int i = 0; i < a->n_cidrs; i++)
        for (int j = 0; j < b->n_cidrs; j++)
            if (a->cidrs[i].bits == b->cidrs[j].bits && cidr_contains(&a->cidrs[i], &b->cidrs[j]))
                return b->cidr_text;
    return a->n_cidrs == 0 && b->n_cidrs == 0 ? "default" : NULL;
}

static void set_parse_cidrs(const struct set_check *k, int i, struct record_spec *r)
{
    char *text = arena_printf(k->c->l->arena, "%s", r->cidr_text), *rest = NULL;
    bool is_default = strcmp(r->cidr_text, "default") == 0;
    for (char *word = is_default ? NULL : strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        if (!set_parse_block(k, i, r, word))
            return;
    if (r->n_cidrs == 0 && !is_default)
        set_parse_block(k, i, r, r->cidr_text); // blanks
    for (int j = 0; j < i; j++) {
        const char *same = set_same_cidr(&k->set->records[j], r);
        if (same != NULL)
            loading_error(k->c->l, record_path(k, i, "cidr"), false,
                          "another record answers a block of '%s' already", same);
    }
}

static void set_parse(const struct set_check *k)
{
    for (int i = 0; i < k->set->n_records; i++) {
        struct record_spec *r = &k->set->records[i];
        if (k->set->policy == STEERING_GEOLOCATION && r->location_text != NULL)
            set_parse_location(k, i, r);
        if (k->set->policy == STEERING_IP && r->cidr_text != NULL)
            set_parse_cidrs(k, i, r);
    }
}

// ---- policies

static void set_check_failover(const struct set_check *k)
{
    int secondaries = 0;
    for (int i = 0; i < k->set->n_records; i++)
        secondaries += k->set->records[i].is_secondary;
    if (k->set->n_records != 2 || secondaries != 1)
        loading_error(k->c->l, set_path(k, "records"), true,
                      "policy 'failover' needs exactly two records, one of them with 'secondary: "
                      "true', not %d with %d",
                      k->set->n_records, secondaries);
}

// A primary that cannot be unhealthy leaves its secondary nothing to do.
static void set_warn_of_firm_primary(const struct set_check *k)
{
    for (int i = 0; i < k->set->n_records; i++) {
        const struct record_spec *r = &k->set->records[i];
        const bool is_checked = r->health_check != RECORD_UNCHECKED &&
                                (r->set < 0 || r->health_check != RECORD_DEFAULT_CHECK);
        if (r->is_secondary || r->evaluate_target_health || is_checked)
            continue;
        loading_warning(k->c->l, record_path(k, i, ""), false,
                        "the secondary will not answer before operators take the primary out: "
                        "that has neither a health check nor 'evaluate_target_health'");
        diag_expect(k->c->l->diags, "one of the two, as Route 53 requires of a primary");
    }
}

static void set_check_addresses(const struct set_check *k)
{
    if (k->set->is_alias)
        loading_error(k->c->l, set_path(k, "policy"), false,
                      "policy 'multivalue' answers with addresses: it needs 'alias: false'");
    for (int i = 0; i < k->set->n_records; i++)
        if (k->set->records[i].set >= 0)
            loading_error(k->c->l, record_path(k, i, "set"), true,
                          "policy 'multivalue' answers with addresses of regions, not with sets");
}

static void set_check_simple(const struct set_check *k)
{
    if (k->set->n_records > 1)
        loading_error(k->c->l, set_path(k, "policy"), false,
                      "policy 'simple' has one record, not %d", k->set->n_records);
    for (int i = 0; i < k->set->n_records; i++) {
        const char *path = record_path(k, i, "health_check");
        k->set->records[i].health_check = RECORD_UNCHECKED;
        if (loading_gives(k->c->l, path))
            loading_error(k->c->l, path, true,
                          "'health_check' has no effect with 'policy: simple'");
    }
}

// The services that have a balancer in a region, for people.
static const char *set_services_in(const struct set_check *k, int region)
{
    const struct topology *t = k->c->t;
    const char *names = "";
    for (int s = 0; s < t->n_services; s++)
        if (t->services[s].regions >> region & 1)
            names = arena_join(k->c->l->arena, names, t->services[s].name);
    return names;
}

static void set_check_endpoint(const struct set_check *k, int i, int n)
{
    const struct topology *t = k->c->t;
    const struct record_spec *r = &k->set->records[i];
    const struct service_spec *s = &t->services[r->endpoints[n].service];
    const char *path = record_path(k, i, arena_printf(k->c->l->arena, "endpoints.%d.service", n));
    if (!(s->regions >> r->region & 1)) {
        loading_error(k->c->l, path, false, "service '%s' does not run in '%s'", s->name,
                      t->regions[r->region].name);
        diag_expect(k->c->l->diags, "one that has a balancer there: %s",
                    set_services_in(k, r->region));
    }
    for (int other = 0; other < n; other++)
        if (r->endpoints[other].service == r->endpoints[n].service)
            loading_error(k->c->l, path, false, "'%s' is an endpoint of this group already",
                          s->name);
}

// What all groups together must have.
static void set_check_endpoints(const struct set_check *k)
{
    const struct topology *t = k->c->t;
    int n = t->n_regions, given = -1;
    bool has_weight = false, has_entry = false;
    for (int i = 0; i < k->set->n_records; i++) {
        const struct record_spec *r = &k->set->records[i];
        for (int e = 0; r->region >= 0 && e < r->n_endpoints; e++) {
            set_check_endpoint(k, i, e);
            has_weight |= r->endpoints[e].weight > 0;
            has_entry |= r->endpoints[e].service == t->entry;
        }
        has_weight |= r->n_endpoints == 0;
        has_entry |= r->n_endpoints == 0;
        given = r->n_endpoints > 0 ? i : given;
        n += r->n_endpoints > 1 ? r->n_endpoints - 1 : 0;
    }
    if (given < 0)
        return;
    const char *path = record_path(k, given, "endpoints");
    if (n > TOPOLOGY_MAX_ENDPOINTS)
        loading_error(k->c->l, path, true,
                      "more than %d endpoints in all, counting one for each region",
                      TOPOLOGY_MAX_ENDPOINTS);
    if (!has_weight)
        loading_error(k->c->l, path, true,
                      "every endpoint has weight 0: there is none to send users to");
    if (!has_entry)
        loading_error(k->c->l, path, true,
                      "entry service '%s' is an endpoint of no group: no user comes to it",
                      t->services[t->entry].name);
}

// A probe of one endpoint says nothing of the others, and Global Accelerator does not look at
// balancers by the group's settings, but at each one's own health (Developer Guide, 'Endpoint
// groups for standard accelerators').
static void set_check_group_health(const struct set_check *k, int i)
{
    const struct record_spec *r = &k->set->records[i];
    if (r->health_check != RECORD_DEFAULT_CHECK || r->n_endpoints < 2)
        return;
    loading_error(k->c->l, record_path(k, i, "health_check"), false,
                  "'default' probes a region's endpoint, and this group has %d", r->n_endpoints);
    diag_expect(k->c->l->diags,
                "'none', for its balancers' own health, or checks of 'checks': one for all of the "
                "group here, or one in each of its 'endpoints'");
}

static void set_warn_of_dials(const struct set_check *k)
{
    for (int i = 0; i < k->set->n_records; i++)
        if (k->set->records[i].dial > 0)
            return;
    loading_warning(k->c->l, set_path(k, "records"), false,
                    "all dials are 0 %%: each user's nearest group takes all of his connections");
    diag_expect(k->c->l->diags, "a 'dial' above 0 %% where connections should go");
}

// Endpoint groups go by the health of their balancers, and by checks that they name.
static void set_check_groups(const struct set_check *k)
{
    const struct set_check *root = &k->c->sets[0];
    if (k != root)
        loading_error(k->c->l, set_path(k, "policy"), false,
                      "policy 'accelerator' is for 'steering' itself: its addresses are not DNS's "
                      "to choose from");
    for (int i = 0; i < k->set->n_records; i++) {
        struct record_spec *r = &k->set->records[i];
        r->evaluate_target_health = true;
        set_check_group_health(k, i);
        if (r->set >= 0)
            loading_error(k->c->l, record_path(k, i, "set"), true,
                          "an endpoint group is a region, not a record set");
    }
    set_check_endpoints(k);
    set_warn_of_dials(k);
}

// The regions of a global balancer: its probers look at their balancers unless told otherwise.
static void set_check_global(const struct set_check *k)
{
    const struct steering_checking *c = k->c;
    const char *const period = "steering.global_balancer.report_period";
    const char *const affinity = "steering.global_balancer.affinity";
    bool has_capacity = false;
    if (k != &c->sets[0])
        loading_error(c->l, set_path(k, "policy"), false,
                      "policy 'global-balancer' is for 'steering' itself: its addresses are not "
                      "DNS's to choose from");
    for (int i = 0; i < k->set->n_records; i++) {
        struct record_spec *r = &k->set->records[i];
        const char *capacity = record_path(k, i, "capacity");
        r->evaluate_target_health = true;
        has_capacity |= r->capacity_rps > 0;
        if (r->set >= 0)
            loading_error(c->l, record_path(k, i, "set"), true,
                          "a global balancer sends to regions, not to record sets");
        if (r->capacity_rps <= 0 && loading_gives(c->l, capacity))
            loading_error(c->l, capacity, false,
                          "a region without capacity is none: leave the record out");
    }
    if (k == &c->sets[0] && !has_capacity && loading_gives(c->l, period))
        loading_error(c->l, period, true,
                      "'report_period' has no effect: no record has a 'capacity'");
    if (k == &c->sets[0] && k->set->n_records == 1 &&
        c->t->steering.global_balancer.affinity == AFFINITY_COOKIE)
        loading_error(c->l, affinity, true, "'affinity' has no effect: there is one region only");
}

// Records made for want of any say neither whom they answer nor who is second.
static void set_check_is_given(const struct set_check *k)
{
    if (k->is_given)
        return;
    loading_error(k->c->l, set_path(k, "policy"), false,
                  "with this policy 'records' must say whom each answers");
}

static void set_check_policy(const struct set_check *k)
{
    switch (k->set->policy) {
    case STEERING_SIMPLE:
        set_check_simple(k);
        break;
    case STEERING_FAILOVER:
        set_check_failover(k);
        set_warn_of_firm_primary(k);
        break;
    case STEERING_GEOLOCATION:
    case STEERING_IP:
        set_check_is_given(k);
        break;
    case STEERING_MULTIVALUE:
        set_check_addresses(k);
        break;
    case STEERING_ACCELERATOR:
        set_check_groups(k);
        break;
    case STEERING_GLOBAL_BALANCER:
        set_check_global(k);
        break;
    case STEERING_WEIGHTED:
    case STEERING_LATENCY:
    case STEERING_GEOPROXIMITY:
        break;
    }
}

static void set_check_ttl(const struct set_check *k)
{
    for (int i = 0; i < k->set->n_records; i++)
        if (k->set->records[i].set < 0)
            return;
    // A TTL comes with its 'alias: false': one mistake.
    const char *key = loading_gives(k->c->l, set_path(k, "ttl")) ? "ttl" : "alias";
    if (loading_gives(k->c->l, set_path(k, key)))
        loading_error(k->c->l, set_path(k, key), true,
                      "'%s' has no effect: no record points to a region, and what a set answers "
                      "has that set's TTL",
                      key);
}

static void set_check(const struct set_check *k)
{
    set_default_records(k);
    set_check_targets(k);
    set_check_policy(k);
    set_parse(k);
    set_check_ttl(k);
}

// ---- sets

enum set_state { SET_NEW, SET_OPEN, SET_DONE };

static void walk_set(const struct set_check *k, enum set_state *state)
{
    for (int i = 0; i < k->set->n_records; i++) {
        const int next = k->set->records[i].set + 1;
        if (next == 0)
            continue;
        if (state[next] == SET_OPEN)
            loading_error(k->c->l, record_path(k, i, "set"), false,
                          "record sets point to each other in a circle: '%s' leads back to itself",
                          k->c->sets[next].set->name);
        if (state[next] != SET_NEW)
            continue;
        state[next] = SET_OPEN;
        walk_set(&k->c->sets[next], state);
        state[next] = SET_DONE;
    }
}

static void check_sets(const struct steering_checking *c)
{
    enum set_state state[STEERING_MAX_SETS + 1] = {SET_OPEN};
    walk_set(&c->sets[0], state);
    for (int k = 1; k < c->n; k++)
        if (state[k] == SET_NEW)
            loading_error(c->l, c->sets[k].path, true,
                          "record set '%s' has no effect: no record points to it",
                          c->sets[k].set->name);
}

// ---- the whole

void steering_check(const struct loading *l, struct topology *t)
{
    struct steering_spec *s = &t->steering;
    struct steering_checking c = {.l = l, .t = t, .n = s->n_sets + 1};
    if (s->n_sets > STEERING_MAX_SETS) {
        loading_error(l, "steering.sets", true, "more than %d record sets", STEERING_MAX_SETS);
        return;
    }
    for (int k = 0; k < c.n; k++) {
        struct record_set_spec *set = k == 0 ? &s->root : &s->sets[k - 1];
        const char *path = k == 0 ? "steering"
                                  : arena_printf(l->arena, "steering.sets.%s", set->name);
        c.sets[k] = (struct set_check){&c, set, path, set->n_records > 0};
        if (k > 0 && strcmp(set->name, "root") == 0)
            loading_error(l, path, true,
                          "a set cannot be called 'root': that is the service's own");
    }
    for (int k = 0; k < c.n; k++)
        set_check(&c.sets[k]);
    check_sets(&c);
}
