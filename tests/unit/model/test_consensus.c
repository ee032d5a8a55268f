// Pins: consensus, operation by operation: a write takes the round trip to the majority, a read by
// index a round of heartbeats, by lease or of a follower's copy nothing; members that do not lead
// send operations on; without a majority they fail after the timeout; those that could not be
// brought to a lost leader wait for the next; what a lost leader may have done stays unknown, and
// takes effect if the others have it; what they do not have is tried again elsewhere; a member that
// was away, or out of room, gets the log; what all who have it take with them is lost.
#include <criterion/criterion.h>

#include "model/consensus.h"
#include "model/settlement.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, which leads, 50 between the others; reads take 1 ms,
// writes 2 ms; timeout 5 s.
static struct store_spec *make(void)
{
    return storeplay_make(&t, STORE_CONSENSUS);
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 2e-3);
}

// Answered with success between two times.
static void expect_done(uint64_t call, double from_s, double to_s)
{
    cr_expect(p.answer[call].status == ANSWER_OK && from_s <= p.answer[call].at_s &&
                  p.answer[call].at_s <= to_s,
              "call %lu: status %d at %g s", call, p.answer[call].status, p.answer[call].at_s);
}

static void expect_agreement(void)
{
    const struct raftlog *log = &storeplay_replica(&p, 0)->consensus->groups[0].log;
    for (int region = 1; region < 3; region++)
        cr_expect_eq(
            raftlog_version(&storeplay_replica(&p, region)->consensus->groups[0].log, log->last),
            raftlog_version(log, log->last));
    for (uint32_t item = 0; item < t.stores[0].items; item++)
        for (int region = 1; region < 3; region++)
            cr_expect_eq(replica_version(storeplay_replica(&p, region), item),
                         replica_version(storeplay_replica(&p, 0), item), "item %u in region %d",
                         item, region);
}

// What became of the writes; closes the play.
static struct store_record settle(void)
{
    struct record record = {.n_stores = 1};
    settlement_collect(p.stage.world, &record);
    const struct store_record fates = record.stores[0]; // counts only
    storeplay_close(&p);
    record_free(&record);
    return fates;
}

// ---- when all is well

Test(consensus, takes_the_round_trip_to_the_majority)
{
    make();
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    uint64_t far_w = storeplay_write(&p, 2, 3, 0), far_r = storeplay_read(&p, 2, 4, 0);
    storeplay_run(&p, 10);
    expect_answer(w, ANSWER_OK, 1.010 + 0.002); // all write to disk at the same time
    expect_answer(r, ANSWER_OK, 2.010 + 0.001);
    expect_answer(far_w, ANSWER_OK, 3.030 + 0.010 + 0.002); // the way to the leader and back
    expect_answer(far_r, ANSWER_OK, 4.030 + 0.010 + 0.001);
    expect_agreement();
    cr_expect_eq(storeplay_replica(&p, 0)->counts.latency[STORE_READ_STRONG].n, 1);
    storeplay_close(&p);
}

Test(consensus, reads_by_lease_ask_nobody)
{
    make()->consensus.read = CONSENSUS_READ_LEASE;
    storeplay_open(&p, &t);
    uint64_t r = storeplay_read(&p, 0, 2, 0), far = storeplay_read(&p, 2, 3, 0);
    storeplay_run(&p, 10);
    expect_answer(r, ANSWER_OK, 2.001);
    expect_answer(far, ANSWER_OK, 3.031);
    storeplay_close(&p);
}

// It is told of the commit half a round trip after the leader's client, and is stale until then.
Test(consensus, followers_read_their_own_copy)
{
    make()->consensus.read = CONSENSUS_READ_FOLLOWER;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0); // committed at 1.012, known in region 2 at 1.027
    uint64_t before = storeplay_read(&p, 2, 1.020, 0), after = storeplay_read(&p, 2, 1.030, 0);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(before, ANSWER_OK, 1.021);
    expect_answer(after, ANSWER_OK, 1.031);
    const struct store_record *counts = &storeplay_replica(&p, 2)->counts;
    cr_expect_eq(counts->staleness.stale, 1);
    cr_expect_float_eq((double)counts->staleness.age.sum * 1e-9, 0.009, 5e-4);
    cr_expect_float_eq((double)counts->lag.sum * 1e-9, 0.015, 5e-4);
    cr_expect_eq(counts->latency[STORE_READ_EVENTUAL].n, 2);
    storeplay_close(&p);
}

