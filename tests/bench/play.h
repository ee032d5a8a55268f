// One replication of a compiled model whose clock the bench holds: it can stop after the warm-up,
// look, and go on. Opened as world_run opens it: a single cell on one thread, else the model's
// cells.
#pragma once

#include <stdint.h>

#include "model/world.h"

struct world;
struct event;

struct play {
    const struct model *model;
    struct world *world;
    int n_threads;
    // Sees every event before its LP does; NULL: nobody. The cell is that of the model's partition.
    void (*see)(void *argument, uint32_t cell, const struct event *event);
    void *argument;
};

void play_open(struct play *p, const struct model *model, uint32_t replication, int n_threads);
// Executes all events before this simulated time.
void play_run(struct play *p, double until_s);
void play_close(struct play *p);

uint64_t play_events(const struct play *p);
uint64_t play_windows(const struct play *p);
// Requests that have ended, and those in flight.
uint64_t play_ended(const struct play *p);
uint64_t play_in_flight(const struct play *p);
