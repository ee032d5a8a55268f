// Mailboxes: events on their way between cells, one box per (source, destination).
//
// A box is written by the source's thread while windows run and emptied by the destination's thread
// between two barriers; no box is ever touched by two threads in the same phase, so no lock and no
// atomic is needed. A flag byte per box, kept together by destination, tells the reader which boxes
// to open; it follows the same rule. Boxes are emptied in source order. Results would not change if
// they were not (the calendar sorts), but a fixed order keeps memory and statistics the same too.
//
// Cost: an append a message; a scan of n_cells bytes a cell and window; boxes double when full and
// are kept.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "engine/event.h"

struct mailbox {
    ARRAY(struct event) events;
};

struct mailroom {
    uint32_t n_cells;
    uint32_t flag_stride;  // bytes a destination's flags, a multiple of a cache line
    struct mailbox *boxes; // [source][destination]
    unsigned char *flags;  // [destination][source]
};

void mailroom_init(struct mailroom *room, uint32_t n_cells);
void mailroom_free(struct mailroom *room);
// A place for an event, all of which the caller fills at once. Thread class: the source's thread,
// inside a window.
struct event *mailroom_place(struct mailroom *room, uint32_t source, uint32_t destination);
// Hands all events for `destination` to take(argument, event), in source order, and empties the
// boxes. Thread class: the destination's thread, between windows.
void mailroom_empty(struct mailroom *room, uint32_t destination,
                    void (*take)(void *argument, const struct event *event), void *argument);
size_t mailroom_bytes(const struct mailroom *room);
