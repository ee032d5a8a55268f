// Pins: reads of own items are judged by what their session had been told, in every mode: older
// than its own acknowledged writes, older than what it has read; others' reads are none of its. A
// replica that keeps a guarantee makes such a read wait until what is missing has arrived, or sends
// it to the leader or the member that took the write; after the timeout it is an error, or answered
// with what there is; each guarantee asks for its own part only, reads that are to be eventual for
// none; a replica that loses power forgets who waits, and one whose cluster cannot serve cuts it
// off; versions come back through followers; how long reads waited. Not pinned: how what was told
// travels (test_session.c), random worlds (validation/test_sessions.c).
#include <criterion/criterion.h>

#include "model/version.h"
#include "unit/model/sessionplay.h"

static struct tiny t;
static struct sessionplay p;

// Round trip 10 ms, replication delay 0.2 s, writes take 2 ms, reads 1 ms.
static struct store_spec *make(enum store_mode mode, int n_regions)
{
    tiny_init(&t);
    sessionplay_prepare(&t);
    tiny_add_region(&t, "us-west-2", 10);
    if (n_regions > 2)
        tiny_add_region(&t, "eu-west-1", 10);
    t.workload.duration_s = t.workload.window_s = 1000;
    struct store_spec *s = tiny_add_store(&t, mode);
    s->items = 2;
    s->session.timeout_s = 5;
    return s;
}

static const struct sessionplay_step *step(uint32_t user, int k)
{
    return &p.users[user].steps[k];
}

// A user who writes in region 0 at 1 s and reads in region 1 right afterwards.
static uint32_t mover(void)
{
    const uint32_t u = sessionplay_user(&p, 1);
    sessionplay_then(&p, u, WRITES, 0, 0);
    sessionplay_then(&p, u, READS, 1, 0.01);
    return u;
}

static void expect_counts(uint64_t own_reads, uint64_t ryw, uint64_t monotonic)
{
    const struct store_record c = sessionplay_counts(&p);
    cr_expect_eq(c.own_reads, own_reads, "%lu own reads", c.own_reads);
    cr_expect_eq(c.ryw_violations, ryw, "%lu miss writes", c.ryw_violations);
    cr_expect_eq(c.monotonic_violations, monotonic, "%lu go back", c.monotonic_violations);
}

static void expect_waited(uint64_t misses, uint64_t timeouts)
{
    const struct store_record c = sessionplay_counts(&p);
    cr_expect_eq(c.session_misses, misses, "%lu misses", c.session_misses);
    cr_expect_eq(c.session_timeouts, timeouts, "%lu timeouts", c.session_timeouts);
    cr_expect_leq(sessionplay_waits(&p).n, misses);
}

// ---- measured

Test(guarantee, reads_that_miss_own_writes_are_counted)
{
    make(STORE_MULTI_LEADER, 2);
    sessionplay_open(&p, &t);
    const uint32_t u = mover();
    sessionplay_then(&p, u, READS, 1, 0.3); // by then it has arrived
    sessionplay_then(&p, u, READS, 0, 0);
    sessionplay_run(&p, 10);
    cr_expect_eq(step(u, 1)->status, ANSWER_OK);
    cr_expect_eq(step(u, 1)->version, 0);
    cr_expect_eq(step(u, 2)->version, step(u, 0)->version);
    expect_counts(3, 1, 0);
    expect_waited(0, 0);
    cr_expect_eq(sessionplay_counts(&p).reads, 3);
    sessionplay_close(&p);
}

// He reads what he wrote where it is, and then where it is not yet.
Test(guarantee, reads_that_go_back_are_counted)
{
    make(STORE_MULTI_LEADER, 3);
    t.stores[0].replication.delay = distribution_constant(2);
    sessionplay_open(&p, &t);
    const uint32_t u = sessionplay_user(&p, 1);
    sessionplay_then(&p, u, WRITES, 0, 0);
    sessionplay_then(&p, u, READS, 0, 0.01);
    sessionplay_then(&p, u, READS, 1, 0.01);
    sessionplay_then(&p, u, READS, 2, 0.01);
    sessionplay_then(&p, u, READS, 2, 3);
    sessionplay_run(&p, 10);
    expect_counts(4, 2, 2);
    sessionplay_close(&p);
}

