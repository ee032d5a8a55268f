// Pins: which writes of quorums count as overwritten. Where quorums need not meet: on both sides of
// a partition, whether the notice of one comes before the other is taken or after; not of a
// coordinator that has it, nor of one of its own. None where quorums meet. With a clock that is
// ahead: what others write until theirs have caught up, acknowledged, and no read that finds the
// other is stale. Two writes at the same time at one coordinator have two versions.
#include <criterion/criterion.h>
#include <math.h>

#include "base/stream.h"
#include "model/settlement.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, 50 between the others; writes take 2 ms.
static struct store_spec *make(enum quorum_scope scope, int write)
{
    struct store_spec *s = storeplay_make(&t, STORE_QUORUM);
    s->quorum.write_scope = s->quorum.read_scope = scope;
    s->quorum.write = s->quorum.read = write;
    return s;
}

static void expect_overwritten(uint64_t region0, uint64_t region1)
{
    cr_expect_eq(storeplay_marked(&p, 0, true), region0, "%lu", storeplay_marked(&p, 0, true));
    cr_expect_eq(storeplay_marked(&p, 1, true), region1, "%lu", storeplay_marked(&p, 1, true));
}

static void expect_fates(uint64_t present, uint64_t superseded, uint64_t overwritten)
{
    struct record record = {.n_stores = 1};
    settlement_collect(p.stage.world, &record);
    const uint64_t *fates = record.stores[0].fates;
    cr_expect(fates[FATE_PRESENT] == present && fates[FATE_SUPERSEDED] == superseded &&
                  fates[FATE_OVERWRITTEN] == overwritten && fates[FATE_LOST] == 0,
              "present %lu, superseded %lu, overwritten %lu", fates[FATE_PRESENT],
              fates[FATE_SUPERSEDED], fates[FATE_OVERWRITTEN]);
    record_free(&record);
}

// ---- quorums that need not meet

static void cut(double at_s, double lasts_s)
{
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", at_s, lasts_s)->peer = "us-west-2";
}

Test(rival, both_sides_of_a_partition)
{
    make(QUORUM_OF_REGION, 1);
    cut(0.5, 100);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 2, 0); // overwrites the first
    storeplay_write(&p, 1, 3, 0); // knows of the one before
    storeplay_write(&p, 0, 4, 0); // overwrites both
    storeplay_write(&p, 0, 5, 1);
    storeplay_write(&p, 1, 200, 1); // when the link is back
    storeplay_run(&p, 300);
    expect_overwritten(1, 2);
    expect_fates(2, 1, 3);
    storeplay_close(&p);
}

// The one that comes first has been acknowledged, but no notice of it has come; the third write is
// of the same coordinator.
Test(rival, at_the_same_time)
{
    make(QUORUM_OF_REGION, 1);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 1.001, 0);
    storeplay_write(&p, 1, 1.0035, 0);
    storeplay_run(&p, 300);
    expect_overwritten(1, 0);
    expect_fates(1, 1, 1);
    storeplay_close(&p);
}

// Taken at the same time, and the later one dies with its region before anybody has it.
Test(rival, by_one_that_is_lost)
{
    struct record record = {.n_stores = 1};
    make(QUORUM_OF_REGION, 1);
    cut(0.5, 2000);
    tiny_add_fault_at(&t, FAULT_LINK, "us-west-2", 0.5, 2000)->peer = "eu-west-1";
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 10, 2000);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 2, 0);
    storeplay_run(&p, 300);
    settlement_collect(p.stage.world, &record);
    cr_expect_eq(record.stores[0].fates[FATE_PRESENT], 1);
    cr_expect_eq(record.stores[0].fates[FATE_LOST], 1);
    record_free(&record);
    storeplay_close(&p);
}

Test(rival, none_where_quorums_meet)
{
    make(QUORUM_OF_ALL, 2);
    cut(0.5, 100);
    storeplay_open(&p, &t);
    for (int i = 0; i < 1000; i++)
        storeplay_write(&p, i % 2, 1 + 0.001 * i, 0);
    storeplay_run(&p, 300);
    expect_overwritten(0, 0);
    storeplay_close(&p);
}

