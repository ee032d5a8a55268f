#include "model/checker.h"

#include "model/context.h"

static const struct probe_spec *checker_spec(const struct context *x)
{
    return &x->model->topology->steering.health;
}

static const struct record_spec *checker_record(const struct model *m, const struct checker *c)
{
    return &m->topology->steering.records[m->checkers[c->index].record];
}

static uint32_t checker_endpoint(const struct context *x, const struct checker *c)
{
    const struct topology *t = x->model->topology;
    int region = checker_record(x->model, c)->region;
    return model_lp(x->model, LP_BALANCER,
                    (uint32_t)x->model->balancer_of[t->entry * t->n_regions + region]);
}

static uint16_t checker_node(const struct context *x, const struct checker *c)
{
    return x->model->zone_place[checker_record(x->model, c)->region][c->zone];
}

static struct payload_request checker_payload(const struct context *x, const struct checker *c)
{
    return (struct payload_request){.call = c->probe,
                                    .flags = REQUEST_PROBE |
                                             (checker_spec(x)->deep ? REQUEST_DEEP : 0),
                                    .zone = c->zone};
}

static void checker_arm(const struct context *x, struct checker *c, enum checker_phase phase)
{
    c->phase = phase;
    c->timer = cell_arm(x->cell, phase == CHECKER_CONNECTING ? c->connect_lane : c->response_lane,
                        c->probe);
}

static void checker_disarm(const struct context *x, struct checker *c)
{
    cell_disarm(x->cell, c->phase == CHECKER_CONNECTING ? c->connect_lane : c->response_lane,
                c->timer);
}

void checker_on_send(const struct context *x, struct checker *c)
{
    uint32_t n = (uint32_t)__builtin_popcount(c->zones);
    uint32_t pick = stream_below(&c->choices, n);
    uint8_t zones = c->zones;
    while (pick-- > 0)
        zones &= (uint8_t)(zones - 1);
    c->zone = (uint8_t)__builtin_ctz(zones);
    c->probe++;
    c->sent = x->now;
    simtime delay = context_connect_delay(x, context_place(x, x->lp), checker_node(x, c),
                                          &c->network);
    struct payload_request connect = checker_payload(x, c);
    checker_arm(x, c, CHECKER_CONNECTING);
    context_send(x, checker_endpoint(x, c), delay, EV_CONNECT, &connect, sizeof connect);
}

// The verdict of this probe is known: count it, tell the authority of a change, plan the next
// probe.
static void checker_conclude(const struct context *x, struct checker *c, bool succeeded)
{
    const struct probe_spec *spec = checker_spec(x);
    const struct checker_plan *plan = &x->model->checkers[c->index];
    c->phase = CHECKER_IDLE;
    if (probe_verdict(&c->state, spec, succeeded)) {
        uint32_t authority = model_lp(x->model, LP_AUTHORITY, 0);
        struct payload_check report = {
            .record = plan->record, .checker = plan->checker, .healthy = succeeded};
        simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, authority),
                                      &c->network, net_empty);
        context_send(x, authority, delay, EV_CHECK_REPORT, &report, sizeof report);
    }
    simtime from = spec->interval_from_response ? x->now : c->sent;
    simtime next = from + simtime_from_seconds(spec->interval_s) - x->now;
    context_send(x, x->lp, next > 0 ? next : 1, EV_PROBE_SEND, NULL, 0);
}

void checker_on_connected(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (c->phase != CHECKER_CONNECTING || a->call != c->probe)
        return;
    checker_disarm(x, c);
    struct payload_request request = checker_payload(x, c);
    simtime delay = context_delay(x, context_place(x, x->lp), checker_node(x, c), &c->network,
                                  net_small);
    checker_arm(x, c, CHECKER_WAITING);
    context_send(x, checker_endpoint(x, c), delay, EV_REQUEST, &request, sizeof request);
}

void checker_on_response(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (c->phase != CHECKER_WAITING || a->call != c->probe)
        return;
    checker_disarm(x, c);
    checker_conclude(x, c, a->status == ANSWER_OK);
}

void checker_on_timeout(const struct context *x, struct checker *c, const struct event *e)
{
    uint64_t probe = event_token(e);
    CHECK(c->phase != CHECKER_IDLE && probe == c->probe);
    checker_conclude(x, c, false);
}

void checker_on_zones(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    CHECK(z->zones != 0 && x->model != NULL);
    c->zones = z->zones;
}

void checker_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const struct probe_spec *spec = &m->topology->steering.health;
    uint32_t lp = model_lp(m, LP_CHECKER, index);
    struct checker *c = &w->checkers[index];
    struct stream phase = stream_open(w->seed, w->replication, m->lps[lp].name, "phase");
    *c = (struct checker){
        .index = index,
        .state = {.is_healthy = true},
        .network = stream_open(w->seed, w->replication, m->lps[lp].name, "network"),
        .choices = stream_open(w->seed, w->replication, m->lps[lp].name, "choices")};
    c->zones = (uint8_t)((1u << m->topology->regions[checker_record(m, c)->region].n_zones) - 1);
    c->connect_lane = engine_lane(w->engine, lp, simtime_from_seconds(spec->connect_timeout_s),
                                  EV_PROBE_TIMEOUT);
    c->response_lane = engine_lane(w->engine, lp, simtime_from_seconds(spec->response_timeout_s),
                                   EV_PROBE_TIMEOUT);
    simtime first = simtime_from_seconds(stream_uniform(&phase) * spec->interval_s);
    engine_post(w->engine, lp, lp, first, EV_PROBE_SEND, NULL, 0);
}
