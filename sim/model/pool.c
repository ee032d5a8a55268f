#include "model/pool.h"

#include "model/context.h"

static const struct service_spec *pool_spec(const struct context *x, const struct pool *p)
{
    return &x->model->topology->services[p->service];
}

static uint16_t pool_place(const struct context *x, const struct pool *p)
{
    return x->model->zone_place[p->region][p->zone];
}

// ---- answering

static void pool_answer(const struct context *x, struct pool *p, uint64_t call, uint32_t caller,
                        struct payload_answer answer)
{
    simtime delay = context_delay(x, pool_place(x, p), x->model->zone_place[p->region][answer.zone],
                                  &p->network, net_small);
    answer.call = call;
    answer.region = (uint8_t)p->region;
    context_send(x, caller, delay, EV_TARGET_RESPONSE, &answer, sizeof answer);
}

static void pool_finish(const struct context *x, struct pool *p, uint32_t index,
                        enum answer_status status)
{
    const struct task *t = &p->tasks.items[index];
    pool_answer(x, p, t->call, t->caller,
                (struct payload_answer){.status = (uint8_t)status, .zone = t->node});
    slots_release(&p->tasks, index);
}

// ---- work

static void pool_start(const struct context *x, struct pool *p, uint32_t index)
{
    const struct task *t = &p->tasks.items[index];
    simtime work = 1;
    if (!(t->flags & REQUEST_PROBE))
        work += (simtime)(variate_draw(&x->model->services[p->service].work, &p->work) *
                          (double)p->fault->slow * p->stretch);
    struct payload_token done = {slots_token(&p->tasks, index)};
    context_send(x, x->lp, work, EV_WORK_DONE, &done, sizeof done);
}

static bool pool_is_erring(struct pool *p)
{
    return p->fault->errors > 0 && stream_uniform(&p->errors) < (double)p->fault->errors;
}

// Turned away at the door: no task is made.
static bool pool_turns_away(struct pool *p, enum answer_status *status)
{
    if (p->fault->is_refusing)
        *status = ANSWER_REFUSED;
    else if (pool_is_erring(p))
        *status = ANSWER_ERROR;
    else if (p->tasks.live >= p->in_flight_limit)
        *status = ANSWER_SHED;
    else
        return false;
    return true;
}

void pool_on_request(const struct context *x, struct pool *p, const struct event *e)
{
    struct payload_request q;
    enum answer_status status;
    payload_get(e, struct payload_request, &q);
    if (p->fault->is_dead)
        return;
    if (pool_turns_away(p, &status)) {
        pool_answer(x, p, q.call, event_src(e),
                    (struct payload_answer){.status = (uint8_t)status, .zone = q.zone});
        return;
    }
    uint32_t index = slots_take(&p->tasks);
    struct task *t = &p->tasks.items[index];
    t->call = q.call;
    t->caller = event_src(e);
    t->item_word = q.item_word;
    t->class_index = q.class_index;
    t->flags = q.flags;
    t->node = q.zone;
    t->step = 0;
    t->pending = 0;
    switch (station_admit(&p->station, index)) {
    case STATION_START:
        pool_start(x, p, index);
        break;
    case STATION_WAIT:
        break;
    case STATION_FULL:
        pool_finish(x, p, index, ANSWER_SHED);
        break;
    }
}

// ---- calls

static bool pool_is_write(const struct call_spec *spec, const struct task *t)
{
    if (spec->operation == CALL_BY_CLASS)
        return t->flags & REQUEST_WRITE;
    return spec->operation == CALL_WRITE;
}

// Where a call goes.
struct pool_callee {
    uint32_t lp;
    uint16_t place;
    uint8_t zone; // of the balancer's node
};

// The balancer of the service, or the replica of the store, in this region or the nearest that has
// it.
static struct pool_callee pool_find_callee(const struct context *x, const struct pool *p,
                                           const struct call_spec *spec)
{
    const struct model *m = x->model;
    int n_regions = m->topology->n_regions;
    if (spec->target == CALL_STORE) {
        uint8_t region = m->stores[spec->index].replica_region[p->region];
        int32_t replica = m->replica_of[spec->index * n_regions + region];
        return (struct pool_callee){.lp = model_lp(m, LP_REPLICA, (uint32_t)replica),
                                    .place = m->region_place[region]};
    }
    uint8_t region = m->services[spec->index].region_for[p->region];
    uint8_t zone = (uint8_t)(p->zone % m->topology->regions[region].n_zones);
    int32_t balancer = m->balancer_of[spec->index * n_regions + region];
    CHECK(balancer >= 0);
    return (struct pool_callee){.lp = model_lp(m, LP_BALANCER, (uint32_t)balancer),
                                .place = m->zone_place[region][zone],
                                .zone = zone};
}

static void pool_make_call(const struct context *x, struct pool *p, uint32_t task, int index)
{
    const struct call_spec *spec = &pool_spec(x, p)->calls[index];
    uint32_t at = slots_take(&p->calls);
    struct call *c = &p->calls.items[at];
    struct task *t = &p->tasks.items[task];
    struct pool_callee callee = pool_find_callee(x, p, spec);
    uint64_t token = slots_token(&p->calls, at);
    struct payload_request q = {.call = token,
                                .item_word = t->item_word,
                                .class_index = t->class_index,
                                .flags = t->flags & (REQUEST_PROBE | REQUEST_DEEP),
                                .zone = callee.zone};
    if (pool_is_write(spec, t))
        q.flags |= REQUEST_WRITE;
    c->task = slots_token(&p->tasks, task);
    c->index = (uint8_t)index;
    c->timer = cell_arm(x->cell, p->lanes[index], token);
    t->pending++;
    simtime delay = context_delay(x, pool_place(x, p), callee.place, &p->network,
                                  context_request_size(x, q.class_index, q.flags));
    context_send(x, callee.lp, delay, spec->target == CALL_SERVICE ? EV_REQUEST : EV_STORE_REQUEST,
                 &q, sizeof q);
}

