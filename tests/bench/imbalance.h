// How evenly the events of windows are spread over cells, and what speed-up follows from it.
//
// A window ends for all threads when the last of them is done. With n events in a window, m of them
// on the busiest thread, c seconds an event and b(T) seconds for the window's barriers,
//
//   speed-up(T) = sum of n c / sum of (m c + b(T)),
//
// cells being dealt to threads as the engine deals them (cell modulo T). b(T) is measured for two
// threads and taken to grow with T: all of them write to the same counter.
#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/simtime.h"

struct imbalance {
    simtime window; // width
    uint32_t n_cells;
    simtime start;          // of the first window
    ARRAY(uint32_t) counts; // [window][cell]
};

void imbalance_init(struct imbalance *b, uint32_t n_cells, simtime start, simtime window);
void imbalance_free(struct imbalance *b);
void imbalance_count(struct imbalance *b, uint32_t cell, simtime time);

double imbalance_events_per_window(const struct imbalance *b);
// Barrier seconds are those of two threads, both barriers of a window together.
double imbalance_speedup(const struct imbalance *b, int n_threads, double event_s,
                         double barriers_s);
