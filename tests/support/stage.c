#include "stage.h"

#include <stdlib.h>

#include "base/base.h"
#include "model/dispatch.h"
#include "model/fault.h"

static void stage_handle(struct cell *cell, void *argument, const struct event *e)
{
    struct stage *s = argument;
    const struct context x = {cell, s->world, s->model, e->dst, e->time};
    if (s->tap == NULL || !s->tap(s->argument, &x, e))
        dispatch_event(cell, s->world, e);
}

static const char *stage_lp_name(void *argument, uint32_t lp)
{
    return ((struct stage *)argument)->model->lps[lp].name;
}

static void stage_allocate(struct world *w)
{
    const struct model *m = w->model;
    w->populations = arena_push(&w->arena, struct population, m->count[LP_POPULATION]);
    w->resolvers = arena_push(&w->arena, struct resolver, m->count[LP_RESOLVER]);
    w->checkers = arena_push(&w->arena, struct checker, m->count[LP_CHECKER] + 1);
    w->balancers = arena_push(&w->arena, struct balancer, m->count[LP_BALANCER]);
    w->pools = arena_push(&w->arena, struct pool, m->count[LP_POOL]);
    w->replicas = arena_push(&w->arena, struct replica, m->count[LP_REPLICA] + 1);
    w->journals = arena_push(&w->arena, journal_list, m->n_lps);
}

static void stage_open_lps(struct world *w)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_POPULATION]; i++) {
        population_open(w, i);
        resolver_open(w, i);
    }
    authority_open(w);
    for (uint32_t i = 0; i < m->count[LP_CHECKER]; i++)
        checker_open(w, i);
    for (uint32_t i = 0; i < m->count[LP_BALANCER]; i++)
        balancer_open(w, i);
    for (uint32_t i = 0; i < m->count[LP_POOL]; i++)
        pool_open(w, i);
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++)
        replica_open(w, i);
    fault_open(w);
}

void stage_open(struct stage *s, const struct tiny *t, uint32_t replication)
{
    *s = (struct stage){.model = tiny_compile(t, PARTITION_ONE),
                        .world = calloc(1, sizeof(struct world))};
    REQUIRE(s->world != NULL, "no memory for a world of %zu bytes", sizeof(struct world));
    struct world *w = s->world;
    w->model = s->model;
    w->seed = TINY_SEED;
    w->replication = replication;
    const struct engine_conf conf = {.n_lps = s->model->n_lps,
                                     .lp_cell = s->model->lp_cell,
                                     .n_cells = s->model->n_cells,
                                     .lookahead = s->model->lookahead,
                                     .lp_name = stage_lp_name,
                                     .handler = stage_handle,
                                     .world = s};
    w->engine = engine_create(&conf);
    stage_allocate(w);
    stage_open_lps(w);
}

void stage_inject(struct stage *s, uint32_t src, uint32_t dst, double at_s, uint16_t kind,
                  const void *payload, size_t size)
{
    engine_post(s->world->engine, src, dst, simtime_from_seconds(at_s), kind, payload, size);
}

void stage_run(struct stage *s, double until_s)
{
    engine_run(s->world->engine, simtime_from_seconds(until_s), 1, NULL);
}

void stage_close(struct stage *s)
{
    struct world *w = s->world;
    for (uint32_t i = 0; i < s->model->count[LP_POPULATION]; i++)
        population_close(w, i);
    for (uint32_t i = 0; i < s->model->count[LP_BALANCER]; i++)
        balancer_close(w, i);
    for (uint32_t i = 0; i < s->model->count[LP_POOL]; i++)
        pool_close(w, i);
    for (uint32_t i = 0; i < s->model->count[LP_REPLICA]; i++)
        replica_close(w, i);
    for (uint32_t i = 0; i < s->model->n_lps; i++)
        array_free(&w->journals[i]);
    fault_close(w);
    engine_destroy(w->engine);
    arena_free(&w->arena);
    free(w);
    model_free(s->model);
}
