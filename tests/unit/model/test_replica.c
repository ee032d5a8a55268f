// Pins: operations of a replica wait in order for its servers, a full queue sheds, items are chosen
// by popularity, and what each fault does: dead vanishes, refusing refuses, slow and short of
// capacity take longer, erring errs, for whom it is in time only. Modes of replication: see their
// own tests.
#include <criterion/criterion.h>

#include "support/stat.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// One server, reads of 1 s.
static struct store_spec *make(void)
{
    tiny_init(&t);
    tiny_silence(&t);
    t.workload.duration_s = t.workload.window_s = 1000;
    struct store_spec *s = tiny_add_store(&t, STORE_MULTI_LEADER);
    s->servers = 1;
    s->queue = 2;
    s->read_time = distribution_constant(1);
    s->write_time = distribution_constant(3);
    s->items = 4;
    return s;
}

static struct fault_spec *add_fault(enum fault_target target, enum fault_effect effect,
                                    double level)
{
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = target;
    f->effect = effect;
    f->level = level;
    f->at_s = 10;
    f->duration = distribution_constant(20);
    return f;
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 1e-3);
}

Test(replica, first_in_first_out_and_a_full_queue_sheds)
{
    make();
    storeplay_open(&p, &t);
    uint64_t first = storeplay_write(&p, 0, 1, 0), second = storeplay_read(&p, 0, 1.1, 0);
    uint64_t third = storeplay_read(&p, 0, 1.2, 0), shed = storeplay_read(&p, 0, 1.3, 0);
    uint64_t fourth = storeplay_read(&p, 0, 4.5, 0);
    storeplay_run(&p, 20);
    expect_answer(first, ANSWER_OK, 4);
    expect_answer(second, ANSWER_OK, 5);
    expect_answer(third, ANSWER_OK, 6);
    expect_answer(shed, ANSWER_SHED, 1.3);
    expect_answer(fourth, ANSWER_OK, 7);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.reads, 3);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.writes, 1);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unavailable, 1);
    storeplay_close(&p);
}

Test(replica, without_power_nothing_is_answered)
{
    make();
    add_fault(FAULT_REGION, FAULT_DOWN, 0);
    storeplay_open(&p, &t);
    uint64_t in_service = storeplay_read(&p, 0, 9.5, 0), waiting = storeplay_read(&p, 0, 9.6, 0);
    uint64_t during = storeplay_read(&p, 0, 15, 0), after = storeplay_read(&p, 0, 31, 0);
    storeplay_run(&p, 50);
    cr_expect_eq(p.answer[in_service].status, STOREPLAY_NONE);
    cr_expect_eq(p.answer[waiting].status, STOREPLAY_NONE);
    cr_expect_eq(p.answer[during].status, STOREPLAY_NONE);
    expect_answer(after, ANSWER_OK, 32);
    cr_expect_eq(storeplay_replica(&p, 0)->operations.live, 0);
    storeplay_close(&p);
}

Test(replica, refuses_while_the_store_is_down)
{
    make();
    add_fault(FAULT_STORE, FAULT_DOWN, 0);
    storeplay_open(&p, &t);
    uint64_t in_service = storeplay_read(&p, 0, 9.5, 0), during = storeplay_read(&p, 0, 15, 0);
    uint64_t after = storeplay_read(&p, 0, 31, 0);
    storeplay_run(&p, 50);
    expect_answer(in_service, ANSWER_OK, 10.5); // what had begun goes on
    expect_answer(during, ANSWER_REFUSED, 15);
    expect_answer(after, ANSWER_OK, 32);
    storeplay_close(&p);
}

Test(replica, slow_means_longer_work)
{
    make();
    add_fault(FAULT_STORE, FAULT_SLOW, 5);
    storeplay_open(&p, &t);
    uint64_t before = storeplay_read(&p, 0, 9.5, 0), during = storeplay_read(&p, 0, 15, 0);
    uint64_t after = storeplay_read(&p, 0, 31, 0);
    storeplay_run(&p, 50);
    expect_answer(before, ANSWER_OK, 10.5);
    expect_answer(during, ANSWER_OK, 20);
    expect_answer(after, ANSWER_OK, 32);
    storeplay_close(&p);
}

Test(replica, capacity_limits_the_servers)
{
    struct store_spec *s = make();
    s->servers = 4;
    add_fault(FAULT_STORE, FAULT_CAPACITY, 0.25);
    storeplay_open(&p, &t);
    uint64_t during[3], after[3];
    for (int i = 0; i < 3; i++)
        during[i] = storeplay_read(&p, 0, 15, 0), after[i] = storeplay_read(&p, 0, 31, 0);
    storeplay_run(&p, 50);
    for (int i = 0; i < 3; i++) {
        expect_answer(during[i], ANSWER_OK, 16 + i);
        expect_answer(after[i], ANSWER_OK, 32);
    }
    storeplay_close(&p);
}

// Level 1e-4.
Test(replica, errs_for_a_share)
{
    struct store_spec *s = make();
    uint64_t n_errors = 0;
    s->servers = s->queue = 10000;
    add_fault(FAULT_STORE, FAULT_ERRORS, 0.3);
    storeplay_open(&p, &t);
    for (int i = 0; i < 5000; i++)
        storeplay_read(&p, 0, 11 + 0.001 * i, 0);
    uint64_t after = storeplay_read(&p, 0, 31, 0);
    storeplay_run(&p, 50);
    for (uint64_t i = 0; i < 5000; i++)
        n_errors += p.answer[i].status == ANSWER_ERROR;
    cr_expect(stat_share_agrees("errors", n_errors, 5000, 0.3));
    expect_answer(after, ANSWER_OK, 32);
    storeplay_close(&p);
}

Test(replica, items_are_chosen_by_the_request)
{
    struct store_spec *s = make();
    s->servers = 10;
    storeplay_open(&p, &t);
    for (uint32_t item = 0; item < 4; item += 2)
        storeplay_write(&p, 0, 1, item);
    storeplay_run(&p, 10);
    for (uint32_t item = 0; item < 4; item++)
        cr_expect_eq(replica_version(storeplay_replica(&p, 0), item) != 0, item % 2 == 0);
    storeplay_close(&p);
}
