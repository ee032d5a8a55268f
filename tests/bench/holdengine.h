// PHOLD on the engine: the load of hop.h as LPs in cells.
#pragma once

#include "engine/engine.h"
#include "hop.h"

struct holdengine {
    struct hop_load *load;
    struct engine *engine;
    uint32_t n_cells;
    int n_threads;
    // Sees every event first; NULL: nobody. Set before holdengine_open.
    void (*see)(void *argument, uint32_t cell, const struct event *event);
    void *argument;
};

// With as many cells as there are groups, or with one.
void holdengine_open(struct holdengine *hold, struct hop_load *load, uint32_t n_cells,
                     int n_threads);
// Runs to `end` and returns how many events that was.
uint64_t holdengine_run(struct holdengine *hold, simtime end);
void holdengine_close(struct holdengine *hold);
