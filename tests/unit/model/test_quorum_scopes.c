// Pins: who takes part in a quorum and who catches up how: counted among all, in the own region, in
// each; fewer copies than replicas, with stand-ins or without; answers that were older are
// repaired; hints come within their window, what is too late for them with anti-entropy or never,
// and so do parts of a write that fail at the coordinator, are lost with a member's power or find
// it without; witnesses serve nobody; the legs of an operation add up.
#include <criterion/criterion.h>

#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Two regions, 40 ms apart, with three zones and a replica in each; reads take 1 ms, writes 2 ms.
static struct store_spec *make(int replicas_per_region)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 40);
    tiny_set_zones(&t, 3);
    t.workload.duration_s = t.workload.window_s = 100000;
    struct store_spec *s = tiny_add_store(&t, STORE_QUORUM);
    s->replicas_per_region = replicas_per_region;
    s->items = 12;
    return s;
}

static const struct replica *member(int m)
{
    return &p.stage.world->replicas[m];
}

static int count_with(uint32_t item, uint64_t version)
{
    int n = 0;
    for (uint32_t m = 0; m < p.stage.model->count[LP_REPLICA]; m++)
        n += replica_version(member((int)m), item) == version;
    return n;
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 2e-3);
}

// ---- scopes

Test(quorum_scopes, local_ones_do_not_wait_for_others)
{
    struct store_spec *s = make(3);
    s->quorum.write_scope = s->quorum.read_scope = QUORUM_OF_REGION;
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 10, 10);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    uint64_t alone = storeplay_write(&p, 0, 15, 1);
    storeplay_run(&p, 60);
    expect_answer(w, ANSWER_OK, 1.002);
    expect_answer(r, ANSWER_OK, 2.001);
    expect_answer(alone, ANSWER_OK, 15.002);
    cr_expect_eq(count_with(0, replica_version(member(0), 0)), 6, "everywhere in the end");
    cr_expect_eq(count_with(1, replica_version(member(0), 1)), 6, "everywhere in the end");
    storeplay_close(&p);
}

Test(quorum_scopes, each_region_must_have_its_majority)
{
    struct store_spec *s = make(3);
    s->quorum.write_scope = QUORUM_EACH_REGION;
    s->quorum.read_scope = QUORUM_OF_REGION;
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 10, 10);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), read = storeplay_read(&p, 1, 1.0421, 0);
    uint64_t alone = storeplay_write(&p, 0, 15, 1);
    storeplay_run(&p, 60);
    expect_answer(w, ANSWER_OK, 1.042);
    expect_answer(read, ANSWER_OK, 1.043);
    expect_answer(alone, ANSWER_ERROR, 17);
    cr_expect_eq(storeplay_stale_reads(&p), 0);
    storeplay_close(&p);
}

Test(quorum_scopes, replicas_fail_with_their_zone)
{
    struct store_spec *s = make(3);
    s->quorum.write_scope = QUORUM_OF_REGION;
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_ZONE, "us-east-1", 10, 10);
    f->zone = "b";
    f = tiny_add_fault_at(&t, FAULT_ZONE, "us-east-1", 14, 6);
    f->zone = "c";
    storeplay_open(&p, &t);
    uint64_t two = storeplay_write(&p, 0, 12, 0), one = storeplay_write(&p, 0, 15, 1);
    storeplay_run(&p, 60);
    expect_answer(two, ANSWER_OK, 12.002);
    expect_answer(one, ANSWER_ERROR, 17);
    storeplay_close(&p);
}

// ---- copies and stand-ins

Test(quorum_scopes, items_have_as_many_copies_as_they_should)
{
    make(3)->quorum.copies = 3;
    storeplay_open(&p, &t);
    for (uint32_t item = 0; item < 12; item++)
        storeplay_write(&p, 0, 1 + 0.1 * item, item);
    storeplay_run(&p, 60);
    int at[6] = {0};
    for (uint32_t item = 0; item < 12; item++) {
        int n = 0;
        for (int m = 0; m < 6; m++) {
            n += replica_version(member(m), item) != 0;
            at[m] += replica_version(member(m), item) != 0;
        }
        cr_expect_eq(n, 3, "item %u has %d copies", item, n);
    }
    for (int m = 0; m < 6; m++)
        cr_expect(at[m] > 0 && at[m] < 12, "replica %d has %d items", m, at[m]);
    storeplay_close(&p);
}

static int answered_with_region_down(bool sloppy)
{
    int n_ok = 0;
    struct store_spec *s = make(3);
    s->quorum.copies = 3;
    s->quorum.sloppy = sloppy;
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 0.5, 100);
    storeplay_open(&p, &t);
    for (uint32_t item = 0; item < 12; item++)
        storeplay_write(&p, 0, 1 + 3 * item, item);
    storeplay_run(&p, 300);
    for (uint64_t i = 0; i < p.n_calls; i++)
        n_ok += p.answer[i].status == ANSWER_OK;
    for (uint32_t item = 0; item < 12; item++) {
        uint64_t newest = 0;
        for (int m = 0; m < 6; m++)
            if (replica_version(member(m), item) > newest)
                newest = replica_version(member(m), item);
        cr_expect_eq(count_with(item, newest), 3, "handed over to the right ones");
    }
    storeplay_close(&p);
    return n_ok;
}

// With a region down most items have one or no copy left in reach; others stand in.
Test(quorum_scopes, stand_ins_take_writes_in_sloppy_quorums)
{
    const int strict = answered_with_region_down(false);
    cr_expect(strict > 0 && strict < 12, "%d of 12", strict);
    cr_expect_eq(answered_with_region_down(true), 12);
}

