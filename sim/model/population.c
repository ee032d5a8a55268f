#include "model/population.h"

#include "model/context.h"

// What the server sends during a TLS handshake: its certificate.
static const struct net_size population_certificate = {3 * NET_PACKET_BYTES, 3};

// ---- measuring

static uint64_t *population_window(const struct context *x, struct population *p, simtime started)
{
    return &p->series[(size_t)(started / x->model->window) * SERIES_FIELDS];
}

static bool population_is_counted(const struct context *x, const struct request *r)
{
    return r->started >= x->model->warmup;
}

static void population_finish(const struct context *x, struct population *p, uint32_t index,
                              enum outcome outcome)
{
    struct request *r = &p->requests.items[index];
    uint64_t *window = population_window(x, p, r->started);
    bool is_answered = outcome == OUTCOME_OK || outcome == OUTCOME_LATE;
    simtime latency = x->now - r->started;
    window[outcome]++;
    window[SERIES_ATTEMPTS] += r->attempt;
    if (is_answered)
        window[SERIES_LATENCY_US] += (uint64_t)(latency / SIMTIME_US);
    if (population_is_counted(x, r)) {
        p->outcomes[r->class_index * OUTCOMES + outcome]++;
        p->attempts[r->class_index] += r->attempt;
        if (is_answered) {
            histogram_add(&p->latency[r->class_index], (uint64_t)latency);
            p->served[r->region]++;
        }
    }
    p->ended++;
    slots_release(&p->requests, index);
}

// ---- attempts

static void population_arm(const struct context *x, struct population *p, uint32_t index,
                           enum request_phase phase)
{
    struct request *r = &p->requests.items[index];
    r->phase = (uint8_t)phase;
    r->timer = cell_arm(x->cell, p->lanes[phase], slots_token(&p->requests, index));
}

static void population_disarm(const struct context *x, struct population *p, struct request *r)
{
    cell_disarm(x->cell, p->lanes[r->phase], r->timer);
}

static uint32_t population_endpoint(const struct context *x, const struct request *r)
{
    const struct topology *t = x->model->topology;
    return model_lp(x->model, LP_BALANCER,
                    (uint32_t)x->model->balancer_of[t->entry * t->n_regions + r->region]);
}

static struct payload_request population_payload(const struct context *x,
                                                 const struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    return (struct payload_request){
        .call = slots_token(&p->requests, index),
        .item_word = r->item_word,
        .class_index = r->class_index,
        .flags = x->model->workload->classes[r->class_index].is_write ? REQUEST_WRITE : 0,
        .zone = r->zone};
}

// Sends the request on an open connection, `extra` after now (the TLS handshake of a new one).
static void population_send(const struct context *x, struct population *p, uint32_t index,
                            simtime extra)
{
    struct request *r = &p->requests.items[index];
    uint16_t node = x->model->zone_place[r->region][r->zone];
    struct net_size size = x->model->classes[r->class_index].request;
    simtime delay = context_delay(x, context_place(x, x->lp), node, &p->network, size);
    struct payload_request payload = population_payload(x, p, index);
    p->clients[r->client].last_used = x->now;
    population_arm(x, p, index, PHASE_ANSWER);
    if (delay != NET_LOST)
        context_send(x, population_endpoint(x, r), delay + extra, EV_REQUEST, &payload,
                     sizeof payload);
}

static void population_resolve(const struct context *x, struct population *p, uint32_t index)
{
    const struct population_plan *plan = &x->model->populations[p->index];
    struct request *r = &p->requests.items[index];
    uint32_t resolver = model_lp(x->model, LP_RESOLVER, p->index);
    struct payload_dns query = {.call = slots_token(&p->requests, index),
                                .resolver = plan->resolver_of[r->client],
                                .population = (uint16_t)p->index};
    simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, resolver),
                                  &p->network, net_empty);
    population_arm(x, p, index, PHASE_RESOLVE);
    context_send(x, resolver, delay, EV_DNS_QUERY, &query, sizeof query);
}

static bool population_is_connected(const struct context *x, const struct population *p,
                                    const struct client *c)
{
    const struct population_plan *plan = &x->model->populations[p->index];
    return c->region != NO_REGION && x->now - c->last_used < plan->idle_timeout &&
           x->now - c->opened < plan->max_age;
}

static void population_attempt(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    struct client *c = &p->clients[r->client];
    r->attempt++;
    if (population_is_connected(x, p, c)) {
        r->region = c->region;
        r->zone = c->zone;
        population_send(x, p, index, 0);
    } else {
        c->region = NO_REGION;
        population_resolve(x, p, index);
    }
}

