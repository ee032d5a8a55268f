// Pins: balancers end to end, users, name servers, nodes and servers included, against what Elastic
// Load Balancing documents or what follows from it: the worked example of cross-zone balancing
// (shares of targets, Z4 of binomial counts); how long a dead target is used and how long a
// recovered one is not, with the default health check (bounds, and means of uniform laws, Z4 over
// independent runs); the ramp of slow start; failing open below a minimum; connections that stay
// with a target behind a network balancer; one of five targets that errs under round robin and with
// anomaly mitigation; that a zonal shift empties a zone within the TTL and the connections' age.
// AASIM_LONG=1: ten times as many users or runs.
#include <criterion/criterion.h>
#include <math.h>

#include "support/stage.h"
#include "support/stat.h"

enum { RUNS_MOST = 4000, TARGETS_MOST = 16 };

static struct tiny t;
static struct stage s;
static uint64_t received[TARGETS_MOST]; // requests, not probes, since the last reset

static bool count_requests(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_POOL_REQUEST && !(payload_of(e, payload_request).flags & REQUEST_PROBE))
        received[x->model->lps[e->dst].index]++;
    return false;
}

// Ten servers a target, which are quick; each request on a connection of its own, the name resolved
// a few seconds before at most. The default health check of Application Load Balancers.
static struct balancer_spec *make(int zones, int targets, double rate_rps)
{
    tiny_init(&t);
    tiny_set_zones(&t, zones);
    struct service_spec *web = &t.services[0];
    web->work = distribution_constant(1e-3);
    web->targets_per_zone = targets;
    web->servers_per_zone = 10 * targets;
    struct population_spec *users = &t.populations[0];
    users->rate_rps = stat_is_long() ? 10 * rate_rps : rate_rps;
    users->clients = 1000;
    users->client.idle_timeout_s = 0;
    t.topology.steering.root.ttl_s = 5;
    t.topology.balancer.health = (struct probe_spec){.interval_s = 30,
                                                     .connect_timeout_s = 5,
                                                     .response_timeout_s = 5,
                                                     .unhealthy_threshold = 2,
                                                     .healthy_threshold = 5};
    t.workload.window_s = 10;
    memset(received, 0, sizeof received);
    return &t.topology.balancer;
}

static void open(double duration_s)
{
    t.workload.duration_s = duration_s;
    stage_open(&s, &t, 0);
    s.tap = count_requests;
}

static struct fault_spec *add_fault(enum fault_effect effect, int targets, double at_s,
                                    double lasts_s)
{
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->zone = ALL_ZONES;
    f->targets = targets;
    f->effect = effect;
    f->at_s = at_s;
    f->duration = distribution_constant(lasts_s);
    return f;
}

// Share of requests that started between two times and ended so.
static double share_of(enum outcome outcome, double from_s, double until_s)
{
    const uint64_t *series = s.world->populations[0].series;
    uint64_t started = 0, ended = 0;
    for (size_t w = (size_t)(from_s / 10); w < (size_t)(until_s / 10); w++) {
        started += series[w * SERIES_FIELDS + SERIES_STARTED];
        ended += series[w * SERIES_FIELDS + outcome];
    }
    return (double)ended / (double)started;
}

// ---- the worked example of the guide

// Two targets in zone a, eight in zone b, nodes in equal shares: 25 % each and 6.25 % each; with
// cross-zone balancing 10 % each.
Test(balancing, worked_example_of_cross_zone_balancing)
{
    for (int cross_zone = 0; cross_zone < 2; cross_zone++) {
        make(2, 8, 100)->cross_zone = cross_zone;
        t.services[0].targets_in_zone[0] = 2;
        open(300);
        stage_run(&s, 301);
        uint64_t all = 0;
        for (int i = 0; i < 10; i++)
            all += received[i];
        for (int i = 0; i < 10; i++)
            cr_expect(stat_share_agrees("share of a target", received[i], all,
                                        cross_zone ? 0.1
                                        : i < 2    ? 0.25
                                                   : 0.0625));
        stage_close(&s);
    }
}

// ---- health checks

static double changed_s(const struct stage *stage, enum journal_kind kind)
{
    const journal_list *j = &stage->world->journals[stage_lp(stage, LP_BALANCER, 0)];
    for (size_t i = 0; i < j->n; i++)
        if (j->items[i].kind == kind)
            return simtime_to_seconds(j->items[i].time);
    return (double)NAN;
}

static size_t n_runs(void)
{
    return stat_is_long() ? RUNS_MOST : RUNS_MOST / 10;
}

// A probe is sent up to 30 s after the fault, the second 30 s later, and is given up after 5 s:
// uniform in 35 to 65 s. Back after the first success, up to 30 s later, and four more: uniform in
// 120 to 150 s; what is timed from is the end of the fault.
Test(balancing, detection_and_recovery_at_the_defaults)
{
    static double lost[RUNS_MOST], back[RUNS_MOST];
    for (uint32_t run = 0; run < n_runs(); run++) {
        make(2, 1, 1e-12);
        struct fault_spec *f = tiny_add_fault(&t);
        f->target = FAULT_ZONE;
        f->zone = "b";
        f->at_s = 100;
        f->duration = distribution_constant(200);
        t.workload.duration_s = 1000;
        stage_open(&s, &t, run);
        stage_run(&s, 1000);
        lost[run] = changed_s(&s, JOURNAL_TARGET_UNHEALTHY) - 100;
        back[run] = changed_s(&s, JOURNAL_TARGET_HEALTHY) - 300;
        cr_assert(35 <= lost[run] && lost[run] <= 65.1, "%g s", lost[run]);
        cr_assert(120 <= back[run] && back[run] <= 150.1, "%g s", back[run]);
        stage_close(&s);
    }
    cr_expect(stat_mean_agrees("detection", lost, n_runs(), 50, 0.01));
    cr_expect(stat_mean_agrees("recovery", back, n_runs(), 135, 0.01));
}

