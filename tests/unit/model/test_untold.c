// Pins: writes that were not acknowledged and took effect all the same are those whose client was
// told that they failed, or waited in vain: not those that are under way when the run ends, be it
// at a coordinator, at a leader that waits for followers, on the way to a leader and back, or in a
// group's log; nor, where conflicts are refused, those that a member has agreed to.
#include <criterion/criterion.h>

#include "model/settlement.h"
#include "support/stat.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// A write of a region's at 1 s; how many were kept that nobody was told of when the run ends.
static uint64_t kept_at(int region, double end_s)
{
    struct record record = {.n_stores = 1};
    storeplay_open(&p, &t);
    storeplay_write(&p, region, 1, 0);
    storeplay_run(&p, end_s);
    settlement_collect(p.stage.world, &record);
    const uint64_t kept = record.stores[0].unacknowledged_kept;
    record_free(&record);
    storeplay_close(&p);
    return kept;
}

// At any moment until the answer is there.
static void expect_none_kept(int region)
{
    const int step = (int)(200 / stat_runs(200));
    for (int i = 1; i < 200; i += step)
        cr_expect_eq(kept_at(region, 1 + 0.003 * i), 0, "after %d ms", 3 * i);
    cr_expect_eq(p.answer[0].status, ANSWER_OK);
}

Test(untold, of_quorums)
{
    storeplay_make(&t, STORE_QUORUM);
    expect_none_kept(0);
}

static void make_waiting_leader(void)
{
    struct store_spec *s = storeplay_make(&t, STORE_SINGLE_LEADER);
    s->leading.sync_followers = 1;
    s->replication.delay = distribution_constant(0.1);
}

Test(untold, of_leaders)
{
    storeplay_make(&t, STORE_SINGLE_LEADER);
    expect_none_kept(2);
    make_waiting_leader();
    expect_none_kept(0);
    make_waiting_leader();
    expect_none_kept(2);
}

Test(untold, of_groups)
{
    storeplay_make(&t, STORE_CONSENSUS);
    expect_none_kept(0);
    storeplay_make(&t, STORE_CONSENSUS);
    expect_none_kept(2);
}

// Region 0 does not hear that its write was done.
Test(untold, but_whose_client_has_waited_in_vain)
{
    storeplay_make(&t, STORE_QUORUM);
    for (int region = 1; region < 3; region++)
        tiny_add_fault_at(&t, FAULT_REGION, region == 1 ? "us-west-2" : "eu-west-1", 0.5, 500);
    struct record record = {.n_stores = 1};
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0);
    storeplay_run(&p, 10);
    cr_expect_eq(p.answer[w].status, ANSWER_ERROR);
    settlement_collect(p.stage.world, &record);
    cr_expect_eq(record.stores[0].unacknowledged_kept, 1);
    record_free(&record);
    storeplay_close(&p);
}

// Region 2 has a write of its own when region 0's comes, so both are given up; region 1 has agreed
// to region 0's, and is cut off from there before it can say so or hear of the outcome.
Test(untold, not_that_a_member_has_agreed_to)
{
    struct store_spec *s = storeplay_make(&t, STORE_QUORUM);
    s->quorum.conflict = QUORUM_REJECTS;
    s->quorum.write = 3;
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 1.006, 500)->peer = "us-west-2";
    struct record record = {.n_stores = 1};
    storeplay_open(&p, &t);
    uint64_t a = storeplay_write(&p, 0, 1, 0), b = storeplay_write(&p, 2, 1, 0);
    storeplay_run(&p, 100);
    storeplay_expect(&p, a, ANSWER_ERROR, 1.032, 3e-3);
    cr_expect_eq(p.answer[b].status, ANSWER_ERROR);
    for (int region = 1; region < 3; region++)
        cr_expect_eq(replica_version(storeplay_replica(&p, region), 0), 0);
    settlement_collect(p.stage.world, &record);
    cr_expect_eq(record.stores[0].unacknowledged_kept, 0);
    record_free(&record);
    storeplay_close(&p);
}
