#include "requests.h"

#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "play.h"
#include "probe.h"
#include "scaled.h"

// full: two regions, three services deep, health checks, DNS, retries, replication. tier: one
// service and one store call, the same features. bare: one region, one service, nothing else; its
// connections are opened once, which takes a longer warm-up.
struct requests_path {
    const char *name, *topology, *workload, *probe;
    double warmup_s;
    double target; // instructions a request
};

static const struct requests_path requests_full = {"shipped design",
                                                   "topologies/active-active.yaml",
                                                   "workloads/global-shop.yaml",
                                                   "requests-full",
                                                   SCALED_WARMUP_S,
                                                   2000};
static const struct requests_path requests_tier = {"one tier",
                                                   "tests/bench/designs/one-tier.yaml",
                                                   "workloads/global-shop.yaml",
                                                   "requests-tier",
                                                   SCALED_WARMUP_S,
                                                   2000};
static const struct requests_path requests_bare = {"bare",
                                                   "tests/bench/designs/bare.yaml",
                                                   "tests/bench/designs/one-city.yaml",
                                                   "requests-bare",
                                                   3 * SCALED_WARMUP_S,
                                                   1200};

struct requests_case {
    const struct requests_path *path;
    double rate_rps, length_s;
    double events_per_request;
};

// ns of CPU time a request.
static double requests_run(void *argument)
{
    struct requests_case *c = argument;
    struct scaled scaled;
    struct play play = {0};
    scaled_open(&scaled, &(struct scaled_conf){c->path->topology, c->path->workload, c->rate_rps});
    struct model *model = scaled_compile(&scaled);
    play_open(&play, model, 0, 1);
    play_run(&play, c->path->warmup_s);
    uint64_t requests = play_ended(&play), events = play_events(&play);
    double start = harness_cpu_seconds();
    play_run(&play, c->path->warmup_s + c->length_s);
    double seconds = harness_cpu_seconds() - start;
    double n = (double)(play_ended(&play) - requests);
    c->events_per_request = (double)(play_events(&play) - events) / n;
    REQUIRE(fabs(n / (c->rate_rps * c->length_s) - 1) < 0.2, "%g requests ended, %g expected", n,
            c->rate_rps * c->length_s);
    play_close(&play);
    model_free(model);
    scaled_close(&scaled);
    return seconds / n * 1e9;
}

// ---- probes

static double requests_probe(const struct requests_path *path, double length_s)
{
    struct scaled scaled;
    struct play play = {0};
    scaled_open(&scaled, &(struct scaled_conf){path->topology, path->workload, 10e3});
    struct model *model = scaled_compile(&scaled);
    play_open(&play, model, 0, 1);
    play_run(&play, path->warmup_s + length_s);
    double n = (double)play_ended(&play);
    play_close(&play);
    model_free(model);
    scaled_close(&scaled);
    return n;
}

double requests_probe_full(double length)
{
    return requests_probe(&requests_full, length);
}

double requests_probe_tier(double length)
{
    return requests_probe(&requests_tier, length);
}

double requests_probe_bare(double length)
{
    return requests_probe(&requests_bare, length);
}

// ---- the bench

static void requests_contest(struct harness *h, const struct requests_path *path,
                             struct requests_case *cases, size_t n, size_t rounds)
{
    struct harness_contender contenders[4];
    char sizes[4][32];
    for (size_t i = 0; i < n; i++) {
        snprintf(sizes[i], sizeof sizes[i], "%g kreq/s", cases[i].rate_rps / 1e3);
        cases[i].path = path;
        contenders[i] = (struct harness_contender){.variant = path->name,
                                                   .size = sizes[i],
                                                   .measure = requests_run,
                                                   .argument = &cases[i],
                                                   .is_reference = cases[i].rate_rps == 10e3};
        if (cases[i].rate_rps == 1000e3)
            contenders[i].target = (struct harness_target){GOAL_RATIO_MOST, 1.5};
    }
    harness_contest(h, &(struct harness_contest){.unit = "ns/request",
                                                 .is_cost = true,
                                                 .rounds = rounds,
                                                 .n = n,
                                                 .contenders = contenders});
    for (size_t i = 0; i < n; i++)
        harness_fact(h, path->name, sizes[i], cases[i].events_per_request, "events/request");
}

static void requests_instructions(struct harness *h, const struct requests_path *path)
{
    double instructions;
    harness_progress(h, "instructions, %s", path->name);
    if (!probe_instructions(path->probe, 0, h->is_quick ? 0.5 : 2, &instructions))
        return;
    harness_add(h, &(struct harness_row){.variant = path->name,
                                         .size = "10 kreq/s",
                                         .unit = "instr/request",
                                         .rounds = 1,
                                         .value = harness_exactly(instructions),
                                         .target = {GOAL_VALUE_MOST, path->target}});
}

void requests_bench(struct harness *h)
{
    struct requests_case scales[] = {{.rate_rps = 1e3, .length_s = 100},
                                     {.rate_rps = 10e3, .length_s = 10},
                                     {.rate_rps = 100e3, .length_s = 1.5}};
    // Apart, because the warm-up of the larger one takes so long.
    struct requests_case far[] = {{.rate_rps = 10e3, .length_s = 10},
                                  {.rate_rps = 1000e3, .length_s = 0.2}};
    struct requests_case tier = {.rate_rps = 10e3, .length_s = h->is_quick ? 1 : 10};
    struct requests_case bare = tier;
    struct requests_case quick[] = {{.rate_rps = 1e3, .length_s = 5},
                                    {.rate_rps = 10e3, .length_s = 1}};
    if (h->is_quick) {
        requests_contest(h, &requests_full, quick, ARRAY_LEN(quick), 2);
    } else {
        requests_contest(h, &requests_full, scales, ARRAY_LEN(scales), 3);
        requests_contest(h, &requests_full, far, ARRAY_LEN(far), 2);
    }
    requests_contest(h, &requests_tier, &tier, 1, h->is_quick ? 1 : 3);
    requests_contest(h, &requests_bare, &bare, 1, h->is_quick ? 1 : 3);
    if (!probe_can_count())
        harness_note(h, "no instructions: valgrind is not installed");
    else if (!h->is_quick) {
        requests_instructions(h, &requests_full);
        requests_instructions(h, &requests_tier);
        requests_instructions(h, &requests_bare);
    }
    harness_note(h, "CPU time of one thread; set-up and warm-up are not in it");
    harness_note(h,
                 "shipped design: topologies/active-active.yaml with workloads/global-shop.yaml");
    harness_note(h, "one tier, bare: tests/bench/designs");
}
