#include "scenario/balancer_check.h"

#include <string.h>

#include "base/base.h"
#include "model/anomaly.h"

// ---- targets

static const char *service_path(const struct loading *l, const struct service_spec *s,
                                const char *key)
{
    return arena_printf(l->arena, "services.%s.%s", s->name, key);
}

static int most_zones(const struct topology *t, uint32_t regions)
{
    int most = 0;
    for (int r = 0; r < t->n_regions; r++)
        if ((regions >> r & 1) && t->regions[r].n_zones > most)
            most = t->regions[r].n_zones;
    return most;
}

static int count_targets(const struct service_spec *s, const struct region_spec *r)
{
    int n = 0;
    for (int z = 0; z < r->n_zones; z++)
        n += service_targets(s, z);
    return n;
}

static void check_other_zones(const struct loading *l, const struct topology *t,
                              const struct service_spec *s)
{
    const int n_zones = most_zones(t, s->regions);
    for (int z = 0; z < TOPOLOGY_MAX_ZONES; z++) {
        const char *key = arena_printf(l->arena, "targets_in_zone.%c", 'a' + z);
        const char *path = service_path(l, s, key);
        if (s->targets_in_zone[z] > 0 && z >= n_zones)
            loading_error(l, path, true, "no region of '%s' uses zone '%c'", s->name, 'a' + z);
        else if (s->targets_in_zone[z] == s->targets_per_zone)
            loading_error(l, path, true, "zone '%c' has no effect: every zone has %d", 'a' + z,
                          s->targets_per_zone);
    }
}

static void check_targets(const struct loading *l, const struct topology *t,
                          const struct service_spec *s)
{
    if (s->servers_per_zone % s->targets_per_zone != 0) {
        loading_error(l, service_path(l, s, "targets_per_zone"), false,
                      "%d servers cannot be dealt evenly to %d targets", s->servers_per_zone,
                      s->targets_per_zone);
        diag_expect(l->diags, "a number that divides 'servers_per_zone'");
    }
    check_other_zones(l, t, s);
    for (int r = 0; r < t->n_regions; r++) {
        const int n = count_targets(s, &t->regions[r]);
        if (!(s->regions >> r & 1) || n <= BALANCER_MAX_TARGETS)
            continue;
        loading_error(l, service_path(l, s, "targets_per_zone"), false,
                      "'%s' has %d targets in %s; a balancer takes up to %d", s->name, n,
                      t->regions[r].name, BALANCER_MAX_TARGETS);
        return;
    }
}

// ---- balancers

struct balancer_checking {
    const struct loading *l;
    const struct topology *t;
    struct balancer_spec *b;
    const char *path; // "balancer" or "balancers.front"
    bool is_used, is_entry;
    int most_targets; // in any region
    int most_reached; // by a node
    bool has_zones;   // more than one, somewhere
};

static const char *balancer_path(const struct balancer_checking *c, const char *key)
{
    return arena_printf(c->l->arena, "%s.%s", c->path, key);
}

// Reports a key that is given and says nothing.
static void check_idle_key(const struct balancer_checking *c, const char *key, const char *reason)
{
    if (loading_gives(c->l, balancer_path(c, key)))
        loading_error(c->l, balancer_path(c, key), true, "'%s' has no effect: %s", key, reason);
}

static void check_probe(const struct balancer_checking *c)
{
    struct probe_spec *p = &c->b->health;
    p->connect_timeout_s = p->response_timeout_s;
    if (p->response_timeout_s >= p->interval_s)
        loading_error(c->l, balancer_path(c, "health_check.timeout"), false,
                      "'timeout' must be shorter than 'interval', or probes overtake each other");
    if (p->kind == PROBE_TCP && c->b->kind != BALANCER_NETWORK)
        loading_error(c->l, balancer_path(c, "health_check.kind"), false,
                      "an application balancer probes with requests: 'tcp' needs 'kind: network'");
}

