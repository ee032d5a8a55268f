// Pins: reads by the consistency that a call asks for, store by store: eventual ones are of the
// replica that is asked, at its time, also where the store's own ask a quorum, wait for a log or
// need a lease, and also when the region is cut off; strong ones ask where the store's own do not;
// where every replica takes writes strong ones are local and miss what other regions wrote. Each is
// counted by what was asked for, and what it missed is what it would have missed in a store all of
// whose reads are like it. Costs in units: test_throughput.c; what cannot be had: unit/scenario.
#include <criterion/criterion.h>

#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, 50 between the others; reads take 1 ms, writes 2 ms,
// changes 0.2 s; the store's calls ask for `asked`, too.
static struct store_spec *make(enum store_mode mode, enum call_consistency asked)
{
    struct store_spec *s = storeplay_make(&t, mode);
    t.services[0].calls[0].consistency = asked;
    return s;
}

static uint64_t eventual(int region, double at_s)
{
    return storeplay_ask(&p, region, at_s, 0, REQUEST_EVENTUAL);
}

static uint64_t strong(int region, double at_s)
{
    return storeplay_ask(&p, region, at_s, 0, REQUEST_STRONG);
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 2e-3);
}

// Of a region's replica, once the play is settled.
static void expect_counts(int region, uint64_t reads, uint64_t of_strong, uint64_t stale,
                          uint64_t stale_strong)
{
    const struct store_record *c = &storeplay_replica(&p, region)->counts;
    cr_expect_eq(c->reads, reads, "%lu reads", c->reads);
    cr_expect_eq(c->strong_reads, of_strong, "%lu strong", c->strong_reads);
    cr_expect_eq(c->staleness.stale, stale, "%lu stale", c->staleness.stale);
    cr_expect_eq(c->staleness.stale_strong, stale_strong, "%lu", c->staleness.stale_strong);
    cr_expect_eq(c->latency[STORE_READ_STRONG].n, of_strong);
    cr_expect_eq(c->latency[STORE_READ_EVENTUAL].n, reads - of_strong);
}

// ---- quorums

// As local_reads_are_stale_while_a_change_travels of test_quorum.c, but for those only that ask.
Test(reading, eventual_reads_of_a_quorum_store_are_local)
{
    make(STORE_QUORUM, CONSISTENCY_EVENTUAL);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0); // committed at 1.012; in region 2 at 1.017
    const uint64_t before = eventual(2, 1.010), between = eventual(2, 1.015);
    const uint64_t own = storeplay_read(&p, 2, 1.015, 0), after = eventual(2, 1.030);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(before, ANSWER_OK, 1.011);
    expect_answer(between, ANSWER_OK, 1.016);
    expect_answer(own, ANSWER_OK, 1.046); // the quorum's answer
    expect_answer(after, ANSWER_OK, 1.031);
    expect_counts(2, 4, 1, 1, 0);
    cr_expect_float_eq((double)storeplay_replica(&p, 2)->counts.staleness.age.sum * 1e-9, 0.004,
                       5e-4);
    storeplay_close(&p);
}

// "The isolated one serves only eventually consistent reads" (multi-Region strong consistency).
Test(reading, eventual_reads_go_on_where_a_region_is_cut_off)
{
    for (int mode = QUORUM_READ_QUORUM; mode <= QUORUM_READ_LEASED; mode++) {
        struct store_spec *s = make(STORE_QUORUM, CONSISTENCY_EVENTUAL);
        s->quorum.read_mode = (enum quorum_read)mode;
        s->quorum.conflict = QUORUM_REJECTS;
        t.services[0].calls[1] = t.services[0].calls[0];
        t.services[0].calls[1].consistency = CONSISTENCY_STRONG;
        t.services[0].n_calls = 2;
        struct fault_spec *f = tiny_add_fault(&t);
        f->target = FAULT_LINK;
        f->region = "eu-west-1";
        f->duration = distribution_constant(60);
        storeplay_open(&p, &t);
        storeplay_write(&p, 0, 1, 0);
        const uint64_t cut = eventual(2, 10), refused = strong(2, 10);
        const uint64_t later = eventual(2, 80), again = strong(2, 80);
        storeplay_run(&p, 100);
        storeplay_settle(&p);
        expect_answer(cut, ANSWER_OK, 10.001);
        cr_expect_eq(p.answer[refused].status, ANSWER_ERROR);
        expect_answer(later, ANSWER_OK, 80.001);
        expect_answer(again, ANSWER_OK, mode == QUORUM_READ_LEASED ? 80.001 : 80.031);
        expect_counts(2, 3, 1, 1, 0);
        storeplay_close(&p);
    }
}

