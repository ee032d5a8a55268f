// Pins: what an outage of Route 53's control plane does to users whose region fails meanwhile. The
// control plane is gone from 100 s to 400 s, the primary region refuses from 150 s on, an operator
// takes its record out at 160 s. With a health check users are back after detection, U(0, interval)
// + 2 intervals, and propagation, outage or not; without one they wait for the end of the outage
// and the change's time. Means of failed requests by Z4 over independent runs of a constant rate;
// the TTL is 0, what caches add is pinned by test_failover. AASIM_LONG=1: 10 times as many runs.
#include <criterion/criterion.h>

#include "base/base.h"
#include "support/stage.h"
#include "support/stat.h"

enum { RUNS_MOST = 1000 };
static double failed[RUNS_MOST], applied_s[RUNS_MOST];

static const double rate_rps = 20, interval_s = 10, propagation_s = 3;
static const double outage_s = 300, refusal_at_s = 150, outage_end_s = 400;

static void make(struct tiny *t, bool is_checked, bool has_outage)
{
    struct population_spec *p = &t->populations[0];
    tiny_init(t);
    tiny_add_region(t, "us-west-2", 10);
    tiny_check_health(t, 1);
    t->topology.steering.root.policy = STEERING_FAILOVER;
    t->topology.steering.root.ttl_s = 0;
    t->topology.steering.root.records[0].is_secondary = true; // us-west-2 is primary
    t->topology.steering.root.records[1].health_check = is_checked;
    t->topology.steering.health.probe.interval_s = interval_s;
    t->topology.steering.health.probe.interval_from_response = false;
    t->topology.steering.health.propagation_s = propagation_s;
    t->services[0].work = distribution_constant(1e-3);
    t->services[0].servers_per_zone = 100;
    p->clients = 1000;
    p->rate_rps = rate_rps;
    p->client.idle_timeout_s = 0;
    t->workload.duration_s = t->workload.window_s = 600;
    if (has_outage) {
        struct fault_spec *outage = tiny_add_fault(t);
        outage->effect = FAULT_CONTROL_PLANE;
        outage->at_s = outage_end_s - outage_s;
        outage->duration = distribution_constant(outage_s);
    }
    struct fault_spec *refusal = tiny_add_fault(t);
    refusal->target = FAULT_SERVICE;
    refusal->region = "us-west-2";
    refusal->at_s = refusal_at_s;
    refusal->duration = distribution_constant(1e6);
    struct action_spec *a = tiny_add_action(t, ACTION_RECORD, ACTION_TAKE_OUT, 160);
    a->target = "us-west-2";
    a->takes = (struct distribution){.kind = DISTRIBUTION_UNIFORM, .a = 10, .b = 50};
}

static size_t measure(bool is_checked, bool has_outage)
{
    static struct tiny t;
    size_t n = stat_is_long() ? RUNS_MOST : RUNS_MOST / 10;
    make(&t, is_checked, has_outage);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (size_t i = 0; i < n; i++) {
        struct record r;
        tiny_run_model(m, (uint32_t)i, &r);
        failed[i] = (double)r.outcomes[OUTCOME_ERROR];
        applied_s[i] = 0;
        for (size_t k = 0; k < r.journal.n; k++)
            if (r.journal.items[k].kind == JOURNAL_ACTION_APPLIED)
                applied_s[i] = simtime_to_seconds(r.journal.items[k].time);
        record_free(&r);
    }
    model_free(m);
    return n;
}

// Answers that are on their way when the name servers change, some 40 ms.
static const double slack = 1;

Test(control, an_operator_waits_for_the_control_plane)
{
    size_t n = measure(false, true);
    for (size_t i = 0; i < n; i++)
        cr_assert(applied_s[i] > outage_end_s, "applied at %g s", applied_s[i]);
    cr_expect(stat_mean_agrees("applied", applied_s, n, outage_end_s + 30, 0));
    cr_expect(stat_mean_agrees("failed, no health check", failed, n,
                               rate_rps * (outage_end_s + 30 - refusal_at_s), slack));
    n = measure(false, false);
    cr_expect(stat_mean_agrees("applied, no outage", applied_s, n, 160 + 30, 0));
}

Test(control, health_checks_do_not)
{
    double wait_s = interval_s / 2 + 2 * interval_s + propagation_s;
    size_t n = measure(true, true);
    for (size_t i = 0; i < n; i++)
        cr_assert(applied_s[i] > outage_end_s, "applied at %g s", applied_s[i]);
    cr_expect(stat_mean_agrees("failed, health check", failed, n, rate_rps * wait_s, slack));
}
