// Pins: stages stop when every design is known well enough and not before, grow by a tenth at least
// and by as many again at most, wait for intervals that are missing; intervals made so cover the
// truth; a selection fixes its number at the first look. AASIM_LONG=1: a thousand runs.
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "base/stream.h"
#include "experiment/stopping.h"
#include "support/stat.h"

enum { DESIGNS = 2, MOST = 4096 };

static double values[DESIGNS][METRICS * MOST];
static struct design_result designs[DESIGNS];
static struct resultset set;

// Exponential times of mean 1 and 2, as the metric of n replications.
static void replicate(uint32_t n, uint32_t run)
{
    set = (struct resultset){
        .n_designs = DESIGNS, .n_replications = n, .level = 0.95, .designs = designs};
    for (size_t d = 0; d < DESIGNS; d++) {
        struct stream s = stream_open(1, run, d == 0 ? "one" : "two", "stopping");
        designs[d].values = values[d];
        double *x = values[d] + METRIC_DOWNTIME_MIN * n;
        for (uint32_t r = 0; r < n; r++)
            x[r] = -log(stream_uniform(&s)) * (double)(d + 1);
        designs[d].metrics[METRIC_DOWNTIME_MIN] = estimate_mean(x, n, set.level);
    }
}

Test(stopping, asks_for_what_is_missing)
{
    struct stopping s = {0};
    struct stopping_state state = {0};
    cr_expect_not(stopping_is_asked(&s));
    s.half_width[METRIC_DOWNTIME_MIN] = 0.2;
    cr_expect(stopping_is_asked(&s));
    replicate(40, 1);
    const double half = stopping_half_width(&set, METRIC_DOWNTIME_MIN);
    cr_expect_float_eq(half,
                       designs[1].metrics[METRIC_DOWNTIME_MIN].high -
                           designs[1].metrics[METRIC_DOWNTIME_MIN].value,
                       1e-12);
    cr_expect_eq(stopping_wanted(&s, &state, &set), 80, "as many again");
    s.half_width[METRIC_DOWNTIME_MIN] = half * 0.999;
    cr_expect_eq(stopping_wanted(&s, &state, &set), ceil(40 * pow(0.999 * 0.95, -2)));
    s.half_width[METRIC_DOWNTIME_MIN] = half;
    cr_expect_eq(stopping_wanted(&s, &state, &set), 40, "enough");
    replicate(1, 1);
    cr_expect_eq(stopping_wanted(&s, &state, &set), 2, "one has no interval");
}

Test(stopping, intervals_cover)
{
    const uint32_t runs = stat_is_long() ? 1000 : stat_runs(200);
    const struct stopping s = {.half_width = {[METRIC_DOWNTIME_MIN] = 0.3}};
    uint32_t n_covered = 0, total = 0;
    for (uint32_t run = 0; run < runs; run++) {
        struct stopping_state state = {0};
        uint32_t n = 20;
        for (uint32_t wanted = n; wanted <= MOST; n = wanted) {
            replicate(wanted, run);
            n = wanted;
            wanted = stopping_wanted(&s, &state, &set);
            if (wanted == n)
                break;
        }
        const struct estimate *e = &designs[1].metrics[METRIC_DOWNTIME_MIN];
        cr_expect_leq(e->high - e->value, 0.3);
        n_covered += e->low <= 2 && 2 <= e->high;
        total += n;
    }
    fprintf(stderr, "%.1f %% of %u covered, %.0f replications on average\n",
            100.0 * n_covered / runs, runs, (double)total / runs);
    cr_expect(stat_share_agrees_within("stopping", n_covered, runs, 0.95, 0.02));
}

Test(stopping, a_selection_is_looked_at_once)
{
    const struct stopping s = {.indifference = 0.5, .select = METRIC_DOWNTIME_MIN};
    struct stopping_state state = {0};
    struct selection found;
    replicate(20, 3);
    const uint32_t wanted = stopping_wanted(&s, &state, &set);
    cr_expect_gt(wanted, 20);
    cr_expect_eq(state.needed, wanted);
    replicate(wanted, 3);
    cr_expect_eq(stopping_wanted(&s, &state, &set), wanted);
    cr_assert(stopping_select(&s, &set, &found));
    cr_expect_eq(found.best, 0, "less downtime is better");
    values[1][METRIC_DOWNTIME_MIN * wanted] = (double)NAN;
    cr_expect_not(stopping_select(&s, &set, &found));
}