Test(reading, strong_reads_of_a_store_with_local_ones_ask_a_quorum)
{
    struct store_spec *s = make(STORE_QUORUM, CONSISTENCY_STRONG);
    s->quorum.read_mode = QUORUM_READ_LOCAL;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t own = storeplay_read(&p, 2, 1.015, 0), asked = strong(2, 1.015);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(own, ANSWER_OK, 1.016);
    expect_answer(asked, ANSWER_OK, 1.046);
    expect_counts(2, 2, 1, 1, 0);
    storeplay_close(&p);
}

// ---- a single leader

// Acknowledged at the leader at 1.002 s, here at 1.207 s.
Test(reading, strong_reads_at_a_follower_wait_for_the_leader)
{
    make(STORE_SINGLE_LEADER, CONSISTENCY_STRONG);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t own = storeplay_read(&p, 1, 1.05, 0), asked = strong(1, 1.05);
    const uint64_t late = strong(1, 3), leader = strong(0, 1.05);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(own, ANSWER_OK, 1.051);
    expect_answer(asked, ANSWER_OK, 1.207);
    expect_answer(late, ANSWER_OK, 3.011);
    expect_answer(leader, ANSWER_OK, 1.051);
    expect_counts(1, 3, 2, 1, 0);
    expect_counts(0, 1, 1, 0, 0);
    storeplay_close(&p);
}

Test(reading, eventual_reads_at_a_follower_wait_for_nothing)
{
    struct store_spec *s = make(STORE_SINGLE_LEADER, CONSISTENCY_EVENTUAL);
    s->leading.forwarding = FORWARD_GLOBAL;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t own = storeplay_read(&p, 1, 1.05, 0), asked = eventual(1, 1.05);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(own, ANSWER_OK, 1.207);
    expect_answer(asked, ANSWER_OK, 1.051);
    expect_counts(1, 2, 0, 1, 0);
    storeplay_close(&p);
}

Test(reading, strong_reads_are_of_the_writer_not_of_a_reader_that_lags)
{
    struct store_spec *s = make(STORE_SINGLE_LEADER, CONSISTENCY_STRONG);
    s->leading.reader_lag = distribution_constant(0.1);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_read(&p, 0, 1.05, 0);
    strong(0, 1.05);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_counts(0, 2, 1, 1, 0);
    storeplay_close(&p);
}

// ---- every replica takes writes

// What was written in another region a strong read misses as any; what was written here none does.
Test(reading, strong_reads_of_many_leaders_are_of_their_region)
{
    make(STORE_MULTI_LEADER, CONSISTENCY_STRONG);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t here = strong(0, 1.05), elsewhere = strong(1, 1.05);
    const uint64_t asked = eventual(1, 1.05), late = strong(1, 2);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(here, ANSWER_OK, 1.051);
    expect_answer(elsewhere, ANSWER_OK, 1.051);
    expect_answer(asked, ANSWER_OK, 1.051);
    expect_answer(late, ANSWER_OK, 2.001);
    expect_counts(0, 1, 1, 0, 0);
    expect_counts(1, 3, 2, 2, 1);
    storeplay_close(&p);
}

// ---- what is kept for it

// A store keeps a history of its copies only if some call needs it, and plans reads ahead if none
// does.
Test(reading, history_is_kept_for_those_that_ask)
{
    static const struct {
        enum store_mode mode;
        enum quorum_read reads;
        enum call_consistency asked;
        double history_s;
    } cases[] = {
        {STORE_MULTI_LEADER, QUORUM_READ_QUORUM, CONSISTENCY_STRONG, 0},
        {STORE_SINGLE_LEADER, QUORUM_READ_QUORUM, CONSISTENCY_OF_STORE, 0},
        {STORE_SINGLE_LEADER, QUORUM_READ_QUORUM, CONSISTENCY_EVENTUAL, 0},
        {STORE_SINGLE_LEADER, QUORUM_READ_QUORUM, CONSISTENCY_STRONG, 30},
        {STORE_QUORUM, QUORUM_READ_LOCAL, CONSISTENCY_OF_STORE, 0},
        {STORE_QUORUM, QUORUM_READ_LOCAL, CONSISTENCY_EVENTUAL, 0},
        {STORE_QUORUM, QUORUM_READ_LOCAL, CONSISTENCY_STRONG, 2},
        {STORE_QUORUM, QUORUM_READ_QUORUM, CONSISTENCY_EVENTUAL, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        make(cases[i].mode, cases[i].asked)->quorum.read_mode = cases[i].reads;
        storeplay_open(&p, &t);
        const struct replica *r = storeplay_replica(&p, 0);
        cr_expect_eq(r->copy.history, simtime_from_seconds(cases[i].history_s), "case %zu", i);
        cr_expect_eq(r->readings[CONSISTENCY_EVENTUAL].is_ahead, cases[i].history_s == 0);
        storeplay_close(&p);
    }
}
