// Pins: reads at a leader: each needs a round of heartbeats that began after it came, and shares
// one with those that came while another was under way; a round that is lost is tried again; a new
// leader answers when an entry of its own is committed. With a lease there is no round; a leader
// that is cut off goes on answering until its lease is over less the tolerance, and no longer;
// nobody else leads before the lease is over; with clocks within the tolerance nothing is stale,
// with one further ahead the old leader's answers are; without a valid lease a round is made.
#include <criterion/criterion.h>

#include "model/consensus.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, which leads, 50 between the others; reads take 1 ms,
// writes 2 ms; heartbeats 100 ms, election timeout 1 s, lease 5 s, tolerance 0.5 s.
static struct consensus_spec *make(enum consensus_read read)
{
    struct store_spec *s = storeplay_make(&t, STORE_CONSENSUS);
    s->consensus.read = read;
    s->consensus.lease_s = 5;
    return &s->consensus;
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 2e-3);
}

// ---- rounds

static bool count_rounds(void *argument, const struct context *x, const struct event *e)
{
    int *n = argument;
    *n += e->kind == EV_GROUP_BEAT;
    return storeplay_tap(&p, x, e);
}

// The first has a round of its own; those that come within its 10 ms share the next.
Test(readindex, reads_share_rounds)
{
    int n_beats = 0;
    struct consensus_spec *c = make(CONSENSUS_READ_INDEX);
    c->heartbeat_s = 100; // none within the test
    c->election_timeout_s = 1000;
    storeplay_open(&p, &t);
    p.stage.tap = count_rounds, p.stage.argument = &n_beats;
    for (int i = 0; i < 5; i++)
        storeplay_read(&p, 0, 1 + 0.001 * i, 0);
    storeplay_run(&p, simtime_to_seconds(storeplay_replica(&p, 0)->consensus->phase));
    cr_assert(p.answer[4].status != STOREPLAY_NONE);
    expect_answer(0, ANSWER_OK, 1.011);
    for (uint64_t i = 1; i < 5; i++)
        expect_answer(i, ANSWER_OK, 1.021);
    cr_expect_eq(n_beats, 4); // two rounds of two
    storeplay_close(&p);
}

Test(readindex, a_lost_round_is_tried_again)
{
    make(CONSENSUS_READ_INDEX);
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 1, 0.4);
    storeplay_open(&p, &t);
    uint64_t first = storeplay_read(&p, 0, 1.1, 0), second = storeplay_read(&p, 0, 1.3, 0);
    storeplay_run(&p, 10);
    expect_answer(first, ANSWER_OK, 1.1 + 0.5 + 0.011); // half an election timeout
    expect_answer(second, ANSWER_OK, 1.1 + 0.5 + 0.021);
    storeplay_close(&p);
}

// The new leader's first entry cannot be committed at first: the others are slow to write it.
Test(readindex, a_new_leader_waits_for_its_first_entry)
{
    make(CONSENSUS_READ_INDEX);
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 10, 500);
    t.stores[0].write_time = distribution_constant(1);
    storeplay_open(&p, &t);
    uint64_t r = storeplay_read(&p, 1, 11, 0);
    storeplay_run(&p, 50);
    const struct replica *leader =
        storeplay_replica(&p, storeplay_replica(&p, 1)->consensus->groups[0].leader);
    const double elected_s = simtime_to_seconds(leader->consensus->groups[0].elected);
    cr_assert(10.9 < elected_s && elected_s < 13);
    cr_expect_eq(p.answer[r].status, ANSWER_OK);
    cr_expect(p.answer[r].at_s > elected_s + 1 && p.answer[r].at_s < elected_s + 1.2, "%g s",
              p.answer[r].at_s - elected_s);
    storeplay_close(&p);
}

// ---- leases

