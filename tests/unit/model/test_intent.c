// Pins: stores that refuse concurrent writes of an item: of two at the same time one is
// acknowledged and the other refused, and counted; quorum reads that meet a write under way wait
// for its outcome and return it; a coordinator that falls silent leaves no item locked and no
// acknowledged write behind; leased reads are local and never stale, and of two regions that do not
// see each other one serves.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 ms from region 0 to 1, 30 ms to 2, 30 ms between 1 and 2.
static struct store_spec *make(enum quorum_read read_mode)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 10);
    tiny_add_region(&t, "eu-west-1", 30);
    t.workload.duration_s = t.workload.window_s = 1000;
    struct store_spec *s = tiny_add_store(&t, STORE_QUORUM);
    s->quorum.conflict = QUORUM_REJECTS;
    s->quorum.read_mode = read_mode;
    s->items = 3;
    return s;
}

static int count_status(enum answer_status status)
{
    int n = 0;
    for (uint64_t i = 0; i < p.n_calls; i++)
        n += p.answer[i].status == status;
    return n;
}

static int count_conflicts(void)
{
    int n = 0;
    for (int region = 0; region < 3; region++)
        n += (int)storeplay_replica(&p, region)->counts.conflicts;
    return n;
}

Test(intent, one_of_two_concurrent_writes_is_refused)
{
    make(QUORUM_READ_QUORUM);
    storeplay_open(&p, &t);
    uint64_t a = storeplay_write(&p, 0, 1, 0), b = storeplay_write(&p, 1, 1.002, 0);
    uint64_t other = storeplay_write(&p, 1, 1.002, 1), later = storeplay_write(&p, 2, 2, 0);
    storeplay_run(&p, 10);
    cr_expect_eq(p.answer[a].status, ANSWER_OK);
    cr_expect_eq(p.answer[b].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[other].status, ANSWER_OK);
    cr_expect_eq(p.answer[later].status, ANSWER_OK);
    cr_expect_eq(count_conflicts(), 1);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(version_member(replica_version(storeplay_replica(&p, region), 0)), 2);
    storeplay_close(&p);
}