// Reads that wait for a follower's own server, in frames that were writes' before, are nobody
// else's when another leads.
Test(consensus, reads_of_the_own_copy_stay_when_another_leads)
{
    struct store_spec *s = make();
    s->consensus.read = CONSENSUS_READ_FOLLOWER;
    s->read_time = distribution_constant(10);
    s->servers = 1;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 21, 500);
    storeplay_open(&p, &t);
    uint64_t reads[4];
    for (int i = 0; i < 4; i++)
        storeplay_write(&p, 2, 1, (uint32_t)i % 2);
    for (size_t i = 0; i < ARRAY_LEN(reads); i++)
        reads[i] = storeplay_read(&p, 2, 20, (uint32_t)i % 2);
    storeplay_run(&p, 100);
    for (size_t i = 0; i < ARRAY_LEN(reads); i++)
        expect_answer(reads[i], ANSWER_OK, 30 + 10 * (double)i);
    storeplay_close(&p);
}

// Calls may ask for what is not the store's own way.
Test(consensus, reads_of_other_consistencies)
{
    make();
    storeplay_open(&p, &t);
    uint64_t eventual = storeplay_ask(&p, 2, 1, 0, REQUEST_EVENTUAL);
    storeplay_run(&p, 10);
    expect_answer(eventual, ANSWER_OK, 1.001);
    cr_expect_eq(storeplay_replica(&p, 2)->counts.strong_reads, 0);
    storeplay_close(&p);
    make()->consensus.read = CONSENSUS_READ_FOLLOWER;
    storeplay_open(&p, &t);
    uint64_t strong = storeplay_ask(&p, 2, 1, 0, REQUEST_STRONG);
    storeplay_run(&p, 10);
    expect_answer(strong, ANSWER_OK, 1.030 + 0.010 + 0.001);
    cr_expect_eq(storeplay_replica(&p, 2)->counts.strong_reads, 1);
    storeplay_close(&p);
}

Test(consensus, a_store_of_one_member)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_store(&t, STORE_CONSENSUS)->items = 1;
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    storeplay_run(&p, 10);
    expect_answer(w, ANSWER_OK, 1.002);
    expect_answer(r, ANSWER_OK, 2.001);
    cr_expect_eq(storeplay_replica(&p, 0)->consensus->groups[0].log.base, 1);
    cr_expect_eq(settle().fates[FATE_PRESENT], 1);
}

// Entries of one log are committed in order, those of other groups need not wait.
Test(consensus, groups_have_leaders_of_their_own)
{
    struct store_spec *s = make();
    s->items = 300;
    s->consensus.groups = 3;
    s->consensus.leaders = STORE_LEADERS_SPREAD;
    storeplay_open(&p, &t);
    for (int region = 0; region < 3; region++)
        for (uint32_t g = 0; g < 3; g++)
            cr_expect_eq(storeplay_replica(&p, region)->consensus->groups[g].role,
                         g == (uint32_t)region ? CONSENSUS_LEADER : CONSENSUS_FOLLOWER);
    for (uint32_t item = 0; item < 300; item++)
        storeplay_write(&p, 0, 1, item);
    storeplay_run(&p, 10);
    expect_agreement();
    for (uint32_t g = 0; g < 3; g++) {
        const uint32_t n = storeplay_replica(&p, 0)->consensus->groups[g].commit;
        cr_expect(98 <= n && n <= 102, "%u items are dealt to group %u", n, g);
    }
    storeplay_close(&p);
}

// Of a deep health check: it goes all the way but changes nothing.
Test(consensus, probes_change_nothing)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 50, 100);
    tiny_add_fault_at(&t, FAULT_REGION, "eu-west-1", 50, 100);
    storeplay_open(&p, &t);
    uint64_t well = storeplay_ask(&p, 0, 1, 0, REQUEST_WRITE | REQUEST_PROBE);
    uint64_t ill = storeplay_ask(&p, 0, 60, 0, REQUEST_WRITE | REQUEST_PROBE);
    storeplay_run(&p, 100);
    expect_answer(well, ANSWER_OK, 1.012);
    expect_answer(ill, ANSWER_ERROR, 65);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), 0);
    cr_expect_eq(storeplay_replica(&p, 0)->fates.n, 0);
    storeplay_close(&p);
}

// ---- when members are lost

