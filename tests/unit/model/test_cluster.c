// Pins: what a cluster can do while zones fail: writes stop from the loss of the writer's zone
// until the failover's time is over, reads only where nobody else serves them; no failback; a
// single instance waits for its zone, or moves on shared storage; copies of that: a zone leaves
// writes, a zone and a copy leave reads, two zones leave nothing; lost readers take servers with
// them. What the replica makes of it: refusals that count, writes cut off, forwarded writes alike,
// a follower's region that needs no writer; leadership elsewhere moves for a cluster that is lost,
// not for one that fails over. Effects but `down` and `capacity` do not matter; a region's capacity
// is its zones'. Marks. Closed forms: tests/validation/test_clusters.c.
#include <criterion/criterion.h>

#include "support/stat.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

static const double failover_s = 12, restart_s = 60;

// One region of three zones; the writer in zone a.
static struct cluster_spec *make(int instances)
{
    tiny_init(&t);
    tiny_silence(&t);
    t.workload.duration_s = t.workload.window_s = 2000;
    struct store_spec *s = tiny_add_store(&t, STORE_SINGLE_LEADER);
    tiny_set_zones(&t, 3);
    s->items = 4;
    s->cluster = (struct cluster_spec){.instances = instances,
                                       .readable = true,
                                       .failover = distribution_constant(failover_s),
                                       .restart = distribution_constant(restart_s)};
    return &s->cluster;
}

static void share_storage(struct cluster_spec *c)
{
    c->storage = (struct storage_spec){.copies_per_zone = 2,
                                       .zones = 3,
                                       .write_quorum = 4,
                                       .read_quorum = 3,
                                       .copy_repair = distribution_constant(10)};
}

// 100 s after the start, for 200 s.
static struct fault_spec *lose(const char *zone)
{
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_ZONE;
    f->effect = FAULT_DOWN;
    f->zone = zone;
    f->at_s = 100;
    f->duration = distribution_constant(200);
    return f;
}

static const struct fault_state *state(int region, double at_s)
{
    const int replica = p.stage.model->replica_of[region];
    return timeline_at(&p.stage.world->replica_faults[replica], simtime_from_seconds(at_s));
}

static bool writes_at(double at_s)
{
    return !state(0, at_s)->no_writes && !state(0, at_s)->is_refusing;
}

static bool reads_at(double at_s)
{
    return !state(0, at_s)->no_reads && !state(0, at_s)->is_refusing;
}

static void expect_states(double from_s, double to_s, bool writes, bool reads)
{
    for (double at_s = from_s; at_s <= to_s; at_s += (to_s - from_s) / 8) {
        cr_expect_eq(writes_at(at_s), writes, "writes at %g s", at_s);
        cr_expect_eq(reads_at(at_s), reads, "reads at %g s", at_s);
    }
}

static void expect_mark(size_t index, enum journal_kind kind, double at_s, uint32_t zone)
{
    cr_assert_lt(index, p.stage.world->cluster_marks.n);
    const struct journal_entry *e = &p.stage.world->cluster_marks.items[index];
    cr_expect_eq(e->kind, kind, "mark %zu", index);
    cr_expect_float_eq(simtime_to_seconds(e->time), at_s, 1e-6, "mark %zu", index);
    cr_expect_eq(e->detail, zone, "mark %zu", index);
    cr_expect_str_eq(e->component, "replica/us-east-1/data");
}

// ---- zones

Test(cluster, nothing_happens_without_faults)
{
    share_storage(make(3));
    storeplay_open(&p, &t);
    cr_expect_eq(p.stage.world->replica_faults[0].changes.n, 0);
    cr_expect_eq(p.stage.world->cluster_marks.n, 0);
    storeplay_close(&p);
}

