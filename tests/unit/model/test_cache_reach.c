// Pins: which caches are told of a write, and when: the writer's at the acknowledgement, others of
// its region and other regions' a network's way later; that a message which comes before the write
// itself leaves the old version to be fetched again; that one which a fault stops is lost; that
// leases are revoked by it.
#include "unit/model/cacheplay.h"

static struct cacheplay p;

// Two regions 60 ms apart with two zones each; caches 0 and 1 are the first's, 2 and 3 the other's.
// All have items 3 and 4.
static struct caching_spec *make_four(enum caching_reach reach)
{
    struct caching_spec *c = cacheplay_make(&p);
    tiny_add_region(&p.tiny, "us-west-2", 60);
    tiny_set_zones(&p.tiny, 2);
    c->reach = reach;
    return c;
}

static void fill_all(void)
{
    for (uint32_t cache = 0; cache < 4; cache++) {
        cacheplay_read(&p, cache, 1, 3);
        cacheplay_read(&p, cache, 1, 4);
    }
}

static uint32_t caches_with(uint32_t item)
{
    uint32_t set = 0;
    for (uint32_t cache = 0; cache < 4; cache++)
        set |= (uint32_t)(cacheplay_version(&p, cache, item) != UINT64_MAX) << cache;
    return set;
}

Test(cache_reach, is_as_far_as_it_says)
{
    static const uint32_t left[] = {
        [CACHING_OWN] = 0xe, [CACHING_IN_REGION] = 0xc, [CACHING_EVERYWHERE] = 0};
    for (int reach = CACHING_OWN; reach <= CACHING_EVERYWHERE; reach++) {
        make_four((enum caching_reach)reach);
        cacheplay_open(&p);
        fill_all();
        cacheplay_write(&p, 0, 2, 3);
        cacheplay_run(&p, 3);
        cr_expect_eq(caches_with(3), left[reach], "reach %d: %x", reach, caches_with(3));
        cr_expect_eq(caches_with(4), 0xf);
        for (uint32_t cache = 1; cache < 4; cache++)
            cr_expect_eq(cacheplay_record(&p, cache)->caches.invalidated,
                         !(left[reach] >> cache & 1));
        cacheplay_close(&p);
    }
}

// The write is committed at 2.021 and its answer here as much later as the network takes in a
// region; the other region is 30 ms away.
Test(cache_reach, messages_take_the_networks_time)
{
    make_four(CACHING_EVERYWHERE);
    cacheplay_open(&p);
    fill_all();
    cacheplay_write(&p, 0, 2, 3);
    cacheplay_run(&p, 2.0209);
    cr_expect_eq(caches_with(3), 0xf);
    cacheplay_run(&p, 2.0215);
    cr_expect_eq(caches_with(3), 0xc);
    cacheplay_run(&p, 2.0505);
    cr_expect_eq(caches_with(3), 0xc);
    cacheplay_run(&p, 2.0535);
    cr_expect_eq(caches_with(3), 0);
    cacheplay_close(&p);
}

// Replication takes 200 ms: who asks before that gets the old version again, and keeps it.
Test(cache_reach, may_come_before_the_write_itself)
{
    make_four(CACHING_EVERYWHERE);
    cacheplay_open(&p);
    fill_all();
    cacheplay_write(&p, 0, 2, 3);
    cacheplay_read(&p, 2, 2.1, 3);
    cacheplay_read(&p, 3, 2.5, 3);
    cacheplay_read(&p, 2, 10, 3);
    cacheplay_read(&p, 3, 10, 3);
    cacheplay_run(&p, 11);
    cr_expect_eq(cacheplay_version(&p, 2, 3), 0);
    cr_expect_gt(cacheplay_version(&p, 3, 3), 0);
    cr_expect_eq(cacheplay_record(&p, 2)->caches.stale, 1);
    cr_expect_float_eq((double)cacheplay_record(&p, 2)->staleness.age.sum * 1e-9, 10 - 2.021, 1e-3);
    cr_expect_eq(cacheplay_record(&p, 3)->caches.stale, 0);
    cacheplay_close(&p);
}

Test(cache_reach, what_cannot_be_delivered_is_lost)
{
    make_four(CACHING_EVERYWHERE);
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_LINK;
    f->at_s = 1.5;
    f->duration = distribution_constant(5);
    cacheplay_open(&p);
    fill_all();
    cacheplay_write(&p, 0, 2, 3);
    cacheplay_run(&p, 20);
    cr_expect_eq(caches_with(3), 0xc);
    cacheplay_close(&p);
}

// A fetch in the other zone that began before: refused with a lease, else it brings the old back.
Test(cache_reach, revokes_leases)
{
    for (int leases = 0; leases < 2; leases++) {
        make_four(CACHING_IN_REGION)->leases = leases;
        cacheplay_open(&p);
        cacheplay_read(&p, 1, 1, 3);
        cacheplay_write(&p, 0, 1.02, 3);
        p.hold_s = 0.5;
        cacheplay_run(&p, 3);
        cr_expect_eq(cacheplay_version(&p, 1, 3), leases ? UINT64_MAX : 0);
        cr_expect_eq(cacheplay_record(&p, 1)->caches.refused, leases);
        cacheplay_close(&p);
    }
}

// The writer's cache has the new version, the others have none.
Test(cache_reach, deletes_elsewhere_what_write_through_puts_in)
{
    make_four(CACHING_EVERYWHERE)->on_write = CACHING_UPDATES;
    cacheplay_open(&p);
    fill_all();
    cacheplay_write(&p, 0, 2, 3);
    cacheplay_run(&p, 3);
    cr_expect_eq(caches_with(3), 1);
    cr_expect_gt(cacheplay_version(&p, 0, 3), 0);
    cacheplay_close(&p);
}
