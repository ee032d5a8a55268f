#include "model/flow.h"

#include <string.h>

// A connection that is cut chooses again, with another hash; times need fewer bits than these.
enum { FLOW_CHOICE_SHIFT = 59, FLOW_CHOICES = 16 };

void flow_open(struct flow_history *h, struct stream hash, bool by_address)
{
    *h = (struct flow_history){.hash = hash, .by_address = by_address};
}

void flow_close(struct flow_history *h)
{
    array_free(&h->epochs);
}

void flow_note(struct flow_history *h, const uint64_t *usable, simtime now)
{
    struct flow_epoch epoch = {.since = now};
    memcpy(epoch.usable, usable, sizeof epoch.usable);
    for (uint32_t node = 0; node < TOPOLOGY_MAX_ZONES; node++)
        while (h->n_targets < 64 && usable[node] >> h->n_targets != 0)
            h->n_targets++;
    array_push(&h->epochs, epoch);
}

// The epoch in which a connection was opened: nearly always the newest.
static const struct flow_epoch *flow_epoch_of(const struct flow_history *h, uint64_t flow)
{
    size_t i = h->epochs.n - 1;
    while (i > 0 && (uint64_t)h->epochs.items[i].since > flow)
        i--;
    return &h->epochs.items[i];
}

// At some time; when there was none then, now.
static uint64_t flow_usable(const struct flow_history *h, uint64_t time, uint8_t node)
{
    const uint64_t usable = flow_epoch_of(h, time)->usable[node];
    return LIKELY(usable != 0) ? usable : h->epochs.items[h->epochs.n - 1].usable[node];
}

// The n-th choice of a connection that was opened at `flow`, among those usable at `time`.
static uint8_t flow_choice(const struct flow_history *h, uint64_t flow, uint64_t time, uint32_t n,
                           uint8_t node)
{
    const uint64_t usable = flow_usable(h, time, node);
    const uint64_t word = stream_block(&h->hash, flow + ((uint64_t)n << FLOW_CHOICE_SHIFT)).first;
    return stream_member(usable, (uint32_t)(word >> 32));
}

// ---- by address

enum { FLOW_TRIES = 256, FLOW_TRY_SHIFT = 32 };

// Each address has an order of all targets, with repetitions: the first usable one is its own.
static uint8_t flow_affine(const struct flow_history *h, uint64_t address, uint64_t usable)
{
    uint32_t word = 0;
    for (uint64_t n = 0; n < FLOW_TRIES; n++) {
        word = (uint32_t)(stream_block(&h->hash, address | n << FLOW_TRY_SHIFT).first >> 32);
        const uint8_t target = (uint8_t)((uint64_t)word * h->n_targets >> 32);
        if (usable >> target & 1)
            return target;
    }
    return stream_member(usable, word);
}

static uint8_t flow_target_by_address(const struct flow_history *h, uint64_t flow, uint8_t node)
{
    const uint64_t address = flow - flow_time(flow);
    uint64_t time = flow_time(flow);
    uint8_t target = flow_affine(h, address, flow_usable(h, time, node));
    for (uint32_t n = 1; (uint64_t)h->cut_at[target] > time && n < FLOW_CHOICES; n++) {
        time = (uint64_t)h->cut_at[target];
        target = flow_affine(h, address, flow_usable(h, time, node));
    }
    return target;
}

// ---- choice

uint8_t flow_target(const struct flow_history *h, uint64_t flow, uint8_t node)
{
    if (UNLIKELY(h->by_address))
        return flow_target_by_address(h, flow, node);
    uint64_t time = flow;
    uint8_t target = flow_choice(h, flow, time, 0, node);
    for (uint32_t n = 1; UNLIKELY((uint64_t)h->cut_at[target] > time) && n < FLOW_CHOICES; n++) {
        time = (uint64_t)h->cut_at[target];
        target = flow_choice(h, flow, time, n, node);
    }
    return target;
}

void flow_cut(struct flow_history *h, uint8_t target, simtime now)
{
    h->cut_at[target] = now;
}
