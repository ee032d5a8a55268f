// Pins: a store that keeps only what is under way of its items (items.h, horizon.h) tells what one
// with a place for every item tells, to the last integer: rich worlds of all modes, with tables of
// eight slots that are swept all the time. Only these may differ: of stores with a single leader or
// whose replicas look at their horizon the digest and the number of events, which bookkeeping adds
// to; of the times since the newest write those of reads that missed nothing and whose newest write
// had settled. What a table happens to hold decides nothing. Settling too early is found. Late
// writes do not come back; settled versions are not repaired, failed ones are; replicas agree, and
// wait for what is under way and for nobody who is gone for good. Memory of 100 million items
// follows what is under way.
#include <criterion/criterion.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/settlement.h"
#include "support/rich.h"
#include "support/richcaches.h"
#include "support/richlimits.h"
#include "support/stat.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// ---- the same as with a place for every item

static bool has_own_items(void)
{
    bool any = false;
    for (int i = 0; i < t.workload.n_classes; i++)
        any |= t.workload.classes[i].has_own_items;
    return any;
}

// Whose replicas have to agree.
static bool is_horizon_store(const struct store_spec *s)
{
    if (s->cache.scope != CACHING_NONE || s->mode == STORE_CONSENSUS ||
        (s->mode == STORE_QUORUM && has_own_items()))
        return false; // they forget nothing
    if (s->mode != STORE_SINGLE_LEADER)
        return s->mode == STORE_QUORUM;
    return t.topology.n_regions > 1 || s->leading.forwarding >= FORWARD_SESSION ||
           distribution_upper_quantile(&s->leading.reader_lag, 1e-9) > 0;
}

static bool has_horizon(void)
{
    bool any = false;
    for (int i = 0; i < t.topology.n_stores; i++)
        any |= is_horizon_store(&t.stores[i]);
    return any;
}

// Leaders are told which of the writes that followers sent them were acknowledged, and tell which
// of their predecessors' are lost.
static bool has_leader(void)
{
    bool any = false;
    for (int i = 0; i < t.topology.n_stores; i++)
        any |= t.stores[i].mode == STORE_SINGLE_LEADER;
    return any;
}

// Seen in any of the worlds, with a horizon and without: otherwise the test would be hollow.
static struct {
    uint64_t stale, overwritten, lost, present, superseded, settled;
} seen[2];

static void note(int store, const struct store_record *dense, const struct store_record *sparse)
{
    const int k = is_horizon_store(&t.stores[store]);
    seen[k].stale += dense->staleness.stale;
    seen[k].overwritten += dense->fates[FATE_OVERWRITTEN];
    seen[k].lost += dense->fates[FATE_LOST];
    seen[k].present += dense->fates[FATE_PRESENT];
    seen[k].superseded += dense->fates[FATE_SUPERSEDED];
    seen[k].settled += dense->staleness.since.n - sparse->staleness.since.n;
}

// Some reads are missing, but none that missed something.
static void expect_since(uint64_t seed, const struct copy_counts *dense,
                         const struct copy_counts *sparse)
{
    for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
        cr_assert_leq(sparse->since.count[i], dense->since.count[i], "world %lu", seed);
        cr_assert_eq(sparse->since_st.count[i], dense->since_st.count[i]);
    }
    cr_expect_eq(sparse->since_st.sum, dense->since_st.sum);
}

static void run(uint32_t item_slots, struct record *record)
{
    const struct world_run_conf conf = {.seed = TINY_SEED, .n_threads = 1, .serial = true};
    t.item_slots = item_slots;
    rich_run(&t, PARTITION_ONE, &conf, record);
}

