// Pins: the log counts exactly the reads that missed a write, once each, with their ages, as a scan
// over all reads does: random reads and writes of few items, reads noted slightly out of order (as
// quorums do), forgetting, and growth across several doublings of the ring.
#include <criterion/criterion.h>

#include "base/array.h"
#include "base/stream.h"
#include "model/events.h"
#include "model/readlog.h"

struct read {
    simtime time;
    uint64_t version;
    uint32_t item;
    bool is_counted;
};

struct twin {
    ARRAY(struct read) reads;
    uint64_t counted, ages;
};

static void twin_learn(struct twin *t, uint32_t item, simtime committed, uint64_t version)
{
    for (size_t i = 0; i < t->reads.n; i++) {
        struct read *r = &t->reads.items[i];
        if (r->item != item || r->is_counted || r->time < committed || r->version >= version)
            continue;
        r->is_counted = true;
        t->counted++;
        t->ages += (uint64_t)(r->time - committed);
    }
}

static uint64_t learn(struct readlog *log, uint32_t item, simtime committed, uint64_t version)
{
    const struct payload_write p = {.version = version, .committed = committed, .item = item};
    return readlog_learn(log, SIMTIME_NEVER, &p);
}

static void add(struct readlog *log, struct twin *t, struct read r)
{
    readlog_add(log, r.item, r.time, r.version);
    array_push(&t->reads, r);
}

// `disorder`: how far a read may be noted before an earlier one.
static void run_program(uint64_t seed, int n_steps, uint32_t disorder)
{
    struct stream random = stream_open(seed, 0, "test", "readlog");
    struct readlog log;
    struct twin t = {0};
    struct histogram ages;
    uint64_t counted = 0;
    histogram_init(&ages);
    readlog_init(&log, 5, &ages);
    for (int i = 0; i < n_steps; i++) {
        simtime now = 1000 + 10 * i;
        uint32_t item = stream_below(&random, 5);
        uint64_t version = stream_below(&random, 50);
        if (stream_below(&random, 8) > 0) {
            simtime time = now - (disorder > 0 ? stream_below(&random, disorder) : 0);
            add(&log, &t, (struct read){time, version, item, false});
        } else {
            simtime committed = now - stream_below(&random, 3000);
            counted += learn(&log, item, committed, version);
            twin_learn(&t, item, committed, version);
        }
        cr_assert_eq(counted, t.counted, "step %d: %lu counted, not %lu", i, counted, t.counted);
    }
    cr_assert_gt(counted, 0);
    cr_expect_eq(ages.n, t.counted);
    cr_expect_eq(ages.sum, t.ages);
    readlog_free(&log);
    histogram_free(&ages);
    array_free(&t.reads);
}

Test(readlog, counts_what_a_scan_counts)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        run_program(seed, 3000, 0);
    run_program(1, 20000, 0); // 4096, 8192 and 16384 entries
}

Test(readlog, reads_noted_out_of_order)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        run_program(seed, 3000, 500);
}

Test(readlog, forgets_the_old_and_keeps_the_rest)
{
    struct readlog log;
    struct histogram ages;
    histogram_init(&ages);
    readlog_init(&log, 2, &ages);
    for (int i = 0; i < 10000; i++) {
        readlog_add(&log, (uint32_t)i % 2, i, 1);
        if (i % 100 == 0)
            readlog_forget(&log, i - 50);
    }
    cr_expect_eq(log.mask + 1, 4096, "the ring grew although the old was forgotten");
    readlog_forget(&log, 9990);
    cr_expect_eq(learn(&log, 0, 0, 2), 5);    // 9990, 9992 .. 9998
    cr_expect_eq(learn(&log, 0, 0, 3), 0);    // once each
    cr_expect_eq(learn(&log, 1, 9995, 1), 0); // they saw it
    cr_expect_eq(learn(&log, 1, 9995, 2), 3);
    readlog_free(&log);
    histogram_free(&ages);
}

// A read noted ahead of its time returns what has been written until then, and is judged only
// afterwards, as if it had been noted when it was served: random programs of both kinds.
static uint64_t count_stale(uint64_t seed, bool ahead)
{
    enum { ITEMS = 3, READS = 400, WRITES = 100, END = 4000 };
    struct stream random = stream_open(seed, 0, "test", "readlog ahead");
    struct readlog log;
    struct histogram ages;
    uint64_t versions[ITEMS] = {0}, counted = 0;
    static struct {
        uint32_t noted, served, item; // at these times
    } reads[READS];
    static struct {
        uint32_t at, item, committed, version;
        bool is_applied;
    } writes[WRITES];
    for (int i = 0; i < READS; i++) {
        reads[i].served = 2 * stream_below(&random, END);
        reads[i].noted = reads[i].served - (uint32_t)stream_below(&random, 300);
        reads[i].noted = reads[i].noted > reads[i].served ? 0 : reads[i].noted & ~1u;
        reads[i].item = stream_below(&random, ITEMS);
    }
    for (int i = 0; i < WRITES; i++) {
        writes[i].at = 2 * stream_below(&random, END) + 1;
        writes[i].committed = writes[i].at - stream_below(&random, writes[i].at);
        writes[i].item = stream_below(&random, ITEMS);
        writes[i].version = stream_below(&random, 1000);
        writes[i].is_applied = stream_below(&random, 4) > 0;
    }
    histogram_init(&ages);
    readlog_init(&log, ITEMS, &ages);
    for (uint32_t now = 0; now < 2 * END + 2; now++) {
        for (int i = 0; i < READS; i++)
            if (now == (ahead ? reads[i].noted : reads[i].served))
                readlog_add(&log, reads[i].item, reads[i].served, versions[reads[i].item]);
        for (int i = 0; i < WRITES; i++) {
            const struct payload_write p = {.version = writes[i].version,
                                            .committed = writes[i].committed,
                                            .item = writes[i].item};
            if (now != writes[i].at)
                continue;
            counted += readlog_learn(&log, now, &p);
            if (writes[i].is_applied && p.version > versions[p.item])
                readlog_write(&log, now, p.item, versions[p.item] = p.version);
        }
    }
    readlog_free(&log);
    histogram_free(&ages);
    return counted;
}

Test(readlog, reads_noted_ahead_of_their_time)
{
    uint64_t sum = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        uint64_t want = count_stale(seed, false);
        cr_assert_eq(count_stale(seed, true), want, "seed %lu", seed);
        sum += want;
    }
    cr_assert_gt(sum, 50);
}
