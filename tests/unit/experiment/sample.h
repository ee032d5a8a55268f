// Made-up workloads and records for tests of the experiment: two populations, one class, four
// windows of a minute, the first of which is warm-up.
#pragma once

#include <stdlib.h>

#include "experiment/compare.h"
#include "model/record.h"

enum { SAMPLE_POPULATIONS = 2, SAMPLE_WINDOWS = 4, SAMPLE_STORES = 1 };

struct sample {
    struct population_spec populations[SAMPLE_POPULATIONS];
    struct workload workload;
    struct topology topologies[3];
    struct scenario scenario;
};

static inline void sample_init(struct sample *s, size_t n_topologies)
{
    *s = (struct sample){
        .populations = {{.name = "north", .rate_rps = 3}, {.name = "south", .rate_rps = 1}},
        .workload = {.name = "load",
                     .duration_s = 240,
                     .warmup_s = 60,
                     .window_s = 60,
                     .up_threshold = 0.9,
                     .n_classes = 1,
                     .n_populations = SAMPLE_POPULATIONS},
        .topologies = {{.name = "one"}, {.name = "two"}, {.name = "three"}},
    };
    s->workload.populations = s->populations;
    s->scenario.topologies = s->topologies;
    s->scenario.n_topologies = n_topologies;
    s->scenario.workload = &s->workload;
}

// Fills an empty record: of each population's `requests` in every window, `ok` are answered in
// time, the others time out; users are up a second for each of those, and down two for each of
// these. Latencies are ok a population, all of `latency_ns`.
static inline void sample_record(struct record *r, uint64_t requests, uint64_t ok,
                                 uint64_t latency_ns)
{
    *r = (struct record){.n_populations = SAMPLE_POPULATIONS,
                         .n_classes = 1,
                         .n_stores = SAMPLE_STORES,
                         .n_windows = SAMPLE_WINDOWS};
    r->outcomes = calloc(SAMPLE_POPULATIONS * OUTCOMES, sizeof *r->outcomes);
    r->attempts = calloc(SAMPLE_POPULATIONS, sizeof *r->attempts);
    r->latency = calloc(SAMPLE_POPULATIONS, sizeof *r->latency);
    r->series = calloc((size_t)SAMPLE_POPULATIONS * SAMPLE_WINDOWS * SERIES_FIELDS,
                       sizeof *r->series);
    r->user_time = calloc((size_t)SAMPLE_POPULATIONS * SAMPLE_WINDOWS * USERUPTIME_KINDS,
                          sizeof *r->user_time);
    r->stores = calloc(SAMPLE_STORES, sizeof *r->stores);
    for (int p = 0; p < SAMPLE_POPULATIONS; ++p) {
        r->outcomes[p * OUTCOMES + OUTCOME_OK] = ok * (SAMPLE_WINDOWS - 1);
        r->outcomes[p * OUTCOMES + OUTCOME_TIMEOUT] = (requests - ok) * (SAMPLE_WINDOWS - 1);
        r->attempts[p] = 2 * requests * (SAMPLE_WINDOWS - 1);
        histogram_init(&r->latency[p]);
        for (uint64_t i = 0; i < ok; ++i)
            histogram_add(&r->latency[p], latency_ns);
        for (int w = 0; w < SAMPLE_WINDOWS; ++w) {
            uint64_t *fields = r->series + (p * SAMPLE_WINDOWS + w) * SERIES_FIELDS;
            fields[OUTCOME_OK] = ok;
            fields[OUTCOME_TIMEOUT] = requests - ok;
            fields[SERIES_STARTED] = requests;
            uint64_t *us = r->user_time + (p * SAMPLE_WINDOWS + w) * USERUPTIME_KINDS;
            us[USERUPTIME_UP] = ok * SIMTIME_S / SIMTIME_US;
            us[USERUPTIME_DOWN] = 2 * (requests - ok) * SIMTIME_S / SIMTIME_US;
        }
    }
    r->started_all = r->ended_all = requests * SAMPLE_POPULATIONS * SAMPLE_WINDOWS;
    storerecord_init(&r->stores[0]);
}

// The fields of one window of one population.
static inline uint64_t *sample_window(struct record *r, int population, int window)
{
    return r->series + (population * SAMPLE_WINDOWS + window) * SERIES_FIELDS;
}
