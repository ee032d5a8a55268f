#include "model/pool.h"

#include "model/callee.h"
#include "model/callretry.h"
#include "model/context.h"
#include "model/poolsessions.h"
#include "model/poolwatch.h"

// ---- answering

// Answers at `at`, now or later.
static inline void pool_answer(const struct context *x, struct pool *p, const struct task *t,
                               simtime at, enum answer_status status)
{
    const struct payload_answer answer = {
        .call = t->call, .status = (uint8_t)status, .region = (uint8_t)p->region, .zone = t->node};
    simtime delay = context_delay_at(x, &p->to_nodes[t->node], &p->network, at, net_small);
    if (UNLIKELY(t->flags & REQUEST_OWN) && answer_has_good_status((uint8_t)status))
        poolsessions_tell_caller(x, p, (uint32_t)(t - p->tasks.items), delay);
    context_send(x, t->caller, delay, EV_TARGET_RESPONSE, &answer, sizeof answer);
}

static inline void pool_release(const struct context *x, struct pool *p, uint32_t index)
{
    const struct task *t = &p->tasks.items[index];
    if (t->timer != 0)
        cell_disarm(x->cell, p->lane, t->timer);
    if (UNLIKELY(p->has_recall))
        recall_forget(&p->recall, index);
    slots_release(&p->tasks, index);
}

static void pool_finish(const struct context *x, struct pool *p, uint32_t index, simtime at,
                        enum answer_status status)
{
    const struct task *t = &p->tasks.items[index];
    pool_release(x, p, index);
    pool_answer(x, p, t, at, status); // a free frame keeps what it says until it is taken again
}

// The answer of a task all of whose work is done.
static inline enum answer_status pool_result(struct pool *p, const struct task *t)
{
    if (UNLIKELY(t->is_wrong))
        return ANSWER_WRONG;
    bool is_wrong = UNLIKELY(p->fault->wrong > 0) &&
                    stream_uniform(&p->wrong) < (double)p->fault->wrong;
    return is_wrong ? ANSWER_WRONG : ANSWER_OK;
}

// ---- calls

static uint64_t pool_call_token(uint64_t task, int call)
{
    return task | (uint64_t)call << POOL_CALL_SHIFT;
}

static int pool_call_of(uint64_t token)
{
    return (int)(token >> POOL_CALL_SHIFT & POOL_CALL_BITS);
}

static bool pool_wants_call(struct pool *p, const struct pool_call *call, const struct task *t)
{
    if (UNLIKELY(t->flags & REQUEST_PROBE)) // a deep probe makes every call once
        return t->flags & REQUEST_DEEP;
    return call->probability >> 32 != 0 || stream_word(&p->choices) >> 32 < call->probability;
}

// The calls of the task's next step that has any; none: all steps are done.
static inline uint8_t pool_next_calls(struct pool *p, struct task *t)
{
    uint32_t calls = 0, i = t->next;
    for (; i < p->n_calls && !(calls != 0 && (p->first_calls >> i & 1)); i++)
        calls |= (uint32_t)pool_wants_call(p, &p->calls[i], t) << i;
    t->next = (uint8_t)i;
    return (uint8_t)calls;
}

// A call's message is underway for `delay`: cancelling must not overtake it.
static void pool_note_call(const struct context *x, struct pool *p, uint32_t index, simtime delay)
{
    struct recall_entry *entry = &p->recall.entries.items[index];
    if (delay != NET_LOST && x->now + delay > entry->reaches)
        entry->reaches = x->now + delay;
}

// A call is about to be sent: what else there is to do.
static void pool_attend_call(const struct context *x, struct pool *p, uint32_t index,
                             const struct session_message *to, simtime delay)
{
    if (p->has_recall)
        pool_note_call(x, p, index, delay);
    if (p->tasks.items[index].flags & REQUEST_OWN)
        poolsessions_tell_callee(x, p, index, to, delay);
}

