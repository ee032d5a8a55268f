#include "model/attempt.h"

#include "model/client.h"
#include "model/context.h"

// What the server sends during a TLS handshake: its certificate.
static const struct net_size attempt_certificate = {3 * NET_PACKET_BYTES, 3};

// ---- timeouts

// Begins a phase that may last until `due`. One timer serves all phases of an attempt: it is as
// long as the shortest timeout, so that it never comes too late; when it comes too early, which
// takes an attempt of that length, it is set again (attempt_on_timeout).
static void attempt_watch(const struct context *x, struct population *p, uint32_t index,
                          enum request_phase phase, simtime due)
{
    struct request *r = &p->requests.items[index];
    r->phase = (uint8_t)phase;
    r->due = due;
    if (r->timer == 0)
        r->timer = cell_arm(x->cell, p->lane, slots_token(&p->requests, index));
}

static void attempt_unwatch(const struct context *x, const struct population *p, struct request *r)
{
    if (r->timer != 0)
        cell_disarm(x->cell, p->lane, r->timer);
    r->timer = 0;
}

// ---- attempts

static const struct path *attempt_path(const struct context *x, const struct population *p,
                                       const struct request *r)
{
    return &p->paths[x->model->zone_place[r->region][r->zone]];
}

// Until when the client waits for this attempt, if it says so.
static simtime attempt_deadline(const struct context *x, const struct population *p,
                                const struct request *r)
{
    if (LIKELY(!p->plan->tells_deadline))
        return 0;
    return simtime_least(r->due, r->started + x->model->classes[r->class_index].deadline);
}

// Sends the request at `departs`: now, or when a new connection is ready.
static void attempt_send(const struct context *x, struct population *p, uint32_t index,
                         simtime departs)
{
    const struct request *r = &p->requests.items[index];
    const struct class_plan *class = &x->model->classes[r->class_index];
    const struct payload_request payload = {.call = slots_token(&p->requests, index),
                                            .item_word = r->item_word,
                                            .class_index = r->class_index,
                                            .flags = class->flags,
                                            .zone = r->zone,
                                            .deadline = attempt_deadline(x, p, r)};
    simtime delay = context_delay_at(x, attempt_path(x, p, r), &p->network, departs,
                                     class->request);
    if (UNLIKELY(p->plan->cancels))
        p->cold.items[index].reaches = delay != NET_LOST ? x->now + delay : x->now;
    context_send(x, x->model->endpoint[r->region], delay, EV_REQUEST, &payload, sizeof payload);
}

// Tells the service that nobody waits for this attempt any more.
static void attempt_cancel(const struct context *x, struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    if (!p->plan->cancels || r->phase != PHASE_ANSWER)
        return;
    simtime delay = context_path_delay(x, attempt_path(x, p, r), &p->network, net_empty);
    context_cancel(x, x->model->endpoint[r->region], delay, p->cold.items[index].reaches,
                   slots_token(&p->requests, index));
}

static void attempt_take_answer(const struct context *x, struct population *p, uint32_t index,
                                uint16_t regions, uint8_t zones);

// Asks the user's own cache, then the resolver.
static void attempt_resolve(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    const struct kept_answer *kept = namecache_find(&p->names, &p->plan->caches, r->client, x->now);
    if (kept != NULL) {
        attempt_take_answer(x, p, index, kept->regions, kept->zones);
        return;
    }
    uint32_t resolver = model_lp(x->model, LP_RESOLVER, p->index);
    const struct payload_dns query = {.call = slots_token(&p->requests, index),
                                      .resolver = p->plan->resolver_of[r->client],
                                      .population = (uint16_t)p->index};
    simtime delay = context_path_delay(x, &p->paths[context_place(x, resolver)], &p->network,
                                       net_empty);
    attempt_watch(x, p, index, PHASE_RESOLVE, x->now + p->plan->dns_timeout);
    context_send(x, resolver, delay, EV_DNS_QUERY, &query, sizeof query);
}

