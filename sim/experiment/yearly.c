#include "experiment/yearly.h"

#include <math.h>

#include "base/base.h"
#include "base/stream.h"
#include "experiment/downtime.h"

static const double tolerance = 0.02; // of a year, by which runs may miss it

bool yearly_is_uneven(const struct resultset *set)
{
    const double runs = downtime_per_year(set->plan, set->workload);
    return downtime_basis_of(set->plan) == DOWNTIME_BY_TIME && runs > 0 &&
           !(runs >= 0.5 && fabs(runs - round(runs)) <= tolerance * runs);
}

// Runs or incidents of a year; 0: there is no saying.
static double number_of(const struct resultset *set)
{
    const double per_year = downtime_per_year(set->plan, set->workload);
    return per_year > 0 && !yearly_is_uneven(set) ? per_year : 0;
}

void yearly_finish(struct resultset *set, double objective_min)
{
    const double number = number_of(set);
    const bool is_poisson = downtime_basis_of(set->plan) == DOWNTIME_BY_INCIDENT;
    set->yearly_objective_min = number > 0 ? objective_min : (double)NAN;
    for (size_t d = 0; d < set->n_designs && number > 0; ++d) {
        struct design_result *design = &set->designs[d];
        const struct compound_data data = {.amount = design->values + (size_t)METRIC_DOWNTIME_MIN *
                                                                          set->n_replications,
                                           .n = set->n_replications,
                                           .number = number,
                                           .is_poisson = is_poisson};
        // The same for all designs: they are compared.
        struct stream draws = stream_open(set->seed, 0, "year", "bootstrap");
        compound_sum(&data, objective_min, set->level, &draws, &design->year);
    }
}
