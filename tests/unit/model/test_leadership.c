// Pins: single leader, step by step: followers forward writes and answer after the leader has;
// silence is noticed after detect_s, then decided and promoted, in that order of time; a leader
// heard again before that stays; promotion waits for the control plane; writes that had not reached
// the successor are discarded and counted, those of a leader that was only cut off as well; without
// failover writes fail until the leader is back.
#include <criterion/criterion.h>

#include "model/version.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Leader in region 0, round trip 10 ms, heartbeat 1 s, detect 10 s, decide 20 s, promote 30 s.
static struct store_spec *make(int n_regions)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 10);
    if (n_regions > 2)
        tiny_add_region(&t, "eu-west-1", 10);
    t.workload.duration_s = t.workload.window_s = 10000;
    struct store_spec *s = tiny_add_store(&t, STORE_SINGLE_LEADER);
    s->failover = true;
    s->items = 2;
    return s;
}

static struct fault_spec *add_fault(enum fault_target target, double at_s, double lasts_s)
{
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = target;
    f->at_s = at_s;
    f->duration = distribution_constant(lasts_s);
    return f;
}

static double mark_s(int region, enum journal_kind kind)
{
    return storeplay_mark_s(&p, region, kind);
}

static int leader_seen_by(int region)
{
    return storeplay_replica(&p, region)->lead.leader;
}

Test(leadership, followers_forward_writes)
{
    make(2);
    storeplay_open(&p, &t);
    uint64_t own = storeplay_write(&p, 0, 1, 0), forwarded = storeplay_write(&p, 1, 2, 1);
    uint64_t read = storeplay_read(&p, 1, 3, 1);
    storeplay_run(&p, 10);
    cr_expect_float_eq(p.answer[own].at_s, 1.002, 1e-4);
    cr_expect_float_eq(p.answer[forwarded].at_s, 2.014, 1e-3); // twice the work, a round trip
    cr_expect_float_eq(p.answer[read].at_s, 3.001, 1e-4);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK);
    cr_expect_eq(version_member(replica_version(storeplay_replica(&p, 1), 1)), 0);
    cr_expect_eq(version_epoch(replica_version(storeplay_replica(&p, 1), 1)), 1);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.writes, 1); // the client's own
    cr_expect_eq(storeplay_replica(&p, 1)->counts.writes, 1); // the forwarded one, at its client's
    storeplay_close(&p);
}

Test(leadership, promotion_takes_silence_decision_and_promotion)
{
    make(3);
    add_fault(FAULT_REGION, 100, 1000);
    storeplay_open(&p, &t);
    uint64_t lost = storeplay_write(&p, 1, 120, 0), after = storeplay_write(&p, 1, 200, 0);
    uint64_t third = storeplay_write(&p, 2, 200, 1);
    storeplay_run(&p, 300);
    double lost_s = mark_s(1, JOURNAL_LEADER_LOST), promoted_s = mark_s(1, JOURNAL_LEADER_PROMOTED);
    // Last heard at 99 to 100, looked at every second, strictly longer than 10 s.
    cr_expect(109 < lost_s && lost_s <= 111.1, "%g s", lost_s);
    cr_expect_float_eq(promoted_s - lost_s, 50, 1e-6);
    cr_expect_eq(mark_s(2, JOURNAL_LEADER_LOST), -1, "only the successor acts");
    cr_expect_eq(leader_seen_by(1), 1);
    cr_expect_eq(leader_seen_by(2), 1);
    cr_expect_eq(p.answer[lost].status, ANSWER_ERROR);
    cr_expect_float_eq(p.answer[lost].at_s, 150, 0.01); // forwarded into the void: 30 s
    cr_expect_eq(p.answer[after].status, ANSWER_OK);
    cr_expect_eq(p.answer[third].status, ANSWER_OK);
    cr_expect_eq(version_epoch(replica_version(storeplay_replica(&p, 2), 0)),
                 storeplay_replica(&p, 1)->lead.epoch);
    cr_expect_gt(storeplay_replica(&p, 1)->lead.epoch, 1);
    storeplay_close(&p);
}

Test(leadership, old_leader_steps_down_when_it_is_back)
{
    make(2);
    add_fault(FAULT_REGION, 100, 200);
    storeplay_open(&p, &t);
    uint64_t early = storeplay_write(&p, 0, 305, 0);
    storeplay_run(&p, 400);
    cr_expect_float_eq(mark_s(0, JOURNAL_LEADER_STEPPED_DOWN), 300.5, 0.6);
    cr_expect_eq(leader_seen_by(0), 1);
    cr_expect_eq(p.answer[early].status, ANSWER_OK, "forwarded to the new leader");
    cr_expect_eq(version_member(replica_version(storeplay_replica(&p, 0), 0)), 1);
    storeplay_close(&p);
}

Test(leadership, leader_heard_again_in_time_stays)
{
    make(2);
    add_fault(FAULT_REGION, 100, 40); // noticed, but decided and promoted at 160
    storeplay_open(&p, &t);
    storeplay_run(&p, 400);
    cr_expect_gt(mark_s(1, JOURNAL_LEADER_LOST), 109);
    cr_expect_eq(mark_s(1, JOURNAL_LEADER_PROMOTED), -1);
    cr_expect_eq(leader_seen_by(1), 0);
    cr_expect_eq(storeplay_replica(&p, 1)->lead.epoch, 1);
    storeplay_close(&p);
}

Test(leadership, short_silence_is_not_noticed)
{
    make(2);
    add_fault(FAULT_REGION, 100, 8);
    storeplay_open(&p, &t);
    storeplay_run(&p, 400);
    cr_expect_eq(mark_s(1, JOURNAL_LEADER_LOST), -1);
    storeplay_close(&p);
}

