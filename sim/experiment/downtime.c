#include "experiment/downtime.h"

#include <math.h>

#include "base/base.h"
#include "base/distribution.h"
#include "measure/outages.h"

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

// Which populations are down, window after window.
struct watching {
    const struct record *record;
    const struct workload *workload;
    double demand_rps;
    bool *is_down; // [n_populations]
};

// Share of the demand that is down in a window.
static double share_down(const struct watching *w, size_t window)
{
    double down_rps = 0;
    for (int p = 0; p < w->workload->n_populations; ++p) {
        const uint64_t *fields = w->record->series +
                                 ((size_t)p * w->record->n_windows + window) * SERIES_FIELDS;
        if (requests_ended(fields) > 0) // without requests it is as it was
            w->is_down[p] = downtime_is_down(fields, w->workload);
        if (w->is_down[p])
            down_rps += workload_demand_rps(&w->workload->populations[p]);
    }
    return w->demand_rps > 0 ? down_rps / w->demand_rps : 0;
}

void downtime_outages(const struct record *record, const struct workload *workload,
                      downtime_list *outages)
{
    const int n = workload->n_populations;
    REQUIRE(record->n_populations == n, "%d populations, workload has %d", record->n_populations,
            n);
    struct watching w = {record, workload, 0, array_new(bool, (size_t)n)};
    double lasted_s = 0;
    for (int p = 0; p < n; ++p) {
        w.demand_rps += workload_demand_rps(&workload->populations[p]);
        w.is_down[p] = false;
    }
    for (size_t i = 0; i <= record->n_windows; ++i) {
        const double start = (double)i * workload->window_s;
        const double share = i < record->n_windows ? share_down(&w, i) : 0;
        const double window = fmax(fmin(workload->window_s, workload->duration_s - start), 0);
        if (share > 0 && start >= workload->warmup_s)
            lasted_s += share * window; // the last window may be cut short
        if (share > 0 || lasted_s <= 0)
            continue;
        array_push(outages, lasted_s);
        lasted_s = 0;
    }
    array_release(w.is_down);
}

double downtime_sum_s(const downtime_list *outages, size_t from)
{
    double sum = 0;
    for (size_t i = from; i < outages->n; ++i)
        sum += outages->items[i];
    return sum;
}

// ---- estimates

// Below it bounds rest on the outages, above on the spread of runs.
enum { FEW_OUTAGES = 30 };

bool downtime_bounds(const struct downtime_runs *runs, double level, struct estimate *minutes)
{
    const struct downtime_scale *s = &runs->scale;
    const bool is_random = s->basis == DOWNTIME_BY_TIME;
    const size_t n = runs->outages->n;
    if (runs->n == 0 || n >= FEW_OUTAGES || s->basis == DOWNTIME_NO_FAULTS || s->span_s <= 0 ||
        (n > 0 && !is_random))
        return false;
    if (is_random) {
        const double down_s = downtime_sum_s(runs->outages, 0);
        const double observed_s = fmax(s->span_s * runs->n, down_s); // but for rounding
        const struct outages o = {runs->outages->items, n, observed_s, s->longest_s};
        const struct estimate share = outages_share(&o, level);
        minutes->low = share.low * s->span_s / 60;
        minutes->high = share.high * s->span_s / 60;
    } else {
        minutes->low = 0;
        minutes->high = estimate_share(0, runs->n, level).high * s->longest_s / 60;
    }
    return true;
}

// ---- years

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

struct downtime_scale downtime_scale_of(const struct fault_plan *plan,
                                        const struct workload *workload)
{
    const double span_s = workload->duration_s - workload->warmup_s;
    double longest_s = (double)NAN;
    for (int f = 0; plan != NULL && f < plan->n_faults; ++f)
        longest_s = fmax(longest_s, distribution_mean(&plan->faults[f].duration));
    return (struct downtime_scale){.basis = downtime_basis_of(plan),
                                   .span_s = span_s,
                                   .longest_s = isnan(longest_s) ? longest_s
                                                                 : fmin(longest_s, span_s),
                                   .per_year = downtime_per_year(plan, workload)};
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