static void expect_same_as_dense(uint64_t seed)
{
    struct record dense, sparse;
    run(0, &dense);
    run(8, &sparse);
    for (int i = 0; i < dense.n_stores; i++) {
        expect_since(seed, &dense.stores[i].staleness, &sparse.stores[i].staleness);
        note(i, &dense.stores[i], &sparse.stores[i]);
        histogram_clear(&dense.stores[i].staleness.since);
        histogram_clear(&sparse.stores[i].staleness.since);
    }
    if (has_horizon())
        cr_expect_gt(sparse.events, dense.events, "world %lu: nobody looks", seed);
    if (has_horizon() || has_leader()) {
        sparse.events = dense.events;
        sparse.digest = dense.digest;
    }
    cr_expect(rich_same_record(&dense, &sparse), "world %lu", seed);
    rich_drop(&dense);
    rich_drop(&sparse);
}

// So many items that most have settled most of the time; some stores with limits, caches, sessions.
static void make_rich(uint64_t seed)
{
    rich_make(&t, seed);
    t.workload.duration_s = 30;
    if (seed % 3 == 0)
        richlimits_add(&t, seed);
    if (seed % 7 == 0)
        richcaches_add(&t, seed);
    if (seed % 5 == 0)
        rich_add_sessions(&t, seed);
    if (seed % 11 == 0)
        rich_add_consensus(&t, seed);
    for (int i = 0; i < t.topology.n_stores; i++)
        t.stores[i].items *= 100;
}

Test(horizon, rich_worlds_are_as_with_a_place_for_every_item)
{
    for (uint64_t seed = 1; seed <= stat_runs(stat_is_long() ? 1000 : 100); seed++) {
        make_rich(seed);
        if (t.topology.n_stores > 0)
            expect_same_as_dense(seed);
    }
    if (stat_runs(100) < 100)
        return;                     // too few to meet everything
    cr_expect_gt(seen[0].lost, 50); // in worlds with regions that never come back
    for (int k = 0; k < 2; k++)
        cr_expect(seen[k].stale > 50 && seen[k].overwritten > 50 && seen[k].present > 1000 &&
                      seen[k].superseded > 1000 && seen[k].settled > 1000,
                  "%d: stale %lu, overwritten %lu, lost %lu, present %lu, superseded %lu, settled "
                  "%lu",
                  k, seen[k].stale, seen[k].overwritten, seen[k].lost, seen[k].present,
                  seen[k].superseded, seen[k].settled);
}

// But the digest, of what a leader repairs a copy with: it may have dropped that.
Test(horizon, what_a_table_happens_to_hold_decides_nothing)
{
    for (uint64_t seed = 1; seed <= stat_runs(stat_is_long() ? 1000 : 100); seed++) {
        struct record swept, roomy;
        make_rich(seed);
        if (t.topology.n_stores == 0)
            continue;
        run(8, &swept);
        run(ITEMS_FIRST_SLOTS, &roomy);
        if (has_leader())
            swept.digest = roomy.digest;
        cr_expect(rich_same_record(&swept, &roomy), "world %lu", seed);
        rich_drop(&swept);
        rich_drop(&roomy);
    }
}

Test(horizon, same_for_all_threads_and_cells)
{
    for (uint64_t seed = 1; seed <= stat_runs(stat_is_long() ? 100 : 12); seed++) {
        const struct world_run_conf serial = {.seed = TINY_SEED, .n_threads = 1, .serial = true};
        const struct world_run_conf threads = {.seed = TINY_SEED, .n_threads = 2};
        struct record a, b;
        rich_make(&t, seed);
        t.item_slots = 8;
        rich_run(&t, PARTITION_ONE, &serial, &a);
        rich_run(&t, PARTITION_MANY, &threads, &b);
        cr_expect(rich_same_record(&a, &b), "world %lu", seed);
        rich_drop(&a);
        rich_drop(&b);
    }
}

// ---- settling too early is found

static const char *const regions[] = {"us-east-1", "us-west-2", "eu-west-1"};

// Three regions that clocks are half a second wrong in, links that are cut for seconds.
static struct store_spec *make(enum store_mode mode)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, regions[1], 60);
    tiny_add_region(&t, regions[2], 90);
    struct store_spec *s = tiny_add_store(&t, mode);
    s->items = 2000;
    t.workload.duration_s = t.workload.window_s = 1000;
    t.item_slots = 8;
    return s;
}