Test(leadership, promotion_waits_for_the_control_plane)
{
    make(2);
    add_fault(FAULT_REGION, 100, 5000);
    struct fault_spec *f = add_fault(FAULT_REGION, 90, 1000);
    f->region = "us-west-2";
    f->effect = FAULT_CONTROL_PLANE;
    storeplay_open(&p, &t);
    uint64_t before = storeplay_write(&p, 1, 900, 0), after = storeplay_write(&p, 1, 1110, 0);
    storeplay_run(&p, 1200);
    double promoted_s = mark_s(1, JOURNAL_LEADER_PROMOTED);
    cr_expect(1090 <= promoted_s && promoted_s <= 1100.1, "%g s", promoted_s);
    cr_expect_eq(p.answer[before].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[after].status, ANSWER_OK);
    storeplay_close(&p);
}

Test(leadership, without_failover_writes_wait_for_the_leader)
{
    make(2)->failover = false;
    add_fault(FAULT_REGION, 100, 500);
    storeplay_open(&p, &t);
    uint64_t during = storeplay_write(&p, 1, 300, 0), read = storeplay_read(&p, 1, 300, 0);
    uint64_t after = storeplay_write(&p, 1, 700, 0);
    storeplay_run(&p, 800);
    cr_expect_eq(p.answer[during].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[read].status, ANSWER_OK);
    cr_expect_eq(p.answer[after].status, ANSWER_OK);
    cr_expect_eq(mark_s(1, JOURNAL_LEADER_PROMOTED), -1);
    storeplay_close(&p);
}

// ---- writes that a failover throws away

// Acknowledged 0.1 s before the power failed, on the way for 0.2 s: brought by the old leader when
// it is back.
Test(leadership, unreplicated_writes_are_discarded)
{
    make(2);
    add_fault(FAULT_REGION, 100, 300);
    storeplay_open(&p, &t);
    uint64_t safe = storeplay_write(&p, 0, 99.5, 1), lost = storeplay_write(&p, 0, 99.9, 0);
    storeplay_run(&p, 500);
    cr_expect_eq(p.answer[safe].status, ANSWER_OK);
    cr_expect_eq(p.answer[lost].status, ANSWER_OK);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unreplicated_at_fault, 1);
    cr_expect_eq(storeplay_marked(&p, 0, false), 1);
    cr_expect_neq(replica_version(storeplay_replica(&p, 1), 1), 0);
    cr_expect_eq(replica_version(storeplay_replica(&p, 1), 0), 0);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), 0, "the old leader's copy");
    storeplay_close(&p);
}

// A follower had a write that the new leader lacks, and lacks one that it has: both end up as the
// new leader is.
Test(leadership, all_copies_become_the_new_leaders)
{
    make(3);
    struct fault_spec *cut = add_fault(FAULT_LINK, 98, 500);
    cut->peer = "us-west-2"; // the successor does not get the writes of items 0 and 1
    add_fault(FAULT_REGION, 100, 300);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 97, 1);
    storeplay_write(&p, 0, 99, 0);
    storeplay_run(&p, 700);
    for (int region = 0; region < 3; region++)
        for (uint32_t item = 0; item < 2; item++)
            cr_expect_eq(replica_version(storeplay_replica(&p, region), item),
                         replica_version(storeplay_replica(&p, 1), item), "item %u in region %d",
                         item, region);
    cr_expect_eq(replica_version(storeplay_replica(&p, 1), 0), 0);
    cr_expect_neq(replica_version(storeplay_replica(&p, 1), 1), 0);
    storeplay_close(&p);
}

// The leader is cut off and goes on: its writes since the cut are lost when it meets its successor.
Test(leadership, split_brain)
{
    make(2);
    add_fault(FAULT_LINK, 100, 300);
    storeplay_open(&p, &t);
    for (int i = 0; i < 10; i++)
        storeplay_write(&p, 0, 110 + i, 0);
    uint64_t theirs = storeplay_write(&p, 1, 200, 0);
    storeplay_run(&p, 500);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK, "write %lu", i);
    cr_expect_eq(storeplay_marked(&p, 0, false), 10);
    cr_expect_eq(leader_seen_by(0), 1);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0),
                 replica_version(storeplay_replica(&p, 1), 0));
    cr_expect_eq(version_member(replica_version(storeplay_replica(&p, 1), 0)), 1, "write %lu",
                 theirs);
    storeplay_close(&p);
}

// A leader's log arrives in order, whatever the delays drawn.
static simtime last_arrival;
static uint64_t n_arrived;

static bool expect_in_order(void *argument, const struct context *x, const struct event *e)
{
    static uint64_t last_version;
    struct payload_write w;
    (void)argument, (void)x;
    if (e->kind == EV_REPLICATE) {
        payload_get(e, struct payload_write, &w);
        cr_assert_gt(w.version, last_version);
        cr_assert_gt(e->time, last_arrival);
        last_version = w.version, last_arrival = e->time, n_arrived++;
    }
    return e->kind == EV_CALL_RESPONSE;
}

Test(leadership, log_arrives_in_order)
{
    make(2)->replication.delay = tiny_exponential(0.5);
    storeplay_open(&p, &t);
    p.stage.tap = expect_in_order;
    for (int i = 0; i < 2000; i++)
        storeplay_write(&p, 0, 1 + 0.01 * i, (uint32_t)i % 2);
    storeplay_run(&p, 100);
    cr_expect_eq(n_arrived, 2000);
    storeplay_close(&p);
}
