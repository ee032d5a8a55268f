// Pins what a cache does: hits, misses and what these take; the order in which copies make way;
// expiry; what becomes of a copy on a write; what overtakes a fetch, with leases and without;
// coalescing; cold and warm starts; queues; which reads are stale, and how long they have been.
// Faults: test_cache_faults.c; change feeds and stores of all modes: test_cachefeed.c; rates
// against formulas: tests/validation/test_caches.c.
#include <math.h>

#include "model/version.h"
#include "unit/model/cacheplay.h"

static struct cacheplay p;

// ---- hits and misses

Test(cache, a_miss_goes_to_the_store_and_fills)
{
    cacheplay_make(&p);
    cacheplay_open(&p);
    const uint64_t miss = cacheplay_read(&p, 0, 1, 3), hit = cacheplay_read(&p, 0, 2, 3);
    const uint64_t other = cacheplay_read(&p, 0, 2, 4);
    cacheplay_run(&p, 3);
    cacheplay_expect(&p, miss, ANSWER_OK, 1.011);
    cacheplay_expect(&p, hit, ANSWER_OK, 2.001);
    cacheplay_expect(&p, other, ANSWER_OK, 2.011);
    const struct store_record *r = cacheplay_record(&p, 0);
    cr_expect_eq(r->caches.hits, 1);
    cr_expect_eq(r->caches.misses, 2);
    cr_expect_eq(r->reads, 1); // the others are the store's
    cr_expect_eq(p.stage.world->replicas[0].counts.reads, 2);
    cr_expect_eq(p.n_asks, 2);
    cacheplay_close(&p);
}

Test(cache, the_least_recently_used_makes_way)
{
    cacheplay_make(&p)->size = 3;
    cacheplay_open(&p);
    static const uint32_t items[] = {1, 2, 3, 1, 4}; // 2 makes way to 4
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        cacheplay_read(&p, 0, 1 + (double)i, items[i]);
    cacheplay_run(&p, 10);
    cr_expect_eq(cacheplay_version(&p, 0, 2), UINT64_MAX);
    for (uint32_t item = 1; item <= 4; item++)
        cr_expect(item == 2 || cacheplay_version(&p, 0, item) == 0, "item %u", item);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.evicted, 1);
    cacheplay_close(&p);
}

Test(cache, a_copy_expires_after_its_time)
{
    cacheplay_make(&p)->ttl_s = 5;
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3); // put in at 1.011
    const uint64_t before = cacheplay_read(&p, 0, 6.01, 3);
    const uint64_t after = cacheplay_read(&p, 0, 6.012, 3); // a hit does not prolong it
    cacheplay_run(&p, 10);
    cacheplay_expect(&p, before, ANSWER_OK, 6.011);
    cacheplay_expect(&p, after, ANSWER_OK, 6.023);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.expired, 1);
    cacheplay_close(&p);
}

Test(cache, counts_begin_after_the_warm_up)
{
    cacheplay_make(&p);
    p.tiny.workload.warmup_s = 5;
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_read(&p, 0, 2, 3);
    cacheplay_read(&p, 0, 6, 3);
    cacheplay_read(&p, 0, 7, 4);
    cacheplay_run(&p, 10);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.hits, 1);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.misses, 1);
    cr_expect_eq(cacheplay_record(&p, 0)->reads, 1);
    cacheplay_close(&p);
}

Test(cache, each_zone_has_its_own_and_a_region_one_for_all)
{
    for (int scope = CACHING_ZONE; scope <= CACHING_REGION; scope++) {
        cacheplay_make(&p)->scope = (enum caching_scope)scope;
        tiny_set_zones(&p.tiny, 3);
        struct model *m = tiny_compile(&p.tiny, PARTITION_ONE);
        cr_assert_eq(m->count[LP_CACHE], scope == CACHING_ZONE ? 3 : 1);
        for (int zone = 0; zone < 3; zone++) {
            const struct lp_info *lp = &m->lps[model_cache(m, 0, 0, zone)];
            cr_expect_eq(lp->place,
                         scope == CACHING_ZONE ? m->zone_place[0][zone] : m->region_place[0]);
        }
        model_free(m);
    }
}

