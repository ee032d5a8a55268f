#include "model/handoff.h"

#include "model/context.h"
#include "model/pipe.h"
#include "model/replication.h"

#define HANDOFF_RETRY SIMTIME_S // pipe.h: a retry comes round in this time

// From when on a hint for a member may leave that could not be reached at `since`: at once, unless
// that can be reached too late for a hint. SIMTIME_NEVER: it is never made.
static simtime handoff_ready(const struct context *x, const struct replica *r, int member,
                             simtime since)
{
    const simtime clear = pipe_clear_from(x, r, member, since), period = r->plan->anti_entropy;
    if (clear - since <= r->plan->hint_window)
        return since;
    if (period == 0 || clear == SIMTIME_NEVER)
        return SIMTIME_NEVER;
    return (clear / period + 1) * period;
}

void handoff_hint(const struct context *x, struct replica *r, int member, uint64_t version,
                  uint32_t item)
{
    const struct payload_write hint = {
        .version = version, .committed = SIMTIME_NEVER, .item = item};
    const simtime ready = handoff_ready(x, r, member, x->now);
    if (ready != SIMTIME_NEVER)
        replication_hint(x, r, member, &hint, ready);
}

simtime handoff_leaves(const struct context *x, const struct replica *r, int member, simtime since)
{
    simtime from = simtime_most(handoff_ready(x, r, member, since), r->pipes[member].free), cut;
    if (from != SIMTIME_NEVER && pipe_clear_from(x, r, member, from) == from)
        return from; // no retry
    while (from != SIMTIME_NEVER && (from = pipe_clear_from(x, r, member, from)) != SIMTIME_NEVER) {
        cut = pipe_cut_after(x, r, member, from);
        if (cut > from + HANDOFF_RETRY)
            return from + HANDOFF_RETRY;
        from = cut + HANDOFF_RETRY;
    }
    return SIMTIME_NEVER;
}
