#include "model/targetgroup.h"

#include "model/cookie.h"

// ---- health

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
    return reachable & g->registered;
}

// Whether a set has so many healthy members: as a number and as a share.
static bool targetgroup_has_enough(const struct healthy_minimum *least, uint64_t healthy,
                                   uint64_t set)
{
    const int n = __builtin_popcountll(healthy & set), all = __builtin_popcountll(set);
    return n >= least->count && n >= least->share * all - 1e-9;
}

// What a node may use: targets of shifted zones only while no other is healthy.
static uint64_t targetgroup_allowed(const struct targetgroup *g, uint32_t node, uint64_t healthy)
{
    const uint64_t reachable = targetgroup_reachable(g, node);
    uint64_t allowed = reachable;
    for (uint32_t z = 0; z < g->n_zones; z++)
        allowed &= g->shifted >> z & 1 ? ~g->in_zone[z] : UINT64_MAX;
    return (allowed & healthy) != 0 ? allowed : reachable;
}

void targetgroup_review(struct targetgroup *g, simtime now)
{
    const uint64_t healthy = targetgroup_healthy(g);
    g->empty = 0;
    for (uint32_t node = 0; node < g->n_zones; node++) {
        const uint64_t reachable = targetgroup_allowed(g, node, healthy);
        g->empty |= (uint8_t)((reachable == 0) << node);
        const bool is_enough = (healthy & reachable) != 0 &&
                               targetgroup_has_enough(&g->spec->fail_open, healthy, reachable);
        g->usable[node] = is_enough ? healthy & reachable : reachable;
    }
    if (g->spec->policy == BALANCER_FLOW_HASH)
        flow_note(&g->flows, g->usable, now);
}

// ---- choice by chance

// Any of the usable; one of less weight passes some of what it gets on to chance again.
static uint8_t targetgroup_draw(struct targetgroup *g, uint64_t usable)
{
    for (;;) {
        const uint64_t word = stream_word(&g->random);
        const uint8_t target = stream_member(usable, (uint32_t)(word >> 32));
        if ((uint32_t)word <= g->weight[target])
            return target;
    }
}

// ---- slow start

static void targetgroup_stop_start(struct targetgroup *g, uint32_t target)
{
    g->starting &= ~(UINT64_C(1) << target);
    g->takes_turns = g->starting == 0 && !g->is_sticky;
}

// A target became healthy: it starts slowly if another has its full share.
static void targetgroup_start(struct targetgroup *g, uint32_t target, simtime now)
{
    const uint64_t bit = UINT64_C(1) << target;
    if (g->spec->slow_start_s == 0 || (targetgroup_healthy(g) & ~g->starting & ~bit) == 0)
        return;
    g->starting |= bit;
    g->takes_turns = false;
    g->healthy_since[target] = now;
    g->credit[target] = 0;
}

// Whether a target in slow start takes this turn: of its turns it takes the share that it has by
// now.
static bool targetgroup_takes_turn(struct targetgroup *g, uint32_t target, simtime now)
{
    const double share = simtime_to_seconds(now - g->healthy_since[target]) / g->spec->slow_start_s;
    if (share >= 1) {
        targetgroup_stop_start(g, target);
        return true;
    }
    g->credit[target] += share;
    if (g->credit[target] < 1)
        return false;
    g->credit[target] -= 1;
    return true;
}

// In turn; when all that the node may use start slowly, they are equals.
static uint8_t targetgroup_next_in_start(struct targetgroup *g, uint8_t node, simtime now)
{
    uint8_t target = targetgroup_next(g, node);
    if ((g->usable[node] & ~g->starting) == 0)
        return target;
    while ((g->starting >> target & 1) && !targetgroup_takes_turn(g, target, now))
        target = targetgroup_next(g, node);
    return target;
}

uint8_t targetgroup_pick(struct targetgroup *g, uint8_t node, uint64_t flow, simtime now)
{
    if (g->is_sticky && (cookie_target(flow) & g->usable[node]) != 0)
        return (uint8_t)__builtin_ctzll(cookie_target(flow));
    switch (g->spec->policy) {
    case BALANCER_FLOW_HASH:
        return flow_target(&g->flows, flow, node);
    case BALANCER_WEIGHTED_RANDOM:
        return targetgroup_draw(g, g->usable[node]);
    case BALANCER_ROUND_ROBIN:
    case BALANCER_LEAST_OUTSTANDING:
        break;
    }
    return targetgroup_next_in_start(g, node, now);
}

// ---- what becomes known

uint64_t targetgroup_look(struct targetgroup *g)
{
    return anomaly_look(g->anomaly, targetgroup_healthy(g), g->weight);
}

