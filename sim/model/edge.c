#include "model/edge.h"

#include "model/context.h"
#include "model/recordset.h"

enum { EDGE_MOST_TRIED = 3 }; // groups that take the place of an unhealthy one

struct edge_plan edge_compile(struct model *m)
{
    const struct steering_spec *s = &m->topology->steering;
    struct edge_plan plan = {.is_used = steering_is_accelerated(s)};
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
    for (int r = 0; r < t->n_regions; r++) {
        edge.dial[r] = w->model->edges.dial[r];
        edge.zones[r] = topology_zones(t, r);
    }
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
static uint8_t edge_aim(const struct record_set_plan *groups, const uint8_t *order,
                        const double *dial, double place)
{
    for (const uint8_t *at = order; *at != RECORDSET_NO_RECORD; at++) {
        uint8_t region = groups->records[*at].region;
        if (place < dial[region])
            return region;
        place = (place - dial[region]) / (1 - dial[region]);
    }
    return groups->records[order[0]].region;
}

// Who takes the place of an unhealthy group; the nearest when nobody does.
static uint8_t edge_replace(const struct record_set_plan *groups, const uint8_t *order,
                            uint16_t healthy, uint8_t aimed)
{
    int n_tried = 0;
    for (const uint8_t *at = order; *at != RECORDSET_NO_RECORD && n_tried < EDGE_MOST_TRIED; at++) {
        uint8_t region = groups->records[*at].region;
        n_tried += region != aimed;
        if (healthy >> region & 1)
            return region;
    }
    return groups->records[order[0]].region;
}

uint8_t edge_choose(const struct model *m, struct edge *edge, uint32_t population, uint32_t client)
{
    const struct record_set_plan *groups = &m->record_sets[0];
    const uint8_t *order = recordset_order(groups, (uint16_t)population); // nearest first
    uint8_t aimed = edge_aim(groups, order, edge->dial, edge_place(&m->edges, edge, client));
    if (edge->healthy >> aimed & 1)
        return aimed;
    return edge_replace(groups, order, edge->healthy, aimed);
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
        context_tell(x, &a->network, population, (uint16_t)kind, payload, size);
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