Test(consensus, survives_one_of_three)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 0.5, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_OK, 1.032); // the farther member makes the majority
    expect_answer(r, ANSWER_OK, 2.031);
    expect_agreement();
    cr_expect_eq(storeplay_replica(&p, 1)->counts.lag.n, 1);
    cr_expect_gt(storeplay_replica(&p, 1)->counts.lag.most, 99 * SIMTIME_S);
    storeplay_close(&p);
}

Test(consensus, refuses_without_a_majority)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 0.5, 100);
    tiny_add_fault_at(&t, FAULT_REGION, "eu-west-1", 0.5, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 20, 0);
    uint64_t later = storeplay_write(&p, 0, 150, 1);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_ERROR, 6); // after the timeout
    expect_answer(r, ANSWER_ERROR, 25);
    expect_answer(later, ANSWER_OK, 150.012);
    const struct store_record fates = settle();
    cr_expect_eq(fates.unavailable, 2);
    cr_expect_eq(fates.writes, 1);
    cr_expect_eq(fates.unacknowledged_kept, 1, "the leader kept it in its log");
}

// Nobody has what could not be brought to the leader: it may be asked elsewhere.
Test(consensus, operations_wait_for_the_next_leader)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 1, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 1, 1.5, 0), r = storeplay_read(&p, 1, 1.5, 1);
    storeplay_run(&p, 50);
    expect_done(w, 2, 3.3); // silence of 1 to 2 s, then three round trips of 50 ms
    expect_done(r, 2, 3.3);
    storeplay_close(&p);
}

// The write was with the leader when that was lost: its outcome is unknown, but both others have
// it.
Test(consensus, what_a_lost_leader_sent_on_takes_effect)
{
    make();
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 1.007, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 1, 1, 0); // at the leader at 1.005
    uint64_t r = storeplay_read(&p, 1, 10, 0);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_ERROR, 6);
    cr_expect_eq(p.answer[r].status, ANSWER_OK);
    expect_agreement();
    const struct store_record fates = settle();
    cr_expect_eq(fates.unacknowledged_kept, 1);
    cr_expect_eq(fates.staleness.stale, 0);
}

// The leader is cut off, and steps down: what it has alone is tried again when it meets its
// successor, or never.
Test(consensus, what_nobody_else_has_is_tried_again)
{
    make();
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 1, 3);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1.5, 0), other = storeplay_write(&p, 1, 3.2, 0);
    storeplay_run(&p, 50);
    expect_done(other, 3.2, 3.3);
    expect_done(w, 4, 4.3);
    expect_agreement();
    const struct store_record fates = settle();
    cr_expect_eq(fates.unacknowledged_kept, 0);
    cr_expect_eq(fates.fates[FATE_PRESENT], 1);
    cr_expect_eq(fates.fates[FATE_SUPERSEDED], 1);
}

Test(consensus, what_nobody_else_has_is_forgotten)
{
    make();
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 1, 30);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1.5, 0), other = storeplay_write(&p, 1, 5, 1);
    storeplay_run(&p, 50);
    expect_answer(w, ANSWER_ERROR, 6.5);
    expect_done(other, 5, 5.1);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), 0);
    expect_agreement();
    cr_expect_eq(settle().unacknowledged_kept, 0);
}

// Two of three had it, and never come back.
Test(consensus, lost_with_all_who_have_it)
{
    make();
    tiny_add_fault_at(&t, FAULT_LINK, "eu-west-1", 1, 10);
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 5, 1e6);
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 5, 1e6);
    storeplay_open(&p, &t);
    uint64_t safe = storeplay_write(&p, 0, 0.5, 0), lost = storeplay_write(&p, 0, 2, 0);
    uint64_t other = storeplay_write(&p, 0, 0.6, 1);
    storeplay_run(&p, 50);
    expect_answer(safe, ANSWER_OK, 0.512);
    expect_answer(lost, ANSWER_OK, 2.012);
    expect_answer(other, ANSWER_OK, 0.612);
    const struct store_record fates = settle();
    cr_expect_eq(fates.fates[FATE_LOST], 1);
    cr_expect_eq(fates.fates[FATE_PRESENT], 2);
    cr_expect_eq(fates.writes, 3);
}

// ---- terms

// A log as its leader leaves it: entries of these terms, all on disk.
static void set_log(struct replica *r, const uint32_t *terms, uint32_t n)
{
    struct consensus_group *g = &r->consensus->groups[0];
    for (uint32_t i = 1; i <= n; i++) {
        raftlog_add(&g->log, &(struct raftlog_entry){
                                 .version = version_of_entry(terms[i - 1], i, r->member)});
        raftlog_store(&g->log, i);
    }
}

