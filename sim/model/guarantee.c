#include "model/guarantee.h"

#include "model/context.h"
#include "model/replica.h"

static struct guarantee_read *guarantee_of(const struct replica *r, uint32_t operation)
{
    return &r->guarantee.reads.items[operation];
}

static uint32_t guarantee_operation(const struct replica *r, const struct operation *o)
{
    return (uint32_t)(o - r->operations.items);
}

void guarantee_note(const struct context *x, struct replica *r, uint32_t operation,
                    const struct event *e)
{
    slots_accompany(&r->operations, &r->guarantee.reads);
    struct guarantee_read *read = guarantee_of(r, operation);
    *read = (struct guarantee_read){.state = GUARANTEE_IDLE};
    session_learn_of(x, &r->guarantee.inbox, e, r->store, &read->seen);
}

// The oldest version that a read may return. One that is to be eventual takes any.
static uint64_t guarantee_needs(const struct replica *r, uint32_t operation)
{
    const struct session_mark *seen = &guarantee_of(r, operation)->seen;
    if (reading_asked(r->operations.items[operation].flags) == CONSISTENCY_EVENTUAL)
        return 0;
    const unsigned guarantee = r->spec->session.guarantee;
    const uint64_t written = guarantee & GUARANTEE_READ_YOUR_WRITES ? seen->written : 0;
    const uint64_t read = guarantee & GUARANTEE_MONOTONIC_READS ? seen->read : 0;
    return written > read ? written : read;
}

// ---- answers

void guarantee_judge(const struct context *x, struct replica *r, const struct operation *o,
                     uint64_t version)
{
    const struct session_mark *seen = &guarantee_of(r, guarantee_operation(r, o))->seen;
    if (!replica_counts(x, o, x->now))
        return;
    r->counts.own_reads++;
    r->counts.ryw_violations += version < seen->written;
    r->counts.monotonic_violations += version < seen->read;
}

void guarantee_tell(const struct context *x, const struct replica *r, const struct operation *o,
                    simtime delay)
{
    const bool is_write = o->flags & REQUEST_WRITE;
    const struct session_mark mark = {.written = is_write ? o->version : 0,
                                      .read = is_write ? 0 : o->version};
    session_tell_of(x, r->store, mark, (struct session_message){o->caller, o->call}, delay);
}

// From the copy that is here.
static void guarantee_serve(const struct context *x, struct replica *r, uint32_t operation)
{
    struct operation *o = &r->operations.items[operation];
    if (UNLIKELY(replica_lacks(r, o))) { // it may have waited
        replica_finish(x, r, operation, ANSWER_ERROR);
        return;
    }
    o->version = replica_read_version(x, r, o);
    if (o->version < guarantee_needs(r, operation))
        o->version = replica_version(r, o->item); // the writer itself, not a reader that lags
    guarantee_judge(x, r, o, o->version);
    if (o->kind == OPERATION_REDIRECTED && x->now >= x->model->warmup)
        replica_log_read(x, r, o, x->now, o->version); // counted where it was asked for
    replica_serve(x, r, operation, x->now);
}

static void guarantee_give_up(const struct context *x, struct replica *r, uint32_t operation)
{
    const struct operation *o = &r->operations.items[operation];
    r->counts.session_timeouts += replica_counts(x, o, x->now);
    if (r->spec->session.serves_stale && o->kind == OPERATION_CLIENT && !r->fault->is_refusing)
        guarantee_serve(x, r, operation);
    else
        replica_finish(x, r, operation, ANSWER_ERROR);
}

uint64_t guarantee_version(const struct context *x, struct replica *r, const struct event *e)
{
    struct session_mark mark = {0};
    session_learn_of(x, &r->guarantee.inbox, e, r->store, &mark);
    return mark.written > mark.read ? mark.written : mark.read;
}

// ---- waiting

static void guarantee_wait(struct replica *r, uint32_t operation)
{
    struct item *item = items_at(&r->copy.items, r->operations.items[operation].item);
    struct guarantee_read *read = guarantee_of(r, operation);
    read->state = GUARANTEE_WAITS;
    read->next = item->waiting;
    item->waiting = operation + 1;
    r->guarantee.n_waiting++;
}

// Takes it out of the line: short, it is one user's.
static void guarantee_leave(struct replica *r, uint32_t operation)
{
    uint32_t *at = &items_at(&r->copy.items, r->operations.items[operation].item)->waiting;
    while (*at != operation + 1)
        at = &guarantee_of(r, *at - 1)->next;
    *at = guarantee_of(r, operation)->next;
    r->guarantee.n_waiting--;
}

