// Pins: mistakes of stores that agree by consensus, each alone, at its line and column, with its
// message; what is warned of: even numbers of members, timeouts within an election, leases that
// outlast it, clocks further apart than leases allow for; what arrives of a good one.
#include "mistakes.h"

// Three members in one region: an odd number, of which nothing is warned.
#define MEMBERS                                                                                    \
    "    mode: consensus\n    regions: [us-east-1]\n    replicas_per_region: 3\n    consensus: {"

static const struct mistake mistakes[] = {
    // ---- types and ranges
    {T, 19, MEMBERS "group: 2}", 22, 17, "unknown key 'group'", "groups"},
    {T, 19, MEMBERS "groups: 0}", 22, 25, "'groups' is out of range: 0", NULL},
    {T, 19, MEMBERS "groups: 65}", 22, 25, "'groups' is out of range: 65", NULL},
    {T, 19, MEMBERS "leaders: mars}", 22, 26, "there is no 'mars' here", NULL},
    {T, 19, MEMBERS "read: quorum}", 22, 23, "'read' cannot be 'quorum'", NULL},
    {T, 19, MEMBERS "election_timeout: 1}", 22, 35, "'election_timeout': the unit is missing",
     "1 s"},
    {T, 19, MEMBERS "heartbeat: 0 s}", 22, 28, "'heartbeat' is out of range: 0 s", NULL},
    {T, 19, MEMBERS "timeout: -1 s}", 22, 26, "'timeout' is out of range: -1 s", NULL},
    {T, 19, MEMBERS "read: lease, clock_tolerance: -1 ms}", 22, 47,
     "'clock_tolerance' is out of range: -1 ms", NULL},
    {T, 19, MEMBERS "transfer_back: sometimes}", 22, 32, "'transfer_back' cannot be 'sometimes'",
     NULL},
    // ---- without effect
    {T, 19, MEMBERS "lease: 2 s}", 22, 17, "'lease' has no effect with 'read: index'", NULL},
    {T, 19, MEMBERS "read: follower, lease: 2 s}", 22, 33,
     "'lease' has no effect with 'read: follower'", NULL},
    {T, 19, MEMBERS "clock_tolerance: 1 s}", 22, 17,
     "'clock_tolerance' has no effect with 'read: index'", NULL},
    {T, 19, MEMBERS "transfer_back: false, transfer_after: 1 s}", 22, 39,
     "'transfer_after' has no effect with 'transfer_back: false'", NULL},
    // ---- sense
    {T, 19, MEMBERS "leaders: eu-west-1}", 22, 26,
     "has no replica in its leaders' region 'eu-west-1'", NULL},
    {T, 19, MEMBERS "heartbeat: 2 s, election_timeout: 2 s}", 22, 51,
     "at least five times 'heartbeat'", NULL},
    {T, 19, MEMBERS "heartbeat: 300 ms, election_timeout: 1 s}", 22, 54,
     "at least five times 'heartbeat'", NULL},
    {T, 19, MEMBERS "read: lease, lease: 600 ms}", 22, 37, "'lease' must be longer", NULL},
    {T, 19, "    mode: quorum\n    consensus: {groups: 2}", 20, 5,
     "'consensus' has no effect with 'mode: quorum'", NULL},
    {T, 19, "    mode: consensus\n    quorum: {write: 2}", 20, 5,
     "'quorum' has no effect with 'mode: consensus'", NULL},
    {T, 19, "    mode: consensus\n    throughput: {item_size: 2 KiB}", 20, 5,
     "'throughput' has no effect with 'mode: consensus'", NULL},
    {T, 19, "    mode: consensus\n    cluster: {instances: 2}", 20, 5,
     "'cluster' has no effect with 'mode: consensus'", NULL},
    {T, 19, "    mode: consensus\n    regions: [us-east-1]\n    consensus: {groups: 2}", 21, 5,
     "'consensus' has no effect: store 'orders' has a single replica", NULL},
    {T, 19, "    mode: consensus\n    product: aurora-dsql", 19, 11,
     "'mode' cannot be 'consensus' with 'product: aurora-dsql'", NULL},
};