Test(cache, starts_warm_with_what_is_popular)
{
    struct caching_spec *c = cacheplay_make(&p);
    c->starts = CACHING_WARM;
    tiny_add_region(&p.tiny, "us-west-2", 60);
    c->warm = 1;
    cacheplay_open(&p);
    const struct cache *warm = cacheplay_cache(&p, 0), *cold = cacheplay_cache(&p, 1);
    double age = 0;
    cr_expect_eq(cold->copies.n, 0);
    cr_assert_eq(warm->copies.n, 100);
    cr_expect_eq(lru_at(&warm->copies, warm->copies.newest)->item, 0);
    cr_expect_eq(lru_at(&warm->copies, warm->copies.oldest)->item, 99);
    for (uint32_t item = 0; item < 100; item++) {
        const struct lru_copy *copy = lru_at(&warm->copies, lru_find(&warm->copies, item));
        cr_expect(copy->expires > 0 && copy->expires <= 60 * SIMTIME_S);
        age += simtime_to_seconds(copy->expires) / 100;
    }
    cr_expect_float_eq(age, 30, 4 * 60 / sqrt(12 * 100.0), "%g s left", age);
    cacheplay_close(&p);
}

// Users' own items go past it, and are not there.
Test(cache, starts_warm_without_users_own_items)
{
    struct caching_spec *c = cacheplay_make(&p);
    c->starts = CACHING_WARM;
    p.tiny.stores[0].items = 50;
    p.tiny.workload.classes[0].has_own_items = true;
    cacheplay_open(&p);
    cr_assert_gt(p.stage.model->stores[0].items, 50);
    cr_expect_eq(cacheplay_cache(&p, 0)->copies.n, 50);
    cacheplay_close(&p);
}

// ---- writes

static void expect_after_write(enum caching_on_write on_write, bool is_kept, bool is_new)
{
    cacheplay_make(&p)->on_write = on_write;
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    const uint64_t write = cacheplay_write(&p, 0, 2, 3), fresh = cacheplay_write(&p, 0, 2, 4);
    cacheplay_run(&p, 3);
    cacheplay_expect(&p, write, ANSWER_OK, 2.021);
    cacheplay_expect(&p, fresh, ANSWER_OK, 2.021);
    const uint64_t version = replica_version(&p.stage.world->replicas[0], 3);
    cr_expect_gt(version, 0);
    cr_expect_eq(cacheplay_version(&p, 0, 3), !is_kept ? UINT64_MAX : is_new ? version : 0);
    cr_expect_eq(cacheplay_version(&p, 0, 4) != UINT64_MAX, is_kept && is_new);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.invalidated, !is_kept);
    cacheplay_close(&p);
}

Test(cache, a_write_deletes_or_replaces_the_copy)
{
    expect_after_write(CACHING_INVALIDATES, false, false);
    expect_after_write(CACHING_UPDATES, true, true);
}

// The pool knows: writes do not come by, reads do.
Test(cache, with_on_write_none_writes_go_to_the_store)
{
    for (int on_write = CACHING_INVALIDATES; on_write <= CACHING_LEAVES; on_write++) {
        cacheplay_make(&p)->on_write = (enum caching_on_write)on_write;
        cacheplay_open(&p);
        const struct pool_call *call = &p.stage.world->pools[0].calls[0];
        cr_expect_eq(call->ways[0].callee, stage_lp(&p.stage, LP_CACHE, 0));
        cr_expect_eq(call->ways[0].kind, EV_CACHE_REQUEST);
        cr_expect_eq(call->ways[REQUEST_WRITE].kind,
                     on_write == CACHING_LEAVES ? EV_STORE_REQUEST : EV_CACHE_REQUEST);
        cr_expect_eq(call->ways[REQUEST_WRITE].callee,
                     stage_lp(&p.stage, on_write == CACHING_LEAVES ? LP_REPLICA : LP_CACHE, 0));
        cacheplay_close(&p);
    }
}

