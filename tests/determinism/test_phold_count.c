// Pins: the number of events of PHOLD against renewal theory (each job is a renewal process of
// lookahead + exponential; 1024 jobs, 100 time units), and destinations against the uniform
// distribution. Level: |z| < 4 on the mean of 16 runs with fixed seeds, chi-square p > 1e-4.
// Reference: E02 of the validation set: means 102400 and 102302.72, standard deviations of one run
// 320 and 287.878.
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/variate.h"
#include "engine/cell.h"
#include "engine/engine.h"

enum { N_LPS = 1024, N_RUNS = 16, N_CELLS = 8 };

struct world {
    struct stream *streams;
    struct variate delay;
    simtime lookahead;
    uint64_t *counts; // events of each LP
};

static void hop(struct world *w, uint32_t lp, uint32_t *dst, simtime *delay)
{
    *dst = stream_below(&w->streams[lp], N_LPS);
    simtime drawn = (simtime)variate_draw(&w->delay, &w->streams[lp]);
    *delay = w->lookahead + (drawn < 1 ? 1 : drawn);
}

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct world *w = world;
    uint32_t dst;
    simtime delay;
    w->counts[event->dst]++;
    hop(w, event->dst, &dst, &delay);
    cell_send(cell, dst, delay, 1, NULL, 0);
}

static uint64_t phold_count(uint64_t seed, double lookahead_s, double mean_s, uint64_t *counts)
{
    struct arena arena = {0};
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = mean_s};
    struct world w = {.streams = arena_push(&arena, struct stream, N_LPS),
                      .delay = variate_compile(&arena, &d, 1e9),
                      .lookahead = simtime_from_seconds(lookahead_s),
                      .counts = counts};
    uint32_t n_cells = w.lookahead > 0 ? N_CELLS : 1;
    uint32_t *cells = arena_push(&arena, uint32_t, N_LPS);
    simtime *lookahead = arena_push(&arena, simtime, N_CELLS * N_CELLS);
    for (uint32_t i = 0; i < N_CELLS * N_CELLS; i++)
        lookahead[i] = w.lookahead;
    for (uint32_t lp = 0; lp < N_LPS; lp++) {
        char name[16];
        snprintf(name, sizeof name, "lp/%u", lp);
        w.streams[lp] = stream_open(seed, 0, name, "count");
        cells[lp] = lp % n_cells;
    }
    struct engine *engine = engine_create(&(struct engine_conf){.n_lps = N_LPS,
                                                                .lp_cell = cells,
                                                                .n_cells = n_cells,
                                                                .lookahead = lookahead,
                                                                .handler = handle,
                                                                .world = &w});
    for (uint32_t lp = 0; lp < N_LPS; lp++) {
        uint32_t dst;
        simtime time;
        hop(&w, lp, &dst, &time);
        engine_post(engine, lp, dst, time, 1, NULL, 0);
    }
    engine_run(engine, 100 * SIMTIME_S + 1, 1, NULL);
    uint64_t n = engine_events(engine);
    engine_destroy(engine);
    arena_free(&arena);
    return n;
}

static void check(double lookahead_s, double mean_s, double want, double sd)
{
    uint64_t *counts = calloc(N_LPS, sizeof *counts);
    double sum = 0;
    for (uint64_t seed = 1; seed <= N_RUNS; seed++)
        sum += (double)phold_count(seed, lookahead_s, mean_s, counts);
    double z = (sum / N_RUNS - want) / (sd / sqrt(N_RUNS));
    cr_assert_lt(fabs(z), 4, "lookahead %g: mean %.1f, expected %.1f, z = %.2f", lookahead_s,
                 sum / N_RUNS, want, z);
    double expected = sum / N_LPS, chi2 = 0;
    for (uint32_t lp = 0; lp < N_LPS; lp++)
        chi2 += ((double)counts[lp] - expected) * ((double)counts[lp] - expected) / expected;
    double p = gsl_cdf_chisq_Q(chi2, N_LPS - 1);
    cr_assert_gt(p, 1e-4, "events per LP: chi2 = %.1f, p = %g", chi2, p);
    free(counts);
}

Test(phold_count, without_lookahead)
{
    check(0, 1, 102400, 320);
}

Test(phold_count, with_lookahead)
{
    check(0.1, 0.9, 102302.72, 287.8781224);
}
