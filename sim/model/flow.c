#include "model/flow.h"

#include <string.h>

void flow_open(struct flow_history *h, struct stream hash)
{
    *h = (struct flow_history){.hash = hash};
}

void flow_close(struct flow_history *h)
{
    array_free(&h->epochs);
}

void flow_note(struct flow_history *h, const uint64_t *usable, simtime now)
{
    struct flow_epoch epoch = {.since = now};
    memcpy(epoch.usable, usable, sizeof epoch.usable);
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

uint8_t flow_target(const struct flow_history *h, uint64_t flow, uint8_t node)
{
    uint64_t usable = flow_epoch_of(h, flow)->usable[node];
    const uint64_t n = (uint64_t)__builtin_popcountll(usable);
    for (uint64_t left = (stream_block(&h->hash, flow).first >> 32) * n >> 32; left > 0; left--)
        usable &= usable - 1;
    return (uint8_t)__builtin_ctzll(usable);
}