// A write that fails may have been made, or not: the copy stays.
Test(cache, a_failed_write_leaves_the_copy)
{
    cacheplay_make(&p);
    cacheplay_add_fault(&p, FAULT_STORE, FAULT_ERRORS, 1);
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    const uint64_t write = cacheplay_write(&p, 0, 12, 3);
    cacheplay_run(&p, 13);
    cacheplay_expect(&p, write, ANSWER_ERROR, 12.001);
    cr_expect_eq(cacheplay_version(&p, 0, 3), 0);
    cacheplay_close(&p);
}

// ---- the race of a slow fetch with a write (Nishtala et al. 2013, 3.2.1)

// A read at 1 misses and gets the version of 1.011, but its answer comes at 1.111 only; a write at
// 1.02 is acknowledged at 1.041.
static uint64_t race(bool leases, enum caching_on_write on_write)
{
    struct caching_spec *c = cacheplay_make(&p);
    c->leases = leases;
    c->on_write = on_write;
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_write(&p, 0, 1.02, 3);
    p.hold_s = 0.1;
    cacheplay_read(&p, 0, 2, 3);
    cacheplay_run(&p, 1.5);
    const uint64_t version = cacheplay_version(&p, 0, 3);
    cacheplay_run(&p, 3);
    return version;
}

Test(cache, without_leases_a_slow_fetch_brings_back_the_old_version)
{
    cr_expect_eq(race(false, CACHING_INVALIDATES), 0);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, 1); // the read at 2
    cr_expect_eq(cacheplay_record(&p, 0)->staleness.stale, 1);
    cr_expect_float_eq(histogram_mean(&cacheplay_record(&p, 0)->staleness.age) * 1e-9, 2 - 1.041,
                       0.2e-3);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.refused, 0);
    cacheplay_close(&p);
    cr_expect_eq(race(false, CACHING_UPDATES), 0);
    cacheplay_close(&p);
}

Test(cache, with_leases_it_is_refused)
{
    cr_expect_eq(race(true, CACHING_INVALIDATES), UINT64_MAX);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.refused, 1);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, 0);
    cr_expect_gt(cacheplay_version(&p, 0, 3), 0); // of the read at 2
    cacheplay_close(&p);
    const uint64_t written = race(true, CACHING_UPDATES);
    cr_expect(written > 0 && written != UINT64_MAX);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.refused, 1);
    cacheplay_close(&p);
}

// Two writes whose answers come in the wrong order: with leases the newer stays.
Test(cache, an_older_update_does_not_replace_a_newer_one)
{
    for (int leases = 0; leases < 2; leases++) {
        struct caching_spec *c = cacheplay_make(&p);
        c->leases = leases;
        c->on_write = CACHING_UPDATES;
        cacheplay_open(&p);
        cacheplay_write(&p, 0, 1, 3);
        cacheplay_write(&p, 0, 1.01, 3);
        cacheplay_read(&p, 0, 1.5, 3);
        p.hold_s = 0.1; // the first's answer
        cacheplay_run(&p, 1.05);
        const uint64_t newer = cacheplay_version(&p, 0, 3);
        cacheplay_run(&p, 2);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.hits, 1);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, !leases);
        cr_expect_eq(newer, replica_version(&p.stage.world->replicas[0], 3));
        cr_expect_eq(cacheplay_version(&p, 0, 3) == newer, leases);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.refused, (uint64_t)leases);
        cacheplay_close(&p);
    }
}

// Reads and writes of four items through one cache, of a store that is slow at times. A copy may be
// older than the newest write only between that one's commit and its answer: true when no hit is
// stale for longer than the slowest of these took.
static struct {
    uint64_t n_refused, n_hits, n_seen_longer;
} histories;

static simtime slowest;

