#include "model/attempt.h"

#include "model/client.h"
#include "model/connection.h"
#include "model/context.h"
#include "model/frontend.h"
#include "model/precaution.h"

// ---- timeouts

// One timer serves all phases of an attempt: it is as long as the shortest timeout, so that it
// never comes too late; when it comes too early, which takes an attempt of that length, it is set
// again (attempt_on_timeout).
void attempt_watch(const struct context *x, struct population *p, uint32_t index,
                   enum request_phase phase, simtime due)
{
    struct request *r = &p->requests.items[index];
    r->phase = (uint8_t)phase;
    r->due = due;
    if (r->timer == 0)
        r->timer = cell_arm(x->cell, p->lane, slots_token(&p->requests, index));
}

static inline void attempt_unwatch(const struct context *x, const struct population *p,
                                   struct request *r)
{
    if (r->timer != 0)
        cell_disarm(x->cell, p->lane, r->timer);
    r->timer = 0;
}

// ---- attempts

static struct session_mark *attempt_session(const struct context *x, const struct population *p,
                                            uint32_t client)
{
    return &p->sessions[(size_t)client * x->model->n_session_stores];
}

// What its user has seen goes along.
static void attempt_tell_session(const struct context *x, const struct population *p,
                                 uint32_t index, simtime delay)
{
    const struct request *r = &p->requests.items[index];
    session_tell(
        x, attempt_session(x, p, r->client),
        (struct session_message){x->model->endpoint[r->region], slots_token(&p->requests, index)},
        delay);
}

void attempt_post(const struct context *x, struct population *p, uint32_t index,
                  const struct attempt_way *way)
{
    const struct request *r = &p->requests.items[index];
    const struct class_plan *class = &x->model->classes[r->class_index];
    struct payload_request payload = {
        .call = slots_token(&p->requests, index),
        .item_word = r->item_word,
        .class_index = r->class_index,
        .flags = class->flags,
        .zone = r->zone,
        .terms = request_terms((uint64_t)way->opened & x->model->flow_mask, 0)};
    if (UNLIKELY(p->plan->has_cold)) {
        payload.terms |= precaution_send(x, p, index, way->departs, way->delay);
        if (payload.flags & REQUEST_OWN)
            attempt_tell_session(x, p, index, way->delay);
    }
    context_send(x, x->model->endpoint[r->region], way->delay, EV_REQUEST, &payload,
                 sizeof payload);
}

void attempt_send(const struct context *x, struct population *p, uint32_t index, simtime departs,
                  simtime opened)
{
    const struct request *r = &p->requests.items[index];
    simtime delay = context_delay_at(x, attempt_path(x, p, r), &p->network, departs,
                                     x->model->classes[r->class_index].request);
    attempt_post(x, p, index, &(struct attempt_way){departs, opened, delay});
}

