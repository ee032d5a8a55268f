// The window loop: conservative, synchronous, two barriers a window.
//
//   collect  each cell takes its mail in and publishes the time of its earliest event
//   barrier
//   decide   every thread computes the same horizon from all published times
//   run      each cell executes its events before the horizon; remote events go to mailboxes
//   barrier
//
// Between two barriers a cell, its calendar and the mailboxes it writes (run) or empties (collect)
// belong to one thread; published times and the cancel flag's copy are written before the first
// barrier and read after it. So there are no locks and no atomics, and what a window does cannot
// depend on the threads: an event sent during it is due at or after its horizon (cell.c traps the
// contrary).
//
// Without communicating cells one window would last to the end; it is cut, so that a cancel is
// seen. Where windows end never changes results. Cells are given to threads by index: cell i to
// thread i modulo the team.
#include "base/base.h"
#include "base/parallel.h"
#include "engine/engine_state.h"
#include "engine/lookahead.h"

enum { WINDOW_CUTS = 1024 };

// What the threads of a run share.
struct window_run {
    struct engine *engine;
    simtime end;
    simtime span; // longest window
    const volatile int *cancel;
    struct parallel_barrier barrier;
    int is_cancelled; // *cancel as seen by thread 0 in this window's collect phase
};

static void window_deal(struct engine *engine, const struct event *event)
{
    calendar_push(&engine->cells[engine->places[event->dst].cell].calendar, event);
}

static void window_collect(struct window_run *run, uint32_t first, uint32_t step)
{
    struct engine *engine = run->engine;
    for (uint32_t id = first; id < engine->conf.n_cells; id += step)
        cell_collect(&engine->cells[id]);
    if (first == 0)
        run->is_cancelled = parallel_flag_is_set(run->cancel);
}

static simtime window_next(const struct engine *engine)
{
    simtime next = SIMTIME_NEVER;
    for (uint32_t id = 0; id < engine->conf.n_cells; id++)
        next = engine->cells[id].next < next ? engine->cells[id].next : next;
    return next;
}

static void window_thread(void *argument, int thread, int team_size)
{
    struct window_run *run = argument;
    struct engine *engine = run->engine;
    uint32_t first = (uint32_t)thread, step = (uint32_t)team_size;
    for (;;) {
        window_collect(run, first, step);
        parallel_barrier_wait(&run->barrier, team_size);
        simtime next = window_next(engine);
        if (run->is_cancelled || next >= run->end)
            break;
        simtime horizon = lookahead_horizon(next, run->span, run->end);
        for (uint32_t id = first; id < engine->conf.n_cells; id += step)
            cell_run(&engine->cells[id], horizon);
        if (first == 0)
            engine->n_windows++;
        parallel_barrier_wait(&run->barrier, team_size);
    }
    bug_set_context(NULL);
}

static simtime window_span(const struct engine *engine, simtime end)
{
    simtime cut = end / WINDOW_CUTS + 1;
    return engine->least_lookahead == SIMTIME_NEVER ? cut : engine->least_lookahead;
}

bool window_loop(struct engine *engine, simtime end, int n_threads, const volatile int *cancel)
{
    REQUIRE(n_threads >= 1, "%d threads", n_threads);
    REQUIRE(engine->cells[0].oracle == NULL, "a serial run is continued in windows");
    engine_begin(engine, end, window_deal);
    int n_cells = (int)engine->conf.n_cells;
    struct window_run run = {
        .engine = engine, .end = end, .span = window_span(engine, end), .cancel = cancel};
    parallel_team(n_threads < n_cells ? n_threads : n_cells, window_thread, &run);
    return !run.is_cancelled;
}
