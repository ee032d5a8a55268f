// Memory is that of a child process, at its peak: what the machine has to have. A figure for one
// thing is the difference of two children over the difference in number, so that all else cancels.
#include "memory.h"

#include <math.h>

#include "base/base.h"
#include "holdengine.h"
#include "model/world_state.h"
#include "play.h"
#include "probe.h"
#include "scaled.h"
#include "support/allocations.h"

static const char MEMORY_BARE[] = "tests/bench/designs/bare.yaml";
static const char MEMORY_CITY[] = "tests/bench/designs/one-city.yaml";
static const char MEMORY_TIER[] = "tests/bench/designs/one-tier.yaml";

// ---- probes

static uint64_t memory_run(struct scaled *scaled, double until_s)
{
    struct play play = {0};
    struct model *model = scaled_compile(scaled);
    play_open(&play, model, 0, 1);
    play_run(&play, until_s);
    uint64_t in_flight = play_in_flight(&play);
    play_close(&play);
    model_free(model);
    return in_flight;
}

double memory_probe_users(double length)
{
    struct scaled scaled;
    scaled_open(&scaled, &(struct scaled_conf){MEMORY_BARE, MEMORY_CITY, 100});
    scaled.scenario.workload->populations[0].clients = (int)length;
    memory_run(&scaled, 1);
    scaled_close(&scaled);
    return length;
}

double memory_probe_flight(double length)
{
    struct scaled scaled;
    scaled_open(&scaled, &(struct scaled_conf){MEMORY_BARE, MEMORY_CITY, 20e3});
    struct workload *w = scaled.scenario.workload;
    struct service_spec *s = &scaled.scenario.topologies[0].services[0];
    // Nobody waits for a server and nobody gives up.
    s->work = distribution_constant(length);
    s->servers_per_zone = 100000;
    w->classes[0].deadline_s = w->populations[0].client.attempt_timeout_s = 100;
    double in_flight = (double)memory_run(&scaled, 8);
    scaled_close(&scaled);
    return in_flight;
}

double memory_probe_writes(double length)
{
    struct scaled scaled;
    struct play play = {0};
    double n_writes = 0;
    scaled_open(&scaled, &(struct scaled_conf){MEMORY_TIER, "workloads/global-shop.yaml", 1e3});
    for (int i = 0; i < scaled.scenario.workload->n_classes; i++)
        scaled.scenario.workload->classes[i].is_write = true;
    scaled.scenario.topologies[0].stores[0].items = 100000000;
    scaled.scenario.topologies[0].stores[0].zipf = 0;
    struct model *model = scaled_compile(&scaled);
    play_open(&play, model, 0, 1);
    play_run(&play, length);
    for (int i = 0; i < model->stores[0].n_members; i++)
        n_writes += play.world->replicas[i].fates.n;
    play_close(&play);
    model_free(model);
    scaled_close(&scaled);
    return n_writes;
}

// ---- rows

struct memory_pair {
    const char *variant, *unit, *probe, *size;
    double less, more; // lengths
    double target;     // 0: none
};

static void memory_add_pair(struct harness *h, const struct memory_pair *p)
{
    struct probe_report a, b;
    harness_progress(h, "%s", p->variant);
    if (!probe_ask(p->probe, p->less, &a) || !probe_ask(p->probe, p->more, &b))
        return;
    double each = (b.peak_bytes - a.peak_bytes) / (b.operations - a.operations);
    harness_add(h, &(struct harness_row){
                       .variant = p->variant,
                       .size = p->size,
                       .unit = p->unit,
                       .rounds = 1,
                       .value = harness_exactly(each),
                       .target = {p->target > 0 ? GOAL_VALUE_MOST : GOAL_NONE, p->target}});
}

// PHOLD's operations are events executed; what is asked for is events pending.
static void memory_add_phold(struct harness *h)
{
    double less = h->is_quick ? 1.0 / 16 : 1, more = h->is_quick ? 1.0 / 8 : 10;
    struct probe_report a, b;
    harness_progress(h, "pending events");
    if (!probe_ask("phold-big", less, &a) || !probe_ask("phold-big", more, &b))
        return;
    const char *size = h->is_quick ? "128 Ki" : "10 Mi";
    harness_fact(h, "PHOLD, the whole process", size, b.peak_bytes / 0x1p20, "MiB");
    harness_fact(h, "PHOLD, a pending event", size,
                 (b.peak_bytes - a.peak_bytes) / ((more - less) * 0x1p20), "B/event");
}

// ---- allocations

static void memory_add_allocations(struct harness *h, const char *variant, const char *size,
                                   uint64_t n)
{
    harness_add(h, &(struct harness_row){.variant = variant,
                                         .size = size,
                                         .unit = "allocations",
                                         .rounds = 1,
                                         .value = harness_exactly((double)n),
                                         .target = {GOAL_VALUE_MOST, 0}});
}

static void memory_phold_allocations(struct harness *h, uint32_t n_cells)
{
    struct hop_load load;
    struct holdengine hold = {0};
    hop_open(&load, 1 << 14, 1);
    holdengine_open(&hold, &load, n_cells, 1);
    holdengine_run(&hold, 150 * HOP_MEAN);
    uint64_t before = allocations_count();
    REQUIRE(before > 0, "the program is not linked so that allocations are counted: %d", 0);
    holdengine_run(&hold, 200 * HOP_MEAN);
    memory_add_allocations(h,
                           n_cells == 1 ? "PHOLD, 1 cell, once warm" : "PHOLD, 16 cells, once warm",
                           "16 Ki", allocations_count() - before);
    holdengine_close(&hold);
    hop_close(&load);
}

static void memory_request_allocations(struct harness *h)
{
    double warm_s = h->is_quick ? 40 : 300;
    struct scaled scaled;
    struct play play = {0};
    scaled_open(&scaled, &(struct scaled_conf){"topologies/active-active.yaml",
                                               "workloads/global-shop.yaml", 1e3});
    struct model *model = scaled_compile(&scaled);
    play_open(&play, model, 0, 1);
    play_run(&play, warm_s);
    uint64_t before = allocations_count();
    play_run(&play, 1.5 * warm_s);
    memory_add_allocations(h, "requests, once warm", "1 kreq/s", allocations_count() - before);
    play_close(&play);
    model_free(model);
    scaled_close(&scaled);
}

void memory_bench(struct harness *h)
{
    const double n_users = h->is_quick ? 2e5 : 2e6;
    memory_add_phold(h);
    memory_add_pair(h, &(struct memory_pair){"an idle user", "B/user", "memory-users", "bare", 1e5,
                                             n_users, 0});
    memory_add_pair(h, &(struct memory_pair){"a request in flight", "B/request", "memory-flight",
                                             "bare", 1, h->is_quick ? 2 : 6, 0});
    // What became of it is a few bits (fates.h). Shorter runs are not warm, and growth is counted.
    memory_add_pair(h, &(struct memory_pair){"a write of 100 million items", "B/write",
                                             "memory-writes", "one tier", h->is_quick ? 10 : 60,
                                             h->is_quick ? 20 : 240, h->is_quick ? 0 : 4});
    memory_phold_allocations(h, 1);
    memory_phold_allocations(h, HOP_GROUPS);
    memory_request_allocations(h);
    harness_note(h,
                 "memory of a process: resident, at its peak; the engine's own count is in phold");
}