// Region 1 has agreed at 1.007 and hears of the outcome at 1.017.
Test(intent, reads_wait_for_the_outcome)
{
    struct store_spec *s = make(QUORUM_READ_QUORUM);
    s->quorum.read = 1;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    uint64_t before = storeplay_read(&p, 1, 1.001, 0), during = storeplay_read(&p, 1, 1.009, 0);
    storeplay_run(&p, 10);
    cr_expect_float_eq(p.answer[before].at_s, 1.002, 1e-3);
    cr_expect_float_eq(p.answer[during].at_s, 1.017, 1.5e-3, "%g s", p.answer[during].at_s);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// The coordinator loses power when the others have agreed; the write may have been acknowledged.
Test(intent, silent_coordinator_locks_nothing)
{
    make(QUORUM_READ_QUORUM);
    struct fault_spec *f = tiny_add_fault(&t);
    f->at_s = 1.013; // acknowledged at 1.012
    f->duration = distribution_constant(500);
    f->target = FAULT_REGION;
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 1, 20, 0);
    uint64_t next = storeplay_write(&p, 1, 30, 0);
    storeplay_run(&p, 100);
    cr_expect_eq(p.answer[w].status, ANSWER_OK);
    cr_expect_eq(p.answer[r].status, ANSWER_OK);
    cr_expect_eq(p.answer[next].status, ANSWER_OK);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// Both writes are given up before region 2, which is busy with reads for 0.2 s, gets round to its
// parts in them: nothing is left of either there, and a third write finds the item free.
Test(intent, refusal_before_the_part_leaves_nothing_behind)
{
    make(QUORUM_READ_LEASED)->servers = 1;
    storeplay_open(&p, &t);
    for (int i = 0; i < 200; i++)
        storeplay_read(&p, 2, 0.99, 1);
    uint64_t a = storeplay_write(&p, 0, 1, 0), b = storeplay_write(&p, 1, 1, 0);
    uint64_t later = storeplay_write(&p, 0, 1.3, 0);
    storeplay_run(&p, 10);
    storeplay_expect(&p, a, ANSWER_ERROR, 1.012, 3e-3);
    storeplay_expect(&p, b, ANSWER_ERROR, 1.012, 3e-3);
    storeplay_expect(&p, later, ANSWER_OK, 1.332, 3e-3);
    cr_expect_eq(count_conflicts(), 2);
    storeplay_close(&p);
}

// ---- leases

Test(intent, leased_reads_are_local_and_writes_wait_for_all)
{
    make(QUORUM_READ_LEASED);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 2, 2, 0);
    storeplay_run(&p, 10);
    cr_expect_float_eq(p.answer[w].at_s, 1.032, 1.5e-3);
    cr_expect_float_eq(p.answer[r].at_s, 2.001, 1e-3);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

Test(intent, of_two_that_do_not_see_each_other_one_serves)
{
    make(QUORUM_READ_LEASED);
    t.stores[0].quorum.witnesses = 1u << 2;
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 10, 100)->peer = "us-west-2";
    storeplay_open(&p, &t);
    uint64_t first = storeplay_write(&p, 0, 20, 0), second = storeplay_write(&p, 1, 20, 0);
    uint64_t read = storeplay_read(&p, 1, 30, 0), later = storeplay_read(&p, 1, 200, 0);
    storeplay_run(&p, 300);
    cr_expect_eq(p.answer[first].status, ANSWER_OK);
    cr_expect_eq(p.answer[second].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[read].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[later].status, ANSWER_OK);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// The first sees nobody, not even the witness.
Test(intent, the_second_serves_while_the_first_is_cut_off_from_all)
{
    make(QUORUM_READ_LEASED);
    t.stores[0].quorum.witnesses = 1u << 2;
    tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 10, 100)->peer = "*";
    storeplay_open(&p, &t);
    uint64_t first = storeplay_write(&p, 0, 20, 0), second = storeplay_write(&p, 1, 20, 0);
    uint64_t cut_off = storeplay_read(&p, 0, 30, 0), read = storeplay_read(&p, 1, 30, 0);
    uint64_t later = storeplay_read(&p, 0, 200, 0);
    storeplay_run(&p, 300);
    cr_expect_eq(p.answer[first].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[second].status, ANSWER_OK);
    cr_expect_eq(p.answer[cut_off].status, ANSWER_ERROR);
    cr_expect_eq(p.answer[read].status, ANSWER_OK);
    cr_expect_eq(p.answer[later].status, ANSWER_OK);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

// ---- random histories

static void play_history(uint64_t seed, enum quorum_read read_mode, uint32_t witnesses)
{
    static const char *const regions[] = {"us-east-1", "us-west-2", "eu-west-1"};
    struct stream random = stream_open(seed, 0, "test", "intents");
    struct store_spec *s = make(read_mode);
    s->quorum.witnesses = witnesses;
    s->read_time = tiny_exponential(0.005);
    s->write_time = tiny_exponential(0.005);
    for (int i = 0; i < TINY_FAULTS; i++) {
        struct fault_spec *f = tiny_add_fault(&t);
        f->region = regions[stream_below(&random, 3)];
        f->at_s = 5 * i + 3 * stream_uniform(&random);
        f->duration = distribution_constant(6 * stream_uniform(&random));
        f->target = stream_below(&random, 3) == 0 ? FAULT_REGION : FAULT_LINK;
        f->peer = regions[stream_below(&random, 3)];
    }
    storeplay_open(&p, &t);
    for (int i = 0; i < 3000; i++)
        storeplay_ask(&p, (int)stream_below(&random, witnesses == 0 ? 3 : 2),
                      45 * stream_uniform(&random), stream_below(&random, 3),
                      stream_below(&random, 3) == 0 ? REQUEST_WRITE : 0);
    storeplay_run(&p, 200);
    cr_expect_eq(storeplay_stale_reads(&p), 0, "seed %lu: %lu stale", seed,
                 storeplay_stale_reads(&p));
    cr_expect_gt(count_status(ANSWER_OK), 500);
    for (int region = 0; region < 3; region++)
        cr_expect_eq(storeplay_replica(&p, region)->intents.live, 0, "seed %lu", seed);
    storeplay_close(&p);
}

Test(intent, no_read_is_stale_whatever_fails)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        play_history(seed, QUORUM_READ_QUORUM, 0);
}

Test(intent, no_leased_read_is_stale_whatever_fails)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        play_history(seed, QUORUM_READ_LEASED, 0);
}

Test(intent, nor_where_the_third_only_votes)
{
    for (uint64_t seed = 0; seed < 40; seed++)
        play_history(seed, QUORUM_READ_LEASED, 1u << 2);
}