static bool watch_answers(void *argument, const struct context *x, const struct event *e)
{
    const struct payload_fill f = payload_of(e, payload_fill);
    const struct cache *c = &x->world->caches[0];
    if (e->kind == EV_CACHE_FILL &&
        c->fetches.frames.items[slots_index(f.answer.call)].kind == FETCH_WRITE)
        slowest = simtime_most(slowest, x->now - version_clock(f.version));
    return cacheplay_tap(argument, x, e);
}

static void play_history(uint64_t seed, bool leases)
{
    struct stream random = stream_open(seed, 0, "test", "leases");
    struct caching_spec *c = cacheplay_make(&p);
    struct store_spec *s = &p.tiny.stores[0];
    c->leases = leases;
    c->coalesces = seed % 2;
    c->on_write = seed % 4 < 2 ? CACHING_INVALIDATES : CACHING_UPDATES;
    s->read_time = s->write_time = tiny_exponential(20e-3);
    p.tiny.topology.network.zone_rtt_s = 20e-3, p.tiny.topology.network.zone_rtt_p99_s = 60e-3;
    slowest = 0;
    cacheplay_open(&p);
    p.stage.tap = watch_answers;
    for (int i = 0; i < 3000; i++)
        cacheplay_ask(&p, 0, 1 + 3e-3 * i, stream_below(&random, 4),
                      stream_below(&random, 20) == 0 ? REQUEST_WRITE : 0);
    cacheplay_run(&p, 20);
    histories.n_refused += cacheplay_record(&p, 0)->caches.refused;
    histories.n_hits += cacheplay_record(&p, 0)->caches.hits;
    histories.n_seen_longer += cacheplay_record(&p, 0)->staleness.age.most > (uint64_t)slowest;
    cacheplay_close(&p);
}

Test(cache, with_leases_no_read_misses_an_acknowledged_write)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        play_history(seed, true);
    cr_expect_eq(histories.n_seen_longer, 0);
    cr_expect(histories.n_refused > 100 && histories.n_hits > 1000, "%lu refused, %lu hits",
              histories.n_refused, histories.n_hits);
    for (uint64_t seed = 0; seed < 20; seed++)
        play_history(seed, false);
    cr_expect_gt(histories.n_seen_longer, 3, "without leases in %lu of 20 only",
                 histories.n_seen_longer);
}

// ---- many for the same item

Test(cache, coalesced_reads_share_a_fetch)
{
    for (int coalesces = 0; coalesces < 2; coalesces++) {
        cacheplay_make(&p)->coalesces = coalesces;
        cacheplay_open(&p);
        uint64_t reads[4];
        for (int i = 0; i < 4; i++)
            reads[i] = cacheplay_read(&p, 0, 1 + 2e-3 * i, 3);
        cacheplay_run(&p, 2);
        for (int i = 0; i < 4; i++)
            cacheplay_expect(&p, reads[i], ANSWER_OK, 1.011 + (coalesces ? 0 : 2e-3 * i));
        cr_expect_eq(p.n_asks, coalesces ? 1 : 4);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.misses, coalesces ? 1 : 4);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.coalesced, coalesces ? 3 : 0);
        cr_expect_eq(cacheplay_record(&p, 0)->reads, coalesces ? 3 : 0);
        cacheplay_close(&p);
    }
}

Test(cache, who_waits_for_a_fetch_shares_its_failure)
{
    cacheplay_make(&p)->coalesces = true;
    cacheplay_add_fault(&p, FAULT_STORE, FAULT_ERRORS, 1);
    cacheplay_open(&p);
    const uint64_t first = cacheplay_read(&p, 0, 12, 3);
    p.hold_s = 0.5;
    const uint64_t second = cacheplay_read(&p, 0, 12.1, 3);
    cacheplay_run(&p, 15);
    cacheplay_expect(&p, first, ANSWER_ERROR, 12.501);
    cacheplay_expect(&p, second, ANSWER_ERROR, 12.501);
    cr_expect_eq(cacheplay_record(&p, 0)->reads, 0);
    cr_expect_eq(cacheplay_version(&p, 0, 3), UINT64_MAX);
    cacheplay_close(&p);
}

