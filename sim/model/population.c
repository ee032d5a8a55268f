#include "model/population.h"

#include "model/context.h"

// What the server sends during a TLS handshake: its certificate.
static const struct net_size population_certificate = {3 * NET_PACKET_BYTES, 3};

// ---- measuring

// The window of the series that holds the present: time only goes forward.
static uint32_t population_window(const struct context *x, struct population *p)
{
    while (x->now >= p->window_end) {
        p->window++;
        p->window_end += x->model->window;
    }
    return p->window;
}

static uint64_t *population_series(struct population *p, uint32_t window)
{
    return &p->series[(size_t)window * SERIES_FIELDS];
}

static void population_count(struct population *p, const struct request *r, enum outcome outcome,
                             simtime latency)
{
    p->outcomes[r->class_index * OUTCOMES + outcome]++;
    p->attempts[r->class_index] += r->attempt;
    if (outcome == OUTCOME_OK || outcome == OUTCOME_LATE) {
        histogram_add(&p->latency[r->class_index], (uint64_t)latency);
        p->served[r->region]++;
    }
}

static void population_finish(const struct context *x, struct population *p, uint32_t index,
                              enum outcome outcome)
{
    const struct request *r = &p->requests.items[index];
    uint64_t *window = population_series(p, r->window);
    simtime latency = x->now - r->started;
    window[outcome]++;
    window[SERIES_ATTEMPTS] += r->attempt;
    if (outcome == OUTCOME_OK || outcome == OUTCOME_LATE)
        window[SERIES_LATENCY_US] += (uint64_t)latency / SIMTIME_US;
    if (r->started >= x->model->warmup)
        population_count(p, r, outcome, latency);
    p->ended++;
    slots_release(&p->requests, index);
}

// ---- timeouts

// Begins a phase that may last until `due`. One timer serves all phases of an attempt: it is as
// long as the shortest timeout, so that it never comes too late; when it comes too early, which
// takes an attempt of that length, it is set again (population_on_timeout).
static void population_watch(const struct context *x, struct population *p, uint32_t index,
                             enum request_phase phase, simtime due)
{
    struct request *r = &p->requests.items[index];
    r->phase = (uint8_t)phase;
    r->due = due;
    if (r->timer == 0)
        r->timer = cell_arm(x->cell, p->lane, slots_token(&p->requests, index));
}

static void population_unwatch(const struct context *x, const struct population *p,
                               struct request *r)
{
    if (r->timer != 0)
        cell_disarm(x->cell, p->lane, r->timer);
    r->timer = 0;
}

// ---- a user's connection

enum { CLIENT_REST = 15 }; // bits of a client's times that are none

static simtime client_opened(const struct client *c)
{
    return (simtime)(c->opened & ~(uint64_t)CLIENT_REST);
}

static simtime client_last_used(const struct client *c)
{
    return (simtime)(c->last_used & ~(uint64_t)CLIENT_REST);
}

static uint8_t client_region(const struct client *c)
{
    return c->opened & CLIENT_REST;
}

static uint8_t client_zone(const struct client *c)
{
    return (c->last_used & CLIENT_REST) >> 1;
}

static bool client_is_open(const struct client *c)
{
    return c->last_used & 1;
}

// A connection that is still being opened, for another request, is none yet.
static bool client_is_connected(const struct client *c, const struct population_plan *plan,
                                simtime now)
{
    return client_is_open(c) && now >= client_opened(c) &&
           now - client_last_used(c) < plan->idle_timeout && now - client_opened(c) < plan->max_age;
}

static void client_open(struct client *c, simtime opened, uint8_t region, uint8_t zone)
{
    uint64_t time = (uint64_t)opened & ~(uint64_t)CLIENT_REST;
    c->opened = time | region;
    c->last_used = time | (uint64_t)zone << 1 | 1;
}

static void client_use(struct client *c, simtime now)
{
    c->last_used = ((uint64_t)now & ~(uint64_t)CLIENT_REST) | (c->last_used & CLIENT_REST);
}

static void client_close(struct client *c)
{
    c->last_used &= ~UINT64_C(1);
}

