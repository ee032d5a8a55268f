// What a handler may do: read the clock, send, arm and disarm timers. All of it on its own cell.
//
// Legal only inside the handler, on the cell it was called with. Each call takes its order from the
// running LP's own history (its sequence number), never from the cell, the thread or the calendar.
//
// Cost: a send about 10 ns, a timer less. Thread class: the thread that runs the handler.
#pragma once

#include <stddef.h>
#include <stdint.h>

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

// Sends an event from LP `src` (the one whose handler runs) to `dst`, `delay` >= 1 ns from now. A
// delay below the lookahead between their cells is a bug that stops the program with both names and
// the bound. size <= EVENT_PAYLOAD_BYTES; the rest of the payload is zero. Every byte counts in the
// digest: a payload struct must have no padding, or be zeroed as a whole before its fields are set.
void cell_send(struct cell *cell, uint32_t src, uint32_t dst, simtime delay, uint16_t kind,
               const void *payload, size_t size);

// Arms a timer in a lane of the running LP; returns its ticket, never 0.
uint64_t cell_arm(struct cell *cell, uint32_t lane, uint64_t token);
// Cancels a timer that has not fired; disarming one that has is a bug (CHECK).
void cell_disarm(struct cell *cell, uint32_t lane, uint64_t ticket);
