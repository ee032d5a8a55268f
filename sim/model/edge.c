#include "model/edge.h"

#include <string.h>

#include "model/context.h"
#include "model/recordset.h"

enum { EDGE_MOST_TRIED = 3 }; // groups that take the place of an unhealthy one

static void edge_compile_accelerator(struct model *m, struct edge_plan *plan)
{
    const struct accelerator_spec *s = &m->topology->steering.accelerator;
    plan->by_address = s->affinity == AFFINITY_SOURCE_IP;
    plan->idle_timeout = simtime_from_seconds(s->idle_timeout_s);
    plan->failback = simtime_from_seconds(s->failback_s);
    plan->reaction = model_variate(m, &s->reaction, 1e9);
}

static void edge_compile_global(struct model *m, struct edge_plan *plan)
{
    const struct global_balancer_spec *s = &m->topology->steering.global_balancer;
    plan->is_per_request = true;
    plan->has_cookies = plan->by_address = s->affinity == AFFINITY_COOKIE;
    plan->idle_timeout = simtime_from_seconds(s->idle_timeout_s);
    plan->failback = simtime_from_seconds(s->failback_s);
    plan->reaction = model_variate(m, &s->reaction, 1e9);
    plan->retries = (uint8_t)s->retries;
    plan->retries_writes = s->retry_writes;
    plan->retries_gateway_errors = s->retry_on == PROXY_RETRY_GATEWAY_ERROR;
    plan->tries_unhealthy = s->none_healthy == PROXY_TRIES_ALL;
    plan->try_timeout = simtime_from_seconds(s->try_timeout_s);
    plan->report_period = simtime_from_seconds(s->report_period_s);
}

struct edge_plan edge_compile(struct model *m)
{
    const struct steering_spec *s = &m->topology->steering;
    struct edge_plan plan = {.is_used = steering_has_edges(s)};
    if (!plan.is_used)
        return plan;
    if (steering_is_per_request(s))
        edge_compile_global(m, &plan);
    else
        edge_compile_accelerator(m, &plan);
    for (int i = 0; i < s->root.n_records; i++) {
        const struct record_spec *record = &s->root.records[i];
        plan.groups |= (uint16_t)(1u << record->region);
        plan.endpoints |= m->endpoints.members[record->region];
        plan.dial[record->region] = plan.is_per_request ? SPILLOVER_ALL : record->dial;
        plan.capacity_rps[record->region] = record->capacity_rps * m->options.scale;
        plan.has_capacity |= plan.is_per_request && record->capacity_rps > 0;
    }
    return plan;
}

struct edge edge_open(struct world *w, uint32_t population)
{
    const struct topology *t = w->model->topology;
    const struct endpoints *e = &w->model->endpoints;
    const struct edge_plan *plan = &w->model->edges;
    const char *name = w->model->lps[model_lp(w->model, LP_POPULATION, population)].name;
    const uint32_t n_clients = w->model->populations[population].n_clients;
    struct edge edge = {.healthy = plan->endpoints,
                        .choices = stream_open(w->seed, w->replication, name, "edge"),
                        .shares = stream_open(w->seed, w->replication, name, "endpoints"),
                        .reports = stream_open(w->seed, w->replication, name, "load reports")};
    for (int r = 0; r < t->n_regions; r++)
        edge.dial[r] = plan->dial[r];
    for (uint8_t i = 0; i < e->n; i++) {
        edge.zones[i] = topology_zones(t, e->region[i]);
        edge.weights[i] = e->weight[i];
        edge.weightless |= (uint16_t)((e->weight[i] == 0) << i);
    }
    if (plan->has_cookies)
        edge.cookies = memset(arena_push(&w->arena, uint8_t, n_clients), NO_REGION, n_clients);
    return edge;
}

// ---- a new connection

