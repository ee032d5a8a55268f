// Pins: the value is the merged histograms' quantile, there is no interval from one replication,
// empty replications are left out, and the interval covers the true quantile about as often as it
// says when replications differ from each other.
#include <criterion/criterion.h>
#include <math.h>

#include "base/arena.h"
#include "base/distribution.h"
#include "base/variate.h"
#include "experiment/pooled.h"

static const double q[2] = {0.5, 0.99};

static void add(struct histogram *h, uint64_t from, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        histogram_add(h, from + i);
}

Test(pooled, value_is_that_of_all_together)
{
    struct pooled pooled;
    struct estimate out[2];
    pooled_init(&pooled, 3);
    add(&pooled.parts[0], 0, 50);
    add(&pooled.parts[1], 50, 100);
    add(&pooled.parts[2], 150, 50);
    pooled_quantiles(&pooled, q, 2, 0.95, out);
    cr_assert_float_eq(out[0].value, 100, 1.5);
    cr_assert_float_eq(out[1].value, 198, 1.5);
    cr_assert_eq(out[0].n, 3);
    cr_assert(out[0].low < out[0].value && out[0].value < out[0].high);
    pooled_clear(&pooled);
    pooled_quantiles(&pooled, q, 2, 0.95, out);
    cr_assert(isnan(out[0].value));
    pooled_free(&pooled);
}

Test(pooled, one_replication_has_no_interval)
{
    struct pooled pooled;
    struct estimate out[2];
    pooled_init(&pooled, 2);
    add(&pooled.parts[1], 0, 100); // the other was never answered
    pooled_quantiles(&pooled, q, 2, 0.95, out);
    cr_assert_float_eq(out[0].value, 50, 1.5);
    cr_assert(isnan(out[0].low) && isnan(out[0].high));
    pooled_free(&pooled);
}

Test(pooled, equal_replications_have_a_narrow_interval)
{
    struct pooled pooled;
    struct estimate out[2];
    pooled_init(&pooled, 8);
    for (int i = 0; i < 8; ++i)
        add(&pooled.parts[i], 0, 200);
    pooled_quantiles(&pooled, q, 2, 0.95, out);
    cr_assert(out[0].high - out[0].low < 1);
    pooled_free(&pooled);
}

// Exponential latencies; 400 sets of 10 replications of 300 values. The 95 % interval of the median
// should cover the true one in 95 % of the sets; 400 sets give 380 +- 4.4, so 360 to 395 is wider
// than four standard deviations.
Test(pooled, interval_covers_the_true_quantile)
{
    struct arena arena = {0};
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1};
    struct variate v = variate_compile(&arena, &d, 1e6);
    struct stream s = stream_open(7, 0, "coverage", "latency");
    struct pooled pooled;
    struct estimate out;
    double truth = 1e6 * log(2);
    int covered = 0;
    pooled_init(&pooled, 10);
    for (int set = 0; set < 400; ++set) {
        pooled_clear(&pooled);
        for (int r = 0; r < 10; ++r)
            for (int i = 0; i < 300; ++i)
                histogram_add(&pooled.parts[r], (uint64_t)variate_draw(&v, &s));
        pooled_quantiles(&pooled, q, 1, 0.95, &out);
        covered += out.low <= truth && truth <= out.high;
    }
    cr_assert(covered >= 360 && covered <= 395, "%d of 400 intervals cover", covered);
    pooled_free(&pooled);
    arena_free(&arena);
}
