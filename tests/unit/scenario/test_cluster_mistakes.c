// Pins: mistakes of stores' clusters, each alone, at its line and column, with its message; what
// arrives of a good one: defaults, quorums that follow from the number of copies.
#include "mistakes.h"

#define AFTER_SERVERS "    servers: 4\n"

static const struct mistake mistakes[] = {
    // ---- types and ranges
    {T, 20, AFTER_SERVERS "    cluster: 2", 21, 14, "'cluster' cannot be a single value", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instance: 2}", 21, 15, "unknown key 'instance'",
     "instances"},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 0}", 21, 26, "'instances' is out of range: 0",
     NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 17}", 21, 26, "'instances' is out of range: 17",
     NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: two}", 21, 26, "'instances' cannot be 'two'",
     NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, failover: 12}", 21, 39,
     "'failover': the unit is missing", "12 s"},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, restart: never}", 21, 38,
     "'restart': not a duration", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, readable: maybe}", 21, 39,
     "'readable' cannot be 'maybe'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, failures: 2}", 21, 39,
     "'failures': the unit is missing", "2 req/s"},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, writer_zone: z}", 21, 42,
     "there is no 'z' here", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 5}}", 21, 56,
     "'copies_per_zone' is out of range: 5", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 2, zones: 7}}",
     21, 66, "'zones' is out of range: 7", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 2, write: most}}",
     21, 66, "'write' cannot be 'most'", NULL},
    // ---- without effect
    {T, 20, AFTER_SERVERS "    cluster: {failover: 12 s}", 21, 15,
     "'failover' has no effect with 'instances: none'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {restart: 12 s}", 21, 15,
     "'restart' has no effect with 'instances: none'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: none, storage: {copies_per_zone: 2}}", 21, 32,
     "'storage' has no effect with 'instances: none'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 1, failover: 12 s}", 21, 29,
     "'failover' has no effect with 'instances: 1'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 1, readable: false}", 21, 29,
     "'readable' has no effect with 'instances: 1'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {repair: 10 s}}", 21, 39,
     "'repair' has no effect with 'copies_per_zone: none'", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {write: 4}}", 21, 39,
     "'write' has no effect with 'copies_per_zone: none'", NULL},
    // ---- sense
    {T, 20, AFTER_SERVERS "    regions: [us-east-1]\n    cluster: {instances: 2, writer_zone: d}",
     22, 42, "region 'us-east-1' has no zone 'd', it has 3", NULL},
    {T, 20,
     AFTER_SERVERS "    regions: [us-east-1]\n    cluster: {instances: 2, storage: "
                   "{copies_per_zone: 2, zones: 4}}",
     22, 66, "copies in 4 zones, region 'us-east-1' has 3", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 2, write: 7}}",
     21, 66, "has 6 copies in a region; 7 cannot be written", NULL},
    {T, 20,
     AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 2, write: 3, read: 4}}",
     21, 66, "two writes of 3 out of 6 copies need not meet; it takes 4", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 2, write: 3}}",
     21, 66, "two writes of 3 out of 6 copies need not meet", NULL},
    {T, 20,
     AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 2, write: 4, read: 2}}",
     21, 75, "reads of 2 and writes of 4 out of 6 copies need not meet; it takes 3", NULL},
    {T, 20, AFTER_SERVERS "    cluster: {instances: 2, storage: {copies_per_zone: 1, read: 4}}", 21,
     65, "has 3 copies in a region; 4 cannot be read", NULL},
};

Test(cluster_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

// A region with fewer zones than the copies' three, which are a default.
Test(cluster_mistakes, a_small_region_has_no_room_for_the_copies)
{
    struct files f;
    static const char *const sets[] = {"regions.eu-west-1.zones=2",
                                       "stores.orders.cluster.instances=1",
                                       "stores.orders.cluster.storage.copies_per_zone=2"};
    files_load(&f, NULL, sets, ARRAY_LEN(sets));
    cr_assert_eq(diag_errors(&f.diags), 1);
    cr_expect_not_null(
        strstr(f.diags.items.items[0].message, "copies in 3 zones, region 'eu-west-1' has 2"));
    files_free(&f);
}

static void expect_quorums(const char *copies, const char *zones, int write, int read)
{
    struct files f;
    char text[2][96];
    snprintf(text[0], sizeof text[0], "stores.orders.cluster.storage.copies_per_zone=%s", copies);
    snprintf(text[1], sizeof text[1], "stores.orders.cluster.storage.zones=%s", zones);
    const char *const sets[] = {"stores.orders.cluster.instances=2", text[0], text[1]};
    files_load(&f, NULL, sets, ARRAY_LEN(sets));
    cr_assert(f.is_good);
    const struct storage_spec *v = &f.scenario.topologies[0].stores[0].cluster.storage;
    cr_expect_eq(v->write_quorum, write, "%s x %s: writes of %d", copies, zones, v->write_quorum);
    cr_expect_eq(v->read_quorum, read, "%s x %s: reads of %d", copies, zones, v->read_quorum);
    files_free(&f);
}

Test(cluster_mistakes, quorums_follow_from_the_copies)
{
    expect_quorums("2", "3", 4, 3);
    expect_quorums("1", "3", 2, 2);
    expect_quorums("2", "2", 3, 2);
    expect_quorums("1", "1", 1, 1);
}

Test(cluster_mistakes, values_arrive)
{
    struct files f;
    const struct cluster_spec *c;
    files_load(&f, NULL, NULL, 0);
    cr_expect_eq(f.scenario.topologies[0].stores[0].cluster.instances, 0, "none unless given");
    files_free(&f);
    static const char *const sets[] = {"stores.orders.cluster.instances=3",
                                       "stores.orders.cluster.writer_zone=b",
                                       "stores.orders.cluster.failures=2 /year"};
    files_load(&f, NULL, sets, ARRAY_LEN(sets));
    cr_assert(f.is_good);
    c = &f.scenario.topologies[0].stores[0].cluster;
    cr_expect(c->readable);
    cr_expect_eq(c->writer_zone, 1);
    cr_expect_float_eq(c->instance_failures_per_s * 365 * 86400, 2, 0.01);
    cr_expect_float_eq(distribution_quantile(&c->failover, 0.99), 30, 1e-6);
    cr_expect_float_eq(distribution_quantile(&c->restart, 0.5), 240, 1e-6);
    cr_expect_eq(c->storage.copies_per_zone, 0);
    files_free(&f);
}
