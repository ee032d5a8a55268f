// A report may look at the whole world: it adds up, without any lock, what the handlers of all
// cells write. For the thread sanitizer; fails also if no team ran, or a count falls. Runs are
// short: their first milliseconds are the team's, and a report comes every other window.
#include <stdio.h>

#include "base/base.h"
#include "engine/api.h"

enum { CELLS = 8, LPS_PER_CELL = 16, LPS = CELLS * LPS_PER_CELL, RUNS = 40 };

static const simtime STEP = SIMTIME_MS, END = ENGINE_REPORTS * SIMTIME_MS;

struct world {
    uint64_t counts[LPS];
    uint64_t reported;
    int n_reports;
    bool is_falling;
};

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct world *w = world;
    w->counts[event->dst]++;
    cell_send(cell, (event->dst + 1) % LPS, STEP, 0, NULL, 0);
}

static void report(void *world, simtime reached)
{
    struct world *w = world;
    uint64_t sum = 0;
    (void)reached;
    for (size_t i = 0; i < LPS; i++)
        sum += w->counts[i];
    w->is_falling |= sum < w->reported;
    w->reported = sum;
    w->n_reports++;
}

// Returns how many windows were run by the team.
static uint64_t run(struct world *world)
{
    uint32_t cells[LPS];
    simtime lookahead[CELLS * CELLS];
    for (uint32_t i = 0; i < LPS; i++)
        cells[i] = i / LPS_PER_CELL;
    for (uint32_t i = 0; i < CELLS * CELLS; i++)
        lookahead[i] = STEP;
    struct engine *engine = engine_create(&(struct engine_conf){.n_lps = LPS,
                                                                .lp_cell = cells,
                                                                .n_cells = CELLS,
                                                                .lookahead = lookahead,
                                                                .handler = handle,
                                                                .report = report,
                                                                .world = world});
    for (uint32_t lp = 0; lp < LPS; lp++)
        engine_post(engine, lp, lp, 0, 0, NULL, 0);
    engine_run(engine, END, 2, NULL);
    uint64_t n = engine_stats_of(engine).team_windows;
    engine_destroy(engine);
    return n;
}

int main(void)
{
    uint64_t n_team = 0;
    for (int i = 0; i < RUNS; i++) {
        struct world world = {.n_reports = 0};
        n_team += run(&world);
        if (world.n_reports < 2 || world.is_falling) {
            fprintf(stderr, "%d reports, falling: %d\n", world.n_reports, world.is_falling);
            return 1;
        }
    }
    if (n_team == 0)
        fprintf(stderr, "no window was run by a team\n");
    return n_team == 0;
}
