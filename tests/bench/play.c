#include "play.h"

#include <stdlib.h>

#include "base/base.h"
#include "model/dispatch.h"
#include "model/model.h"
#include "model/world_state.h"

static void play_handle(struct cell *cell, void *argument, const struct event *event)
{
    struct play *p = argument;
    p->see(p->argument, p->model->lp_cell[event->dst], event);
    dispatch_event(cell, p->world, event);
}

static const char *play_lp_name(void *argument, uint32_t lp)
{
    (void)argument;
    (void)lp;
    return "an LP of a bench";
}

static void play_create_engine(struct play *p)
{
    static const simtime alone = SIMTIME_NEVER;
    const struct model *m = p->model;
    bool is_single = p->n_threads == 1;
    uint32_t *one_cell = calloc(m->n_lps, sizeof *one_cell);
    REQUIRE(one_cell != NULL, "out of memory: %u LPs", m->n_lps);
    p->world->engine = engine_create(
        &(struct engine_conf){.n_lps = m->n_lps,
                              .lp_cell = is_single ? one_cell : m->lp_cell,
                              .n_cells = is_single ? 1 : m->n_cells,
                              .lookahead = is_single ? &alone : m->lookahead,
                              .lp_name = play_lp_name,
                              .handler = p->see != NULL ? play_handle : dispatch_event,
                              .world = p->see != NULL ? (void *)p : p->world});
    free(one_cell);
}

void play_open(struct play *p, const struct model *model, uint32_t replication, int n_threads)
{
    p->model = model;
    p->n_threads = n_threads;
    p->world = calloc(1, sizeof *p->world);
    REQUIRE(p->world != NULL, "no memory for a world of %zu bytes", sizeof *p->world);
    p->world->model = model;
    p->world->seed = 1;
    p->world->replication = replication;
    play_create_engine(p);
    world_populate(p->world);
}

void play_run(struct play *p, double until_s)
{
    engine_run(p->world->engine, simtime_from_seconds(until_s), p->n_threads, NULL);
}

void play_close(struct play *p)
{
    world_close(p->world);
    free(p->world);
    p->world = NULL;
}

uint64_t play_events(const struct play *p)
{
    return engine_events(p->world->engine);
}

uint64_t play_windows(const struct play *p)
{
    return engine_stats_of(p->world->engine).windows;
}

uint64_t play_ended(const struct play *p)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < p->model->count[LP_POPULATION]; i++)
        n += p->world->populations[i].ended;
    return n;
}

uint64_t play_in_flight(const struct play *p)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < p->model->count[LP_POPULATION]; i++)
        n += p->world->populations[i].requests.live;
    return n;
}
