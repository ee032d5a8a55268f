// Pins: mistakes about caches, as test_mistakes.c does for the rest; faults of caches that no
// design has; warnings; the defaults, and that a store without the key has none.
#include <math.h>

#include "mistakes.h"

#define CACHE(keys) "    servers: 4\n    cache: {" keys "}"

static const struct mistake mistakes[] = {
    // ---- values
    {T, 20, CACHE("scope: zone"), 21, 5, "'size' is missing in stores.orders.cache", NULL},
    {T, 20, CACHE("scope: zone, size: 0"), 21, 32, "'size' is out of range", NULL},
    {T, 20, CACHE("scope: zone, size: 1.5"), 21, 32, "'size' cannot be '1.5'", NULL},
    {T, 20, CACHE("scope: zones, size: 10"), 21, 20, "'zones'", "zone"},
    {T, 20, CACHE("scope: zone, size: 10, ttl: 60"), 21, 41, "'ttl': the unit is missing", "60 s"},
    {T, 20, CACHE("scope: zone, size: 10, ttl: 0 s"), 21, 41, "'ttl' is out of range", NULL},
    {T, 20, CACHE("scope: zone, size: 10, hit_time: -1 ms"), 21, 46, "'hit_time'", NULL},
    {T, 20, CACHE("scope: zone, size: 10, servers: 0"), 21, 45, "'servers' is out of range", NULL},
    {T, 20, CACHE("scope: zone, size: 10, queue: -1"), 21, 43, "'queue' is out of range", NULL},
    {T, 20, CACHE("scope: zone, size: 10, on_write: invalidates"), 21, 46, "'invalidates'",
     "invalidate"},
    {T, 20, CACHE("scope: zone, size: 10, lease: true"), 21, 36, "unknown key 'lease'", "leases"},
    {T, 20, CACHE("scope: zone, size: 10, coalesce: maybe"), 21, 46, "'coalesce'", NULL},
    {T, 20, CACHE("scope: zone, size: 10, starts: hot"), 21, 44, "'hot'", NULL},
    {T, 20, CACHE("scope: zone, size: 10, warm_regions: [us-east-2]"), 21, 51,
     "there is no 'us-east-2' here", "us-east-1"},
    {T, 20, CACHE("scope: zone, size: 10, invalidation: everywher"), 21, 50, "'everywher'",
     "everywhere"},
    // ---- without effect
    {T, 20, CACHE("scope: zone, size: 10, on_write: none, invalidation: region"), 21, 52,
     "'invalidation' has no effect with 'on_write: none'", NULL},
    {T, 20, CACHE("scope: region, size: 10, invalidation: region"), 21, 38,
     "'invalidation' has no effect: store 'orders' has no other cache to be told", NULL},
    {T, 20, CACHE("size: 10"), 21, 13,
     "'size' has no effect with 'scope: none', which holds unless given", NULL},
    {T, 20, CACHE("coalesce: true"), 21, 13, "'coalesce' has no effect with 'scope: none'", NULL},
    {T, 20, CACHE("feed_delay: 1 s"), 21, 13, "'feed_delay' has no effect with 'scope: none'",
     NULL},
    {T, 20, CACHE("scope: zone, size: 10, feed_delay: 1 s"), 21, 36,
     "'feed_delay' has no effect with 'change_feed: false'", NULL},
    {T, 20, CACHE("scope: zone, size: 10, starts: cold, warm_regions: [us-east-1]"), 21, 50,
     "'warm_regions' has no effect with 'starts: cold'", NULL},
    {T, 20, CACHE("scope: zone, size: 10, on_write: none, leases: true"), 21, 52,
     "'leases' has no effect: with 'on_write: none' and no 'change_feed'", NULL},
    {T, 16,
     "      - {call: orders, operation: write, timeout: 500 ms}\nstores:\n  orders:\n"
     "    cache: {scope: zone, size: 10}\n    mode: multi-leader\n    servers: 4",
     19, 5, "'cache' has no effect: no call reads from store 'orders'", NULL},
    {T, 16,
     "      - {call: orders, operation: read, timeout: 500 ms}\nstores:\n  orders:\n"
     "    cache: {scope: zone, size: 10, leases: true}\n    mode: multi-leader\n    servers: 4",
     19, 36, "'leases' has no effect: no call writes to store 'orders'", NULL},
    {T, 16,
     "      - {call: orders, operation: read, timeout: 500 ms}\nstores:\n  orders:\n"
     "    cache: {scope: zone, size: 10, on_write: invalidate}\n    mode: multi-leader\n"
     "    servers: 4",
     19, 36, "'on_write' has no effect: no call writes to store 'orders'", NULL},
    {T, 16,
     "      - {call: orders, operation: read, timeout: 500 ms}\nstores:\n  orders:\n"
     "    cache: {scope: zone, size: 10, invalidation: region}\n    mode: multi-leader\n"
     "    servers: 4",
     19, 36, "'invalidation' has no effect: no call writes to store 'orders'", NULL},
    {T, 16,
     "      - {call: orders, timeout: 500 ms}\n    regions: [us-east-1]\nstores:\n  orders:\n"
     "    cache: {scope: zone, size: 10, warm_regions: [eu-west-1]}\n    mode: multi-leader\n"
     "    servers: 4",
     20, 50, "'eu-west-1' has no cache of store 'orders': nothing there calls it", NULL},
};

