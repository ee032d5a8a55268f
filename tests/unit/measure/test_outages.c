// Pins: intervals of the share of time down cover it as often as they say for 2, 10 and 100
// expected outages in a run, with exponential, constant and widely varying durations; without any
// outage they are not empty. AASIM_LONG=1: the thousand runs of docs/statistics.md.
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "base/stream.h"
#include "measure/outages.h"
#include "support/stat.h"

enum { MOST = 1000 };
enum law { EXPONENTIAL, CONSTANT, HYPEREXPONENTIAL };

static double durations[MOST];

static double exponential(struct stream *s, double mean)
{
    return -mean * log(1 - stream_uniform(s));
}

// Mean 0.05; the third: of ten one is long, squared coefficient of variation 5.
static double duration(enum law law, struct stream *s)
{
    if (law == CONSTANT)
        return 0.05;
    if (law == EXPONENTIAL)
        return exponential(s, 0.05);
    return stream_uniform(s) < 0.1 ? exponential(s, 0.262) : exponential(s, 0.0264);
}

// A system that is up for a second on average, until `end`; the last outage may be cut off.
static struct outages observe(enum law law, double end, struct stream *s)
{
    struct outages o = {durations, 0, end, 0.05};
    for (double now = exponential(s, 1); now < end; now += exponential(s, 1)) {
        const double lasts = duration(law, s);
        durations[o.n++] = fmin(lasts, end - now);
        now += lasts;
    }
    return o;
}

static void cover(enum law law, double expected, double low, double high)
{
    static const char *const names[] = {"exponential", "constant", "hyperexponential"};
    const uint32_t n = stat_is_long() ? 1000 : stat_runs(400);
    const double truth = 0.05 / 1.05, slack = n >= 1000 ? 0 : 4 * sqrt(0.05 * 0.95 / n);
    uint32_t n_covered = 0;
    for (uint32_t run = 0; run < n; run++) {
        struct stream s = stream_open(1 + (uint64_t)law, run, "test", "outages");
        const struct outages o = observe(law, expected * 1.05, &s);
        const struct estimate e = outages_share(&o, 0.95);
        cr_expect(e.low <= e.value && e.value <= e.high && e.high > 0);
        n_covered += e.low <= truth && truth <= e.high;
    }
    const double share = (double)n_covered / n;
    fprintf(stderr, "%-16s %3g outages: %5.1f %% of %u covered\n", names[law], expected,
            100 * share, n);
    cr_expect(share >= low - slack && share <= high + slack, "%s, %g: %g", names[law], expected,
              share);
}

Test(outages, covers_exponential_durations)
{
    cover(EXPONENTIAL, 2, 0.93, 0.97);
    cover(EXPONENTIAL, 10, 0.93, 0.97);
    cover(EXPONENTIAL, 100, 0.93, 0.97);
}

// Constant durations vary less than is assumed: the interval is too long. Few long ones among many
// short ones are not always met: with ten outages it is too short.
Test(outages, covers_other_durations)
{
    cover(CONSTANT, 10, 0.97, 1);
    cover(CONSTANT, 100, 0.97, 1);
    cover(HYPEREXPONENTIAL, 10, 0.8, 0.97);
    cover(HYPEREXPONENTIAL, 100, 0.9, 0.97);
}

Test(outages, none_is_not_never)
{
    const struct outages none = {NULL, 0, 1e6, 600}, unknown = {NULL, 0, 1e6, (double)NAN};
    const struct estimate e = outages_share(&none, 0.95);
    cr_expect_eq(e.value, 0);
    cr_expect_eq(e.low, 0);
    cr_expect_float_eq(e.high, 2.9957 / 1e6 * 600, 1e-5); // the rule of three
    cr_expect(isnan(outages_share(&unknown, 0.95).high));
    cr_expect_float_eq(outages_rate(&none, 0.95).high, 2.9957e-6, 1e-9);
}

Test(outages, always_down)
{
    static const double all[] = {100};
    const struct outages o = {all, 1, 100, 5};
    const struct estimate e = outages_share(&o, 0.95);
    cr_expect(e.value == 1 && e.high == 1);
}
