// Pins: elections, one by one: the next leader is there one to two timeouts and three round trips
// after the last was heard; a member that is cut off disturbs nobody when it is back, and without a
// majority no term begins (so terms count leaders, not time); a leader that hears nobody, or whom
// nobody hears, is replaced; leadership returns to where it is wished, after a while and without a
// failure, or stays; marks are few, however many groups there are.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/consensus.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, which leads, 50 between the others; heartbeats 100 ms,
// election timeout 1 s.
static struct consensus_spec *make(void)
{
    struct store_spec *s = storeplay_make(&t, STORE_CONSENSUS);
    t.workload.duration_s = t.workload.window_s = 2000;
    return &s->consensus;
}

static const struct consensus_group *group(int region)
{
    return &storeplay_replica(&p, region)->consensus->groups[0];
}

static uint32_t lp_of(int region)
{
    return stage_lp(&p.stage, LP_REPLICA, (uint32_t)p.stage.model->replica_of[region]);
}

static int n_marks(int region, enum journal_kind kind)
{
    const journal_list *list = &p.stage.world->journals[lp_of(region)];
    int n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += list->items[i].kind == kind;
    return n;
}

// Time of the first mark of this kind in a region, or -1.
static double mark_s(int region, enum journal_kind kind)
{
    const journal_list *list = &p.stage.world->journals[lp_of(region)];
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind == kind)
            return simtime_to_seconds(list->items[i].time);
    return -1;
}

static int leader_seen_by(int region)
{
    return group(region)->leader;
}

// ---- the loss of a leader

Test(election, after_one_to_two_timeouts)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 500);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 1, 103, 0);
    storeplay_run(&p, 110);
    const int winner = leader_seen_by(1);
    cr_assert(winner == 1 || winner == 2);
    cr_expect_eq(leader_seen_by(2), winner);
    cr_expect_eq(group(1)->term, 2);
    // Heard at most 0.1 s before, then the timeout, pre-vote and vote.
    const double lost_s = mark_s(winner, JOURNAL_LEADER_LOST);
    const double promoted_s = mark_s(winner, JOURNAL_LEADER_PROMOTED);
    cr_expect(100.9 < lost_s && lost_s < 102.02, "%g s", lost_s);
    cr_expect_float_eq(promoted_s, lost_s + 2 * 0.050, 2e-3);
    cr_expect_eq(mark_s(3 - winner, JOURNAL_LEADER_PROMOTED), -1);
    cr_expect_eq(p.answer[w].status, ANSWER_OK);
    storeplay_close(&p);
}

// All stand at once, get one vote each, and try again.
Test(election, split_votes_end)
{
    uint32_t most = 0;
    for (uint32_t replication = 0; replication < 50; replication++) {
        struct consensus_spec *c = make();
        c->election_timeout_s = 0.1; // three times the round trip
        c->heartbeat_s = 0.02;
        tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 500);
        stage_open(&p.stage, &t, replication);
        stage_run(&p.stage, 110);
        cr_expect(leader_seen_by(1) != CONSENSUS_NOBODY && leader_seen_by(1) != 0);
        cr_expect_eq(leader_seen_by(1), leader_seen_by(2));
        most = group(1)->term > most ? group(1)->term : most;
        stage_close(&p.stage);
    }
    cr_expect(most > 2, "votes were never split");
    cr_expect(most < 20, "%u terms", most);
}

// ---- who is cut off

Test(election, a_lonely_member_disturbs_nobody)
{
    make();
    tiny_add_fault_at(&t, FAULT_LINK, "eu-west-1", 100, 1000);
    storeplay_open(&p, &t);
    for (int i = 0; i < 200; i++)
        storeplay_write(&p, 0, 1095 + 0.05 * i, 0);
    storeplay_run(&p, 1500);
    for (int region = 0; region < 3; region++) {
        cr_expect_eq(group(region)->term, 1);
        cr_expect_eq(leader_seen_by(region), 0);
        cr_expect_eq(n_marks(region, JOURNAL_LEADER_PROMOTED), 0);
    }
    cr_expect_eq(n_marks(0, JOURNAL_LEADER_STEPPED_DOWN), 0);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK, "write %lu", i);
    storeplay_close(&p);
}

Test(election, no_terms_without_a_majority)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 1000);
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 100, 1000);
    storeplay_open(&p, &t);
    storeplay_run(&p, 1099);
    cr_expect_eq(group(2)->term, 1);
    cr_expect_eq(leader_seen_by(2), CONSENSUS_NOBODY);
    storeplay_run(&p, 1500);
    cr_expect(group(2)->term >= 2 && group(2)->term < 6, "term %u", group(2)->term);
    cr_expect_eq(leader_seen_by(2), 0, "it is wished there");
    storeplay_close(&p);
}

// Its heartbeats arrive, their answers do not.
Test(election, a_leader_that_hears_nobody_steps_down)
{
    make();
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_LINK, "us-west-2", 100, 50);
    f->peer = "us-east-1";
    f->one_way = true;
    f = tiny_add_fault_at(&t, FAULT_LINK, "eu-west-1", 100, 50);
    f->peer = "us-east-1";
    f->one_way = true;
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 1, 110, 0);
    storeplay_run(&p, 120);
    const double down_s = mark_s(0, JOURNAL_LEADER_STEPPED_DOWN);
    cr_expect(100.9 < down_s && down_s < 101.3, "%g s", down_s);
    cr_expect(leader_seen_by(1) == 1 || leader_seen_by(1) == 2);
    cr_expect_eq(p.answer[w].status, ANSWER_OK);
    storeplay_close(&p);
}

