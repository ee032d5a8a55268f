// Pins: every count has a name of its own and a place of its own in the record, all are merged
// once, and which stores can have which.
#include <criterion/criterion.h>
#include <string.h>

#include "model/storecounts.h"

Test(storecounts, names_and_places_are_their_own)
{
    for (size_t i = 0; i < storecounts_n; i++) {
        const struct store_count *c = &storecounts[i];
        cr_expect_eq(strspn(c->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(c->name), "%s",
                     c->name);
        cr_expect(strlen(c->about) > 0 && strchr(c->about, '\n') == NULL);
        for (size_t k = 0; k < i; k++) {
            cr_expect_str_neq(c->name, storecounts[k].name);
            cr_expect_neq(c->offset, storecounts[k].offset);
        }
    }
}

Test(storecounts, records_are_merged_once)
{
    struct store_record sum, part;
    storerecord_init(&sum);
    storerecord_init(&part);
    for (size_t i = 0; i < storecounts_n; i++)
        *(uint64_t *)(void *)((char *)&part + storecounts[i].offset) = i + 1;
    storerecord_add(&sum, &part);
    storerecord_add(&sum, &part);
    for (size_t i = 0; i < storecounts_n; i++)
        cr_expect_eq(storecounts_get(&sum, i), 2 * (i + 1), "%s", storecounts[i].name);
    storerecord_free(&sum);
    storerecord_free(&part);
}

static size_t number_of(const char *name)
{
    for (size_t i = 0; i < storecounts_n; i++)
        if (strcmp(storecounts[i].name, name) == 0)
            return i;
    cr_assert_fail("no count %s", name);
    return 0;
}

Test(storecounts, what_a_store_cannot_have)
{
    struct store_spec store = {.mode = STORE_MULTI_LEADER, .regions = 3, .replicas_per_region = 1};
    cr_expect(storecounts_is_of(&store, number_of("reads")));
    cr_expect(storecounts_is_of(&store, number_of("unreplicated_at_fault")));
    cr_expect_not(storecounts_is_of(&store, number_of("conflicts")));
    store.regions = 1;
    cr_expect_not(storecounts_is_of(&store, number_of("unreplicated_at_fault")));
    store.replicas_per_region = 2;
    cr_expect(storecounts_is_of(&store, number_of("unreplicated_at_fault")));
    store.mode = STORE_CONSENSUS;
    cr_expect_not(storecounts_is_of(&store, number_of("unreplicated_at_fault")));
    store.mode = STORE_QUORUM;
    cr_expect(storecounts_is_of(&store, number_of("unreplicated_at_fault")));
    cr_expect_not(storecounts_is_of(&store, number_of("conflicts")));
    store.quorum.conflict = QUORUM_REJECTS;
    cr_expect(storecounts_is_of(&store, number_of("conflicts")));
    cr_expect(storecounts_is_of(&store, number_of("ryw_violations")));
    cr_expect_not(storecounts_is_of(&store, number_of("session_misses")));
    store.session.guarantee = GUARANTEE_MONOTONIC_READS;
    cr_expect(storecounts_is_of(&store, number_of("session_misses")));
}

Test(storecounts, what_needs_limits_or_conditions)
{
    struct store_spec store = {.mode = STORE_MULTI_LEADER, .regions = 3, .replicas_per_region = 1};
    const size_t throttled = number_of("throttled"), failed = number_of("conditions_failed");
    const size_t conflicting = number_of("conflicting_conditions");
    cr_expect_not(storecounts_is_of(&store, throttled));
    cr_expect_not(storecounts_is_of(&store, failed));
    store.throughput.capacity = CAPACITY_ON_DEMAND;
    cr_expect(storecounts_is_of(&store, throttled));
    cr_expect(storecounts_is_of(&store, number_of("throttled_writes")));
    store.conditional.share = 0.1;
    cr_expect(storecounts_is_of(&store, failed));
    cr_expect(storecounts_is_of(&store, conflicting));
}
