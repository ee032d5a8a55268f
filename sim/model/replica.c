#include "model/replica.h"

#include "model/cachefeed.h"
#include "model/context.h"
#include "model/leadership.h"
#include "model/popularity.h"
#include "model/quorum.h"
#include "model/replication.h"

enum { REPLICA_FORGET_EVERY = 1024 }; // reads between two looks at what may be forgotten

uint32_t replica_peer(const struct context *x, const struct replica *r, int region)
{
    int32_t index = x->model->replica_of[r->store * x->model->topology->n_regions + region];
    if (index < 0 || (uint32_t)index == r->index)
        return UINT32_MAX;
    return model_lp(x->model, LP_REPLICA, (uint32_t)index);
}

simtime replica_delay(const struct context *x, struct replica *r, uint32_t lp, struct net_size size)
{
    return context_path_delay(x, &r->paths[context_place(x, lp)], &r->network, size);
}

void replica_arm(const struct context *x, struct replica *r, uint32_t operation)
{
    r->operations.items[operation].timer = cell_arm(x->cell, r->timeout_lane,
                                                    slots_token(&r->operations, operation));
}

// ---- answers

// Asked for by a user, and after the warm-up.
static bool replica_counts(const struct context *x, const struct operation *o, simtime at)
{
    return o->kind == OPERATION_CLIENT && !(o->flags & REQUEST_PROBE) && at >= x->model->warmup;
}

static void replica_answer_quorum(const struct context *x, struct replica *r,
                                  const struct operation *o, enum answer_status status)
{
    const struct payload_quorum answer = {.call = o->call,
                                          .version = o->version,
                                          .item = o->item,
                                          .is_write = o->flags & REQUEST_WRITE,
                                          .status = (uint8_t)status};
    context_send(x, o->caller, replica_delay(x, r, o->caller, net_small), EV_QUORUM_ANSWER, &answer,
                 sizeof answer);
}

// Answers a pool, or the follower that sent a write on, at `at`, now or later; a cache, now.
static inline void replica_answer(const struct context *x, struct replica *r,
                                  const struct operation *o, simtime at, enum answer_status status)
{
    if (UNLIKELY(o->flags & REQUEST_CACHED)) {
        cachefeed_answer(x, r, o, status);
        return;
    }
    const struct lp_info *caller = &x->model->lps[o->caller];
    const struct payload_answer answer = {
        .call = o->call, .status = (uint8_t)status, .region = (uint8_t)r->region};
    uint16_t kind = o->kind == OPERATION_FORWARDED ? (uint16_t)EV_FORWARD_ANSWER
                                                   : caller->reply_kind;
    simtime delay = context_delay_at(x, &r->paths[caller->place], &r->network, at, net_small);
    context_send(x, o->caller, delay, kind, &answer, sizeof answer);
}

void replica_finish(const struct context *x, struct replica *r, uint32_t operation,
                    enum answer_status status)
{
    struct operation *o = &r->operations.items[operation];
    if (o->timer != 0)
        cell_disarm(x->cell, r->timeout_lane, o->timer);
    if (replica_counts(x, o, x->now)) {
        r->counts.unavailable += status != ANSWER_OK;
        r->counts.writes += status == ANSWER_OK && (o->flags & REQUEST_WRITE);
    }
    if (o->kind == OPERATION_QUORUM)
        replica_answer_quorum(x, r, o, status);
    else
        replica_answer(x, r, o, x->now, status);
    slots_release(&r->operations, operation);
}

void replica_served_read(const struct context *x, struct replica *r, const struct operation *o,
                         simtime time, uint64_t version)
{
    if (!replica_counts(x, o, x->now > time ? x->now : time))
        return;
    r->counts.reads++;
    readlog_add(&r->reads, o->item, time, version);
    if (--r->until_forget == 0) {
        r->until_forget = REPLICA_FORGET_EVERY;
        replication_forget(x, r);
    }
}

// ---- operations

// A read whose answer can be given ahead: not one that says the version.
static bool replica_reads_copy(const struct replica *r, const struct operation *o)
{
    return r->reads_copy && o->kind == OPERATION_CLIENT &&
           !(o->flags & (REQUEST_WRITE | REQUEST_CACHED));
}