// What the store has acknowledged counts from when the user knows of it.
Test(guarantee, a_write_counts_when_its_user_has_been_told)
{
    make(STORE_MULTI_LEADER, 2);
    sessionplay_open(&p, &t);
    const uint32_t u = sessionplay_user(&p, 1);
    sessionplay_then(&p, u, WRITES, 0, 0);
    sessionplay_then(&p, u, READS_UNTOLD, 1, 0.01);
    sessionplay_run(&p, 10);
    cr_expect_eq(step(u, 1)->version, 0);
    expect_counts(1, 0, 0);
    sessionplay_close(&p);
}

Test(guarantee, users_have_items_of_their_own)
{
    make(STORE_MULTI_LEADER, 2);
    sessionplay_open(&p, &t);
    const uint32_t u = mover(), other = sessionplay_user(&p, 1.05);
    sessionplay_then(&p, other, READS, 0, 0);
    sessionplay_then(&p, other, READS, 1, 0);
    sessionplay_run(&p, 10);
    cr_expect_neq(step(u, 0)->version, 0);
    cr_expect_eq(step(other, 0)->version, 0);
    expect_counts(3, 1, 0);
    const struct store_plan *plan = &p.stage.model->stores[0];
    cr_expect_eq(plan->first_own, 2);
    cr_expect_eq(plan->items, 2 + SESSIONPLAY_USERS);
    sessionplay_close(&p);
}

Test(guarantee, quorums_are_judged_too)
{
    struct store_spec *s = make(STORE_QUORUM, 3);
    s->quorum.write = 1;
    s->quorum.read = 1;
    s->quorum.read_mode = QUORUM_READ_LOCAL;
    sessionplay_open(&p, &t);
    uint32_t u = sessionplay_user(&p, 1);
    sessionplay_then(&p, u, WRITES, 0, 0);
    sessionplay_then(&p, u, READS, 1, 0); // overtakes the write to that replica
    sessionplay_then(&p, u, READS, 1, 0.1);
    sessionplay_run(&p, 10);
    expect_counts(2, 1, 0);
    sessionplay_close(&p);

    s->quorum.read_mode = QUORUM_READ_QUORUM;
    s->quorum.write = 2;
    s->quorum.read = 2;
    sessionplay_open(&p, &t);
    u = mover();
    sessionplay_then(&p, u, READS, 2, 0);
    sessionplay_run(&p, 10);
    cr_expect_eq(step(u, 1)->version, step(u, 0)->version);
    cr_expect_eq(step(u, 2)->version, step(u, 0)->version);
    expect_counts(2, 0, 0);
    sessionplay_close(&p);
}

// ---- waiting

Test(guarantee, a_read_waits_for_what_its_session_has_written)
{
    make(STORE_MULTI_LEADER, 2)->session.guarantee = GUARANTEE_READ_YOUR_WRITES;
    sessionplay_open(&p, &t);
    const uint32_t u = mover(), other = sessionplay_user(&p, 1.05);
    sessionplay_then(&p, other, READS, 1, 0);
    sessionplay_run(&p, 10);
    cr_expect_float_eq(step(u, 0)->at_s, 1.002, 1e-4);
    cr_expect_float_eq(step(u, 1)->at_s, 1.002 + 0.2 + 0.005 + 0.005, 2e-3); // and back to its pool
    cr_expect_eq(step(u, 1)->version, step(u, 0)->version);
    cr_expect_float_eq(step(other, 0)->at_s, 1.051, 1e-4);
    expect_counts(2, 0, 0);
    expect_waited(1, 0);
    const struct histogram *latency =
        &sessionplay_replica(&p, 1)->counts.latency[STORE_READ_EVENTUAL];
    cr_expect_float_eq((double)latency->sum * 1e-9, 0.001 + 0.2 + 0.005 - 0.01, 2e-3);
    // Of it, all but the work.
    cr_expect_eq(sessionplay_waits(&p).n, 1);
    cr_expect_float_eq((double)sessionplay_waits(&p).sum * 1e-9, 0.2 + 0.005 - 0.01, 2e-3);
    sessionplay_close(&p);
}

