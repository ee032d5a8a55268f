#include "model/checker.h"

#include "model/check.h"
#include "model/context.h"

static const struct check_spec *checker_check(const struct model *m, uint32_t index)
{
    return m->checks[m->checkers[index].check].spec;
}

static const struct probe_spec *checker_spec(const struct model *m, const struct checker *c)
{
    return &checker_check(m, c->index)->health.probe;
}

uint8_t checker_endpoint(const struct model *m, uint32_t index)
{
    return m->checks[m->checkers[index].check].endpoint;
}

// Sends the request of the current probe on a connection that is ready at `ready`.
static void checker_request(const struct context *x, struct checker *c, simtime ready)
{
    const struct probe_spec *spec = checker_spec(x->model, c);
    const uint8_t endpoint = checker_endpoint(x->model, c->index);
    const struct payload_request request = {
        .call = c->probe,
        .flags = REQUEST_PROBE | (spec->deep ? REQUEST_DEEP : 0),
        .zone = c->zone,
        .terms = request_terms((uint64_t)c->sent & x->model->flow_mask, 0)};
    const struct path *path = model_path(x->model, context_place(x, x->lp),
                                         x->model->zone_place[endpoint][c->zone]);
    simtime delay = context_delay_at(x, path, &c->network, ready, net_small);
    context_send(x, x->model->endpoint[endpoint], delay, EV_REQUEST, &request, sizeof request);
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
    const struct probe_spec *spec = checker_spec(x->model, c);
    c->is_planned = false;
    if (c->is_off)
        return;
    c->zone = context_pick(&c->choices, c->zones);
    c->probe++;
    c->sent = x->now;
    const uint8_t endpoint = checker_endpoint(x->model, c->index);
    simtime takes = context_connect(x, &c->network, x->now, endpoint, c->zone);
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

static void checker_plan_probe(const struct context *x, struct checker *c, simtime delay)
{
    c->is_planned = true;
    context_send(x, x->lp, delay, EV_PROBE_SEND, NULL, 0);
}

// The verdict of this probe is known: count it, tell the authority of a change, plan the next
// probe.
static void checker_conclude(const struct context *x, struct checker *c, bool succeeded)
{
    const struct probe_spec *spec = checker_spec(x->model, c);
    const struct checker_plan *plan = &x->model->checkers[c->index];
    c->is_waiting = false;
    if (probe_verdict(&c->state, spec, succeeded)) {
        uint32_t authority = model_lp(x->model, LP_AUTHORITY, 0);
        const struct payload_check report = {.check = plan->check,
                                             .checker = plan->checker,
                                             .healthy = succeeded,
                                             .epoch = c->epoch};
        context_tell(x, &c->network, authority, EV_CHECK_REPORT, &report, sizeof report);
    }
    simtime from = spec->interval_from_response ? x->now : c->sent;
    simtime next = from + simtime_from_seconds(spec->interval_s) - x->now;
    checker_plan_probe(x, c, next > 0 ? next : 1);
}

static void checker_stop_waiting(const struct context *x, struct checker *c)
{
    if (c->is_waiting && c->timer != 0)
        cell_disarm(x->cell, c->lane, c->timer);
    c->is_waiting = false;
}

void checker_on_response(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    if (!c->is_waiting || a.call != c->probe)
        return;
    checker_stop_waiting(x, c);
    bool looks_inside = checker_spec(x->model, c)->kind == PROBE_STRING_MATCH;
    checker_conclude(x, c, looks_inside ? a.status == ANSWER_OK : answer_has_good_status(a.status));
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

// A check that is enabled again begins as a new one: healthy, at a time of its own.
void checker_on_switch(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_check *order = &payload_of(e, payload_check);
    checker_stop_waiting(x, c);
    c->is_off = !order->healthy;
    c->epoch = order->epoch;
    c->state = (struct probe_state){.is_healthy = true};
    if (c->is_off || c->is_planned)
        return;
    double wait_s = stream_uniform(&c->choices) * checker_spec(x->model, c)->interval_s;
    checker_plan_probe(x, c, 1 + simtime_from_seconds(wait_s));
}

void checker_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const struct check_spec *check = checker_check(m, index);
    const struct probe_spec *spec = &check->health.probe;
    uint32_t lp = model_lp(m, LP_CHECKER, index);
    struct checker *c = &w->checkers[index];
    struct stream phase = stream_open(w->seed, w->replication, m->lps[lp].name, "phase");
    *c = (struct checker){
        .index = index,
        .is_off = check->is_disabled,
        .is_planned = !check->is_disabled,
        .state = {.is_healthy = true},
        .network = stream_open(w->seed, w->replication, m->lps[lp].name, "network"),
        .choices = stream_open(w->seed, w->replication, m->lps[lp].name, "choices")};
    c->zones = topology_zones(m->topology, check->region);
    double shorter_s = spec->connect_timeout_s < spec->response_timeout_s
                           ? spec->connect_timeout_s
                           : spec->response_timeout_s;
    c->lane = engine_lane(w->engine, lp, simtime_from_seconds(shorter_s), EV_PROBE_TIMEOUT);
    simtime first = simtime_from_seconds(stream_uniform(&phase) * spec->interval_s);
    if (c->is_planned)
        engine_post(w->engine, lp, lp, first, EV_PROBE_SEND, NULL, 0);
}
