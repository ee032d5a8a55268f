// Pins: what replicas of every mode tell caches: the version that a read or write got, the change
// feed with its delay, after replication, and across what is down; and that bookkeeping knows of
// writes wherever they were made, up to the end of a run and for caches whose store is elsewhere.
#include "unit/model/cacheplay.h"

static struct cacheplay p;

// Two regions 60 ms apart, replication takes 200 ms.
static struct caching_spec *make_two(enum store_mode mode)
{
    struct caching_spec *c = cacheplay_make(&p);
    tiny_add_region(&p.tiny, "us-west-2", 60);
    p.tiny.stores[0].mode = mode;
    return c;
}

static uint64_t store_version(uint32_t replica, uint32_t item)
{
    return replica_version(&p.stage.world->replicas[replica], item);
}

// ---- versions

static void expect_read_version(enum store_mode mode, enum quorum_read read_mode)
{
    make_two(mode);
    p.tiny.stores[0].quorum.read_mode = read_mode;
    cacheplay_open(&p);
    cacheplay_write(&p, 1, 1, 3);
    cacheplay_read(&p, 0, 3, 3);
    cacheplay_run(&p, 5);
    cr_expect_gt(store_version(0, 3), 0);
    cr_expect_eq(cacheplay_version(&p, 0, 3), store_version(0, 3), "mode %d", (int)mode);
    cr_expect_eq(store_version(0, 3), store_version(1, 3));
    cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, 0);
    cacheplay_close(&p);
}

Test(cachefeed, a_fetch_has_the_version_that_was_read)
{
    expect_read_version(STORE_MULTI_LEADER, QUORUM_READ_QUORUM);
    expect_read_version(STORE_SINGLE_LEADER, QUORUM_READ_QUORUM);
    expect_read_version(STORE_QUORUM, QUORUM_READ_QUORUM);
    expect_read_version(STORE_QUORUM, QUORUM_READ_LOCAL);
}

// Which is that at the end of the read, not at its beginning.
Test(cachefeed, a_write_during_a_read_is_seen)
{
    cacheplay_make(&p);
    tiny_set_zones(&p.tiny, 2);
    p.tiny.stores[0].read_time = distribution_constant(1);
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_write(&p, 1, 1.5, 3);
    cacheplay_run(&p, 3);
    cr_expect_gt(store_version(0, 3), 0);
    cr_expect_eq(cacheplay_version(&p, 0, 3), store_version(0, 3));
    cacheplay_close(&p);
}

static void expect_written_version(enum store_mode mode, uint32_t cache)
{
    make_two(mode)->on_write = CACHING_UPDATES;
    cacheplay_open(&p);
    const uint64_t write = cacheplay_write(&p, cache, 1, 3);
    cacheplay_read(&p, cache, 1.15, 3); // before replication
    cacheplay_run(&p, 1.2);
    const uint64_t version = cacheplay_version(&p, cache, 3);
    cacheplay_run(&p, 5);
    cr_expect_eq(p.answer[write].status, ANSWER_OK);
    cr_expect_gt(version, 0);
    cr_expect_eq(version, store_version(0, 3), "mode %d, cache %u", (int)mode, cache);
    cr_expect_eq(cacheplay_record(&p, cache)->caches.hits, 1);
    cr_expect_eq(cacheplay_record(&p, cache)->caches.stale, 0);
    cacheplay_close(&p);
}

// A follower sends a write on, and is told the version (the second cache is the follower's).
Test(cachefeed, write_through_has_the_version_that_was_written)
{
    for (uint32_t cache = 0; cache < 2; cache++) {
        expect_written_version(STORE_MULTI_LEADER, cache);
        expect_written_version(STORE_SINGLE_LEADER, cache);
        expect_written_version(STORE_QUORUM, cache);
    }
}

// ---- the feed

