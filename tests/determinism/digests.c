// Prints the digests of random models and random worlds, a line each: tests/tools/compare_builds.py
// runs this program from several builds (gcc and clang, unoptimised and optimised) and compares.
//
//   engine SEED DIGEST EVENTS STATE      synthetic models, in windows on three threads
//   world SEED DIGEST EVENTS COUNTS      rich worlds; COUNTS mixes outcomes and series
//
// Fails when windows and the serial loop differ. AASIM_LONG=1 prints more.
#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"
#include "support/rich.h"
#include "support/stat.h"
#include "support/trial.h"

static bool print_engine(uint64_t seed)
{
    enum { EVENTS = 3000 };
    struct synthetic_conf conf = synthetic_random(seed, EVENTS);
    struct trial_probe probe;
    trial_probe(&probe, &conf, EVENTS);
    simtime end = probe.times.n >= EVENTS ? probe.times.items[EVENTS - 1] : SIMTIME_NEVER;
    trial_probe_free(&probe);
    struct trial_way way = {
        .n_threads = 3, .n_cells = 1 + (uint32_t)(seed % conf.n_groups), .deal = seed};
    struct trial_outcome o = trial_run(&conf, &way, end);
    printf("engine %" PRIu64 " %016" PRIx64 " %" PRIu64 " %016" PRIx64 "\n", seed, o.digest,
           o.n_events, o.state);
    return trial_agrees(&conf, &(struct trial_way){.n_cells = 1}, end, &o);
}

static uint64_t mix(uint64_t sum, const uint64_t *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ counts[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return sum;
}

static void print_world(uint64_t seed)
{
    static struct tiny t;
    struct record r;
    rich_make(&t, seed);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    tiny_run_model(m, 0, &r);
    uint64_t counts = mix(0, r.outcomes, (size_t)r.n_populations * (size_t)r.n_classes * OUTCOMES);
    counts = mix(counts, r.series, (size_t)r.n_populations * r.n_windows * SERIES_FIELDS);
    printf("world %" PRIu64 " %016" PRIx64 " %" PRIu64 " %016" PRIx64 "\n", seed, r.digest,
           r.events, counts);
    record_free(&r);
    model_free(m);
}

int main(void)
{
    bool agree = true;
    for (uint64_t seed = 1; seed <= (stat_is_long() ? 400 : 40); seed++)
        agree = print_engine(seed) && agree;
    for (uint64_t seed = 1; seed <= (stat_is_long() ? 150 : 12); seed++)
        print_world(seed);
    return agree ? 0 : 1;
}
