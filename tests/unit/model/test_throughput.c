// Pins: limits of throughput. Of the module: units as documented; the table's bucket and each
// partition's, with and without adaptive capacity; a hot partition throttles from its limit on; an
// item that is too hot gets a partition for itself; an on-demand table sustains twice its peak.
// Of replicas: who is turned away is told so at once, changes nothing and is counted; writes from
// elsewhere wait for units, so that their lag under overload is the fluid's, partition by
// partition; who pays with a quorum.
#include <criterion/criterion.h>

#include "model/throughput.h"
#include "model/version.h"
#include "unit/model/storeplay.h"

static struct store_spec spec;
static struct throughput_plan plan;
static struct throughput tp;

static struct throughput_spec provisioned(double read, double write)
{
    return (struct throughput_spec){.capacity = CAPACITY_PROVISIONED,
                                    .read_per_s = read,
                                    .write_per_s = write,
                                    .burst_s = 300,
                                    .adaptive = true,
                                    .partition_read_per_s = 3000,
                                    .partition_write_per_s = 1000,
                                    .split_after_s = 600,
                                    .item_bytes = 1024};
}

static void open(struct throughput_spec limits, double scale)
{
    spec.throughput = limits;
    plan = throughput_compile(&spec, scale);
    throughput_open(&tp, &plan);
}

// Writes of one item at a steady rate in [from, to); how many were turned away.
static uint64_t refused(uint32_t item, double rate, double from_s, double to_s)
{
    const uint64_t n = (uint64_t)((to_s - from_s) * rate);
    uint64_t refused = 0;
    for (uint64_t i = 0; i < n; i++)
        refused += !throughput_admit(&tp, simtime_from_seconds(from_s + (double)i / rate), item,
                                     STORE_WRITE);
    return refused;
}

// ---- units

// Developer Guide, 'Read and write operations': a strong read of an item of up to 4 KB takes one
// unit, an eventual one half; of 8 KB two and one; a write one for each KB.
Test(throughput, units_are_the_documented_ones)
{
    static const struct {
        double bytes;
        uint32_t write, eventual, strong; // halves
    } cases[] = {{1, 2, 1, 2},     {1024, 2, 1, 2},    {1025, 4, 1, 2},
                 {3072, 6, 1, 2},  {4096, 8, 1, 2},    {4097, 10, 2, 4},
                 {8192, 16, 2, 4}, {20480, 40, 5, 10}, {409600, 800, 100, 200}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        spec.throughput = provisioned(1, 1);
        spec.throughput.item_bytes = cases[i].bytes;
        plan = throughput_compile(&spec, 1);
        cr_expect_eq(plan.halves[STORE_WRITE], cases[i].write, "%g", cases[i].bytes);
        cr_expect_eq(plan.halves[STORE_READ_EVENTUAL], cases[i].eventual, "%g", cases[i].bytes);
        cr_expect_eq(plan.halves[STORE_READ_STRONG], cases[i].strong, "%g", cases[i].bytes);
    }
}

Test(throughput, partitions_are_derived_from_the_rates)
{
    open(provisioned(5000, 2000), 1);
    cr_expect_eq(tp.partitions.ranges.n, 4); // 5000 / 3000 + 2000 / 1000
    throughput_close(&tp);
    open(provisioned(5000, 2000), 0.01); // thinned: partitions are as many, and serve less
    cr_expect_eq(tp.partitions.ranges.n, 4);
    const uint64_t n = refused(0, 20, 1000, 1100); // a partition serves 10 a second
    cr_expect_float_eq((double)n, 990, 2, "%lu", n);
    throughput_close(&tp);
}

// ---- the table, and its partitions

Test(throughput, overload_gets_the_rate_and_what_was_saved)
{
    struct throughput_spec s = provisioned(100, 100);
    s.burst_s = 30;
    open(s, 1);
    const uint64_t n = 150 * 200 - refused(0, 150, 0, 200);
    cr_expect(n >= 22999 && n <= 23001, "%lu", n); // 30 s saved, and 200 s
    cr_expect_eq(refused(0, 100, 500, 600), 0);
    cr_expect_eq(refused(0, 190, 1000, 1030), 0); // saved again: 30 s of the other 90 a second
    throughput_close(&tp);
}

Test(throughput, reads_and_writes_are_apart)
{
    struct throughput_spec s = provisioned(10, 10);
    s.burst_s = 0;
    open(s, 1);
    for (int i = 0; i < 20; i++) {
        cr_expect_eq(throughput_admit(&tp, 0, 0, STORE_WRITE), i < 10);
        cr_expect(throughput_admit(&tp, 0, 0, STORE_READ_EVENTUAL)); // halves
    }
    cr_expect_not(throughput_admit(&tp, 0, 0, STORE_READ_EVENTUAL));
    throughput_close(&tp);
}

