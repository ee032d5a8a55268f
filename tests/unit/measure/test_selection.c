// Pins: constants of the procedure against published tables and Student's t; the best of designs
// with known means and common random numbers is found at the promised rate when the others are
// just as far away as is cared for; intervals against the best hold together; more replications are
// asked for when they are needed.
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "base/stream.h"
#include "measure/selection.h"
#include "support/stat.h"

enum { DESIGNS = 5, MOST = 4000 };

static double x[DESIGNS * MOST];

// Bechhofer and Dunnett, one-sided, correlation 1/2, 95 % (Dunnett 1955, table 1a; Bechhofer 1954
// divided by the square root of 2): two decimals.
Test(selection, constants)
{
    static const struct {
        size_t m;
        double degrees, g;
    } rows[] = {{1, 10, 1.81}, {2, 10, 2.15}, {4, 10, 2.47}, {9, 10, 2.81},  {2, 20, 2.03},
                {5, 20, 2.39}, {4, 60, 2.21}, {9, 60, 2.48}, {4, 1e5, 2.16}, {9, 1e5, 2.42}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        cr_expect_float_eq(selection_constant(rows[i].m, rows[i].degrees, 0.95), rows[i].g, 0.0051,
                           "%zu, %g: %g", rows[i].m, rows[i].degrees,
                           selection_constant(rows[i].m, rows[i].degrees, 0.95));
    cr_expect_float_eq(selection_constant(1, 7, 0.99), gsl_cdf_tdist_Pinv(0.99, 7), 1e-6);
}

static double normal(struct stream *s)
{
    return gsl_cdf_ugaussian_Pinv(stream_uniform(s));
}

// Design 2 has mean `by`, the others 0; a part of each replication is common to all.
static void fill(struct stream *s, size_t n, size_t from, size_t stride, double by)
{
    for (size_t j = from; j < n; j++) {
        const double common = 2 * normal(s);
        for (size_t i = 0; i < DESIGNS; i++)
            x[i * stride + j] = common + normal(s) + (i == 2 ? by : 0);
    }
}

// A first stage of 10, then as many as it asks for: the rest of the rows is drawn anew.
static bool finds_the_best(uint32_t run, double by)
{
    struct stream s = stream_open(1, run, "test", "selection");
    fill(&s, 10, 0, 10, by);
    const struct selection first = selection_of(&(struct selection_data){x, DESIGNS, 10, false},
                                                fabs(by), 0.95);
    static double kept[DESIGNS][10];
    cr_assert(first.needed >= 10 && first.needed <= MOST, "%zu", first.needed);
    for (size_t i = 0; i < DESIGNS; i++)
        for (size_t j = 0; j < 10; j++)
            kept[i][j] = x[i * 10 + j];
    fill(&s, first.needed, 10, first.needed, by);
    for (size_t i = 0; i < DESIGNS; i++)
        for (size_t j = 0; j < 10; j++)
            x[i * first.needed + j] = kept[i][j];
    return selection_of(&(struct selection_data){x, DESIGNS, first.needed, by < 0}, fabs(by), 0.95)
               .best == 2;
}

Test(selection, finds_the_best_as_often_as_promised)
{
    const uint32_t n = stat_is_long() ? 4000 : stat_runs(200);
    for (int sign = -1; sign <= 1; sign += 2) {
        uint32_t n_found = 0;
        for (uint32_t run = 0; run < n; run++)
            n_found += finds_the_best(run, sign * 0.4);
        const double share = (double)n_found / n, slack = 4 * sqrt(0.05 * 0.95 / n);
        fprintf(stderr, "best of five found in %.1f %% of %u\n", 100 * share, n);
        cr_expect(share >= 0.95 - slack && share < 0.99, "%g", share);
    }
}

Test(selection, intervals_hold_together)
{
    const uint32_t n = stat_is_long() ? 4000 : stat_runs(200);
    uint32_t n_covered = 0;
    for (uint32_t run = 0; run < n; run++) {
        struct stream s = stream_open(2, run, "test", "selection");
        struct estimate e[DESIGNS];
        fill(&s, 12, 0, 12, 0.7);
        selection_against_best(&(struct selection_data){x, DESIGNS, 12, false}, 0.95, e);
        bool all = true;
        for (size_t i = 0; i < DESIGNS; i++) {
            const double truth = i == 2 ? 0.7 : -0.7;
            all &= e[i].low <= truth && truth <= e[i].high;
        }
        n_covered += all;
    }
    const double share = (double)n_covered / n, slack = 4 * sqrt(0.05 * 0.95 / n);
    fprintf(stderr, "all five intervals hold in %.1f %% of %u\n", 100 * share, n);
    cr_expect(share >= 0.95 - slack, "%g", share);
}

Test(selection, asks_for_more)
{
    struct stream s = stream_open(3, 0, "test", "selection");
    fill(&s, 20, 0, 20, 1);
    const struct selection_data data = {x, DESIGNS, 20, false};
    const struct selection rough = selection_of(&data, 2, 0.95),
                           fine = selection_of(&data, 0.1, 0.95);
    cr_expect_eq(rough.needed, 20);
    cr_expect(fine.needed > 500 && fine.needed < 2000, "%zu", fine.needed);
    cr_expect_float_eq(fine.distance, rough.distance, 1e-12);
}