static void add_cut(const char *region, const char *peer, double at_s, double lasts_s)
{
    tiny_add_fault_at(&t, FAULT_LINK, region, at_s, lasts_s)->peer = peer;
}

struct counts {
    uint64_t stale, overwritten;
};

// Random writes and reads everywhere; settling `hasty` seconds too early.
static struct counts play(enum store_mode mode, uint32_t item_slots, double hasty)
{
    struct stream random = stream_open(1, 0, "test", "horizon");
    struct counts counts = {0};
    struct store_spec *s = make(mode);
    s->quorum.read = 1;
    s->items = 400; // written every 5 s each
    t.topology.regions[1].clock_offset_s = 0.5;
    t.topology.regions[2].clock_offset_s = -0.5;
    for (int i = 0; i < 6; i++)
        add_cut(regions[stream_below(&random, 3)], regions[stream_below(&random, 3)], 10 * i, 8);
    t.item_slots = item_slots;
    storeplay_open(&p, &t);
    for (int i = 0; i < 3; i++) {
        struct replica *r = &p.stage.world->replicas[i];
        r->copy.settling.after -= simtime_from_seconds(hasty);
        r->horizon.margin -= simtime_from_seconds(hasty);
    }
    for (int i = 0; i < 12000; i++)
        storeplay_ask(&p, (int)stream_below(&random, 3), 70 * stream_uniform(&random),
                      stream_below(&random, t.stores[0].items),
                      stream_below(&random, 2) ? REQUEST_WRITE : 0);
    storeplay_run(&p, 200);
    counts.stale = storeplay_stale_reads(&p);
    for (int r = 0; r < 3; r++)
        counts.overwritten += storeplay_marked(&p, r, true);
    storeplay_close(&p);
    return counts;
}

static void expect_hasty_is_found(enum store_mode mode, double hasty_s)
{
    const struct counts dense = play(mode, 0, 0), sparse = play(mode, 8, 0);
    const struct counts hasty = play(mode, 8, hasty_s);
    cr_expect(dense.stale > 100 && dense.overwritten > 10, "stale %lu, overwritten %lu",
              dense.stale, dense.overwritten);
    cr_expect_eq(sparse.stale, dense.stale);
    cr_expect_eq(sparse.overwritten, dense.overwritten);
    cr_expect(hasty.stale != dense.stale || hasty.overwritten != dense.overwritten,
              "mode %d: settling %g s too early went unnoticed", (int)mode, hasty_s);
}

Test(horizon, planted_haste_is_found)
{
    expect_hasty_is_found(STORE_MULTI_LEADER, 3);
    expect_hasty_is_found(STORE_QUORUM, 6); // the margin is for operations of up to twice 2 s
}

// ---- writes that come late

// All items but 0 are read and written everywhere from `from_s` on, so that tables are swept.
static void busy(double from_s, double to_s)
{
    int i = 0;
    for (double at_s = from_s; at_s < to_s; at_s += 0.05, i++)
        storeplay_ask(&p, i % 3, at_s, 1 + (uint32_t)i % (t.stores[0].items - 1),
                      i / 3 % 2 ? REQUEST_WRITE : 0);
}

static uint64_t known_version(int region, uint32_t item)
{
    return items_find(&storeplay_replica(&p, region)->copy.items, item)->version;
}