void attempt_begin(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    struct client *c = &p->clients[r->client];
    bool is_elsewhere = false; // whatever connection there is
    r->attempt++;
    r->others = 0;
    if (UNLIKELY(p->plan->hedge.most > 0)) {
        hedge_watch(x, p, index);
        is_elsewhere = p->plan->hedge.is_elsewhere && hedge_is_copy(p, index);
    }
    if (client_is_connected(c, p->plan, x->now) && !is_elsewhere) {
        r->region = client_region(c);
        r->zone = client_zone(c);
        client_use(c, x->now);
        attempt_watch(x, p, index, PHASE_ANSWER, x->now + p->plan->attempt_timeout);
        attempt_send(x, p, index, x->now);
    } else {
        attempt_resolve(x, p, index);
    }
}

// Whether the request, whose attempt has failed, is tried again: when attempts, time and tokens are
// left.
static bool attempt_retries(const struct context *x, struct population *p, struct request *r,
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
static void attempt_fail(const struct context *x, struct population *p, uint32_t index,
                         enum outcome outcome)
{
    struct request *r = &p->requests.items[index];
    attempt_unwatch(x, p, r);
    slots_renew(&p->requests, index); // answers to this attempt come too late from here on
    if (UNLIKELY(p->plan->hedge.most > 0)) {
        if (hedge_hopes(x, p, &index))
            return;
        r = &p->requests.items[index];
    }
    if (!attempt_retries(x, p, r, outcome)) {
        population_finish(x, p, index, outcome);
        return;
    }
    struct payload_token again = {slots_token(&p->requests, index)};
    r->phase = PHASE_BACKOFF;
    context_send(x, x->lp, r->waited, EV_RETRY, &again, sizeof again);
}

void attempt_on_retry(const struct context *x, struct population *p, const struct event *e)
{
    uint64_t token = event_token(e);
    if (slots_is_live(&p->requests, token)) // else its user has lost patience
        attempt_begin(x, p, slots_index(token));
}

void attempt_stop(const struct context *x, struct population *p, uint32_t index)
{
    attempt_unwatch(x, p, &p->requests.items[index]);
    attempt_cancel(x, p, index);
}

void attempt_abandon(const struct context *x, struct population *p, uint32_t index)
{
    attempt_stop(x, p, index);
    if (p->plan->hedge.most > 0)
        hedge_end(x, p, index);
    population_finish(x, p, index, OUTCOME_ABANDONED);
}

// ---- connections

// When the TLS handshake is over that begins at `at`, or NET_LOST.
static simtime attempt_handshake(const struct context *x, struct population *p,
                                 const struct request *r, simtime at)
{
    uint16_t here = context_place(x, x->lp), there = x->model->zone_place[r->region][r->zone];
    for (int i = 0; i < x->model->topology->network.tls_round_trips; i++) {
        simtime out = context_delay_at(x, &p->paths[there], &p->network, at, net_small);
        if (out == NET_LOST)
            return NET_LOST;
        simtime back = context_delay_at(x, model_path(x->model, there, here), &p->network,
                                        x->now + out, attempt_certificate);
        if (back == NET_LOST)
            return NET_LOST;
        at = x->now + back;
    }
    return at;
}

// Sets a user's connection at a time to come.
static void attempt_keep_later(const struct context *x, const struct payload_connection *c,
                               simtime opened)
{
    context_send(x, x->lp, opened - x->now, EV_CONNECTED, c, sizeof *c);
}

// From `opened` on the user has the connection that was made for request r, instead of any before.
// When two requests of a user make connections at a time, both are had one after the other: the
// record holds the first, an event brings the next.
static void attempt_keep(const struct context *x, struct population *p, const struct request *r,
                         simtime opened)
{
    struct client *c = &p->clients[r->client];
    const struct payload_connection made = {
        .client = r->client, .region = r->region, .zone = r->zone};
    simtime other = client_is_open(c) ? client_opened(c) : 0;
    if (UNLIKELY(client_is_connected(c, p->plan, x->now) || (x->now < other && other <= opened))) {
        attempt_keep_later(x, &made, opened);
        return;
    }
    if (UNLIKELY(x->now < other)) {
        const struct payload_connection next = {
            .client = r->client, .region = client_region(c), .zone = client_zone(c)};
        attempt_keep_later(x, &next, other);
    }
    client_open(c, opened, r->region, r->zone);
}

void attempt_on_connected(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_connection made = payload_of(e, payload_connection);
    client_open(&p->clients[made.client], x->now, made.region, made.zone);
}

// Opens a connection to the node that the request has got, and sends the request when it is ready.
static void attempt_connect(const struct context *x, struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    simtime takes = context_connect(x, &p->network, r->region, r->zone);
    if (takes == NET_LOST || takes >= p->plan->connect_timeout) {
        attempt_watch(x, p, index, PHASE_CONNECT, x->now + p->plan->connect_timeout);
        return;
    }
    simtime opened = x->now + takes, ready = attempt_handshake(x, p, r, opened);
    attempt_watch(x, p, index, PHASE_ANSWER, opened + p->plan->attempt_timeout);
    if (ready == NET_LOST)
        return; // the link failed in between: wait for the attempt's timeout
    if (LIKELY(!p->plan->hedge.is_elsewhere) || !hedge_is_copy(p, index))
        attempt_keep(x, p, r, opened); // else when it wins
    attempt_send(x, p, index, ready);
}

// Takes one of the answer's regions that have not been tried, and a node of it.
static void attempt_next_address(const struct context *x, struct population *p, uint32_t index,
                                 uint8_t zones)
{
    struct request *r = &p->requests.items[index];
    r->region = context_pick_any(&p->decisions, r->others);
    r->others &= (uint16_t) ~(1u << r->region);
    if (zones == 0) // all of them
        zones = (uint8_t)((1u << x->model->topology->regions[r->region].n_zones) - 1);
    r->zone = context_pick(&p->decisions, zones);
    attempt_connect(x, p, index);
}

// Begins to use the addresses of an answer.
static void attempt_take_answer(const struct context *x, struct population *p, uint32_t index,
                                uint16_t regions, uint8_t zones)
{
    if (UNLIKELY(p->plan->hedge.is_elsewhere))
        hedge_avoid(x, p, index, &regions, &zones);
    p->requests.items[index].others = regions;
    attempt_next_address(x, p, index, zones);
}

void attempt_on_dns_answer(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_dns a = payload_of(e, payload_dns);
    if (!slots_is_live(&p->requests, a.call))
        return;
    uint32_t index = slots_index(a.call);
    struct request *r = &p->requests.items[index];
    if (a.regions == 0) {
        attempt_fail(x, p, index, OUTCOME_NO_ANSWER);
        return;
    }
    const struct kept_answer kept = {x->now + a.ttl, a.regions, a.zones, {0}};
    namecache_keep(&p->names, &p->plan->caches, r->client, x->now, &kept);
    attempt_take_answer(x, p, index, a.regions, a.zones);
}

// ---- answers

static enum outcome attempt_outcome(uint8_t status)
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

void attempt_on_response(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    if (!slots_is_live(&p->requests, a.call))
        return; // its attempt has been given up
    uint32_t index = slots_index(a.call);
    struct request *r = &p->requests.items[index];
    enum outcome outcome = attempt_outcome(a.status);
    if (UNLIKELY(outcome != OUTCOME_OK)) {
        attempt_fail(x, p, index, outcome);
        return;
    }
    attempt_unwatch(x, p, r);
    if (UNLIKELY(p->plan->hedge.most > 0)) {
        index = hedge_settle(x, p, index);
        r = &p->requests.items[index];
    }
    retry_on_success(&p->plan->retry, &p->budget, r->client, r->taken);
    if (x->now - r->started > x->model->classes[r->class_index].deadline)
        outcome = OUTCOME_LATE;
    population_finish(x, p, index, outcome);
}

// A silent connection is dropped: the next attempt resolves anew. One that is only being opened, by
// another request, is kept.
static void attempt_drop(const struct context *x, struct population *p, const struct request *r)
{
    struct client *c = &p->clients[r->client];
    if (client_region(c) == r->region && client_zone(c) == r->zone && x->now >= client_opened(c))
        client_close(c);
}

void attempt_on_timeout(const struct context *x, struct population *p, const struct event *e)
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
        attempt_next_address(x, p, index, 0);
        return;
    }
    if (r->phase == PHASE_ANSWER) {
        attempt_drop(x, p, r);
        attempt_cancel(x, p, index);
    }
    attempt_fail(x, p, index, r->phase == PHASE_RESOLVE ? OUTCOME_NO_ANSWER : OUTCOME_TIMEOUT);
}