Test(cache_mistakes, each_is_found_alone_with_its_place)
{
    // The replaced lines reach to the store's end where they hold it whole.
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake_in(&mistakes[i], spoil_lines(&mistakes[i], mistakes[i].line == 16 ? 5 : 1));
}

// ---- faults

static struct files files;

static bool load_plan(const char *keys, const char *cache)
{
    char plan[256], set[128];
    const char *sets[] = {set}, *texts[FILES_KINDS] = {NULL};
    snprintf(plan, sizeof plan,
             "title: Test\nfaults:\n  cold: {target: cache, region: us-east-1, %s, effect: down, "
             "at: 10 min, lasts: 1 s}\n",
             keys);
    snprintf(set, sizeof set, "stores.orders.cache={%s}", cache);
    texts[F] = plan;
    files_load(&files, texts, sets, 1);
    return files.is_good;
}

static void expect_refused(const char *keys, const char *cache, const char *message)
{
    cr_expect_not(load_plan(keys, cache), "%s", keys);
    cr_expect_eq(diag_errors(&files.diags), 1);
    cr_expect(diag_errors(&files.diags) > 0 &&
                  strstr(files.diags.items.items[0].message, message) != NULL,
              "%s: %s", keys, files.diags.items.items[0].message);
    files_free(&files);
}

static void expect_accepted(const char *keys, const char *cache)
{
    cr_expect(load_plan(keys, cache), "%s", keys);
    files_free(&files);
}

// Where the key that decides is given, it is not said to hold unless given.
Test(cache_mistakes, what_was_written_is_no_default)
{
    const char *sets[] = {"stores.orders.cache={scope: none, size: 10}"};
    files_load(&files, NULL, sets, 1);
    cr_assert_eq(files.diags.items.n, 1);
    cr_expect_str_eq(files.diags.items.items[0].message, "'size' has no effect with 'scope: none'");
    files_free(&files);
}

#define ZONAL "scope: zone, size: 10"
#define REGIONAL "scope: region, size: 10"

Test(cache_mistakes, faults_of_caches)
{
    expect_accepted("store: orders", ZONAL);
    expect_accepted("store: orders, zone: b", ZONAL);
    expect_accepted("store: every, zone: every", ZONAL);
    expect_accepted("store: orders", REGIONAL);
    expect_refused("store: orders", "scope: none", "no design has a cache in front of that store");
    expect_refused("store: every", "scope: none", "no design has a cache in front of that store");
    expect_refused("store: order", ZONAL, "no design has a store 'order'");
    expect_refused("store: orders, zone: a", REGIONAL,
                   "'zone' has no effect: no design has a cache in each zone there");
    expect_refused("store: orders, zone: e", ZONAL, "no design uses zone 'e' there");
    expect_refused("store: orders, zone: ab", ZONAL, "'ab' is no letter of a zone");
    expect_refused("zone: a", ZONAL, "'store' is missing in faults.cold");
    expect_refused("store: orders, service: web", ZONAL, "'service' has no effect");
}

// ---- warnings and defaults

static void expect_warning(const char *const *sets, size_t n, const char *message)
{
    files_load(&files, NULL, sets, n);
    cr_assert(files.is_good);
    cr_assert_eq(diag_warnings(&files.diags), 1);
    cr_expect(strstr(files.diags.items.items[0].message, message) != NULL, "%s",
              files.diags.items.items[0].message);
    files_free(&files);
}

Test(cache_mistakes, warnings)
{
    const char *quorum[] = {"stores.orders.mode=quorum", "stores.orders.cache={" ZONAL "}"};
    const char *feed[] = {"stores.orders.cache={" ZONAL
                          ", on_write: write-through, change_feed: true}"};
    expect_warning(quorum, 2, "what is read from a cache need not be what a quorum has");
    expect_warning(feed, 1, "the change feed deletes what write-through has put in");
}

Test(cache_mistakes, defaults)
{
    const char *sets[] = {"stores.orders.cache={" ZONAL "}"};
    files_load(&files, NULL, sets, 1);
    cr_assert(files.is_good);
    const struct caching_spec *c = &files.scenario.topologies->stores[0].cache;
    cr_expect(c->scope == CACHING_ZONE && c->size == 10 && c->ttl_s == 300);
    cr_expect(c->on_write == CACHING_INVALIDATES && !c->leases && !c->coalesces && !c->has_feed);
    cr_expect_eq(c->reach, CACHING_OWN);
    cr_expect(c->fails_open && c->starts == CACHING_WARM && (c->warm & 3) == 3);
    files_free(&files);
    files_load(&files, NULL, NULL, 0);
    cr_assert(files.is_good);
    cr_expect_eq(files.scenario.topologies->stores[0].cache.scope, CACHING_NONE);
    files_free(&files);
}
