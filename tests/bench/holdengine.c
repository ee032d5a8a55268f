#include "holdengine.h"

#include <stdlib.h>

#include "base/base.h"
#include "engine/cell.h"

static void holdengine_handle(struct cell *cell, void *world, const struct event *event)
{
    struct hop_load *load = world;
    struct hop hop = hop_draw(load, event->dst);
    cell_send(cell, hop.dst, hop.delay, 1, event->payload, EVENT_PAYLOAD_BYTES);
}

static void holdengine_prefetch(const void *world, const struct event *event)
{
    const struct hop_load *load = world;
    __builtin_prefetch(&load->streams[event->dst]);
}

static void holdengine_handle_seen(struct cell *cell, void *world, const struct event *event)
{
    struct holdengine *hold = world;
    hold->see(hold->argument, cell_id(cell), event);
    holdengine_handle(cell, hold->load, event);
}

static struct engine *holdengine_create(struct holdengine *hold)
{
    struct hop_load *load = hold->load;
    uint32_t n_cells = hold->n_cells;
    bool is_seen = hold->see != NULL;
    uint32_t *cell_of = calloc(load->n_lps, sizeof *cell_of);
    simtime *lookahead = calloc((size_t)n_cells * n_cells, sizeof *lookahead);
    REQUIRE(cell_of != NULL && lookahead != NULL, "out of memory: %u LPs", load->n_lps);
    for (uint32_t i = 0; i < n_cells * n_cells; i++)
        lookahead[i] = HOP_LOOKAHEAD;
    for (uint32_t lp = 0; lp < load->n_lps; lp++)
        cell_of[lp] = hop_group(load, lp) % n_cells;
    struct engine *engine = engine_create(
        &(struct engine_conf){.n_lps = load->n_lps,
                              .lp_cell = cell_of,
                              .n_cells = n_cells,
                              .lookahead = lookahead,
                              .handler = is_seen ? holdengine_handle_seen : holdengine_handle,
                              .prefetch = is_seen ? NULL : holdengine_prefetch,
                              .world = is_seen ? (void *)hold : load});
    free(cell_of);
    free(lookahead);
    return engine;
}

void holdengine_open(struct holdengine *hold, struct hop_load *load, uint32_t n_cells,
                     int n_threads)
{
    hold->load = load;
    hold->n_cells = n_cells;
    hold->n_threads = n_threads;
    hold->engine = holdengine_create(hold);
    for (uint32_t lp = 0; lp < load->n_lps; lp++)
        for (int i = 0; i < HOP_JOBS_PER_LP; i++)
            engine_post(hold->engine, lp, lp, hop_delay(load, lp), 1, NULL, 0);
}

uint64_t holdengine_run(struct holdengine *hold, simtime end)
{
    uint64_t before = engine_events(hold->engine);
    engine_run(hold->engine, end, hold->n_threads, NULL);
    return engine_events(hold->engine) - before;
}

void holdengine_close(struct holdengine *hold)
{
    engine_destroy(hold->engine);
}
