#include "model/finallog.h"

#include "model/consensus.h"

static const struct consensus_group *finallog_group(const struct replica *r, uint32_t group)
{
    return &r->consensus->groups[group];
}

// Members that are down do not count, unless all are.
static bool finallog_counts(const struct replica *members, int n_members, int member)
{
    bool are_all_dead = true;
    for (int m = 0; m < n_members; m++)
        are_all_dead &= members[m].fault->is_dead;
    return are_all_dead || !members[member].fault->is_dead;
}

// Of a group: the member of those that count that knows most of it to be committed.
static int finallog_find(const struct replica *members, int n_members, uint32_t group)
{
    int best = -1;
    for (int m = 0; m < n_members; m++)
        if (finallog_counts(members, n_members, m) &&
            (best < 0 || finallog_group(&members[m], group)->commit >
                             finallog_group(&members[best], group)->commit))
            best = m;
    return best;
}

const struct replica *finallog_member(const struct replica *members, int n_members, uint32_t item)
{
    const uint32_t group = consensus_index(members, consensus_group_of(members, item));
    return &members[finallog_find(members, n_members, group)];
}

static bool finallog_survives(const struct replica *members, int n_members, uint32_t group,
                              uint64_t version)
{
    for (int m = 0; m < n_members; m++)
        if (finallog_counts(members, n_members, m) &&
            raftlog_keeps(&finallog_group(&members[m], group)->log, version))
            return true;
    return false;
}

static void finallog_settle_entry(struct replica *members, int n_members, int into,
                                  const struct raftlog_entry *entry)
{
    struct replica *r = &members[into];
    const uint32_t group = consensus_index(r, consensus_group_of(r, entry->item));
    struct payload_write write = {.version = entry->version,
                                  .committed = SIMTIME_NEVER,
                                  .item = entry->item,
                                  .serial = entry->serial};
    if (!consensus_is_item(entry->item) || entry->version <= replica_version(r, entry->item))
        return;
    if (finallog_survives(members, n_members, group, entry->version)) {
        copy_recall(&r->copy, &write);
        copy_write(&r->copy, SIMTIME_NEVER, &write);
    } else {
        marks_set(&r->fates.discarded[version_member(entry->version)], entry->serial);
    }
}

static void finallog_settle_group(struct replica *members, int n_members, uint32_t group)
{
    const int into = finallog_find(members, n_members, group);
    int most = into; // knows most, dead or not
    for (int m = 0; m < n_members; m++)
        if (finallog_group(&members[m], group)->commit >
            finallog_group(&members[most], group)->commit)
            most = m;
    const struct consensus_group *g = finallog_group(&members[most], group);
    for (uint32_t i = finallog_group(&members[into], group)->commit + 1; i <= g->commit; i++)
        finallog_settle_entry(members, n_members, into, raftlog_at(&g->log, i));
}

void finallog_settle(struct replica *members, int n_members)
{
    for (uint32_t group = 0; group < members->consensus->n_groups; group++)
        finallog_settle_group(members, n_members, group);
}