static simtime population_backoff(const struct context *x, struct population *p, uint32_t attempt)
{
    const struct population_plan *plan = &x->model->populations[p->index];
    const struct client_spec *spec = &x->model->workload->populations[p->index].client;
    simtime wait = plan->backoff_base;
    for (uint32_t i = 1; i < attempt && wait < plan->backoff_cap; i++)
        wait *= 2;
    if (wait > plan->backoff_cap)
        wait = plan->backoff_cap;
    if (spec->backoff_jitter == BACKOFF_FULL)
        wait = (simtime)(stream_uniform(&p->decisions) * (double)wait);
    return wait > 0 ? wait : 1;
}

// The attempt failed: try again if attempts and time are left, else the request has ended.
static void population_fail(const struct context *x, struct population *p, uint32_t index,
                            enum outcome outcome)
{
    struct request *r = &p->requests.items[index];
    const struct client_spec *spec = &x->model->workload->populations[p->index].client;
    slots_renew(&p->requests, index); // answers to this attempt come too late from here on
    if (r->attempt < spec->attempts) {
        simtime wait = population_backoff(x, p, r->attempt);
        if (x->now + wait - r->started < x->model->classes[r->class_index].deadline) {
            struct payload_token again = {slots_token(&p->requests, index)};
            r->phase = PHASE_BACKOFF;
            context_send(x, x->lp, wait, EV_RETRY, &again, sizeof again);
            return;
        }
    }
    population_finish(x, p, index, outcome);
}

// ---- handlers

// Time of the next arrival after `from` by thinning a Poisson process at the peak rate;
// SIMTIME_NEVER: none in the run.
static simtime population_next(const struct model *m, struct population *p, simtime from)
{
    const struct population_plan *plan = &m->populations[p->index];
    simtime start_utc = (simtime)(m->workload->start_utc_s * 1e9);
    for (simtime at = from;;) {
        double gap = variate_draw(&plan->interarrival, &p->arrivals);
        if (gap >= (double)(m->duration - at)) // also gaps that no simtime can hold
            return SIMTIME_NEVER;
        at += gap >= 1 ? (simtime)gap : 1;
        if (at >= m->duration)
            return SIMTIME_NEVER;
        simtime minute = (at + start_utc) % SIMTIME_DAY / SIMTIME_MIN;
        if (stream_uniform(&p->arrivals) < (double)plan->acceptance[minute])
            return at;
    }
}

static uint8_t population_class(const struct context *x, const struct population *p, uint32_t word)
{
    const struct population_plan *plan = &x->model->populations[p->index];
    uint8_t class_index = 0;
    while (word >= plan->class_limit[class_index] &&
           class_index + 1 < x->model->workload->n_classes)
        class_index++;
    return class_index;
}

void population_on_arrival(const struct context *x, struct population *p)
{
    const struct population_plan *plan = &x->model->populations[p->index];
    uint64_t word = stream_word(&p->arrivals);
    uint32_t index = slots_take(&p->requests);
    struct request *r = &p->requests.items[index];
    r->started = x->now;
    r->client = (uint32_t)((word >> 32) * plan->n_clients >> 32);
    r->class_index = population_class(x, p, (uint32_t)word);
    r->item_word = (uint32_t)(stream_word(&p->arrivals) >> 32);
    r->attempt = 0;
    p->started++;
    population_window(x, p, x->now)[SERIES_STARTED]++;
    population_attempt(x, p, index);
    simtime next = population_next(x->model, p, x->now);
    if (next != SIMTIME_NEVER)
        context_send(x, x->lp, next - x->now, EV_ARRIVAL, NULL, 0);
}

void population_on_retry(const struct context *x, struct population *p, const struct event *e)
{
    uint64_t token = event_token(e);
    CHECK(slots_is_live(&p->requests, token));
    population_attempt(x, p, slots_index(token));
}

void population_on_dns_answer(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_dns *a = &payload_of(e, payload_dns);
    if (!slots_is_live(&p->requests, a->call))
        return;
    uint32_t index = slots_index(a->call);
    struct request *r = &p->requests.items[index];
    population_disarm(x, p, r);
    if (a->region == NO_REGION) {
        population_fail(x, p, index, OUTCOME_NO_ANSWER);
        return;
    }
    r->region = a->region;
    r->zone = (uint8_t)stream_below(&p->decisions, (uint32_t)__builtin_popcount(a->zones));
    for (uint8_t zone = 0, left = r->zone; zone < TOPOLOGY_MAX_ZONES; zone++)
        if ((a->zones >> zone & 1) && left-- == 0) {
            r->zone = zone;
            break;
        }
    simtime delay = context_connect_delay(x, context_place(x, x->lp),
                                          x->model->zone_place[r->region][r->zone], &p->network);
    struct payload_request payload = population_payload(x, p, index);
    population_arm(x, p, index, PHASE_CONNECT);
    context_send(x, population_endpoint(x, r), delay, EV_CONNECT, &payload, sizeof payload);
}

