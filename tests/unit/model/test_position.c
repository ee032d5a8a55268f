// Pins: reads at a follower by mode: eventual ones do not wait; a session's wait for the write of
// their item that was forwarded here; global ones ask the leader and wait for all that it has;
// after a change of leaders nobody waits for the old log.
#include <criterion/criterion.h>

#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Leader in region 0, round trip 10 ms, changes arrive after 0.2 s + 5 ms; a read takes 1 ms.
static struct store_spec *make(enum leader_forwarding forwarding)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 10);
    t.workload.duration_s = t.workload.window_s = 10000;
    struct store_spec *s = tiny_add_store(&t, STORE_SINGLE_LEADER);
    s->leading.forwarding = forwarding;
    s->items = 2;
    return s;
}

// Forwarded at 1 s, acknowledged at 1.014 s, here at 1.2145 s.
static void expect_reads(enum leader_forwarding forwarding, double same_s, double other_s)
{
    make(forwarding);
    storeplay_open(&p, &t);
    storeplay_write(&p, 1, 1, 0);
    uint64_t same = storeplay_read(&p, 1, 1.05, 0), other = storeplay_read(&p, 1, 1.05, 1);
    uint64_t late = storeplay_read(&p, 1, 3, 0), leader = storeplay_read(&p, 0, 1.05, 0);
    storeplay_run(&p, 10);
    cr_expect_float_eq(p.answer[same].at_s, same_s, 2e-3, "%g s", p.answer[same].at_s);
    cr_expect_float_eq(p.answer[other].at_s, other_s, 2e-3, "%g s", p.answer[other].at_s);
    cr_expect_float_eq(p.answer[late].at_s, forwarding == FORWARD_GLOBAL ? 3.011 : 3.001, 2e-3);
    cr_expect_float_eq(p.answer[leader].at_s, 1.051, 2e-3);
    cr_expect_eq(storeplay_stale_reads(&p), forwarding == FORWARD_EVENTUAL);
    storeplay_close(&p);
}

Test(position, reads_wait_by_mode)
{
    expect_reads(FORWARD_EVENTUAL, 1.051, 1.051);
    expect_reads(FORWARD_SESSION, 1.2145, 1.051);
    expect_reads(FORWARD_GLOBAL, 1.2145, 1.2145);
}

Test(position, without_forwarding_writes_are_refused)
{
    make(FORWARD_NONE);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 1, 1, 0);
    storeplay_run(&p, 10);
    cr_expect_eq(p.answer[w].status, ANSWER_ERROR);
    cr_expect_float_eq(p.answer[w].at_s, 1.002, 1e-3);
    storeplay_close(&p);
}

// Several appliers keep the order of the log.
Test(position, order_is_kept_by_many_appliers)
{
    struct store_spec *s = make(FORWARD_GLOBAL);
    s->replication.apply_time = tiny_exponential(0.02);
    s->replication.appliers = 4;
    storeplay_open(&p, &t);
    for (int i = 0; i < 500; i++) {
        storeplay_write(&p, 0, 1 + 0.01 * i, (uint32_t)i % 2);
        storeplay_read(&p, 1, 1.005 + 0.01 * i, (uint32_t)i % 2);
    }
    storeplay_run(&p, 60);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_assert_eq(p.answer[i].status, ANSWER_OK);
    storeplay_close(&p);
}

Test(position, a_new_leader_lets_readers_go)
{
    struct store_spec *s = make(FORWARD_SESSION);
    s->replication.delay = distribution_constant(20);
    struct action_spec *a = tiny_add_action(&t, ACTION_STORE, ACTION_FAILOVER, 2);
    a->region = "us-west-2";
    a->takes = distribution_constant(1);
    storeplay_open(&p, &t);
    storeplay_write(&p, 1, 1, 0);
    uint64_t r = storeplay_read(&p, 1, 1.5, 0);
    storeplay_run(&p, 60);
    cr_expect_eq(p.answer[r].status, ANSWER_OK);
    cr_expect_float_eq(p.answer[r].at_s, 3, 1e-2);
    storeplay_close(&p);
}

// ---- readers' lag

Test(position, readers_of_the_leader_are_a_little_behind)
{
    make(FORWARD_EVENTUAL)->leading.reader_lag = distribution_constant(0.1);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_read(&p, 0, 1.05, 0); // stale
    storeplay_read(&p, 0, 1.15, 0);
    storeplay_write(&p, 0, 2, 0);
    storeplay_read(&p, 0, 2.05, 0); // stale
    storeplay_read(&p, 0, 2.15, 0);
    storeplay_run(&p, 10);
    cr_expect_eq(storeplay_stale_reads(&p), 2);
    storeplay_close(&p);
}