Test(guarantee, several_reads_wait_for_several_versions)
{
    make(STORE_MULTI_LEADER, 2)->session.guarantee = GUARANTEE_BOTH;
    t.stores[0].replication.batch_s = 1; // leave at 2, 3, ...
    sessionplay_open(&p, &t);
    uint32_t u[2];
    for (int i = 0; i < 2; i++) {
        u[i] = sessionplay_user(&p, 1.5 + i);
        sessionplay_then(&p, u[i], WRITES, 0, 0);
        sessionplay_then(&p, u[i], READS, 1, 0.01);
        sessionplay_then(&p, u[i], READS, 1, 0.01);
    }
    sessionplay_run(&p, 10);
    for (int i = 0; i < 2; i++) {
        cr_expect_float_eq(step(u[i], 1)->at_s, 2 + i + 0.2 + 0.01, 5e-3);
        cr_expect_float_eq(step(u[i], 2)->at_s, 2 + i + 0.2 + 0.01 + 0.017, 5e-3); // at once
    }
    expect_counts(4, 0, 0);
    expect_waited(2, 0);
    sessionplay_close(&p);
}

// Two devices of one user, each of which knows of its own write: the first is there half a second
// after it was taken, the second half a second later.
Test(guarantee, waiting_reads_of_an_item_are_released_one_by_one)
{
    make(STORE_MULTI_LEADER, 2)->session.guarantee = GUARANTEE_READ_YOUR_WRITES;
    t.stores[0].replication.delay = distribution_constant(0);
    t.stores[0].replication.send_time = distribution_constant(0.5);
    sessionplay_open(&p, &t);
    uint32_t u[2];
    for (int i = 0; i < 2; i++) {
        u[i] = sessionplay_user(&p, 1 + i * 0.001);
        p.users[u[i]].item = u[0];
        sessionplay_then(&p, u[i], WRITES, 0, 0);
        sessionplay_then(&p, u[i], READS, 1, 0.01);
    }
    sessionplay_run(&p, 10);
    for (int i = 0; i < 2; i++) {
        cr_expect_float_eq(step(u[i], 1)->at_s, 1.002 + (i + 1) * 0.5 + 0.01, 5e-3);
        cr_expect_eq(step(u[i], 1)->version, step(u[i], 0)->version);
    }
    expect_waited(2, 0);
    cr_expect_eq(sessionplay_replica(&p, 1)->guarantee.n_waiting, 0);
    sessionplay_close(&p);
}

Test(guarantee, each_guarantee_asks_for_its_own_part)
{
    const struct {
        enum session_guarantee guarantee;
        uint64_t ryw, monotonic; // violations
    } cases[] = {{GUARANTEE_NONE, 2, 1},
                 {GUARANTEE_READ_YOUR_WRITES, 0, 0}, // what it has read it has written before
                 {GUARANTEE_MONOTONIC_READS, 1, 0},
                 {GUARANTEE_BOTH, 0, 0}};
    for (size_t i = 0; i < 4; i++) {
        make(STORE_MULTI_LEADER, 3)->session.guarantee = cases[i].guarantee;
        sessionplay_open(&p, &t);
        const uint32_t u = mover(); // misses its write
        sessionplay_then(&p, u, READS, 0, 0.01);
        sessionplay_then(&p, u, READS, 2, 0.01); // and goes back
        sessionplay_run(&p, 10);
        expect_counts(3, cases[i].ryw, cases[i].monotonic);
        sessionplay_close(&p);
    }
}

