// What a handler calls: reads the clock, sends, arms and disarms timers. The contract is in api.h.
//
// Legal only inside the handler, on the cell it was called with. Each call takes its order from the
// running LP's own history (its sequence number), never from the cell, the thread or the calendar.
// Thread class: the thread that runs the handler.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"
#include "engine/cell_state.h"
#include "engine/event.h"

// Time of the event being handled.
static inline simtime cell_now(const struct cell *cell)
{
    return cell->context.time_ns;
}

// Number of the cell: the index of its metrics shard.
static inline uint32_t cell_id(const struct cell *cell)
{
    return cell->id;
}

// The rare half of cell_send: events that leave the cell, and all events of the oracle.
struct event *cell_place_away(struct cell *cell, uint32_t dst, simtime time, uint64_t key);
// Stops the program: says which of the rules of cell_send was broken.
_Noreturn void cell_refuse_send(const struct cell *cell, uint32_t dst, simtime delay, uint16_t kind,
                                size_t size);
_Noreturn void cell_refuse_key(const struct cell *cell);

// The key of the next thing the running LP does.
static inline uint64_t cell_next_key(struct cell *cell)
{
    uint64_t key = ++cell->running->key;
    if (UNLIKELY((key & EVENT_SEQUENCE_MASK) == 0))
        cell_refuse_key(cell);
    return key;
}

// Sends an event from the running LP to `dst`, `delay` >= 1 ns from now. A delay below the
// lookahead between their cells is a bug that stops the program with both names and the bound; so
// are a time beyond SIMTIME_NEVER, an unknown LP and a full sequence counter. size <=
// EVENT_PAYLOAD_BYTES; the rest of the payload is zero. Every byte counts in the digest: a payload
// struct must have no padding, or be zeroed as a whole before its fields are set.
static inline void cell_send(struct cell *cell, uint32_t dst, simtime delay, uint16_t kind,
                             const void *payload, size_t size)
{
    const simtime now = cell->context.time_ns;
    if (UNLIKELY((uint64_t)delay - 1 >= (uint64_t)(SIMTIME_NEVER - 1 - now) || dst >= cell->n_lps ||
                 size > EVENT_PAYLOAD_BYTES || kind == EVENT_KIND_LANE))
        cell_refuse_send(cell, dst, delay, kind, size);
    const simtime time = now + delay;
    const uint64_t key = cell_next_key(cell);
    struct event *event = LIKELY(cell->lp_cell[dst] == cell->local)
                              ? calendar_place(&cell->calendar, time, key)
                              : cell_place_away(cell, dst, time, key);
    event->time = time;
    event->key = key;
    event->dst = dst;
    event->kind = kind;
    event->flags = 0;
    memset(event->payload, 0, sizeof event->payload);
    if (size > 0)
        memcpy(event->payload, payload, size);
}

// Puts the event of the entry at `position` into the event list; for cell_arm only.
void cell_queue_timer(struct cell *cell, uint32_t lane, uint64_t position);
_Noreturn void cell_refuse_lane(const struct cell *cell, uint32_t lane);
_Noreturn void cell_refuse_ticket(const struct cell *cell, uint32_t lane, uint64_t ticket);
_Noreturn void cell_refuse_timer(const struct cell *cell, uint32_t lane);

// A lane of the running LP; for the functions below.
static inline struct lane *cell_own_lane(struct cell *cell, uint32_t lane)
{
    if (UNLIKELY(lane >= cell->lanes.n || cell->lanes.items[lane].lp != cell->context.lp))
        cell_refuse_lane(cell, lane);
    return &cell->lanes.items[lane];
}

// Arms a timer in a lane of the running LP; returns its ticket, never 0.
static inline uint64_t cell_arm(struct cell *cell, uint32_t lane, uint64_t token)
{
    struct lane *l = cell_own_lane(cell, lane);
    const simtime now = cell->context.time_ns;
    if (UNLIKELY(l->delay >= SIMTIME_NEVER - now))
        cell_refuse_timer(cell, lane);
    uint64_t position = lane_arm(l, now + l->delay, cell_next_key(cell), token);
    if (UNLIKELY(!l->is_queued))
        cell_queue_timer(cell, lane, position);
    return position + 1;
}

// Cancels a timer of the running LP that has not fired; disarming one that has is a bug, which is
// trapped with AASIM_CHECKS.
static inline void cell_disarm(struct cell *cell, uint32_t lane, uint64_t ticket)
{
    bool was_live = lane_cancel(cell_own_lane(cell, lane), ticket);
    if (AASIM_CHECKS && !was_live)
        cell_refuse_ticket(cell, lane, ticket);
    cell->n_cancelled += was_live;
}