// Round trips of the TLS handshake that follows the TCP connection.
static simtime population_handshake(const struct context *x, struct population *p,
                                    const struct request *r)
{
    uint16_t here = context_place(x, x->lp), there = x->model->zone_place[r->region][r->zone];
    simtime sum = 0;
    for (int i = 0; i < x->model->topology->network.tls_round_trips; i++) {
        simtime out = context_delay(x, here, there, &p->network, net_small);
        simtime back = context_delay(x, there, here, &p->network, population_certificate);
        if (out == NET_LOST || back == NET_LOST)
            return NET_LOST;
        sum += out + back;
    }
    return sum;
}

void population_on_connected(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (!slots_is_live(&p->requests, a->call))
        return;
    uint32_t index = slots_index(a->call);
    struct request *r = &p->requests.items[index];
    population_disarm(x, p, r);
    simtime handshake = population_handshake(x, p, r);
    if (handshake == NET_LOST) { // the link failed in between: wait for the attempt's timeout
        population_arm(x, p, index, PHASE_ANSWER);
        return;
    }
    p->clients[r->client] = (struct client){
        .opened = x->now, .last_used = x->now, .region = r->region, .zone = r->zone};
    population_send(x, p, index, handshake);
}

static enum outcome population_outcome(uint8_t status)
{
    switch ((enum answer_status)status) {
    case ANSWER_OK:
        return OUTCOME_OK;
    case ANSWER_SHED:
        return OUTCOME_SHED;
    case ANSWER_ERROR:
    case ANSWER_REFUSED: // a balancer makes an error of it
        return OUTCOME_ERROR;
    }
    return OUTCOME_ERROR;
}

void population_on_response(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (!slots_is_live(&p->requests, a->call))
        return; // its attempt has been given up
    uint32_t index = slots_index(a->call);
    struct request *r = &p->requests.items[index];
    population_disarm(x, p, r);
    enum outcome outcome = population_outcome(a->status);
    if (outcome != OUTCOME_OK)
        population_fail(x, p, index, outcome);
    else if (x->now - r->started > x->model->classes[r->class_index].deadline)
        population_finish(x, p, index, OUTCOME_LATE);
    else
        population_finish(x, p, index, OUTCOME_OK);
}

void population_on_timeout(const struct context *x, struct population *p, const struct event *e)
{
    uint64_t token = event_token(e);
    CHECK(slots_is_live(&p->requests, token));
    uint32_t index = slots_index(token);
    struct request *r = &p->requests.items[index];
    struct client *c = &p->clients[r->client];
    if (r->phase == PHASE_ANSWER && c->region == r->region && c->zone == r->zone)
        c->region = NO_REGION; // a silent connection is dropped: the next attempt resolves anew
    population_fail(x, p, index, r->phase == PHASE_RESOLVE ? OUTCOME_NO_ANSWER : OUTCOME_TIMEOUT);
}

// ---- life

void population_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const struct population_plan *plan = &m->populations[index];
    uint32_t lp = model_lp(m, LP_POPULATION, index);
    struct population *p = &w->populations[index];
    const char *name = m->lps[lp].name;
    int n_classes = m->workload->n_classes;
    *p = (struct population){.index = index,
                             .arrivals = stream_open(w->seed, w->replication, name, "arrivals"),
                             .network = stream_open(w->seed, w->replication, name, "network"),
                             .decisions = stream_open(w->seed, w->replication, name, "decisions")};
    p->clients = arena_push(&w->arena, struct client, plan->n_clients);
    for (uint32_t i = 0; i < plan->n_clients; i++)
        p->clients[i].region = NO_REGION;
    p->outcomes = arena_push(&w->arena, uint64_t, (size_t)n_classes * OUTCOMES);
    p->attempts = arena_push(&w->arena, uint64_t, (size_t)n_classes);
    p->latency = arena_push(&w->arena, struct histogram, (size_t)n_classes);
    for (int i = 0; i < n_classes; i++)
        histogram_init(&p->latency[i]);
    p->series = arena_push(&w->arena, uint64_t, m->n_windows * SERIES_FIELDS);
    p->served = arena_push(&w->arena, uint64_t, (size_t)m->topology->n_regions);
    p->lanes[PHASE_RESOLVE] = engine_lane(w->engine, lp, plan->dns_timeout, EV_CLIENT_TIMEOUT);
    p->lanes[PHASE_CONNECT] = engine_lane(w->engine, lp, plan->connect_timeout, EV_CLIENT_TIMEOUT);
    p->lanes[PHASE_ANSWER] = engine_lane(w->engine, lp, plan->attempt_timeout, EV_CLIENT_TIMEOUT);
    simtime first = population_next(m, p, 0);
    if (first != SIMTIME_NEVER)
        engine_post(w->engine, lp, lp, first, EV_ARRIVAL, NULL, 0);
}

void population_close(struct world *w, uint32_t index)
{
    struct population *p = &w->populations[index];
    for (int i = 0; i < w->model->workload->n_classes; i++)
        histogram_free(&p->latency[i]);
    array_free(&p->requests);
}