Test(cachefeed, changes_come_after_its_delay_wherever_they_were_made)
{
    make_two(STORE_MULTI_LEADER)->has_feed = true;
    tiny_set_zones(&p.tiny, 2);
    cacheplay_open(&p);
    for (uint32_t cache = 0; cache < 4; cache++)
        cacheplay_read(&p, cache, 1, 3);
    cacheplay_write(&p, 0, 2, 3); // committed at 2.021, at the other replica at 2.251
    cacheplay_run(&p, 2.1);
    for (uint32_t cache = 0; cache < 4; cache++)
        cr_expect_eq(cacheplay_version(&p, cache, 3) != UINT64_MAX, cache != 0);
    cacheplay_run(&p, 2.23);
    cr_expect_eq(cacheplay_version(&p, 1, 3), UINT64_MAX); // at 2.221
    cacheplay_run(&p, 2.44);
    cr_expect_eq(cacheplay_version(&p, 2, 3), 0);
    cacheplay_run(&p, 2.46);
    cr_expect_eq(cacheplay_version(&p, 2, 3), UINT64_MAX); // at 2.451
    cr_expect_eq(cacheplay_version(&p, 3, 3), UINT64_MAX);
    cr_expect_eq(p.n_changes, 4);
    cacheplay_close(&p);
}

Test(cachefeed, a_quorums_writes_come_too)
{
    make_two(STORE_QUORUM)->has_feed = true;
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_read(&p, 1, 1, 3);
    cacheplay_write(&p, 0, 2, 3);
    cacheplay_run(&p, 5);
    cr_expect_eq(cacheplay_version(&p, 0, 3), UINT64_MAX);
    cr_expect_eq(cacheplay_version(&p, 1, 3), UINT64_MAX);
    cacheplay_close(&p);
}

// With leases the feed overtakes fetches, too; without, they bring the old version back.
Test(cachefeed, revokes_leases)
{
    for (int leases = 0; leases < 2; leases++) {
        struct caching_spec *c = cacheplay_make(&p);
        tiny_set_zones(&p.tiny, 2);
        c->has_feed = true;
        c->leases = leases;
        cacheplay_open(&p);
        cacheplay_read(&p, 1, 1, 3);
        cacheplay_write(&p, 0, 1.02, 3); // the feed tells at 1.241
        p.hold_s = 0.5;
        cacheplay_run(&p, 3);
        cr_expect_eq(cacheplay_version(&p, 1, 3), leases ? UINT64_MAX : 0);
        cr_expect_eq(cacheplay_record(&p, 1)->caches.refused, (uint64_t)leases);
        cacheplay_close(&p);
    }
}

// The caches' region has no store of its own: the feed crosses a link, which is cut meanwhile.
Test(cachefeed, what_cannot_be_delivered_waits)
{
    make_two(STORE_MULTI_LEADER)->has_feed = true;
    p.tiny.stores[0].regions = 1;
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_LINK;
    f->at_s = 10;
    f->duration = distribution_constant(20);
    cacheplay_open(&p);
    cacheplay_read(&p, 1, 1, 3);
    cacheplay_write(&p, 0, 15, 3);
    const uint64_t stale = cacheplay_read(&p, 1, 25, 3);
    cacheplay_run(&p, 29);
    cr_expect_eq(cacheplay_version(&p, 1, 3), 0);
    cacheplay_expect(&p, stale, ANSWER_OK, 25.001);
    cacheplay_run(&p, 40);
    cr_expect_eq(cacheplay_version(&p, 1, 3), UINT64_MAX);
    cr_expect_eq(cacheplay_record(&p, 1)->caches.stale, 1);
    cacheplay_close(&p);
}

// The link is back when the replica is dead: both must be up.
Test(cachefeed, what_waits_for_the_link_waits_for_the_replica_too)
{
    make_two(STORE_MULTI_LEADER)->has_feed = true;
    p.tiny.stores[0].regions = 1;
    tiny_add_fault_at(&p.tiny, FAULT_LINK, "us-east-1", 10, 10);
    tiny_add_fault_at(&p.tiny, FAULT_REGION, "us-east-1", 19, 11);
    cacheplay_open(&p);
    cacheplay_read(&p, 1, 1, 3);
    cacheplay_write(&p, 0, 15, 3);
    cacheplay_run(&p, 29);
    cr_expect_eq(cacheplay_version(&p, 1, 3), 0);
    cacheplay_run(&p, 32);
    cr_expect_eq(cacheplay_version(&p, 1, 3), UINT64_MAX);
    cacheplay_close(&p);
}

// ---- the books

