// Pins: a random model (support/synthetic.h) executes the same events, in the same order at each
// LP, and leaves the same state and the same pending events, for every number of threads, every
// partition into cells, every bucket width, in one run, in pieces, or cancelled and continued, and
// in the serial loop. Events far and near, thin and thick windows, silences, floods, ties, timers
// and both ends of a run must have occurred. A model that breaks the rules (its LPs share a
// variable) must be found. Not pinned: the values of digests, freedom from data races
// (tests/threads), equality of builds (make determinism). Some dozen models, each on three of the
// numbers of threads; AASIM_LONG=1: 300 models on all of them. AASIM_SEED=n: one model only.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "support/stat.h"
#include "support/trial.h"

// A model, when it ends, and what must come out.
struct matrix {
    uint64_t seed;
    struct synthetic_conf conf;
    struct trial_probe probe;
    simtime end;
    struct trial_outcome want;
};

// One model in eight is long enough for its calendars to be tuned.
static void open_matrix(struct matrix *m, uint64_t seed)
{
    uint32_t n_events = seed % 8 == 0 ? 30000 : 1200;
    *m = (struct matrix){
        .seed = seed, .conf = synthetic_random(seed, n_events), .end = SIMTIME_NEVER};
    trial_probe(&m->probe, &m->conf, n_events);
    if (m->probe.times.n >= n_events)
        m->end = m->probe.times.items[n_events - 1] + (simtime)(seed % 2);
    m->want = trial_run(&m->conf, &(struct trial_way){.n_cells = 1}, m->end);
}

static void close_matrix(struct matrix *m)
{
    trial_probe_free(&m->probe);
}

static void expect(const struct matrix *m, const struct trial_way *way)
{
    cr_expect(trial_agrees(&m->conf, way, m->end, &m->want), "seed %lu", m->seed);
}

static void for_each_model(uint64_t n, void (*check)(struct matrix *m))
{
    const char *only = getenv("AASIM_SEED");
    uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
    for (uint64_t seed = first; seed < (only != NULL ? first + 1 : n + 1); seed++) {
        struct matrix m;
        open_matrix(&m, seed);
        check(&m);
        close_matrix(&m);
    }
}

// One cell, few, many, a cell a group (which is a cell an LP in half of the models).
static size_t cell_counts(const struct matrix *m, uint32_t counts[4])
{
    const uint32_t want[] = {1, 3, 17, m->conf.n_groups};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        if (want[i] <= m->conf.n_groups && (n == 0 || want[i] != counts[n - 1]))
            counts[n++] = want[i];
    return n;
}

static void check_threads_and_cells(struct matrix *m)
{
    static const int threads[] = {0, 1, 2, 3, 5, 8};
    uint32_t counts[4];
    size_t n = cell_counts(m, counts);
    for (size_t c = 0; c < n; c++)
        for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
            bool is_chosen = t <= 2 || t % 3 == (m->seed + c) % 3 || stat_is_long();
            // There are no more threads than cells: more are tried once.
            if (is_chosen && (t <= 1 || (uint32_t)threads[t - 1] <= counts[c]))
                expect(m, &(struct trial_way){
                              .n_threads = threads[t], .n_cells = counts[c], .deal = m->seed + c});
        }
}

Test(matrix, any_threads_and_cells_equal_the_serial_loop)
{
    for_each_model(stat_is_long() ? 300 : 16, check_threads_and_cells);
}

static uint32_t few_cells(const struct matrix *m)
{
    return 1 + (uint32_t)(m->seed % m->conf.n_groups);
}

static void check_widths(struct matrix *m)
{
    for (int shift = 1; shift <= 52; shift += 1 + (int)(m->seed % 9))
        expect(m, &(struct trial_way){.n_threads = 1,
                                      .n_cells = few_cells(m),
                                      .deal = (uint64_t)shift,
                                      .bucket_shift = shift});
}

Test(matrix, bucket_width_changes_nothing)
{
    for_each_model(stat_is_long() ? 200 : 16, check_widths);
}

// Stops on, just after and just before events, some of them twice.
static size_t choose_stops(const struct matrix *m, simtime *stops, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < m->probe.times.n && n < most; i += 1 + m->probe.times.n / most) {
        simtime stop = m->probe.times.items[i] + (simtime)(i % 3) - 1;
        stop = stop < 0 ? 0 : stop;
        if ((n == 0 || stop >= stops[n - 1]) && stop <= m->end)
            stops[n++] = stop;
    }
    return n;
}

