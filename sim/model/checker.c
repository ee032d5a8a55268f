#include "model/checker.h"

#include "model/check.h"
#include "model/context.h"
#include "model/foresight.h"
#include "model/strain.h"

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

static uint32_t checker_balancer(const struct model *m, const struct checker *c)
{
    return m->endpoint[checker_endpoint(m, c->index)];
}

// ---- a probe's way

// What becomes of the messages of a probe that is sent at `at`.
struct checker_way {
    simtime at;
    uint64_t word;
    uint8_t zone;    // of the node
    simtime opened;  // when its connection is; NET_LOST: too late, or never
    simtime arrives; // when its request is at the node, or NET_LOST
};

static struct checker_way checker_go(const struct context *x, const struct checker *c,
                                     uint64_t number, simtime at)
{
    const uint8_t endpoint = checker_endpoint(x->model, c->index);
    struct checker_way way = {at, foresight_word(&c->words, number), 0, NET_LOST, NET_LOST};
    struct stream out = foresight_stream(way.word, LEG_OUT);
    way.zone = context_pick(&out, c->zones);
    const simtime takes = context_connect(x, &out, at, endpoint, way.zone);
    if (takes == NET_LOST || takes >= c->longest_connect)
        return way;
    way.opened = at + takes;
    if (c->is_tcp)
        return way;
    way.arrives = foresight_message(x, context_place(x, x->lp),
                                    x->model->zone_place[endpoint][way.zone], &out, way.opened);
    return way;
}

// When the probe has its answer if the endpoint is well, or NET_LOST.
static simtime checker_ends(const struct context *x, const struct checker *c,
                            const struct checker_way *way)
{
    if (c->is_tcp || way->arrives == NET_LOST)
        return c->is_tcp ? way->opened : NET_LOST;
    const struct foresight_node node = {checker_balancer(x->model, c), way->zone};
    return foresight_answer(x, node, context_place(x, x->lp), way->word, way->arrives);
}

// Whether the probe succeeds for sure, even if it waits as long as may be without anybody being
// told; no fault is met before `until`.
static bool checker_foresees(const struct checker *c, const struct checker_way *way, simtime ends,
                             simtime until)
{
    if (ends == NET_LOST || ends - way->at > c->longest_foreseen)
        return false;
    const simtime latest = ends + (c->is_tcp ? 0 : strain_wait);
    return latest < until && latest < way->opened + c->longest_answer &&
           calm_holds(&c->calm, way->at, latest);
}

// ---- a probe that is sent

static void checker_hear(const struct context *x, const struct checker *c, simtime at)
{
    const struct payload_answer good = {.call = c->probe, .status = ANSWER_OK};
    context_send(x, x->lp, at - x->now, EV_PROBE_RESPONSE, &good, sizeof good);
}

// One timer a probe, as long as the shorter of the two timeouts; see checker_on_timeout.
static void checker_watch(const struct context *x, struct checker *c, simtime due)
{
    c->is_waiting = true;
    c->due = due;
    c->timer = cell_arm(x->cell, c->lane, c->probe);
}

static void checker_request(const struct context *x, const struct checker *c,
                            const struct checker_way *way)
{
    const struct payload_request request = {
        .call = c->probe,
        .flags = REQUEST_PROBE | (checker_spec(x->model, c)->deep ? REQUEST_DEEP : 0),
        .zone = way->zone,
        .terms = request_terms((uint64_t)way->at & x->model->flow_mask, 0)};
    if (way->arrives != NET_LOST)
        context_send(x, checker_balancer(x->model, c), way->arrives - x->now, EV_REQUEST, &request,
                     sizeof request);
}

static void checker_send(const struct context *x, struct checker *c, const struct checker_way *way)
{
    if (way->opened == NET_LOST || c->is_tcp)
        checker_watch(x, c, x->now + c->longest_connect);
    else
        checker_watch(x, c, way->opened + c->longest_answer);
    if (way->opened != NET_LOST && c->is_tcp)
        checker_hear(x, c, way->opened);
    else
        checker_request(x, c, way);
}

// ---- probes that are foreseen

static void checker_await(const struct context *x, struct checker *c, const struct checker_way *way,
                          simtime ends)
{
    c->is_waiting = true;
    c->timer = 0;
    if (c->is_tcp || x->world->probes == PROBES_FORESEEN) {
        checker_hear(x, c, ends);
        return;
    }
    const struct payload_probe probe = {.word = way->word, .call = c->probe, .node = way->zone};
    context_send(x, checker_balancer(x->model, c), way->arrives - x->now, EV_FORESEEN, &probe,
                 sizeof probe);
}

// When the probe after one that was sent at `sent` and answered at `ends` is sent.
static simtime checker_next(const struct checker *c, simtime sent, simtime ends)
{
    const simtime next = (c->interval_from_response ? ends : sent) + c->interval;
    return next > ends ? next : ends + 1;
}

// The next probe is sent at `at`; any other that was to come is not.
static void checker_plan_probe(const struct context *x, struct checker *c, simtime at)
{
    const struct payload_token due = {++c->plan};
    c->is_planned = true;
    context_send(x, x->lp, at - x->now, EV_PROBE_SEND, &due, sizeof due);
}