// Until when the answer of a call that is made now or later matters, if the task knows.
static uint64_t pool_call_patience(const struct task *t, const struct pool_call *c)
{
    if (LIKELY(t->deadline == 0))
        return 0;
    return request_patience(simtime_least(t->deadline - t->asked, c->timeout));
}

static void pool_make_call(const struct context *x, struct pool *p, const struct task *t,
                           uint64_t token, int index)
{
    const struct pool_call *c = &p->calls[index];
    const struct payload_request q = {
        .call = pool_call_token(token, index),
        .item_word = t->item_word,
        .class_index = t->class_index,
        .flags = (uint8_t)((t->flags & c->kept_flags) | c->added_flags),
        .zone = c->zone,
        .terms = request_terms(c->flows[slots_index(token) & c->flow_mask],
                               pool_call_patience(t, c))};
    const struct pool_way *way = pool_way_of(c, q.flags);
    simtime delay = context_delay_at(x, way->path, &p->network, t->asked,
                                     context_request_size(x, q.class_index, q.flags));
    if (UNLIKELY(p->keeps_more))
        pool_attend_call(x, p, slots_index(token), &(struct session_message){way->callee, q.call},
                         delay);
    context_send(x, way->callee, delay, way->kind, &q, sizeof q);
}

// Makes the calls of a step at `at`. One timer serves all calls of a task: it is as long as the
// shortest timeout, so that it never comes too late; see pool_on_call_timeout.
static void pool_make_calls(const struct context *x, struct pool *p, uint32_t index, uint8_t calls,
                            simtime at)
{
    struct task *t = &p->tasks.items[index];
    uint64_t token = slots_token(&p->tasks, index);
    t->pending = calls;
    t->asked = at;
    if (t->timer == 0)
        t->timer = cell_arm(x->cell, p->lane, token);
    for (uint32_t left = calls; left != 0; left &= left - 1)
        pool_make_call(x, p, t, token, __builtin_ctz(left));
}

// Whether the task's caller waits no more at `at`, as far as it knows.
static inline bool pool_is_late(const struct task *t, simtime at)
{
    return UNLIKELY(t->deadline != 0) && at >= t->deadline;
}

// The task is done with its work or with a step: makes the next calls, or answers.
static inline void pool_advance(const struct context *x, struct pool *p, uint32_t index)
{
    uint8_t calls = pool_next_calls(p, &p->tasks.items[index]);
    const struct task *t = &p->tasks.items[index];
    if (calls == 0)
        pool_finish(x, p, index, x->now, pool_result(p, t));
    else if (pool_is_late(t, x->now))
        pool_finish(x, p, index, x->now, ANSWER_ERROR);
    else
        pool_make_calls(x, p, index, calls, x->now);
}

// A server's connection is opened at `at`, from the address that it has.
static inline void pool_open_flow(const struct pool_call *c, uint32_t server, simtime at)
{
    c->flows[server] = ((uint64_t)at & c->flow_times) | (c->flows[server] & ~c->flow_times);
}

// A connection that brought no answer, or a refusal, is replaced; so that the next calls on it may
// meet another target.
static void pool_reconnect(const struct context *x, struct pool *p, uint32_t index, int call)
{
    const struct pool_call *c = &p->calls[call];
    if (c->has_flows)
        pool_open_flow(c, index & c->flow_mask, x->now);
}

static inline void pool_call_concluded(const struct context *x, struct pool *p, uint32_t index,
                                       int call, bool succeeded)
{
    struct task *t = &p->tasks.items[index];
    t->pending &= (uint8_t) ~(1u << call);
    if (!succeeded && !p->calls[call].is_optional)
        pool_finish(x, p, index, x->now, ANSWER_ERROR);
    else if (t->pending == 0)
        pool_advance(x, p, index);
}