// It throttles as soon as its items' share of the traffic exceeds what it may do alone.
Test(throughput, hot_partition_throttles_from_its_limit_on)
{
    struct throughput_spec s = provisioned(1, 4000);
    s.split_after_s = 0;
    s.partitions = 4;
    open(s, 1);
    cr_expect_eq(refused(0, 999, 100, 200), 0);
    const uint64_t n = refused(0, 1250, 1000, 1100);
    cr_expect(n >= 24000 - 1 && n <= 24000 + 1, "%lu", n); // a fifth, but for the first second
    throughput_close(&tp);
}

Test(throughput, without_adaptive_capacity_each_has_its_share)
{
    struct throughput_spec s = provisioned(1, 2000);
    s.partitions = 4;
    open(s, 1);
    cr_expect_eq(refused(0, 900, 0, 1000), 0); // of 2000
    throughput_close(&tp);
    s.adaptive = false;
    open(s, 1);
    cr_expect_eq(refused(0, 900, 0, 374), 0);      // 300 s of 500 a second are saved: for 375 s
    const uint64_t n = refused(0, 900, 400, 1400); // 400 a second, less what the pause has saved
    cr_expect_float_eq((double)n, 400000 - 26 * 500 - 400, 3, "%lu", n);
    throughput_close(&tp);
}

// One item asks for half as much again as a partition serves, its neighbours for a fifth.
Test(throughput, too_hot_an_item_gets_a_partition_for_itself)
{
    uint32_t neighbour = 1;
    struct throughput_spec s = provisioned(1, 4000);
    s.partitions = 4;
    open(s, 1);
    while (partitions_of(&tp.partitions, neighbour) != partitions_of(&tp.partitions, 0))
        neighbour++;
    uint64_t hot[3] = {0}, others[3] = {0};
    for (int i = 0; i < 1200 * 1500; i++) {
        const simtime now = 100 * SIMTIME_S + (simtime)i * SIMTIME_S / 1500;
        const int when = i < 590 * 1500 ? 0 : i < 610 * 1500 ? 1 : 2;
        hot[when] += !throughput_admit(&tp, now, 0, STORE_WRITE);
        if (i % 5 == 4)
            others[when] += !throughput_admit(&tp, now, neighbour, STORE_WRITE);
    }
    cr_expect_eq(tp.partitions.single.n, 1);
    cr_expect_eq(tp.partitions.single.items[0].first, 0);
    cr_expect_gt(others[0], 590 * 300 / 3); // before: 1000 of 1800 are served
    cr_expect_float_eq((double)(hot[0] + others[0]), 590 * 800, 1001);
    cr_expect_eq(others[2], 0); // afterwards: neighbours have room, the item its 1000
    cr_expect_float_eq((double)hot[2], 590 * 500, 10);
    throughput_close(&tp);
}

// A hundredth of a new table's rates.
Test(throughput, on_demand_sustains_twice_the_peak)
{
    struct throughput_spec s = provisioned(120, 40);
    s.capacity = CAPACITY_ON_DEMAND;
    s.most_read_per_s = s.most_write_per_s = 100;
    s.partition_read_per_s = 30, s.partition_write_per_s = 10;
    s.growth_s = 1800;
    open(s, 1);
    cr_expect_eq(tp.partitions.ranges.n, 4);
    uint64_t refused[200] = {0}; // by minute, of 60 a second, then of 120
    for (uint32_t i = 0; i < 200 * 7200; i++) {
        const uint32_t minute = i / 7200;
        const simtime now = (simtime)i * SIMTIME_S / 120;
        if (i % 2 == 0 || minute >= 100)
            refused[minute] += !throughput_admit(&tp, now, i * 7, STORE_WRITE);
    }
    cr_expect(refused[1] >= 1190 && refused[1] < 1210, "%lu", refused[1]); // 20 a second
    cr_expect(refused[30] >= 1190, "%lu", refused[30]);
    cr_expect_leq(refused[32], 30, "%lu", refused[32]); // 80 are sustained; chance in partitions
    cr_expect(refused[101] >= 1200 && refused[101] < 1260, "%lu", refused[101]); // the quota of 100
    cr_expect(refused[199] >= 1200 && refused[199] < 1260, "%lu", refused[199]);
    cr_expect_eq(tp.partitions.ranges.n, 16);
    throughput_close(&tp);
}

// ---- at replicas

static struct tiny t;
static struct storeplay p;