// Works out as many probes as are certain and change nothing; false: not even the first is.
static bool checker_sleep(const struct context *x, struct checker *c, simtime until)
{
    const uint64_t before = c->probe;
    simtime at = x->now;
    if (x->world->probes != PROBES_FORESEEN || !c->state.is_healthy || c->state.run != 0)
        return false;
    until = simtime_least(until, x->model->duration);
    while (c->probe - before < FORESIGHT_MOST) {
        const struct checker_way way = checker_go(x, c, c->probe + 1, at);
        const simtime ends = checker_ends(x, c, &way);
        if (!checker_foresees(c, &way, ends, until))
            break;
        c->probe++;
        at = checker_next(c, at, ends);
    }
    if (at == x->now)
        return false;
    c->since = x->now;
    c->before = before;
    checker_plan_probe(x, c, at);
    return true;
}

// What has been worked out holds up to now: goes on from here.
static void checker_wake(const struct context *x, struct checker *c)
{
    simtime at = c->since;
    if (at == SIMTIME_NEVER)
        return;
    c->since = SIMTIME_NEVER;
    for (c->probe = c->before; at <= x->now;) {
        const struct checker_way way = checker_go(x, c, ++c->probe, at);
        const simtime ends = checker_ends(x, c, &way);
        c->sent = at;
        if (ends > x->now) {
            c->plan++;
            c->is_planned = false;
            checker_await(x, c, &way, ends);
            return;
        }
        at = checker_next(c, at, ends);
    }
    checker_plan_probe(x, c, at);
}

void checker_on_send(const struct context *x, struct checker *c, const struct event *e)
{
    if (event_token(e) != c->plan)
        return; // taken back
    c->is_planned = false;
    c->since = SIMTIME_NEVER;
    if (c->is_off)
        return;
    const simtime until = c->is_foreseen ? foresight_endpoint_until(x, context_place(x, x->lp),
                                                                    checker_balancer(x->model, c))
                                         : x->now;
    if (x->now < until && checker_sleep(x, c, until))
        return;
    const struct checker_way way = checker_go(x, c, ++c->probe, x->now);
    const simtime ends = x->now < until ? checker_ends(x, c, &way) : NET_LOST;
    c->sent = x->now;
    if (checker_foresees(c, &way, ends, until))
        checker_await(x, c, &way, ends);
    else
        checker_send(x, c, &way);
}

// ---- what becomes of it

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
    checker_plan_probe(x, c, checker_next(c, c->sent, x->now));
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
    CHECK(z->zones != 0);
    checker_wake(x, c);
    c->zones = z->zones;
}

void checker_on_calm(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_calm news = payload_of(e, payload_calm);
    checker_wake(x, c);
    c->calm = (struct calm_view){news.from, news.is_disturbed};
}

// A check that is enabled again begins as a new one: healthy, at a time of its own.
void checker_on_switch(const struct context *x, struct checker *c, const struct event *e)
{
    const struct payload_check *order = &payload_of(e, payload_check);
    checker_wake(x, c);
    checker_stop_waiting(x, c);
    c->is_off = !order->healthy;
    c->epoch = order->epoch;
    c->state = (struct probe_state){.is_healthy = true};
    if (c->is_off || c->is_planned)
        return;
    double wait_s = stream_uniform(&c->choices) * checker_spec(x->model, c)->interval_s;
    checker_plan_probe(x, c, x->now + 1 + simtime_from_seconds(wait_s));
}

// ---- life

// News of the endpoint comes before it takes effect, and nothing else counts probes.
static bool checker_can_foresee(const struct world *w, const struct checker *c)
{
    const struct model *m = w->model;
    const uint32_t balancer = checker_balancer(m, c), lp = model_lp(m, LP_CHECKER, c->index);
    if (w->probes == PROBES_ORDINARY || checker_spec(m, c)->deep || balancer == UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < m->n_checks; i++)
        if (check_watches(m, i, balancer))
            return false;
    return foresight_news_take(m, balancer, lp) <
           foresight_endpoint_notice - foresight_endpoint_longest;
}

// Balancers give up a request that waits for longer than they keep its connection.
static simtime checker_longest_foreseen(const struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const uint32_t balancer = m->endpoint[checker_endpoint(m, index)];
    if (balancer == UINT32_MAX)
        return 0;
    const struct balancer_spec *spec = topology_balancer(m->topology, m->lps[balancer].object);
    return simtime_least(foresight_endpoint_longest,
                         simtime_from_seconds(spec->idle_timeout_s) - strain_wait);
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
        .interval = simtime_from_seconds(spec->interval_s),
        .longest_connect = simtime_from_seconds(spec->connect_timeout_s),
        .longest_answer = simtime_from_seconds(spec->response_timeout_s),
        .longest_foreseen = checker_longest_foreseen(w, index),
        .interval_from_response = spec->interval_from_response,
        .is_tcp = spec->kind == PROBE_TCP,
        .since = SIMTIME_NEVER,
        .words = stream_open(w->seed, w->replication, m->lps[lp].name, "probes"),
        .network = stream_open(w->seed, w->replication, m->lps[lp].name, "network"),
        .choices = stream_open(w->seed, w->replication, m->lps[lp].name, "choices")};
    c->zones = topology_zones(m->topology, check->region);
    c->is_foreseen = checker_can_foresee(w, c);
    c->lane = engine_lane(w->engine, lp, simtime_least(c->longest_connect, c->longest_answer),
                          EV_PROBE_TIMEOUT);
    simtime first = simtime_from_seconds(stream_uniform(&phase) * spec->interval_s);
    if (c->is_planned)
        engine_post(w->engine, lp, lp, first, EV_PROBE_SEND, &(struct payload_token){0},
                    sizeof(struct payload_token));
}