double edge_place(const struct edge_plan *plan, struct stream *choices, uint32_t client)
{
    // Multiples of the golden ratio lie evenly.
    return plan->by_address ? (double)(uint32_t)(client * UINT32_C(2654435769)) * 0x1p-32
                            : stream_uniform(choices);
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

// Who takes the place of a group without an able endpoint; ENDPOINT_NONE: nobody does.
static uint8_t edge_replace(const struct model *m, const uint8_t *order, uint16_t able,
                            uint8_t aimed)
{
    const struct record_set_plan *groups = &m->record_sets[0];
    int n_tried = 0;
    for (const uint8_t *at = order; *at != RECORDSET_NO_RECORD && n_tried < EDGE_MOST_TRIED; at++) {
        uint8_t region = groups->records[*at].region;
        n_tried += region != aimed;
        if (able & m->endpoints.members[region])
            return region;
    }
    return ENDPOINT_NONE;
}

uint8_t edge_member(const double *weights, uint32_t set, double place)
{
    double sum = 0;
    for (uint32_t left = set; left != 0; left &= left - 1)
        sum += weights[__builtin_ctz(left)];
    double ticket = place * sum;
    for (;; set &= set - 1) {
        ticket -= weights[__builtin_ctz(set)];
        if (ticket < 0 || (set & (set - 1)) == 0)
            return (uint8_t)__builtin_ctz(set);
    }
}

// One of several endpoints, by weight.
static uint8_t edge_share(const struct model *m, struct edge *edge, uint32_t set, uint32_t client)
{
    if ((set & (set - 1)) == 0)
        return (uint8_t)__builtin_ctz(set);
    // Users of a group that a dial has chosen lie evenly, too.
    const double place = edge_place(&m->edges, &edge->shares, edge_other(client));
    return edge_member(edge->weights, set, place);
}

uint8_t edge_choose(const struct model *m, struct edge *edge, uint32_t population, uint32_t client)
{
    const struct record_set_plan *groups = &m->record_sets[0];
    const uint8_t *order = recordset_order(groups, (uint16_t)population); // nearest first
    const uint16_t able = edge->healthy & (uint16_t)~edge->weightless;
    uint8_t group = edge_aim(groups, order, edge->dial,
                             edge_place(&m->edges, &edge->choices, client));
    if (!(able & m->endpoints.members[group]))
        group = edge_replace(m, order, able, group);
    if (group != ENDPOINT_NONE)
        return edge_share(m, edge, able & m->endpoints.members[group], client);
    return context_pick_any(&edge->shares, m->endpoints.members[groups->records[order[0]].region]);
}

void edge_on_status(struct edge *edge, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    uint16_t bit = (uint16_t)(1u << z->endpoint);
    edge->healthy = (uint16_t)(z->has_targets ? edge->healthy | bit : edge->healthy & ~bit);
    edge->zones[z->endpoint] = z->zones;
}

void edge_on_dial(struct edge *edge, const struct event *e)
{
    const struct payload_dial *d = &payload_of(e, payload_dial);
    edge->dial[d->region] = d->dial;
}

void edge_on_weight(struct edge *edge, const struct event *e)
{
    const struct payload_weight *w = &payload_of(e, payload_weight);
    for (uint32_t left = w->endpoints; left != 0; left &= left - 1)
        edge->weights[__builtin_ctz(left)] = w->weight;
    edge->weightless = (uint16_t)(w->weight == 0 ? edge->weightless | w->endpoints
                                                 : edge->weightless & ~w->endpoints);
}

// ---- what the accelerator makes of health

// Sends something to all edges, each of which hears of things in their order.
static void edge_tell(const struct context *x, struct authority *a, enum event_kind kind,
                      const void *payload, size_t size)
{
    for (uint32_t i = 0; i < x->model->count[LP_POPULATION]; i++) {
        const uint32_t population = model_lp(x->model, LP_POPULATION, i);
        const simtime delay = context_delay(x, context_place(x, x->lp),
                                            context_place(x, population), &a->network, net_empty);
        if (delay == NET_LOST)
            continue;
        a->edges[i] = simtime_most(a->edges[i], x->now + delay);
        context_send(x, population, a->edges[i] - x->now, (uint16_t)kind, payload, size);
    }
}

void edge_note(const struct context *x, struct authority *a, uint8_t endpoint)
{
    const struct edge_plan *plan = &x->model->edges;
    const bool is_healthy = a->answered >> endpoint & 1;
    const struct payload_zones change = {.endpoint = endpoint, .has_targets = is_healthy};
    simtime delay = is_healthy ? plan->failback
                               : context_duration(variate_draw(&plan->reaction, &a->reactions));
    context_send(x, x->lp, delay > 0 ? delay : 1, EV_EDGE_PUBLISH, &change, sizeof change);
}

// Tells the edges, unless the endpoint has changed its mind meanwhile: that change comes on its
// own.
void edge_on_publish(const struct context *x, struct authority *a, const struct event *e)
{
    struct payload_zones status = payload_of(e, payload_zones);
    if ((a->answered >> status.endpoint & 1) != status.has_targets ||
        !authority_publish(x, a, status.endpoint))
        return;
    status.zones = a->zones[status.endpoint];
    edge_tell(x, a, EV_EDGE_STATUS, &status, sizeof status);
}

void edge_turn_dial(const struct context *x, struct authority *a, uint8_t region, double dial)
{
    const struct payload_dial turned = {.dial = dial, .region = region};
    edge_tell(x, a, EV_EDGE_DIAL, &turned, sizeof turned);
}

void edge_set_weight(const struct context *x, struct authority *a, uint16_t endpoints,
                     uint8_t weight)
{
    const struct payload_weight set = {.endpoints = endpoints, .weight = weight};
    edge_tell(x, a, EV_EDGE_WEIGHT, &set, sizeof set);
}
