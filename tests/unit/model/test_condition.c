// Pins: conditional writes, one by one: they fail if the item has changed at the replica since it
// was read, by a write taken there or one that came from elsewhere, and change nothing then; a
// leader judges for its followers; two regions that find the same version unchanged both succeed,
// and the one that is overwritten is counted.
#include <criterion/criterion.h>

#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trip 10 ms, replication delay 0.2 s, writes take 2 ms: all conditional, read 0.5 s before.
static struct store_spec *make(int n_regions, enum store_mode mode)
{
    tiny_init(&t);
    tiny_silence(&t);
    if (n_regions > 1)
        tiny_add_region(&t, "us-west-2", 10);
    struct store_spec *s = tiny_add_store(&t, mode);
    s->items = 2;
    s->conditional.share = 1;
    s->conditional.read_before = distribution_constant(0.5);
    t.workload.duration_s = t.workload.window_s = 1000;
    return s;
}

static void expect_status(uint64_t call, uint8_t status)
{
    cr_expect_eq(p.answer[call].status, status, "call %lu: %d", call, p.answer[call].status);
}

Test(condition, fails_if_the_item_has_changed_since)
{
    make(1, STORE_MULTI_LEADER);
    storeplay_open(&p, &t);
    const uint64_t first = storeplay_write(&p, 0, 1, 0);
    const uint64_t soon = storeplay_write(&p, 0, 1.49, 0);
    const uint64_t other = storeplay_write(&p, 0, 1.49, 1);
    const uint64_t later = storeplay_write(&p, 0, 1.51, 0); // what failed has changed nothing
    const uint64_t probe = storeplay_ask(&p, 0, 1.6, 0, REQUEST_WRITE | REQUEST_PROBE);
    storeplay_run(&p, 5);
    expect_status(first, ANSWER_OK);
    expect_status(soon, ANSWER_UNMET);
    expect_status(other, ANSWER_OK);
    expect_status(later, ANSWER_OK);
    expect_status(probe, ANSWER_OK);
    cr_expect_float_eq(p.answer[soon].at_s, 1.492, 1e-4); // as long as a write
    const struct store_record *c = &storeplay_replica(&p, 0)->counts;
    cr_expect_eq(c->conditional_writes, 4);
    cr_expect_eq(c->conditions_failed, 1);
    cr_expect_eq(c->writes, 3);
    cr_expect_eq(c->unavailable, 0);
    cr_expect_eq(storeplay_replica(&p, 0)->fates.n, 3);
    storeplay_close(&p);
}

// Region 0's change arrives at 1.207, where a newer one was written at 1.102: it changes nothing.
Test(condition, is_judged_by_the_local_version)
{
    make(2, STORE_MULTI_LEADER);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t before = storeplay_write(&p, 1, 1.2, 1);
    const uint64_t unaware = storeplay_write(&p, 1, 1.1, 0);
    const uint64_t own = storeplay_write(&p, 1, 1.55, 0);
    const uint64_t after = storeplay_write(&p, 1, 1.65, 0);
    storeplay_run(&p, 5);
    expect_status(before, ANSWER_OK);
    expect_status(unaware, ANSWER_OK);
    expect_status(own, ANSWER_UNMET); // read at 1.052
    expect_status(after, ANSWER_OK);  // read at 1.152
    storeplay_close(&p);
}

Test(condition, write_from_elsewhere_counts_from_its_arrival)
{
    make(2, STORE_MULTI_LEADER);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t early = storeplay_write(&p, 1, 1.69, 0), late = storeplay_write(&p, 1, 1.72, 0);
    storeplay_run(&p, 5);
    expect_status(early, ANSWER_UNMET); // read at 1.192
    expect_status(late, ANSWER_OK);     // read at 1.222
    storeplay_close(&p);
}

// A follower sends it on; the leader's users' writes count as well.
Test(condition, leader_judges)
{
    make(2, STORE_SINGLE_LEADER);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    const uint64_t unmet = storeplay_write(&p, 1, 1.2, 0), met = storeplay_write(&p, 1, 1.8, 0);
    storeplay_run(&p, 5);
    expect_status(unmet, ANSWER_UNMET);
    expect_status(met, ANSWER_OK);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.conditions_failed, 1);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.conditional_writes, 3);
    cr_expect_eq(storeplay_replica(&p, 1)->counts.unavailable, 0);
    storeplay_close(&p);
}

Test(condition, none_without_a_share)
{
    make(1, STORE_MULTI_LEADER)->conditional.share = 0;
    storeplay_open(&p, &t);
    for (int i = 0; i < 10; i++)
        storeplay_write(&p, 0, 1 + 0.01 * i, 0);
    storeplay_run(&p, 5);
    cr_expect_null(storeplay_replica(&p, 0)->condition);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.writes, 10);
    storeplay_close(&p);
}

// The marks of which the settlement counts: both regions succeed, the loser's was conditional.
Test(condition, both_regions_may_succeed_on_the_same_version)
{
    make(2, STORE_MULTI_LEADER);
    storeplay_open(&p, &t);
    const uint64_t loser = storeplay_write(&p, 0, 1, 0), winner = storeplay_write(&p, 1, 1.1, 0);
    storeplay_run(&p, 5);
    expect_status(loser, ANSWER_OK);
    expect_status(winner, ANSWER_OK);
    const struct fates *first = &storeplay_replica(&p, 0)->fates;
    cr_expect(marks_has(&first->conditional, 0));
    cr_expect(marks_has(&first->acknowledged[0], 0));
    cr_expect(marks_has(&storeplay_replica(&p, 1)->fates.overwritten[0], 0));
    storeplay_close(&p);
}
