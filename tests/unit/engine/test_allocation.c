// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
// Pins: after warm-up a run allocates nothing, in windows over several cells with mailboxes, lanes
// with cancels, far events and a bucket width that is being tuned. The counter is proved alive by
// the warm-up itself. Not pinned: how much is allocated, or that a load that rises later allocates
// nothing.
#include <criterion/criterion.h>

#include "determinism/phold.h"
#include "support/allocations.h"

// Long enough for every lane to have seen its largest number of live timers.
static const simtime WARM = 400 * SIMTIME_S, END = 440 * SIMTIME_S;

// PHOLD that notes the counter at the first event after warm-up and at the last event.
struct counted {
    struct phold phold;
    uint64_t at_begin, when_warm, at_last;
};

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct counted *c = world;
    if (c->when_warm == 0 && cell_now(cell) >= WARM)
        c->when_warm = allocations_count();
    phold_handle(cell, &c->phold, event);
    c->at_last = allocations_count();
}

static void check(uint32_t n_cells)
{
    struct counted c = {0};
    struct phold_conf conf = {.n_lps = 16,
                              .n_cells = n_cells,
                              .jobs_per_lp = 32,
                              .lookahead_ns = 20 * SIMTIME_MS,
                              .spread_ns = 80 * SIMTIME_MS,
                              .quantum_ns = 100 * SIMTIME_US,
                              .seed = 3,
                              .handler = handle,
                              .world = &c};
    phold_open(&c.phold, &conf);
    c.at_begin = allocations_count();
    engine_run(c.phold.engine, END, 1, NULL);
    cr_assert_gt(engine_events(c.phold.engine), 100000u);
    cr_assert_gt(engine_stats_of(c.phold.engine).lane_dead, 10000u);
    cr_assert_gt(c.when_warm, c.at_begin, "the warm-up allocates; if not, nothing is counted");
    cr_assert_eq(c.at_last - c.when_warm, 0, "%" PRIu64 " allocations after warm-up, %u cells",
                 c.at_last - c.when_warm, n_cells);
    phold_close(&c.phold);
}

Test(allocation, none_after_warm_up_in_one_cell)
{
    check(1);
}

Test(allocation, none_after_warm_up_in_four_cells)
{
    check(4);
}