Test(cluster, readers_serve_while_the_writer_moves)
{
    make(3);
    lose("a");
    storeplay_open(&p, &t);
    expect_states(0, 99.9, true, true);
    expect_states(100, 111.9, false, true);
    expect_states(112, 1900, true, true);
    cr_expect_eq(state(0, 99)->capacity, 1);
    cr_expect_eq(state(0, 100)->capacity, (float)2 / 3);
    cr_expect_eq(state(0, 359)->capacity, (float)2 / 3, "it restarts when its zone is back");
    cr_expect_eq(state(0, 361)->capacity, 1);
    expect_mark(0, JOURNAL_WRITER_FAILED, 100, 0);
    expect_mark(1, JOURNAL_WRITER_READY, 112, 1);
    cr_expect_eq(p.stage.world->cluster_marks.n, 2, "no failback");
    storeplay_close(&p);
}

Test(cluster, a_standby_serves_nothing_before)
{
    make(2)->readable = false;
    lose("a");
    storeplay_open(&p, &t);
    expect_states(100, 111.9, false, false);
    expect_states(112, 1900, true, true);
    cr_expect_not(state(0, 105)->is_refusing, "somebody will take over");
    cr_expect_eq(state(0, 200)->capacity, 1, "a standby that is lost is not missed");
    storeplay_close(&p);
}

Test(cluster, a_zone_without_the_writer)
{
    make(3);
    lose("c");
    storeplay_open(&p, &t);
    expect_states(0, 1900, true, true);
    cr_expect_eq(state(0, 100)->capacity, (float)2 / 3);
    cr_expect_eq(p.stage.world->cluster_marks.n, 0);
    storeplay_close(&p);
}

Test(cluster, the_writer_is_where_the_design_says)
{
    make(2)->writer_zone = 2; // the other in zone a
    lose("c");
    storeplay_open(&p, &t);
    expect_mark(0, JOURNAL_WRITER_FAILED, 100, 2);
    expect_mark(1, JOURNAL_WRITER_READY, 112, 0);
    storeplay_close(&p);
}

Test(cluster, the_successor_is_up_when_the_failover_ends)
{
    make(3);
    lose("a");
    lose("b")->at_s = 105; // the first in line goes as well
    storeplay_open(&p, &t);
    expect_states(100, 111.9, false, true);
    expect_states(112, 1900, true, true);
    expect_mark(1, JOURNAL_WRITER_READY, 112, 2);
    cr_expect_eq(p.stage.world->cluster_marks.n, 2);
    storeplay_close(&p);
}

Test(cluster, the_successor_fails_too)
{
    make(3);
    lose("a");
    lose("b")->at_s = 150;
    storeplay_open(&p, &t);
    expect_mark(1, JOURNAL_WRITER_READY, 112, 1);
    expect_mark(2, JOURNAL_WRITER_FAILED, 150, 1);
    expect_mark(3, JOURNAL_WRITER_READY, 162, 2);
    storeplay_close(&p);
}

Test(cluster, nobody_is_left)
{
    make(2);
    lose("a");
    lose("b")->at_s = 105; // until 305 s
    storeplay_open(&p, &t);
    expect_states(100, 104.9, false, true);
    expect_states(105, 359.9, false, false);
    cr_expect(state(0, 110)->is_refusing && state(0, 299)->is_refusing, "no power");
    cr_expect_not(state(0, 300)->is_refusing, "the first one restarts");
    expect_states(360, 1900, true, true);
    expect_mark(1, JOURNAL_WRITER_READY, 360, 0);
    storeplay_close(&p);
}

Test(cluster, a_region_comes_back_without_its_instances)
{
    make(2);
    lose("a")->target = FAULT_REGION;
    storeplay_open(&p, &t);
    cr_expect(state(0, 200)->is_dead);
    expect_states(300, 359.9, false, false);
    expect_states(360, 1900, true, true);
    storeplay_close(&p);
}

