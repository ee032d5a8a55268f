#include "experiment/downtime.h"

#include <math.h>

#include "base/base.h"

static const double year_s = 365.25 * 86400;

static uint64_t requests_ended(const uint64_t *fields)
{
    uint64_t ended = 0;
    for (int o = 0; o < OUTCOMES; ++o)
        ended += fields[o];
    return ended;
}

bool downtime_is_down(const uint64_t *fields, const struct workload *w)
{
    return (double)fields[OUTCOME_OK] < w->up_threshold * (double)requests_ended(fields);
}

// Seconds of one population's windows that were down, after the warm-up; the last window may be cut
// short.
static double down_s(const struct record *record, const struct workload *w, int population)
{
    double sum = 0;
    bool is_down = false; // a window without requests leaves it as it is
    const uint64_t *series = record->series +
                             (size_t)population * record->n_windows * SERIES_FIELDS;
    for (size_t i = 0; i < record->n_windows; ++i) {
        double start = (double)i * w->window_s;
        const uint64_t *fields = series + i * SERIES_FIELDS;
        if (requests_ended(fields) > 0)
            is_down = downtime_is_down(fields, w);
        if (start >= w->warmup_s && is_down)
            sum += fmax(fmin(w->window_s, w->duration_s - start), 0);
    }
    return sum;
}

double downtime_minutes(const struct record *record, const struct workload *workload)
{
    REQUIRE(record->n_populations == workload->n_populations, "%d populations, workload has %d",
            record->n_populations, workload->n_populations);
    double demand = 0, weighted = 0;
    for (int p = 0; p < workload->n_populations; ++p) {
        double rate_rps = workload_demand_rps(&workload->populations[p]);
        demand += rate_rps;
        weighted += rate_rps * down_s(record, workload, p);
    }
    return demand > 0 ? weighted / demand / 60 : 0;
}

enum downtime_basis downtime_basis_of(const struct fault_plan *plan)
{
    if (plan == NULL || plan->n_faults + plan->n_actions == 0)
        return DOWNTIME_NO_FAULTS;
    int n_random = 0;
    for (int f = 0; f < plan->n_faults; ++f)
        n_random += plan->faults[f].is_random;
    if (n_random > 0)
        return n_random == plan->n_faults ? DOWNTIME_BY_TIME : DOWNTIME_MIXED;
    return plan->occurs_per_s > 0 ? DOWNTIME_BY_INCIDENT : DOWNTIME_NO_RATE;
}

double downtime_per_year(const struct fault_plan *plan, const struct workload *workload)
{
    switch (downtime_basis_of(plan)) {
    case DOWNTIME_BY_TIME:
        return year_s / (workload->duration_s - workload->warmup_s);
    case DOWNTIME_BY_INCIDENT:
        return plan->occurs_per_s * year_s;
    case DOWNTIME_NO_FAULTS:
    case DOWNTIME_NO_RATE:
    case DOWNTIME_MIXED:
        return (double)NAN;
    }
    return (double)NAN;
}

const char *downtime_explain(enum downtime_basis basis)
{
    switch (basis) {
    case DOWNTIME_BY_TIME:
        return "Downtime a year: minutes of the simulated time, scaled to 365.25 days.";
    case DOWNTIME_BY_INCIDENT:
        return "Downtime a year: minutes of this incident times how often a year the plan says it "
               "happens.";
    case DOWNTIME_NO_FAULTS:
        return "Downtime a year: n/a, because nothing fails without a fault plan.";
    case DOWNTIME_NO_RATE:
        return "Downtime a year: n/a, because the fault plan does not say how often this incident "
               "happens"
               " (key: occurs).";
    case DOWNTIME_MIXED:
        return "Downtime a year: n/a, because the fault plan mixes random and scheduled faults.";
    }
    return "";
}
