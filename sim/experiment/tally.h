// What one replication contributes to the metrics: a record boiled down to sums, and each metric's
// value in it.
#pragma once

#include <stdint.h>

#include "experiment/downtime.h"
#include "experiment/uptime.h"
#include "model/record.h"
#include "model/workload.h"
#include "results/resultset.h"

struct tally {
    uint64_t in_time, requests, attempts; // all populations and classes, after warm-up
    uint64_t reads, stale_reads, writes, lost_writes, unreplicated; // all stores
    struct uptime users;                                            // their time
    double downtime_min;
    double rpo_s; // worst age of a write that a failure put in danger; NaN: no store failed
    double p50_s, p99_s, p999_s; // all populations together; NaN when nothing was answered
};

// Stops the program when the record has lost a request: all that started must have ended or be in
// flight. Its outages are appended (downtime.h).
struct tally tally_of(const struct record *record, const struct workload *workload,
                      downtime_list *outages);
// The metric's value in this replication; NaN when there is nothing to say. `minutes_per_year` is
// downtime_per_year's.
double tally_metric(const struct tally *tally, enum metric metric, double minutes_per_year);

// Metrics that are ratios of counts; user-uptime of milliseconds, lost writes per million before
// the factor.
enum { TALLY_RATIOS = 5 };
extern const enum metric tally_ratios[TALLY_RATIOS];
struct tally_ratio {
    uint64_t part, whole;
};
// Any other metric is a bug.
struct tally_ratio tally_ratio(const struct tally *tally, enum metric metric);

// Requests of one population that were answered in time, and all of them.
uint64_t tally_in_time(const struct record *record, int population);
uint64_t tally_requests(const struct record *record, int population);
// Adds the latencies of a population's classes to *into.
void tally_latency(const struct record *record, int population, struct histogram *into);