// By another device of the user's.
Test(guarantee, a_write_here_releases_who_waits)
{
    make(STORE_MULTI_LEADER, 2)->session.guarantee = GUARANTEE_READ_YOUR_WRITES;
    sessionplay_open(&p, &t);
    const uint32_t u = mover(), device = sessionplay_user(&p, 1.05);
    sessionplay_then(&p, device, WRITES, 1, 0);
    p.users[device].item = u;
    sessionplay_run(&p, 10);
    cr_expect_float_eq(step(u, 1)->at_s, 1.052 + 0.005, 1e-3);
    cr_expect_eq(step(u, 1)->version, step(device, 0)->version);
    expect_waited(1, 0);
    sessionplay_close(&p);
}

// Nobody has asked for more.
Test(guarantee, eventual_reads_take_what_there_is)
{
    make(STORE_MULTI_LEADER, 2)->session.guarantee = GUARANTEE_BOTH;
    sessionplay_open(&p, &t);
    const uint32_t u = sessionplay_user(&p, 1);
    sessionplay_then(&p, u, WRITES, 0, 0);
    sessionplay_then(&p, u, READS_EVENTUALLY, 1, 0.01);
    sessionplay_then(&p, u, READS, 1, 0.01);
    sessionplay_run(&p, 10);
    cr_expect_eq(step(u, 1)->version, 0);
    cr_expect_float_eq(step(u, 1)->at_s, step(u, 1)->asked_s + 0.001 + 0.005, 1e-3);
    cr_expect_eq(step(u, 2)->version, step(u, 0)->version);
    expect_counts(2, 1, 0);
    expect_waited(1, 0);
    sessionplay_close(&p);
}

// ---- sending on

Test(guarantee, a_read_is_sent_to_the_member_that_took_the_write)
{
    struct store_spec *s = make(STORE_MULTI_LEADER, 3);
    s->session.guarantee = GUARANTEE_READ_YOUR_WRITES;
    s->session.sends_on = true;
    sessionplay_open(&p, &t);
    const uint32_t u = mover();
    sessionplay_then(&p, u, READS, 0, 0.01);
    sessionplay_run(&p, 10);
    // From 1 to 0 and back to 1, where it was asked, and to its pool; two reads' work.
    cr_expect_float_eq(step(u, 1)->at_s, step(u, 1)->asked_s + 0.015 + 2 * 0.001, 1e-3);
    cr_expect_eq(step(u, 1)->version, step(u, 0)->version);
    expect_counts(2, 0, 0);
    expect_waited(1, 0);
    cr_expect_eq(sessionplay_replica(&p, 1)->counts.reads, 1);
    cr_expect_eq(sessionplay_replica(&p, 0)->counts.reads, 1);
    cr_expect_eq(sessionplay_replica(&p, 1)->counts.own_reads, 1);
    // There and back, and the work there.
    cr_expect_eq(sessionplay_waits(&p).n, 1);
    cr_expect_float_eq((double)sessionplay_waits(&p).sum * 1e-9, 0.01 + 0.001, 1e-3);
    sessionplay_close(&p);
}

Test(guarantee, a_single_leader_is_asked_whoever_took_the_write)
{
    struct store_spec *s = make(STORE_SINGLE_LEADER, 3);
    s->session.guarantee = GUARANTEE_BOTH;
    s->session.sends_on = true;
    sessionplay_open(&p, &t);
    const uint32_t u = sessionplay_user(&p, 1);
    sessionplay_then(&p, u, WRITES, 1, 0); // forwarded to region 0: its version comes back
    sessionplay_then(&p, u, READS, 2, 0.01);
    sessionplay_run(&p, 10);
    const uint64_t version = step(u, 0)->version;
    cr_expect_eq(version_member(version), 0);
    cr_expect_eq(version, replica_version(sessionplay_replica(&p, 0), 2 + u));
    cr_expect_eq(step(u, 1)->version, version);
    cr_expect_lt(step(u, 1)->at_s, 1.1); // before it has arrived in region 2
    expect_counts(1, 0, 0);
    expect_waited(1, 0);
    sessionplay_close(&p);
}

// ---- in vain