Test(cluster, other_effects_do_not_matter)
{
    static const enum fault_effect effects[] = {FAULT_SLOW, FAULT_LOSSY};
    for (size_t i = 0; i < ARRAY_LEN(effects); i++) {
        make(2);
        struct fault_spec *f = lose("a");
        f->effect = effects[i];
        f->level = 1;
        storeplay_open(&p, &t);
        cr_expect_eq(p.stage.world->replica_faults[0].changes.n, 0);
        storeplay_close(&p);
    }
}

// ---- one instance

Test(cluster, an_instance_alone_waits_for_its_zone)
{
    make(1);
    lose("a");
    storeplay_open(&p, &t);
    expect_states(100, 359.9, false, false);
    expect_states(360, 1900, true, true);
    cr_expect(state(0, 200)->is_refusing);
    expect_mark(1, JOURNAL_WRITER_READY, 360, 0);
    storeplay_close(&p);
}

Test(cluster, on_shared_storage_it_is_made_elsewhere)
{
    share_storage(make(1));
    lose("a");
    storeplay_open(&p, &t);
    expect_states(100, 159.9, false, false);
    cr_expect_not(state(0, 150)->is_refusing);
    expect_states(160, 1900, true, true);
    expect_mark(1, JOURNAL_WRITER_READY, 160, 1);
    cr_expect_eq(p.stage.world->cluster_marks.n, 2);
    storeplay_close(&p);
}

Test(cluster, and_in_a_third_zone_when_that_fails_too)
{
    share_storage(make(1));
    t.stores[0].cluster.storage.write_quorum = 2; // so that a zone's copies will do
    t.stores[0].cluster.storage.read_quorum = 2;
    lose("a");
    lose("b")->at_s = 130;
    storeplay_open(&p, &t);
    expect_states(100, 189.9, false, false);
    expect_states(190, 1900, true, true);
    expect_mark(1, JOURNAL_WRITER_READY, 190, 2);
    storeplay_close(&p);
}

// ---- storage

Test(cluster, a_zone_less_leaves_writes)
{
    share_storage(make(3));
    lose("c");
    storeplay_open(&p, &t);
    expect_states(0, 1900, true, true);
    storeplay_close(&p);
}

Test(cluster, two_zones_less_leave_nothing)
{
    share_storage(make(3));
    lose("b");
    lose("c");
    storeplay_open(&p, &t);
    expect_states(0, 99.9, true, true);
    expect_states(100, 309.9, false, false); // and 10 s of repair
    cr_expect(state(0, 200)->is_refusing);
    expect_states(310, 1900, true, true);
    cr_expect_eq(p.stage.world->cluster_marks.n, 0, "the writer lives");
    storeplay_close(&p);
}

// AZ+1: zone a is lost, and half of zone b: each of its two copies with probability 1/2.
Test(cluster, a_zone_and_a_copy_less_leave_reads)
{
    enum { RUNS = 400 };
    static const double shares[] = {0.25, 0.5, 0.25};
    uint64_t counts[3] = {0};
    share_storage(make(1));
    t.stores[0].cluster.writer_zone = 2;
    lose("a");
    struct fault_spec *f = lose("b");
    f->effect = FAULT_CAPACITY;
    f->level = 0.5;
    for (uint32_t run = 0; run < stat_runs(RUNS); run++) {
        stage_open(&p.stage, &t, run);
        const bool writes = writes_at(200), reads = reads_at(200);
        cr_expect(reads || !writes);
        cr_expect_eq(state(0, 200)->is_refusing, !reads);
        counts[writes + reads]++;
        expect_states(310, 1900, true, true);
        stage_close(&p.stage);
    }
    cr_expect(stat_counts_agree("copies left of two", counts, shares, 3));
}