static void check_policy(const struct balancer_checking *c)
{
    const bool is_network = c->b->kind == BALANCER_NETWORK;
    if ((c->b->policy == BALANCER_FLOW_HASH) == is_network)
        return;
    loading_error(c->l, balancer_path(c, "policy"), false, "a%s balancer has no such policy",
                  is_network ? " network" : "n application");
    diag_expect(c->l->diags, is_network ? "flow-hash, which is its only one"
                                        : "round-robin, least-outstanding or weighted-random");
}

// What makes callers come back, and whether any do.
static void check_stickiness(const struct balancer_checking *c)
{
    const bool is_network = c->b->kind == BALANCER_NETWORK;
    const bool is_cookie = c->b->stickiness == STICKINESS_COOKIE;
    if (c->b->stickiness == STICKINESS_NONE)
        return;
    if (is_cookie == is_network) {
        loading_error(c->l, balancer_path(c, "stickiness.type"), false,
                      is_network ? "a network balancer sees no cookies"
                                 : "an application balancer goes by cookies, not by addresses");
        diag_expect(c->l->diags, is_network ? "source-ip" : "cookie");
    } else if (!is_cookie && c->is_entry && steering_is_per_request(&c->t->steering)) {
        loading_error(c->l, balancer_path(c, "stickiness.type"), false,
                      "users' connections end at the global balancer's proxies: this balancer does "
                      "not see users' addresses");
        diag_expect(c->l->diags, "'kind: application' with 'type: cookie'");
    } else if (is_cookie && !c->is_entry) {
        check_idle_key(c, "stickiness", "services that call others keep no cookies");
    } else if (is_cookie && !c->b->cross_zone) {
        loading_error(c->l, balancer_path(c, "stickiness.type"), false,
                      "target stickiness is not supported when 'cross_zone' is false (Application "
                      "Load Balancers guide)");
    } else if (c->most_targets < 2) {
        check_idle_key(c, "stickiness", "no region has a second target");
    }
}

// Users come back, or not, whichever endpoint of an accelerator they meet.
static void check_stickiness_of_endpoints(const struct balancer_checking *c)
{
    const struct balancer_spec *entry = topology_balancer(c->t, c->t->entry);
    if (c->is_entry &&
        (c->b->stickiness != entry->stickiness || c->b->cookie_s != entry->cookie_s)) {
        loading_error(c->l, balancer_path(c, "stickiness"), false,
                      "not the stickiness of the entry's balancer");
        diag_expect(c->l->diags, "all balancers that users come to to be sticky alike");
    }
}

static void check_idle_timeout(const struct balancer_checking *c)
{
    const bool is_network = c->b->kind == BALANCER_NETWORK;
    const double low = is_network ? 60 : 1, high = is_network ? 6000 : 4000;
    if (c->b->idle_timeout_s < low || c->b->idle_timeout_s > high)
        loading_error(c->l, balancer_path(c, "idle_timeout"), false,
                      "'idle_timeout' of such a balancer is %g to %g s", low, high);
}

static void check_slow_start(const struct balancer_checking *c)
{
    if (c->b->slow_start_s > 0 && c->b->slow_start_s < 30)
        loading_error(c->l, balancer_path(c, "slow_start"), false,
                      "'slow_start' takes 30 to 900 s, or 0 s for none");
    if (c->b->slow_start_s > 0 && c->most_targets < 2)
        check_idle_key(c, "slow_start", "no region has a second target");
}

static void check_minimum(const struct balancer_checking *c, const char *key,
                          const struct healthy_minimum *least)
{
    if (least->count <= c->most_reached)
        return;
    loading_error(c->l, balancer_path(c, arena_printf(c->l->arena, "%s.count", key)), false,
                  "no node reaches %d targets, but %d at most", least->count, c->most_reached);
    diag_expect(c->l->diags, "'targets_per_zone' says how many there are");
}

