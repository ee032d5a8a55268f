// The plan of an experiment: designs x replications under one workload, and the jobs that follow
// from it.
//
// Every design is run with the same seed and the same replication numbers, so that equal components
// meet equal random numbers in all of them: that is what makes paired differences sharp. A job is
// one replication of one design; job order is replication by replication, so that an interrupted
// look at the jobs done so far holds all designs evenly.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/world.h"
#include "scenario/scenario.h"

struct plan_conf {
    uint64_t seed;
    uint32_t n_replications; // >= 1
    double scale;            // see model_options
    struct tables *tables;   // the same
};

struct plan {
    struct plan_conf conf;
    size_t n_designs;
    struct model **models; // [n_designs], owned
    double demand_rps;     // requests a second of one run, mean over a day, thinned by the scale
};

// Compiles a model for each topology of the scenario, which must hold a workload and outlive the
// plan.
void plan_init(struct plan *plan, const struct scenario *scenario, const struct plan_conf *conf);
void plan_free(struct plan *plan);

size_t plan_jobs(const struct plan *plan);
size_t plan_design(const struct plan *plan, size_t job);
uint32_t plan_replication(const struct plan *plan, size_t job);
// Simulated seconds of all jobs together.
double plan_simulated_s(const struct plan *plan);