static void check_pieces(struct matrix *m)
{
    simtime stops[40];
    struct trial_way way = {.n_cells = few_cells(m),
                            .deal = m->seed,
                            .stops = stops,
                            .n_stops = choose_stops(m, stops, ARRAY_LEN(stops))};
    for (way.n_threads = 0; way.n_threads <= 2; way.n_threads++)
        expect(m, &way);
}

Test(matrix, a_run_in_pieces_changes_nothing)
{
    for_each_model(stat_is_long() ? 400 : 24, check_pieces);
}

static uint32_t n_cancels;

static void check_cancels(struct matrix *m)
{
    simtime stops[5];
    struct trial_way way = {.n_cells = few_cells(m),
                            .deal = m->seed,
                            .stops = stops,
                            .n_stops = choose_stops(m, stops, ARRAY_LEN(stops)),
                            .cancel_every = 1 + (uint32_t)(m->seed % 50),
                            .cancel_lp = m->probe.busiest};
    for (way.n_threads = 0; way.n_threads <= 3; way.n_threads++) {
        expect(m, &way);
        n_cancels += trial_run(&m->conf, &way, m->end).n_cancels;
    }
}

Test(matrix, a_cancelled_run_that_is_continued_changes_nothing)
{
    for_each_model(stat_is_long() ? 300 : 16, check_cancels);
    cr_expect(getenv("AASIM_SEED") != NULL || n_cancels > 100, "%u cancels", n_cancels);
}

// ---- the models are what they should be

static struct {
    uint64_t ended, emptied, thin, thick, alone, far, born, remote, dead, pending;
} seen;

static void note(struct matrix *m)
{
    struct trial_way way = {.n_threads = 1, .n_cells = m->conf.n_groups};
    struct trial_outcome o = trial_run(&m->conf, &way, m->end);
    seen.ended += o.stop == ENGINE_STOP_END;
    seen.emptied += o.stop == ENGINE_STOP_EMPTY;
    seen.thin += o.stats.windows * 3 > o.n_events;
    seen.thick += o.stats.windows * 100 < o.n_events;
    seen.alone += m->conf.n_groups == m->conf.n_lps;
    seen.far += o.stats.far_pushes > o.n_events / 3;
    seen.born += o.stats.heap_pushes > o.n_events / 3;
    seen.remote += o.stats.remote_sends > o.n_events / 3;
    seen.dead += o.stats.lane_dead > o.n_events / 3;
    seen.pending += o.n_pending > 500;
}

Test(matrix, models_are_of_all_kinds)
{
    for (uint64_t seed = 1; seed <= 64; seed++) {
        struct matrix m;
        open_matrix(&m, seed);
        note(&m);
        close_matrix(&m);
    }
    const uint64_t counts[] = {seen.ended, seen.emptied, seen.thin,   seen.thick, seen.alone,
                               seen.far,   seen.born,    seen.remote, seen.dead,  seen.pending};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        cr_expect_geq(counts[i], 3, "kind %zu: %lu of 64", i, counts[i]);
}

// ---- what must be found

Test(matrix, seeds_differ)
{
    struct synthetic_conf conf = synthetic_steady(1, 40, 10);
    struct trial_way way = {.n_cells = 1};
    uint64_t one = trial_run(&conf, &way, SIMTIME_S).digest;
    conf.seed++;
    cr_assert_neq(trial_run(&conf, &way, SIMTIME_S).digest, one);
}

// A model that breaks the rules: what an LP does depends on what other LPs have done before in this
// run of the program.
struct leak {
    struct synthetic model;
    uint64_t shared;
};

static void leak_event(void *argument, struct cell *cell, const struct event *event)
{
    (void)cell;
    struct leak *leak = argument;
    leak->model.lps[event->dst].memory += leak->shared++;
}

static uint64_t leaky_digest(uint32_t n_cells)
{
    struct leak leak = {.shared = 0};
    struct synthetic_conf conf = synthetic_steady(1, 40, 10);
    conf.n_cells = n_cells;
    conf.hook = leak_event;
    conf.hook_argument = &leak;
    synthetic_open(&leak.model, &conf);
    engine_run(leak.model.engine, SIMTIME_S, 1, NULL);
    uint64_t digest = engine_digest(leak.model.engine);
    synthetic_close(&leak.model);
    return digest;
}

Test(matrix, planted_fault_is_found)
{
    cr_assert_eq(leaky_digest(1), leaky_digest(1));
    cr_assert_neq(leaky_digest(1), leaky_digest(7), "LPs that share a variable went unnoticed");
}