void pool_conclude(const struct context *x, struct pool *p, uint32_t index, int call,
                   bool succeeded)
{
    if (!succeeded)
        pool_reconnect(x, p, index, call);
    pool_call_concluded(x, p, index, call, succeeded);
}

void pool_on_call_response(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    uint64_t token = pool_task_of(a.call);
    int call = pool_call_of(a.call);
    if (!slots_is_live(&p->tasks, token))
        return; // answered or lost before
    uint32_t index = slots_index(token);
    struct task *t = &p->tasks.items[index];
    if (!(t->pending >> call & 1))
        return; // timed out before
    if (UNLIKELY(a.status == ANSWER_REFUSED))
        pool_reconnect(x, p, index, call);
    if (UNLIKELY(t->flags & REQUEST_OWN) && answer_has_good_status(a.status))
        poolsessions_learn(x, p, index, e);
    t->is_wrong |= a.status == ANSWER_WRONG && !p->calls[call].is_optional;
    pool_call_concluded(x, p, index, call, answer_has_good_status(a.status));
}

// Wakes a task again when the first of its calls is due.
static void pool_sleep_on(const struct context *x, struct pool *p, uint64_t token)
{
    const struct task *t = &p->tasks.items[slots_index(token)];
    simtime first = SIMTIME_NEVER;
    for (uint32_t left = t->pending; left != 0; left &= left - 1) {
        simtime due = t->asked + p->calls[__builtin_ctz(left)].timeout;
        first = due < first ? due : first;
    }
    const struct payload_token again = {token};
    context_send(x, x->lp, first - x->now, EV_CALL_TIMEOUT, &again, sizeof again);
}

void pool_on_call_timeout(const struct context *x, struct pool *p, const struct event *e)
{
    uint64_t token = event_token(e);
    if (!slots_is_live(&p->tasks, token))
        return;
    uint32_t index = slots_index(token);
    p->tasks.items[index].timer = 0;
    for (;;) {
        const struct task *t = &p->tasks.items[index];
        uint32_t left = t->pending;
        while (left != 0 && t->asked + p->calls[__builtin_ctz(left)].timeout > x->now)
            left &= left - 1;
        if (left == 0)
            break; // none is due
        pool_reconnect(x, p, index, __builtin_ctz(left));
        pool_call_concluded(x, p, index, __builtin_ctz(left), false);
        if (!slots_is_live(&p->tasks, token) || p->tasks.items[index].timer != 0)
            return; // answered, or on to another step with a timer of its own
    }
    pool_sleep_on(x, p, token);
}

// ---- work

static simtime pool_work_time(struct pool *p, uint8_t flags)
{
    if (UNLIKELY(flags & REQUEST_PROBE))
        return 1;
    return 1 + context_duration(variate_draw(p->work_time, &p->work) * (double)p->fault->slow *
                                p->stretch);
}

// Its turn has come, or will, too late: it takes none of a server's time.
static void pool_drop(const struct context *x, struct pool *p, uint32_t index, simtime start)
{
    station_occupy(&p->station, x->now, start, start);
    pool_finish(x, p, index, start, ANSWER_ERROR);
    instants_add(&p->leaves, x->now, start);
}

// A server works on the task from `start` on. What follows is done ahead of time, unless a fault
// comes before.
static inline void pool_start(const struct context *x, struct pool *p, uint32_t index,
                              simtime start)
{
    struct task *t = &p->tasks.items[index];
    if (UNLIKELY(start - t->asked > strain_wait))
        strain_note(x, p, start);
    if (pool_is_late(t, start)) {
        pool_drop(x, p, index, start);
        return;
    }
    simtime finish = start + pool_work_time(p, t->flags);
    station_occupy(&p->station, x->now, start, finish);
    if (UNLIKELY(finish >= p->change)) {
        const struct payload_token done = {slots_token(&p->tasks, index)};
        context_send(x, x->lp, finish - x->now, EV_WORK_DONE, &done, sizeof done);
        if (UNLIKELY(p->watch != NULL))
            poolwatch_note(p, index, start, finish);
        return;
    }
    uint8_t calls = pool_next_calls(p, t);
    if (calls != 0 && !pool_is_late(t, finish)) {
        pool_make_calls(x, p, index, calls, finish);
        return;
    }
    pool_finish(x, p, index, finish, calls == 0 ? pool_result(p, t) : ANSWER_ERROR);
    instants_add(&p->leaves, x->now, finish);
}