Test(rival, which_quorums_need_not_meet)
{
    static const struct {
        int write, read;
        enum quorum_scope write_scope, read_scope;
        enum quorum_read mode;
        bool may_miss;
    } cases[] = {
        {5, 5, QUORUM_OF_ALL, QUORUM_OF_ALL, QUORUM_READ_QUORUM, false}, // of nine
        {4, 5, QUORUM_OF_ALL, QUORUM_OF_ALL, QUORUM_READ_QUORUM, true},
        {9, 1, QUORUM_OF_ALL, QUORUM_OF_ALL, QUORUM_READ_LOCAL, false},
        {8, 9, QUORUM_OF_ALL, QUORUM_OF_ALL, QUORUM_READ_LOCAL, true},
        {7, 3, QUORUM_OF_ALL, QUORUM_OF_REGION, QUORUM_READ_QUORUM, false},
        {2, 2, QUORUM_OF_REGION, QUORUM_OF_REGION, QUORUM_READ_QUORUM, true},
        {2, 9, QUORUM_OF_REGION, QUORUM_OF_ALL, QUORUM_READ_QUORUM, true},
        {2, 2, QUORUM_EACH_REGION, QUORUM_OF_REGION, QUORUM_READ_QUORUM, false},
        {2, 1, QUORUM_EACH_REGION, QUORUM_OF_REGION, QUORUM_READ_QUORUM, true},
        {2, 4, QUORUM_EACH_REGION, QUORUM_OF_ALL, QUORUM_READ_QUORUM, false},
        {2, 3, QUORUM_EACH_REGION, QUORUM_OF_ALL, QUORUM_READ_QUORUM, true},
        {2, 3, QUORUM_EACH_REGION, QUORUM_OF_ALL, QUORUM_READ_LOCAL, true},
        {3, 1, QUORUM_EACH_REGION, QUORUM_OF_ALL, QUORUM_READ_LOCAL, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct store_spec *s = make(QUORUM_OF_ALL, cases[i].write);
        s->replicas_per_region = 3;
        s->quorum.read = cases[i].read;
        s->quorum.write_scope = cases[i].write_scope;
        s->quorum.read_scope = cases[i].read_scope;
        s->quorum.read_mode = cases[i].mode;
        cr_expect_eq(store_may_miss(s), cases[i].may_miss, "case %zu", i);
    }
}

// ---- clocks

// Region 0 stamps its writes 10 s ahead.
Test(rival, what_loses_to_a_clock_that_is_ahead)
{
    make(QUORUM_OF_ALL, 2);
    t.topology.regions[0].clock_offset_s = 10;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    uint64_t w = storeplay_write(&p, 1, 5, 0);
    storeplay_read(&p, 1, 6, 0);
    storeplay_read(&p, 2, 6, 0);
    storeplay_write(&p, 2, 10.9, 0);
    storeplay_write(&p, 1, 11.1, 0);
    storeplay_run(&p, 10.95);
    storeplay_expect(&p, w, ANSWER_OK, 5.012, 2e-3);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(version_member(replica_version(storeplay_replica(&p, region), 0)), 0);
    storeplay_run(&p, 100);
    expect_overwritten(0, 1);
    cr_expect_eq(storeplay_marked(&p, 2, true), 1);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(version_member(replica_version(storeplay_replica(&p, region), 0)), 1);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    expect_fates(1, 1, 2);
    storeplay_close(&p);
}

// Others' writes last if no write of region 0 was in the 10 s before: with Poisson writes,
// exp(-10 rate).
static void play_ahead(enum quorum_scope scope, int write)
{
    enum { WRITES = 5000 };
    const double rate = 0.05;
    struct stream random = stream_open(1, 0, "test", "clock ahead");
    make(scope, write);
    t.topology.regions[0].clock_offset_s = 10;
    storeplay_open(&p, &t);
    for (double at_s = 0; at_s < 990; at_s -= log(1 - stream_uniform(&random)) / rate)
        storeplay_write(&p, 0, at_s, 0);
    const uint64_t n_ahead = p.n_calls;
    for (int i = 0; i < WRITES; i++)
        storeplay_write(&p, 1, 20 + 970 * stream_uniform(&random), 0);
    storeplay_run(&p, 999);
    for (uint64_t i = n_ahead; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK);
    // Writes of the same 10 s are no independent samples: as many as there are such spans.
    const double share = (double)storeplay_marked(&p, 1, true) / WRITES;
    const double lost = 1 - exp(-10 * rate);
    cr_expect_float_eq(share, lost, 4 * sqrt(lost * (1 - lost) / 97), "%g, not %g", share, lost);
    storeplay_close(&p);
}

Test(rival, share_that_loses_to_a_clock_that_is_ahead)
{
    play_ahead(QUORUM_OF_ALL, 2);
    play_ahead(QUORUM_OF_REGION, 1);
}

// ---- versions

Test(rival, two_writes_in_a_tick_of_the_clock)
{
    for (int rejects = 0; rejects < 2; rejects++) {
        make(QUORUM_OF_ALL, 2)->quorum.conflict = rejects ? QUORUM_REJECTS : QUORUM_NEWEST_WINS;
        storeplay_open(&p, &t);
        storeplay_write(&p, 0, 1, 0);
        storeplay_write(&p, 0, 1.0000005, 0);
        storeplay_run(&p, 1.001);
        const uint64_t second = items_find(&storeplay_replica(&p, 0)->copy.items, 0)->own;
        storeplay_run(&p, 1.0020003);
        const uint64_t first = rejects ? intent_of(storeplay_replica(&p, 0), 0)->version
                                       : replica_version(storeplay_replica(&p, 0), 0);
        cr_expect(first != 0 && first < second, "%lu, %lu", first, second);
        storeplay_run(&p, 10);
        cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), rejects ? first : second);
        storeplay_close(&p);
    }
}

// ---- where conflicts are refused

// Region 0, whose clock is ahead, is cut off and gives its write up: it takes nobody's place.
Test(rival, none_of_writes_that_were_given_up)
{
    make(QUORUM_OF_ALL, 2)->quorum.conflict = QUORUM_REJECTS;
    t.topology.regions[0].clock_offset_s = 0.5;
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 0.9, 0.15)->peer = "*";
    storeplay_open(&p, &t);
    const uint64_t given_up = storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 1.1, 0);
    storeplay_write(&p, 2, 20, 0);
    storeplay_run(&p, 100);
    cr_expect_eq(p.answer[given_up].status, ANSWER_ERROR);
    expect_fates(1, 1, 0);
    storeplay_close(&p);
}
