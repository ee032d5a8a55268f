// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
// Pins: after warm-up a run allocates nothing, in windows over several cells with mailboxes, lanes
// with cancels, far events and a bucket width that is being tuned. The counter is proved alive by
// the warm-up itself. Not pinned: how much is allocated, or that a load that rises later allocates
// nothing.
#include <criterion/criterion.h>
#include <inttypes.h>

#include "support/allocations.h"
#include "support/synthetic.h"

// Long enough for every lane to have seen its largest number of live timers.
static const simtime WARM = 400 * SIMTIME_S, END = 440 * SIMTIME_S;

// A model that notes the counter at the first event after warm-up and at the last event.
struct counted {
    struct synthetic model;
    uint64_t at_begin, when_warm, at_last;
};

static void count(void *argument, struct cell *cell, const struct event *event)
{
    (void)event;
    struct counted *c = argument;
    if (c->when_warm == 0 && cell_now(cell) >= WARM)
        c->when_warm = allocations_count();
    c->at_last = allocations_count();
}

static void check(uint32_t n_cells)
{
    struct counted c = {0};
    struct synthetic_conf conf = synthetic_steady(3, 16, 4);
    conf.n_cells = n_cells;
    conf.hook = count;
    conf.hook_argument = &c;
    synthetic_open(&c.model, &conf);
    c.at_begin = allocations_count();
    engine_run(c.model.engine, END, 1, NULL);
    cr_assert_gt(engine_events(c.model.engine), 100000u);
    cr_assert_gt(engine_stats_of(c.model.engine).lane_dead, 10000u);
    cr_assert_gt(c.when_warm, c.at_begin, "the warm-up allocates; if not, nothing is counted");
    cr_assert_eq(c.at_last - c.when_warm, 0, "%" PRIu64 " allocations after warm-up, %u cells",
                 c.at_last - c.when_warm, n_cells);
    synthetic_close(&c.model);
}

Test(allocation, none_after_warm_up_in_one_cell)
{
    check(1);
}

Test(allocation, none_after_warm_up_in_four_cells)
{
    check(4);
}
