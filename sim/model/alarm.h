// Alarm: the metric stream behind a health check of a CloudWatch alarm.
//
// What the real systems do (Route 53 Developer Guide, "Values that you specify when you create or
// update health checks"; CloudWatch user guide, "Alarm evaluation"): Route 53 reads the metric's
// datapoints, not the alarm's state: standard resolution only, Average, Minimum, Maximum or Sum, no
// "M of N", no metric math. Datapoints come a minute or more after the end of their period. The
// newest N of a somewhat longer range of periods count, so that late and missing ones do not
// matter; when the range holds none at all the data is insufficient, and the check says what it was
// told to say then. Modelled: datapoints by message, each with its own delay, in any order; the
// newest N that are known, or as many as there are; insufficient data. The range is N periods, two
// more, and as many as 99.9 % of the delays take: how far CloudWatch looks back is not documented.
// Left out: percentiles, anomaly bands, treatment of missing data as good or bad, alarms on
// anything but a balancer. Knobs: metric, statistic, comparison and limit, period, periods, delay,
// insufficient_data.
//
// How it is computed: two words with a bit a period, the newest period lowest.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/simtime.h"
#include "base/variate.h"
#include "model/topology.h"

enum { ALARM_MOST_PERIODS = 64 };

struct alarm_plan {
    simtime period;
    uint32_t periods, range; // that count; that are looked at
    enum alarm_comparison comparison;
    double limit;
    struct variate delay; // ns
};

struct alarm {
    int64_t latest;            // last period that is over; -1: none
    int64_t first;             // that counts at all
    uint64_t known, breaching; // bit set of periods, bit 0: latest
};

enum alarm_verdict {
    ALARM_SAYS_NOTHING, // it is too early to tell
    ALARM_LACKS_DATA,
    ALARM_SAYS_HEALTHY,
    ALARM_SAYS_UNHEALTHY,
};

struct alarm_plan alarm_compile(struct arena *arena, const struct alarm_spec *spec);
// Forgets everything: what counts begins with the period that `now` lies in.
void alarm_reset(const struct alarm_plan *plan, struct alarm *a, simtime now);
// Takes the datapoint of a period that is over.
void alarm_note(const struct alarm_plan *plan, struct alarm *a, simtime now, int64_t period,
                double value);
enum alarm_verdict alarm_judge(const struct alarm_plan *plan, struct alarm *a, simtime now);
