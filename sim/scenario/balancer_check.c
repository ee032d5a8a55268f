#include "scenario/balancer_check.h"

#include <string.h>

#include "base/base.h"

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

// ---- the balancer

static bool has_choice(const struct topology *t)
{
    for (int s = 0; s < t->n_services; s++)
        for (int r = 0; r < t->n_regions; r++)
            if ((t->services[s].regions >> r & 1) &&
                count_targets(&t->services[s], &t->regions[r]) > 1)
                return true;
    return false;
}

static void check_has_effect(const struct loading *l, const char *key, bool has_effect,
                             const char *reason)
{
    if (!has_effect && loading_gives(l, arena_printf(l->arena, "balancer.%s", key)))
        loading_error(l, arena_printf(l->arena, "balancer.%s", key), true,
                      "'%s' has no effect: no region has a second %s", key, reason);
}

void balancer_check(const struct loading *l, struct topology *t)
{
    struct probe_spec *p = &t->balancer.health;
    p->connect_timeout_s = p->response_timeout_s;
    if (p->response_timeout_s >= p->interval_s)
        loading_error(l, "balancer.health_check.timeout", false,
                      "'timeout' must be shorter than 'interval', or probes overtake each other");
    for (int s = 0; s < t->n_services; s++)
        check_targets(l, t, &t->services[s]);
    check_has_effect(l, "policy", has_choice(t), "target");
    check_has_effect(l, "cross_zone", most_zones(t, UINT32_MAX) > 1, "zone");
}
