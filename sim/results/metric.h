// The metrics of the decision table: one row a design.
#pragma once

#include <stdbool.h>

// Order is the order in the file.
enum metric {
    METRIC_AVAILABILITY, // share of requests answered in time
    METRIC_USER_UPTIME,  // share of users' time in which their latest request was answered in time
    METRIC_DOWNTIME_MIN, // minutes of the run in which a population was down, weighted by its
                         // demand
    METRIC_DOWNTIME_MIN_PER_YEAR,
    METRIC_P50_S, // latency of answered requests, all populations
    METRIC_P99_S,
    METRIC_P999_S,
    METRIC_STALE_READ_RATIO,
    METRIC_LOST_WRITES,             // overwritten + discarded, a run
    METRIC_LOST_WRITES_PER_MILLION, // of acknowledged writes
    METRIC_UNREPLICATED_AT_FAULT,   // writes that a failure found nowhere else, a run
    METRIC_ATTEMPTS_PER_REQUEST,
    METRIC_RPO_S, // worst recovery point of a run: age of the oldest write in danger when a store
                  // failed in a region
    METRICS,
};

// lower_snake_case, for files.
const char *metric_name(enum metric metric);
// UDUNITS symbol.
const char *metric_unit(enum metric metric);
// For people.
const char *metric_long_name(enum metric metric);
// Whether it is a share, from 0 to 1, that people read in percent.
bool metric_is_share(enum metric metric);
// +1: larger is better, -1: smaller is better.
int metric_direction(enum metric metric);

// How a design does in one metric against the first design of the comparison.
enum verdict {
    VERDICT_BASELINE,
    VERDICT_BETTER,
    VERDICT_WORSE,
    VERDICT_NOT_DISTINGUISHABLE,
    VERDICT_NOT_COMPARED, // one of both has no value
};
enum { VERDICTS = VERDICT_NOT_COMPARED + 1 };
// lower_snake_case, for files.
const char *metric_verdict_name(enum verdict verdict);
