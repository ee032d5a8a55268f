// Pins: what operators do with leaders: a switchover waits until the successor has everything and
// loses nothing; a failover loses what had not come, and what the old leader took afterwards; both
// wait for the control plane, a switchover for the old leader; a leader is not made leader again.
#include <criterion/criterion.h>

#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Leader in region 0, round trip 10 ms, delay 2 s; no automatic failover; the action takes 5 s.
static void make(enum action_change change, const char *region, double at_s)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 10);
    t.workload.duration_s = t.workload.window_s = 10000;
    struct store_spec *s = tiny_add_store(&t, STORE_SINGLE_LEADER);
    s->replication.delay = distribution_constant(2);
    s->items = 2;
    struct action_spec *a = tiny_add_action(&t, ACTION_STORE, change, at_s);
    a->region = region;
    a->takes = distribution_constant(5);
}

// A write every 100 ms to each region for 30 s; how many were acknowledged.
static int write_all_the_time(void)
{
    int n_ok = 0;
    for (int i = 0; i < 300; i++)
        for (int region = 0; region < 2; region++)
            storeplay_write(&p, region, 0.1 * i + 0.05 * region + 0.01, (uint32_t)region);
    storeplay_run(&p, 100);
    for (uint64_t i = 0; i < p.n_calls; i++)
        n_ok += p.answer[i].status == ANSWER_OK;
    return n_ok;
}

static int count_kept(void)
{
    return (int)(storeplay_replica(&p, 0)->fates.n + storeplay_replica(&p, 1)->fates.n -
                 storeplay_marked(&p, 0, false) - storeplay_marked(&p, 1, false));
}

Test(handover, switchover_loses_nothing)
{
    make(ACTION_SWITCHOVER, "us-west-2", 10);
    storeplay_open(&p, &t);
    const int n_ok = write_all_the_time();
    // Agreed a round trip after 10 s; the last write is here 2 s later; 5 s to promote.
    cr_expect_float_eq(storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED), 17.0, 0.1);
    cr_expect_eq(storeplay_marked(&p, 0, false), 0);
    cr_expect_eq(count_kept(), n_ok);
    cr_expect_float_eq((double)(600 - n_ok), 2 * 70, 4, "%d refused meanwhile", 600 - n_ok);
    for (uint32_t item = 0; item < 2; item++)
        cr_expect_eq(replica_version(storeplay_replica(&p, 0), item),
                     replica_version(storeplay_replica(&p, 1), item));
    storeplay_close(&p);
}

Test(handover, failover_loses_what_had_not_come)
{
    make(ACTION_FAILOVER, "us-west-2", 10);
    storeplay_open(&p, &t);
    write_all_the_time();
    cr_expect_float_eq(storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED), 15, 1e-3);
    // 20 writes a second under way for 2 s; the old leader hears of it at once.
    cr_expect_float_eq((double)storeplay_marked(&p, 0, false), 40, 2);
    cr_expect_eq(storeplay_replica(&p, 0)->lead.leader, 1);
    storeplay_close(&p);
}

Test(handover, waits_for_the_control_plane)
{
    make(ACTION_FAILOVER, "us-west-2", 10);
    struct fault_spec *f = tiny_add_fault(&t);
    f->region = "us-west-2";
    f->effect = FAULT_CONTROL_PLANE;
    f->duration = distribution_constant(60);
    storeplay_open(&p, &t);
    storeplay_run(&p, 100);
    cr_expect_float_eq(storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED), 65, 1e-3);
    storeplay_close(&p);
}

static double promoted_with_leader_down(enum action_change change)
{
    make(change, "us-west-2", 10);
    struct fault_spec *f = tiny_add_fault(&t);
    f->duration = distribution_constant(60);
    storeplay_open(&p, &t);
    storeplay_run(&p, 200);
    const double at_s = storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED);
    storeplay_close(&p);
    return at_s;
}

Test(handover, switchover_needs_the_old_leader)
{
    cr_expect_float_eq(promoted_with_leader_down(ACTION_FAILOVER), 15, 1e-3);
    const double at_s = promoted_with_leader_down(ACTION_SWITCHOVER);
    cr_expect(65 <= at_s && at_s <= 95.1, "%g s: asked again every 30 s", at_s);
}

Test(handover, leader_is_not_made_leader_again)
{
    make(ACTION_SWITCHOVER, "us-east-1", 10);
    storeplay_open(&p, &t);
    storeplay_run(&p, 100);
    cr_expect_eq(storeplay_replica(&p, 0)->lead.epoch, 1);
    cr_expect_float_eq(storeplay_mark_s(&p, 0, JOURNAL_ACTION_REFUSED), 10, 1e-3);
    storeplay_close(&p);
}

