#include "stage.h"

#include <stdlib.h>

#include "base/base.h"
#include "model/dispatch.h"

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

void stage_open_seeded(struct stage *s, const struct tiny *t, uint64_t seed, uint32_t replication)
{
    *s = (struct stage){.model = tiny_compile(t, PARTITION_ONE),
                        .world = calloc(1, sizeof(struct world))};
    REQUIRE(s->world != NULL, "no memory for a world of %zu bytes", sizeof(struct world));
    struct world *w = s->world;
    w->model = s->model;
    w->seed = seed;
    w->replication = replication;
    w->probes = PROBES_ORDINARY; // so that tests meet every one
    const struct engine_conf conf = {.n_lps = s->model->n_lps,
                                     .lp_cell = s->model->lp_cell,
                                     .n_cells = s->model->n_cells,
                                     .lookahead = s->model->lookahead,
                                     .lp_name = stage_lp_name,
                                     .handler = stage_handle,
                                     .world = s};
    w->engine = engine_create(&conf);
    world_populate(w);
}

void stage_open(struct stage *s, const struct tiny *t, uint32_t replication)
{
    stage_open_seeded(s, t, TINY_SEED, replication);
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
    world_close(s->world);
    free(s->world);
    model_free(s->model);
}

bool stage_resolves(const struct context *x, const struct event *e, uint16_t regions)
{
    if (e->kind != EV_DNS_QUERY)
        return false;
    struct payload_dns d = payload_of(e, payload_dns);
    d.regions = regions;
    d.zones = 0;
    context_send(x, event_src(e), 1, EV_DNS_ANSWER, &d, sizeof d);
    return true;
}
