// Pins: a target changes state after as many consecutive contrary verdicts as its threshold says,
// no sooner, and a single verdict in its favour starts the count anew.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/probe.h"

static bool feed(struct probe_state *p, const struct probe_spec *spec, const char *verdicts)
{
    bool changed = false;
    for (; *verdicts != 0; verdicts++)
        changed = probe_verdict(p, spec, *verdicts == '+');
    return changed;
}

Test(probe, thresholds)
{
    struct probe_spec spec = {.unhealthy_threshold = 3, .healthy_threshold = 2};
    struct probe_state p = {.is_healthy = true};
    cr_expect_not(feed(&p, &spec, "++--+--"));
    cr_expect(p.is_healthy);
    cr_expect(feed(&p, &spec, "-"));
    cr_expect_not(p.is_healthy);
    cr_expect_not(feed(&p, &spec, "-+-+"));
    cr_expect_not(p.is_healthy);
    cr_expect(feed(&p, &spec, "+"));
    cr_expect(p.is_healthy);
}

// Against a scan of the last verdicts.
Test(probe, random_verdicts)
{
    struct stream random = stream_open(1, 0, "test", "probe");
    for (int threshold = 1; threshold <= 5; threshold++) {
        struct probe_spec spec = {.unhealthy_threshold = threshold, .healthy_threshold = threshold};
        struct probe_state p = {.is_healthy = true};
        bool healthy = true;
        int run = 0;
        for (int i = 0; i < 2000; i++) {
            bool verdict = stream_below(&random, 2) == 0;
            run = verdict == healthy ? 0 : run + 1;
            bool change = run == threshold;
            if (change)
                healthy = verdict, run = 0;
            cr_assert_eq(probe_verdict(&p, &spec, verdict), change);
            cr_assert_eq(p.is_healthy, healthy);
        }
    }
}