static bool pool_wants_call(struct pool *p, const struct call_spec *spec, const struct task *t)
{
    if (t->flags & REQUEST_PROBE) // a deep probe makes every call once
        return t->flags & REQUEST_DEEP;
    return spec->probability >= 1 || stream_uniform(&p->choices) < spec->probability;
}

// Makes the calls of the next steps until one has calls to wait for; answers when none is left.
static void pool_advance(const struct context *x, struct pool *p, uint32_t index)
{
    const struct service_spec *spec = pool_spec(x, p);
    int n_steps = x->model->services[p->service].n_steps;
    while (p->tasks.items[index].pending == 0) {
        int step = p->tasks.items[index].step++;
        if (step >= n_steps) {
            pool_finish(x, p, index, ANSWER_OK);
            return;
        }
        for (int i = 0; i < spec->n_calls; i++)
            if (spec->calls[i].step == step &&
                pool_wants_call(p, &spec->calls[i], &p->tasks.items[index]))
                pool_make_call(x, p, index, i);
    }
}

void pool_on_work_done(const struct context *x, struct pool *p, const struct event *e)
{
    uint64_t token = event_token(e);
    uint32_t next;
    if (!slots_is_live(&p->tasks, token))
        return; // the zone lost power meanwhile
    if (station_release(&p->station, &next))
        pool_start(x, p, next);
    pool_advance(x, p, slots_index(token));
}

static void pool_call_concluded(const struct context *x, struct pool *p, uint32_t at,
                                bool succeeded)
{
    const struct call c = p->calls.items[at];
    slots_release(&p->calls, at);
    if (!slots_is_live(&p->tasks, c.task))
        return; // another call of the request failed first
    uint32_t task = slots_index(c.task);
    p->tasks.items[task].pending--;
    if (!succeeded && !pool_spec(x, p)->calls[c.index].optional)
        pool_finish(x, p, task, ANSWER_ERROR);
    else
        pool_advance(x, p, task);
}

void pool_on_call_response(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (!slots_is_live(&p->calls, a->call))
        return; // timed out before
    uint32_t at = slots_index(a->call);
    const struct call *c = &p->calls.items[at];
    cell_disarm(x->cell, p->lanes[c->index], c->timer);
    pool_call_concluded(x, p, at, a->status == ANSWER_OK);
}

void pool_on_call_timeout(const struct context *x, struct pool *p, const struct event *e)
{
    uint64_t token = event_token(e);
    CHECK(slots_is_live(&p->calls, token));
    pool_call_concluded(x, p, slots_index(token), false);
}

// ---- faults and life

// Power is gone: everything in flight vanishes without an answer.
static void pool_lose_power(const struct context *x, struct pool *p)
{
    station_clear(&p->station);
    for (uint32_t i = 0; i < p->calls.n; i++)
        if (slots_is_taken(&p->calls, i)) {
            cell_disarm(x->cell, p->lanes[p->calls.items[i].index], p->calls.items[i].timer);
            slots_release(&p->calls, i);
        }
    for (uint32_t i = 0; i < p->tasks.n; i++)
        if (slots_is_taken(&p->tasks, i))
            slots_release(&p->tasks, i);
}

void pool_on_fault(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_fault *f = &payload_of(e, payload_fault);
    bool was_dead = p->fault->is_dead;
    uint32_t next;
    p->fault = &x->world->pool_faults[p->index].changes.items[f->change].state;
    p->stretch = station_set_capacity(&p->station, x->model->services[p->service].servers,
                                      (double)p->fault->capacity);
    if (p->fault->is_dead && !was_dead)
        pool_lose_power(x, p);
    while (station_next(&p->station, &next))
        pool_start(x, p, next);
}

void pool_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    uint32_t lp = model_lp(m, LP_POOL, index);
    const char *name = m->lps[lp].name;
    struct pool *p = &w->pools[index];
    *p = (struct pool){.index = index,
                       .service = m->lps[lp].object,
                       .region = m->lps[lp].region,
                       .zone = m->lps[lp].zone,
                       .fault = &fault_state_fine,
                       .work = stream_open(w->seed, w->replication, name, "work"),
                       .network = stream_open(w->seed, w->replication, name, "network"),
                       .choices = stream_open(w->seed, w->replication, name, "choices"),
                       .errors = stream_open(w->seed, w->replication, name, "errors"),
                       .stretch = 1};
    const struct service_plan *plan = &m->services[p->service];
    const struct service_spec *spec = &m->topology->services[p->service];
    slots_reserve(&p->tasks);
    station_init(&p->station, plan->servers, plan->queue);
    p->in_flight_limit = (uint64_t)plan->servers * plan->concurrency;
    for (int i = 0; i < spec->n_calls; i++)
        p->lanes[i] = engine_lane(w->engine, lp, simtime_from_seconds(spec->calls[i].timeout_s),
                                  EV_CALL_TIMEOUT);
}

void pool_close(struct world *w, uint32_t index)
{
    struct pool *p = &w->pools[index];
    station_free(&p->station);
    array_free(&p->tasks);
    array_free(&p->calls);
}