// Starts are planned up to here; where nothing is, those of now are known all the same.
static inline simtime pool_horizon(const struct context *x, const struct pool *p)
{
    return p->change > x->now ? p->change : x->now + 1;
}

// Starts those that were held, as far as can be planned.
static void pool_start_held(const struct context *x, struct pool *p)
{
    uint32_t index;
    simtime start;
    while (station_next(&p->station, x->now, pool_horizon(x, p), &index, &start)) {
        p->tasks.items[index].state = TASK_STARTED;
        pool_start(x, p, index, start);
    }
}

static bool pool_is_full(const struct context *x, struct pool *p)
{
    if (LIKELY(p->tasks.live + p->leaves.n < p->in_flight_limit))
        return false;
    uint64_t room = p->in_flight_limit - p->tasks.live;
    return !instants_are_fewer(&p->leaves, x->now, room < UINT32_MAX ? (uint32_t)room : UINT32_MAX);
}

bool pool_has_no_room(const struct context *x, struct pool *p)
{
    return pool_is_full(x, p) || station_is_full(&p->station, x->now);
}

// What becomes of a request at the door: ANSWER_OK: it starts at *start, or is held if that is
// SIMTIME_NEVER.
static enum answer_status pool_admit(const struct context *x, struct pool *p, simtime *start)
{
    if (UNLIKELY(p->fault->is_refusing))
        return ANSWER_REFUSED;
    if (context_is_erring(p->fault, &p->errors))
        return ANSWER_ERROR;
    if (pool_is_full(x, p))
        return ANSWER_SHED;
    switch (station_admit(&p->station, x->now, pool_horizon(x, p), start)) {
    case STATION_START:
        break;
    case STATION_HOLD:
        *start = SIMTIME_NEVER;
        break;
    case STATION_FULL:
        return ANSWER_SHED;
    }
    return ANSWER_OK;
}

static void pool_answer_at_door(const struct context *x, struct pool *p, const struct event *e,
                                enum answer_status status)
{
    const struct payload_request q = payload_of(e, payload_request);
    const struct task no_task = {.call = q.call, .caller = event_src(e), .node = q.zone};
    pool_answer(x, p, &no_task, x->now, status);
}

// So that its caller can take it back.
static void pool_note(struct pool *p, uint32_t index, simtime start)
{
    struct task *t = &p->tasks.items[index];
    t->pending = 0;
    t->state = start != SIMTIME_NEVER ? TASK_STARTED : TASK_HELD;
    recall_note(&p->recall, p->tasks.n, index, t->caller, t->call);
}

static void pool_note_more(const struct context *x, struct pool *p, uint32_t index, simtime start,
                           const struct event *e)
{
    if (p->has_recall)
        pool_note(p, index, start);
    if (p->tasks.items[index].flags & REQUEST_OWN)
        poolsessions_note(x, p, index, e);
}

// Where nobody cancels or watches, this comes of faults only, and whoever probes knows of these.
static void pool_hold(const struct context *x, struct pool *p, uint32_t index)
{
    station_hold(&p->station, index);
    if (p->has_recall)
        strain_watch(x, p);
}

