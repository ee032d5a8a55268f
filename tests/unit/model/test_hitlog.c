// Pins: a cache's log counts for each read exactly what it missed, as a scan over all reads does
// when all notices have come: more items than chains, growth across several doublings, reads that
// are noted late, forgetting. A planted fault (a notice that comes later than is said) is found.
#include <criterion/criterion.h>

#include "base/array.h"
#include "base/stream.h"
#include "model/hitlog.h"

enum { NOTICE = 3000 };

struct notice {
    struct unseen_write write;
    uint32_t item;
    simtime comes;
};

struct twin {
    ARRAY(struct copy_read) reads;
    ARRAY(struct notice) writes;
};

static struct copy_read new_read(simtime time, uint32_t item, uint64_t version)
{
    return (struct copy_read){.time = time,
                              .version = version,
                              .newest = COPY_NO_WRITE,
                              .missed = SIMTIME_NEVER,
                              .item = item};
}

static void count_all(struct twin *t, struct copy_counts *counts)
{
    for (size_t i = 0; i < t->reads.n; i++) {
        struct copy_read read = t->reads.items[i];
        for (size_t k = 0; k < t->writes.n; k++)
            if (t->writes.items[k].item == read.item &&
                t->writes.items[k].write.committed <= read.time)
                copy_misses(&read, &t->writes.items[k].write);
        copy_count(counts, &read);
    }
}

// What has come already is the reader's to know.
static void add_read(struct hitlog *log, struct twin *t, simtime now, struct copy_read read)
{
    array_push(&t->reads, read);
    for (size_t k = 0; k < t->writes.n; k++) {
        const struct notice *w = &t->writes.items[k];
        if (w->item == read.item && w->comes <= now && w->write.committed <= read.time)
            copy_misses(&read, &w->write);
    }
    hitlog_add(log, now, &read);
}

static bool is_same(const struct copy_counts *a, const struct copy_counts *b)
{
    return a->stale == b->stale && a->age.sum == b->age.sum && a->behind.sum == b->behind.sum &&
           a->since.n == b->since.n && a->since.sum == b->since.sum &&
           a->since_st.sum == b->since_st.sum;
}

// Steps are 10 ns apart; 40 items in 16 chains.
static bool run_program(uint64_t seed, int n_steps, simtime latest)
{
    struct stream random = stream_open(seed, 0, "test", "hitlog");
    struct hitlog log;
    struct twin t = {0};
    struct copy_counts counted, twin;
    size_t come = 0;
    copy_counts_init(&counted), copy_counts_init(&twin);
    hitlog_init(&log, 1, NOTICE, &counted);
    for (simtime now = 0; now < 10 * n_steps; now += 10) {
        const uint32_t item = stream_below(&random, 40);
        const uint64_t version = stream_below(&random, 50);
        for (; come < t.writes.n && t.writes.items[come].comes <= now; come++)
            hitlog_notice(&log, t.writes.items[come].item, &t.writes.items[come].write);
        if (stream_below(&random, 8) > 0) {
            const simtime late = stream_below(&random, 4) == 0 ? stream_below(&random, 500) : 0;
            add_read(&log, &t, now, new_read(now - late, item, version));
        } else {
            const struct notice w = {.write = {.version = version, .committed = now},
                                     .item = item,
                                     .comes = now + latest};
            array_push(&t.writes, w);
        }
    }
    for (; come < t.writes.n; come++)
        hitlog_notice(&log, t.writes.items[come].item, &t.writes.items[come].write);
    hitlog_settle(&log);
    count_all(&t, &twin);
    cr_assert_gt(twin.stale, 0);
    const bool same = is_same(&counted, &twin);
    hitlog_free(&log);
    copy_counts_free(&counted), copy_counts_free(&twin);
    array_free(&t.reads), array_free(&t.writes);
    return same;
}

Test(hitlog, counts_what_a_scan_counts)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        cr_expect(run_program(seed, 1000, seed % 2 ? NOTICE : 40), "seed %lu", seed);
}

Test(hitlog, a_notice_that_is_too_late_is_found)
{
    cr_expect_not(run_program(1, 1000, 2 * NOTICE));
}

Test(hitlog, forgets_the_old)
{
    struct hitlog log;
    struct copy_counts counts;
    copy_counts_init(&counts);
    hitlog_init(&log, 1000, 50, &counts);
    for (simtime now = 0; now < 10000; now++) {
        const struct copy_read read = new_read(now, (uint32_t)now % 2, 1);
        hitlog_add(&log, now, &read);
    }
    cr_expect_eq(log.mask + 1, 64, "the ring grew although the old was forgotten");
    hitlog_notice(&log, 0, &(struct unseen_write){.version = 2, .committed = 9990});
    hitlog_notice(&log, 1, &(struct unseen_write){.version = 1, .committed = 9990});
    hitlog_settle(&log);
    cr_expect_eq(counts.stale, 5);
    cr_expect_eq(counts.since.n, 10);
    hitlog_free(&log);
    copy_counts_free(&counts);
}
