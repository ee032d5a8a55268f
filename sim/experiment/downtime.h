// Downtime: how long users were without service, from the time series of a replication.
//
// A population is down in a window when fewer than workload.up_threshold of its requests in it were
// answered in time. A window without requests is what the population's last window with any was; at
// the beginning everybody is up. A run's downtime is the sum over populations of (time down) x
// (share of demand), so that one minute means "everybody for a minute" or "half of the demand for
// two". Windows before the end of the warm-up do not count.
#pragma once

#include "base/array.h"
#include "measure/estimate.h"
#include "model/record.h"
#include "model/workload.h"

// Whether the requests of a window, SERIES_FIELDS of them, say that their population was down; none
// does not.
bool downtime_is_down(const uint64_t *fields, const struct workload *workload);
// Outages: stretches of windows in each of which some population was down, as seconds of everybody.
typedef ARRAY(double) downtime_list;
// Appends those of a replication.
void downtime_outages(const struct record *record, const struct workload *workload,
                      downtime_list *outages);
// Seconds of those from the given one on: what a replication has appended is its downtime.
double downtime_sum_s(const downtime_list *outages, size_t from);

// How minutes of a run become minutes of a year.
enum downtime_basis {
    DOWNTIME_BY_TIME,     // all faults are random, at yearly rates: a year is so many runs long
    DOWNTIME_BY_INCIDENT, // the plan is one incident and says how often it happens
    DOWNTIME_NO_FAULTS,   // nothing to scale: without a fault plan
    DOWNTIME_NO_RATE, // a scheduled fault or action, and the plan does not say how often it happens
    DOWNTIME_MIXED,   // random and scheduled faults together cannot be told apart
};

enum downtime_basis downtime_basis_of(const struct fault_plan *plan);
// Minutes a year for a minute in a run; NaN when the basis gives none. A year has 365.25 days.
double downtime_per_year(const struct fault_plan *plan, const struct workload *workload);
// What minutes of runs are to be judged by.
struct downtime_scale {
    enum downtime_basis basis;
    double span_s;    // of a run, after the warm-up
    double longest_s; // that a fault of the plan lasts on average, at most the span; NaN: none
    double per_year;  // downtime_per_year
};
struct downtime_scale downtime_scale_of(const struct fault_plan *plan,
                                        const struct workload *workload);

// What the bounds of a mean rest on while outages are few.
struct downtime_runs {
    struct downtime_scale scale;
    uint32_t n;                   // runs
    const downtime_list *outages; // of all of them
};
// Replaces the bounds of the mean minutes of downtime in a run when outages are few: the spread of
// the runs then says little, and nothing when all of them went well. Bounds are those of outages.h
// when faults are random (which also holds for one run), else, when there was no outage, that of a
// share that was never seen, times the longest that the plan's faults last on average. False:
// leaves them.
bool downtime_bounds(const struct downtime_runs *runs, double level, struct estimate *minutes);
// One line for people: what minutes a year rest on, or why there are none.
const char *downtime_explain(enum downtime_basis basis);
