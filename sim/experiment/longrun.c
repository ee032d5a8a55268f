#include "experiment/longrun.h"

#include "base/array.h"

static size_t windows_of(const struct resultset *set)
{
    return set->designs[0].records[0].n_windows;
}

bool longrun_is_possible(const struct resultset *set)
{
    const bool is_calm = set->plan == NULL || set->plan->n_faults + set->plan->n_actions == 0;
    return set->n_replications == 1 && is_calm && windows_of(set) >= STEADY_LEAST;
}

// Mean over the answered requests of a window; a window without any repeats the one before.
static double mean_of(const struct record *record, size_t window, double before)
{
    uint64_t answered = 0, sum_us = 0;
    for (int p = 0; p < record->n_populations; ++p) {
        const uint64_t *fields = record->series +
                                 ((size_t)p * record->n_windows + window) * SERIES_FIELDS;
        answered += fields[OUTCOME_OK] + fields[OUTCOME_LATE];
        sum_us += fields[SERIES_LATENCY_US];
    }
    return answered > 0 ? (double)sum_us * 1e-6 / (double)answered : before;
}

struct steady longrun_latency(const struct resultset *set, size_t design)
{
    const struct record *record = &set->designs[design].records[0];
    const size_t n = record->n_windows;
    double *means = array_new(double, n);
    for (size_t i = 0; i < n; ++i)
        means[i] = mean_of(record, i, i > 0 ? means[i - 1] : 0);
    const struct steady s = steady_mean(means, n, set->level);
    array_release(means);
    return s;
}
