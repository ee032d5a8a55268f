// What a handler works with: its cell, the world, its own LP, the time. Handlers send only through
// it.
#pragma once

#include "base/base.h"
#include "engine/cell.h"
#include "model/events.h"
#include "model/model.h"
#include "model/net.h"
#include "model/world_state.h"

struct context {
    struct cell *cell;
    struct world *world;
    const struct model *model;
    uint32_t lp; // the receiver of the event being handled
    simtime now;
};

// A drawn duration as a time: the far end of a heavy tail may lie beyond all times.
static inline simtime context_duration(double ns)
{
    const double most = 0x1p57; // 4.6 years: some in a row fit as well
    return (simtime)(ns < most ? ns : most);
}

// Delay of a message that leaves now, or NET_LOST: along a path, or between two places.
static inline simtime context_path_delay(const struct context *x, const struct path *path,
                                         struct stream *s, struct net_size size)
{
    return net_delay(path, &x->world->links[path->link], s, x->now, size);
}

// The same for a message that leaves at `at`, now or later; counted from now.
static inline simtime context_delay_at(const struct context *x, const struct path *path,
                                       struct stream *s, simtime at, struct net_size size)
{
    simtime delay = net_delay(path, &x->world->links[path->link], s, at, size);
    return LIKELY(delay != NET_LOST) ? at - x->now + delay : NET_LOST;
}

static inline simtime context_delay(const struct context *x, uint16_t from, uint16_t to,
                                    struct stream *s, struct net_size size)
{
    return context_path_delay(x, model_path(x->model, from, to), s, size);
}

// The round trip that opens a TCP connection from the LP's place to an endpoint's node, beginning
// at `at`; NET_LOST when there is no answer. A node's system answers whatever becomes of requests,
// unless the node has no power, and when it has none is known for any time, as the state of a link
// is: so the two packets are not events, and their sender may wait for its timeout from the start.
simtime context_connect(const struct context *x, struct stream *s, simtime at, uint8_t endpoint,
                        uint8_t zone);

// Sends after a network delay; a lost message is not sent.
static inline void context_send(const struct context *x, uint32_t dst, simtime delay, uint16_t kind,
                                const void *payload, size_t size)
{
    if (LIKELY(delay != NET_LOST))
        cell_send(x->cell, dst, delay, kind, payload, size);
}

// Takes back what was asked by a message that arrives at `reaches`, without overtaking it.
static inline void context_cancel(const struct context *x, uint32_t dst, simtime delay,
                                  simtime reaches, uint64_t call)
{
    const struct payload_token cancelled = {call};
    if (delay != NET_LOST && delay <= reaches - x->now)
        delay = reaches - x->now + 1;
    context_send(x, dst, delay, EV_CANCEL, &cancelled, sizeof cancelled);
}

// When something that leaves now with this delay is there; now, if it is lost.
static inline simtime context_arrival(const struct context *x, simtime delay)
{
    return delay != NET_LOST ? x->now + delay : x->now;
}

static inline uint16_t context_place(const struct context *x, uint32_t lp)
{
    return x->model->lps[lp].place;
}

// Sends a message without size to another LP, from place to place.
static inline void context_tell(const struct context *x, struct stream *s, uint32_t dst,
                                uint16_t kind, const void *payload, size_t size)
{
    simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, dst), s, net_empty);
    context_send(x, dst, delay, kind, payload, size);
}

// Size of a request inside the cloud: writes carry their payload, reads and probes do not.
static inline struct net_size context_request_size(const struct context *x, uint8_t class_index,
                                                   uint8_t flags)
{
    bool is_payload = (flags & (REQUEST_WRITE | REQUEST_PROBE)) == REQUEST_WRITE;
    return is_payload ? x->model->classes[class_index].inside : net_small;
}

// One member of a bit set that is not empty, each with equal probability. Always one draw.
static inline uint8_t context_pick(struct stream *s, uint32_t set)
{
    for (uint32_t left = stream_below(s, (uint32_t)__builtin_popcount(set)); left > 0; left--)
        set &= set - 1;
    return (uint8_t)__builtin_ctz(set);
}

// The same, but without a draw when there is nothing to choose.
static inline uint8_t context_pick_any(struct stream *s, uint32_t set)
{
    return (set & (set - 1)) != 0 ? context_pick(s, set) : (uint8_t)__builtin_ctz(set);
}

// Whether a request that comes in fails by a fault in force; draws only when there is one.
static inline bool context_is_erring(const struct fault_state *fault, struct stream *s)
{
    return fault->errors > 0 && stream_uniform(s) < (double)fault->errors;
}

// Notes something worth a mark in the results.
void context_journal(const struct context *x, enum journal_kind kind, const char *component,
                     uint32_t detail);