// ---- attempts

static const struct path *population_path(const struct context *x, const struct population *p,
                                          const struct request *r)
{
    return &p->paths[x->model->zone_place[r->region][r->zone]];
}

// Sends the request at `departs`: now, or when a new connection, opened at `opened`, is ready.
static void population_send(const struct context *x, struct population *p, uint32_t index,
                            simtime departs, simtime opened)
{
    const struct request *r = &p->requests.items[index];
    const struct class_plan *class = &x->model->classes[r->class_index];
    const struct payload_request payload = {.call = slots_token(&p->requests, index),
                                            .item_word = r->item_word,
                                            .class_index = r->class_index,
                                            .flags = class->flags,
                                            .zone = r->zone,
                                            .flow = (uint64_t)opened & x->model->flow_mask &
                                                    ~(uint64_t)CLIENT_REST};
    simtime delay = context_delay_at(x, population_path(x, p, r), &p->network, departs,
                                     class->request);
    context_send(x, x->model->endpoint[r->region], delay, EV_REQUEST, &payload, sizeof payload);
}

static void population_next_address(const struct context *x, struct population *p, uint32_t index,
                                    uint8_t zones);

// Asks the user's own cache, then the resolver.
static void population_resolve(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    const struct kept_answer *kept = namecache_find(&p->names, &p->plan->caches, r->client, x->now);
    if (kept != NULL) {
        r->others = kept->regions;
        population_next_address(x, p, index, kept->zones);
        return;
    }
    uint32_t resolver = model_lp(x->model, LP_RESOLVER, p->index);
    const struct payload_dns query = {.call = slots_token(&p->requests, index),
                                      .resolver = p->plan->resolver_of[r->client],
                                      .population = (uint16_t)p->index};
    simtime delay = context_path_delay(x, &p->paths[context_place(x, resolver)], &p->network,
                                       net_empty);
    population_watch(x, p, index, PHASE_RESOLVE, x->now + p->plan->dns_timeout);
    context_send(x, resolver, delay, EV_DNS_QUERY, &query, sizeof query);
}

static void population_attempt(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    struct client *c = &p->clients[r->client];
    r->attempt++;
    r->others = 0;
    if (client_is_connected(c, p->plan, x->now)) {
        r->region = client_region(c);
        r->zone = client_zone(c);
        client_use(c, x->now);
        population_watch(x, p, index, PHASE_ANSWER, x->now + p->plan->attempt_timeout);
        population_send(x, p, index, x->now, client_opened(c));
    } else {
        population_resolve(x, p, index);
    }
}

// Whether the request, whose attempt has failed, is tried again: when attempts, time and tokens are
// left.
static bool population_retries(const struct context *x, struct population *p, struct request *r,
                               enum outcome outcome)
{
    const struct retry_plan *plan = &p->plan->retry;
    if (r->attempt >= plan->attempts)
        return false;
    // A question that DNS does not answer times out, too; an answer without a record does not.
    bool is_timeout = outcome == OUTCOME_TIMEOUT || (r->phase == PHASE_RESOLVE && x->now >= r->due);
    r->waited = retry_wait(plan, r->attempt, r->waited, &p->decisions);
    return x->now + r->waited - r->started < x->model->classes[r->class_index].deadline &&
           retry_take(plan, &p->budget, r->client, is_timeout, &r->taken);
}

// The attempt failed: the request is tried again, or it has ended.
static void population_fail(const struct context *x, struct population *p, uint32_t index,
                            enum outcome outcome)
{
    struct request *r = &p->requests.items[index];
    population_unwatch(x, p, r);
    slots_renew(&p->requests, index); // answers to this attempt come too late from here on
    if (!population_retries(x, p, r, outcome)) {
        population_finish(x, p, index, outcome);
        return;
    }
    struct payload_token again = {slots_token(&p->requests, index)};
    r->phase = PHASE_BACKOFF;
    context_send(x, x->lp, r->waited, EV_RETRY, &again, sizeof again);
}

// ---- arrivals

