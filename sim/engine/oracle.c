// The oracle: the same model, executed from one heap in one loop.
//
// It shares with the window loop only what a handler calls (cell.c); it has no windows, no
// horizons, no mailboxes and no calendar, and each timer is an event of its own. Whatever those
// parts could get wrong shows as a digest that differs from this one.
#include "base/base.h"
#include "base/parallel.h"
#include "engine/engine_state.h"

enum { ORACLE_CANCEL_EVERY = 4096 };

static void oracle_deal(struct engine *engine, const struct event *event)
{
    heap_push(&engine->serial, event);
}

static void oracle_begin(struct engine *engine, simtime end)
{
    REQUIRE(!engine->has_run || engine->cells[0].oracle != NULL,
            "a run in windows is continued by the serial loop");
    engine_begin(engine, end, oracle_deal);
    for (uint32_t id = 0; id < engine->conf.n_cells; id++) {
        engine->cells[id].oracle = &engine->serial;
        engine->cells[id].local = CELL_NONE; // no send goes to a calendar
    }
}

// False: no event is left before the end.
static bool oracle_execute(struct engine *engine, simtime end)
{
    if (heap_time(&engine->serial) >= end)
        return false;
    struct event event;
    heap_pop(&engine->serial, &event);
    struct cell *cell = &engine->cells[engine->lp_cell[event.dst]];
    bug_set_context(&cell->context);
    cell->n_executed += cell_execute(cell, &event);
    return true;
}

bool oracle_loop(struct engine *engine, simtime end, const volatile int *cancel)
{
    oracle_begin(engine, end);
    for (uint64_t i = 0; i % ORACLE_CANCEL_EVERY != 0 || !parallel_flag_is_set(cancel); i++)
        if (!oracle_execute(engine, end))
            return true;
    return false;
}

bool oracle_step(struct engine *engine, simtime end)
{
    if (!engine->has_run)
        oracle_begin(engine, end);
    return oracle_execute(engine, end);
}