// The store's region is without power: no answer, for as long as the callers would wait (5 s).
Test(cache, a_fetch_without_answer_is_given_up)
{
    struct caching_spec *c = cacheplay_make(&p);
    c->coalesces = true;
    tiny_add_region(&p.tiny, "us-west-2", 60);
    p.tiny.stores[0].regions = 2;
    cacheplay_add_fault(&p, FAULT_REGION, FAULT_DOWN, 0)->region = "us-west-2";
    cacheplay_open(&p);
    const uint64_t first = cacheplay_read(&p, 0, 12, 3), second = cacheplay_read(&p, 0, 13, 3);
    const uint64_t third = cacheplay_read(&p, 0, 17.1, 3);
    cacheplay_run(&p, 29);
    cacheplay_expect(&p, first, ANSWER_ERROR, 17);
    cacheplay_expect(&p, second, ANSWER_ERROR, 17);
    cacheplay_expect(&p, third, ANSWER_ERROR, 22.1);
    cacheplay_close(&p);
}

// A fetch that a write has overtaken is not for those who come later.
Test(cache, nobody_joins_a_fetch_that_was_overtaken)
{
    for (int leases = 0; leases < 2; leases++) {
        struct caching_spec *c = cacheplay_make(&p);
        c->coalesces = true;
        c->leases = leases;
        cacheplay_open(&p);
        cacheplay_read(&p, 0, 1, 3);
        cacheplay_write(&p, 0, 1.02, 3);
        p.hold_s = 1;
        const uint64_t late = cacheplay_read(&p, 0, 1.5, 3); // the write was acknowledged at 1.041
        cacheplay_run(&p, 3);
        cacheplay_expect(&p, late, ANSWER_OK, leases ? 1.511 : 2.011);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, leases ? 0 : 1);
        cacheplay_close(&p);
    }
}

// ---- queue

Test(cache, look_ups_wait_for_servers_and_a_full_queue_goes_past)
{
    for (int fails_open = 0; fails_open < 2; fails_open++) {
        struct caching_spec *c = cacheplay_make(&p);
        c->servers = c->queue = 1;
        c->hit_time = distribution_constant(0.1);
        c->fails_open = fails_open;
        cacheplay_open(&p);
        cacheplay_read(&p, 0, 1, 3);
        const uint64_t first = cacheplay_read(&p, 0, 2, 3), second = cacheplay_read(&p, 0, 2.01, 3);
        const uint64_t third = cacheplay_read(&p, 0, 2.02, 3);
        cacheplay_run(&p, 3);
        cacheplay_expect(&p, first, ANSWER_OK, 2.1);
        cacheplay_expect(&p, second, ANSWER_OK, 2.2);
        cacheplay_expect(&p, third, fails_open ? ANSWER_OK : ANSWER_SHED, fails_open ? 2.03 : 2.02);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.bypassed, (uint64_t)fails_open);
        cr_expect_eq(cacheplay_record(&p, 0)->unavailable, (uint64_t)!fails_open);
        cacheplay_close(&p);
    }
}

// ---- probes

Test(cache, probes_ask_the_store_and_leave_no_trace)
{
    cacheplay_make(&p);
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    const uint8_t deep = REQUEST_PROBE | REQUEST_DEEP;
    const uint64_t read = cacheplay_ask(&p, 0, 2, 3, deep);
    const uint64_t write = cacheplay_ask(&p, 0, 2, 3, deep | REQUEST_WRITE);
    cacheplay_run(&p, 3);
    cacheplay_expect(&p, read, ANSWER_OK, 2.011);
    cacheplay_expect(&p, write, ANSWER_OK, 2.021);
    cr_expect_eq(cacheplay_version(&p, 0, 3), 0);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.misses, 1);
    cr_expect_eq(p.stage.world->replicas[0].counts.reads, 1);
    cacheplay_close(&p);
}