Test(consensus_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

// ---- warnings

static void expect_warning(const char *set, const char *more, const char *message)
{
    struct files f;
    const char *const sets[] = {"stores.orders.mode=consensus", "stores.orders.regions=[us-east-1]",
                                "stores.orders.replicas_per_region=3", set, more};
    files_load(&f, NULL, sets, ARRAY_LEN(sets) - (more == NULL));
    if (!f.is_good || diag_warnings(&f.diags) != (message != NULL))
        diag_print(&f.diags, stderr, false);
    cr_expect(f.is_good);
    cr_expect_eq(diag_warnings(&f.diags), message != NULL, "%s", set);
    if (message != NULL && f.diags.items.n > 0)
        cr_expect_not_null(strstr(f.diags.items.items[0].message, message), "%s: '%s'", set,
                           f.diags.items.items[0].message);
    files_free(&f);
}

Test(consensus_mistakes, what_is_unwise_is_warned_of)
{
    expect_warning("stores.orders.consensus.groups=1", NULL, NULL);
    expect_warning("stores.orders.replicas_per_region=4", NULL,
                   "a majority is 3, so it bears the loss of 1, as with 3");
    expect_warning("stores.orders.replicas_per_region=5", NULL, NULL);
    expect_warning("stores.orders.consensus.timeout=2 s", NULL, "given up before the next leader");
    expect_warning("stores.orders.consensus.timeout=2.1 s", NULL, NULL);
    expect_warning("stores.orders.consensus={read: lease}", NULL, NULL);
    expect_warning("stores.orders.consensus={read: lease, lease: 3 s}", NULL,
                   "none until its lease is over, 3 s");
}

static bool is_said(const struct files *f, const char *message)
{
    for (size_t i = 0; i < f->diags.items.n; i++)
        if (strstr(f->diags.items.items[i].message, message) != NULL)
            return true;
    return false;
}

static void expect_clocks(const char *clock, const char *message)
{
    struct files f;
    const char *const sets[] = {"stores.orders.mode=consensus",
                                "stores.orders.consensus.read=lease", clock};
    files_load(&f, NULL, sets, ARRAY_LEN(sets));
    cr_assert(f.is_good);
    // Of there being two members it is warned, too.
    cr_expect_eq(diag_warnings(&f.diags), 1 + (message != NULL), "%s", clock);
    cr_expect(message == NULL || is_said(&f, message), "%s", clock);
    files_free(&f);
}

// Members of one region share its clock; others may be apart by their offsets and errors.
Test(consensus_mistakes, clocks_that_break_leases_are_warned_of)
{
    expect_warning("stores.orders.consensus={read: lease}", "regions.us-east-1.clock_offset=9 s",
                   NULL);
    expect_clocks("regions.us-east-1.clock_offset=400 ms", NULL);
    expect_clocks("regions.us-east-1.clock_offset=600 ms", "may be 0.6 s apart");
    expect_clocks("regions.us-east-1.clock_error=600 ms", "may be 0.6 s apart");
}

Test(consensus_mistakes, values_arrive)
{
    struct files f;
    static const char *const sets[] = {
        "stores.orders.mode=consensus",
        "stores.orders.consensus={groups: 5, leaders: eu-west-1, election_timeout: 3 s, "
        "heartbeat: 500 ms, read: lease, clock_tolerance: 20 ms, transfer_back: false}"};
    files_load(&f, NULL, sets, ARRAY_LEN(sets));
    cr_assert(f.is_good);
    const struct consensus_spec *c = &f.scenario.topologies[0].stores[0].consensus;
    cr_expect_eq(c->groups, 5);
    cr_expect_eq(c->leaders, 1);
    cr_expect_eq(c->election_timeout_s, 3);
    cr_expect_eq(c->heartbeat_s, 0.5);
    cr_expect_eq(c->read, CONSENSUS_READ_LEASE);
    cr_expect_eq(c->lease_s, 2, "unless given");
    cr_expect_eq(c->clock_tolerance_s, 0.02);
    cr_expect_not(c->transfer_back);
    cr_expect_eq(c->timeout_s, 7, "unless given");
    files_free(&f);
}