// It hears all: the newer term, too.
Test(election, a_leader_whom_nobody_hears_steps_down)
{
    make();
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 100, 50);
    f->one_way = true;
    storeplay_open(&p, &t);
    uint64_t own = storeplay_write(&p, 0, 100.5, 0), other = storeplay_write(&p, 1, 110, 1);
    storeplay_run(&p, 120);
    cr_expect(leader_seen_by(1) == 1 || leader_seen_by(1) == 2);
    cr_expect_eq(leader_seen_by(0), leader_seen_by(1));
    cr_expect_neq(mark_s(0, JOURNAL_LEADER_STEPPED_DOWN), -1);
    cr_expect_eq(p.answer[own].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[other].status, ANSWER_OK);
    storeplay_close(&p);
}

// Two members cannot reach each other, but both the third: it leads, or one of them does.
Test(election, a_member_between_two_others)
{
    make();
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 100, 500);
    f->peer = "us-west-2"; // the leader and one follower
    storeplay_open(&p, &t);
    for (int i = 0; i < 400; i++)
        storeplay_write(&p, 2, 110 + i, 0);
    storeplay_run(&p, 600);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK, "write %lu", i);
    cr_expect_lt(group(2)->term, 4, "leadership goes to and fro");
    storeplay_close(&p);
}

// ---- handing over

static void expect_all_answered(void)
{
    double longest_s = 0;
    for (uint64_t i = 0; i < p.n_calls; i++) {
        const double asked_s = 121 + 0.01 * (double)i;
        cr_expect_eq(p.answer[i].status, ANSWER_OK, "operation %lu", i);
        longest_s = p.answer[i].at_s - asked_s > longest_s ? p.answer[i].at_s - asked_s : longest_s;
    }
    // Two round trips of 50 ms at the most from the end of one to the beginning of the other.
    cr_expect(0.05 < longest_s && longest_s < 0.3, "%g s", longest_s);
}

Test(election, leadership_returns_to_where_it_is_wished)
{
    make()->transfer_after_s = 30;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 20);
    storeplay_open(&p, &t);
    for (int i = 0; i < 8000; i++)
        storeplay_ask(&p, i % 3, 121 + 0.01 * i, (uint32_t)i % 2, i % 2 ? REQUEST_WRITE : 0);
    storeplay_run(&p, 149.9);
    cr_expect_neq(leader_seen_by(1), 0);
    storeplay_run(&p, 300);
    cr_expect_eq(leader_seen_by(1), 0);
    const double back_s = mark_s(0, JOURNAL_LEADER_PROMOTED);
    cr_expect(150 < back_s && back_s < 150.5, "%g s", back_s);
    cr_expect_eq(group(0)->term, 3, "one term for the loss, one for the return");
    expect_all_answered();
    storeplay_close(&p);
}

Test(election, leadership_stays)
{
    make()->transfer_back = false;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 20);
    storeplay_open(&p, &t);
    storeplay_run(&p, 1000);
    cr_expect_neq(leader_seen_by(0), 0);
    cr_expect_eq(group(0)->term, 2);
    storeplay_close(&p);
}

// The wished member can be heard but hears nothing: the leader tries now and then, and goes on.
Test(election, a_successor_that_does_not_hear)
{
    make()->transfer_after_s = 30;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 20);
    storeplay_open(&p, &t);
    storeplay_run(&p, 149);
    const int leader = leader_seen_by(1);
    storeplay_close(&p);
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_LINK,
                                             leader == 1 ? "us-west-2" : "eu-west-1", 149, 100);
    f->peer = "us-east-1";
    f->one_way = true;
    storeplay_open(&p, &t);
    for (int i = 0; i < 1000; i++)
        storeplay_write(&p, leader, 150 + 0.1 * i, 0);
    storeplay_run(&p, 400);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK, "write %lu", i);
    cr_expect_eq(leader_seen_by(1), 0, "in the end it is back");
    storeplay_close(&p);
}

// ---- marks

Test(election, a_mark_a_member_and_moment)
{
    struct consensus_spec *c = make();
    c->groups = STORE_MAX_GROUPS;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 100);
    storeplay_open(&p, &t);
    storeplay_run(&p, 150);
    for (uint32_t g = 0; g < STORE_MAX_GROUPS; g++) {
        const uint8_t leader = storeplay_replica(&p, 1)->consensus->groups[g].leader;
        cr_expect(leader == 1 || leader == 2, "group %u", g);
    }
    for (int region = 1; region < 3; region++) {
        cr_expect_eq(n_marks(region, JOURNAL_LEADER_LOST), 1);
        cr_expect_eq(n_marks(region, JOURNAL_LEADER_PROMOTED), 1);
    }
    storeplay_run(&p, 400);
    for (uint32_t g = 0; g < STORE_MAX_GROUPS; g++)
        cr_expect_eq(storeplay_replica(&p, 1)->consensus->groups[g].leader, 0);
    cr_expect_eq(n_marks(0, JOURNAL_LEADER_PROMOTED), 1, "all return at about the same time");
    storeplay_close(&p);
}
