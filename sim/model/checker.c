#include "model/checker.h"

#include "model/context.h"

static const struct probe_spec *checker_spec(const struct context *x)
{
    return &x->model->topology->steering.health;
}

static int checker_region(const struct model *m, const struct checker *c)
{
    return m->checkers[c->index].region;
}

// Sends the request of the current probe on a connection that is ready at `ready`.
static void checker_request(const struct context *x, struct checker *c, simtime ready)
{
    int region = checker_region(x->model, c);
    const struct payload_request request = {.call = c->probe,
                                            .flags = REQUEST_PROBE |
                                                     (checker_spec(x)->deep ? REQUEST_DEEP : 0),
                                            .zone = c->zone};
    const struct path *path = model_path(x->model, context_place(x, x->lp),
                                         x->model->zone_place[region][c->zone]);
    simtime delay = context_delay_at(x, path, &c->network, ready, net_small);
    context_send(x, x->model->endpoint[region], delay, EV_REQUEST, &request, sizeof request);
}

// One timer a probe, as long as the shorter of the two timeouts; see checker_on_timeout.
static void checker_watch(const struct context *x, struct checker *c, simtime due)
{
    c->is_waiting = true;
    c->due = due;
    c->timer = cell_arm(x->cell, c->lane, c->probe);
}

void checker_on_send(const struct context *x, struct checker *c)
{
    const struct probe_spec *spec = checker_spec(x);
    c->zone = context_pick(&c->choices, c->zones);
    c->probe++;
    c->sent = x->now;
    int region = checker_region(x->model, c);
    simtime takes = context_connect(x, &c->network, x->now, (uint8_t)region, c->zone);
    simtime longest = simtime_from_seconds(spec->connect_timeout_s);
    if (takes == NET_LOST || takes >= longest) {
        checker_watch(x, c, x->now + longest);
        return;
    }
    if (spec->kind == PROBE_TCP) {
        const struct payload_answer connected = {.call = c->probe, .status = ANSWER_OK};
        checker_watch(x, c, x->now + longest);
        context_send(x, x->lp, takes, EV_PROBE_RESPONSE, &connected, sizeof connected);
        return;
    }
    checker_watch(x, c, x->now + takes + simtime_from_seconds(spec->response_timeout_s));
    checker_request(x, c, x->now + takes);
}

// The verdict of this probe is known: count it, tell the authority of a change, plan the next
// probe.
static void checker_conclude(const struct context *x, struct checker *c, bool succeeded)
{
    const struct probe_spec *spec = checker_spec(x);
    const struct checker_plan *plan = &x->model->checkers[c->index];
    c->is_waiting = false;
    if (probe_verdict(&c->state, spec, succeeded)) {
        uint32_t authority = model_lp(x->model, LP_AUTHORITY, 0);
        struct payload_check report = {
            .region = plan->region, .checker = plan->checker, .healthy = succeeded};
        simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, authority),
                                      &c->network, net_empty);
        context_send(x, authority, delay, EV_CHECK_REPORT, &report, sizeof report);
    }
    simtime from = spec->interval_from_response ? x->now : c->sent;
    simtime next = from + simtime_from_seconds(spec->interval_s) - x->now;
    context_send(x, x->lp, next > 0 ? next : 1, EV_PROBE_SEND, NULL, 0);
}

void checker_on_response(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    if (!c->is_waiting || a.call != c->probe)
        return;
    if (c->timer != 0)
        cell_disarm(x->cell, c->lane, c->timer);
    checker_conclude(x, c, a.status == ANSWER_OK);
}

void checker_on_timeout(const struct context *x, struct checker *c, const struct event *e)
{
    struct payload_token probe = payload_of(e, payload_token);
    if (!c->is_waiting || probe.token != c->probe)
        return;
    c->timer = 0;
    if (x->now < c->due)
        context_send(x, x->lp, c->due - x->now, EV_PROBE_TIMEOUT, &probe, sizeof probe);
    else
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
    c->zones = (uint8_t)((1u << m->topology->regions[checker_region(m, c)].n_zones) - 1);
    double shorter_s = spec->connect_timeout_s < spec->response_timeout_s
                           ? spec->connect_timeout_s
                           : spec->response_timeout_s;
    c->lane = engine_lane(w->engine, lp, simtime_from_seconds(shorter_s), EV_PROBE_TIMEOUT);
    simtime first = simtime_from_seconds(stream_uniform(&phase) * spec->interval_s);
    engine_post(w->engine, lp, lp, first, EV_PROBE_SEND, NULL, 0);
}
