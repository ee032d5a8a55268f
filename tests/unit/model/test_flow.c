// Pins: connections are spread evenly over the targets that were usable when they were opened, and
// keep their target whatever happens later; who was opened in an earlier epoch has that epoch's
// targets.
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
    flow_open(&h, stream_open(1, 0, "balancer", "flows"));
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
