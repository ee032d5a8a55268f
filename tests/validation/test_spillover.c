// Pins: shares of regions under a global balancer by closed forms: demand D on capacities C1, C2 of
// the nearest and the next gives C1/D and the rest while D <= C1 + C2, and capacities beyond; below
// capacity the nearest takes all but what chance makes of a period's count; failed requests of a
// dead region are those until it is known, its users moving with the next request; retries save
// them. Z4 over 32 runs, plus what the first periods, in which nobody knows of load, add.
#include <criterion/criterion.h>
#include <math.h>

#include "model/model.h"
#include "support/stat.h"
#include "support/tiny.h"

enum { RUNS = 32 };

static struct tiny t;

// Users at the first region, 200 requests a second; the second is next.
static struct global_balancer_spec *make(double first_rps, double second_rps)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 20);
    tiny_move(&t, 1, 0, 3000);
    tiny_move(&t, 0, 0, 0);
    t.populations[0].rate_rps = 200;
    t.populations[0].clients = 1000;
    t.workload.duration_s = stat_is_long() ? 20000 : 1000;
    t.workload.warmup_s = 20; // until the first shares are known
    t.topology.steering.root.records[0].capacity_rps = first_rps;
    t.topology.steering.root.records[1].capacity_rps = second_rps;
    return tiny_balance_globally(&t);
}

// The first region's share in each run.
static void first_shares(double share[RUNS])
{
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct record r;
        tiny_run_model(m, i, &r);
        share[i] = (double)r.served[0] / (double)(r.served[0] + r.served[1]);
        record_free(&r);
    }
    model_free(m);
}

// The share a period lets in comes from the count of an earlier one, N: C / N is more than C / E(N)
// by 1 / E(N) on average, hence `slack`.
static bool first_takes(const char *id, double expected, double slack)
{
    double share[RUNS];
    first_shares(share);
    return stat_mean_agrees(id, share, RUNS, expected, slack);
}

#define IN_A_PERIOD (200.0 * 5)

Test(spillover, below_capacity_the_nearest_takes_all)
{
    make(300, 300); // 1500 a period: 1000 expected, 16 standard deviations less
    cr_expect(first_takes("spillover.below", 1, 0));
}

Test(spillover, one_and_a_half_times_the_capacity)
{
    make(200.0 / 1.5, 1000);
    cr_expect(first_takes("spillover.waterfall", 2.0 / 3, 2.0 / 3 / IN_A_PERIOD));
}

Test(spillover, beyond_all_capacity_regions_share_by_it)
{
    make(100, 50); // 100 let in, 50 of the rest, and 50 by 2:1
    cr_expect(first_takes("spillover.full", (100 + 50 * 2.0 / 3) / 200, 2 / IN_A_PERIOD));
}

// A cookie changes who goes, not how many. Whole users go: a thousand of them, so that shares are
// known to one.
Test(spillover, cookies_do_not_overload)
{
    double share[RUNS];
    make(200.0 / 1.5, 1000)->affinity = AFFINITY_COOKIE;
    first_shares(share);
    cr_expect(
        stat_mean_agrees("spillover.cookies", share, RUNS, 2.0 / 3, 2.0 / 3 / IN_A_PERIOD + 1e-3));
}

// Users of three places, each at a region of its own: the first has room for 80 of its 200
// requests a second, the second for 150, 80 of which are its own, the third for all. The second's
// own are all served there; of the first's come 80 to the first, the 70 that are left to the
// second, the last 50 to the third.
Test(spillover, a_region_serves_its_own_first)
{
    static const double expected[] = {80 / 200.0, 70 / 200.0, 50 / 200.0};
    static double share[3][RUNS];
    make(80, 150);
    tiny_add_region(&t, "eu-west-1", 20);
    tiny_add_population(&t, "second")->rate_rps = 80;
    tiny_add_population(&t, "third")->rate_rps = 100;
    for (int r = 1; r < 3; r++)
        tiny_move(&t, r, r, 4000 * r - 1000);
    tiny_balance_globally(&t);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct record r;
        tiny_run_model(m, i, &r);
        for (int k = 0; k < 3; k++)
            share[k][i] = (double)r.served[k] / (double)(r.served[0] + r.served[1] + r.served[2]);
        cr_expect_eq(r.served[3] + r.served[5], 0, "the second's are served by the second");
        cr_expect_eq(r.served[6] + r.served[7], 0, "the third's by the third");
        record_free(&r);
    }
    model_free(m);
    for (int k = 0; k < 3; k++)
        cr_expect(stat_mean_agrees("spillover.own-first", share[k], RUNS, expected[k],
                                   expected[k] * 5 / IN_A_PERIOD));
}

// ---- a region that dies

// Failed requests while the first region errs, from 300 s on: its balancer notices by two probes
// that fail, `interval_s` apart, and the proxies react in 1 s.
static void failures(double failed[RUNS], double interval_s)
{
    t.topology.balancer.health.interval_s = interval_s;
    t.topology.balancer.health.unhealthy_threshold = 2;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE, f->object = "web", f->zone = "*", f->effect = FAULT_ERRORS;
    f->level = 1, f->at_s = 300, f->duration = distribution_constant(1e6);
    t.workload.duration_s = 400;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct record r;
        tiny_run_model(m, i, &r);
        failed[i] = (double)r.outcomes[OUTCOME_ERROR];
        record_free(&r);
    }
    model_free(m);
}

// The first failing probe comes within an interval, evenly, the second one later.
Test(spillover, requests_fail_until_the_failure_is_known_and_no_longer)
{
    double failed[RUNS];
    make(0, 0)->retries = 0;
    failures(failed, 10);
    cr_expect(stat_mean_agrees("spillover.gap", failed, RUNS, 200 * (5 + 10 + 1), 200 * 0.1));
}

Test(spillover, retries_save_the_requests_of_the_gap)
{
    double failed[RUNS];
    make(0, 0);
    failures(failed, 10);
    cr_expect_eq(stat_mean(failed, RUNS), 0);
}