static void say(int region, double at_s, uint32_t index)
{
    const struct model *m = p.stage.model;
    const struct payload_log state = {.index = index, .term = 3};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[region]),
                 stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[0]), at_s, EV_LOG_STATE,
                 &state, sizeof state);
}

// Raft, figure 8: a majority has an entry of a former term, and yet it may be replaced.
Test(consensus, entries_of_former_terms_are_not_counted)
{
    static const uint32_t terms[] = {1, 2, 3};
    make();
    storeplay_open(&p, &t);
    struct replica *r = &p.stage.world->replicas[0];
    struct consensus_group *g = &r->consensus->groups[0];
    set_log(r, terms, 3);
    g->term = 3;
    say(1, 1, 2);
    say(2, 1.001, 2);
    say(1, 1.002, 3);
    p.stage.tap = NULL;
    stage_run(&p.stage, 1.0015);
    cr_expect_eq(g->commit, 0, "%u", g->commit);
    stage_run(&p.stage, 1.003);
    cr_expect_eq(g->commit, 3);
    storeplay_close(&p);
}

// It has an entry that nobody else has. Meanwhile another takes its place, and the leader after
// that one sends what comes next.
Test(consensus, a_member_that_missed_two_leaders)
{
    make()->consensus.timeout_s = 20;
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 1, 60);
    tiny_add_fault_at(&t, FAULT_STORE, "us-west-2", 20, 5); // now neither has a majority
    tiny_add_fault_at(&t, FAULT_STORE, "eu-west-1", 25, 5);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1.5, 0);
    for (int i = 0; i < 10; i++)
        storeplay_write(&p, 1 + i % 2, 10 + 4 * i, (uint32_t)i % 2);
    storeplay_run(&p, 60);
    cr_expect_gt(storeplay_replica(&p, 1)->consensus->groups[0].term, 2);
    cr_expect_eq(
        version_term(raftlog_version(&storeplay_replica(&p, 0)->consensus->groups[0].log, 1)), 1,
        "its own");
    storeplay_run(&p, 100);
    for (uint64_t i = 1; i < p.n_calls; i++)
        cr_expect(p.answer[i].status == ANSWER_OK || p.answer[i].status == ANSWER_REFUSED,
                  "write %lu: %d", i, p.answer[i].status);
    expect_agreement();
    cr_expect_eq(settle().fates[FATE_LOST], 0);
}

// An entry as a leader of this term sends it (appending.c): the log's first, nothing committed.
static void send_first(int from, double at_s, uint32_t term, uint64_t version)
{
    const struct model *m = p.stage.model;
    const struct payload_append entry = {
        .version = version, .terms = (uint64_t)term << (VERSION_TERM_BITS + 10) | 511 << 1};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[from]),
                 stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[0]), at_s, EV_LOG_APPEND,
                 &entry, sizeof entry);
}

static void commit_first(int from, double at_s, uint32_t term)
{
    const struct model *m = p.stage.model;
    const struct payload_log commit = {.index = 1, .term = term};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[from]),
                 stage_lp(&p.stage, LP_REPLICA, (uint32_t)m->replica_of[0]), at_s, EV_LOG_COMMIT,
                 &commit, sizeof commit);
}

// A leader that is cut off loses the entry of its client's write to another leader's, which is not
// committed either.
static uint64_t lose_entry(void)
{
    make();
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 1, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1.5, 0);
    send_first(1, 1.6, 2, version_of_entry(2, 1, 1));
    return w;
}

// A third leader has the write: done again it would take effect twice.
Test(consensus, an_entry_that_was_cut_off_may_come_back)
{
    uint64_t w = lose_entry();
    send_first(2, 1.7, 3, version_of_entry(1, 1, 0));
    commit_first(2, 1.8, 3);
    storeplay_run(&p, 1.79);
    cr_expect_eq(p.answer[w].status, STOREPLAY_NONE);
    cr_expect_eq(storeplay_replica(&p, 0)->consensus->groups[0].log.last, 1);
    storeplay_run(&p, 2);
    expect_answer(w, ANSWER_OK, 1.8);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), version_of_entry(1, 1, 0));
    cr_expect_eq(storeplay_replica(&p, 0)->consensus->doubts, 0);
    storeplay_close(&p);
}

