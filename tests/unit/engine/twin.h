// A naive list of events, kept sorted by insertion: the twin that containers are compared with.
//
// is_sabotaged makes its order wrong on purpose (ties broken the other way), to prove that a
// comparison would notice.
#pragma once

#include <string.h>

#include "base/array.h"
#include "base/base.h"
#include "engine/event.h"

struct twin {
    ARRAY(struct event) events; // latest first, so that a pop is a decrement
    bool is_sabotaged;
};

static inline bool twin_before(const struct twin *twin, const struct event *a,
                               const struct event *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    return twin->is_sabotaged ? a->key > b->key : a->key < b->key;
}

static inline void twin_push(struct twin *twin, const struct event *event)
{
    array_push(&twin->events, *event);
    size_t i = twin->events.n - 1;
    struct event *items = twin->events.items;
    for (; i > 0 && twin_before(twin, &items[i - 1], event); i--)
        items[i] = items[i - 1];
    items[i] = *event;
}

static inline simtime twin_next(const struct twin *twin)
{
    return twin->events.n > 0 ? twin->events.items[twin->events.n - 1].time : SIMTIME_NEVER;
}

static inline struct event twin_pop(struct twin *twin)
{
    return twin->events.items[--twin->events.n];
}

static inline void twin_free(struct twin *twin)
{
    array_free(&twin->events);
}

static inline bool twin_same(const struct event *a, const struct event *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
