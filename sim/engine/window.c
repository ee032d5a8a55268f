// The window loop: conservative, synchronous, two barriers a window.
//
//   collect  each cell takes its mail in and publishes the time of its earliest event
//   barrier
//   decide   every thread computes the horizons of its cells from all published times
//   run      each cell executes its events before its horizon; remote events go to mailboxes
//   barrier
//
// Between two barriers a cell, its calendar and the mailboxes it writes (run) or empties (collect)
// belong to one thread. Published times, the cancel flag's copy, the mode and who runs
// which cell are written before the first barrier and read after it. So there are no locks and no
// atomics, and what a window does cannot depend on the threads: an event sent during it is due at
// or after its receiver's horizon (cell.c traps the contrary).
//
// When windows are too thin for a team, or processors too few (governor.h), thread 0 runs as many
// of them as it likes by itself between the two barriers, while the others wait at the second.
//
// A cell that hears from nobody would run to the end in one window; windows are cut, so that a
// cancel is seen. Where windows end never changes results.
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/parallel.h"
#include "base/walltime.h"
#include "engine/engine_state.h"
#include "engine/governor.h"
#include "engine/share.h"

enum { WINDOW_CUTS = 1024, WINDOW_BALANCE_EVERY = 1024 };

// What the threads of a run share.
struct window_run {
    struct engine *engine;
    simtime end;
    simtime cut; // longest window
    const volatile int *cancel;
    simtime *next; // [n_cells] earliest pending event of each
    int team_size;
    struct parallel_barrier barrier;
    // Written by thread 0 before a window's first barrier.
    bool is_cancelled;
    bool is_over; // written before the second barrier
    enum governor_mode mode;
    struct share share; // plans[share.current] is in force from that barrier on
    uint64_t *events;   // [n_cells] thread 0's scratch
    // Window from which thread 0 deals the cells anew: the first of a run, by what earlier runs
    // executed.
    uint64_t balance_at;
    simtime report_at; // when thread 0 reports next
    simtime reached;   // beginning of the team's last window; thread 0's
};

struct window_worker {
    struct window_run *run;
    int thread;
    int plan;
    int64_t now_ns;             // when it last left a barrier
    int64_t team_ns, waited_ns; // in windows of the team; of that, at barriers
};

static void window_deal(struct engine *engine, const struct event *event)
{
    calendar_push(&engine->cells[engine->lp_cell[event->dst]].calendar, event);
}

// ---- one window

static simtime window_earliest(const struct window_run *run)
{
    simtime earliest = SIMTIME_NEVER;
    for (uint32_t id = 0; id < run->engine->conf.n_cells; id++)
        earliest = run->next[id] < earliest ? run->next[id] : earliest;
    return earliest;
}

// Executes a cell's events up to its horizon.
static void window_run_cell(const struct window_run *run, uint32_t id, simtime earliest)
{
    simtime cut = earliest < run->end - run->cut ? earliest + run->cut : run->end;
    simtime horizon = lookahead_horizon(&run->engine->lookahead, id, run->next, earliest);
    horizon = horizon < cut ? horizon : cut;
    if (run->next[id] < horizon)
        cell_run(&run->engine->cells[id], horizon);
}

// Between windows: tells the model how far the run has come, now and then.
static void window_report(struct window_run *run, simtime reached)
{
    const struct engine_conf *conf = &run->engine->conf;
    if (conf->report == NULL || reached < run->report_at || reached >= run->end)
        return;
    simtime step = run->end / ENGINE_REPORTS + 1;
    run->report_at = reached < run->end - step ? reached + step : run->end;
    conf->report(conf->world, reached);
}

static void window_look_for_cancel(struct window_run *run)
{
    run->is_cancelled = parallel_flag_is_set(run->cancel);
}

static void window_ask_governor(struct window_run *run, int64_t now_ns)
{
    struct governor *governor = &run->engine->windows.governor;
    if (governor_is_due(governor, now_ns))
        governor_choose(governor, now_ns, engine_events(run->engine));
}

// Windows by thread 0 alone, until the end or a cancel (true), or the governor wants the team.
static bool window_alone(struct window_run *run)
{
    struct engine *engine = run->engine;
    const uint32_t n_cells = engine->conf.n_cells;
    for (;;) {
        simtime earliest = window_earliest(run);
        window_report(run, earliest);
        window_look_for_cancel(run);
        if (run->is_cancelled || earliest >= run->end)
            return true;
        for (uint32_t id = 0; id < n_cells; id++)
            window_run_cell(run, id, earliest);
        for (uint32_t id = 0; id < n_cells; id++)
            run->next[id] = cell_collect(&engine->cells[id]);
        engine->windows.n++;
        if (run->team_size == 1)
            continue;
        window_ask_governor(run, walltime_ns());
        if (run->engine->windows.governor.mode == GOVERNOR_TEAM)
            return false;
    }
}

// ---- the team

static void window_wait(struct window_worker *w)
{
    int64_t start_ns = walltime_ns();
    parallel_barrier_wait(&w->run->barrier, w->run->team_size);
    w->now_ns = walltime_ns();
    w->waited_ns += w->now_ns - start_ns;
}

static void window_balance(struct window_run *run)
{
    for (uint32_t id = 0; id < run->engine->conf.n_cells; id++)
        run->events[id] = run->engine->cells[id].n_executed;
    share_balance(&run->share, run->events);
}