// Asks the user's own cache, then the resolver.
void attempt_resolve(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    const struct kept_answer *kept = namecache_find(&p->names, &p->plan->caches, r->client, x->now);
    if (kept != NULL) {
        r->cause = namecache_is_fresh(kept, x->now) ? ROUTE_CACHED : ROUTE_STRETCHED;
        connection_open(x, p, index, kept->regions, kept->zones);
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

void attempt_reuse(const struct context *x, struct population *p, uint32_t index, struct client *c)
{
    struct request *r = &p->requests.items[index];
    client_use(c, x->now);
    r->region = client_region(c);
    r->zone = client_zone(c);
    if (UNLIKELY(p->plan->is_proxied)) {
        frontend_begin(x, p, index, x->now, x->now + p->plan->attempt_timeout);
        return;
    }
    r->cause = ROUTE_PINNED;
    attempt_goes(x, p, r);
    attempt_watch(x, p, index, PHASE_ANSWER, x->now + p->plan->attempt_timeout);
    attempt_send(x, p, index, x->now, client_opened(c));
}

void attempt_begin(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    struct client *c = &p->clients[r->client];
    r->attempt++;
    r->others = 0;
    if (UNLIKELY(p->plan->has_cold))
        precaution_begin(x, p, index);
    else if (client_is_connected(c, p->plan, x->now))
        attempt_reuse(x, p, index, c);
    else
        attempt_resolve(x, p, index);
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
    attempt_unwatch(x, p, &p->requests.items[index]);
    slots_renew(&p->requests, index); // answers to this attempt come too late from here on
    if (UNLIKELY(p->plan->has_cold) && precaution_fail(x, p, &index))
        return;
    struct request *r = &p->requests.items[index];
    if (!attempt_retries(x, p, r, outcome)) {
        population_finish(x, p, index, outcome);
        return;
    }
    struct payload_token again = {slots_token(&p->requests, index)};
    r->phase = PHASE_BACKOFF;
    context_send(x, x->lp, r->waited, EV_RETRY, &again, sizeof again);
}

void attempt_refuse(const struct context *x, struct population *p, uint32_t index)
{
    attempt_unwatch(x, p, &p->requests.items[index]);
    slots_renew(&p->requests, index);
    if (!precaution_refuse(x, p, &index))
        population_finish(x, p, index, OUTCOME_BREAKER_OPEN);
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
    precaution_stop(x, p, index);
}

void attempt_abandon(const struct context *x, struct population *p, uint32_t index)
{
    attempt_stop(x, p, index);
    if (p->plan->hedge.most > 0)
        hedge_end(x, p, index);
    population_finish(x, p, index, OUTCOME_ABANDONED);
}

// ---- names

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
    struct kept_answer kept = namecache_answer(x->now + a.ttl, a.regions, a.zones);
    if (a.cause == ROUTE_STRETCHED)
        kept.due = 0;
    namecache_keep(&p->names, &p->plan->caches, r->client, x->now, &kept);
    r->cause = a.cause;
    connection_open(x, p, index, a.regions, a.zones);
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
    case ANSWER_REFUSED: // by a target behind a Network Load Balancer
    case ANSWER_WRONG:   // users see what it says
    case ANSWER_CONFLICT:
    case ANSWER_THROTTLED:
    case ANSWER_UNMET:
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
        if (p->plan->is_proxied && frontend_retries(x, p, index, a.status)) {
            attempt_unwatch(x, p, r);
            slots_renew(&p->requests, index);
            frontend_retry(x, p, index);
            return;
        }
        precaution_learn(x, p, index, &a);
        if (a.status == ANSWER_REFUSED && !p->plan->is_proxied)
            connection_drop(x, p, index);
        attempt_fail(x, p, index, outcome);
        return;
    }
    attempt_unwatch(x, p, r);
    if (UNLIKELY(p->plan->has_cold)) {
        if (x->model->classes[r->class_index].flags & REQUEST_OWN)
            session_learn(x, &p->inbox, e, attempt_session(x, p, r->client));
        precaution_learn(x, p, index, &a);
        index = precaution_succeed(x, p, index);
        r = &p->requests.items[index];
    }
    retry_on_success(&p->plan->retry, &p->budget, r->client, r->taken);
    if (x->now - r->started > x->model->classes[r->class_index].deadline)
        outcome = OUTCOME_LATE;
    population_finish(x, p, index, outcome);
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
    if (UNLIKELY(p->plan->is_proxied) && frontend_is_waited_for(x, p, index)) {
        slots_renew(&p->requests, index);
        frontend_give_up(x, p, index);
        return;
    }
    bool is_in_time = x->now - r->started < x->model->classes[r->class_index].deadline;
    if (r->phase == PHASE_CONNECT && is_in_time && connection_has_next(x, p, r)) {
        precaution_go_on(x, p, index);
        slots_renew(&p->requests, index); // a timer of this connection may still be on its way
        connection_open_next(x, p, index);
        return;
    }
    if (r->phase == PHASE_ANSWER) {
        connection_drop(x, p, index);
        precaution_cancel(x, p, index);
    }
    attempt_fail(x, p, index, r->phase == PHASE_RESOLVE ? OUTCOME_NO_ANSWER : OUTCOME_TIMEOUT);
}
