#include "engine/mailroom.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { MAILBOX_LINE_BYTES = 64, MAILBOX_FIRST_EVENTS = 64 };

void mailroom_init(struct mailroom *room, uint32_t n_cells)
{
    uint32_t stride = (n_cells + MAILBOX_LINE_BYTES - 1) / MAILBOX_LINE_BYTES * MAILBOX_LINE_BYTES;
    *room = (struct mailroom){.n_cells = n_cells, .flag_stride = stride};
    room->boxes = array_new(struct mailbox, (size_t)n_cells * n_cells);
    room->flags = array_new_apart(unsigned char, (size_t)n_cells *stride);
}

void mailroom_free(struct mailroom *room)
{
    for (size_t i = 0; i < (size_t)room->n_cells * room->n_cells; i++)
        array_free(&room->boxes[i].events);
    array_release(room->boxes);
    array_release(room->flags);
    *room = (struct mailroom){0};
}

struct event *mailroom_place(struct mailroom *room, uint32_t source, uint32_t destination)
{
    struct mailbox *box = &room->boxes[(size_t)source * room->n_cells + destination];
    if (box->events.n == 0) {
        array_reserve(&box->events, MAILBOX_FIRST_EVENTS);
        room->flags[(size_t)destination * room->flag_stride + source] = 1;
    }
    array_reserve(&box->events, box->events.n + 1);
    return &box->events.items[box->events.n++];
}

void mailroom_empty(struct mailroom *room, uint32_t destination,
                    void (*take)(void *argument, const struct event *event), void *argument)
{
    unsigned char *flags = room->flags + (size_t)destination * room->flag_stride;
    const unsigned char *found = flags;
    const unsigned char *end = flags + room->n_cells;
    while ((found = memchr(found, 1, (size_t)(end - found))) != NULL) {
        size_t source = (size_t)(found - flags);
        struct mailbox *box = &room->boxes[source * room->n_cells + destination];
        for (size_t i = 0; i < box->events.n; i++)
            take(argument, &box->events.items[i]);
        array_clear(&box->events);
        flags[source] = 0;
        found++;
    }
}

size_t mailroom_bytes(const struct mailroom *room)
{
    size_t bytes = 0;
    for (size_t i = 0; i < (size_t)room->n_cells * room->n_cells; i++)
        bytes += room->boxes[i].events.capacity * sizeof(struct event);
    return bytes;
}
