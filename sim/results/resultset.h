// Everything a results file holds, as filled by the experiment and written by resultfile.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "measure/compound.h"
#include "measure/estimate.h"
#include "model/record.h"
#include "model/topology.h"
#include "model/workload.h"
#include "results/exposure.h"
#include "results/failover.h"
#include "results/metric.h"

// Quantiles of latency that tables and files carry for each population.
enum { RESULT_QUANTILES = 6 };
extern const double result_quantiles[RESULT_QUANTILES]; // 0.5 0.9 0.95 0.99 0.999 0.9999

struct design_result {
    const struct topology *topology;
    struct record *records; // [n_replications], in order of replication
    struct estimate metrics[METRICS];
    // [METRICS][n_replications]: each metric in each replication, NaN where it has nothing to say.
    // May be NULL: the file then goes without.
    double *values;
    struct estimate *quantiles;    // [n_populations][RESULT_QUANTILES] seconds, answered requests
    struct estimate *availability; // [n_populations]
    // In the worst stretch of each length: [n_uptime_lengths][n_replications], and over these.
    double *worst_uptimes;
    struct estimate *worst_uptime;
    struct compound year;          // minutes of downtime in a year, and the chance of the objective
    failover_list failovers;       // in order of replication and start
    exposure_list exposures;       // in order of replication, store and time
    convergence_list convergences; // the same
    // Against the first design, paired by replication, with family-wise adjustment over the
    // designs.
    struct estimate differences[METRICS];
    double p_adjusted[METRICS];
    struct estimate pairing_gains[METRICS]; // estimate_pairing_gain
    enum verdict verdicts[METRICS];
};

struct resultset {
    const struct workload *workload;
    const struct fault_plan *plan; // may be NULL
    uint64_t seed;
    uint32_t n_replications;
    double level;                // of all intervals, e.g. 0.95
    double scale;                // 1, or the thinning factor: queueing not representative
    double yearly_objective_min; // of downtime; NaN: nothing is said of years
    size_t n_uptime_lengths;     // of stretches whose worst user-uptime is told
    double *uptime_length_s;     // [n_uptime_lengths]
    size_t n_designs;
    struct design_result *designs;
};