// An old leader that stopped for a successor who never came takes writes again.
Test(handover, old_leader_goes_on_after_a_while)
{
    make(ACTION_SWITCHOVER, "us-west-2", 10);
    struct fault_spec *f = tiny_add_fault(&t);
    f->region = "us-west-2";
    f->at_s = 11;
    f->duration = distribution_constant(5000);
    storeplay_open(&p, &t);
    uint64_t early = storeplay_write(&p, 0, 300, 0), late = storeplay_write(&p, 0, 700, 0);
    storeplay_run(&p, 800);
    cr_expect_eq(p.answer[early].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[late].status, ANSWER_OK);
    storeplay_close(&p);
}

// ---- what the successor has received

// Of the old leader's writes the one half is still waiting for the applier: it takes 150 ms for
// each, 10 come in a second. A switchover is done when all have been applied; a failover too, once
// those are that had come when it was due.
static void slow_applier(enum action_change change)
{
    make(change, "us-west-2", 10);
    t.stores[0].replication.delay = distribution_constant(0.1);
    t.stores[0].replication.apply_time = distribution_constant(0.15);
    t.stores[0].replication.appliers = 1;
    t.stores[0].leading.forwarding = FORWARD_NONE;
    t.actions[0].takes = distribution_constant(1);
}

Test(handover, switchover_applies_what_has_come)
{
    slow_applier(ACTION_SWITCHOVER);
    storeplay_open(&p, &t);
    write_all_the_time();
    cr_expect_eq(storeplay_marked(&p, 0, false), 0);
    cr_expect_float_eq(storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED), 100 * 0.15, 0.5);
    storeplay_close(&p);
}

Test(handover, failover_applies_what_has_come)
{
    slow_applier(ACTION_FAILOVER);
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 9.9, 1000);
    storeplay_open(&p, &t);
    write_all_the_time();
    cr_expect_eq(storeplay_marked(&p, 0, false), 0); // of what has come
    cr_expect_eq(version_member(replica_version(storeplay_replica(&p, 1), 1)), 1);
    cr_expect_float_eq(storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED), 99 * 0.15, 0.5);
    storeplay_close(&p);
}

// ---- in the very moment

// The successor is down when its turn comes, from 15 to 20 s: it asks again, half a minute later.
Test(handover, waits_for_a_successor_that_is_down)
{
    make(ACTION_SWITCHOVER, "us-west-2", 10);
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 15, 5);
    storeplay_open(&p, &t);
    storeplay_run(&p, 200);
    const double promoted_s = storeplay_mark_s(&p, 1, JOURNAL_LEADER_PROMOTED);
    cr_expect(40 <= promoted_s && promoted_s <= 60, "%g s", promoted_s);
    cr_expect_float_eq(storeplay_mark_s(&p, 1, JOURNAL_ACTION_APPLIED), promoted_s, 1e-9);
    storeplay_close(&p);
}

Test(handover, is_not_refused_when_it_has_been_made)
{
    make(ACTION_SWITCHOVER, "us-west-2", 10);
    storeplay_open(&p, &t);
    storeplay_run(&p, 200);
    cr_expect_gt(storeplay_mark_s(&p, 1, JOURNAL_ACTION_APPLIED), 0);
    cr_expect_eq(storeplay_mark_s(&p, 1, JOURNAL_ACTION_REFUSED), -1);
    storeplay_close(&p);
}

// Two regions are made leader at the same time: one of them steps down when it hears of the other.
Test(handover, of_two_new_leaders_one_stays)
{
    make(ACTION_FAILOVER, "us-west-2", 10);
    tiny_add_region(&t, "eu-west-1", 30);
    t.stores[0].regions = 7;
    *tiny_add_action(&t, ACTION_STORE, ACTION_FAILOVER, 10) = t.actions[0];
    t.actions[1].name = "action1";
    t.actions[1].region = "eu-west-1";
    storeplay_open(&p, &t);
    storeplay_run(&p, 100);
    const uint8_t leader = storeplay_replica(&p, 0)->lead.leader;
    cr_expect(leader == 1 || leader == 2);
    for (int region = 1; region < 3; region++)
        cr_expect_eq(storeplay_replica(&p, region)->lead.leader, leader);
    storeplay_close(&p);
}

// ---- what is in danger

// Delays are random, but the log leaves in order: what waits behind a slow write is in danger with
// it. What the follower has not got in the end is what the loss of the region was said to endanger.
Test(handover, recovery_point_of_a_log_that_leaves_in_order)
{
    make(ACTION_FAILOVER, "us-west-2", 5000);
    t.stores[0].leading.forwarding = FORWARD_NONE;
    t.stores[0].replication.delay = tiny_exponential(0.5);
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 10.001, 10000);
    storeplay_open(&p, &t);
    write_all_the_time();
    const struct replica *old = storeplay_replica(&p, 0);
    cr_assert_eq(old->recovery.exposures.n, 1);
    const uint32_t n_kept = storeplay_replica(&p, 1)->lead.received;
    cr_expect(n_kept > 20 && n_kept < old->fates.n, "%u of %u", n_kept, old->fates.n);
    cr_expect_eq(old->recovery.exposures.items[0].writes, old->fates.n - n_kept);
    storeplay_close(&p);
}
