#include "model/storecounts.h"

#include "base/base.h"

bool storecounts_is_asynchronous(const struct store_spec *store)
{
    const int members = __builtin_popcount(store->regions) * store->replicas_per_region;
    return members > 1 && (store->mode == STORE_MULTI_LEADER || store->mode == STORE_SINGLE_LEADER);
}

static bool storecounts_refuses_conflicts(const struct store_spec *store)
{
    return store->mode == STORE_QUORUM && store->quorum.conflict == QUORUM_REJECTS;
}

#define OF(member) .offset = offsetof(struct store_record, member)

const struct store_count storecounts[] = {
    {.name = "reads", .about = "reads answered", OF(reads)},
    {.name = "writes", .about = "writes acknowledged", OF(writes)},
    {.name = "stale_reads",
     .about = "reads that missed a newer acknowledged write",
     OF(staleness.stale),
     .is_merged_apart = true},
    {.name = "present",
     .about = "acknowledged writes that are an item's last",
     OF(fates[FATE_PRESENT])},
    {.name = "superseded",
     .about = "acknowledged writes in whose place a later one came that knew of them",
     OF(fates[FATE_SUPERSEDED])},
    {.name = "overwritten",
     .head = "overwritten",
     .about = "acknowledged writes overwritten by a concurrent one that did not know of them",
     OF(fates[FATE_OVERWRITTEN])},
    {.name = "lost",
     .head = "lost",
     .about = "acknowledged writes lost with their region or its lead",
     OF(fates[FATE_LOST])},
    {.name = "conflicts",
     .head = "refused:\nconflict",
     .about = "writes refused because another of the item was under way",
     OF(conflicts),
     .is_of = storecounts_refuses_conflicts},
    {.name = "unacknowledged_kept",
     .head = "failed,\nbut kept",
     .about = "writes that were answered with failure and took effect",
     OF(unacknowledged_kept)},
    {.name = "unreplicated_at_fault",
     .about = "acknowledged writes in one region only when it failed",
     OF(unreplicated_at_fault),
     .is_of = storecounts_is_asynchronous},
    {.name = "unreplicated_at_end",
     .about = "acknowledged writes still in one region only at the end",
     OF(unreplicated_at_end)},
    {.name = "unavailable",
     .about = "operations refused: no leader, no quorum, down",
     OF(unavailable)},
};

const size_t storecounts_n = ARRAY_LEN(storecounts);

void storecounts_add(struct store_record *into, const struct store_record *from)
{
    for (size_t i = 0; i < storecounts_n; i++)
        if (!storecounts[i].is_merged_apart)
            *(uint64_t *)(void *)((char *)into + storecounts[i].offset) += storecounts_get(from, i);
}