// A read of the local copy at `at`, now or later. What is written to the copy until then, the log
// is told (replica_set_version); the answer does not depend on it. So a read needs no event for its
// end, unless a fault comes before.
static void replica_read_copy(const struct context *x, struct replica *r, uint32_t index,
                              simtime at)
{
    const struct operation *o = &r->operations.items[index];
    if (at < x->model->duration) // else it is not served in this run
        replica_served_read(x, r, o, at, replica_version(r, o->item));
    replica_answer(x, r, o, at, ANSWER_OK);
    slots_release(&r->operations, index);
}

static void replica_start(const struct context *x, struct replica *r, uint32_t index, simtime start)
{
    const struct operation *o = &r->operations.items[index];
    const struct variate *time = o->flags & REQUEST_WRITE ? &r->plan->write_time
                                                          : &r->plan->read_time;
    double work_ns = variate_draw(time, &r->work) * (double)r->fault->slow * r->stretch;
    simtime finish = start + 1 + context_duration(work_ns);
    station_occupy(&r->station, x->now, start, finish);
    if (LIKELY(replica_reads_copy(r, o) && finish < r->change)) {
        replica_read_copy(x, r, index, finish);
        return;
    }
    const struct payload_token done = {slots_token(&r->operations, index)};
    context_send(x, x->lp, finish - x->now, EV_OPERATION_DONE, &done, sizeof done);
}

// Starts those that were held, as far as can be planned.
static void replica_start_held(const struct context *x, struct replica *r)
{
    uint32_t next;
    simtime start;
    while (station_next(&r->station, x->now, r->change, &next, &start))
        replica_start(x, r, next, start);
}

// Takes in the operation of a new frame: it is started, held, or turned away.
static inline void replica_enter(const struct context *x, struct replica *r, uint32_t index)
{
    simtime start;
    r->operations.items[index].started = x->now;
    r->operations.items[index].timer = 0;
    if (UNLIKELY(r->fault->is_refusing)) {
        replica_finish(x, r, index, ANSWER_REFUSED);
        return;
    }
    if (UNLIKELY(context_is_erring(r->fault, &r->errors))) {
        replica_finish(x, r, index, ANSWER_ERROR);
        return;
    }
    switch (station_admit(&r->station, x->now, r->change, &start)) {
    case STATION_START:
        replica_start(x, r, index, start);
        break;
    case STATION_HOLD:
        station_hold(&r->station, index);
        break;
    case STATION_FULL:
        replica_finish(x, r, index, ANSWER_SHED);
        break;
    }
}

void replica_take(const struct context *x, struct replica *r, const struct operation *operation)
{
    if (r->fault->is_dead)
        return;
    uint32_t index = slots_take(&r->operations);
    struct operation *o = &r->operations.items[index];
    uint32_t generation = o->generation;
    *o = *operation;
    o->generation = generation;
    replica_enter(x, r, index);
}

static inline void replica_take_request(const struct context *x, struct replica *r,
                                        const struct event *e, enum operation_kind kind)
{
    const struct payload_request q = payload_of(e, payload_request);
    if (UNLIKELY(r->fault->is_dead))
        return;
    uint32_t index = slots_take(&r->operations);
    struct operation *o = &r->operations.items[index];
    o->call = q.call;
    o->caller = event_src(e);
    o->item = popularity_item(&r->plan->popularity, q.item_word);
    o->item_word = q.item_word;
    o->class_index = q.class_index;
    o->kind = (uint8_t)kind;
    o->flags = q.flags;
    replica_enter(x, r, index);
}

void replica_on_request(const struct context *x, struct replica *r, const struct event *e)
{
    replica_take_request(x, r, e, OPERATION_CLIENT);
}

void replica_on_forwarded(const struct context *x, struct replica *r, const struct event *e)
{
    replica_take_request(x, r, e, OPERATION_FORWARDED);
}

static void replica_write(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation *o = &r->operations.items[index];
    switch (r->spec->mode) {
    case STORE_MULTI_LEADER:
        if (!(o->flags & REQUEST_PROBE)) // a probe goes all the way but changes nothing
            replication_commit(x, r, o);
        replica_finish(x, r, index, ANSWER_OK);
        break;
    case STORE_SINGLE_LEADER:
        leadership_write(x, r, index);
        break;
    case STORE_QUORUM:
        quorum_begin(x, r, index);
        break;
    }
}