// Whether the verdict changes the target's health.
static bool targetgroup_takes_verdict(struct targetgroup *g, uint8_t target, bool succeeded)
{
    const uint64_t bit = UINT64_C(1) << target;
    struct probe_state *state = &g->targets[target].state;
    if (!(g->registered & bit))
        return false; // of a probe that was under way
    if (!(g->fresh & bit) || !succeeded)
        return probe_verdict(state, &g->spec->health, succeeded);
    g->fresh &= ~bit;
    *state = (struct probe_state){.is_healthy = true};
    return true;
}

bool targetgroup_verdict(struct targetgroup *g, uint8_t target, bool succeeded, simtime now)
{
    if (!targetgroup_takes_verdict(g, target, succeeded))
        return false;
    if (succeeded)
        targetgroup_start(g, target, now);
    else if (g->starting >> target & 1)
        targetgroup_stop_start(g, target);
    targetgroup_review(g, now);
    return true;
}

static void targetgroup_set_unhealthy(struct targetgroup *g, uint64_t targets)
{
    for (uint64_t left = targets; left != 0; left &= left - 1) {
        const uint32_t target = (uint32_t)__builtin_ctzll(left);
        g->targets[target].state = (struct probe_state){.is_healthy = false};
        if (g->starting >> target & 1)
            targetgroup_stop_start(g, target);
    }
}

void targetgroup_take_out(struct targetgroup *g, uint64_t targets, simtime now)
{
    g->registered &= ~targets;
    targetgroup_set_unhealthy(g, targets);
    targetgroup_review(g, now);
}

void targetgroup_put_back(struct targetgroup *g, uint64_t targets, simtime now)
{
    g->registered |= targets;
    g->fresh |= targets;
    targetgroup_review(g, now);
}

void targetgroup_cut(struct targetgroup *g, uint8_t target, simtime now)
{
    flow_cut(&g->flows, target, now);
}

void targetgroup_shift(struct targetgroup *g, uint8_t zones, simtime now)
{
    g->shifted = zones;
    targetgroup_review(g, now);
}

uint64_t targetgroup_first(const struct targetgroup *g, int zone, int n)
{
    uint64_t targets = 0;
    int found = 0;
    for (uint32_t i = 0; i < g->n && (n == 0 || found < n); i++) {
        const bool is_one = zone < 0 || g->targets[i].zone == zone;
        targets |= (uint64_t)is_one << i;
        found += is_one;
    }
    return targets;
}

uint32_t targetgroup_n_healthy(const struct targetgroup *g)
{
    return (uint32_t)__builtin_popcountll(targetgroup_healthy(g));
}

uint8_t targetgroup_dns_zones(const struct targetgroup *g, uint8_t dead_nodes)
{
    const uint64_t healthy = targetgroup_healthy(g);
    uint32_t zones = 0;
    for (uint32_t z = 0; z < g->n_zones; z++) {
        const bool is_missed = (dead_nodes >> z & 1) && (healthy & g->in_zone[z]) == 0;
        const uint64_t reachable = targetgroup_reachable(g, z);
        if (!is_missed && targetgroup_has_enough(&g->spec->dns_failover, healthy, reachable))
            zones |= 1u << z;
    }
    const uint32_t others = zones & ~(uint32_t)g->shifted;
    return (uint8_t)(others != 0 ? others : zones);
}

// ---- life

void targetgroup_open(struct targetgroup *g, const struct balancer_spec *spec, uint8_t n_zones,
                      struct stream hash, struct stream random)
{
    const bool is_sticky = spec->stickiness == STICKINESS_COOKIE;
    *g = (struct targetgroup){.spec = spec,
                              .n_zones = n_zones,
                              .own_turns = spec->cross_zone ? 0 : UINT8_MAX,
                              .counts_outstanding = spec->policy == BALANCER_LEAST_OUTSTANDING,
                              .is_sticky = is_sticky,
                              .takes_turns = !is_sticky &&
                                             (spec->policy == BALANCER_ROUND_ROBIN ||
                                              spec->policy == BALANCER_LEAST_OUTSTANDING),
                              .random = random};
    flow_open(&g->flows, hash, spec->stickiness == STICKINESS_SOURCE_IP);
}

void targetgroup_close(struct targetgroup *g)
{
    flow_close(&g->flows);
}

void targetgroup_add(struct targetgroup *g, uint32_t pool, uint8_t zone)
{
    REQUIRE(g->n < BALANCER_MAX_TARGETS, "a target beyond %d", BALANCER_MAX_TARGETS);
    g->in_zone[zone] |= UINT64_C(1) << g->n;
    g->registered |= UINT64_C(1) << g->n;
    g->weight[g->n] = UINT32_MAX;
    g->targets[g->n++] = (struct target){.pool = pool, .zone = zone, .state = {.is_healthy = true}};
}
