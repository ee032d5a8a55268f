#include "model/population.h"

#include "model/attempt.h"
#include "model/context.h"
#include "model/visit.h"

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
                             simtime latency, uint32_t attempts)
{
    p->outcomes[r->class_index * OUTCOMES + outcome]++;
    p->attempts[r->class_index] += attempts;
    if (outcome == OUTCOME_OK || outcome == OUTCOME_LATE) {
        histogram_add(&p->latency[r->class_index], (uint64_t)latency);
        p->served[r->region]++;
    }
}

void population_finish(const struct context *x, struct population *p, uint32_t index,
                       enum outcome outcome)
{
    const struct request *r = &p->requests.items[index];
    uint64_t *window = population_series(p, r->window);
    simtime latency = x->now - r->started;
    uint32_t attempts = r->attempt;
    if (UNLIKELY(p->plan->has_cold))
        attempts += p->cold.items[index].n_copies;
    window[outcome]++;
    window[SERIES_ATTEMPTS] += attempts;
    if (outcome == OUTCOME_OK || outcome == OUTCOME_LATE)
        window[SERIES_LATENCY_US] += (uint64_t)latency / SIMTIME_US;
    useruptime_note(&p->uptime, r->client, x->now, outcome == OUTCOME_OK);
    if (r->started >= x->model->warmup)
        population_count(p, r, outcome, latency, attempts);
    p->ended++;
    slots_release(&p->requests, index);
    if (UNLIKELY(p->plan->demand.mode != DEMAND_OPEN))
        visit_go_on(x, p, index, outcome == OUTCOME_ABANDONED);
}

// ---- beginning

static uint8_t population_class(const struct population *p, uint32_t word)
{
    uint8_t class_index = 0;
    while (word >= p->plan->class_limit[class_index] && class_index < p->plan->last_class)
        class_index++;
    return class_index;
}

void population_begin(const struct context *x, struct population *p, const struct wish *wish)
{
    uint32_t index = slots_take(&p->requests);
    struct request *r = &p->requests.items[index];
    r->started = x->now;
    r->timer = 0;
    r->phase = PHASE_RESOLVE;
    r->client = wish->client;
    r->item_word = wish->item_word;
    r->window = population_window(x, p);
    r->class_index = population_class(p, wish->class_word);
    r->attempt = 0;
    r->waited = 0;
    r->taken = 0;
    p->started++;
    retry_on_call(&p->plan->retry, &p->budget, r->client);
    population_series(p, r->window)[SERIES_STARTED]++;
    if (UNLIKELY(p->plan->has_cold)) {
        slots_accompany(&p->requests, &p->cold);
        p->cold.items[index] = (struct request_cold){.visit = wish->visit};
        if (x->model->classes[r->class_index].flags & REQUEST_OWN)
            r->item_word = p->plan->first_user + r->client;
        visit_wait(x, p, index);
        if (p->plan->hedge.most > 0)
            hedge_on_call(x, p, index);
    }
    attempt_begin(x, p, index);
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
    p->uptime = (struct useruptime){
        .latest = arena_push(&w->arena, uint64_t, p->plan->n_clients),
        .windows = arena_push(&w->arena, struct useruptime_window, m->n_windows + 1),
        .window = m->window,
        .inactive_after = simtime_from_seconds(m->workload->inactive_after_s)};
    p->served = arena_push(&w->arena, uint64_t, m->endpoints.n);
    p->tried = arena_push(&w->arena, uint64_t, m->endpoints.n);
    p->window_end = m->window;
}

static void population_open_connections(struct world *w, struct population *p)
{
    const size_t n = p->plan->n_clients, each = p->plan->n_connections;
    p->clients = arena_push(&w->arena, struct client, each > 0 ? n * each : n);
    p->pools = each > 0 ? arena_push(&w->arena, struct connectionpool, n) : NULL;
    p->cookies = p->plan->cookie_life > 0 ? arena_push(&w->arena, cookie, n) : NULL;
}

static void population_open_sessions(struct world *w, struct population *p)
{
    const struct model *m = w->model;
    p->inbox = session_open(m, &w->arena);
    if (p->plan->has_own_items)
        p->sessions = arena_push(&w->arena, struct session_mark,
                                 (size_t)p->plan->n_clients * m->n_session_stores);
}

// The shortest timeout of any phase, or of a proxy's try.
static simtime population_shortest(const struct model *m, const struct population_plan *plan)
{
    simtime shortest = simtime_least(plan->dns_timeout, plan->connect_timeout);
    shortest = simtime_least(shortest, plan->attempt_timeout);
    return m->edges.is_per_request ? simtime_least(shortest, m->edges.try_timeout) : shortest;
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
                             .network = stream_open(w->seed, w->replication, name, "network"),
                             .decisions = stream_open(w->seed, w->replication, name, "decisions"),
                             .addresses = stream_open(w->seed, w->replication, name, "addresses")};
    population_open_connections(w, p);
    population_open_sessions(w, p);
    p->breakers = breaker_open(&plan->breaker, &w->arena);
    p->budget = retry_open(&plan->retry, &w->arena);
    p->names = namecache_open(&plan->caches, &w->arena,
                              stream_open(w->seed, w->replication, name, "name caches"));
    p->drain = drain_open(w, &w->arena, (int)index);
    p->edge = edge_open(w, index);
    slots_grow(&p->requests);
    population_open_measures(w, p);
    p->lane = engine_lane(w->engine, lp, population_shortest(m, plan), EV_CLIENT_TIMEOUT);
    hedge_open(w, p, lp);
    demand_open(w, p, lp);
}

void population_close(struct world *w, uint32_t index)
{
    struct population *p = &w->populations[index];
    for (int i = 0; i < w->model->workload->n_classes; i++)
        histogram_free(&p->latency[i]);
    slots_free(&p->requests);
    array_free(&p->cold);
}
