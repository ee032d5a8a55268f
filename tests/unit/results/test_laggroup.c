// Pins: series of replication against the record they come from; gaps where nothing was applied;
// long runs are put together in steps so that a variable stays within its bound, and sums are
// kept.
#include <criterion/criterion.h>

#include "results/laggroup.h"
#include "results/resultfile.h"
#include "scratch.h"
#include "synthetic.h"

enum { DESIGNS = 3, PAIRS = 2 + 6, STEPS = 180 };

static double *numbers(const char *path, const char *dataset, size_t expected)
{
    struct status status = {0};
    size_t n;
    double *values = resultfile_numbers(path, dataset, &n, &status);
    cr_assert_not_null(values, "%s", status.text);
    cr_assert_eq(n, expected, "%s: %zu values", dataset, n);
    return values;
}

static void write_plain(const struct scratch *s, struct synthetic *synthetic)
{
    struct status status = {0};
    *synthetic = synthetic_make(&synthetic_plain);
    cr_assert(resultfile_write(s->path, &synthetic->set, &status), "%s", status.text);
}

// The second design has both stores in two regions, the third one of them in three: eight pairs of
// regions. orders: us-east-1 > eu-west-1 comes first.
Test(laggroup, series_follow_the_record)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic;
    write_plain(&s, &synthetic);
    const size_t n = DESIGNS * PAIRS * STEPS, row = PAIRS * STEPS;
    double *applied = numbers(s.path, "/replication/applied", n);
    double *lag = numbers(s.path, "/replication/mean_lag_mean", n);
    double *most = numbers(s.path, "/replication/most_lag_p95", n);
    double *backlog = numbers(s.path, "/replication/backlog_p05", n);
    cr_expect_gt(applied[0], 1e18); // a design of one region: fill value
    cr_expect(isnan(lag[0]));
    const size_t first = row, cut = first + 60;
    cr_expect_eq(applied[first], 4 * 20);
    cr_expect_float_eq(lag[first], 0.5, 1e-6);
    cr_expect_float_eq(most[first], 1, 1e-6);
    cr_expect_eq(backlog[first], 0);
    for (size_t k = 0; k < 6; k++) {
        cr_expect_eq(applied[cut + k], 0);
        cr_expect(isnan(lag[cut + k]));
        cr_expect_eq(backlog[cut + k], 20 * ((double)k + 1));
    }
    cr_expect_eq(applied[cut + 6], 4 * 140);
    cr_expect_float_eq(lag[cut + 6], 30.5, 1e-4);
    cr_expect_float_eq(most[cut + 6], 61, 1e-4);
    cr_expect_eq(backlog[cut + 6], 0);
    double *all[] = {applied, lag, most, backlog};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(laggroup, no_backlog_of_what_is_not_asynchronous)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    struct synthetic synthetic = synthetic_make(&synthetic_plain);
    ((struct store_spec *)synthetic.set.designs[1].topology->stores)->mode = STORE_QUORUM;
    cr_assert(resultfile_write(s.path, &synthetic.set, &status), "%s", status.text);
    const size_t n = DESIGNS * PAIRS * STEPS;
    double *lag = numbers(s.path, "/replication/mean_lag_mean", n);
    double *backlog = numbers(s.path, "/replication/backlog_mean", n);
    cr_expect_not(isnan(lag[PAIRS * STEPS]));
    cr_expect(isnan(backlog[PAIRS * STEPS]));
    free(lag);
    free(backlog);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(laggroup, several_replicas_of_a_region_are_all_waited_for)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    struct synthetic synthetic = synthetic_make(&synthetic_plain);
    ((struct store_spec *)synthetic.set.designs[1].topology->stores)->replicas_per_region = 2;
    cr_assert(resultfile_write(s.path, &synthetic.set, &status), "%s", status.text);
    // Two more pairs: within each region.
    double *backlog = numbers(s.path, "/replication/backlog_mean", DESIGNS * (PAIRS + 2) * STEPS);
    const double *row = backlog + (PAIRS + 2) * STEPS;
    cr_expect_eq(row[0], 20);         // within us-east-1: one other replica, nothing applied there
    cr_expect_eq(row[STEPS], 20);     // us-east-1 > eu-west-1: one of two has applied it
    cr_expect_eq(row[STEPS + 1], 40); // and so on
    free(backlog);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(laggroup, long_runs_are_put_together)
{
    cr_expect_eq(laggroup_windows_a_step(0, 0), 1);
    cr_expect_eq(laggroup_windows_a_step(0, 1000), 1);
    cr_expect_eq(laggroup_windows_a_step(4, LAGGROUP_MOST_CELLS / 4), 1);
    cr_expect_eq(laggroup_windows_a_step(4, LAGGROUP_MOST_CELLS / 4 + 1), 2);
    cr_expect_eq(laggroup_windows_a_step(2 * LAGGROUP_MOST_CELLS, 7), 7);
    for (size_t rows = 1; rows < 1000; rows += 37)
        for (size_t windows = 1; windows < 1000000; windows = windows * 3 + 1) {
            const size_t step = laggroup_windows_a_step(rows, windows);
            cr_expect_leq((windows + step - 1) / step * rows, LAGGROUP_MOST_CELLS);
        }
}

// So many windows that two and more are one step: nothing gets lost, and the backlog is that at the
// end of the step.
Test(laggroup, steps_keep_sums)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    struct synthetic_conf conf = synthetic_plain;
    conf.n_designs = 3;
    conf.n_replications = 1;
    conf.n_windows = 45000;
    conf.rate_rps = 0.1;
    struct synthetic synthetic = synthetic_make(&conf);
    cr_assert(resultfile_write(s.path, &synthetic.set, &status), "%s", status.text);
    const size_t step = laggroup_windows_a_step(DESIGNS * PAIRS, conf.n_windows);
    const size_t steps = (conf.n_windows + step - 1) / step;
    cr_assert_gt(step, 1);
    double *applied = numbers(s.path, "/replication/applied", DESIGNS * PAIRS * steps);
    double *backlog = numbers(s.path, "/replication/backlog_mean", DESIGNS * PAIRS * steps);
    double sum = 0;
    for (size_t i = 0; i < steps; i++)
        sum += applied[PAIRS * steps + i];
    cr_expect_eq(sum, 20.0 * (double)conf.n_windows);
    cr_expect_eq(backlog[(PAIRS + 1) * steps - 1], 0);
    free(applied);
    free(backlog);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}
