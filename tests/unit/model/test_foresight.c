// Pins: notices of calm (two changes are a notice apart, and take effect one later); that foreseen
// probes do not hide load: an overloaded target fails its probes about as soon as when each of them
// waits in its queue; that they cost no events and touch no request. That working them out and
// sending them comes to the same: tests/determinism/test_probes.c.
#include <criterion/criterion.h>
#include <math.h>

#include "model/calm.h"
#include "support/tiny.h"

Test(calm, a_change_takes_effect_after_its_notice)
{
    struct calm c = {.notice = 10};
    cr_expect_not(calm_review(&c, false, 5), "no change");
    cr_expect(calm_review(&c, true, 20));
    cr_expect(calm_holds(&c.view, 0, 29));
    cr_expect_not(calm_holds(&c.view, 0, 30));
    cr_expect_not(calm_review(&c, false, 25), "too soon after the last");
    cr_expect(calm_review(&c, false, 30));
    cr_expect_not(calm_holds(&c.view, 39, 41));
    cr_expect(calm_holds(&c.view, 40, 41));
}

static struct tiny t;

static void make(double work_s, double rate_rps)
{
    tiny_init(&t);
    t.services[0].queue = 1000;
    t.services[0].work = tiny_exponential(work_s);
    t.topology.balancer.health.interval_s = 10;
    t.topology.balancer.health.response_timeout_s = 5;
    t.topology.balancer.health.unhealthy_threshold = 2;
    t.workload.duration_s = 600;
    t.populations[0].rate_rps = rate_rps;
}

static struct record run(enum probe_sending probes)
{
    struct record record;
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    cr_assert(world_run(
        m, &(struct world_run_conf){.seed = TINY_SEED, .n_threads = 1, .probes = probes}, &record));
    model_free(m);
    return record;
}

static double first_s(const struct record *r, enum journal_kind kind)
{
    for (size_t i = 0; i < r->journal.n; i++)
        if (r->journal.items[i].kind == kind)
            return simtime_to_seconds(r->journal.items[i].time);
    return HUGE_VAL;
}

// One server that takes a second, asked three times a second: after some seconds probes wait longer
// than their timeouts.
Test(foresight, overload_is_noticed)
{
    static const enum journal_kind kinds[] = {JOURNAL_TARGET_UNHEALTHY, JOURNAL_ENDPOINT_FAILED};
    struct record foreseen, ordinary;
    make(1, 3);
    tiny_check_health(&t, 3);
    foreseen = run(PROBES_FORESEEN);
    ordinary = run(PROBES_ORDINARY);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const double a = first_s(&foreseen, kinds[i]), b = first_s(&ordinary, kinds[i]);
        cr_expect(a < 120 && b < 120, "%g s, %g s", a, b);
        cr_expect_float_eq(a, b, 12, "%g s, %g s", a, b);
    }
    record_free(&foreseen);
    record_free(&ordinary);
}

// How long after one that is sent anyway a probe that is foreseen, if all is well, finds out.
static void expect_found(enum journal_kind kind, double before_s, double later_s)
{
    struct record foreseen = run(PROBES_FORESEEN), ordinary = run(PROBES_ORDINARY);
    const double a = first_s(&foreseen, kind), b = first_s(&ordinary, kind);
    cr_expect_lt(b, before_s, "%g s", b);
    cr_expect(fabs(a - b) <= later_s, "%g s, %g s", a, b);
    record_free(&foreseen);
    record_free(&ordinary);
}

// One user who asks again at once: a probe waits for up to 90 ms, and nobody else for any. A round
// trip to the target takes 40 ms.
static void make_steady(void)
{
    make(1, 1);
    t.services[0].work = distribution_constant(0.09);
    t.populations[0].demand.mode = DEMAND_CLOSED;
    t.topology.network.local_rtt_s = t.topology.network.zone_rtt_s = 0.04;
    t.topology.network.local_rtt_p99_s = t.topology.network.zone_rtt_p99_s = 0.041;
}

// Waits that are too short for strain may be too long for a probe.
Test(foresight, a_target_that_answers_too_late_by_a_short_wait)
{
    make_steady();
    t.topology.balancer.health.interval_s = 1;
    t.topology.balancer.health.response_timeout_s = 0.1;
    t.topology.balancer.health.unhealthy_threshold = 1;
    expect_found(JOURNAL_TARGET_UNHEALTHY, 300, 0);
}

Test(foresight, an_endpoint_that_answers_too_late_by_a_short_wait)
{
    static const double timeouts_s[] = {0.1, 0.15};
    for (size_t i = 0; i < sizeof timeouts_s / sizeof *timeouts_s; i++) {
        struct probe_spec *probe = &t.topology.steering.health.probe;
        make_steady();
        tiny_check_health(&t, 1);
        probe->interval_s = 1;
        probe->response_timeout_s = timeouts_s[i];
        probe->unhealthy_threshold = 1;
        t.topology.balancer.health.interval_s = 1e6; // these are foreseen as before
        expect_found(JOURNAL_ENDPOINT_FAILED, 300, 0);
    }
}

// The one request that it may have in flight hangs; the next, that is turned away, says so, and few
// come.
Test(foresight, a_target_that_is_full_for_long)
{
    make(0.01, 0.05);
    t.services[0].concurrency = 1;
    tiny_add_service(&t, "slow", distribution_constant(1000));
    tiny_add_call(&t, 0, 1, 0);
    t.topology.balancer.idle_timeout_s = 2000;
    expect_found(JOURNAL_TARGET_UNHEALTHY, 120, 60);
}

// Where callers cancel, those who wait are held: the first has waited long before it starts.
Test(foresight, who_is_held_strains_the_target_before_its_turn_comes)
{
    make(1, 3);
    t.services[0].work = distribution_constant(60);
    t.populations[0].client.cancels = true;
    t.topology.balancer.health.interval_s = 6;
    tiny_check_health(&t, 1);
    expect_found(JOURNAL_TARGET_UNHEALTHY, 30, 0);
}

Test(foresight, probes_of_the_calm_cost_nothing)
{
    make(0.01, 0.05);
    tiny_check_health(&t, 3);
    struct record foreseen = run(PROBES_FORESEEN), ordinary = run(PROBES_ORDINARY);
    cr_expect_lt(foreseen.events, ordinary.events / 2, "%lu of %lu", foreseen.events,
                 ordinary.events);
    cr_expect_eq(foreseen.journal.n, 0);
    record_free(&foreseen);
    record_free(&ordinary);
}

// With a probe in the queue before it a request would be late by a nanosecond at least.
Test(foresight, requests_do_not_meet_probes)
{
    make(0.01, 1);
    struct record without = run(PROBES_FORESEEN);
    tiny_check_health(&t, 3);
    struct record with = run(PROBES_FORESEEN);
    cr_expect_gt(with.outcomes[OUTCOME_OK], 500);
    cr_expect_eq(with.outcomes[OUTCOME_OK], without.outcomes[OUTCOME_OK]);
    cr_expect_eq(with.latency[0].sum, without.latency[0].sum);
    record_free(&with);
    record_free(&without);
}
