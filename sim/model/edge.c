#include "model/edge.h"

#include "model/context.h"

enum { EDGE_MOST_TRIED = 3 }; // groups that take the place of an unhealthy one

struct edge_plan edge_compile(struct model *m)
{
    const struct steering_spec *s = &m->topology->steering;
    struct edge_plan plan = {.is_used = s->root.policy == STEERING_ACCELERATOR};
    if (!plan.is_used)
        return plan;
    plan.by_address = s->accelerator.affinity == AFFINITY_SOURCE_IP;
    plan.idle_timeout = simtime_from_seconds(s->accelerator.idle_timeout_s);
    plan.failback = simtime_from_seconds(s->accelerator.failback_s);
    plan.reaction = variate_compile(&m->arena, &s->accelerator.reaction, 1e9);
    for (int i = 0; i < s->root.n_records; i++) {
        int region = s->root.records[i].region;
        plan.groups |= (uint16_t)(1u << region);
        plan.dial[region] = s->root.records[i].dial;
    }
    return plan;
}

struct edge edge_open(const struct world *w, const char *population)
{
    const struct topology *t = w->model->topology;
    struct edge edge = {.healthy = w->model->edges.groups,
                        .choices = stream_open(w->seed, w->replication, population, "edge")};
    for (int r = 0; r < t->n_regions; r++)
        edge.dial[r] = w->model->edges.dial[r];
    for (int r = 0; r < t->n_regions; r++)
        edge.zones[r] = (uint8_t)((1u << t->regions[r].n_zones) - 1);
    return edge;
}

// ---- a new connection

// A number in 0..1 that stands for the connection, or for the user's address.
static double edge_place(const struct edge_plan *plan, struct edge *edge, uint32_t client)
{
    // Multiples of the golden ratio lie evenly.
    return plan->by_address ? (double)(uint32_t)(client * UINT32_C(2654435769)) * 0x1p-32
                            : stream_uniform(&edge->choices);
}

// The group that a connection is aimed at: each dial lets its share in and the rest go on; the
// nearest when none wants it.
static uint8_t edge_aim(const struct edge_plan *plan, const double *dial, const uint8_t *order,
                        int n, double place)
{
    uint8_t nearest = NO_REGION;
    for (int k = 0; k < n; k++) {
        uint8_t region = order[k];
        if (!(plan->groups >> region & 1))
            continue;
        nearest = nearest == NO_REGION ? region : nearest;
        if (place < dial[region])
            return region;
        place = (place - dial[region]) / (1 - dial[region]);
    }
    return nearest;
}

// Who takes the place of an unhealthy group.
static uint8_t edge_replace(const struct edge_plan *plan, uint16_t healthy, const uint8_t *order,
                            int n, uint8_t aimed)
{
    uint8_t nearest = NO_REGION;
    for (int k = 0, n_tried = 0; k < n && n_tried < EDGE_MOST_TRIED; k++) {
        uint8_t region = order[k];
        if (!(plan->groups >> region & 1))
            continue;
        nearest = nearest == NO_REGION ? region : nearest;
        n_tried += region != aimed;
        if (healthy >> region & 1)
            return region;
    }
    return nearest;
}

uint8_t edge_choose(const struct model *m, struct edge *edge, uint32_t population, uint32_t client)
{
    const uint8_t *order = m->populations[population].region_order;
    int n = m->topology->n_regions;
    uint8_t aimed = edge_aim(&m->edges, edge->dial, order, n, edge_place(&m->edges, edge, client));
    if (edge->healthy >> aimed & 1)
        return aimed;
    return edge_replace(&m->edges, edge->healthy, order, n, aimed);
}

void edge_on_status(struct edge *edge, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    uint16_t bit = (uint16_t)(1u << z->region);
    edge->healthy = (uint16_t)(z->has_targets ? edge->healthy | bit : edge->healthy & ~bit);
    edge->zones[z->region] = z->zones;
}

void edge_on_dial(struct edge *edge, const struct event *e)
{
    const struct payload_dial *d = &payload_of(e, payload_dial);
    edge->dial[d->region] = d->dial;
}

// ---- what the accelerator makes of health

// Sends something to all edges.
static void edge_tell(const struct context *x, struct authority *a, enum event_kind kind,
                      const void *payload, size_t size)
{
    for (uint32_t i = 0; i < x->model->count[LP_POPULATION]; i++) {
        uint32_t population = model_lp(x->model, LP_POPULATION, i);
        simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, population),
                                      &a->network, net_empty);
        context_send(x, population, delay, (uint16_t)kind, payload, size);
    }
}

void edge_note(const struct context *x, struct authority *a, uint8_t region)
{
    const struct edge_plan *plan = &x->model->edges;
    const bool is_healthy = a->answered >> region & 1;
    const struct payload_zones change = {.region = region, .has_targets = is_healthy};
    simtime delay = is_healthy ? plan->failback
                               : context_duration(variate_draw(&plan->reaction, &a->reactions));
    context_send(x, x->lp, delay > 0 ? delay : 1, EV_EDGE_PUBLISH, &change, sizeof change);
}

// Tells the edges, unless the region has changed its mind meanwhile: that change comes on its own.
void edge_on_publish(const struct context *x, struct authority *a, const struct event *e)
{
    struct payload_zones status = payload_of(e, payload_zones);
    if ((a->answered >> status.region & 1) != status.has_targets ||
        !authority_publish(x, a, status.region))
        return;
    status.zones = a->zones[status.region];
    edge_tell(x, a, EV_EDGE_STATUS, &status, sizeof status);
}

void edge_turn_dial(const struct context *x, struct authority *a, uint8_t region, double dial)
{
    const struct payload_dial turned = {.dial = dial, .region = region};
    edge_tell(x, a, EV_EDGE_DIAL, &turned, sizeof turned);
}
