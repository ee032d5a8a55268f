// A lane: the timers of one LP that all run for the same time (request timeouts, TTLs, keep-alive).
//
// Because the delay is constant, timers fall due in the order in which they were armed: a FIFO.
// Only its head needs to be in the calendar, so that a hundred thousand timeouts, nearly all of
// which are cancelled, do not burden it. An entry takes (time, key) from its LP when it is armed,
// as a sent event does; the order of all events is therefore the same as if each timer had been an
// event of its own.
//
// Positions count armed timers from 0 and never repeat; a ticket is position + 1. An entry is dead
// when it was cancelled or has fired; the head moves over dead entries when it is taken.
//
// Cost: arm, cancel and take a few instructions; 24 bytes a timer between head and tail; storage
// doubles when full and is kept. Thread class: owner cell only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "engine/event.h"

struct lane_entry {
    simtime time;
    uint64_t key; // 0: dead (sequence numbers begin at 1, so no key is 0)
    uint64_t token;
};

struct lane {
    simtime delay;
    uint32_t lp;
    uint16_t kind;
    bool is_queued;                // the head's event is in the calendar
    uint64_t head, tail;           // positions: [head, tail) are in the ring
    uint64_t n_live;               // entries that are not dead
    ARRAY(struct lane_entry) ring; // at position modulo capacity, a power of two
};

// What the calendar carries for the head of a lane, as payload of EVENT_KIND_LANE.
struct lane_head {
    uint64_t position;
    uint32_t lane;
    uint32_t unused;
};

// Adds a timer; returns its position.
uint64_t lane_arm(struct lane *lane, const struct lane_entry *entry);
// Kills the entry of a ticket; false if it had fired or been cancelled.
bool lane_cancel(struct lane *lane, uint64_t ticket);
// The timer at `position` is due: false if it is dead; else kills it and copies it to *out. Then
// moves the head over all dead entries.
bool lane_take(struct lane *lane, uint64_t position, struct lane_entry *out);
// The live entry at the head, after lane_take; NULL when the lane is empty.
const struct lane_entry *lane_first(const struct lane *lane);
// Fills the event that stands for the entry at `position` in an event list.
void lane_event(const struct lane *lane, uint32_t id, uint64_t position, struct event *out);
// Fills the event that the LP sees when the entry fires.
void lane_delivery(const struct lane *lane, const struct lane_entry *entry, struct event *out);
// Visits the delivery of every live entry.
void lane_each(const struct lane *lane, void (*visit)(void *argument, const struct event *event),
               void *argument);
void lane_free(struct lane *lane);
