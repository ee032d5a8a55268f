// Pins: mistakes about what limits stores and how their callers take it (throughput, conditional
// writes, calls that are tried again), as test_mistakes.c does for the rest; what is derived and
// what default counts.
#include "mistakes.h"

#define LIMITS "    throughput: {capacity: provisioned, read: 100 req/s, write: 100 req/s"
#define ON_DEMAND "    throughput: {capacity: on-demand"

static const struct mistake mistakes[] = {
    // ---- throughput
    {T, 20, "    servers: 4\n    throughput: {capacity: plenty}", 21, 28,
     "'capacity' cannot be 'plenty'", NULL},
    {T, 20, "    servers: 4\n    throughput: {capacity: provisioned, read: 5 req/s}", 21, 5,
     "'write' is missing in stores.orders.throughput", NULL},
    {T, 20, "    servers: 4\n    throughput: {write: 5 req/s}", 21, 18,
     "'write' has no effect with 'capacity: unlimited'", NULL},
    {T, 20, "    servers: 4\n    throughput: {split_after: 1 min}", 21, 18,
     "'split_after' has no effect with 'capacity: unlimited'", NULL},
    {T, 20, "    servers: 4\n" LIMITS ", most_write: 5 req/s}", 21, 76,
     "'most_write' has no effect with 'capacity: provisioned'", NULL},
    {T, 20, "    servers: 4\n" LIMITS ", growth: 1 h}", 21, 76,
     "'growth' has no effect with 'capacity: provisioned'", NULL},
    {T, 20, "    servers: 4\n" ON_DEMAND ", burst: 10 s}", 21, 39,
     "'burst' has no effect with 'capacity: on-demand'", NULL},
    {T, 20, "    servers: 4\n" ON_DEMAND ", adaptive: false}", 21, 39,
     "'adaptive' has no effect with 'capacity: on-demand'", NULL},
    {T, 20, "    servers: 4\n" LIMITS ", adaptive: false, split_after: 1 min}", 21, 93,
     "'split_after' has no effect: store 'orders' keeps its partitions", NULL},
    {T, 20, "    servers: 4\n" LIMITS ", partitions: 0}", 21, 88, "'partitions' is out of range",
     NULL},
    {T, 20, "    servers: 4\n" LIMITS ", write_units: 5}", 21, 76, "unknown key 'write_units'",
     "write"},
    {T, 20, "    servers: 4\n" LIMITS ", item_size: 500 KiB}", 21, 87,
     "'item_size' is out of range", NULL},
    {T, 20, "    servers: 4\n" LIMITS ", item_size: 20}", 21, 87,
     "'item_size': the unit is missing", "20 B"},
    {T, 20,
     "    servers: 4\n    throughput: {capacity: provisioned, read: 100 req/s, write: 1 req/s, "
     "burst: 0 s, item_size: 2 KiB}",
     21, 65, "a write of an item of 2 KiB takes 2 units, of which 'write' leaves 1 at most", NULL},
    {T, 20,
     "    servers: 4\n    throughput: {capacity: provisioned, read: 1 req/s, write: 900 req/s, "
     "burst: 0 s, item_size: 12 KiB}",
     21, 47, "a read of an item of 12 KiB takes 1.5 units, of which 'read' leaves 1 at most", NULL},
    {T, 20, "    servers: 4\n" LIMITS ", partition_write: 10 req/s, item_size: 12 KiB}", 21, 93,
     "takes 12 units, of which 'partition_write' leaves 10 at most", NULL},
    {T, 20,
     "    servers: 4\n    throughput: {capacity: provisioned, read: 100 req/s, write: 10 req/s, "
     "burst: 2 s, adaptive: false, partitions: 5, item_size: 5 KiB}",
     21, 65, "takes 5 units, of which 'write' leaves 4 at most", NULL},
    {T, 20, "    servers: 4\n" ON_DEMAND ", most_write: 3000 req/s}", 21, 51,
     "a quota of 3000 units a second, less than the 4000 that it sustains at first", NULL},
    {T, 20, "    servers: 4\n" ON_DEMAND ", read: 50000 req/s}", 21, 5,
     "a quota of 40000 units a second, less than the 50000 that it sustains at first", NULL},
    {T, 19, "    mode: quorum\n    replicas_per_region: 3\n" LIMITS "}", 21, 5,
     "store 'orders' has 3 replicas in each region; 'throughput' is of a region with one", NULL},
    {T, 19, "    mode: single-leader\n    leader: us-east-1\n" LIMITS "}", 21, 5,
     "'throughput' has no effect with 'mode: single-leader'", NULL},
    {T, 19, "    product: s3-rtc\n" LIMITS "}", 20, 18,
     "store 'orders': units of capacity are DynamoDB's", NULL},
    {T, 19, "    product: dynamodb-mrec\n    throughput: {burst: 10 s}", 20, 18,
     "'burst' has no effect with 'capacity: on-demand'", NULL},
    // ---- conditional writes
    {T, 20, "    servers: 4\n    conditional: {share: 120 %}", 21, 26, "'share' is out of range",
     NULL},
    {T, 20, "    servers: 4\n    conditional: {read_before: 1 s}", 21, 19,
     "'read_before' has no effect with 'share: 0 %'", NULL},
    {T, 20, "    servers: 4\n    conditional: {share: 0, read_before: 1 s}", 21, 29,
     "'read_before' has no effect: no write of store 'orders' is conditional", NULL},
    {T, 19, "    mode: quorum\n    conditional: {share: 20 %}", 20, 5,
     "'conditional' has no effect with 'mode: quorum'", NULL},
    // ---- calls that are tried again
    {T, 11, "      - {call: cart, timeout: 1 s, attempts: 3}", 11, 36,
     "'attempts' has no effect with 'call: cart'", NULL},
    {T, 16, "      - {call: orders, timeout: 500 ms, attempts: 0}", 16, 51,
     "'attempts' is out of range", NULL},
    {T, 16, "      - {call: orders, timeout: 500 ms, attempts: 17}", 16, 51,
     "'attempts' is out of range", NULL},
    {T, 16, "      - {call: orders, timeout: 500 ms, backoff: {base: 1 s}}", 16, 41,
     "'backoff' has no effect with 'attempts: 1'", NULL},
    {T, 16, "      - {call: orders, timeout: 500 ms, retry_quota: 5}", 16, 41,
     "'retry_quota' has no effect with 'attempts: 1'", NULL},
    {T, 16, "      - {call: orders, timeout: 500 ms, attempts: 2, attempt_timeout: 500 ms}", 16, 71,
     "'attempt_timeout' has no effect: the call ends after 0.5 s", NULL},
    {T, 16, "      - {call: orders, timeout: 500 ms, attempts: 2, backoff: {throttled: 100 ms}}",
     16, 64, "'throttled' has no effect: store 'orders' has no limits of throughput", NULL},
    {T, 16,
     "      - parallel:\n"
     "          - {call: orders, timeout: 500 ms}\n"
     "          - {call: orders, timeout: 500 ms, attempts: 2, attempt_timeout: 1 s}",
     18, 75, "'attempt_timeout' has no effect: the call ends after 0.5 s", NULL},
};