// Region 0's replica dies for good with the write: nobody else has it.
static uint32_t strand(const struct session_spec *session)
{
    make(STORE_MULTI_LEADER, 2)->session = *session;
    t.stores[0].replication.delay = distribution_constant(50);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_STORE;
    f->object = "data";
    f->effect = FAULT_DOWN;
    f->at_s = 1.005;
    f->duration = distribution_constant(40);
    sessionplay_open(&p, &t);
    const uint32_t u = mover();
    sessionplay_run(&p, 30);
    return u;
}

Test(guarantee, a_read_in_vain_is_an_error)
{
    for (int sends_on = 0; sends_on < 2; sends_on++) {
        const struct session_spec session = {
            .guarantee = GUARANTEE_BOTH, .sends_on = sends_on, .timeout_s = 5};
        const uint32_t u = strand(&session);
        const double took_s = sends_on ? 0.01 : 5; // refused at once, or waited
        cr_expect_eq(step(u, 1)->status, ANSWER_ERROR);
        cr_expect_float_eq(step(u, 1)->at_s - step(u, 1)->asked_s, took_s + 0.006, 2e-3);
        expect_counts(0, 0, 0);
        expect_waited(1, 1);
        cr_expect_float_eq((double)sessionplay_waits(&p).sum * 1e-9, took_s, 2e-3);
        cr_expect_eq(sessionplay_counts(&p).unavailable, 1);
        sessionplay_close(&p);
    }
}

Test(guarantee, a_read_in_vain_may_be_stale)
{
    for (int sends_on = 0; sends_on < 2; sends_on++) {
        const struct session_spec session = {.guarantee = GUARANTEE_BOTH,
                                             .sends_on = sends_on,
                                             .timeout_s = 5,
                                             .serves_stale = true};
        const uint32_t u = strand(&session);
        cr_expect_eq(step(u, 1)->status, ANSWER_OK);
        cr_expect_eq(step(u, 1)->version, 0);
        expect_counts(1, 1, 0);
        expect_waited(1, 1);
        sessionplay_close(&p);
    }
}

// Sent on, and no answer: region 0 has no power.
Test(guarantee, who_is_sent_on_and_hears_nothing_gives_up)
{
    struct store_spec *s = make(STORE_MULTI_LEADER, 2);
    s->session = (struct session_spec){
        .guarantee = GUARANTEE_READ_YOUR_WRITES, .sends_on = true, .timeout_s = 5};
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_REGION;
    f->at_s = 1.012; // the read is on its way there
    f->duration = distribution_constant(20);
    sessionplay_open(&p, &t);
    const uint32_t u = mover();
    sessionplay_run(&p, 100);
    cr_expect_eq(step(u, 1)->status, ANSWER_ERROR);
    cr_expect_float_eq(step(u, 1)->at_s - step(u, 1)->asked_s, 5 + 0.006, 2e-3);
    expect_counts(0, 0, 0);
    expect_waited(1, 1);
    sessionplay_close(&p);
}

// ---- failures

Test(guarantee, a_replica_without_power_forgets_who_waits)
{
    make(STORE_MULTI_LEADER, 2)->session.guarantee = GUARANTEE_READ_YOUR_WRITES;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_REGION;
    f->region = "us-west-2";
    f->at_s = 1.1;
    f->duration = distribution_constant(10);
    sessionplay_open(&p, &t);
    const uint32_t u = mover(), later = sessionplay_user(&p, 20);
    sessionplay_then(&p, later, WRITES, 0, 0);
    sessionplay_then(&p, later, READS, 1, 0.01);
    sessionplay_run(&p, 50);
    cr_expect_eq(step(u, 1)->status, SESSIONPLAY_NONE);
    cr_expect_eq(step(later, 1)->version, step(later, 0)->version);
    cr_expect_eq(sessionplay_replica(&p, 1)->guarantee.n_waiting, 0);
    cr_expect_eq(sessionplay_replica(&p, 1)->operations.live, 0);
    expect_counts(1, 0, 0);
    sessionplay_close(&p);
}