// ---- stale hits

// Two zones: the cache of b is not told of a write through a's.
Test(cache, another_zones_copy_stays_and_its_hits_are_stale)
{
    cacheplay_make(&p);
    tiny_set_zones(&p.tiny, 2);
    cacheplay_open(&p);
    cacheplay_read(&p, 1, 1, 3);
    cacheplay_read(&p, 1, 1.9, 3);
    cacheplay_write(&p, 0, 2, 3); // committed at 2.021
    static const double hits_s[] = {2.0, 2.03, 3, 7};
    for (size_t i = 0; i < ARRAY_LEN(hits_s); i++)
        cacheplay_read(&p, 1, hits_s[i], 3);
    cacheplay_read(&p, 1, 70, 3); // expired
    cacheplay_run(&p, 80);
    const struct store_record *r = cacheplay_record(&p, 1);
    cr_expect_eq(r->caches.hits, 5);
    cr_expect_eq(r->caches.stale, 3);
    cr_expect_eq(r->staleness.stale, 3);
    cr_expect_eq(r->staleness.age.n, 3);
    cr_expect_float_eq((double)r->staleness.age.sum * 1e-9, 0.009 + 0.979 + 4.979, 1e-3);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, 0);
    cacheplay_close(&p);
}

// A copy that was dropped before the notice of a write comes: its hits are judged all the same.
Test(cache, hits_on_copies_that_are_gone_are_judged)
{
    struct caching_spec *c = cacheplay_make(&p);
    c->size = 1;
    tiny_add_region(&p.tiny, "us-west-2", 60);
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_write(&p, 1, 2, 3);    // committed at 2.021; the notice is here at 2.051
    cacheplay_read(&p, 0, 2.03, 3);  // stale
    cacheplay_read(&p, 0, 2.035, 4); // 3 makes way at 2.046
    cacheplay_run(&p, 10);
    cr_expect_eq(cacheplay_version(&p, 0, 3), UINT64_MAX);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, 1);
    cr_expect_float_eq((double)cacheplay_record(&p, 0)->staleness.age.sum * 1e-9, 0.009, 1e-3);
    cacheplay_close(&p);
}

// What a fetch brings from a replica that lags is old from the start: by all that the replica was
// missing, and by what was written since.
Test(cache, a_copy_of_a_replica_that_lags_is_as_old)
{
    cacheplay_make(&p);
    tiny_add_region(&p.tiny, "us-west-2", 60);
    p.tiny.stores[0].replication.delay = distribution_constant(50);
    cacheplay_open(&p);
    cacheplay_write(&p, 1, 2, 3); // committed at 2.021
    cacheplay_write(&p, 1, 3, 3);
    cacheplay_read(&p, 0, 4, 3);
    cacheplay_read(&p, 0, 5, 3); // two behind, 2.979 s; 1.979 s after the newest
    cacheplay_write(&p, 1, 6, 3);
    cacheplay_read(&p, 0, 7, 3); // three behind, 4.979 s; 0.979 s after the newest
    cacheplay_run(&p, 10);
    const struct store_record *r = cacheplay_record(&p, 0);
    cr_expect_eq(r->caches.hits, 2);
    cr_expect_eq(r->caches.stale, 2);
    cr_expect_eq(r->staleness.behind.sum, 5);
    cr_expect_float_eq((double)r->staleness.age.sum * 1e-9, 2.979 + 4.979, 1e-3);
    cr_expect_eq(r->staleness.since_st.n, 2);
    cr_expect_float_eq((double)r->staleness.since_st.sum * 1e-9, 1.979 + 0.979, 1e-3);
    cacheplay_close(&p);
}

