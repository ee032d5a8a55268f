#include "results/metric.h"

#include "base/base.h"

struct fact {
    const char *name, *unit, *long_name;
    int direction;
};

static const struct fact facts[METRICS] = {
    [METRIC_AVAILABILITY] = {"availability", "1", "share of requests answered in time", +1},
    [METRIC_USER_UPTIME] = {"user_uptime", "1",
                            "share of users' time in which their latest request was answered in "
                            "time",
                            +1},
    [METRIC_DOWNTIME_MIN] = {"downtime_min", "min", "downtime in a run, weighted by demand", -1},
    [METRIC_DOWNTIME_MIN_PER_YEAR] = {"downtime_min_per_year", "min year-1",
                                      "downtime a year, weighted by demand", -1},
    [METRIC_P50_S] = {"latency_p50_s", "s", "median latency of answered requests", -1},
    [METRIC_P99_S] = {"latency_p99_s", "s", "99th percentile of the latency of answered requests",
                      -1},
    [METRIC_P999_S] = {"latency_p999_s", "s",
                       "99.9th percentile of the latency of answered requests", -1},
    [METRIC_STALE_READ_RATIO] = {"stale_read_ratio", "1",
                                 "share of reads that missed a newer write", -1},
    [METRIC_LOST_WRITES] = {"lost_writes", "1", "acknowledged writes lost in a run", -1},
    [METRIC_LOST_WRITES_PER_MILLION] = {"lost_writes_per_million", "1e-6",
                                        "acknowledged writes lost, per million", -1},
    [METRIC_UNREPLICATED_AT_FAULT] = {"unreplicated_at_fault", "1",
                                      "acknowledged writes that a failure found nowhere else", -1},
    [METRIC_ATTEMPTS_PER_REQUEST] = {"attempts_per_request", "1", "tries made for a request", -1},
    [METRIC_RPO_S] =
        {"rpo_s", "s",
         "age of the oldest acknowledged write that a failure found nowhere else, worst "
         "of a run",
         -1},
};

static const struct fact *fact_of(enum metric metric)
{
    REQUIRE((unsigned)metric < METRICS, "metric %d", (int)metric);
    return &facts[metric];
}

const char *metric_name(enum metric metric)
{
    return fact_of(metric)->name;
}

const char *metric_unit(enum metric metric)
{
    return fact_of(metric)->unit;
}

const char *metric_long_name(enum metric metric)
{
    return fact_of(metric)->long_name;
}

bool metric_is_share(enum metric metric)
{
    return metric == METRIC_AVAILABILITY || metric == METRIC_USER_UPTIME ||
           metric == METRIC_STALE_READ_RATIO;
}

int metric_direction(enum metric metric)
{
    return fact_of(metric)->direction;
}

const char *metric_verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICTS] = {"baseline", "better", "worse",
                                                "not_distinguishable", "not_compared"};
    REQUIRE((unsigned)verdict < VERDICTS, "verdict %d", (int)verdict);
    return names[verdict];
}
