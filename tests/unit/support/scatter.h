// Random histories that are linearizable because they were made so: each operation is given an
// instant, the operations are done in that order, and times around the instants are recorded.
#pragma once

#include "base/base.h"
#include "base/stream.h"
#include "support/history.h"

struct scatter {
    uint32_t n, n_keys, n_processes;
    uint32_t gap;     // between instants, at most; 0 is among them
    uint32_t stretch; // of an operation to either side of its instant, at most
    uint32_t n_lost;  // of 16 writes, how many fail or are never answered; half have no effect
};

// In the order of the instants, with versions 1, 2, 3 ... over all keys.
static inline struct history scatter_history(struct stream *s, const struct scatter *c)
{
    struct history h = {0};
    uint64_t *values = array_new(uint64_t, c->n_keys), version = 0;
    simtime instant = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        struct history_operation o = {.key = stream_below(s, c->n_keys),
                                      .process = stream_below(s, c->n_processes),
                                      .kind = (uint8_t)stream_below(s, 2),
                                      .ok = true};
        bool is_lost = o.kind == HISTORY_WRITE && stream_below(s, 16) < c->n_lost;
        instant += stream_below(s, c->gap + 1);
        o.invoked = instant - stream_below(s, c->stretch + 1);
        o.returned = (is_lost ? o.invoked : instant) + stream_below(s, c->stretch + 1);
        if (o.kind == HISTORY_WRITE)
            o.value = ++version;
        if (o.kind == HISTORY_WRITE && !(is_lost && stream_below(s, 2) == 0))
            values[o.key] = version;
        o.ok = !is_lost;
        if (is_lost && stream_below(s, 2) == 0)
            o.returned = SIMTIME_NEVER;
        if (o.kind == HISTORY_READ)
            o.value = values[o.key];
        history_add(&h, &o);
    }
    array_release(values);
    return h;
}

// Another order of recording, such as of several recorders.
static inline void scatter_shuffle(struct stream *s, struct history *h)
{
    struct history_operation *o = h->operations.items;
    for (size_t i = h->operations.n; i > 1; i--) {
        size_t j = stream_below(s, (uint32_t)i);
        struct history_operation moved = o[i - 1];
        o[i - 1] = o[j];
        o[j] = moved;
    }
}
