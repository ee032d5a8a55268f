// Meter: a metric of a balancer, from which datapoints for an alarm are made.
//
// What real balancers do (Elastic Load Balancing user guide, "CloudWatch metrics for your
// Application Load Balancer"): they count answers by class of status, time their targets from the
// request sent on to the answer's beginning, and report once a period, but only what there is: no
// requests, no datapoint; no 5xx, no datapoint of their number; a balancer that is gone reports
// nothing. Modelled: all of that, for requests of users, services and health checkers; the share of
// errors, which needs metric math that health checks do not read, as a service would publish it
// itself. Targets are the pools of the region's zones. Left out: a region that is cut off reports
// late (here: never). Knobs: those of the alarm (alarm.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/simtime.h"
#include "base/stream.h"
#include "model/topology.h"

struct meter {
    uint8_t check;
    enum alarm_metric metric;
    enum alarm_statistic statistic;
    double period_s;
    uint32_t period;       // that is being metered
    struct stream delay;   // of datapoints
    uint64_t n, errors;    // answers in this period, or times
    double sum, low, high; // of times in seconds; of targets, the sum times seconds
    uint32_t targets;      // healthy ones
    simtime since;         // that many are
};

// All meters of a balancer.
struct meter_bank {
    uint32_t n;
    struct meter *meters;
    ARRAY(simtime) started; // [slot] when its request was forwarded
};

// A meter without its stream, when n_targets are healthy.
struct meter meter_open(uint8_t check, const struct alarm_spec *spec, uint32_t n_targets);
void meter_free(struct meter_bank *bank);
// The request in a slot goes to its target; is answered by it.
void meter_start(struct meter_bank *bank, uint32_t slot, simtime now);
void meter_stop(struct meter_bank *bank, uint32_t slot, simtime now);
// A request is answered, by whomever.
void meter_count(struct meter_bank *bank, bool is_error);
void meter_set_targets(struct meter_bank *bank, uint32_t n_healthy, simtime now);
// Ends a meter's period; false: there is nothing to report.
bool meter_close(struct meter *meter, simtime now, double *value);
