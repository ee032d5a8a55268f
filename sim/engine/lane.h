// A lane: the timers of one LP that all run for the same time (request timeouts, TTLs, keep-alive).
//
// Because the delay is constant, timers fall due in the order in which they were armed: a FIFO.
// Only its head needs to be in the calendar, so that a hundred thousand timeouts, nearly all of
// which are cancelled, do not burden it. An entry takes (time, key) from its LP when it is armed,
// as a sent event does; the order of all events is therefore the same as if each timer had been an
// event of its own.
//
// Positions count armed timers from 0 and never repeat; a ticket is position + 1. An entry is dead
// when it was cancelled or has fired; the head is never dead. The event that stands for the head in
// the calendar may be of an earlier head, dead by now: it is harmless, and then makes place for
// that of the present one.
//
// Cost: arm, cancel and take a few instructions; 24 bytes a timer between head and tail, whatever
// the delay, when timers are cancelled about in the order they were armed; storage doubles when
// full and is kept. Thread class: owner cell only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/base.h"
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
    bool is_queued;                // an event for a head is in the calendar
    uint64_t head, tail;           // positions: [head, tail) are in the ring
    ARRAY(struct lane_entry) ring; // at position modulo capacity, a power of two
};

// What the calendar carries for the head of a lane, as payload of EVENT_KIND_LANE.
struct lane_head {
    uint64_t position;
    uint32_t lane;
    uint32_t unused;
};

// Makes room for one more; for lane_arm only.
void lane_grow(struct lane *lane);

static inline struct lane_entry *lane_at(const struct lane *lane, uint64_t position)
{
    return &lane->ring.items[position & (lane->ring.capacity - 1)];
}

// Moves the head over dead entries.
static inline void lane_skip_dead(struct lane *lane)
{
    while (lane->head < lane->tail && lane_at(lane, lane->head)->key == 0)
        lane->head++;
}

// Adds a timer, not earlier than those before it; returns its position.
static inline uint64_t lane_arm(struct lane *lane, simtime time, uint64_t key, uint64_t token)
{
    CHECK(key != 0);
    CHECK(lane->head == lane->tail || lane_at(lane, lane->tail - 1)->key == 0 ||
          lane_at(lane, lane->tail - 1)->time <= time);
    if (UNLIKELY(lane->tail - lane->head == lane->ring.capacity))
        lane_grow(lane);
    *lane_at(lane, lane->tail) = (struct lane_entry){.time = time, .key = key, .token = token};
    return lane->tail++;
}

// Kills the entry of a ticket; false if it had fired or been cancelled.
static inline bool lane_cancel(struct lane *lane, uint64_t ticket)
{
    uint64_t position = ticket - 1;
    if (position - lane->head >= lane->tail - lane->head || lane_at(lane, position)->key == 0)
        return false;
    lane_at(lane, position)->key = 0;
    if (position == lane->head)
        lane_skip_dead(lane);
    return true;
}

// The timer at `position` is due: false if it is dead; else kills it and copies it to *out.
bool lane_take(struct lane *lane, uint64_t position, struct lane_entry *out);
// The live entry at the head; NULL when the lane is empty.
const struct lane_entry *lane_first(const struct lane *lane);
// Fills the event that stands for the entry at `position` in an event list.
void lane_event(const struct lane *lane, uint32_t id, uint64_t position, struct event *out);
// Fills the event that the LP sees when the entry fires.
void lane_delivery(const struct lane *lane, const struct lane_entry *entry, struct event *out);
// Visits the delivery of every live entry.
void lane_each(const struct lane *lane, void (*visit)(void *argument, const struct event *event),
               void *argument);
void lane_free(struct lane *lane);
