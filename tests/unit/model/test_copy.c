// Pins: a copy counts, for every read, what a scan over all acknowledged writes finds: how many it
// missed, the age of the oldest, the time since the newest. Random writes, told of late and applied
// later, never, or in another order; reads noted when they are served, ahead of their time, or
// after it (as quorums do); growth of the log across several doublings.
#include <criterion/criterion.h>

#include "base/array.h"
#include "base/stream.h"
#include "model/copy.h"
#include "model/version.h"

enum { ITEMS = 3, NOTICE = 50, LATE = 200 };

struct write {
    uint64_t version;
    simtime committed, noticed, applied;
    uint32_t item;
};

struct read {
    simtime noted, served;
    uint64_t version;
    uint32_t item;
};

struct program {
    ARRAY(struct write) writes;
    ARRAY(struct read) reads;
    simtime end;
};

struct sums {
    uint64_t stale, behind, age, n_since, since, since_stale;
};

// Times of writes are odd, of reads even, so that nothing happens at the same time.
static void make_writes(struct program *p, struct stream *s, int n)
{
    for (int i = 0; i < n; i++) {
        struct write w = {.item = stream_below(s, ITEMS)};
        w.committed = p->end / n * i + 1 + 2 * (simtime)stream_below(s, (uint32_t)(p->end / n / 2));
        w.version = version_make(0, w.committed * 1024, stream_below(s, 4), 0);
        w.noticed = w.committed + 2 * (simtime)stream_below(s, NOTICE / 2);
        w.applied = w.noticed + 2 * (simtime)stream_below(s, 800);
        if (stream_below(s, 8) == 0)
            w.applied = w.noticed = w.committed; // written here
        else if (stream_below(s, 8) == 0)
            w.applied = SIMTIME_NEVER;
        array_push(&p->writes, w);
    }
}

static void make_reads(struct program *p, struct stream *s, int n, int ahead, int late)
{
    for (int i = 0; i < n; i++) {
        struct read r = {.item = stream_below(s, ITEMS)};
        r.served = 2 * (simtime)stream_below(s, (uint32_t)p->end / 2);
        r.noted = r.served - (ahead > 0 ? 2 * (simtime)stream_below(s, (uint32_t)ahead / 2) : 0) +
                  (late > 0 ? 2 * (simtime)stream_below(s, (uint32_t)late / 2) : 0);
        r.noted = r.noted < 0 ? 0 : r.noted;
        array_push(&p->reads, r);
    }
}

// What a scan finds.
static uint64_t version_at(const struct program *p, uint32_t item, simtime time)
{
    uint64_t version = 0;
    for (size_t i = 0; i < p->writes.n; i++) {
        const struct write *w = &p->writes.items[i];
        if (w->item == item && w->applied <= time && w->version > version)
            version = w->version;
    }
    return version;
}

static void scan_read(const struct program *p, const struct read *r, struct sums *sums)
{
    const uint64_t returned = version_at(p, r->item, r->served);
    simtime missed = SIMTIME_NEVER, newest = -1;
    uint64_t behind = 0;
    for (size_t i = 0; i < p->writes.n; i++) {
        const struct write *w = &p->writes.items[i];
        if (w->item != r->item || w->committed > r->served)
            continue;
        newest = simtime_most(newest, w->committed);
        if (w->version <= returned)
            continue;
        behind++;
        missed = simtime_least(missed, w->committed);
    }
    sums->behind += behind;
    sums->n_since += newest >= 0;
    sums->since += newest >= 0 ? (uint64_t)(r->served - newest) : 0;
    if (behind == 0)
        return;
    sums->stale++;
    sums->age += (uint64_t)(r->served - missed);
    sums->since_stale += (uint64_t)(r->served - newest);
}

// The copy, told of everything in order of time.
static void play_writes(const struct program *p, struct copy *c, simtime now, bool is_late)
{
    for (size_t i = 0; i < p->writes.n; i++) {
        const struct write *w = &p->writes.items[i];
        const struct payload_write told = {w->version, w->committed, w->item, 0};
        if (w->noticed == now && (w->applied != w->committed || is_late))
            copy_notice(c, &told);
        if (w->applied == now && w->version > copy_version(c, w->item))
            copy_write(c, now, &told);
    }
}

static struct sums play(const struct program *p, bool is_late)
{
    struct copy_counts counts;
    struct copy c;
    copy_counts_init(&counts);
    copy_init(
        &c, ITEMS,
        &(struct copy_conf){.notice = NOTICE, .history = is_late ? LATE : 0, .counts = &counts});
    for (simtime now = 0; now < p->end + 2000; now++) {
        play_writes(p, &c, now, is_late);
        for (size_t i = 0; i < p->reads.n; i++) {
            const struct read *r = &p->reads.items[i];
            const struct copy_asked asked = {.time = r->served, .item = r->item};
            if (r->noted == now)
                copy_read(&c, now, &asked,
                          is_late ? version_at(p, r->item, r->served) : copy_version(&c, r->item));
        }
    }
    copy_settle(&c);
    struct sums sums = {counts.stale,   counts.behind.sum, counts.age.sum,
                        counts.since.n, counts.since.sum,  counts.since_st.sum};
    copy_free(&c);
    copy_counts_free(&counts);
    return sums;
}

