// Pins: a year of incidents is a Poisson number of them, a year of random faults so many runs; what
// has no yearly scale says nothing; a single long run has an interval of its mean latency, and only
// one in which nothing fails.
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "experiment/longrun.h"
#include "experiment/yearly.h"
#include "unit/experiment/sample.h"

enum { RUNS = 10 };

static double values[METRICS * RUNS];
static struct design_result design = {.values = values};

static struct resultset set_of(struct sample *s, struct fault_plan *plan)
{
    for (size_t r = 0; r < RUNS; r++)
        values[METRIC_DOWNTIME_MIN * RUNS + r] = r < 2 ? 30 : 0;
    return (struct resultset){.workload = &s->workload,
                              .plan = plan,
                              .n_replications = RUNS,
                              .level = 0.95,
                              .n_designs = 1,
                              .designs = &design};
}

Test(yearly, follows_the_basis)
{
    struct sample s;
    struct fault_spec fault = {.is_random = false};
    struct fault_plan plan = {
        .faults = &fault, .n_faults = 1, .occurs_per_s = 3 / (365.25 * 86400)};
    sample_init(&s, 1);
    struct resultset set = set_of(&s, &plan);
    yearly_finish(&set, 45);
    cr_expect_float_eq(design.year.chance.value, gsl_cdf_poisson_P(1, 3 * 0.2), 1e-6);
    fault.is_random = true;
    s.workload.warmup_s = 0;
    s.workload.duration_s = 365.25 * 86400 / 4;
    set = set_of(&s, &plan);
    yearly_finish(&set, 45);
    cr_expect_float_eq(design.year.chance.value, gsl_cdf_binomial_P(1, 0.2, 4), 1e-6);
    cr_expect_eq(set.yearly_objective_min, 45);
    for (int uneven = 0; uneven < 2; uneven++) {
        s.workload.duration_s = 365.25 * 86400 / (uneven ? 1.3 : 1.01);
        yearly_finish(&set, 45);
        cr_expect_eq(isnan(set.yearly_objective_min), uneven);
        cr_expect_eq(yearly_is_uneven(&set), uneven);
    }
    s.workload.duration_s = 3 * 365.25 * 86400;
    yearly_finish(&set, 45);
    cr_expect(isnan(set.yearly_objective_min), "a run of three years says nothing of one");
    plan.n_faults = 0;
    yearly_finish(&set, 45);
    cr_expect(isnan(set.yearly_objective_min));
}
