// link: -Wl,--wrap=share_balance
// Pins: once events have been executed, cells are dealt to threads by them, also by the first
// windows of a later run. Not pinned: that windows respect horizons (tests/determinism), races
// (tests/threads), which cells a thread gets (test_share).
#include <criterion/criterion.h>

#include "engine/cell.h"
#include "engine/engine.h"
#include "engine/share.h"

enum { CELLS = 8, PIECES = 6 };
static const simtime LOOKAHEAD = SIMTIME_MS, PIECE = 50 * SIMTIME_MS;

// What the calls of share_balance were given, but for that of share_init.
static struct {
    int n, n_blind;
} dealt;

void __real_share_balance(struct share *s, const uint64_t *events);
void __wrap_share_balance(struct share *s, const uint64_t *events);

void __wrap_share_balance(struct share *s, const uint64_t *events)
{
    uint64_t executed = 0, known = 0;
    for (uint32_t id = 0; id < s->n_cells; id++) {
        executed += events[id];
        known += events[id] - s->counted[id];
    }
    dealt.n += executed > 0;
    dealt.n_blind += executed > 0 && known == 0;
    __real_share_balance(s, events);
}

static void tick(struct cell *cell, void *world, const struct event *event)
{
    (void)world;
    cell_send(cell, event->dst, LOOKAHEAD, 1, NULL, 0);
}

Test(window, cells_are_dealt_by_what_they_executed)
{
    uint32_t cell_of[CELLS];
    simtime lookahead[CELLS * CELLS];
    for (uint32_t i = 0; i < CELLS; i++)
        cell_of[i] = i;
    for (uint32_t i = 0; i < CELLS * CELLS; i++)
        lookahead[i] = LOOKAHEAD;
    struct engine *engine = engine_create(&(struct engine_conf){.n_lps = CELLS,
                                                                .lp_cell = cell_of,
                                                                .n_cells = CELLS,
                                                                .lookahead = lookahead,
                                                                .handler = tick});
    for (uint32_t lp = 0; lp < CELLS; lp++)
        engine_post(engine, lp, lp, 0, 1, NULL, 0);
    for (int i = 1; i <= PIECES; i++)
        engine_run(engine, i * PIECE, 2, NULL);
    cr_assert_geq(dealt.n, PIECES - 1, "each run but the first deals cells anew: %d", dealt.n);
    cr_assert_eq(dealt.n_blind, 0, "%d of %d times as if nothing was known", dealt.n_blind,
                 dealt.n);
    engine_destroy(engine);
}
