// Pins: who finds a cache down, erring or full; what each fault takes away and when it comes back;
// what of a cache outlives which fault.
#include "unit/model/cacheplay.h"

static struct cacheplay p;

Test(cache, down_refuses_and_comes_back_empty)
{
    for (int fails_open = 0; fails_open < 2; fails_open++) {
        cacheplay_make(&p)->fails_open = fails_open;
        cacheplay_add_fault(&p, FAULT_CACHE, FAULT_DOWN, 0);
        cacheplay_open(&p);
        cacheplay_read(&p, 0, 1, 3);
        const uint64_t during = cacheplay_read(&p, 0, 15, 3), write = cacheplay_write(&p, 0, 16, 3);
        const uint64_t miss = cacheplay_read(&p, 0, 31, 3), hit = cacheplay_read(&p, 0, 32, 3);
        cacheplay_run(&p, 20);
        cr_expect_eq(cacheplay_cache(&p, 0)->copies.n, 0);
        cacheplay_run(&p, 40);
        cacheplay_expect(&p, during, fails_open ? ANSWER_OK : ANSWER_REFUSED,
                         fails_open ? 15.01 : 15);
        cacheplay_expect(&p, write, fails_open ? ANSWER_OK : ANSWER_REFUSED,
                         fails_open ? 16.02 : 16);
        cacheplay_expect(&p, miss, ANSWER_OK, 31.011);
        cacheplay_expect(&p, hit, ANSWER_OK, 32.001);
        cr_expect_eq(cacheplay_record(&p, 0)->caches.bypassed, fails_open ? 2 : 0);
        cr_expect_eq(cacheplay_record(&p, 0)->unavailable, fails_open ? 0 : 2);
        cacheplay_close(&p);
    }
}

// What it was asked before it went down comes to its callers, but is not put in.
Test(cache, what_comes_while_it_is_down_is_not_kept)
{
    cacheplay_make(&p);
    cacheplay_add_fault(&p, FAULT_CACHE, FAULT_DOWN, 0);
    cacheplay_open(&p);
    const uint64_t asked = cacheplay_read(&p, 0, 9.995, 3);
    const uint64_t begun = cacheplay_read(&p, 0, 9.9995, 4); // looked up at 10.0005
    cacheplay_run(&p, 40);
    cacheplay_expect(&p, asked, ANSWER_OK, 10.006);
    cacheplay_expect(&p, begun, ANSWER_OK, 10.0105);
    cr_expect_eq(cacheplay_cache(&p, 0)->copies.n, 0);
    cacheplay_close(&p);
}

Test(cache, without_power_everything_is_lost)
{
    for (int target = FAULT_ZONE; target <= FAULT_REGION; target++) {
        cacheplay_make(&p)->coalesces = true;
        cacheplay_add_fault(&p, (enum fault_target)target, FAULT_DOWN, 0);
        cacheplay_open(&p);
        cacheplay_read(&p, 0, 1, 3);
        const uint64_t looked_up = cacheplay_read(&p, 0, 9.9995, 3);
        const uint64_t asked = cacheplay_read(&p, 0, 9.995, 4);
        const uint64_t waits = cacheplay_read(&p, 0, 9.996, 4);
        const uint64_t during = cacheplay_read(&p, 0, 15, 3), after = cacheplay_read(&p, 0, 31, 3);
        cacheplay_run(&p, 20);
        cr_expect_eq(cacheplay_cache(&p, 0)->copies.n, 0);
        cacheplay_run(&p, 40);
        cr_expect_eq(p.answer[looked_up].status, CACHEPLAY_NONE);
        cr_expect_eq(p.answer[asked].status, CACHEPLAY_NONE);
        cr_expect_eq(p.answer[waits].status, CACHEPLAY_NONE);
        cr_expect_eq(p.answer[during].status, CACHEPLAY_NONE);
        cacheplay_expect(&p, after, ANSWER_OK, 31.011);
        cacheplay_close(&p);
    }
}

// A region's cache is as available as its region.
Test(cache, of_a_region_outlives_a_zone)
{
    cacheplay_make(&p)->scope = CACHING_REGION;
    tiny_set_zones(&p.tiny, 2);
    cacheplay_add_fault(&p, FAULT_ZONE, FAULT_DOWN, 0)->zone = "a";
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_run(&p, 20);
    cr_expect_eq(cacheplay_version(&p, 0, 3), 0);
    cacheplay_close(&p);
}