// Region 1's store goes down, and its time is over while it is.
Test(guarantee, a_replica_that_is_down_serves_nothing_stale)
{
    make(STORE_MULTI_LEADER, 2)->session = (struct session_spec){
        .guarantee = GUARANTEE_READ_YOUR_WRITES, .timeout_s = 2, .serves_stale = true};
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_STORE;
    f->object = "data";
    f->region = "us-west-2";
    f->effect = FAULT_DOWN;
    f->at_s = 1.1;
    f->duration = distribution_constant(10);
    sessionplay_open(&p, &t);
    const uint32_t u = mover();
    sessionplay_run(&p, 50);
    cr_expect_eq(step(u, 1)->status, ANSWER_ERROR);
    expect_counts(0, 0, 0);
    expect_waited(1, 1);
    sessionplay_close(&p);
}

// Region 1's writer is lost; what a read waits for arrives before the failover's time is over.
Test(guarantee, a_cluster_that_fails_over_cuts_off_who_waits)
{
    struct store_spec *s = make(STORE_MULTI_LEADER, 2);
    tiny_set_zones(&t, 2);
    s->session.guarantee = GUARANTEE_READ_YOUR_WRITES;
    s->cluster = (struct cluster_spec){.instances = 2,
                                       .failover = distribution_constant(10),
                                       .restart = distribution_constant(10)};
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_ZONE;
    f->effect = FAULT_DOWN;
    f->region = "us-west-2";
    f->zone = "a";
    f->at_s = 1.1;
    f->duration = distribution_constant(20);
    sessionplay_open(&p, &t);
    const uint32_t u = mover();
    sessionplay_run(&p, 50);
    cr_expect_eq(step(u, 1)->status, ANSWER_ERROR);
    cr_expect_float_eq(step(u, 1)->at_s, 1.002 + 0.2 + 0.005 + 0.005, 5e-3);
    expect_counts(0, 0, 0);
    expect_waited(1, 0);
    sessionplay_close(&p);
}

// A leader's readers that lag are passed over by who needs more.
Test(guarantee, readers_that_lag_are_passed_over)
{
    for (int guarantee = 0; guarantee <= GUARANTEE_READ_YOUR_WRITES; guarantee++) {
        struct store_spec *s = make(STORE_SINGLE_LEADER, 2);
        s->leading.reader_lag = distribution_constant(0.1);
        s->session.guarantee = (enum session_guarantee)guarantee;
        sessionplay_open(&p, &t);
        const uint32_t u = sessionplay_user(&p, 1);
        sessionplay_then(&p, u, WRITES, 0, 0);
        sessionplay_then(&p, u, READS, 0, 0.01);
        sessionplay_run(&p, 10);
        cr_expect_eq(step(u, 1)->version, guarantee ? step(u, 0)->version : 0);
        cr_expect_float_eq(step(u, 1)->at_s, step(u, 1)->asked_s + 0.001, 1e-4);
        expect_counts(1, !guarantee, 0);
        expect_waited(0, 0);
        sessionplay_close(&p);
    }
}

// Followers that wait for the writes that were forwarded there know nothing of those elsewhere.
Test(guarantee, tokens_know_more_than_a_region)
{
    for (int guarantee = 0; guarantee <= GUARANTEE_READ_YOUR_WRITES; guarantee++) {
        struct store_spec *s = make(STORE_SINGLE_LEADER, 3);
        s->leading.forwarding = FORWARD_SESSION;
        s->session.guarantee = (enum session_guarantee)guarantee;
        sessionplay_open(&p, &t);
        const uint32_t u = sessionplay_user(&p, 1);
        sessionplay_then(&p, u, WRITES, 1, 0);
        sessionplay_then(&p, u, READS, 1, 0.01); // waits, by position
        sessionplay_then(&p, u, WRITES, 1, 0.01);
        sessionplay_then(&p, u, READS, 2, 0.01);
        sessionplay_run(&p, 10);
        cr_expect_eq(step(u, 1)->version, step(u, 0)->version);
        cr_expect_gt(step(u, 1)->at_s, step(u, 0)->at_s + 0.15);
        expect_counts(2, !guarantee, !guarantee && step(u, 3)->version < step(u, 1)->version);
        expect_waited((uint64_t)guarantee, 0);
        sessionplay_close(&p);
    }
}
