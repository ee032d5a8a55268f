#include "model/quorumset.h"

#include "model/model.h"

static uint32_t quorumset_all(const struct replica *r)
{
    return (uint32_t)((UINT64_C(1) << r->plan->n_members) - 1);
}

// Members that have the item: from one that its number chooses, in turn.
uint32_t quorumset_copies(const struct replica *r, uint32_t item)
{
    const uint32_t n = (uint32_t)r->plan->n_members, copies = (uint32_t)r->spec->quorum.copies;
    if (copies == 0 || copies >= n)
        return quorumset_all(r);
    const uint32_t first = (uint32_t)(((uint64_t)(item * UINT32_C(0x9e3779b1)) * n) >> 32);
    const uint64_t ring = ((UINT64_C(1) << copies) - 1) << first;
    return (uint32_t)(ring | ring >> n) & quorumset_all(r);
}

bool quorumset_has(const struct replica *r, uint32_t item)
{
    return r->spec->mode != STORE_QUORUM || (quorumset_copies(r, item) >> r->member & 1) != 0;
}

static bool quorumset_is_met_each(const struct replica *r, uint32_t copies, uint32_t answered,
                                  int needed)
{
    for (uint32_t left = r->spec->regions; left != 0; left &= left - 1) {
        const uint32_t here = copies & r->plan->in_region[__builtin_ctz(left)];
        if (here != 0 && __builtin_popcount(here & answered) < needed)
            return false;
    }
    return true;
}

bool quorumset_is_met(const struct replica *r, const struct operation *o)
{
    const struct quorum_spec *q = &r->spec->quorum;
    const bool is_write = o->flags & REQUEST_WRITE;
    const int needed = is_write ? q->write : q->read;
    const uint32_t copies = quorumset_copies(r, o->item), answered = o->answered & copies;
    switch (is_write ? q->write_scope : q->read_scope) {
    case QUORUM_OF_ALL:
        return __builtin_popcount(answered) >= needed;
    case QUORUM_OF_REGION:
        return __builtin_popcount(answered & r->plan->in_region[r->region]) >= needed;
    case QUORUM_EACH_REGION:
        return quorumset_is_met_each(r, copies, answered, needed);
    }
    return false;
}