Test(limits_mistakes, each_is_reported_where_it_is)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

// ---- what counts when nothing is said

static void load(struct files *f, const char *store, const char *call)
{
    const struct mistake m = {T, 20, store, 0, 0, NULL, NULL};
    const struct mistake c = {T, 16, call, 0, 0, NULL, NULL};
    char *text = spoil(&m);
    char *at = strstr(text, "      - {call: orders, timeout: 500 ms}");
    char *both = malloc(strlen(text) + strlen(c.text) + 1);
    cr_assert(at != NULL && both != NULL);
    sprintf(both, "%.*s%s%s", (int)(at - text), text, c.text, strchr(at, '\n'));
    const char *texts[FILES_KINDS] = {[T] = both};
    files_load(f, texts, NULL, 0);
    if (!f->is_good)
        diag_print(&f->diags, stderr, false);
    cr_assert(f->is_good);
    free(both);
    free(text);
}

Test(limits_mistakes, nothing_is_limited_or_tried_again_by_default)
{
    struct files f;
    load(&f, "    servers: 4", "      - {call: orders, timeout: 500 ms}");
    const struct topology *t = &f.scenario.topologies[0];
    cr_expect_eq(t->stores[0].throughput.capacity, CAPACITY_UNLIMITED);
    cr_expect_eq(t->stores[0].conditional.share, 0);
    for (int i = 0; i < t->n_services; i++)
        for (int k = 0; k < t->services[i].n_calls; k++)
            cr_expect_eq(t->services[i].calls[k].retry.attempts, 1);
    files_free(&f);
}

// Partition limits and the rest are those of any store with units.
Test(limits_mistakes, tables_of_dynamodb_are_on_demand_by_default)
{
    struct files f;
    load(&f, "    servers: 4\n    product: dynamodb-mrec",
         "      - {call: orders, timeout: 500 ms}");
    const struct throughput_spec *s = &f.scenario.topologies[0].stores[0].throughput;
    cr_expect_eq(s->capacity, CAPACITY_ON_DEMAND);
    cr_expect_eq(s->write_per_s, 4000);
    cr_expect_eq(s->partition_write_per_s, 1000);
    files_free(&f);
    load(&f, "    servers: 4\n    product: dynamodb-mrec\n    throughput: {capacity: unlimited}",
         "      - {call: orders, timeout: 500 ms}");
    cr_expect_eq(f.scenario.topologies[0].stores[0].throughput.capacity, CAPACITY_UNLIMITED);
    files_free(&f);
}

Test(limits_mistakes, defaults_are_the_documented_ones)
{
    struct files f;
    load(&f, "    servers: 4\n    throughput: {capacity: on-demand}",
         "      - {call: orders, timeout: 500 ms, attempts: 4, backoff: {throttled: 1 s}}");
    const struct throughput_spec *s = &f.scenario.topologies[0].stores[0].throughput;
    cr_expect_eq(s->read_per_s, 12000);
    cr_expect_eq(s->write_per_s, 4000);
    cr_expect_eq(s->most_read_per_s, 40000);
    cr_expect_eq(s->most_write_per_s, 40000);
    cr_expect_eq(s->partition_read_per_s, 3000);
    cr_expect_eq(s->partition_write_per_s, 1000);
    cr_expect_eq(s->growth_s, 1800);
    cr_expect_eq(s->partitions, 0);
    cr_expect_eq(s->item_bytes, 1024);
    const struct call_retry_spec *r = &f.scenario.topologies[0].services[1].calls[0].retry;
    cr_expect_eq(r->attempts, 4);
    cr_expect_eq(r->attempt_timeout_s, 0);
    cr_expect_eq(r->base_s, 0.025);
    cr_expect_eq(r->throttled_base_s, 1);
    cr_expect_eq(r->cap_s, 20);
    cr_expect_eq(r->quota, 500);
    files_free(&f);
    load(&f, "    servers: 4\n" LIMITS "}", "      - {call: orders, timeout: 500 ms}");
    s = &f.scenario.topologies[0].stores[0].throughput;
    cr_expect_eq(s->read_per_s, 100);
    cr_expect_eq(s->burst_s, 300);
    cr_expect(s->adaptive);
    files_free(&f);
}