static struct sums scan(const struct program *p)
{
    struct sums sums = {0};
    for (size_t i = 0; i < p->reads.n; i++)
        scan_read(p, &p->reads.items[i], &sums);
    return sums;
}

static void expect_same(uint64_t seed, int n_reads, int ahead, int late)
{
    struct stream s = stream_open(seed, 0, "test", "copy");
    struct program p = {.end = 3000};
    make_writes(&p, &s, 100);
    make_reads(&p, &s, n_reads, ahead, late);
    const struct sums got = play(&p, late > 0), want = scan(&p);
    cr_assert_gt(want.stale, 0);
    cr_assert_eq(got.stale, want.stale, "seed %lu: %lu stale, not %lu", seed, got.stale,
                 want.stale);
    cr_assert_eq(got.behind, want.behind, "seed %lu: %lu behind, not %lu", seed, got.behind,
                 want.behind);
    cr_assert_eq(got.age, want.age, "seed %lu: age %lu, not %lu", seed, got.age, want.age);
    cr_assert_eq(got.n_since, want.n_since);
    cr_assert_eq(got.since, want.since, "seed %lu: since %lu, not %lu", seed, got.since,
                 want.since);
    cr_assert_eq(got.since_stale, want.since_stale);
    array_free(&p.writes);
    array_free(&p.reads);
}

Test(copy, counts_what_a_scan_finds)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        expect_same(seed, 400, 0, 0);
    expect_same(1, 20000, 0, 0); // up to hundreds in the log
}

Test(copy, reads_noted_ahead_of_their_time)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        expect_same(seed, 400, 300, 0);
}

// As a quorum's reads are, when the last answer comes.
Test(copy, reads_noted_after_their_time)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        expect_same(seed, 400, 0, LATE);
}

Test(copy, writes_of_a_replaced_leader_are_lost_not_missed)
{
    struct copy_counts counts;
    struct copy c;
    copy_counts_init(&counts);
    copy_init(&c, ITEMS, &(struct copy_conf){.notice = NOTICE, .counts = &counts});
    copy_notice(&c, &(struct payload_write){version_make(1, 1000, 0, 0), 1000, 0, 0});
    copy_read(&c, 2000, &(struct copy_asked){.time = 2000}, 0);
    c.epoch = 2;
    copy_read(&c, 3000, &(struct copy_asked){.time = 3000}, 0);
    copy_notice(&c, &(struct payload_write){version_make(1, 4000, 0, 0), 4000, 0, 0});
    copy_read(&c, 5000, &(struct copy_asked){.time = 5000}, 0);
    copy_settle(&c);
    cr_expect_eq(counts.stale, 1);
    copy_free(&c);
    copy_counts_free(&counts);
}

Test(copy, a_write_that_never_comes_is_no_longer_missed)
{
    struct copy_counts counts;
    struct copy c;
    copy_counts_init(&counts);
    copy_init(&c, ITEMS, &(struct copy_conf){.notice = NOTICE, .counts = &counts});
    for (int i = 1; i <= 3; i++)
        copy_notice(&c, &(struct payload_write){(uint64_t)i << 20, i, 0, 0});
    copy_give_up(&c, &(struct payload_write){UINT64_C(2) << 20, 0, 0, 0});
    copy_read(&c, 10, &(struct copy_asked){.time = 10}, 0);
    copy_give_up(&c, &(struct payload_write){UINT64_C(3) << 20, 0, 0, 0});
    copy_give_up(&c, &(struct payload_write){UINT64_C(1) << 20, 0, 0, 0});
    copy_read(&c, 11, &(struct copy_asked){.time = 11}, 0);
    copy_settle(&c);
    cr_expect_eq(counts.stale, 1);
    cr_expect_eq(counts.behind.sum, 2);
    copy_free(&c);
    copy_counts_free(&counts);
}

// Two writes of an item fail, the second long after the horizon has
// passed the first, which then comes.
Test(copy, a_failed_write_is_news_where_nothing_was_dropped)
{
    struct copy_counts counts;
    struct copy c;
    const uint64_t first = version_make(0, SIMTIME_S, 0, 0);
    copy_counts_init(&counts);
    copy_init(&c, ITEMS, &(struct copy_conf){.notice = NOTICE, .counts = &counts, .n_slots = 8});
    copy_fail(&c, &(struct payload_write){.version = first, .committed = SIMTIME_NEVER});
    c.settled = version_make(0, 10 * SIMTIME_S, 0, 0);
    copy_fail(&c, &(struct payload_write){.version = version_make(0, 12 * SIMTIME_S, 0, 0),
                                          .committed = SIMTIME_NEVER});
    cr_expect(copy_is_news(&c, 0, first));
    // Of another item an acknowledged version may have been dropped.
    copy_fail(&c, &(struct payload_write){.version = version_make(0, 12 * SIMTIME_S, 0, 0),
                                          .committed = SIMTIME_NEVER,
                                          .item = 1});
    cr_expect_not(copy_is_news(&c, 1, first));
    copy_free(&c);
    copy_counts_free(&counts);
}
