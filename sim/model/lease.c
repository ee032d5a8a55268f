#include "model/lease.h"

#include "model/context.h"
#include "model/pipe.h"

static bool lease_serves(const struct replica *r, int member)
{
    return !(r->spec->quorum.witnesses >> r->plan->member_region[member] & 1);
}

static bool lease_sees(const struct context *x, const struct replica *r, int member)
{
    return member == r->member || pipe_clear_from(x, r, member, x->now) == x->now;
}

// Whether a member that is out of sight cannot have served lately: it has seen too few others for
// so long that what it may have acknowledged before is known here.
static bool lease_is_alone(const struct context *x, const struct replica *r, int member)
{
    const simtime since = x->now - r->copy.notice;
    int n_seen = 0;
    for (int m = 0; m < r->plan->n_members; m++)
        n_seen += m == member || pipe_clear_between(x, r, member, m, since) <= x->now;
    return n_seen < r->spec->quorum.write;
}

// Back in sight, but it may not have said yet what it has written alone.
static bool lease_is_news(const struct context *x, const struct replica *r, int member)
{
    const simtime since = member == r->member ? 0 : pipe_clear_since(x, r, member);
    return since > 0 && x->now - since <= r->copy.notice;
}

// Whether this member may serve: it sees enough others, and no member may be serving without it. Of
// two that see enough but not each other the first goes on.
bool lease_is_held(const struct context *x, const struct replica *r)
{
    int n_seen = 0;
    for (int m = 0; m < r->plan->n_members; m++) {
        const bool is_seen = lease_sees(x, r, m);
        n_seen += is_seen;
        if (!lease_serves(r, m))
            continue;
        if (is_seen ? lease_is_news(x, r, m) : m < r->member && !lease_is_alone(x, r, m))
            return false;
    }
    return n_seen >= r->spec->quorum.write;
}

// A member that was cut off serves an item when it has caught up.
bool lease_lacks(const struct replica *r, uint32_t item)
{
    return unseen_count(&r->copy.unseen, items_find(&r->copy.items, item)) > 0;
}

// Every member that serves and can be seen has the write.
bool lease_is_with_all(const struct context *x, const struct replica *r, uint32_t answered)
{
    for (int m = 0; m < r->plan->n_members; m++)
        if (!(answered >> m & 1) && lease_serves(r, m) && lease_sees(x, r, m))
            return false;
    return true;
}
