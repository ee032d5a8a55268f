#include "model/storecounts.h"

#include "base/base.h"

bool storecounts_is_asynchronous(const struct store_spec *store)
{
    const int members = __builtin_popcount(store->regions) * store->replicas_per_region;
    return members > 1 && (store->mode == STORE_MULTI_LEADER || store->mode == STORE_SINGLE_LEADER);
}

static bool storecounts_has_recovery_point(const struct store_spec *store)
{
    return store->mode != STORE_CONSENSUS &&
           __builtin_popcount(store->regions) * store->replicas_per_region > 1;
}

static bool storecounts_refuses_conflicts(const struct store_spec *store)
{
    return store->mode == STORE_QUORUM && store->quorum.conflict == QUORUM_REJECTS;
}

static bool storecounts_keeps_guarantees(const struct store_spec *store)
{
    return store->session.guarantee != GUARANTEE_NONE;
}

static bool storecounts_has_caches(const struct store_spec *store)
{
    return store->cache.scope != CACHING_NONE;
}

static bool storecounts_has_limits(const struct store_spec *store)
{
    return store->throughput.capacity != CAPACITY_UNLIMITED;
}

static bool storecounts_has_conditions(const struct store_spec *store)
{
    return store->conditional.share > 0;
}

#define OF(member) .offset = offsetof(struct store_record, member)

const struct store_count storecounts[] = {
    {.name = "reads", .about = "reads answered", OF(reads)},
    {.name = "writes", .about = "writes acknowledged", OF(writes)},
    {.name = "stale_reads",
     .about = "reads that missed a newer acknowledged write",
     OF(staleness.stale),
     .is_merged_apart = true},
    {.name = "strong_reads",
     .about = "reads of a quorum, of the leader, or asked to be strong",
     OF(strong_reads)},
    {.name = "stale_strong_reads",
     .about = "of these, reads that missed a newer acknowledged write",
     OF(staleness.stale_strong),
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
     .about = "acknowledged writes that a failure found nowhere else",
     OF(unreplicated_at_fault),
     .is_of = storecounts_has_recovery_point},
    {.name = "unreplicated_at_end",
     .about = "acknowledged writes still in one region only at the end",
     OF(unreplicated_at_end)},
    {.name = "unavailable",
     .about = "operations refused: no leader, no quorum, down",
     OF(unavailable)},
    {.name = "throttled",
     .head = "throttled",
     .about = "operations turned away by limits of throughput",
     OF(throttled),
     .is_of = storecounts_has_limits},
    {.name = "throttled_writes",
     .about = "of these, writes",
     OF(throttled_writes),
     .is_of = storecounts_has_limits},
    {.name = "conditional_writes",
     .about = "conditional writes that were judged",
     OF(conditional_writes),
     .is_of = storecounts_has_conditions},
    {.name = "conditions_failed",
     .head = "refused:\ncondition",
     .about = "of these, writes whose item had changed",
     OF(conditions_failed),
     .is_of = storecounts_has_conditions},
    {.name = "conflicting_conditions",
     .head = "overwritten\nall the same",
     .about =
         "acknowledged conditional writes overwritten by a concurrent one that did not know of "
         "them",
     OF(conflicting_conditions),
     .is_of = storecounts_has_conditions},
    {.name = "cache_hits",
     .about = "reads answered by a cache's copy",
     OF(caches.hits),
     .is_of = storecounts_has_caches},
    {.name = "cache_coalesced",
     .about = "reads answered with what a cache was fetching for another",
     OF(caches.coalesced),
     .is_of = storecounts_has_caches},
    {.name = "cache_misses",
     .about = "reads for which a cache asked the store",
     OF(caches.misses),
     .is_of = storecounts_has_caches},
    {.name = "cache_stale",
     .about = "hits and coalesced reads that missed a newer acknowledged write",
     OF(caches.stale),
     .is_of = storecounts_has_caches},
    {.name = "cache_bypassed",
     .about = "operations that went past a cache that was down, erring or full",
     OF(caches.bypassed),
     .is_of = storecounts_has_caches},
    {.name = "cache_evicted",
     .about = "copies that made way to others",
     OF(caches.evicted),
     .is_of = storecounts_has_caches},
    {.name = "cache_expired",
     .about = "copies found expired",
     OF(caches.expired),
     .is_of = storecounts_has_caches},
    {.name = "cache_invalidated",
     .about = "copies deleted because of a write",
     OF(caches.invalidated),
     .is_of = storecounts_has_caches},
    {.name = "cache_refused",
     .about = "fills and updates refused because a write had overtaken them",
     OF(caches.refused),
     .is_of = storecounts_has_caches},
    {.name = "cache_dropped",
     .about = "copies lost with a cache or some of its nodes",
     OF(caches.dropped),
     .is_of = storecounts_has_caches},
    {.name = "own_reads", .about = "reads of users' own items answered", OF(own_reads)},
    {.name = "ryw_violations",
     .about = "reads of own items that found less than their session knew it had written",
     OF(ryw_violations)},
    {.name = "monotonic_violations",
     .about = "reads of own items that found less than their session had read before",
     OF(monotonic_violations)},
    {.name = "session_misses",
     .about = "reads that found less than their session may rely on: they waited or were sent on",
     OF(session_misses),
     .is_of = storecounts_keeps_guarantees},
    {.name = "session_timeouts",
     .about = "reads that waited or were sent on in vain",
     OF(session_timeouts),
     .is_of = storecounts_keeps_guarantees},
};

const size_t storecounts_n = ARRAY_LEN(storecounts);

void storecounts_add(struct store_record *into, const struct store_record *from)
{
    for (size_t i = 0; i < storecounts_n; i++)
        if (!storecounts[i].is_merged_apart)
            *(uint64_t *)(void *)((char *)into + storecounts[i].offset) += storecounts_get(from, i);
}