// Lost at 100 s; between 300 and 400 s the zone's servers come back, and a minute after its turn
// the writer; nobody else is there.
Test(cluster, a_ramp_brings_instances_back)
{
    enum { RUNS = 100 };
    double first = 1e9, last = 0;
    make(1);
    struct fault_spec *f = lose("a");
    f->effect = FAULT_CAPACITY;
    f->level = 0;
    f->ramp_s = 100;
    for (uint32_t run = 0; run < RUNS; run++) {
        stage_open(&p.stage, &t, run);
        cr_assert_eq(p.stage.world->cluster_marks.n, 2);
        double back_s = simtime_to_seconds(p.stage.world->cluster_marks.items[1].time);
        first = back_s < first ? back_s : first;
        last = back_s > last ? back_s : last;
        stage_close(&p.stage);
    }
    cr_expect_float_eq(first, 360, 1e-6);
    cr_expect_float_eq(last, 460, 1e-6);
}

Test(cluster, a_regions_capacity_is_its_zones)
{
    enum { RUNS = 2000 };
    static const double shares[] = {0.216, 0.432, 0.288, 0.064};
    uint64_t counts[4] = {0};
    make(3);
    struct fault_spec *f = lose("a");
    f->target = FAULT_REGION;
    f->effect = FAULT_CAPACITY;
    f->level = 0.4;
    for (uint32_t run = 0; run < stat_runs(RUNS); run++) {
        stage_open(&p.stage, &t, run);
        const struct fault_state *s = state(0, 200);
        const int up = s->is_refusing ? 0 : (int)(s->capacity * 3 + 0.5f);
        counts[up]++;
        stage_close(&p.stage);
    }
    cr_expect(stat_counts_agree("instances left of three", counts, shares, 4));
}

// ---- failures of instances by themselves

Test(cluster, failures_are_each_its_own)
{
    simtime failed[2];
    for (int i = 0; i < 2; i++) {
        make(2 + i)->instance_failures_per_s = 1e-3;
        storeplay_open(&p, &t);
        cr_assert_gt(p.stage.world->cluster_marks.n, 0);
        failed[i] = p.stage.world->cluster_marks.items[0].time;
        storeplay_close(&p);
    }
    cr_expect_eq(failed[0], failed[1], "an instance more shifts nobody else's");
}

// ---- what the replica makes of it

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 0.05);
}

Test(cluster, operations_are_refused_and_count)
{
    make(3);
    lose("a");
    storeplay_open(&p, &t);
    uint64_t before = storeplay_write(&p, 0, 99, 0), during = storeplay_write(&p, 0, 105, 0);
    uint64_t read = storeplay_read(&p, 0, 105, 0), after = storeplay_write(&p, 0, 113, 0);
    storeplay_run(&p, 200);
    expect_answer(before, ANSWER_OK, 99);
    expect_answer(during, ANSWER_REFUSED, 105);
    expect_answer(read, ANSWER_OK, 105);
    expect_answer(after, ANSWER_OK, 113);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unavailable, 1);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.writes, 2);
    storeplay_close(&p);
}

Test(cluster, what_is_under_way_is_cut_off)
{
    make(3);
    t.stores[0].write_time = t.stores[0].read_time = distribution_constant(3);
    lose("a");
    storeplay_open(&p, &t);
    uint64_t write = storeplay_write(&p, 0, 98, 0), read = storeplay_read(&p, 0, 98, 0);
    storeplay_run(&p, 200);
    expect_answer(write, ANSWER_ERROR, 101);
    expect_answer(read, ANSWER_OK, 101);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.writes, 0);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unavailable, 1);
    cr_expect_eq(storeplay_replica(&p, 0)->operations.live, 0);
    storeplay_close(&p);
}

Test(cluster, lost_readers_take_servers_with_them)
{
    make(2);
    t.stores[0].servers = 2;
    t.stores[0].read_time = distribution_constant(3);
    lose("b");
    storeplay_open(&p, &t);
    uint64_t before[2], during[2];
    for (int i = 0; i < 2; i++) {
        before[i] = storeplay_read(&p, 0, 50, 0);
        during[i] = storeplay_read(&p, 0, 150, 0);
    }
    storeplay_run(&p, 200);
    for (int i = 0; i < 2; i++) {
        expect_answer(before[i], ANSWER_OK, 53);
        expect_answer(during[i], ANSWER_OK, 153 + 3 * i);
    }
    storeplay_close(&p);
}

