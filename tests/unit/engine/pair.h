// Two cells of two LPs, the engine that tests of rules and traps run: LPs 0 and 1 in cell 0, 2 and
// 3 in cell 1; cell 1 never sends to cell 0.
#pragma once

#include "engine/engine.h"

enum { N_LPS = 4, N_CELLS = 2, LOOKAHEAD = 100 };

static inline const char *pair_name(void *world, uint32_t lp)
{
    (void)world;
    static const char *const names[N_LPS] = {"tokyo", "osaka", "paris", "milan"};
    return names[lp];
}

static inline struct engine *pair_create(engine_handler handler, void *world)
{
    static const uint32_t cells[N_LPS] = {0, 0, 1, 1};
    static const simtime lookahead[N_CELLS * N_CELLS] = {0, LOOKAHEAD, SIMTIME_NEVER, 0};
    static const struct bug_context context = {.seed = 77, .replication = 5, .design = "pair"};
    return engine_create(&(struct engine_conf){.n_lps = N_LPS,
                                               .lp_cell = cells,
                                               .n_cells = N_CELLS,
                                               .lookahead = lookahead,
                                               .lp_name = pair_name,
                                               .handler = handler,
                                               .world = world,
                                               .context = &context});
}

static inline enum engine_stop pair_run(struct engine *engine, simtime end, bool is_serial,
                                        const volatile int *cancel)
{
    return is_serial ? engine_run_serial(engine, end, cancel) : engine_run(engine, end, 1, cancel);
}
