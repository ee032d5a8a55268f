// Pins: the mean over replications and the worst of a fault's recovery points; ways that are
// cleared together agree again with the last of them, or never.
#include <criterion/criterion.h>
#include <math.h>

#include "experiment/recoverysummary.h"
#include "unit/experiment/sample.h"

static struct record records[3];
static struct design_result design = {.records = records};
static struct resultset set = {
    .n_replications = 3, .level = 0.95, .n_designs = 1, .designs = &design};

static void init(void)
{
    for (uint32_t r = 0; r < 3; ++r)
        records[r].replication = r;
}

static void expose(uint32_t r, uint32_t fault, uint64_t writes, double age_s)
{
    const struct exposure e = {.replication = r, .fault = fault, .writes = writes, .age_s = age_s};
    array_push(&design.exposures, e);
}

static void converge(uint32_t r, uint32_t from, double healed_s, double converged_s)
{
    const struct convergence c = {.replication = r,
                                  .from = from,
                                  .to = !from,
                                  .healed_s = healed_s,
                                  .converged_s = converged_s};
    array_push(&design.convergences, c);
}

Test(recoverysummary, recovery_points, .init = init)
{
    expose(0, 0, 2, 1);
    expose(0, 0, 4, 3);
    expose(1, 0, 9, 4);
    expose(2, 1, 100, 100);
    const struct recovery_summary s = recoverysummary_of(&set, 0, 0, 0);
    cr_expect_eq(s.n_failures, 3);
    cr_expect_float_eq(s.writes.value, 6, 1e-12); // of 3 and 9
    cr_expect_float_eq(s.age_s.value, 3, 1e-12);  // of 2 and 4
    cr_expect_eq(s.age_s.n, 2);
    cr_expect(s.age_s.low < 3 && s.age_s.high > 3);
    cr_expect_eq(s.most_writes, 9);
    cr_expect_eq(s.worst_age_s, 4);
    cr_expect_eq(s.n_healed, 0);
    cr_expect(isnan(s.worst_after_s) && isnan(s.converged_after_s.value));
    const struct recovery_summary other = recoverysummary_of(&set, 0, 1, 0);
    cr_expect_eq(other.n_failures, 0);
    cr_expect(isnan(other.worst_age_s));
}

Test(recoverysummary, ways_cleared_together, .init = init)
{
    converge(0, 0, 100, 101);
    converge(0, 1, 100, 104);
    converge(0, 0, 200, 202);
    converge(1, 0, 100, 106);
    converge(2, 0, 100, 101);
    converge(2, 1, 100, (double)NAN);
    const struct recovery_summary s = recoverysummary_of(&set, 0, 0, 0);
    cr_expect_eq(s.n_healed, 4);
    cr_expect_eq(s.n_never, 1);
    cr_expect_float_eq(s.converged_after_s.value, 4.5, 1e-12); // of (4 + 2) / 2 and 6
    cr_expect_eq(s.worst_after_s, 6);
}

// Two links are cut and mended together: each has its own ways, whatever their order.
Test(recoverysummary, ways_cleared_together_by_several_faults, .init = init)
{
    converge(0, 0, 100, 101);
    converge(0, 0, 100, 102);
    converge(0, 1, 100, 103);
    converge(0, 1, 100, 105);
    design.convergences.items[1].fault = design.convergences.items[3].fault = 1;
    for (uint32_t fault = 0; fault < 2; ++fault) {
        const struct recovery_summary s = recoverysummary_of(&set, 0, 0, fault);
        cr_expect_eq(s.n_healed, 1);
        cr_expect_eq(s.worst_after_s, fault == 0 ? 3 : 5);
        cr_expect_eq(recoverysummary_extent(&set, fault).n_ways, 2);
    }
    cr_expect_eq(recoverysummary_of(&set, 0, 0, 2).n_healed, 0);
}

static bool costs_nothing(uint32_t fault)
{
    const struct recovery_extent extent = recoverysummary_extent(&set, fault);
    return recoverysummary_is_none(&extent);
}

Test(recoverysummary, which_faults_cost_something, .init = init)
{
    expose(0, 2, 5, 1);
    expose(1, 2, 6, 1);
    converge(0, 0, 100, 101);
    cr_expect_not(costs_nothing(2));
    cr_expect_eq(recoverysummary_extent(&set, 2).writes, 11);
    cr_expect_eq(recoverysummary_extent(&set, 2).n_failures, 2);
    cr_expect_not(costs_nothing(0));
    cr_expect_eq(recoverysummary_extent(&set, 0).writes, 0);
    cr_expect(costs_nothing(1) && costs_nothing(EXPOSURE_NO_FAULT));
}