Test(cluster, other_modes_refuse_writes_as_well)
{
    static const enum store_mode modes[] = {STORE_MULTI_LEADER, STORE_QUORUM};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        make(3);
        t.stores[0].mode = modes[i];
        t.stores[0].quorum.write = t.stores[0].quorum.read = 1;
        t.stores[0].quorum.timeout_s = 1;
        lose("a");
        storeplay_open(&p, &t);
        uint64_t write = storeplay_write(&p, 0, 105, 0), read = storeplay_read(&p, 0, 105, 0);
        storeplay_run(&p, 200);
        expect_answer(write, ANSWER_REFUSED, 105);
        expect_answer(read, ANSWER_OK, 105);
        storeplay_close(&p);
    }
}

// ---- two regions

// The leader is in region 0, whose zones fail; followers may take over.
static struct cluster_spec *make_global(int instances)
{
    make(instances);
    tiny_add_region(&t, "us-west-2", 10);
    tiny_set_zones(&t, 3);
    struct store_spec *s = &t.stores[0];
    s->failover = true;
    s->heartbeat_s = 1, s->detect_s = 5;
    s->decide = s->promote = distribution_constant(1);
    return &s->cluster;
}

Test(cluster, forwarded_writes_are_refused_as_well)
{
    make_global(3);
    lose("a");
    storeplay_open(&p, &t);
    uint64_t write = storeplay_write(&p, 1, 105, 0), after = storeplay_write(&p, 1, 115, 0);
    storeplay_run(&p, 200);
    expect_answer(write, ANSWER_REFUSED, 105);
    expect_answer(after, ANSWER_OK, 115);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unavailable +
                     storeplay_replica(&p, 1)->counts.unavailable,
                 1, "counted where it was asked for");
    storeplay_close(&p);
}

Test(cluster, a_followers_region_needs_no_writer)
{
    make_global(3);
    lose("a")->region = "us-west-2";
    storeplay_open(&p, &t);
    uint64_t write = storeplay_write(&p, 1, 105, 0), read = storeplay_read(&p, 1, 105, 0);
    storeplay_run(&p, 200);
    cr_expect(state(1, 105)->no_writes);
    expect_answer(write, ANSWER_OK, 105);
    expect_answer(read, ANSWER_OK, 105);
    storeplay_close(&p);
}

static int leader_after(double until_s)
{
    storeplay_open(&p, &t);
    storeplay_run(&p, until_s);
    const int leader = storeplay_replica(&p, 1)->lead.leader;
    storeplay_close(&p);
    return leader;
}

Test(cluster, a_failover_inside_the_region_is_not_noticed_outside)
{
    make_global(3)->failover = distribution_constant(50);
    lose("a");
    cr_expect_eq(leader_after(299), 0);
}

Test(cluster, nor_is_a_restart)
{
    share_storage(make_global(1)); // 60 s without reads and writes
    lose("a");
    cr_expect_eq(leader_after(299), 0);
}

Test(cluster, but_one_that_is_lost_is)
{
    make_global(2);
    lose("a");
    lose("b");
    cr_expect_eq(leader_after(120), 1);
    share_storage(make_global(3));
    lose("b");
    lose("c");
    cr_expect_eq(leader_after(120), 1);
}

// ---- the journal

Test(cluster, marks_are_in_the_journal)
{
    struct record r;
    make(2);
    lose("a");
    tiny_run(&t, 0, &r);
    enum journal_kind kinds[] = {JOURNAL_FAULT_START, JOURNAL_WRITER_FAILED, JOURNAL_WRITER_READY,
                                 JOURNAL_FAULT_END};
    size_t n = 0;
    for (size_t i = 0; i < r.journal.n && n < ARRAY_LEN(kinds); i++)
        n += r.journal.items[i].kind == kinds[n];
    cr_expect_eq(n, ARRAY_LEN(kinds));
    record_free(&r);
}