// It waits no more, for a version or an answer.
static void guarantee_rest(const struct context *x, struct replica *r, uint32_t operation)
{
    struct operation *o = &r->operations.items[operation];
    struct guarantee_read *read = guarantee_of(r, operation);
    if (read->state == GUARANTEE_WAITS)
        guarantee_leave(r, operation);
    read->state = GUARANTEE_IDLE;
    if (o->timer != 0)
        cell_disarm(x->cell, r->guarantee.lane, o->timer);
    o->timer = 0;
}

// It has got what it waited for, or does not get it.
static void guarantee_end(const struct context *x, struct replica *r, uint32_t operation)
{
    if (replica_counts(x, &r->operations.items[operation], x->now))
        histogram_add(&r->counts.session_wait,
                      (uint64_t)(x->now - guarantee_of(r, operation)->since));
    guarantee_rest(x, r, operation);
}

void guarantee_reached(const struct context *x, struct replica *r, uint32_t item)
{
    uint32_t waiting = items_find(&r->copy.items, item)->waiting;
    while (waiting != 0) {
        const uint32_t operation = waiting - 1;
        waiting = guarantee_of(r, operation)->next;
        if (replica_version(r, item) < guarantee_needs(r, operation))
            continue;
        guarantee_end(x, r, operation);
        guarantee_serve(x, r, operation);
    }
}

// ---- sending on

// The member that must have a version.
static int guarantee_source(const struct replica *r, uint64_t version)
{
    return r->spec->mode == STORE_SINGLE_LEADER ? r->lead.leader : (int)version_member(version);
}

static void guarantee_send_on(const struct context *x, struct replica *r, uint32_t operation,
                              int member)
{
    const struct operation *o = &r->operations.items[operation];
    struct guarantee_read *read = guarantee_of(r, operation);
    const struct payload_request q = {.call = slots_token(&r->operations, operation),
                                      .item_word = o->item_word,
                                      .class_index = o->class_index,
                                      .flags = o->flags};
    const uint32_t lp = replica_member(x, r, member);
    const simtime delay = replica_delay(x, r, lp, net_small);
    read->state = GUARANTEE_SENT_ON;
    session_tell_of(x, r->store, read->seen, (struct session_message){lp, q.call}, delay);
    context_send(x, lp, delay, EV_FORWARD_READ, &q, sizeof q);
}

void guarantee_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    const uint32_t operation = slots_index(a.call);
    if (!slots_is_live(&r->operations, a.call))
        return; // given up
    struct operation *o = &r->operations.items[operation];
    guarantee_end(x, r, operation);
    if (a.status != ANSWER_OK) {
        guarantee_give_up(x, r, operation);
        return;
    }
    o->version = guarantee_version(x, r, e);
    if (replica_counts(x, o, x->now))
        replica_count_read(r, o);
    guarantee_judge(x, r, o, o->version);
    replica_finish(x, r, operation, ANSWER_OK);
}

// ---- reads

void guarantee_read(const struct context *x, struct replica *r, uint32_t operation)
{
    struct operation *o = &r->operations.items[operation];
    const uint64_t needs = guarantee_needs(r, operation);
    if (replica_version(r, o->item) >= needs) {
        guarantee_serve(x, r, operation);
        return;
    }
    const int source = guarantee_source(r, needs);
    r->counts.session_misses += replica_counts(x, o, x->now);
    guarantee_of(r, operation)->since = x->now;
    o->timer = cell_arm(x->cell, r->guarantee.lane, slots_token(&r->operations, operation));
    if (r->spec->session.sends_on && o->kind == OPERATION_CLIENT && source != r->member)
        guarantee_send_on(x, r, operation, source);
    else
        guarantee_wait(r, operation);
}

void guarantee_on_timeout(const struct context *x, struct replica *r, const struct event *e)
{
    const uint64_t token = event_token(e);
    CHECK(slots_is_live(&r->operations, token));
    r->operations.items[slots_index(token)].timer = 0;
    guarantee_end(x, r, slots_index(token));
    guarantee_give_up(x, r, slots_index(token));
}

// ---- life

void guarantee_lose_power(const struct context *x, struct replica *r)
{
    for (uint32_t i = 0; i < r->operations.n; i++)
        if (slots_is_taken(&r->operations, i) && (r->operations.items[i].flags & REQUEST_OWN) &&
            guarantee_of(r, i)->state != GUARANTEE_IDLE)
            guarantee_rest(x, r, i);
}

void guarantee_open(struct world *w, struct replica *r)
{
    r->guarantee.inbox = session_open(w->model, &w->arena);
    items_keep(&r->copy.items, r->plan->first_own);
    if (r->spec->session.guarantee != GUARANTEE_NONE)
        r->guarantee.lane = engine_lane(w->engine, model_lp(w->model, LP_REPLICA, r->index),
                                        r->plan->guarantee_timeout, EV_GUARANTEE_TIMEOUT);
}

void guarantee_free(struct replica *r)
{
    array_free(&r->guarantee.reads);
}
