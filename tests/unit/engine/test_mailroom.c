// Pins: each event posted is handed out once, to its destination, in source order and then in the
// order posted, for numbers of cells around the width of a flag line. Not pinned: threads
// (tests/threads).
#include <criterion/criterion.h>

#include "base/array.h"
#include "base/stream.h"
#include "engine/mailroom.h"

struct received {
    ARRAY(struct event) events;
};

static void receive(void *argument, const struct event *event)
{
    struct received *received = argument;
    array_push(&received->events, *event);
}

// In `dst` the destination, in the key the source and a rising number.
static void check(uint32_t n_cells, uint32_t n_events)
{
    struct stream s = stream_open(n_cells, n_events, "test", "mailroom");
    struct mailroom room;
    mailroom_init(&room, n_cells);
    for (int window = 0; window < 3; window++) {
        for (uint32_t i = 0; i < n_events; i++) {
            uint32_t from = stream_below(&s, n_cells), to = stream_below(&s, n_cells);
            struct event event = {.dst = to, .key = (uint64_t)from << EVENT_SEQUENCE_BITS | i};
            *mailroom_place(&room, from, to) = event;
        }
        size_t n_received = 0;
        for (uint32_t to = 0; to < n_cells; to++) {
            struct received received = {0};
            mailroom_empty(&room, to, receive, &received);
            for (size_t i = 0; i < received.events.n; i++) {
                cr_assert_eq(received.events.items[i].dst, to);
                cr_assert(i == 0 ||
                          received.events.items[i - 1].key < received.events.items[i].key);
            }
            n_received += received.events.n;
            array_clear(&received.events);
            mailroom_empty(&room, to, receive, &received);
            cr_assert_eq(received.events.n, 0, "an emptied box was not empty");
            array_free(&received.events);
        }
        cr_assert_eq(n_received, n_events);
    }
    mailroom_free(&room);
}

Test(mailroom, every_event_once_and_in_order)
{
    const uint32_t cells[] = {1, 2, 63, 64, 65, 130};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        check(cells[i], 0);
        check(cells[i], 1);
        check(cells[i], 20000);
    }
}

Test(mailroom, boxes_grow)
{
    for (uint32_t n = 60; n < 260; n++)
        check(2, n);
}