// Region 0's write is held up for a minute, region 1's later one overtakes it and settles
// everywhere else.
Test(horizon, late_write_of_a_leader_does_not_bring_back_an_old_version)
{
    make(STORE_MULTI_LEADER);
    add_cut("us-east-1", "eu-west-1", 1.1, 60);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 3, 0);
    busy(5, 100);
    storeplay_run(&p, 50);
    cr_expect_eq(known_version(0, 0), 0);
    cr_expect_eq(known_version(1, 0), 0);
    cr_expect_eq(version_member(known_version(2, 0)), 1, "one is to come, so it is known");
    storeplay_run(&p, 200);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(known_version(region, 0), 0);
    for (int region = 0; region < 3; region++) // region 1 knew of it
        cr_expect(!marks_has(&storeplay_replica(&p, region)->fates.overwritten[0], 0));
    cr_expect(items_was_written(&storeplay_replica(&p, 2)->copy.items, 0));
    storeplay_close(&p);
}

// Region 2 is cut off from 10 to 20 s, longer than hints are kept: what was written meanwhile comes
// when replicas are compared, at 50 s. A later write is there long before.
static void make_late_hint(void)
{
    struct store_spec *s = make(STORE_QUORUM);
    s->quorum.hint_window_s = 0.5;
    s->quorum.anti_entropy_s = 50;
    add_cut("eu-west-1", "*", 10, 10);
}

Test(horizon, late_hint_does_not_bring_back_an_old_version)
{
    make_late_hint();
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 12, 0);
    storeplay_write(&p, 1, 25, 0);
    busy(30, 100);
    storeplay_run(&p, 45);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(known_version(region, 0), 0, "region %d", region);
    storeplay_run(&p, 200);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(known_version(region, 0), 0, "region %d", region);
    storeplay_close(&p);
}

// ---- agreement

static double horizon_s(int region)
{
    return simtime_to_seconds(version_clock(storeplay_replica(&p, region)->copy.settled));
}

static void expect_agreement(double from_s, double to_s)
{
    for (int region = 0; region < 3; region++) {
        cr_expect_eq(storeplay_replica(&p, region)->copy.settled,
                     storeplay_replica(&p, 0)->copy.settled);
        cr_expect(from_s <= horizon_s(region) && horizon_s(region) <= to_s,
                  "region %d: %g s, not %g to %g", region, horizon_s(region), from_s, to_s);
    }
}

// A look takes a period of 3 s (1, the timeout of 2, a notice), another until it is agreed on; the
// margin is twice the timeout, a notice, and the slowest clock.
Test(horizon, replicas_agree_and_wait_for_what_is_under_way)
{
    make_late_hint();
    t.stores[0].items = 20; // but for item 0, all are written again by 30 s
    t.topology.regions[1].clock_offset_s = -0.5;
    storeplay_open(&p, &t);
    busy(1, 12);
    storeplay_write(&p, 0, 12, 0);
    busy(21, 100);
    for (double at_s = 20; at_s < 50; at_s += 5) {
        storeplay_run(&p, at_s);
        expect_agreement(at_s < 35 ? 10 - 4.5 - 3.5 : 12 - 4.5, 12 - 4.5 + 0.1);
    }
    storeplay_run(&p, 60);
    expect_agreement(60 - 4.5 - 6.5, 60 - 4.5 - 3);
    storeplay_close(&p);
}

Test(horizon, nobody_waits_for_a_replica_that_is_gone)
{
    make(STORE_QUORUM);
    struct fault_spec *f = tiny_add_fault(&t);
    f->region = "eu-west-1";
    f->at_s = 10;
    f->duration = distribution_constant(1e6);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 5, 0);
    for (int i = 0; i < 100; i++)
        storeplay_write(&p, i % 2, 12 + 0.1 * i, (uint32_t)i % 20);
    storeplay_run(&p, 100);
    expect_agreement(100 - 4.5 - 6.5, 100 - 4.5);
    cr_expect_eq(storeplay_replica(&p, 2)->copy.items.n_used, 1, "it was told of what it missed");
    storeplay_close(&p);
}

// ---- writes that failed

