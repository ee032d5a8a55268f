// Pins: to which fault of the plan a failure of a store, and a way that is clear again, are laid;
// replicas of one region are one row; what has not converged is NaN.
#include <criterion/criterion.h>
#include <math.h>

#include "experiment/exposures.h"
#include "unit/experiment/sample.h"

static struct sample s;
static struct record r;
static struct design_result design;
static struct store_spec store = {.name = "orders"};
static struct fault_spec faults[] = {
    {.name = "plane", .target = FAULT_REGION, .region = "east", .effect = FAULT_CONTROL_PLANE},
    {.name = "slow", .target = FAULT_STORE, .region = "east", .object = "*", .effect = FAULT_SLOW},
    {.name = "dark", .target = FAULT_REGION, .region = "east", .effect = FAULT_DOWN},
    {.name = "table",
     .target = FAULT_STORE,
     .region = "*",
     .object = "orders",
     .effect = FAULT_DOWN},
    {.name = "other",
     .target = FAULT_STORE,
     .region = "*",
     .object = "carts",
     .effect = FAULT_DOWN},
    {.name = "cut", .target = FAULT_LINK, .region = "west", .peer = "east", .effect = FAULT_DOWN},
    {.name = "away", .target = FAULT_LINK, .region = "west", .peer = "*", .effect = FAULT_LOSSY},
    {.name = "users",
     .target = FAULT_LINK,
     .region = "west",
     .peer = "north",
     .effect = FAULT_DOWN},
    {.name = "web", .target = FAULT_SERVICE, .region = "east", .object = "*", .effect = FAULT_DOWN},
    {.name = "cold",
     .target = FAULT_CACHE,
     .region = "east",
     .object = "orders",
     .effect = FAULT_DOWN},
    {.name = "alone",
     .target = FAULT_LINK,
     .region = "east",
     .peer = OTHER_REGIONS,
     .effect = FAULT_DOWN},
};
static struct fault_plan plan = {.faults = faults, .n_faults = sizeof faults / sizeof *faults};

enum { PLANE, SLOW, DARK, TABLE, OTHER, CUT, AWAY, USERS, WEB, COLD, ALONE };

static void init(void)
{
    sample_init(&s, 1);
    sample_record(&r, 100, 100, 1000);
    s.topologies[0].n_regions = 2;
    s.topologies[0].regions[0].name = "east";
    s.topologies[0].regions[1].name = "west";
    s.topologies[0].n_stores = 1;
    s.topologies[0].stores = &store;
    r.replication = 7;
    faults[AWAY].level = 1;
}

static void mark(double at_s, enum journal_kind kind, uint32_t fault)
{
    const struct journal_entry entry = {simtime_from_seconds(at_s), kind, "x", fault};
    array_push(&r.journal, entry);
}

static exposure_list exposures;
static convergence_list convergences;

static void collect(void)
{
    const struct resultset set = {.workload = &s.workload,
                                  .plan = &plan,
                                  .n_replications = 1,
                                  .n_designs = 1,
                                  .designs = &design};
    design = (struct design_result){.topology = &s.topologies[0], .records = &r};
    array_clear(&exposures);
    array_clear(&convergences);
    exposures_collect(&set, 0, &exposures, &convergences);
}

static void expose(double at_s, uint16_t region, uint64_t writes, double age_s)
{
    const struct exposure_record e = {simtime_from_seconds(at_s), writes,
                                      simtime_from_seconds(age_s), region};
    array_push(&r.stores[0].exposures, e);
}

// The fault that a failure of a region at 100 s is laid to, when these begin then.
static uint32_t fault_of(uint16_t region, uint32_t a, uint32_t b)
{
    array_clear(&r.journal);
    array_clear(&r.stores[0].exposures);
    mark(99, JOURNAL_FAULT_START, DARK);
    mark(100, JOURNAL_FAULT_END, DARK);
    mark(100, JOURNAL_FAULT_START, a);
    mark(100, JOURNAL_FAULT_START, b);
    mark(101, JOURNAL_FAULT_START, DARK);
    expose(100, region, 1, 1);
    collect();
    cr_assert_eq(exposures.n, 1);
    return exposures.items[0].fault;
}

