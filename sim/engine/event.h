// The event: a fixed-size plain value, no pointers, ordered by (time, key).
//
// The key is made of the sending LP and that LP's own sequence number. It is unique, and it does
// not depend on threads, cells or insertion order; neither, therefore, does the order of events.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"

enum { EVENT_PAYLOAD_BYTES = 24, EVENT_LP_BITS = 24, EVENT_SEQUENCE_BITS = 40 };

#define EVENT_SEQUENCE_MASK ((UINT64_C(1) << EVENT_SEQUENCE_BITS) - 1)

struct event {
    simtime time;
    uint64_t key;  // sending LP << EVENT_SEQUENCE_BITS | its sequence number
    uint32_t dst;  // receiving LP
    uint16_t kind; // meaning of the payload; the engine reserves EVENT_KIND_LANE
    uint16_t flags;
    unsigned char payload[EVENT_PAYLOAD_BYTES]; // raw bytes to the engine
};

_Static_assert(sizeof(struct event) == 48, "events are copied in bulk: keep them small");

// Reserved kind: the head of a lane is due (never seen by the handler).
#define EVENT_KIND_LANE UINT16_MAX

static inline uint32_t event_src(const struct event *e)
{
    return (uint32_t)(e->key >> EVENT_SEQUENCE_BITS);
}

static inline bool event_before(const struct event *a, const struct event *b)
{
    return a->time != b->time ? a->time < b->time : a->key < b->key;
}
