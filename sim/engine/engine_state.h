// The inside of an engine, shared by set-up and readers (engine.c), the window loop (window.c) and
// the serial loop (oracle.c). Not for models.
#pragma once

#include "base/array.h"
#include "engine/cell_state.h"
#include "engine/engine.h"
#include "engine/governor.h"
#include "engine/lookahead.h"
#include "engine/mailroom.h"

enum { ENGINE_MAX_THREADS = 256 };

// What the window loop did: figures for people.
struct engine_windows {
    uint64_t n, n_team;                    // all, and those run by the whole team
    int n_threads;                         // of the last run
    int64_t wall_ns;                       // spent in the loop
    int64_t team_ns[ENGINE_MAX_THREADS];   // by each thread in windows of the team
    int64_t waited_ns[ENGINE_MAX_THREADS]; // of that, at barriers
    simtime *next;                         // [n_cells] earliest pending event of each, for the loop
    uint64_t *events;                      // [n_cells] scratch of the loop
    struct governor governor;              // what it learnt serves the next run
};

struct engine {
    struct engine_conf conf; // lp_cell and lookahead are copies owned by the engine
    uint16_t *lp_cell;       // [n_lps] cell of each LP
    uint32_t *lp_slot;       // [n_lps] index within its cell
    struct cell *cells;      // [n_cells]
    struct mailroom mail;
    struct lookahead lookahead;
    ARRAY(struct event) posted; // first events, dealt out when a run begins
    struct heap serial;         // the oracle's event list
    struct engine_windows windows;
    bool has_run; // set-up is closed
    bool is_running;
};

// Closes set-up and hands every first event to deal(engine, event); when a run is continued there
// are none left.
void engine_begin(struct engine *engine, simtime end,
                  void (*deal)(struct engine *engine, const struct event *event));
// Executes all events with time < end; false if it was cancelled before. After engine_begin's deal.
bool window_loop(struct engine *engine, simtime end, int n_threads, const volatile int *cancel);
bool oracle_loop(struct engine *engine, simtime end, const volatile int *cancel);
// One event; false: none is left before the end.
bool oracle_step(struct engine *engine, simtime end);