// The time since the newest write is known of reads that have it, too.
Test(cache, a_fresh_hit_counts_since_its_write)
{
    cacheplay_make(&p);
    cacheplay_open(&p);
    cacheplay_write(&p, 0, 2, 3); // committed at 2.021
    cacheplay_read(&p, 0, 3, 3);
    cacheplay_read(&p, 0, 4, 3);
    cacheplay_run(&p, 10);
    const struct store_record *r = cacheplay_record(&p, 0);
    cr_expect_eq(r->staleness.stale, 0);
    cr_expect_eq(r->staleness.since.n, 1);
    cr_expect_float_eq((double)r->staleness.since.sum * 1e-9, 4 - 2.021, 1e-3);
    cacheplay_close(&p);
}

// A fetch of a version that a write replaces while two wait for it: the one that had begun before
// the acknowledgement has missed nothing.
Test(cache, who_waits_is_judged_by_when_he_began)
{
    cacheplay_make(&p)->coalesces = true;
    tiny_set_zones(&p.tiny, 2);
    cacheplay_open(&p);
    cacheplay_read(&p, 1, 1, 3);
    cacheplay_write(&p, 0, 1.02, 3); // committed at 1.041
    p.hold_s = 0.1;
    cacheplay_read(&p, 1, 1.03, 3);
    cacheplay_read(&p, 1, 1.06, 3);
    cacheplay_run(&p, 3);
    const struct store_record *r = cacheplay_record(&p, 1);
    cr_expect_eq(r->caches.coalesced, 2);
    cr_expect_eq(r->caches.stale, 1);
    cr_expect_float_eq((double)r->staleness.age.sum * 1e-9, 0.019, 1e-3);
    cacheplay_close(&p);
}

// A fetch under way when the cache hears of a write: its copy is known to be old.
Test(cache, a_copy_that_is_old_when_it_comes_is_known_to_be)
{
    cacheplay_make(&p);
    tiny_set_zones(&p.tiny, 2);
    cacheplay_open(&p);
    cacheplay_read(&p, 1, 1, 3);
    cacheplay_write(&p, 0, 1.02, 3); // committed at 1.041
    p.hold_s = 0.1;
    cacheplay_read(&p, 1, 2, 3);
    cacheplay_run(&p, 3);
    const struct store_record *r = cacheplay_record(&p, 1);
    cr_expect_eq(r->caches.hits, 1);
    cr_expect_eq(r->caches.stale, 1);
    cr_expect_float_eq((double)r->staleness.age.sum * 1e-9, 2 - 1.041, 1e-3);
    cacheplay_close(&p);
}

// ---- conservation

// Through a cache that errs for a while and whose queue is short: each call is answered once, by
// the cache or by the store, and each is counted where it was answered.
Test(cache, every_call_is_answered_once_and_counted_once)
{
    enum { CALLS = 6000 };
    struct stream random = stream_open(1, 0, "test", "conservation");
    for (int coalesces = 0; coalesces < 2; coalesces++) {
        struct caching_spec *c = cacheplay_make(&p);
        c->coalesces = coalesces;
        c->servers = 1;
        c->queue = 2;
        cacheplay_add_fault(&p, FAULT_CACHE, FAULT_ERRORS, 0.3);
        cacheplay_open(&p);
        for (int i = 0; i < CALLS; i++)
            cacheplay_ask(&p, 0, 1 + 40 * stream_uniform(&random), stream_below(&random, 150),
                          stream_below(&random, 10) == 0 ? REQUEST_WRITE : 0);
        cacheplay_run(&p, 60);
        for (uint64_t i = 0; i < CALLS; i++)
            cr_assert_eq(p.answer[i].status, ANSWER_OK, "call %lu", i);
        const struct store_record *r = cacheplay_record(&p, 0);
        const struct store_record *store = &p.stage.world->replicas[0].counts;
        cr_expect_gt(r->caches.bypassed, 100);
        cr_expect_eq(r->reads, r->caches.hits + r->caches.coalesced);
        cr_expect_eq(r->caches.hits + r->caches.coalesced + p.n_asks, CALLS);
        cr_expect_eq(r->reads + store->reads + store->writes, CALLS);
        cacheplay_close(&p);
    }
}
