#include "model/frontend.h"

#include "model/attempt.h"
#include "model/recordset.h"

// ---- which region

// A request on its way from region to region.
struct frontend_walk {
    uint32_t usable, refused; // regions, bit sets
    double place;             // in 0..1, among those who have come so far
};

// Whether a region lets a request in; counts it.
static bool frontend_enters(struct edge *edge, struct frontend_walk *w, uint8_t region)
{
    const double dial = edge->dial[region];
    edge->aimed[region]++;
    if (w->place < dial)
        return true;
    w->place = (w->place - dial) / (1 - dial);
    w->refused |= 1u << region;
    return false;
}

static uint8_t frontend_route(const struct model *m, struct edge *edge, uint32_t population,
                              struct frontend_walk *w)
{
    const struct record_set_plan *groups = &m->record_sets[0];
    const uint8_t *order = recordset_order(groups, (uint16_t)population); // nearest first
    for (; *order != RECORDSET_NO_RECORD; order++) {
        uint8_t region = groups->records[*order].region;
        if ((w->usable >> region & 1) && frontend_enters(edge, w, region))
            return region;
    }
    // All are full: in proportion to their capacities.
    return edge_member(m->edges.capacity_rps, w->usable, w->place);
}

uint8_t frontend_choose(const struct model *m, struct edge *edge, uint32_t population,
                        uint32_t client, uint32_t usable)
{
    struct frontend_walk w = {.usable = usable};
    if (m->edges.has_capacity)
        w.place = edge_place(&m->edges, &edge->choices, client);
    uint8_t region = frontend_route(m, edge, population, &w);
    if (edge->cookies == NULL)
        return region;
    const uint8_t kept = edge->cookies[client];
    if (kept != NO_REGION && kept != region && (usable & ~w.refused) >> kept & 1) {
        edge->aimed[kept]++; // it has taken him in before, and was not asked again
        return kept;
    }
    edge->cookies[client] = region;
    return region;
}

// The regions that a request may go to: those it has not tried first.
static uint32_t frontend_usable(const struct model *m, const struct edge *edge, uint16_t untried)
{
    uint32_t healthy = edge->healthy;
    if (healthy == 0 && m->edges.tries_unhealthy)
        healthy = m->edges.groups;
    return (healthy & untried) != 0 ? healthy & untried : healthy;
}

// ---- tries

// The proxy answers for itself, after `delay`.
static void frontend_answer(const struct context *x, struct population *p, uint32_t index,
                            uint8_t status, simtime delay)
{
    const struct payload_answer answer = {.call = slots_token(&p->requests, index),
                                          .status = status};
    p->cold.items[index].n_tries = UINT8_MAX;
    attempt_watch(x, p, index, PHASE_ANSWER, p->cold.items[index].due);
    context_send(x, x->lp, delay, EV_RESPONSE, &answer, sizeof answer);
}

// Chooses where the request goes next, or answers that there is no region.
static bool frontend_aim(const struct context *x, struct population *p, uint32_t index,
                         simtime passes)
{
    struct request *r = &p->requests.items[index];
    struct request_cold *cold = &p->cold.items[index];
    const uint32_t usable = frontend_usable(x->model, &p->edge, r->others);
    if (usable == 0) {
        frontend_answer(x, p, index, ANSWER_SHED, passes + p->plan->edge_rtt / 2 - x->now);
        return false;
    }
    r->region = frontend_choose(x->model, &p->edge, p->index, r->client, usable);
    r->zone = context_pick(&p->decisions, p->edge.zones[r->region]);
    r->others &= (uint16_t) ~(1u << r->region);
    r->cause = ROUTE_EDGE;
    cold->n_tries++;
    attempt_goes(x, p, r);
    attempt_watch(x, p, index, PHASE_ANSWER,
                  simtime_least(cold->due, passes + x->model->edges.try_timeout));
    return true;
}

void frontend_begin(const struct context *x, struct population *p, uint32_t index, simtime departs,
                    simtime due)
{
    struct request_cold *cold = &p->cold.items[index];
    p->requests.items[index].others = x->model->edges.groups;
    cold->due = due;
    cold->n_tries = 0;
    if (frontend_aim(x, p, index, departs + p->plan->edge_rtt / 2))
        attempt_send(x, p, index, departs, departs);
}

static bool frontend_may_retry(const struct context *x, const struct population *p, uint32_t index)
{
    const struct edge_plan *plan = &x->model->edges;
    const struct class_plan *class = &x->model->classes[p->requests.items[index].class_index];
    return p->cold.items[index].n_tries <= plan->retries &&
           (plan->retries_writes || !(class->flags & REQUEST_WRITE));
}

bool frontend_retries(const struct context *x, const struct population *p, uint32_t index,
                      uint8_t status)
{
    const bool is_reason = status == ANSWER_REFUSED ||
                           (x->model->edges.retries_gateway_errors && status != ANSWER_WRONG);
    return is_reason && frontend_may_retry(x, p, index);
}

// From the proxy, which has the request: `ahead` is what the population's way to it, and back,
// took.
static void frontend_send(const struct context *x, struct population *p, uint32_t index,
                          simtime ahead)
{
    const struct path *path = attempt_path(x, p, &p->requests.items[index]);
    simtime delay = context_path_delay(x, path, &p->network, net_small);
    if (delay != NET_LOST)
        delay -= simtime_least(ahead, frontend_shortcut(path));
    attempt_post(x, p, index, &(struct attempt_way){x->now, x->now, delay});
}

void frontend_retry(const struct context *x, struct population *p, uint32_t index)
{
    if (frontend_aim(x, p, index, x->now))
        frontend_send(x, p, index, p->plan->edge_rtt);
}

bool frontend_is_waited_for(const struct context *x, const struct population *p, uint32_t index)
{
    return p->requests.items[index].phase == PHASE_ANSWER && x->now < p->cold.items[index].due;
}

void frontend_give_up(const struct context *x, struct population *p, uint32_t index)
{
    if (!x->model->edges.retries_gateway_errors || !frontend_may_retry(x, p, index))
        frontend_answer(x, p, index, ANSWER_ERROR, p->plan->edge_rtt / 2);
    else if (frontend_aim(x, p, index, x->now))
        frontend_send(x, p, index, p->plan->edge_rtt / 2);
}