void pool_on_request(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_request q = payload_of(e, payload_request);
    simtime start;
    if (UNLIKELY(p->fault->is_dead))
        return;
    if (UNLIKELY(q.flags & REQUEST_CONNECT)) { // the system answers, not the server
        pool_answer_at_door(x, p, e, p->fault->is_refusing ? ANSWER_REFUSED : ANSWER_OK);
        return;
    }
    if (UNLIKELY(p->watch != NULL) && x->now >= x->model->warmup && !(q.flags & REQUEST_PROBE))
        poolwatch_meet(x, p);
    enum answer_status status = pool_admit(x, p, &start);
    if (UNLIKELY(status != ANSWER_OK)) {
        if (status == ANSWER_SHED)
            strain_note(x, p, x->now);
        pool_answer_at_door(x, p, e, status);
        return;
    }
    uint32_t index = slots_take(&p->tasks);
    CHECK(index >> POOL_CALL_SHIFT == 0);
    struct task *t = &p->tasks.items[index];
    t->call = q.call;
    t->asked = x->now;
    t->timer = 0;
    t->deadline = request_deadline(q.terms, x->now);
    t->caller = event_src(e);
    t->item_word = q.item_word;
    t->class_index = q.class_index;
    t->flags = q.flags;
    t->node = q.zone;
    t->next = 0;
    t->is_wrong = false;
    if (UNLIKELY(p->keeps_more))
        pool_note_more(x, p, index, start, e);
    if (LIKELY(start != SIMTIME_NEVER))
        pool_start(x, p, index, start);
    else
        pool_hold(x, p, index);
}

void pool_on_work_done(const struct context *x, struct pool *p, const struct event *e)
{
    uint64_t token = event_token(e);
    if (!slots_is_live(&p->tasks, token))
        return; // the zone lost power meanwhile
    uint32_t index = slots_index(token);
    if (UNLIKELY(p->watch != NULL) && !poolwatch_finish(p, index, x->now))
        return;
    bool is_cancelled = p->has_recall && p->tasks.items[index].state == TASK_CANCELLED;
    if (is_cancelled)
        pool_release(x, p, index);
    pool_start_held(x, p);
    if (!is_cancelled)
        pool_advance(x, p, index);
}

// ---- cancelling

// Passes it on to the services that are called; stores finish what they have begun.
static void pool_cancel_calls(const struct context *x, struct pool *p, uint32_t index)
{
    const struct task *t = &p->tasks.items[index];
    uint64_t token = slots_token(&p->tasks, index);
    for (uint32_t left = t->pending; left != 0; left &= left - 1) {
        const struct pool_call *c = &p->calls[__builtin_ctz(left)];
        if (c->ways[0].kind != EV_REQUEST || t->asked + c->timeout <= x->now)
            continue;
        simtime delay = context_path_delay(x, c->ways[0].path, &p->network, net_empty);
        context_cancel(x, c->ways[0].callee, delay, p->recall.entries.items[index].reaches,
                       pool_call_token(token, __builtin_ctz(left)));
    }
}

void pool_on_cancel(const struct context *x, struct pool *p, const struct event *e)
{
    uint32_t index;
    if (!recall_find(&p->recall, event_src(e), event_token(e), &index))
        return; // answered, or lost with the zone's power
    struct task *t = &p->tasks.items[index];
    if (t->state == TASK_STARTED && t->pending == 0) {
        t->state = TASK_CANCELLED; // a server is at work
        return;
    }
    if (t->state == TASK_CANCELLED)
        return;
    if (t->state == TASK_HELD)
        station_withdraw(&p->station, index);
    pool_cancel_calls(x, p, index);
    pool_release(x, p, index);
}

// ---- faults

// Opens all connections, within a millisecond of each other.
static void pool_connect(struct pool *p, simtime now)
{
    for (uint32_t i = 0; i < p->n_calls; i++)
        for (uint32_t k = 0; p->calls[i].has_flows && k <= p->calls[i].flow_mask; k++)
            pool_open_flow(&p->calls[i], k, now + stream_below(&p->flows, SIMTIME_MS));
}