// Who wants what. Of millions of users one is met at random: the processor is told in time.
static void population_draw(struct population *p, uint32_t class_word)
{
    uint64_t word = stream_word(&p->arrivals);
    p->class_word = class_word;
    p->client = (uint32_t)((word >> 32) * p->plan->n_clients >> 32);
    p->item_word = (uint32_t)word;
    __builtin_prefetch(&p->clients[p->client]);
}

static void population_turn_minute(struct population *p)
{
    p->minute = p->minute + 1 == MODEL_MINUTES ? 0 : p->minute + 1;
    bool is_last = p->minute_end > SIMTIME_NEVER - SIMTIME_MIN; // a rate that never changes
    p->minute_end = is_last ? SIMTIME_NEVER : p->minute_end + SIMTIME_MIN;
}

// Draws the next arrival after `from`: returns its time; SIMTIME_NEVER: none in the run. The rate
// is constant over each minute: an exponential draw is what the integral of the rate grows by
// between two arrivals (inversion; one draw an arrival, none is rejected). The word's other half
// makes the class.
static simtime population_next(const struct model *m, struct population *p, simtime from)
{
    uint64_t word = stream_word(&p->arrivals);
    double left = variate_at_half(&m->unit_exponential, (uint32_t)(word >> 32));
    population_draw(p, (uint32_t)word);
    for (simtime at = from; at < m->duration; at = p->minute_end, population_turn_minute(p)) {
        double gap_ns = p->plan->gap_ns[p->minute], wait_ns = left * gap_ns;
        double room_ns = (double)(p->minute_end - at);
        if (wait_ns < room_ns) {
            at += wait_ns >= 1 ? (simtime)wait_ns : 1;
            return at < m->duration ? at : SIMTIME_NEVER;
        }
        left -= room_ns / gap_ns;
    }
    return SIMTIME_NEVER;
}

static uint8_t population_class(const struct context *x, const struct population *p, uint32_t word)
{
    uint8_t class_index = 0;
    while (word >= p->plan->class_limit[class_index] &&
           class_index + 1 < x->model->workload->n_classes)
        class_index++;
    return class_index;
}