// Region 2 is cut off and takes a write, alone: it fails, and stays there. Much later a read brings
// it to the others. What follows on it stays.
static void play_failed_write(uint32_t item_slots, uint64_t versions[2][3])
{
    struct store_spec *s = make(STORE_QUORUM);
    s->quorum.read_repair = true;
    s->quorum.read = 3;
    s->quorum.hint_window_s = 0.5;
    t.item_slots = item_slots;
    add_cut("eu-west-1", "*", 10, 10);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 2, 1);
    const uint64_t failed = storeplay_write(&p, 2, 12, 0);
    storeplay_write(&p, 2, 12, 1);
    storeplay_write(&p, 0, 30, 1);
    busy(21, 100);
    storeplay_read(&p, 0, 60, 0);
    storeplay_read(&p, 0, 61, 1);
    storeplay_run(&p, 55);
    cr_expect_eq(p.answer[failed].status, ANSWER_ERROR);
    cr_expect_eq(version_member(known_version(2, 0)), 2);
    cr_expect_neq(known_version(0, 0), known_version(2, 0));
    storeplay_run(&p, 200);
    for (uint32_t item = 0; item < 2; item++)
        for (int region = 0; region < 3; region++)
            versions[item][region] = known_version(region, item);
    storeplay_close(&p);
}

Test(horizon, failed_write_is_known_for_as_long_as_it_is_anywhere)
{
    uint64_t dense[2][3], sparse[2][3];
    play_failed_write(0, dense);
    play_failed_write(8, sparse);
    for (int region = 0; region < 3; region++) {
        cr_expect_eq(version_member(dense[0][region]), 2, "brought by the read");
        cr_expect_eq(sparse[0][region], dense[0][region]);
        cr_expect_eq(version_member(dense[1][region]), 0, "overtaken");
        cr_expect(sparse[1][region] == dense[1][region] || sparse[1][region] == 0);
    }
}

// ---- the end of the run

// Of items with one copy, whose member is gone for good when they have settled long ago.
static uint64_t lost_with_the_only_copy(uint32_t item_slots)
{
    struct record record = {.n_stores = 1};
    struct store_spec *s = make(STORE_QUORUM);
    s->quorum.write = s->quorum.read = s->quorum.copies = 1;
    t.item_slots = item_slots;
    tiny_add_fault_at(&t, FAULT_REGION, regions[1], 80, 2000);
    storeplay_open(&p, &t);
    for (uint32_t i = 0; i < 120; i++)
        storeplay_write(&p, 0, 0.25 + 0.5 * i, i);
    storeplay_run(&p, 1000);
    settlement_collect(p.stage.world, &record);
    storeplay_close(&p);
    const uint64_t n = record.stores[0].fates[FATE_LOST];
    record_free(&record);
    return n;
}

Test(horizon, what_is_lost_with_all_copies_is_known)
{
    cr_expect_gt(lost_with_the_only_copy(0), 20);
    cr_expect_eq(lost_with_the_only_copy(64), lost_with_the_only_copy(0));
}

// ---- repair

static uint64_t n_brought;

static bool count_brought(void *argument, const struct context *x, const struct event *e)
{
    n_brought += e->kind == EV_REPLICATE;
    return storeplay_tap(argument, x, e);
}

// One replica has dropped an item that the others know.
Test(horizon, settled_versions_are_not_repaired)
{
    struct store_spec *s = make(STORE_QUORUM);
    s->quorum.read_repair = true;
    s->quorum.read = 3;
    t.item_slots = 32;
    storeplay_open(&p, &t);
    p.stage.tap = count_brought;
    for (uint32_t item = 0; item < 20; item++)
        storeplay_write(&p, 0, 1 + item, item);
    for (int i = 0; i < 300; i++)
        storeplay_read(&p, i % 3, 40 + 0.1 * i, (uint32_t)i % 20);
    storeplay_run(&p, 39);
    struct items *dropped = &p.stage.world->replicas[1].copy.items;
    items_free(dropped); // as if it had been swept
    items_init(dropped, t.stores[0].items, 32, 0);
    n_brought = 0;
    storeplay_run(&p, 100);
    cr_expect_eq(n_brought, 0);
    cr_expect_neq(known_version(0, 0), 0);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK);
    storeplay_close(&p);
}