// Power is gone: everything in flight vanishes without an answer.
static void pool_lose_power(const struct context *x, struct pool *p)
{
    station_clear(&p->station);
    recall_clear(&p->recall);
    instants_clear(&p->leaves);
    for (uint32_t i = 0; i < p->tasks.n; i++) {
        if (!slots_is_taken(&p->tasks, i))
            continue;
        if (p->tasks.items[i].timer != 0)
            cell_disarm(x->cell, p->lane, p->tasks.items[i].timer);
        slots_release(&p->tasks, i);
    }
}

// Whose requests may be taken back, or whose world may be copied: then works of those that wait are
// still to be drawn.
static bool pool_plans_nothing(const struct pool *p)
{
    return p->has_recall || p->watch != NULL;
}

void pool_on_fault(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_fault f = payload_of(e, payload_fault);
    const struct timeline *line = &x->world->pool_faults[p->index];
    const bool was_dead = p->fault->is_dead;
    p->fault = &line->changes.items[f.change].state;
    p->change = pool_plans_nothing(p) ? -1 : timeline_next_change(line, x->now);
    p->stretch = station_set_capacity(&p->station, x->model->services[p->service].servers,
                                      (double)p->fault->capacity);
    if (p->fault->is_dead && !was_dead)
        pool_lose_power(x, p);
    if (was_dead && !p->fault->is_dead)
        pool_connect(p, x->now);
    pool_start_held(x, p);
}

// ---- life

// Lists the calls step by step; returns the shortest timeout, of calls and of attempts.
static simtime pool_compile_calls(struct world *w, struct pool *p)
{
    const struct model *m = w->model;
    const struct service_spec *spec = &m->topology->services[p->service];
    simtime shortest = SIMTIME_NEVER;
    uint8_t n = 0;
    for (int step = 0; step < m->services[p->service].n_steps; step++) {
        p->first_calls |= (uint8_t)(1u << n);
        for (int i = 0; i < spec->n_calls; i++) {
            if (spec->calls[i].step != step)
                continue;
            p->calls[n] = callee_compile(w, p, &spec->calls[i]);
            shortest = simtime_least(shortest, callretry_compile(w, p, n++, &spec->calls[i]));
        }
    }
    p->n_calls = n;
    return shortest;
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
                       .flows = stream_open(w->seed, w->replication, name, "flows"),
                       .addresses = stream_open(w->seed, w->replication, name, "addresses"),
                       .wrong = stream_open(w->seed, w->replication, name, "wrong answers"),
                       .stretch = 1};
    const struct service_plan *plan = &m->services[p->service];
    p->has_recall = m->cancels;
    p->keeps_more = p->has_recall || m->n_session_stores > 0;
    p->inbox = session_open(m, &w->arena);
    p->work_time = &plan->work;
    p->to_nodes = model_path(m, m->lps[lp].place, m->zone_place[p->region][0]);
    p->in_flight_limit = (uint64_t)plan->servers * plan->concurrency;
    p->strain = strain_open();
    if (w->run != NULL && w->run->watch != NULL && w->run->watch->pool == index)
        p->watch = w->run->watch;
    p->change = pool_plans_nothing(p) ? -1 : timeline_next_change(&w->pool_faults[index], -1);
    slots_grow(&p->tasks);
    station_init(&p->station, plan->servers, plan->queue);
    simtime shortest = pool_compile_calls(w, p);
    pool_connect(p, 0);
    if (shortest != SIMTIME_NEVER)
        p->lane = engine_lane(w->engine, lp, shortest,
                              p->retry == NULL ? EV_CALL_TIMEOUT : EV_TRY_TIMEOUT);
}

void pool_close(struct world *w, uint32_t index)
{
    struct pool *p = &w->pools[index];
    station_free(&p->station);
    recall_free(&p->recall);
    callretry_close(p);
    instants_free(&p->leaves);
    array_free(&p->marks);
    array_free(&p->works);
    slots_free(&p->tasks);
}
