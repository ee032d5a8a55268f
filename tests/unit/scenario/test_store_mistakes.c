// Pins: mistakes of stores that are managed services, and of how replicas agree, each alone, at its
// line and column, with the rule and its source; configurations that are allowed are taken.
#include "mistakes.h"

#define QUORUM "    mode: quorum\n    quorum: "
#define LEADER "    mode: single-leader\n    leader: us-east-1\n    leading: "
#define AURORA "    product: aurora-global\n    leader: us-east-1\n    leading: "
#define RDS "    product: rds-multi-az\n    regions: [us-east-1]\n    leader: us-east-1\n"
#define ACCESS_POINT "title: x\nactions: {a: {kind: access-point, at: 1 min, store: orders, "

static const struct mistake mistakes[] = {
    // ---- products
    {T, 19, "    mode: multi-leader\n    product: dynamodb", 20, 14,
     "'product' cannot be 'dynamodb'", "dynamodb-mrec"},
    {T, 19, "    product: dynamodb", 19, 14, "'product' cannot be 'dynamodb'", "dynamodb-mrec"},
    {T, 19, "    product: dynamodb-mrsc", 18, 3, "in 2 regions; dynamodb-mrsc has exactly 3", NULL},
    {T, 19, "    product: aurora-dsql\n    quorum: {witness: [us-east-1]}", 18, 3,
     "in 2 regions; aurora-dsql has exactly 3", NULL},
    {T, 19, "    product: dynamodb-mrec\n    mode: quorum", 20, 11, "", NULL},
    {T, 19, "    product: rds-multi-az\n    leader: us-east-1", 18, 3,
     "in 2 regions; rds-multi-az has exactly 1 (RDS User Guide", NULL},
    {T, 19, "    product: aurora-global", 18, 3, "'leader' is missing in stores.orders", NULL},
    {T, 19, AURORA "{rpo: 10 s}", 21, 20, "the least 'rpo' of aurora-global is 20 s (Aurora", NULL},
    {T, 19, AURORA "{sync_followers: 1}", 21, 31, "aurora-global does not wait for other regions",
     NULL},
    {T, 19, RDS "    cluster: {instances: 3}", 22, 26, "rds-multi-az has 2 instances", NULL},
    {T, 19, RDS "    cluster: {storage: {copies_per_zone: 2}}", 22, 42,
     "the instances of rds-multi-az share no storage", NULL},
    // ---- quorums
    {T, 19, QUORUM "{write_scope: region}", 20, 27, "'write_scope' cannot be 'region'", NULL},
    {T, 19, QUORUM "{write: 1, conflict: reject, read: 2}", 20, 34,
     "two writes could each get 1 of 2 replicas", NULL},
    {T, 19, QUORUM "{copies: 3}", 20, 22, "has 2 replicas; an item cannot have 3 copies", NULL},
    {T, 19, QUORUM "{sloppy: true}", 20, 22, "'sloppy' has no effect", NULL},
    {T, 19, QUORUM "{read_mode: local, read_repair: false}", 20, 32,
     "'read_repair' has no effect with 'read_mode: local'", NULL},
    {T, 19, QUORUM "{witness: [us-west-2]}", 20, 24, "there is no 'us-west-2' here", "us-east-1"},
    {T, 19, QUORUM "{witness: [us-east-1, eu-west-1]}", 20, 23, "a region must be left that serves",
     NULL},
    {T, 19, QUORUM "{legs: {write: 1}}", 20, 28, "'write': the unit is missing", "1 s"},
    {T, 19, QUORUM "{hint_window: -1 s}", 20, 27, "'hint_window' is out of range", NULL},
    {T, 19, "    mode: quorum\n    replicas_per_region: 17", 20, 26,
     "has 34 replicas in all; 32 is the most", NULL},
    {T, 19, "    mode: multi-leader\n    replicas_per_region: 3", 20, 5,
     "'replicas_per_region' has no effect with 'mode: multi-leader'", NULL},
    {T, 19, "    mode: multi-leader\n    quorum: {write: 1}", 20, 5,
     "'quorum' has no effect with 'mode: multi-leader'", NULL},
    {T, 19, "    mode: multi-leader\n    leading: {rpo: 20 s}", 20, 5,
     "'leading' has no effect with 'mode: multi-leader'", NULL},
    // ---- leaders
    {T, 19, "    mode: single-leader", 18, 3, "'leader' is missing in stores.orders", NULL},
    {T, 19, "    mode: single-leader\n    leader: us-west-2", 20, 13,
     "there is no 'us-west-2' here", "us-east-1"},
    {T, 19, LEADER "{forwarding: strong}", 21, 27, "'forwarding' cannot be 'strong'", NULL},
    {T, 19, LEADER "{sync_followers: 2}", 21, 31, "has 1 followers; 2 cannot have a write", NULL},
    {T, 19, LEADER "{rpo: 1 s}", 21, 20, "'rpo' must be at least twice", NULL},
    {T, 19, LEADER "{reader_lag: 2 min}", 21, 27, "'reader_lag' is out of range", NULL},
    {T, 19, "    mode: single-leader\n    leader: us-east-1\n    failover: {heartbeat: 2 s}", 21,
     16, "'heartbeat' has no effect: store 'orders' has neither", NULL},
    // ---- replication
    {T, 19, "    mode: multi-leader\n    replication_delay: 1 s", 20, 5,
     "unknown key 'replication_delay'", "replication"},
    {T, 19, "    mode: multi-leader\n    replication: {delay: 1}", 20, 26,
     "'delay': the unit is missing", "1 s"},
    {T, 19, "    mode: multi-leader\n    replication: {appliers: 0}", 20, 29,
     "'appliers' is out of range", NULL},
    {T, 19, "    mode: multi-leader\n    replication: {bandwidth: 1 GB}", 20, 30, "'bandwidth'",
     NULL},
    {T, 19, "    mode: multi-leader\n    replication: {bandwidth: 0 Gbit/s}", 20, 30,
     "'bandwidth' is out of range", NULL}, // that is written 'unlimited'
    {T, 19, "    mode: multi-leader\n    replication: {bandwidth: unlimitd}", 20, 30, "'bandwidth'",
     NULL},
    {T, 19, "    mode: multi-leader\n    regions: [us-east-1]\n    replication: {delay: 1 s}", 21,
     5, "'replication' has no effect: store 'orders' has a single replica", NULL},
    // ---- access points
    {T, 19, "    mode: multi-leader\n    passive: [us-west-2]", 20, 15,
     "there is no 'us-west-2' here", "us-east-1"},
    {T, 19, "    mode: multi-leader\n    passive: [us-east-1, eu-west-1]", 20, 14,
     "a region must be left that is active", NULL},
    {T, 19, "    mode: multi-leader\n    regions: [us-east-1]\n    passive: [us-east-1]", 21, 5,
     "'passive' has no effect: store 'orders' has a single replica", NULL},
    {T, 19, "    mode: quorum\n    passive: [us-east-1]", 20, 5,
     "'passive' has no effect with 'mode: quorum'", NULL},
    {T, 19, "    product: dynamodb-mrec\n    passive: [eu-west-1]", 20, 14,
     "dynamodb-mrec has no routes of its own", NULL},
    {T, 19,
     "    mode: multi-leader\n    passive: [eu-west-1]\n    cache: {scope: zone, size: 10, ttl: 1 "
     "min, change_feed: true}",
     21, 61, "a replica's change feed goes to the caches that ask it", NULL},
    {F, 1,
     "title: x\nactions: {a: {kind: access-point, at: 1 min, store: order, region: eu-west-1, "
     "change: activate}}",
     2, 53, "no design has a store with an access point 'order'", "orders"},
    {F, 1, ACCESS_POINT "region: every, change: activate}}", 2, 69,
     "'every' is no region that a store could be moved to", NULL},
    {F, 1, ACCESS_POINT "region: eu-west-1, change: switchover}}", 2, 88,
     "'change' cannot be 'switchover' with 'kind: access-point'", NULL},
};