// By whatever way a write becomes known: in another region, or another zone of the writer's.
static void expect_stale_elsewhere(enum store_mode mode, enum quorum_read read_mode,
                                   double committed_s)
{
    make_two(mode);
    tiny_set_zones(&p.tiny, 2);
    p.tiny.stores[0].quorum.read_mode = read_mode;
    cacheplay_open(&p);
    cacheplay_write(&p, 0, 2, 3);
    for (uint32_t cache = 1; cache <= 2; cache++) {
        cacheplay_read(&p, cache, 1, 3);
        cacheplay_read(&p, cache, 2.01, 3); // not acknowledged yet
        cacheplay_read(&p, cache, 2.12, 3); // acknowledged
        cacheplay_read(&p, cache, 5, 3);
    }
    cacheplay_run(&p, 10);
    for (uint32_t cache = 1; cache <= 2; cache++) {
        const struct store_record *r = cacheplay_record(&p, cache);
        cr_expect_eq(r->caches.hits, 3);
        cr_expect_eq(r->caches.stale, 2, "mode %d: %lu", (int)mode, r->caches.stale);
        cr_expect_float_eq((double)r->staleness.age.sum * 1e-9, 2.12 + 5 - 2 * committed_s, 2e-3);
    }
    cacheplay_close(&p);
}

Test(cachefeed, hits_on_old_copies_are_stale_from_the_acknowledgement)
{
    expect_stale_elsewhere(STORE_MULTI_LEADER, QUORUM_READ_QUORUM, 2.021);
    expect_stale_elsewhere(STORE_SINGLE_LEADER, QUORUM_READ_QUORUM, 2.021);
    expect_stale_elsewhere(STORE_QUORUM, QUORUM_READ_QUORUM, 2.081); // 60 ms more
    expect_stale_elsewhere(STORE_QUORUM, QUORUM_READ_LOCAL, 2.081);
}

// One item, in caches that are warm and stay as they are, read by each region's users and written
// in the first: nobody ever sees a write, so that all hits after the first one are stale, whatever
// is known when the run ends.
static void expect_all_stale(double replication_s, double news_s)
{
    struct record r;
    struct caching_spec *c = make_two(STORE_MULTI_LEADER);
    struct tiny *t = &p.tiny;
    c->starts = CACHING_WARM;
    c->size = 1000;
    c->ttl_s = 1e6;
    c->on_write = CACHING_LEAVES;
    tiny_add_population(t, "west");
    tiny_move(t, 0, 0, 0);
    tiny_move(t, 1, 1, 3000);
    t->topology.network.zone_rtt_s = 2 * news_s, t->topology.network.zone_rtt_p99_s = 2.1 * news_s;
    t->stores[0].items = 1;
    t->stores[0].replication.delay = distribution_constant(replication_s);
    t->services[0].work = distribution_constant(0);
    t->services[0].servers_per_zone = 100;
    t->workload.classes[1] =
        (struct class_spec){.name = "put", .is_write = true, .weight = 1, .deadline_s = 1e9};
    t->workload.n_classes = 2;
    t->populations[0].mix[1] = 1;
    t->populations[0].rate_rps = t->populations[1].rate_rps = 40;
    t->topology.steering.root.policy = STEERING_LATENCY;
    t->workload.warmup_s = 12; // a write has come to the replica, but no news of it to the cache
    t->workload.duration_s = t->workload.window_s = 15;
    tiny_run(t, 0, &r);
    cr_expect_gt(r.stores[0].caches.hits, 100);
    cr_expect_eq(r.stores[0].caches.misses, 0);
    cr_expect_eq(r.stores[0].caches.stale, r.stores[0].caches.hits, "%lu of %lu",
                 r.stores[0].caches.stale, r.stores[0].caches.hits);
    record_free(&r);
}

Test(cachefeed, writes_under_way_at_the_end_are_settled)
{
    expect_all_stale(0.2, 10e-6);
    expect_all_stale(50, 10e-6); // to the other region
    expect_all_stale(50, 10);    // and from each region's replica to its cache
}

// Caches of a region without a store of its own: its replica is the nearest.
Test(cachefeed, reads_from_the_nearest_replica)
{
    make_two(STORE_MULTI_LEADER);
    p.tiny.stores[0].regions = 2;
    cacheplay_open(&p);
    const uint64_t miss = cacheplay_read(&p, 0, 1, 3), hit = cacheplay_read(&p, 0, 2, 3);
    cacheplay_run(&p, 3);
    cacheplay_expect(&p, hit, ANSWER_OK, 2.001);
    cr_expect_eq(p.answer[miss].status, ANSWER_OK);
    cr_expect_gt(p.answer[miss].at_s, 1.07);
    cr_expect_eq(p.stage.model->cache_readers[0].n, 2);
    cacheplay_close(&p);
}