Test(exposures, a_failure_is_laid_to_what_began_then_and_there, .init = init)
{
    cr_expect_eq(fault_of(0, PLANE, DARK), DARK);
    cr_expect_eq(fault_of(0, SLOW, TABLE), TABLE);
    cr_expect_eq(fault_of(1, DARK, TABLE), TABLE);
    cr_expect_eq(fault_of(1, DARK, OTHER), EXPOSURE_NO_FAULT);
    cr_expect_eq(fault_of(0, WEB, SLOW), EXPOSURE_NO_FAULT);
    cr_expect_eq(fault_of(0, COLD, DARK), DARK); // nor is a cache the store
    cr_expect_eq(fault_of(0, CUT, DARK), DARK);  // a link does not take a store down
}

// The fault that the way west > east, clear from 100 s on, is laid to.
static uint32_t fault_that_ended(uint32_t a)
{
    const struct convergence_record c = {100 * SIMTIME_S, 103 * SIMTIME_S, 1, 0};
    array_clear(&r.journal);
    array_clear(&r.stores[0].convergences);
    mark(100, JOURNAL_FAULT_START, DARK);
    mark(100, JOURNAL_FAULT_END, a);
    array_push(&r.stores[0].convergences, c);
    collect();
    cr_assert_eq(convergences.n, 1);
    return convergences.items[0].fault;
}

Test(exposures, a_way_is_cleared_by_what_ended_then, .init = init)
{
    cr_expect_eq(fault_that_ended(CUT), CUT);
    cr_expect_eq(fault_that_ended(AWAY), AWAY);
    cr_expect_eq(fault_that_ended(DARK), DARK);
    cr_expect_eq(fault_that_ended(ALONE), ALONE);
    cr_expect_eq(fault_that_ended(USERS), EXPOSURE_NO_FAULT);
    cr_expect_eq(fault_that_ended(COLD), EXPOSURE_NO_FAULT);
    faults[AWAY].level = 0.5; // some packets come through: it was not cut off
    cr_expect_eq(fault_that_ended(AWAY), EXPOSURE_NO_FAULT);
}

Test(exposures, replicas_of_a_region_are_put_together, .init = init)
{
    expose(100, 0, 2, 0.5);
    expose(100, 0, 3, 0.7);
    expose(100, 1, 1, 0.1);
    expose(200, 0, 4, 0.2);
    collect();
    cr_assert_eq(exposures.n, 3);
    cr_expect_eq(exposures.items[0].writes, 5);
    cr_expect_float_eq(exposures.items[0].age_s, 0.7, 1e-9);
    cr_expect_eq(exposures.items[0].replication, 7);
    cr_expect_eq(exposures.items[1].region, 1);
    cr_expect_float_eq(exposures.items[2].time_s, 200, 1e-9);
}

Test(exposures, a_region_has_converged_when_all_its_replicas_have, .init = init)
{
    const struct convergence_record list[] = {{100 * SIMTIME_S, 101 * SIMTIME_S, 0, 1},
                                              {100 * SIMTIME_S, SIMTIME_NEVER, 0, 1},
                                              {100 * SIMTIME_S, 103 * SIMTIME_S, 1, 0},
                                              {150 * SIMTIME_S, 151 * SIMTIME_S, 1, 0},
                                              {150 * SIMTIME_S, 152 * SIMTIME_S, 1, 0}};
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        array_push(&r.stores[0].convergences, list[i]);
    collect();
    cr_assert_eq(convergences.n, 3);
    cr_expect(isnan(convergences.items[0].converged_s));
    cr_expect_float_eq(convergences.items[1].converged_s, 103, 1e-9);
    cr_expect_float_eq(convergences.items[2].converged_s, 152, 1e-9);
}