void population_on_arrival(const struct context *x, struct population *p)
{
    uint32_t index = slots_take(&p->requests);
    struct request *r = &p->requests.items[index];
    r->started = x->now;
    r->timer = 0;
    r->client = p->client;
    r->item_word = p->item_word;
    r->window = population_window(x, p);
    r->class_index = population_class(x, p, p->class_word);
    r->attempt = 0;
    r->waited = 0;
    r->taken = 0;
    p->started++;
    retry_on_call(&p->plan->retry, &p->budget, r->client);
    population_series(p, r->window)[SERIES_STARTED]++;
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

// ---- connections

// When the TLS handshake is over that begins at `at`, or NET_LOST.
static simtime population_handshake(const struct context *x, struct population *p,
                                    const struct request *r, simtime at)
{
    uint16_t here = context_place(x, x->lp), there = x->model->zone_place[r->region][r->zone];
    for (int i = 0; i < x->model->topology->network.tls_round_trips; i++) {
        simtime out = context_delay_at(x, &p->paths[there], &p->network, at, net_small);
        if (out == NET_LOST)
            return NET_LOST;
        simtime back = context_delay_at(x, model_path(x->model, there, here), &p->network,
                                        x->now + out, population_certificate);
        if (back == NET_LOST)
            return NET_LOST;
        at = x->now + back;
    }
    return at;
}

// Sets a user's connection at a time to come.
static void population_keep_later(const struct context *x, const struct payload_connection *c,
                                  simtime opened)
{
    context_send(x, x->lp, opened - x->now, EV_CONNECTED, c, sizeof *c);
}

// From `opened` on the user has the connection that was made for request r, instead of any before.
// When two requests of a user make connections at a time, both are had one after the other: the
// record holds the first, an event brings the next.
static void population_keep(const struct context *x, struct population *p, const struct request *r,
                            simtime opened)
{
    struct client *c = &p->clients[r->client];
    const struct payload_connection made = {
        .client = r->client, .region = r->region, .zone = r->zone};
    simtime other = client_is_open(c) ? client_opened(c) : 0;
    if (UNLIKELY(client_is_connected(c, p->plan, x->now) || (x->now < other && other <= opened))) {
        population_keep_later(x, &made, opened);
        return;
    }
    if (UNLIKELY(x->now < other)) {
        const struct payload_connection next = {
            .client = r->client, .region = client_region(c), .zone = client_zone(c)};
        population_keep_later(x, &next, other);
    }
    client_open(c, opened, r->region, r->zone);
}

void population_on_connected(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_connection made = payload_of(e, payload_connection);
    client_open(&p->clients[made.client], x->now, made.region, made.zone);
}

// Opens a connection to the node that the request has got, and sends the request when it is ready.
static void population_connect(const struct context *x, struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    simtime takes = context_connect(x, &p->network, r->region, r->zone);
    if (takes == NET_LOST || takes >= p->plan->connect_timeout) {
        population_watch(x, p, index, PHASE_CONNECT, x->now + p->plan->connect_timeout);
        return;
    }
    simtime opened = x->now + takes, ready = population_handshake(x, p, r, opened);
    population_watch(x, p, index, PHASE_ANSWER, opened + p->plan->attempt_timeout);
    if (ready == NET_LOST)
        return; // the link failed in between: wait for the attempt's timeout
    population_keep(x, p, r, opened);
    population_send(x, p, index, ready, opened);
}

// Takes one of the answer's regions that have not been tried, and a node of it.
static void population_next_address(const struct context *x, struct population *p, uint32_t index,
                                    uint8_t zones)
{
    struct request *r = &p->requests.items[index];
    r->region = context_pick_any(&p->decisions, r->others);
    r->others &= (uint16_t) ~(1u << r->region);
    if (zones == 0) // all of them
        zones = (uint8_t)((1u << x->model->topology->regions[r->region].n_zones) - 1);
    r->zone = context_pick(&p->decisions, zones);
    population_connect(x, p, index);
}

void population_on_dns_answer(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_dns a = payload_of(e, payload_dns);
    if (!slots_is_live(&p->requests, a.call))
        return;
    uint32_t index = slots_index(a.call);
    struct request *r = &p->requests.items[index];
    if (a.regions == 0) {
        population_fail(x, p, index, OUTCOME_NO_ANSWER);
        return;
    }
    const struct kept_answer kept = {x->now + a.ttl, a.regions, a.zones, {0}};
    namecache_keep(&p->names, &p->plan->caches, r->client, x->now, &kept);
    r->others = a.regions;
    population_next_address(x, p, index, a.zones);
}

// ---- answers

static enum outcome population_outcome(uint8_t status)
{
    switch ((enum answer_status)status) {
    case ANSWER_OK:
        return OUTCOME_OK;
    case ANSWER_SHED:
        return OUTCOME_SHED;
    case ANSWER_ERROR:
    case ANSWER_REFUSED: // by a target behind a Network Load Balancer
    case ANSWER_WRONG:   // users see what it says
        return OUTCOME_ERROR;
    }
    return OUTCOME_ERROR;
}

static void population_drop(const struct context *x, struct population *p, const struct request *r);

void population_on_response(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    if (!slots_is_live(&p->requests, a.call))
        return; // its attempt has been given up
    uint32_t index = slots_index(a.call);
    struct request *r = &p->requests.items[index];
    enum outcome outcome = population_outcome(a.status);
    if (UNLIKELY(outcome != OUTCOME_OK)) {
        if (a.status == ANSWER_REFUSED)
            population_drop(x, p, r);
        population_fail(x, p, index, outcome);
        return;
    }
    population_unwatch(x, p, r);
    retry_on_success(&p->plan->retry, &p->budget, r->client, r->taken);
    if (x->now - r->started > x->model->classes[r->class_index].deadline)
        outcome = OUTCOME_LATE;
    population_finish(x, p, index, outcome);
}

// A silent or refused connection is dropped: the next attempt resolves anew. One that is only being
// opened, by another request, is kept.
static void population_drop(const struct context *x, struct population *p, const struct request *r)
{
    struct client *c = &p->clients[r->client];
    if (client_region(c) == r->region && client_zone(c) == r->zone && x->now >= client_opened(c))
        client_close(c);
}

void population_on_timeout(const struct context *x, struct population *p, const struct event *e)
{
    struct payload_token token = payload_of(e, payload_token);
    if (!slots_is_live(&p->requests, token.token))
        return; // of an earlier attempt
    uint32_t index = slots_index(token.token);
    struct request *r = &p->requests.items[index];
    r->timer = 0;
    if (x->now < r->due) {
        context_send(x, x->lp, r->due - x->now, EV_CLIENT_TIMEOUT, &token, sizeof token);
        return;
    }
    bool is_in_time = x->now - r->started < x->model->classes[r->class_index].deadline;
    if (r->phase == PHASE_CONNECT && r->others != 0 && is_in_time) {
        slots_renew(&p->requests, index); // a timer of this connection may still be on its way
        population_next_address(x, p, index, 0);
        return;
    }
    if (r->phase == PHASE_ANSWER)
        population_drop(x, p, r);
    population_fail(x, p, index, r->phase == PHASE_RESOLVE ? OUTCOME_NO_ANSWER : OUTCOME_TIMEOUT);
}

// ---- life

static void population_open_measures(struct world *w, struct population *p)
{
    const struct model *m = w->model;
    size_t n_classes = (size_t)m->workload->n_classes;
    p->outcomes = arena_push(&w->arena, uint64_t, n_classes * OUTCOMES);
    p->attempts = arena_push(&w->arena, uint64_t, n_classes);
    p->latency = arena_push(&w->arena, struct histogram, n_classes);
    for (size_t i = 0; i < n_classes; i++)
        histogram_init(&p->latency[i]);
    p->series = arena_push(&w->arena, uint64_t, m->n_windows * SERIES_FIELDS);
    p->served = arena_push(&w->arena, uint64_t, (size_t)m->topology->n_regions);
    p->window_end = m->window;
}

static void population_open_demand(const struct model *m, struct population *p)
{
    simtime start_utc = (simtime)(m->workload->start_utc_s * 1e9) % SIMTIME_DAY;
    p->minute = (uint32_t)(start_utc / SIMTIME_MIN);
    p->minute_end = p->plan->is_flat ? SIMTIME_NEVER : SIMTIME_MIN - start_utc % SIMTIME_MIN;
}

void population_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const struct population_plan *plan = &m->populations[index];
    uint32_t lp = model_lp(m, LP_POPULATION, index);
    struct population *p = &w->populations[index];
    const char *name = m->lps[lp].name;
    *p = (struct population){.index = index,
                             .plan = plan,
                             .paths = model_path(m, m->lps[lp].place, 0),
                             .arrivals = stream_open(w->seed, w->replication, name, "arrivals"),
                             .network = stream_open(w->seed, w->replication, name, "network"),
                             .decisions = stream_open(w->seed, w->replication, name, "decisions")};
    p->clients = arena_push(&w->arena, struct client, plan->n_clients);
    p->budget = retry_open(&plan->retry, &w->arena);
    p->names = namecache_open(&plan->caches, &w->arena,
                              stream_open(w->seed, w->replication, name, "name caches"));
    slots_grow(&p->requests);
    population_open_measures(w, p);
    population_open_demand(m, p);
    p->lane = engine_lane(w->engine, lp,
                          simtime_least(plan->dns_timeout, simtime_least(plan->connect_timeout,
                                                                         plan->attempt_timeout)),
                          EV_CLIENT_TIMEOUT);
    simtime first = population_next(m, p, 0);
    if (first != SIMTIME_NEVER)
        engine_post(w->engine, lp, lp, first, EV_ARRIVAL, NULL, 0);
}

void population_close(struct world *w, uint32_t index)
{
    struct population *p = &w->populations[index];
    for (int i = 0; i < w->model->workload->n_classes; i++)
        histogram_free(&p->latency[i]);
    slots_free(&p->requests);
}