void replica_on_operation_done(const struct context *x, struct replica *r, const struct event *e)
{
    uint64_t token = event_token(e);
    uint32_t index = slots_index(token);
    if (!slots_is_live(&r->operations, token))
        return; // the region lost power meanwhile
    replica_start_held(x, r);
    const struct operation *o = &r->operations.items[index];
    if (o->kind == OPERATION_QUORUM)
        quorum_part(x, r, index);
    else if (o->flags & REQUEST_WRITE)
        replica_write(x, r, index);
    else if (r->reads_copy)
        replica_read_copy(x, r, index, x->now);
    else
        quorum_begin(x, r, index);
}

void replica_on_operation_timeout(const struct context *x, struct replica *r, const struct event *e)
{
    uint64_t token = event_token(e);
    CHECK(slots_is_live(&r->operations, token));
    uint32_t index = slots_index(token);
    r->operations.items[index].timer = 0;
    replica_finish(x, r, index, ANSWER_ERROR);
}

// ---- faults and life

static void replica_lose_power(const struct context *x, struct replica *r)
{
    station_clear(&r->station);
    for (uint32_t i = 0; i < r->operations.n; i++) {
        if (!slots_is_taken(&r->operations, i))
            continue;
        if (r->operations.items[i].timer != 0)
            cell_disarm(x->cell, r->timeout_lane, r->operations.items[i].timer);
        slots_release(&r->operations, i);
    }
}

void replica_on_fault(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_fault *f = &payload_of(e, payload_fault);
    bool was_dead = r->fault->is_dead, was_silent = replica_is_silent(r);
    const struct timeline *line = &x->world->replica_faults[r->index];
    r->fault = &line->changes.items[f->change].state;
    r->change = timeline_next_change(line, x->now);
    r->stretch = station_set_capacity(&r->station, r->plan->servers, (double)r->fault->capacity);
    if (r->fault->is_dead && !was_dead)
        replica_lose_power(x, r);
    if (was_silent && !replica_is_silent(r))
        r->lead.last_heard = x->now; // it has not listened meanwhile
    replica_start_held(x, r);
}

void replica_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    uint32_t lp = model_lp(m, LP_REPLICA, index);
    const char *name = m->lps[lp].name;
    struct replica *r = &w->replicas[index];
    *r = (struct replica){.index = index,
                          .store = m->lps[lp].object,
                          .region = m->lps[lp].region,
                          .fault = &fault_state_fine,
                          .until_forget = REPLICA_FORGET_EVERY,
                          .work = stream_open(w->seed, w->replication, name, "work"),
                          .network = stream_open(w->seed, w->replication, name, "network"),
                          .errors = stream_open(w->seed, w->replication, name, "errors"),
                          .shipping = stream_open(w->seed, w->replication, name, "shipping"),
                          .failover = stream_open(w->seed, w->replication, name, "failover"),
                          .stretch = 1};
    r->change = timeline_next_change(&w->replica_faults[index], -1);
    const struct store_plan *plan = r->plan = &m->stores[r->store];
    const struct store_spec *spec = r->spec = &m->topology->stores[r->store];
    r->paths = model_path(m, m->lps[lp].place, 0);
    r->reads_copy = spec->mode != STORE_QUORUM || spec->read_mode == QUORUM_READ_LOCAL;
    slots_grow(&r->operations);
    station_init(&r->station, plan->servers, plan->queue);

    if (spec->mode == STORE_MULTI_LEADER)
        r->own = arena_push(&w->arena, uint64_t, plan->items);
    readlog_init(&r->reads, plan->items, &r->counts.staleness);
    histogram_init(&r->counts.lag);
    histogram_init(&r->counts.staleness);
    simtime timeout = spec->mode == STORE_QUORUM ? simtime_from_seconds(spec->quorum_timeout_s)
                                                 : leadership_forward_timeout;
    r->timeout_lane = engine_lane(w->engine, lp, timeout, EV_OPERATION_TIMEOUT);
    if (spec->mode == STORE_SINGLE_LEADER)
        leadership_open(w, r);
}

void replica_close(struct world *w, uint32_t index)
{
    struct replica *r = &w->replicas[index];
    station_free(&r->station);
    readlog_free(&r->reads);
    slots_free(&r->operations);
    histogram_free(&r->counts.lag);
    histogram_free(&r->counts.staleness);
}
