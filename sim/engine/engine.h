// The engine: set-up, runs, readers. The contract is in api.h; this says what each function takes.
//
// LPs in cells, conservative windows, mailboxes between cells, and a serial loop as the oracle.
// Breaking a rule stops the program with a message that names it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bug.h"
#include "engine/event.h"

struct engine;
struct cell;

// Called for each event, in order, with the cell that executes it.
typedef void (*engine_handler)(struct cell *cell, void *world, const struct event *event);

enum { ENGINE_REPORTS = 64 };

struct engine_conf {
    uint32_t n_lps;          // 1 .. 2^24 - 1
    const uint32_t *lp_cell; // [n_lps] cell of each LP; NULL: all in cell 0
    uint32_t n_cells;
    // [n_cells][n_cells] least delay from row to column; SIMTIME_NEVER: never talk; the diagonal is
    // not read. NULL: there is one cell.
    const simtime *lookahead;
    // For messages; may be NULL. Two names are alive at a time: no common buffer.
    const char *(*lp_name)(void *world, uint32_t lp);
    engine_handler handler;
    // Asks the processor to fetch what the handler will touch, some events before it; may be NULL.
    void (*prefetch)(const void *world, const struct event *event);
    // Called between windows, so not by engine_run_serial, each time another ENGINE_REPORTS-th of a
    // run is done, on one thread; may look at the world, in which each LP has come to `reached` at
    // least, and set the cancel flag, and nothing else; may be NULL.
    void (*report)(void *world, simtime reached);
    void *world;
    // Seed, replication and design, printed when a rule is broken; the rest is the engine's. Must
    // outlive the engine; may be NULL.
    const struct bug_context *context;
    // For tests: a team never leaves a window to one thread, however thin it is.
    bool always_team;
    // For tests: width of a calendar's buckets, 2^shift ns, shift 1 .. 52, for good; 0: chosen from
    // the lookahead and the first events, then by what the calendar has to do. Changes speed, never
    // results.
    int bucket_shift;
};

enum engine_stop {
    ENGINE_STOP_END,    // the end time was reached
    ENGINE_STOP_EMPTY,  // no events were left
    ENGINE_STOP_CANCEL, // *cancel became non-zero (checked between windows)
};

struct engine *engine_create(const struct engine_conf *conf);
void engine_destroy(struct engine *engine);

// Makes a lane: a FIFO of timers of LP `lp`, each due `delay` after it was armed and delivered to
// the LP itself as an event of kind `kind` whose first eight payload bytes are the token. Set-up
// only. Returns its id, unique within the LP's cell.
uint32_t engine_lane(struct engine *engine, uint32_t lp, simtime delay, uint16_t kind);

// Schedules a first event from `src` to `dst` at `time` >= 0; size <= EVENT_PAYLOAD_BYTES. Set-up
// only.
void engine_post(struct engine *engine, uint32_t src, uint32_t dst, simtime time, uint16_t kind,
                 const void *payload, size_t size);

// Executes all events with time < end, in windows, on n_threads threads.
enum engine_stop engine_run(struct engine *engine, simtime end, int n_threads,
                            const volatile int *cancel);
// The oracle: one binary heap for all cells, no windows, no mailboxes, no lanes in FIFO order:
// lanes are put into the heap entry by entry. Equal digests to engine_run, always.
enum engine_stop engine_run_serial(struct engine *engine, simtime end, const volatile int *cancel);
// One event of the oracle's, for callers that look at the world, or put another one in its place,
// between events; false: none is left before the end. The bug context stays that of the event.
bool engine_step(struct engine *engine, simtime end);

// Readers, after a run.
uint64_t engine_events(
    const struct engine *engine); // events executed (a lane's dead entries do not count)
// Digest of all executed events: each LP's own sequence in order, LPs combined in id order.
uint64_t engine_digest(const struct engine *engine);
// Visits every live event that was not executed, in no particular order (mailboxes are empty after
// a run).
void engine_pending(const struct engine *engine,
                    void (*visit)(void *argument, const struct event *event), void *argument);

// Figures of a run, for people: never part of results that must be equal.
struct engine_stats {
    uint64_t events;       // executed
    uint64_t windows;      // all, with one thread too; none by the serial loop
    uint64_t team_windows; // run by all threads
    int n_threads;         // of the last run
    int64_t wall_ns;       // spent executing
    int64_t team_ns;       // in windows of the team, sum over the threads
    int64_t waited_ns;     // of that, at barriers
    uint64_t heap_pushes;  // events born inside an open bucket
    uint64_t far_pushes;   // events beyond the near ring, written twice
    uint64_t remote_sends; // between cells
    uint64_t lane_dead;    // timers cancelled before they were due
    size_t peak_bytes;     // event storage of all cells
};
struct engine_stats engine_stats_of(const struct engine *engine);

// Of the threads' time in windows of the team, the share that was spent at barriers, and the rest:
// what the team gains over one thread is at most threads x efficiency. While thread 0 works alone
// the others stand by, which is not counted. 0 and 1 if there were no such windows.
static inline double engine_stats_waiting(const struct engine_stats *s)
{
    return s->team_ns > 0 ? (double)s->waited_ns / (double)s->team_ns : 0;
}

static inline double engine_stats_efficiency(const struct engine_stats *s)
{
    return 1 - engine_stats_waiting(s);
}
