#include "model/targetgroup.h"

static uint64_t targetgroup_healthy(const struct targetgroup *g)
{
    uint64_t healthy = 0;
    for (uint32_t i = 0; i < g->n; i++)
        healthy |= (uint64_t)g->targets[i].state.is_healthy << i;
    return healthy;
}

static uint64_t targetgroup_reachable(const struct targetgroup *g, uint32_t node)
{
    uint64_t reachable = g->in_zone[node];
    for (uint32_t z = 0; g->spec->cross_zone && z < g->n_zones; z++)
        reachable |= g->in_zone[z];
    return reachable;
}

void targetgroup_review(struct targetgroup *g, simtime now)
{
    const uint64_t healthy = targetgroup_healthy(g);
    for (uint32_t node = 0; node < g->n_zones; node++) {
        const uint64_t reachable = targetgroup_reachable(g, node);
        g->usable[node] = (healthy & reachable) != 0 ? healthy & reachable : reachable;
    }
    if (g->spec->policy == BALANCER_FLOW_HASH)
        flow_note(&g->flows, g->usable, now);
}

// Any of the usable; one of less weight passes some of what it gets on to chance again.
static uint8_t targetgroup_draw(struct targetgroup *g, uint64_t usable)
{
    const uint64_t n = (uint64_t)__builtin_popcountll(usable);
    for (;;) {
        const uint64_t word = stream_word(&g->random);
        uint64_t set = usable;
        for (uint64_t left = (word >> 32) * n >> 32; left > 0; left--)
            set &= set - 1;
        const uint8_t target = (uint8_t)__builtin_ctzll(set);
        if ((uint32_t)word <= g->weight[target])
            return target;
    }
}

uint8_t targetgroup_pick(struct targetgroup *g, uint8_t node, uint64_t flow)
{
    return g->spec->policy == BALANCER_FLOW_HASH ? flow_target(&g->flows, flow, node)
                                                 : targetgroup_draw(g, g->usable[node]);
}

uint64_t targetgroup_look(struct targetgroup *g)
{
    return anomaly_look(g->anomaly, targetgroup_healthy(g), g->weight);
}

bool targetgroup_verdict(struct targetgroup *g, uint8_t target, bool succeeded, simtime now)
{
    if (!probe_verdict(&g->targets[target].state, &g->spec->health, succeeded))
        return false;
    targetgroup_review(g, now);
    return true;
}

uint8_t targetgroup_healthy_zones(const struct targetgroup *g)
{
    const uint64_t healthy = targetgroup_healthy(g);
    uint32_t zones = 0;
    for (uint32_t z = 0; z < g->n_zones; z++)
        zones |= (uint32_t)((healthy & g->in_zone[z]) != 0) << z;
    return (uint8_t)zones;
}

void targetgroup_open(struct targetgroup *g, const struct balancer_spec *spec, uint8_t n_zones,
                      struct stream hash, struct stream random)
{
    *g = (struct targetgroup){.spec = spec,
                              .n_zones = n_zones,
                              .own_turns = spec->cross_zone ? 0 : UINT8_MAX,
                              .counts_outstanding = spec->policy == BALANCER_LEAST_OUTSTANDING,
                              .takes_turns = spec->policy == BALANCER_ROUND_ROBIN ||
                                             spec->policy == BALANCER_LEAST_OUTSTANDING,
                              .random = random};
    flow_open(&g->flows, hash);
}

void targetgroup_close(struct targetgroup *g)
{
    flow_close(&g->flows);
}

void targetgroup_add(struct targetgroup *g, uint32_t pool, uint8_t zone)
{
    REQUIRE(g->n < BALANCER_MAX_TARGETS, "a target beyond %d", BALANCER_MAX_TARGETS);
    g->in_zone[zone] |= UINT64_C(1) << g->n;
    g->weight[g->n] = UINT32_MAX;
    g->targets[g->n++] = (struct target){.pool = pool, .zone = zone, .state = {.is_healthy = true}};
}