// The other entry is committed: now the write may be asked of its leader.
Test(consensus, an_entry_that_is_gone_is_tried_again)
{
    uint64_t w = lose_entry();
    commit_first(1, 1.8, 2);
    storeplay_run(&p, 1.79);
    cr_expect_eq(p.answer[w].status, STOREPLAY_NONE);
    cr_expect_neq(storeplay_replica(&p, 0)->consensus->doubts, 0);
    storeplay_run(&p, 1.85);
    cr_expect_eq(storeplay_replica(&p, 0)->consensus->doubts, 0);
    cr_expect_neq(storeplay_replica(&p, 0)->consensus->waiting, 0, "the leader cannot be reached");
    storeplay_close(&p);
}

// ---- when members are ill

Test(consensus, a_slow_member_is_not_waited_for)
{
    make();
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_STORE, "us-west-2", 0, 100);
    f->effect = FAULT_SLOW;
    f->level = 100;
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0);
    storeplay_run(&p, 10);
    expect_answer(w, ANSWER_OK, 1.032); // not 1.210
    expect_agreement();
    storeplay_close(&p);
}

// Its queue is full: it asks for the entries again, until it has them all.
Test(consensus, a_member_out_of_room_catches_up)
{
    struct store_spec *s = make();
    s->servers = 1;
    s->queue = 4;
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_STORE, "us-west-2", 0, 30);
    f->effect = FAULT_SLOW;
    f->level = 100; // 200 ms a write
    storeplay_open(&p, &t);
    for (int i = 0; i < 100; i++)
        storeplay_write(&p, 0, 1 + 0.05 * i, (uint32_t)i % 2);
    storeplay_run(&p, 100);
    for (uint64_t i = 0; i < 100; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK, "write %lu", i);
    expect_agreement();
    const struct consensus_group *g = &storeplay_replica(&p, 1)->consensus->groups[0];
    cr_expect(g->log.last == 100 && g->commit == 100 && !g->is_lagging);
    storeplay_close(&p);
}

Test(consensus, a_refusing_member_does_not_count)
{
    make();
    tiny_add_fault_at(&t, FAULT_STORE, "us-west-2", 0.5, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), own = storeplay_write(&p, 1, 1, 0);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_OK, 1.032);
    expect_answer(own, ANSWER_REFUSED, 1);
    expect_agreement();
    storeplay_close(&p);
}

// Errors are what clients meet, at the leader too; what the log needs is done.
Test(consensus, an_erring_leader_fails_its_clients)
{
    make();
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_STORE, "us-east-1", 0, 10);
    f->effect = FAULT_ERRORS;
    f->level = 1;
    storeplay_open(&p, &t);
    uint64_t own = storeplay_write(&p, 0, 1, 0), other = storeplay_write(&p, 1, 1, 0);
    storeplay_run(&p, 20);
    expect_answer(own, ANSWER_ERROR, 1);
    expect_answer(other, ANSWER_ERROR, 1.010);
    cr_expect_eq(storeplay_replica(&p, 0)->fates.n, 0);
    storeplay_close(&p);
}

Test(consensus, a_full_leader_sheds)
{
    struct store_spec *s = make();
    s->servers = 1;
    s->queue = 1;
    storeplay_open(&p, &t);
    for (int i = 0; i < 3; i++)
        storeplay_write(&p, 0, 1, 0);
    for (int i = 0; i < 4; i++) // the first has a round of its own
        storeplay_read(&p, 1, 2, 0);
    storeplay_run(&p, 10);
    for (uint64_t i = 0; i < 7; i++)
        cr_expect_eq(p.answer[i].status, i == 2 || i == 6 ? ANSWER_SHED : ANSWER_OK, "call %lu", i);
    storeplay_close(&p);
}

// 20,000 entries, more than may be under way at a time.
Test(consensus, a_long_absence)
{
    struct store_spec *s = make();
    s->write_time = distribution_constant(1e-5);
    s->queue = 1 << 20;
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 0.5, 100);
    storeplay_open(&p, &t);
    for (uint32_t i = 0; i < STOREPLAY_CALLS; i++)
        storeplay_write(&p, 0, 1 + 0.001 * i, i % 2);
    storeplay_run(&p, 100);
    const struct raftlog *log = &storeplay_replica(&p, 0)->consensus->groups[0].log;
    cr_expect_gt(log->last - log->base, STOREPLAY_CALLS - 5);
    storeplay_run(&p, 110);
    storeplay_settle(&p);
    expect_agreement();
    cr_expect_eq(storeplay_replica(&p, 1)->counts.lag.n, STOREPLAY_CALLS);
    cr_expect_lt(log->last - log->base, 10000, "what all have is dropped");
    storeplay_close(&p);
}