// Reads in the old leader's region, which is cut off at 100 s, and writes in another.
static void play_cut(void)
{
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 100, 100);
    storeplay_open(&p, &t);
    for (int i = 0; i < 1000; i++) { // calls 0, 2, 4 ... are reads
        storeplay_read(&p, 0, 99 + 0.01 * i, 0);
        storeplay_write(&p, 1, 99 + 0.01 * i, 0);
    }
    storeplay_run(&p, 150);
}

// The latest read that was answered with success.
static double last_read_s(void)
{
    double last_s = 0;
    for (uint64_t i = 0; i < p.n_calls; i += 2)
        if (p.answer[i].status == ANSWER_OK && p.answer[i].at_s > last_s)
            last_s = p.answer[i].at_s;
    return last_s;
}

// The first write that was asked for after the cut and done.
static double next_write_s(void)
{
    double first_s = 1000;
    for (uint64_t i = 201; i < p.n_calls; i += 2)
        if (p.answer[i].status == ANSWER_OK && p.answer[i].at_s < first_s)
            first_s = p.answer[i].at_s;
    return first_s;
}

Test(readindex, a_leader_without_majority_answers_nothing)
{
    make(CONSENSUS_READ_INDEX);
    play_cut();
    cr_expect_lt(last_read_s(), 100.02);
    cr_expect(100.9 < next_write_s() && next_write_s() < 102.3, "%g s", next_write_s());
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// The last heartbeat that was answered left at most 0.11 s before the cut.
Test(readindex, a_lease_ends)
{
    make(CONSENSUS_READ_LEASE);
    play_cut();
    cr_expect(104.3 < last_read_s() && last_read_s() < 104.51, "%g s", last_read_s());
    // Then up to an election timeout, so that not all stand at once, and three round trips.
    cr_expect(104.85 < next_write_s() && next_write_s() < 106.3, "%g s", next_write_s());
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

Test(readindex, clocks_within_the_tolerance)
{
    for (int ahead = 0; ahead < 2; ahead++) {
        make(CONSENSUS_READ_LEASE)->election_timeout_s = 0.5;
        for (int r = 0; r < 3; r++)
            t.topology.regions[r].clock_offset_s = (r == 0) == (ahead == 1) ? 0.49 : 0;
        play_cut();
        cr_expect_eq(storeplay_stale_reads(&p), 0);
        cr_expect_lt(last_read_s(), next_write_s());
        storeplay_close(&p);
    }
}

// The others' clocks are 3 s ahead, 2.5 s more than allowed for: they elect a leader while the old
// one answers.
Test(readindex, clocks_beyond_the_tolerance)
{
    make(CONSENSUS_READ_LEASE)->election_timeout_s = 0.5;
    t.topology.regions[1].clock_offset_s = t.topology.regions[2].clock_offset_s = 3;
    play_cut();
    cr_expect_lt(next_write_s(), 103);
    cr_expect(104.3 < last_read_s() && last_read_s() < 104.51, "%g s", last_read_s());
    const uint64_t stale = storeplay_stale_reads(&p);
    const double expected = (last_read_s() - next_write_s()) / 0.01;
    cr_expect_float_eq((double)stale, expected, 5, "%lu stale reads, not %g", stale, expected);
    storeplay_close(&p);
}

// Its own clock is behind theirs: it gives up early, by its own clock too late. What counts is the
// difference alone.
Test(readindex, all_clocks_wrong_alike)
{
    make(CONSENSUS_READ_LEASE);
    for (int r = 0; r < 3; r++)
        t.topology.regions[r].clock_offset_s = -1000;
    play_cut();
    cr_expect(104.3 < last_read_s() && last_read_s() < 104.51, "%g s", last_read_s());
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// A lease shorter than the round trip and a heartbeat is never valid in time: reads make rounds.
Test(readindex, without_a_lease_a_round)
{
    struct consensus_spec *c = make(CONSENSUS_READ_LEASE);
    tiny_set_rtt(&t, 0, 1, 400);
    tiny_set_rtt(&t, 0, 2, 400);
    c->lease_s = 0.7; // less 0.5 s of tolerance
    storeplay_open(&p, &t);
    uint64_t r = storeplay_read(&p, 0, 50, 0);
    storeplay_run(&p, 60);
    expect_answer(r, ANSWER_OK, 50.401);
    storeplay_close(&p);
}

// It is back before its lease is over, and is elected again: the promises are to itself.
Test(readindex, a_leader_that_restarts)
{
    make(CONSENSUS_READ_LEASE)->lease_s = 60;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 2.5);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 1, 106, 0), r = storeplay_read(&p, 2, 107, 0);
    storeplay_run(&p, 150);
    cr_expect_eq(storeplay_replica(&p, 1)->consensus->groups[0].leader, 0);
    cr_expect_eq(storeplay_replica(&p, 1)->consensus->groups[0].term, 2);
    cr_expect_eq(p.answer[w].status, ANSWER_OK);
    cr_expect_eq(p.answer[r].status, ANSWER_OK);
    storeplay_close(&p);
}

// Handing over gives the lease up at once: the next leader need not wait for its end.
Test(readindex, handing_over_ends_a_lease)
{
    struct consensus_spec *c = make(CONSENSUS_READ_LEASE);
    c->lease_s = 30;
    c->transfer_after_s = 1;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 50);
    storeplay_open(&p, &t);
    for (int i = 0; i < 3000; i++)
        storeplay_ask(&p, 1 + i % 2, 140 + 0.01 * i, (uint32_t)i % 2, i % 3 ? 0 : REQUEST_WRITE);
    storeplay_run(&p, 200);
    cr_expect_eq(storeplay_replica(&p, 1)->consensus->groups[0].leader, 0);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect(p.answer[i].status == ANSWER_OK &&
                      p.answer[i].at_s < 140 + 0.01 * (double)i + 0.3,
                  "operation %lu", i);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// The members that have granted it lose their power: what they promised is on disk.
Test(readindex, promises_outlive_a_restart)
{
    make(CONSENSUS_READ_LEASE);
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 100.1, 0.2);
    tiny_add_fault_at(&t, FAULT_REGION, "eu-west-1", 100.1, 0.2);
    play_cut();
    cr_expect_gt(last_read_s(), 104.3);
    cr_expect_gt(next_write_s(), 104.85, "%g s", next_write_s());
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// From the moment on that it hands over, the old leader hears nothing any more.
static bool deafen(void *argument, const struct context *x, const struct event *e)
{
    uint32_t *deaf = argument; // LP + 1
    if (e->kind == EV_TAKE_OVER)
        *deaf = event_src(e) + 1;
    if (*deaf == x->lp + 1 && e->kind >= EV_GROUP_BEAT && e->kind <= EV_LEADER_ANSWER &&
        e->kind != EV_ELECTION_LOOK)
        return true;
    return storeplay_tap(&p, x, e);
}

Test(readindex, who_has_handed_over_has_no_lease)
{
    uint32_t deaf = 0;
    struct consensus_spec *c = make(CONSENSUS_READ_LEASE);
    c->lease_s = 30;
    c->transfer_after_s = 30;
    tiny_add_fault_at(&t, FAULT_REGION, "us-east-1", 100, 50);
    storeplay_open(&p, &t);
    p.stage.tap = deafen, p.stage.argument = &deaf;
    for (int i = 0; i < 4000; i++) {
        storeplay_write(&p, 0, 170 + 0.01 * i, 0);
        storeplay_read(&p, 1, 170 + 0.01 * i, 0);
        storeplay_read(&p, 2, 170 + 0.01 * i, 0);
    }
    storeplay_run(&p, 185);
    cr_assert(deaf != 0);
    cr_expect_eq(storeplay_replica(&p, 0)->consensus->groups[0].role, CONSENSUS_LEADER);
    cr_expect_eq(
        p.stage.world->replicas[p.stage.model->lps[deaf - 1].index].consensus->groups[0].role,
        CONSENSUS_LEADER, "it does not know better");
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}
