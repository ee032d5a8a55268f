#include "model/rival.h"

#include "model/quorumset.h"

void rival_open(struct replica *r)
{
    r->copy.items.has_spans = r->plan->may_miss;
}

// When a write began, if its coordinator's clock has made its version.
static simtime rival_began(const struct replica *r, uint64_t version)
{
    return version_clock(version) - r->clocks[r->plan->member_region[version_member(version)]];
}

static void rival_overwrites(struct replica *r, uint64_t version, uint32_t serial)
{
    const struct payload_write write = {.version = version, .serial = serial};
    replica_overwrites(r, &write);
}

// ---- a write begins

// Acknowledged writes that have not come here are overwritten by it; true: a later one is known.
static bool rival_compare(struct replica *r, const struct operation *o, uint64_t present)
{
    const struct item *item = items_find(&r->copy.items, o->item);
    const struct unseen_write *w = NULL;
    const bool may_miss = r->plan->may_miss && quorumset_has(r, o->item);
    if (item->unseen == 0 || unseen_newest(&r->copy.unseen, item)->version <= present)
        return false;
    while ((w = unseen_next(&r->copy.unseen, item, w)) != NULL)
        if (may_miss && w->version > present && w->version < o->version &&
            version_member(w->version) != r->member)
            rival_overwrites(r, w->version, w->serial);
    return unseen_newest(&r->copy.unseen, item)->version > o->version;
}

static uint32_t rival_span(const struct item *item, uint64_t version, uint64_t present)
{
    const bool goes_on = present <= item->own; // nothing has come since the one before
    const uint64_t from = goes_on ? item->own - item->span : present;
    if (from >= version)
        return 0;
    return version - from < UINT32_MAX ? (uint32_t)(version - from) : UINT32_MAX;
}

void rival_begin(struct replica *r, const struct operation *o)
{
    struct item *item = items_at(&r->copy.items, o->item);
    const uint64_t present = item->version > r->copy.settled ? item->version : r->copy.settled;
    const bool loses = rival_compare(r, o, present);
    if (loses || present > o->version)
        rival_overwrites(r, o->version, o->serial);
    if (r->plan->may_miss && quorumset_has(r, o->item))
        item->span = rival_span(item, o->version, present);
    item->own = o->version;
}

// ---- a write is acknowledged

void rival_notice(struct replica *r, const struct payload_write *write)
{
    const struct item *item = items_find(&r->copy.items, write->item);
    const uint64_t version = write->version;
    if (item->own <= version || version_member(version) == r->member)
        return;
    const bool had_none = r->plan->may_miss && version > item->own - item->span;
    if (had_none || rival_began(r, item->own) < rival_began(r, version))
        replica_overwrites(r, write);
}