Test(store_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

// ---- regions of one set

// Whether a store in us-east-1, that votes only, and two more regions is refused with the message.
static bool is_refused(const char *product, const char *second, const char *third,
                       const char *message)
{
    struct files f;
    char regions[128], sets_product[64];
    snprintf(regions, sizeof regions, "  %s: {zones: 3}\n  %s: {zones: 3}", second, third);
    snprintf(sets_product, sizeof sets_product, "stores.orders.product=%s", product);
    const char *const sets[] = {sets_product, "stores.orders.mode=quorum",
                                "stores.orders.quorum.witness=[us-east-1]"};
    const struct mistake m = {.kind = T, .line = 5, .text = regions};
    char *text = spoil(&m);
    const char *texts[FILES_KINDS] = {[T] = text};
    files_load(&f, texts, sets, ARRAY_LEN(sets));
    bool is_found = false;
    for (size_t i = 0; i < f.diags.items.n; i++)
        is_found |= strstr(f.diags.items.items[i].message, message) != NULL;
    files_free(&f);
    free(text);
    return is_found;
}

Test(store_mistakes, strong_stores_stay_in_one_set_of_regions)
{
    static const char *const products[] = {"dynamodb-mrsc", "aurora-dsql"};
    for (size_t i = 0; i < ARRAY_LEN(products); i++) {
        const char *p = products[i];
        cr_expect_not(is_refused(p, "us-east-2", "us-west-2", "store 'orders'"));
        cr_expect(is_refused(p, "us-east-2", "eu-west-1",
                             "cannot have a replica in 'eu-west-1' together with 'us-east-1'"));
        cr_expect(is_refused(p, "us-east-2", "us-west-1", "cannot have a replica in 'us-west-1'"));
    }
}

// ---- writes that come to followers

// What is said, as a warning and nothing else, of a store with one leader in us-east-1 and these
// settings; "" for nothing.
static void expect_warning(const char *const *settings, const char *message)
{
    struct files f;
    const char *sets[8] = {"stores.orders.leader=us-east-1"};
    size_t n = 1;
    for (; settings[n - 1] != NULL; n++)
        sets[n] = settings[n - 1];
    files_load(&f, NULL, sets, n);
    if (!f.is_good)
        diag_print(&f.diags, stderr, false);
    cr_assert(f.is_good, "%s", settings[0]);
    cr_expect_eq(diag_warnings(&f.diags), message[0] != '\0', "%s", settings[0]);
    for (size_t i = 0; i < f.diags.items.n; i++)
        cr_expect_not_null(strstr(f.diags.items.items[i].message, message), "%s",
                           f.diags.items.items[i].message);
    files_free(&f);
}

Test(store_mistakes, followers_that_refuse_writes_are_named)
{
#define SET_LEADER "stores.orders.mode=single-leader"
#define SET_SILENT "stores.orders.leading.forwarding=none"
    static const char *const aurora[] = {SET_LEADER, "stores.orders.product=aurora-global", NULL};
    static const char *const own[] = {SET_LEADER, SET_SILENT, NULL};
    static const char *const forwarding[] = {SET_LEADER, "stores.orders.product=aurora-global",
                                             "stores.orders.leading.forwarding=session", NULL};
    static const char *const local[] = {SET_LEADER, SET_SILENT, "services.cart.regions=[us-east-1]",
                                        NULL};
    static const char *const reading[] = {SET_LEADER, SET_SILENT,
                                          "services.cart.steps=[{call: orders, operation: read, "
                                          "timeout: 1 s}]",
                                          NULL};
    expect_warning(aurora, "writes of callers in eu-west-1 are refused");
    expect_warning(aurora, "set 'forwarding' in its 'leading' to eventual, session or global");
    expect_warning(own, "nothing on to the leader in us-east-1");
    expect_warning(forwarding, "");
    expect_warning(local, "");
    expect_warning(reading, "");
}
