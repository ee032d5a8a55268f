// The inside of a cell: what the inline functions of cell.h, the window loop and the oracle share.
//
// Fields are read by the engine, written only by the functions of cell.c and the thread that owns
// the cell in the current window. Two cells never share a cache line that either writes.
#pragma once

#include <stdbool.h>

#include "base/bug.h"
#include "engine/calendar.h"
#include "engine/lane.h"
#include "engine/mailroom.h"

struct cell;

// The history of an LP as far as the engine knows it.
struct cell_lp {
    uint64_t key;   // of the last event it sent or timer it armed: LP, then sequence from 1 on
    uint64_t chain; // digest of the events it executed
};

// Cell number that is no cell's: with it as `local`, every send counts as remote.
enum { CELL_NONE = UINT16_MAX };

struct cell {
    // Hot: touched by every event. context.time_ns is the cell's clock, context.lp the LP whose
    // handler runs.
    _Alignas(128) struct bug_context context;
    struct cell_lp *running; // of context.lp
    uint16_t local;          // destination cell whose events go straight to the calendar
    uint16_t id;
    bool has_many_lps;        // their state does not fit the first cache
    uint32_t n_lps;           // of the whole engine
    const uint16_t *lp_cell;  // [n_lps] where each lives; read-only during a run
    const uint32_t *lp_slot;  // [n_lps] its index within its cell
    struct cell_lp *lps;      // [LPs of this cell]
    const simtime *lookahead; // this cell's row
    uint64_t n_executed;
    struct heap *oracle; // the serial loop's event list; NULL when running in windows
    struct mailroom *mail;
    ARRAY(struct lane) lanes;
    struct event delivery; // the timer being delivered
    void (*handler)(struct cell *cell, void *world, const struct event *event);
    void (*prefetch)(const void *world, const struct event *event); // or NULL
    void *world;
    const char *(*lp_name)(void *world, uint32_t lp);
    uint64_t n_remote, n_cancelled;
    struct calendar calendar;
};

// Executes all events with time < horizon.
void cell_run(struct cell *cell, simtime horizon);
// Executes one event taken from an event list; false if it was a dead timer.
bool cell_execute(struct cell *cell, const struct event *event);
// Takes the mail in; returns the time of the earliest pending event.
simtime cell_collect(struct cell *cell);
