// Pins: connections are spread evenly over the targets that were usable when they were opened, and
// keep their target whatever happens later; who was opened in an earlier epoch has that epoch's
// targets. By address: all connections of a caller have one target, evenly many callers each; when
// others' targets go and come he keeps his, and who has lost his is back when it is.
#include <criterion/criterion.h>

#include "model/flow.h"
#include "support/stat.h"

static struct flow_history h;

static void note(uint64_t usable, simtime now)
{
    const uint64_t sets[TOPOLOGY_MAX_ZONES] = {usable, usable & 3};
    flow_note(&h, sets, now);
}

static void make(void)
{
    flow_open(&h, stream_open(1, 0, "balancer", "flows"), false);
    note(0xff, 0);
}

Test(flow, spread_evenly)
{
    enum { FLOWS = 16000, TARGETS = 8 };
    uint64_t counts[TARGETS] = {0};
    double shares[TARGETS];
    make();
    for (uint64_t i = 0; i < FLOWS; i++)
        counts[flow_target(&h, 16 * i, 0)]++;
    for (int t = 0; t < TARGETS; t++)
        shares[t] = 1. / TARGETS;
    cr_expect(stat_counts_agree("flows by target", counts, shares, TARGETS));
    flow_close(&h);
}

Test(flow, targets_are_for_life)
{
    enum { FLOWS = 500 };
    uint8_t target[FLOWS];
    make();
    for (uint64_t i = 0; i < FLOWS; i++)
        target[i] = flow_target(&h, 16 * i, 0);
    note(0xf0, 16 * FLOWS / 2);
    note(0x0f, 16 * FLOWS);
    note(0x01, 16 * FLOWS * 2);
    for (uint64_t i = 0; i < FLOWS; i++) {
        const uint8_t now = flow_target(&h, 16 * i, 0);
        if (i < FLOWS / 2)
            cr_expect_eq(now, target[i]);
        else
            cr_expect_geq(now, 4, "opened while only these were healthy");
        cr_expect_lt(flow_target(&h, 16 * (FLOWS + i), 0), 4);
        cr_expect_eq(flow_target(&h, 16 * (2 * FLOWS + i), 0), 0);
    }
    flow_close(&h);
}

Test(flow, nodes_have_their_own_targets)
{
    make();
    for (uint64_t i = 0; i < 100; i++)
        cr_expect_lt(flow_target(&h, 16 * i, 1), 2);
    flow_close(&h);
}

// ---- by address

enum { CALLERS = 4000, UNIT = 1 << FLOW_TIME_SHIFT };

static struct stream names;

// The target of a caller's connection that is opened so many units of time after the beginning.
static uint8_t target_at(uint64_t caller, uint64_t units)
{
    return flow_target(&h, units * UNIT | flow_address(&names, caller), 0);
}

static void make_by_address(void)
{
    names = stream_open(1, 0, "users", "addresses");
    flow_open(&h, stream_open(1, 0, "balancer", "flows"), true);
    note(0xff, 0);
}

Test(flow, an_address_has_one_target)
{
    uint64_t counts[8] = {0};
    make_by_address();
    for (uint64_t i = 0; i < CALLERS; i++) {
        counts[target_at(i, 1)]++;
        for (uint64_t k = 2; k < 10; k++)
            cr_assert_eq(target_at(i, 1000 * k), target_at(i, 1));
    }
    // Callers share 4096 addresses, of which each target has 512 with a deviation of 21.
    for (int t = 0; t < 8; t++)
        cr_expect_float_eq((double)counts[t], CALLERS / 8, 5 * 1.4 * 21, "%lu", counts[t]);
    flow_close(&h);
}

Test(flow, who_has_a_usable_target_keeps_it)
{
    make_by_address();
    note(0xfe, 10 * UNIT);
    note(0xff, 20 * UNIT);
    uint64_t others = 0;
    for (uint64_t i = 0; i < CALLERS; i++) {
        const uint8_t first = target_at(i, 5), then = target_at(i, 15);
        cr_assert(first == 0 ? then != 0 : then == first);
        cr_assert_eq(target_at(i, 25), first);
        others |= first == 0 ? UINT64_C(1) << then : 0;
    }
    cr_expect_eq(others, 0xfe); // those of the lost target are dealt to all
    flow_close(&h);
}

Test(flow, an_address_whose_connections_are_cut_has_another_target)
{
    make_by_address();
    note(0xfe, 10 * UNIT);
    flow_cut(&h, 0, 12 * UNIT);
    for (uint64_t i = 0; i < CALLERS; i++) {
        cr_assert_neq(target_at(i, 5), 0);
        cr_assert_eq(target_at(i, 5), target_at(i, 15));
    }
    flow_close(&h);
}

Test(flow, an_address_has_a_target_of_the_node)
{
    make_by_address();
    for (uint64_t i = 0; i < 100; i++)
        cr_expect_lt(flow_target(&h, UNIT | flow_address(&names, i), 1), 2);
    flow_close(&h);
}