static void check_minima(const struct balancer_checking *c)
{
    const struct healthy_minimum *open = &c->b->fail_open, *dns = &c->b->dns_failover;
    check_minimum(c, "fail_open", open);
    check_minimum(c, "dns_failover", dns);
    if (!c->is_entry)
        check_idle_key(c, "dns_failover", "users' names point to another balancer");
    else if ((dns->count > 0 && dns->count < open->count) ||
             (dns->share > 0 && dns->share < open->share))
        loading_error(c->l, balancer_path(c, "dns_failover"), false,
                      "'dns_failover' must not be below 'fail_open', so that a node leaves the DNS "
                      "answer before it fails open");
}

static void check_one(const struct balancer_checking *c)
{
    if (!c->is_used && loading_gives(c->l, c->path)) {
        loading_error(c->l, c->path, true, "'%s' has no effect: no service has this balancer",
                      c->path);
        return;
    }
    check_probe(c);
    check_policy(c);
    check_stickiness(c);
    check_stickiness_of_endpoints(c);
    check_idle_timeout(c);
    check_slow_start(c);
    check_minima(c);
    if (c->most_targets < 2)
        check_idle_key(c, "policy", "no region has a second target");
    if (c->b->anomaly_mitigation && c->most_targets < ANOMALY_LEAST_TARGETS)
        check_idle_key(c, "anomaly_mitigation", "no region has three targets to compare");
    if (!c->has_zones)
        check_idle_key(c, "cross_zone", "no region has a second zone");
    if (!c->has_zones && c->b->autoshift.enabled)
        check_idle_key(c, "autoshift", "no region has a second zone");
    if (!c->is_entry)
        check_idle_key(c, "keep_alive", "only users' connections age, and they come to another");
}

// What the services with this balancer have.
static void find_use(struct balancer_checking *c)
{
    for (int s = 0; s < c->t->n_services; s++) {
        const struct service_spec *service = &c->t->services[s];
        if (topology_balancer(c->t, s) != c->b)
            continue;
        c->is_used = true;
        c->is_entry |= steering_reaches(&c->t->steering, c->t->entry, s);
        c->has_zones |= most_zones(c->t, service->regions) > 1;
        for (int r = 0; r < c->t->n_regions; r++) {
            const int n = service->regions >> r & 1 ? count_targets(service, &c->t->regions[r]) : 0;
            c->most_targets = n > c->most_targets ? n : c->most_targets;
            for (int z = 0; n > 0 && z < c->t->regions[r].n_zones; z++) {
                const int reached = c->b->cross_zone ? n : service_targets(service, z);
                c->most_reached = reached > c->most_reached ? reached : c->most_reached;
            }
        }
    }
}

// A network balancer passes bytes on: it has no metric of answers.
static void check_alarms(const struct loading *l, const struct topology *t)
{
    const struct steering_spec *s = &t->steering;
    for (int k = 0; k < s->n_checks; k++) {
        const int service = topology_checked(t, &s->checks[k]);
        if (s->checks[k].kind == CHECK_ALARM &&
            s->checks[k].alarm.metric != ALARM_HEALTHY_TARGETS &&
            topology_balancer(t, service)->kind == BALANCER_NETWORK)
            loading_error(
                l, arena_printf(l->arena, "steering.checks.%s.alarm.metric", s->checks[k].name),
                false, "the network balancer of '%s' has no such metric",
                t->services[service].name);
    }
}

void balancer_check(const struct loading *l, struct topology *t)
{
    for (int s = 0; s < t->n_services; s++)
        check_targets(l, t, &t->services[s]);
    for (int i = -1; i < t->n_balancers; i++) {
        struct balancer_spec *b = i < 0 ? &t->balancer : &t->balancers[i];
        const char *path = i < 0 ? "balancer" : arena_printf(l->arena, "balancers.%s", b->name);
        struct balancer_checking c = {.l = l, .t = t, .b = b, .path = path};
        find_use(&c);
        check_one(&c);
    }
    check_alarms(l, t);
}