// ---- slow start

// One of four targets comes back: its share of what the others get grows evenly over 300 s, so its
// share of all is f / (3 + f).
Test(balancing, slow_start)
{
    make(1, 4, 100)->slow_start_s = 300;
    add_fault(FAULT_DOWN, 1, 100, 100);
    open(900);
    stage_run(&s, 220);
    double healthy_s = 220;
    while (isnan(changed_s(&s, JOURNAL_TARGET_HEALTHY)))
        stage_run(&s, healthy_s += 1);
    for (int k = 0; k < 10; k++) {
        const double share = (30 * k + 15.5) / 300;
        memset(received, 0, sizeof received);
        stage_run(&s, healthy_s + 30 * (k + 1));
        const uint64_t all = received[0] + received[1] + received[2] + received[3];
        cr_expect_float_eq((double)received[0] / (double)all, share / (3 + share), 0.003,
                           "window %d: %lu of %lu", k, received[0], all);
    }
    memset(received, 0, sizeof received);
    stage_run(&s, healthy_s + 400);
    cr_expect_float_eq((double)received[0] / (double)received[1], 1, 0.01);
    stage_close(&s);
}

// ---- minima

// Eight of ten targets refuse. The two that are left could do it all; with a minimum of 50 % the
// balancer trusts its probes no more, and 80 % of the requests meet a target that refuses.
Test(balancing, fail_open_below_a_minimum)
{
    for (int has_minimum = 0; has_minimum < 2; has_minimum++) {
        make(1, 10, 50)->fail_open.share = has_minimum ? 0.5 : 0;
        add_fault(FAULT_DOWN, 8, 100, 1e6);
        open(500);
        stage_run(&s, 501);
        cr_expect_float_eq(share_of(OUTCOME_ERROR, 200, 500), has_minimum ? 0.8 : 0, 1e-3);
        stage_close(&s);
    }
}

// ---- connections

// Users who keep a connection behind a network balancer keep its target: when one of five errs,
// which its TCP probes do not notice, a fifth of the users has nothing else, as long as they stay.
// Behind an application balancer each request goes elsewhere.
Test(balancing, connections_stay_with_an_erring_target)
{
    for (int is_network = 0; is_network < 2; is_network++) {
        struct balancer_spec *b = make(1, 5, 200);
        b->kind = is_network ? BALANCER_NETWORK : BALANCER_APPLICATION;
        b->policy = is_network ? BALANCER_FLOW_HASH : BALANCER_ROUND_ROBIN;
        b->health.kind = PROBE_TCP;
        b->idle_timeout_s = 1e6;
        t.populations[0].client.idle_timeout_s = 1e6;
        t.populations[0].client.attempts = 2; // the second meets another target, or does not
        t.populations[0].clients = 400;
        add_fault(FAULT_ERRORS, 1, 100, 1e6)->level = 1;
        open(500);
        stage_run(&s, 501);
        const double share = share_of(OUTCOME_ERROR, 100, 500);
        // The share of 400 users with that target: binomial, 4 standard deviations.
        if (is_network)
            cr_expect_float_eq(share, 0.2, 4 * sqrt(0.2 * 0.8 / 400), "%g", share);
        else
            cr_expect_lt(share, 0.05, "%g", share);
        stage_close(&s);
    }
}

// ---- one of several errs

// One of five fails a fifth of its requests; its probes hardly ever fail in a row of ten. In turn,
// 4 % of all fail; with mitigation next to none once it is found.
Test(balancing, anomaly_mitigation)
{
    for (int mitigation = 0; mitigation < 2; mitigation++) {
        struct balancer_spec *b = make(1, 5, 200);
        b->policy = mitigation ? BALANCER_WEIGHTED_RANDOM : BALANCER_ROUND_ROBIN;
        b->anomaly_mitigation = mitigation;
        b->health.unhealthy_threshold = 10;
        add_fault(FAULT_ERRORS, 1, 100, 1e6)->level = 0.2;
        open(600);
        stage_run(&s, 601);
        const double share = share_of(OUTCOME_ERROR, 200, 600);
        if (mitigation)
            cr_expect_lt(share, 0.004, "%g", share);
        else
            cr_expect_float_eq(share, 0.04, 4 * sqrt(0.04 * 0.96 / (200 * 400)), "%g", share);
        stage_close(&s);
    }
}

// ---- zonal shift

// The zone's targets get nothing at once; its node is left by new connections within the TTL, and
// by all within the keep-alive.
Test(balancing, zonal_shift_empties_the_zone)
{
    make(3, 1, 100)->cross_zone = false;
    t.populations[0].client.idle_timeout_s = 1e6;
    t.topology.balancer.idle_timeout_s = 1e6;
    t.topology.balancer.keep_alive_s = 100;
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 300)->expires_s = 1000;
    open(600);
    stage_run(&s, 300);
    memset(received, 0, sizeof received);
    stage_run(&s, 350);
    cr_expect_gt(received[0], 100, "those who are connected stay");
    stage_run(&s, 406);
    memset(received, 0, sizeof received);
    stage_run(&s, 600);
    cr_expect_eq(received[0], 0);
    cr_expect_gt(received[1], 5000);
    stage_close(&s);
}