// Round trip 10 ms, replication delay 0.2 s, writes take 2 ms, reads 1 ms.
static struct store_spec *make(int n_regions, enum store_mode mode, double write)
{
    tiny_init(&t);
    tiny_silence(&t);
    if (n_regions > 1)
        tiny_add_region(&t, "us-west-2", 10);
    if (n_regions > 2)
        tiny_add_region(&t, "eu-west-1", 10);
    struct store_spec *s = tiny_add_store(&t, mode);
    s->items = 64;
    s->throughput = provisioned(1000, write);
    s->throughput.burst_s = 1;
    s->throughput.partitions = 1;
    t.workload.duration_s = t.workload.window_s = 1000;
    return s;
}

static uint64_t count(uint8_t status)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < p.n_calls; i++)
        n += p.answer[i].status == status;
    return n;
}

Test(throughput, throttled_writes_are_answered_at_once_and_change_nothing)
{
    make(1, STORE_MULTI_LEADER, 5);
    storeplay_open(&p, &t);
    for (uint32_t i = 0; i < 8; i++)
        storeplay_write(&p, 0, 1, i);
    const uint64_t probe = storeplay_ask(&p, 0, 1.1, 0, REQUEST_WRITE | REQUEST_PROBE);
    const uint64_t read = storeplay_read(&p, 0, 1.1, 7);
    const uint64_t late = storeplay_write(&p, 0, 1.65, 7);
    storeplay_run(&p, 5);
    const struct replica *r = storeplay_replica(&p, 0);
    for (uint64_t i = 0; i < 8; i++) {
        cr_expect_eq(p.answer[i].status, i < 5 ? ANSWER_OK : ANSWER_THROTTLED);
        cr_expect_float_eq(p.answer[i].at_s, i < 5 ? 1.002 : 1, 1e-4);
    }
    cr_expect_eq(p.answer[probe].status, ANSWER_THROTTLED);
    cr_expect_eq(p.answer[read].status, ANSWER_OK);
    cr_expect_eq(p.answer[late].status, ANSWER_OK);
    cr_expect_eq(r->counts.throttled, 3); // not the probe
    cr_expect_eq(r->counts.throttled_writes, 3);
    cr_expect_eq(r->counts.unavailable, 0);
    cr_expect_eq(r->fates.n, 6);
    cr_expect_eq(replica_version(r, 6), 0);
    storeplay_close(&p);
}

Test(throughput, who_is_refused_takes_no_units)
{
    make(1, STORE_MULTI_LEADER, 5);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_STORE;
    f->object = "data";
    f->duration = distribution_constant(10);
    storeplay_open(&p, &t);
    for (uint32_t i = 0; i < 10; i++)
        storeplay_write(&p, 0, 9.9, i);
    for (uint32_t i = 0; i < 10; i++)
        storeplay_write(&p, 0, 10.1, i);
    storeplay_run(&p, 20);
    cr_expect_eq(count(ANSWER_REFUSED), 10);
    cr_expect_eq(count(ANSWER_OK), 5);
    storeplay_close(&p);
}

// ---- writes from elsewhere

// Region 1's writes arrive in region 0 at `rate` for `for_s`, one item after the other of a set.
static void inject(double rate, double for_s, const uint32_t *items, size_t n_items)
{
    const struct model *m = p.stage.model;
    const uint32_t from = stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[1]);
    const uint32_t to = stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[0]);
    for (int i = 0; i < rate * for_s; i++) {
        const double at_s = 1 + i / rate;
        const struct payload_write w = {
            .version = version_make(0, simtime_from_seconds(at_s), 1, 0),
            .committed = simtime_from_seconds(at_s),
            .item = items[(size_t)i % n_items],
            .serial = (uint32_t)i};
        stage_inject(&p.stage, from, to, at_s, EV_REPLICATE, &w, sizeof w);
    }
}

// A write that comes after t s of overload waits (rate - limit) t / limit, less the second saved.
static void expect_fluid_lag(double apply_s)
{
    static const uint32_t item = 5;
    struct store_spec *s = make(2, STORE_MULTI_LEADER, 20);
    s->replication.apply_time = distribution_constant(apply_s);
    storeplay_open(&p, &t);
    inject(30, 100, &item, 1);
    storeplay_run(&p, 51);
    const struct replica *r = storeplay_replica(&p, 0);
    cr_expect_float_eq((double)r->counts.lag.n, 20 + 20 * 50, 2, "%lu", r->counts.lag.n);
    storeplay_run(&p, 101);
    cr_expect_float_eq((double)r->counts.lag.n, 20 + 20 * 100, 2, "%lu", r->counts.lag.n);
    storeplay_run(&p, 200);
    cr_expect_eq(r->counts.lag.n, 3000);
    cr_expect_float_eq((double)r->counts.lag.most * 1e-9, 49, 0.1, "%g",
                       (double)r->counts.lag.most * 1e-9);
    // The mean, over writes of 2 to 100 s, of t / 2 - 1.
    const double mean_s = (double)r->counts.lag.sum * 1e-9 / 3000;
    cr_expect_float_eq(mean_s, 0.98 * 24.5 + apply_s, 0.1, "%g", mean_s);
    cr_expect_eq(version_clock(replica_version(r, item)),
                 version_clock(version_make(0, simtime_from_seconds(1 + 2999 / 30.0), 1, 0)));
    storeplay_close(&p);
}

