#include "model/frontend.h"

#include "model/attempt.h"
#include "model/recordset.h"

// ---- which region

// A request on its way from region to region.
struct frontend_walk {
    uint32_t usable, unasked; // regions, bit sets
    double place;             // in 0..1, among those who have come so far
    int rank;                 // of the next region that it asks
};

// Whether a region lets a request in, which counts for the first that it asks.
static bool frontend_enters(struct edge *edge, struct frontend_walk *w, uint8_t region)
{
    const double share = edge->dial[region] - w->rank; // beyond 0..1: none, all
    edge->aimed[region] += w->rank == 0;
    w->rank++;
    w->unasked &= ~(1u << region);
    if (w->place < share)
        return true;
    if (share > 0)
        w->place = (w->place - share) / (1 - share);
    return false;
}

static uint8_t frontend_route(const struct model *m, struct edge *edge, uint32_t population,
                              struct frontend_walk *w)
{
    const struct record_set_plan *groups = &m->record_sets[0];
    const uint8_t *order = recordset_order(groups, (uint16_t)population); // nearest first
    for (; *order != RECORDSET_NO_RECORD; order++) {
        uint8_t region = groups->records[*order].region;
        if ((w->unasked >> region & 1) && frontend_enters(edge, w, region))
            return region;
    }
    // All are full: in proportion to their capacities.
    return edge_member(m->edges.capacity_rps, w->usable, w->place);
}

// A cookie names the region that is asked first, as long as that is healthy. Who have been sent
// there by their places are sent on by others.
static uint8_t frontend_return(const struct model *m, struct edge *edge, uint32_t population,
                               uint32_t client, struct frontend_walk *w)
{
    const uint8_t kept = edge->cookies[client];
    if (m->edges.has_capacity)
        w->place = edge_place(&m->edges, &edge->shares, edge_other(client));
    if ((w->unasked >> kept & 1) && frontend_enters(edge, w, kept))
        return kept;
    return frontend_route(m, edge, population, w);
}

uint8_t frontend_choose(const struct model *m, struct edge *edge, uint32_t population,
                        uint32_t client, struct frontend_regions regions)
{
    struct frontend_walk w = {.usable = regions.usable, .unasked = regions.usable};
    const uint32_t healthy = regions.usable | regions.tried;
    uint8_t *kept = edge->cookies != NULL ? &edge->cookies[client] : NULL;
    if (kept != NULL && *kept != NO_REGION && (healthy >> *kept & 1))
        return frontend_return(m, edge, population, client, &w);
    if (m->edges.has_capacity)
        w.place = edge_place(&m->edges, &edge->choices, client);
    const uint8_t region = frontend_route(m, edge, population, &w);
    if (kept != NULL)
        *kept = region;
    return region;
}

static struct frontend_regions frontend_regions(const struct model *m, const struct edge *edge,
                                                uint16_t untried)
{
    const uint32_t healthy = edge_usable(&m->edges, edge->healthy);
    const uint32_t usable = (healthy & untried) != 0 ? healthy & untried : healthy;
    return (struct frontend_regions){.usable = usable, .tried = healthy & ~usable};
}

// ---- tries

enum { FRONTEND_ANSWERS = UINT8_MAX }; // instead of a number of tries

bool frontend_answers(const struct population *p, uint32_t index)
{
    return p->cold.items[index].n_tries == FRONTEND_ANSWERS;
}

// The proxy answers for itself, after `delay`.
static void frontend_answer(const struct context *x, struct population *p, uint32_t index,
                            uint8_t status, simtime delay)
{
    const struct payload_answer answer = {.call = slots_token(&p->requests, index),
                                          .status = status};
    p->cold.items[index].n_tries = FRONTEND_ANSWERS;
    attempt_watch(x, p, index, PHASE_ANSWER, p->cold.items[index].due);
    context_send(x, x->lp, delay, EV_RESPONSE, &answer, sizeof answer);
}

// Chooses where the request goes next, or answers that there is no region.
static bool frontend_aim(const struct context *x, struct population *p, uint32_t index,
                         simtime passes)
{
    struct request *r = &p->requests.items[index];
    struct request_cold *cold = &p->cold.items[index];
    const struct frontend_regions regions = frontend_regions(x->model, &p->edge, r->others);
    if (regions.usable == 0) {
        frontend_answer(x, p, index, ANSWER_SHED, passes + p->plan->edge_rtt / 2 - x->now);
        return false;
    }
    r->region = frontend_choose(x->model, &p->edge, p->index, r->client, regions);
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
    simtime delay = context_path_delay(
        x, path, &p->network, x->model->classes[p->requests.items[index].class_index].request);
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
