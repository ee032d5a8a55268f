// Pins: a cache's log counts exactly the hits that missed a write, once each, with their ages, as a
// scan over all hits does: more items than chains, growth across several doublings, forgetting.
#include <criterion/criterion.h>

#include "base/array.h"
#include "base/stream.h"
#include "model/events.h"
#include "model/hitlog.h"

struct hit {
    simtime time;
    uint64_t version;
    uint32_t item;
    bool is_counted;
};

struct twin {
    ARRAY(struct hit) hits;
    uint64_t counted, ages;
};

static void twin_learn(struct twin *t, const struct payload_write *p)
{
    for (size_t i = 0; i < t->hits.n; i++) {
        struct hit *h = &t->hits.items[i];
        if (h->item != p->item || h->is_counted || h->time < p->committed ||
            h->version >= p->version)
            continue;
        h->is_counted = true;
        t->counted++;
        t->ages += (uint64_t)(h->time - p->committed);
    }
}

// 40 items in 16 chains; 20,000 steps are three doublings.
static void run_program(uint64_t seed, int n_steps)
{
    struct stream random = stream_open(seed, 0, "test", "hitlog");
    struct hitlog log;
    struct twin t = {0};
    struct histogram ages;
    uint64_t counted = 0;
    histogram_init(&ages);
    hitlog_init(&log, 1, &ages);
    for (int i = 0; i < n_steps; i++) {
        const struct hit h = {10 * i, stream_below(&random, 50), stream_below(&random, 40), false};
        if (stream_below(&random, 8) > 0) {
            hitlog_add(&log, h.item, h.time, h.version);
            array_push(&t.hits, h);
            continue;
        }
        const struct payload_write p = {.item = h.item,
                                        .version = h.version,
                                        .committed = h.time - stream_below(&random, 3000)};
        counted += hitlog_learn(&log, &p);
        twin_learn(&t, &p);
        cr_assert_eq(counted, t.counted, "step %d: %lu counted, not %lu", i, counted, t.counted);
    }
    cr_assert_gt(counted, 0);
    cr_expect_eq(ages.n, t.counted);
    cr_expect_eq(ages.sum, t.ages);
    hitlog_free(&log);
    histogram_free(&ages);
    array_free(&t.hits);
}

Test(hitlog, counts_what_a_scan_counts)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        run_program(seed, 3000);
    run_program(1, 20000);
}

Test(hitlog, forgets_the_old_and_keeps_the_rest)
{
    struct hitlog log;
    struct histogram ages;
    histogram_init(&ages);
    hitlog_init(&log, 1000, &ages);
    for (int i = 0; i < 10000; i++) {
        hitlog_add(&log, (uint32_t)i % 2, i, 1);
        if (i % 100 == 0)
            hitlog_forget(&log, i - 50);
    }
    cr_expect_eq(log.mask + 1, 4096, "the ring grew although the old was forgotten");
    hitlog_forget(&log, 9990);
    cr_expect_eq(hitlog_learn(&log, &(struct payload_write){.version = 2, .item = 0}), 5);
    cr_expect_eq(hitlog_learn(&log, &(struct payload_write){.version = 3, .item = 0}), 0);
    cr_expect_eq(
        hitlog_learn(&log, &(struct payload_write){.version = 1, .committed = 9995, .item = 1}), 0);
    cr_expect_eq(
        hitlog_learn(&log, &(struct payload_write){.version = 2, .committed = 9995, .item = 1}), 3);
    hitlog_free(&log);
    histogram_free(&ages);
}
