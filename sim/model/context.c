#include "model/context.h"

simtime context_connect(const struct context *x, struct stream *s, simtime at, uint8_t endpoint,
                        uint8_t zone)
{
    const struct world *w = x->world;
    uint16_t here = context_place(x, x->lp), there = x->model->zone_place[endpoint][zone];
    const struct path *way = model_path(x->model, here, there);
    const struct path *back = model_path(x->model, there, here);
    simtime out = net_connect_delay(way, &w->links[way->link], s, at);
    if (out == NET_LOST)
        return NET_LOST;
    simtime there_at = at + out;
    const int region = x->model->endpoints.region[endpoint];
    if (timeline_at(&w->nodes[region * TOPOLOGY_MAX_ZONES + zone], there_at)->is_dead)
        return NET_LOST;
    simtime in = net_connect_delay(back, &w->links[back->link], s, there_at);
    return in == NET_LOST ? NET_LOST : out + in;
}

void context_journal(const struct context *x, enum journal_kind kind, const char *component,
                     uint32_t detail)
{
    struct journal_entry entry = {x->now, kind, component, detail};
    array_push(&x->world->journals[x->lp], entry);
}
