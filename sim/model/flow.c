#include "model/flow.h"

#include <string.h>

// A connection that is cut chooses again, with another hash; times need fewer bits than these.
enum { FLOW_CHOICE_SHIFT = 59, FLOW_CHOICES = 16 };

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

// The n-th choice of a connection that was opened at `flow`, among those usable at `time`.
static uint8_t flow_choice(const struct flow_history *h, uint64_t flow, uint64_t time, uint32_t n,
                           uint8_t node)
{
    uint64_t usable = flow_epoch_of(h, time)->usable[node];
    if (UNLIKELY(usable == 0)) // there was none then
        usable = h->epochs.items[h->epochs.n - 1].usable[node];
    const uint64_t word = stream_block(&h->hash, flow + ((uint64_t)n << FLOW_CHOICE_SHIFT)).first;
    return stream_member(usable, (uint32_t)(word >> 32));
}

uint8_t flow_target(const struct flow_history *h, uint64_t flow, uint8_t node)
{
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