// ---- catching up

// Region 1 misses a write, for so long; how long after the write its replica has it, or -1.
static double caught_up_after(double window_s, double anti_entropy_s, bool reads)
{
    struct store_spec *s = make(1);
    s->quorum.write = 1;
    s->quorum.read = 2;
    s->quorum.read_repair = reads;
    s->quorum.hint_window_s = window_s;
    s->quorum.anti_entropy_s = anti_entropy_s;
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 0.5, 100);
    double at_s = -1;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    if (reads)
        storeplay_read(&p, 0, 150, 0);
    for (double until_s = 5; until_s < 1000 && at_s < 0; until_s += 5) {
        storeplay_run(&p, until_s);
        if (replica_version(member(1), 0) != 0)
            at_s = until_s - 1;
    }
    storeplay_close(&p);
    return at_s;
}

Test(quorum_scopes, hints_come_within_their_window)
{
    cr_expect_float_eq(caught_up_after(200, 0, false), 102, 5);
    cr_expect_eq(caught_up_after(50, 0, false), -1, "never");
    cr_expect_float_eq(caught_up_after(50, 400, false), 402, 5);
    cr_expect_float_eq(caught_up_after(50, 0, true), 152, 5);
}

// ---- parts that are lost

// Region 0 errs while it takes a write, of which its own part fails, too: often, so that it lets
// the write in.
Test(quorum_scopes, own_part_that_fails_is_made_up_for)
{
    int n_ok = 0;
    make(1)->quorum.write = 1;
    struct fault_spec *f = tiny_add_fault_at(&t, FAULT_STORE, "us-east-1", 0.5, 100);
    f->effect = FAULT_ERRORS;
    f->level = 0.7;
    storeplay_open(&p, &t);
    uint64_t w[12];
    for (uint32_t item = 0; item < 12; item++)
        w[item] = storeplay_write(&p, 0, 1 + 0.1 * item, item);
    storeplay_run(&p, 90);
    for (uint32_t item = 0; item < 12; item++) {
        n_ok += p.answer[w[item]].status == ANSWER_OK;
        cr_expect_eq(count_with(item, replica_version(member(1), item)), 2, "item %u", item);
    }
    cr_expect(n_ok > 0 && n_ok < 12, "%d of 12", n_ok);
    storeplay_close(&p);
}

// The version that region 1 has at a time. It works on reads for a second when it loses power, at
// 1.5 s and for 10 s, with its part of a write in its queue.
static uint64_t lost_in_queue_at(double at_s, double hint_window_s, double anti_entropy_s)
{
    struct store_spec *s = make(1);
    s->servers = 1;
    s->read_time = distribution_constant(0.1);
    s->quorum.write = 1;
    s->quorum.hint_window_s = hint_window_s;
    s->quorum.anti_entropy_s = anti_entropy_s;
    s->quorum.read_mode = QUORUM_READ_LOCAL;
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 1.5, 10);
    storeplay_open(&p, &t);
    for (int i = 0; i < 10; i++)
        storeplay_read(&p, 1, 0.99, 1);
    storeplay_write(&p, 0, 1, 0);
    storeplay_run(&p, at_s);
    const uint64_t version = replica_version(member(1), 0);
    cr_expect_neq(replica_version(member(0), 0), 0);
    cr_expect(version == 0 || version == replica_version(member(0), 0));
    storeplay_close(&p);
    return version;
}

Test(quorum_scopes, part_that_is_lost_with_its_member_is_made_up_for)
{
    cr_expect_eq(lost_in_queue_at(11.4, 100, 0), 0, "it is down");
    cr_expect_neq(lost_in_queue_at(13, 100, 0), 0, "a hint");
    cr_expect_eq(lost_in_queue_at(100, 5, 0), 0, "too late for a hint");
    cr_expect_eq(lost_in_queue_at(39, 5, 40), 0, "too late for a hint");
    cr_expect_neq(lost_in_queue_at(42, 5, 40), 0, "replicas are compared");
}

// The ask of a member is under way for 0.5 s, and finds it without power.
Test(quorum_scopes, part_that_comes_to_a_dead_member_is_made_up_for)
{
    struct store_spec *s = make(1);
    s->quorum.write = 1;
    s->quorum.legs.write = distribution_constant(0.5);
    tiny_add_fault_at(&t, FAULT_REGION, "us-west-2", 1.3, 10);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0);
    storeplay_run(&p, 60);
    expect_answer(w, ANSWER_OK, 1.502);
    cr_expect_eq(count_with(0, replica_version(member(0), 0)), 2);
    storeplay_close(&p);
}

// ---- witnesses and legs

Test(quorum_scopes, nobody_calls_a_witness)
{
    struct store_spec *s = make(1);
    s->quorum.witnesses = 1u << 1;
    storeplay_open(&p, &t);
    cr_expect_eq(p.stage.model->stores[0].replica_region[0], 0);
    cr_expect_eq(p.stage.model->stores[0].replica_region[1], 0);
    storeplay_close(&p);
}

Test(quorum_scopes, legs_come_on_top_of_the_network)
{
    struct store_spec *s = make(1);
    s->quorum.legs = (struct quorum_legs){distribution_constant(0.1), distribution_constant(0.2),
                                          distribution_constant(0.3), distribution_constant(0.4)};
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    storeplay_run(&p, 10);
    expect_answer(w, ANSWER_OK, 1 + 0.1 + 0.002 + 0.2 + 0.04);
    expect_answer(r, ANSWER_OK, 2 + 0.3 + 0.001 + 0.4 + 0.04);
    storeplay_close(&p);
}