// ---- memory

// 1000 reads and 1000 writes a second, of 100 million items, in three regions.
static void make_large(enum store_mode mode, int n_regions)
{
    tiny_init(&t);
    for (int i = 1; i < n_regions; i++)
        tiny_add_region(&t, regions[i], 60);
    struct store_spec *store = tiny_add_store(&t, mode);
    store->items = 100000000;
    store->quorum.read = store->quorum.write = n_regions / 2 + 1;
    t.services[0].work = distribution_constant(1e-3);
    t.services[0].servers_per_zone = 1000;
    t.topology.steering.root.policy = STEERING_WEIGHTED;
    t.topology.steering.root.ttl_s = 1;
    t.workload.duration_s = 1000;
    t.workload.classes[1] = t.workload.classes[0];
    t.workload.classes[1].is_write = true;
    t.workload.n_classes = 2;
    t.populations[0].mix[1] = 1;
    t.populations[0].rate_rps = 2000;
    t.populations[0].clients = 1000;
    t.populations[0].client.idle_timeout_s = 1;
}

// Of what is known of items.
static size_t table_bytes(const struct stage *s)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < s->model->count[LP_REPLICA]; i++) {
        const struct replica *r = &s->world->replicas[i];
        bytes += r->copy.items.n_slots * (sizeof(struct item) + sizeof(uint32_t));
        bytes += (r->copy.mask + 1) * sizeof(struct copy_read);
        bytes += r->copy.unseen.writes.capacity * sizeof(struct unseen_write);
        bytes += (r->horizon.mask + 1) * sizeof(struct horizon_notice);
    }
    return bytes;
}

// In quorum stores two looks of 3 s and a margin of 4 s of writes: 10000 items of up to 6.4 slots
// of 52 bytes, and a notice and an unseen write each, of 64 bytes in arrays that double. A place
// for every item that was written would be 70000 of them.
static void expect_bounded_memory(enum store_mode mode, int n_regions)
{
    const size_t most = (size_t)(5 << 20) * (size_t)n_regions;
    struct stage s;
    uint64_t n_writes = 0;
    make_large(mode, n_regions);
    stage_open(&s, &t, 0);
    stage_run(&s, 75);
    for (uint32_t i = 0; i < s.model->count[LP_REPLICA]; i++)
        n_writes += s.world->replicas[i].fates.n;
    cr_expect_gt(n_writes, 70000);
    cr_expect_leq(table_bytes(&s), most, "mode %d: %zu bytes", (int)mode, table_bytes(&s));
    stage_close(&s);
}

Test(horizon, memory_follows_what_is_under_way)
{
    for (int mode = STORE_MULTI_LEADER; mode <= STORE_QUORUM; mode++) {
        expect_bounded_memory((enum store_mode)mode, 3);
        expect_bounded_memory((enum store_mode)mode, 1);
    }
}

// What the clients were told is known of every write, when hardly any of them is known any more.
Test(horizon, fates_of_many_items)
{
    for (int mode = STORE_MULTI_LEADER; mode <= STORE_QUORUM; mode++) {
        struct record r;
        make_large((enum store_mode)mode, 3);
        t.workload.duration_s = 30;
        t.workload.warmup_s = 5;
        tiny_run(&t, 0, &r);
        const struct store_record *s = &r.stores[0];
        // Two writes of 1 of 10^8 items: 25000^2 / 2 / 10^8 = 3 on average.
        cr_expect_gt(s->writes, 24000);
        cr_expect_geq(s->fates[FATE_PRESENT] + 20, s->writes);
        cr_expect_eq(s->fates[FATE_PRESENT] + s->fates[FATE_SUPERSEDED] +
                         s->fates[FATE_OVERWRITTEN] + s->fates[FATE_LOST],
                     s->writes);
        record_free(&r);
    }
}
