// link: -Wl,--wrap=share_balance
// Pins: once events have been executed, cells are dealt to threads by them, also by the first
// windows of a later run; going back and forth between the team and one thread changes nothing;
// with always_team it runs all windows; one late event, or many at one time, do not decide how wide
// buckets are. Not pinned: that windows respect horizons (tests/determinism), races
// (tests/threads), which cells a thread gets (test_share).
#include <criterion/criterion.h>

#include "base/walltime.h"
#include "engine/cell.h"
#include "engine/engine.h"
#include "engine/engine_state.h"
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

// One LP a cell.
static struct engine *make_with(engine_handler handler, bool always_team)
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
                                                                .handler = handler,
                                                                .always_team = always_team});
    for (uint32_t lp = 0; lp < CELLS; lp++)
        engine_post(engine, lp, lp, 0, 1, NULL, 0);
    return engine;
}

static struct engine *make(engine_handler handler)
{
    return make_with(handler, false);
}

// Passes on what came, somewhat later, to the next cell and to itself by turns.
static void wander(struct cell *cell, void *world, const struct event *event)
{
    uint64_t step;
    (void)world;
    memcpy(&step, event->payload, sizeof step);
    uint32_t to = step % 3 == 0 ? event->dst : (event->dst + 1) % CELLS;
    step++;
    cell_send(cell, to, LOOKAHEAD + (simtime)(step * 7919 % 1000), 1, &step, sizeof step);
}

Test(window, changes_of_mode_change_nothing)
{
    enum { WINDOWS = 20000 };
    struct engine *oracle = make(wander), *engine = make(wander);
    engine_run_serial(oracle, WINDOWS * LOOKAHEAD, NULL);
    engine->windows.governor.stretch_ns = 1; // every window is measured
    // With patience set anew for each piece trials recur: 100 of them at least.
    for (int i = 1; i <= 100; i++) {
        engine->windows.governor.patience = 1;
        engine_run(engine, i * (WINDOWS / 100) * LOOKAHEAD, 3, NULL);
    }
    uint64_t n = engine->windows.n, n_team = engine->windows.n_team;
    cr_assert_geq(n_team, 100, "%lu windows of the team", n_team);
    cr_assert_geq(n - n_team, 100, "%lu windows of one thread", n - n_team);
    cr_assert_eq(engine_digest(engine), engine_digest(oracle));
    cr_assert_eq(engine_events(engine), engine_events(oracle));
    engine_destroy(engine);
    engine_destroy(oracle);
}

Test(window, a_team_that_never_rests)
{
    struct engine *engine = make_with(tick, true);
    int64_t start_ns = walltime_ns(), pieces = 0;
    while (walltime_ns() - start_ns < 30 * SIMTIME_MS) // several stretches of the governor
        engine_run(engine, ++pieces * PIECE, 2, NULL);
    cr_assert_gt(engine->windows.n, 0);
    cr_assert_eq(engine->windows.n_team, engine->windows.n);
    engine_destroy(engine);
}

// Width of the buckets, as a shift, for 1,000 events so far apart and one at `last`.
static int fitted_shift(simtime distance, simtime last)
{
    struct engine *engine = make(tick);
    for (int i = 0; i < 1000; i++)
        engine_post(engine, 0, 0, i * distance, 1, NULL, 0);
    engine_post(engine, 0, 0, last, 1, NULL, 0);
    engine_run(engine, 0, 1, NULL);
    int shift = engine->cells[0].calendar.shift;
    engine_destroy(engine);
    return shift;
}

Test(window, one_late_event_does_not_widen_buckets)
{
    cr_assert_eq(fitted_shift(100, 100000), 18); // 400 events of a cell, of eight, are 0.32 ms
    cr_assert_eq(fitted_shift(100, SIMTIME_DAY), 18);
}

Test(window, ties_do_not_narrow_buckets)
{
    cr_assert_eq(fitted_shift(0, SIMTIME_MS), 19); // as wide as the lookahead
}

Test(window, cells_are_dealt_by_what_they_executed)
{
    struct engine *engine = make(tick);
    for (int i = 1; i <= PIECES; i++)
        engine_run(engine, i * PIECE, 2, NULL);
    cr_assert_geq(dealt.n, PIECES - 1, "each run but the first deals cells anew: %d", dealt.n);
    cr_assert_eq(dealt.n_blind, 0, "%d of %d times as if nothing was known", dealt.n_blind,
                 dealt.n);
    engine_destroy(engine);
}