Test(cache, slow_erring_and_short_of_capacity)
{
    static const struct {
        enum fault_effect effect;
        double level, first_s, second_s; // when two look-ups at 15 s are answered
    } cases[] = {
        {FAULT_SLOW, 5, 15.005, 15.005},
        {FAULT_ERRORS, 1, 15.010, 15.010}, // by the store
        {FAULT_CAPACITY, 0.5, 15.001, 15.002},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cacheplay_make(&p)->servers = 2;
        cacheplay_add_fault(&p, FAULT_CACHE, cases[i].effect, cases[i].level);
        cacheplay_open(&p);
        cacheplay_read(&p, 0, 1, 2); // of the nodes that are left
        const uint64_t first = cacheplay_read(&p, 0, 15, 2), second = cacheplay_read(&p, 0, 15, 2);
        const uint64_t after = cacheplay_read(&p, 0, 31, 2);
        cacheplay_run(&p, 40);
        cacheplay_expect(&p, first, ANSWER_OK, cases[i].first_s);
        cacheplay_expect(&p, second, ANSWER_OK, cases[i].second_s);
        cacheplay_expect(&p, after, ANSWER_OK, 31.001);
        cacheplay_close(&p);
    }
}

Test(cache, held_look_ups_go_on_when_capacity_returns)
{
    cacheplay_make(&p);
    cacheplay_add_fault(&p, FAULT_CACHE, FAULT_CAPACITY, 0);
    cacheplay_open(&p);
    const uint64_t held = cacheplay_read(&p, 0, 15, 3);
    cacheplay_run(&p, 40);
    cacheplay_expect(&p, held, ANSWER_OK, 30.011);
    cacheplay_close(&p);
}

// A deletion that the cache does not take leaves the copy behind.
Test(cache, a_lost_deletion_leaves_a_stale_copy)
{
    cacheplay_make(&p);
    cacheplay_add_fault(&p, FAULT_CACHE, FAULT_ERRORS, 1);
    cacheplay_open(&p);
    cacheplay_read(&p, 0, 1, 3);
    cacheplay_write(&p, 0, 15, 3);
    cacheplay_read(&p, 0, 31, 3);
    cacheplay_run(&p, 40);
    cr_expect_eq(cacheplay_version(&p, 0, 3), 0);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.stale, 1);
    cacheplay_close(&p);
}

// Of the first 80 items, those of lost nodes are gone, and those that came to the others meanwhile
// are looked for where they were when the nodes are back. There is room for as much less.
Test(cache, a_lost_node_takes_its_share_along)
{
    uint32_t left, kept = 0;
    cacheplay_make(&p);
    cacheplay_add_fault(&p, FAULT_CACHE, FAULT_CAPACITY, 0.75);
    cacheplay_open(&p);
    for (uint32_t item = 0; item < 80; item++)
        cacheplay_read(&p, 0, 1 + 0.01 * item, item);
    for (uint32_t item = 0; item < 200; item++)
        cacheplay_read(&p, 0, 15 + 0.01 * item, item);
    cacheplay_run(&p, 12);
    left = cacheplay_cache(&p, 0)->copies.n;
    cr_expect(left > 50 && left < 70, "%u left", left);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.dropped, 80 - left);
    cacheplay_run(&p, 20);
    cr_expect_eq(cacheplay_cache(&p, 0)->copies.n, 75);
    for (uint32_t item = 125; item < 200; item++)
        cr_expect_neq(cacheplay_version(&p, 0, item), UINT64_MAX, "item %u", item);
    cacheplay_run(&p, 32);
    for (uint32_t item = 125; item < 200; item++)
        kept += cacheplay_version(&p, 0, item) != UINT64_MAX;
    cr_expect_eq(kept, cacheplay_cache(&p, 0)->copies.n);
    cr_expect(kept > 46 && kept < 66, "%u kept", kept);
    cr_expect_eq(cacheplay_cache(&p, 0)->copies.limit, 100);
    cacheplay_close(&p);
}

// What is dropped with a cache that goes down is counted.
Test(cache, what_is_lost_with_it_is_counted)
{
    cacheplay_make(&p);
    cacheplay_add_fault(&p, FAULT_CACHE, FAULT_DOWN, 0);
    cacheplay_open(&p);
    for (uint32_t item = 0; item < 7; item++)
        cacheplay_read(&p, 0, 1, item);
    cacheplay_run(&p, 40);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.dropped, 7);
    cr_expect_eq(cacheplay_record(&p, 0)->caches.invalidated, 0);
    cacheplay_close(&p);
}