// Thread 0, before the first barrier: what all threads have to know about the window to come.
static void window_lead(struct window_run *run, int64_t now_ns)
{
    uint64_t n = run->engine->windows.n;
    window_report(run, run->reached); // no handler runs: the world is at rest
    window_look_for_cancel(run);
    if (n >= run->balance_at) {
        window_balance(run);
        run->balance_at = n + (n < WINDOW_BALANCE_EVERY ? n + 1 : WINDOW_BALANCE_EVERY);
    }
    window_ask_governor(run, now_ns);
    run->mode = run->engine->windows.governor.mode;
}

static void window_run_own(const struct window_worker *w, simtime earliest)
{
    const struct share_plan *plan = &w->run->share.plans[w->plan];
    for (uint32_t i = plan->begin[w->thread]; i < plan->begin[w->thread + 1]; i++)
        window_run_cell(w->run, plan->cells[i], earliest);
}

static void window_collect_own(const struct window_worker *w)
{
    struct window_run *run = w->run;
    const struct share_plan *plan = &run->share.plans[w->plan];
    for (uint32_t i = plan->begin[w->thread]; i < plan->begin[w->thread + 1]; i++) {
        uint32_t id = plan->cells[i];
        run->next[id] = cell_collect(&run->engine->cells[id]);
    }
}

// One window of the whole team; false when there are no more.
static bool window_together(struct window_worker *w)
{
    struct window_run *run = w->run;
    simtime earliest = window_earliest(run);
    if (run->is_cancelled || earliest >= run->end)
        return false;
    w->plan = run->share.current;
    window_run_own(w, earliest);
    if (w->thread == 0) {
        run->engine->windows.n++, run->engine->windows.n_team++;
        run->reached = earliest;
    }
    window_wait(w);
    return true;
}

// Many windows of thread 0; the others may not even look at what it works on. False when there are
// no more.
static bool window_watch(struct window_worker *w)
{
    struct window_run *run = w->run;
    w->plan = run->share.current;
    if (w->thread == 0)
        run->is_over = window_alone(run);
    window_wait(w);
    return !run->is_over;
}

static bool window_step(struct window_worker *w)
{
    struct window_run *run = w->run;
    const int64_t start_ns = w->now_ns, waited_ns = w->waited_ns;
    window_collect_own(w);
    if (w->thread == 0)
        window_lead(run, start_ns);
    window_wait(w);
    if (run->mode == GOVERNOR_ALONE) {
        bool goes_on = window_watch(w);
        w->waited_ns = waited_ns; // standing by is no waiting
        return goes_on;
    }
    bool goes_on = window_together(w);
    w->team_ns += w->now_ns - start_ns;
    return goes_on;
}

static void window_thread(void *argument, int thread, int team_size)
{
    struct window_run *run = argument;
    struct window_worker worker = {.run = run, .thread = thread};
    if (thread == 0) {
        run->team_size = team_size; // may be less than was asked for
        if (team_size != run->engine->windows.n_threads)
            governor_forget(&run->engine->windows.governor);
        governor_start(&run->engine->windows.governor, walltime_ns(), engine_events(run->engine));
        share_init(&run->share, run->engine->conf.n_cells, team_size);
    }
    parallel_barrier_wait(&run->barrier, team_size);
    worker.plan = run->share.current;
    parallel_barrier_wait(&run->barrier, team_size); // before thread 0 makes another plan
    worker.now_ns = walltime_ns();
    while (window_step(&worker))
        continue;
    bug_set_context(NULL);
    if (thread == 0)
        governor_stop(&run->engine->windows.governor, worker.now_ns, engine_events(run->engine));
    run->engine->windows.team_ns[thread] += worker.team_ns;
    run->engine->windows.waited_ns[thread] += worker.waited_ns;
}

// ---- the loop

static simtime window_cut(const struct engine *engine, simtime end)
{
    simtime cut = end / WINDOW_CUTS + 1, least = engine->lookahead.least;
    return least != SIMTIME_NEVER && least > cut ? least : cut;
}

static void window_run_single(struct window_run *run)
{
    run->team_size = 1;
    for (uint32_t id = 0; id < run->engine->conf.n_cells; id++)
        run->next[id] = cell_collect(&run->engine->cells[id]);
    window_alone(run);
    bug_set_context(NULL);
}

bool window_loop(struct engine *engine, simtime end, int n_threads, const volatile int *cancel)
{
    REQUIRE(n_threads >= 1, "%d threads", n_threads);
    REQUIRE(engine->cells[0].oracle == NULL, "a serial run is continued in windows");
    engine_begin(engine, end, window_deal);
    int n_cells = (int)engine->conf.n_cells;
    n_threads = n_threads < n_cells ? n_threads : n_cells;
    n_threads = n_threads < ENGINE_MAX_THREADS ? n_threads : ENGINE_MAX_THREADS;
    struct window_run run = {.engine = engine,
                             .next = engine->windows.next,
                             .events = engine->windows.events,
                             .end = end,
                             .cut = window_cut(engine, end),
                             .cancel = cancel,
                             .report_at = end / ENGINE_REPORTS + 1};
    int64_t start_ns = walltime_ns();
    if (n_threads == 1)
        window_run_single(&run);
    else
        parallel_team(n_threads, window_thread, &run);
    share_free(&run.share);
    engine->windows.n_threads = run.team_size;
    engine->windows.wall_ns += walltime_ns() - start_ns;
    return !run.is_cancelled;
}