Test(throughput, lag_of_writes_from_elsewhere_is_the_fluids)
{
    expect_fluid_lag(0);
    expect_fluid_lag(0.01); // appliers come after
}

// The hot partition's writes wait; those of the others keep coming, in both ways of sharing.
Test(throughput, hot_partition_holds_up_no_other)
{
    for (int adaptive = 0; adaptive < 2; adaptive++) {
        uint32_t items[2] = {0, 1};
        struct store_spec *s = make(2, STORE_MULTI_LEADER, 40);
        s->throughput.partitions = 2;
        s->throughput.partition_write_per_s = 10;
        s->throughput.adaptive = adaptive;
        storeplay_open(&p, &t);
        struct partitions *parts = &p.stage.world->replicas[0].throughput->partitions;
        while (partitions_of(parts, items[1]) == partitions_of(parts, items[0]))
            items[1]++;
        const uint32_t mix[] = {items[0], items[0], items[0], items[1]};
        inject(20, 50, mix, 4); // 15 a second, and 5
        storeplay_run(&p, 51);
        const struct replica *r = storeplay_replica(&p, 0);
        cr_expect_float_eq((double)r->counts.lag.n, 10 + 10 * 50 + 5 * 50, 2, "%lu",
                           r->counts.lag.n);
        const simtime last = version_clock(replica_version(r, items[1]));
        cr_expect_gt(last, simtime_from_seconds(50.7));
        cr_expect_lt(version_clock(replica_version(r, items[0])), simtime_from_seconds(36));
        storeplay_close(&p);
    }
}

// What waits goes first.
Test(throughput, own_users_are_throttled_while_others_wait)
{
    static const uint32_t item = 5;
    make(2, STORE_MULTI_LEADER, 20);
    storeplay_open(&p, &t);
    inject(30, 10, &item, 1); // the last of 300 is applied at 1 + (300 - 20) / 20 = 15 s
    for (int i = 0; i < 100; i++)
        storeplay_write(&p, 0, 3 + 0.2 * i + 0.01, 9);
    storeplay_run(&p, 50);
    for (int i = 0; i < 100; i++) {
        const double at_s = 3 + 0.2 * i;
        if (at_s < 14.9 || at_s > 15.1)
            cr_expect_eq(p.answer[i].status, at_s < 15 ? ANSWER_THROTTLED : ANSWER_OK, "%g s",
                         at_s);
    }
    storeplay_close(&p);
}

// ---- who pays

// Each region's members take all that is written: ten a second in all.
Test(throughput, quorum_members_pay_for_each_others_writes)
{
    struct store_spec *s = make(3, STORE_QUORUM, 10);
    s->quorum.write = s->quorum.read = 2;
    s->quorum.timeout_s = 1;
    storeplay_open(&p, &t);
    for (int i = 0; i < 400; i++)
        storeplay_write(&p, i % 2, 1 + i / 20.0, (uint32_t)i % 60);
    storeplay_run(&p, 60);
    cr_expect_eq(count(ANSWER_OK) + count(ANSWER_THROTTLED), 400);
    // 30 are there at first, but all members need them; a few are under way at the same time.
    cr_expect_float_eq((double)count(ANSWER_OK), 10 + 10 * 20, 6, "%lu", count(ANSWER_OK));
    storeplay_close(&p);
}

// Twice as many eventual reads as strong ones.
Test(throughput, strong_reads_take_twice_the_units)
{
    for (int is_strong = 0; is_strong < 2; is_strong++) {
        struct store_spec *s = make(1, STORE_MULTI_LEADER, 5);
        s->throughput.read_per_s = 5;
        storeplay_open(&p, &t);
        for (uint32_t i = 0; i < 20; i++)
            storeplay_ask(&p, 0, 1, i, is_strong ? REQUEST_STRONG : REQUEST_EVENTUAL);
        storeplay_run(&p, 2);
        cr_expect_eq(count(ANSWER_OK), is_strong ? 5 : 10);
        cr_expect_eq(storeplay_replica(&p, 0)->counts.throttled, is_strong ? 15 : 10);
        cr_expect_eq(storeplay_replica(&p, 0)->counts.throttled_writes, 0);
        storeplay_close(&p);
    }
}
