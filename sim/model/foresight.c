#include "model/foresight.h"

#include "model/context.h"

// ---- times

simtime foresight_message(const struct context *x, uint16_t from, uint16_t to, struct stream *s,
                          simtime at)
{
    const simtime delay = context_delay_at(x, model_path(x->model, from, to), s, at, net_small);
    return delay != NET_LOST ? x->now + delay : NET_LOST;
}

simtime foresight_to_target(const struct context *x, uint32_t balancer, struct stream *leg,
                            struct foresight_way way, simtime at)
{
    const struct model *m = x->model;
    const int named = m->topology->services[m->lps[balancer].object].balancer;
    const simtime there = foresight_message(x, way.node, way.target, leg, at);
    if (there == NET_LOST)
        return NET_LOST;
    return there + (simtime)variate_draw(&m->balancer_overheads[named + 1], leg);
}

// Its work takes no longer than that of any probe: 1 ns.
simtime foresight_from_target(const struct context *x, uint64_t word, struct foresight_way way,
                              simtime at)
{
    struct stream leg = foresight_stream(word, LEG_TARGET_BACK);
    return foresight_message(x, way.target, way.node, &leg, at + 1);
}

// The zone of any target that the node reaches.
static uint8_t foresight_zone(const struct model *m, const struct lp_info *balancer,
                              struct stream *leg, uint8_t node)
{
    const struct service_spec *service = &m->topology->services[balancer->object];
    const int n_zones = m->topology->regions[balancer->region].n_zones;
    uint32_t n = 0;
    if (!topology_balancer(m->topology, balancer->object)->cross_zone)
        return node;
    for (int z = 0; z < n_zones; z++)
        n += (uint32_t)service_targets(service, z);
    uint32_t left = stream_below(leg, n);
    uint8_t zone = 0;
    while (left >= (uint32_t)service_targets(service, zone))
        left -= (uint32_t)service_targets(service, zone++);
    return zone;
}

// As foresight_answer, for the answer at the node.
static simtime foresight_at_node(const struct context *x, struct foresight_node node, uint64_t word,
                                 simtime at)
{
    const struct lp_info *info = &x->model->lps[node.balancer];
    const uint16_t *places = x->model->zone_place[info->region];
    struct stream leg = foresight_stream(word, LEG_TARGET);
    const uint8_t zone = foresight_zone(x->model, info, &leg, node.zone);
    const struct foresight_way way = {places[node.zone], places[zone]};
    const simtime there = foresight_to_target(x, node.balancer, &leg, way, at);
    return there != NET_LOST ? foresight_from_target(x, word, way, there) : NET_LOST;
}

simtime foresight_answer(const struct context *x, struct foresight_node node, uint16_t asker,
                         uint64_t word, simtime at)
{
    const uint16_t place = x->model->zone_place[x->model->lps[node.balancer].region][node.zone];
    struct stream leg = foresight_stream(word, LEG_BACK);
    const simtime answered = foresight_at_node(x, node, word, at);
    return answered != NET_LOST ? foresight_message(x, place, asker, &leg, answered) : NET_LOST;
}

simtime foresight_news_take(const struct model *m, uint32_t from, uint32_t to)
{
    return model_path(m, m->lps[from].place, m->lps[to].place)->floor;
}

// ---- faults

static simtime foresight_link_until(const struct context *x, uint16_t from, uint16_t to)
{
    return timeline_fine_until(&x->world->links[model_path(x->model, from, to)->link], x->now);
}

// Both ways between two places.
static simtime foresight_ways_until(const struct context *x, uint16_t a, uint16_t b)
{
    return simtime_least(foresight_link_until(x, a, b), foresight_link_until(x, b, a));
}

static simtime foresight_pool_until(const struct context *x, uint32_t pool)
{
    return timeline_fine_until(&x->world->pool_faults[x->model->lps[pool].index], x->now);
}

static simtime foresight_node_until(const struct context *x, uint16_t region, int zone)
{
    return timeline_fine_until(&x->world->nodes[region * TOPOLOGY_MAX_ZONES + zone], x->now);
}

simtime foresight_target_until(const struct context *x, uint32_t pool)
{
    const struct lp_info *info = &x->model->lps[pool];
    const simtime node = foresight_node_until(x, info->region, info->zone);
    const simtime way = foresight_link_until(x, info->place, info->place);
    return simtime_least(foresight_pool_until(x, pool), simtime_least(node, way));
}

static simtime foresight_targets_until(const struct context *x, const struct lp_info *balancer)
{
    const struct model *m = x->model;
    const struct service_spec *service = &m->topology->services[balancer->object];
    const int32_t first = m->pool_of[balancer->object * m->topology->n_regions + balancer->region];
    uint32_t pool = model_lp(m, LP_POOL, (uint32_t)first);
    simtime until = SIMTIME_NEVER;
    for (int z = 0; z < m->topology->regions[balancer->region].n_zones; z++)
        for (int k = service_targets(service, z); k > 0; k--)
            until = simtime_least(until, foresight_pool_until(x, pool++));
    return until;
}

simtime foresight_endpoint_until(const struct context *x, uint16_t place, uint32_t balancer)
{
    const struct lp_info *info = &x->model->lps[balancer];
    const uint16_t *zones = x->model->zone_place[info->region];
    const int n_zones = x->model->topology->regions[info->region].n_zones;
    simtime until = foresight_targets_until(x, info);
    for (int z = 0; z < n_zones; z++) {
        until = simtime_least(until, foresight_node_until(x, info->region, z));
        until = simtime_least(until, foresight_ways_until(x, place, zones[z]));
        for (int other = 0; other <= z; other++)
            until = simtime_least(until, foresight_ways_until(x, zones[z], zones[other]));
    }
    return until;
}
