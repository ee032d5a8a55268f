// Pins: when a leader's write counts as written: semi-synchronous ones when so many followers have
// received it, and others see it only then; without followers after the timeout, the next ones at
// once, until the followers have caught up; a leader with a bound of the recovery point holds
// writes back while every follower is later than that.
#include <criterion/criterion.h>

#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Leader in region 0; round trips 10 and 30 ms; a write takes 2 ms, changes are sent at once.
static struct store_spec *make(void)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 10);
    tiny_add_region(&t, "eu-west-1", 30);
    t.workload.duration_s = t.workload.window_s = 10000;
    struct store_spec *s = tiny_add_store(&t, STORE_SINGLE_LEADER);
    s->replication.delay = distribution_constant(0);
    s->items = 2;
    return s;
}

static void add_loss(const char *region, double at_s, double lasts_s)
{
    tiny_add_fault_at(&t, FAULT_REGION, region, at_s, lasts_s);
}

Test(commit, waits_for_the_kth_follower)
{
    static const double wait_s[] = {0, 0.010, 0.030};
    for (int k = 0; k <= 2; k++) {
        make()->leading.sync_followers = k;
        storeplay_open(&p, &t);
        uint64_t w = storeplay_write(&p, 0, 1, 0);
        storeplay_run(&p, 10);
        cr_expect_eq(p.answer[w].status, ANSWER_OK);
        cr_expect_float_eq(p.answer[w].at_s, 1.002 + wait_s[k], 1.5e-3, "%d followers: %g s", k,
                           p.answer[w].at_s);
        storeplay_close(&p);
    }
}

Test(commit, shows_a_write_when_it_is_acknowledged)
{
    make()->leading.sync_followers = 2;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_run(&p, 1.025); // received by one
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), 0);
    cr_expect_neq(replica_version(storeplay_replica(&p, 1), 0), 0);
    storeplay_run(&p, 1.040);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0),
                 replica_version(storeplay_replica(&p, 1), 0));
    storeplay_close(&p);
}

// Some have it before it is acknowledged, others after: what is committed less what is applied is
// what is under way.
Test(commit, every_write_is_applied_once_by_each_follower)
{
    enum { WRITES = 200 };
    for (int k = 0; k <= 2; k++) {
        make()->leading.sync_followers = k;
        storeplay_open(&p, &t);
        for (int i = 0; i < WRITES; i++)
            storeplay_write(&p, 0, 1 + 0.004 * i, (uint32_t)i % 2);
        storeplay_run(&p, 100);
        cr_expect_eq(storeplay_replica(&p, 0)->commits[0], WRITES);
        for (int region = 1; region < 3; region++)
            cr_expect_eq(storeplay_replica(&p, region)->lags[STORE_LAG_APPLIED], WRITES,
                         "%d followers, region %d", k, region);
        storeplay_close(&p);
    }
}

Test(commit, goes_on_without_followers_after_the_timeout)
{
    make()->leading.sync_followers = 1;
    add_loss("us-west-2", 5, 100);
    add_loss("eu-west-1", 5, 100);
    storeplay_open(&p, &t);
    uint64_t first = storeplay_write(&p, 0, 10, 0), second = storeplay_write(&p, 0, 30, 0);
    uint64_t later = storeplay_write(&p, 0, 200, 0);
    storeplay_run(&p, 300);
    cr_expect_float_eq(p.answer[first].at_s, 20.002, 1e-3, "10 s for nothing");
    cr_expect_float_eq(p.answer[second].at_s, 30.002, 1e-3, "at once");
    cr_expect_float_eq(p.answer[later].at_s, 200.012, 1.5e-3, "they have caught up");
    storeplay_close(&p);
}

Test(commit, semi_synchronous_leader_loses_no_acknowledged_write)
{
    struct store_spec *s = make();
    s->leading.sync_followers = 1;
    s->failover = true;
    s->detect_s = 3;
    s->decide = s->promote = distribution_constant(1);
    s->replication.delay = distribution_constant(0.5);
    add_loss("us-east-1", 20, 10000);
    storeplay_open(&p, &t);
    for (int i = 0; i < 1000; i++)
        storeplay_write(&p, 0, 0.02 * i, (uint32_t)i % 2);
    storeplay_run(&p, 100);
    int n_waiting = 0;
    for (uint64_t i = 0; i < p.n_calls; i++)
        n_waiting += p.answer[i].status == STOREPLAY_NONE;
    cr_expect_float_eq((double)n_waiting, 25, 2, "%d were not answered", n_waiting);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unreplicated_at_fault, 0);
    storeplay_close(&p);
}

// ---- recovery point

Test(commit, holds_writes_while_every_follower_is_late)
{
    make()->leading.rpo_s = 20;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK; // region 0 alone
    f->at_s = 100;
    f->duration = distribution_constant(100);
    storeplay_open(&p, &t);
    uint64_t soon = storeplay_write(&p, 0, 110, 0), held = storeplay_write(&p, 0, 130, 0);
    uint64_t later = storeplay_write(&p, 0, 250, 1);
    storeplay_run(&p, 400);
    cr_expect_float_eq(p.answer[soon].at_s, 110.002, 1e-3);
    cr_expect(p.answer[held].at_s > 200 && p.answer[held].at_s < 202.5, "%g s",
              p.answer[held].at_s);
    cr_expect_float_eq(p.answer[later].at_s, 250.002, 1e-3);
    storeplay_close(&p);
}

// With one of two followers there is no reason to hold anything; with none, as after a failover of
// two regions, everything.
Test(commit, one_follower_is_enough)
{
    make()->leading.rpo_s = 20;
    add_loss("us-west-2", 100, 1000);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 200, 0);
    storeplay_run(&p, 300);
    cr_expect_float_eq(p.answer[w].at_s, 200.002, 1e-3);
    storeplay_close(&p);
}
