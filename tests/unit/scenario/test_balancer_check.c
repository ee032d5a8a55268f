// Pins: keys of balancers and of targets arrive in the specs, with the defaults of what they hang
// on. Mistakes are in test_balancer_mistakes.c.
#include "base/base.h"
#include "files.h"

static struct files files;

static void tidy(void)
{
    files_free(&files);
}

static const struct topology *load(const char *const *sets, size_t n)
{
    files_load(&files, NULL, sets, n);
    diag_print(&files.diags, stderr, false);
    cr_assert(files.is_good);
    return files.scenario.topologies;
}

// ---- targets

Test(balancer_check, zones_have_a_single_target_unless_stated, .fini = tidy)
{
    const struct topology *t = load(NULL, 0);
    for (int z = 0; z < 3; z++)
        cr_expect_eq(service_targets(&t->services[0], z), 1);
}

Test(balancer_check, targets_by_zone, .fini = tidy)
{
    const char *const sets[] = {"services.web.servers_per_zone=8",
                                "services.web.targets_per_zone=8",
                                "services.web.targets_in_zone={a: 2, c: 12}"};
    const struct topology *t = load(sets, ARRAY_LEN(sets));
    static const int expected[] = {2, 8, 12, 8};
    for (int z = 0; z < 4; z++)
        cr_expect_eq(service_targets(&t->services[0], z), expected[z]);
    cr_expect_eq(service_targets(&t->services[1], 0), 1);
}

// ---- faults of some targets

Test(balancer_check, faults_of_targets, .fini = tidy)
{
    const char *texts[FILES_KINDS] = {
        NULL, NULL,
        "title: x\nfaults:\n"
        "  f: {target: service, service: web, region: every, effect: down, at: 1 s, lasts: 1 h}\n"
        "  g: {target: service, service: web, region: every, zone: b, targets: 1, effect: down, "
        "at: 1 s, lasts: 1 h}\n"};
    files_load(&files, texts, NULL, 0);
    cr_assert(files.is_good);
    const struct fault_spec *f = files.scenario.faults->faults;
    cr_expect_str_eq(f[0].zone, ALL_ZONES);
    cr_expect_eq(f[0].targets, 0);
    cr_expect_str_eq(f[1].zone, "b");
    cr_expect_eq(f[1].targets, 1);
}

// ---- balancers

Test(balancer_check, an_application_balancer_unless_stated, .fini = tidy)
{
    const struct topology *t = load(NULL, 0);
    const struct balancer_spec *b = topology_balancer(t, t->entry);
    cr_expect_eq(b, &t->balancer);
    cr_expect_eq(b->kind, BALANCER_APPLICATION);
    cr_expect_eq(b->policy, BALANCER_ROUND_ROBIN);
    cr_expect(b->cross_zone);
    cr_expect_eq(b->idle_timeout_s, 60);
    cr_expect_eq(b->keep_alive_s, 3600);
    cr_expect_eq(b->health.kind, PROBE_HTTP);
    cr_expect_eq(b->health.response_timeout_s, 5);
}

Test(balancer_check, defaults_follow_the_kind, .fini = tidy)
{
    const char *const used[] = {"balancers={front: {kind: network}}",
                                "services.web.balancer=front"};
    const struct topology *t = load(used, ARRAY_LEN(used));
    const struct balancer_spec *b = topology_balancer(t, 0);
    cr_expect_str_eq(b->name, "front");
    cr_expect_eq(b->policy, BALANCER_FLOW_HASH);
    cr_expect_not(b->cross_zone);
    cr_expect_eq(b->idle_timeout_s, 350);
    cr_expect_eq(b->health.kind, PROBE_TCP);
    cr_expect_eq(b->health.response_timeout_s, 10);
    cr_expect_lt(distribution_quantile(&b->overhead, 0.5), 1e-3);
    cr_expect_eq(topology_balancer(t, 1), &t->balancer);
    tidy();
    const char *const http[] = {"balancer={kind: network, health_check: {kind: http}}"};
    t = load(http, ARRAY_LEN(http));
    cr_expect_eq(t->balancer.health.response_timeout_s, 6);
}

Test(balancer_check, anomalies_take_three_targets, .fini = tidy)
{
    const char *const sets[] = {"balancer={policy: weighted-random, anomaly_mitigation: true}",
                                "regions.us-east-1.zones=2", "regions.eu-west-1.zones=2"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    cr_assert_eq(diag_errors(&files.diags), 1);
    cr_expect_not_null(strstr(files.diags.items.items[0].message, "no region has three targets"));
    tidy();
    cr_expect(load(sets, 1)->balancer.anomaly_mitigation);
}

// ---- zones and targets in plans

Test(balancer_check, actions_on_balancers, .fini = tidy)
{
    const char *texts[FILES_KINDS] = {
        NULL, NULL,
        "title: x\nactions:\n"
        "  a: {kind: zonal-shift, region: us-east-1, service: every, zone: b, change: start, at: 1 "
        "min, expires: 3 h}\n"
        "  b: {kind: targets, region: every, service: web, targets: 1, change: deregister, at: 2 "
        "min}\n"};
    files_load(&files, texts, NULL, 0);
    diag_print(&files.diags, stderr, false);
    cr_assert(files.is_good);
    const struct action_spec *a = files.scenario.faults->actions;
    cr_expect(a[0].kind == ACTION_ZONAL_SHIFT && a[0].change == ACTION_START);
    cr_expect_str_eq(a[0].service, "*");
    cr_expect_eq(a[0].expires_s, 3 * 3600);
    cr_expect(a[1].kind == ACTION_TARGETS && a[1].change == ACTION_DEREGISTER);
    cr_expect_str_eq(a[1].zone, ALL_ZONES);
    cr_expect_eq(a[1].targets, 1);
}

Test(balancer_check, autoshift, .fini = tidy)
{
    const char *const sets[] = {"balancer={autoshift: {enabled: true}}"};
    const struct topology *t = load(sets, 1);
    cr_expect(t->balancer.autoshift.enabled && t->balancer.autoshift.practice);
    cr_expect_float_eq(distribution_quantile(&t->balancer.autoshift.starts_after, 0.5), 46 * 60,
                       1e-6);
    cr_expect_eq(t->balancer.deregistration_delay_s, 300);
}

Test(balancer_check, network_balancers_have_no_metrics_of_answers, .fini = tidy)
{
    const char *const sets[] = {
        "balancer={kind: network}",
        "steering.records=[{region: us-east-1, health_check: alarm}, {region: eu-west-1}]",
        ("steering.checks={alarm: {kind: alarm, region: us-east-1, alarm: {metric: error-ratio, "
         "ratio: 5 %}}}"),
        "balancer={}"};
    files_load(&files, NULL, sets, 3);
    diag_print(&files.diags, stderr, false);
    cr_assert_eq(diag_errors(&files.diags), 1);
    cr_expect_not_null(strstr(files.diags.items.items[0].message, "has no such metric"));
    tidy();
    load(sets + 1, 3);
}

// Without a service a check looks at the region's own endpoint: the first of its group when the
// entry is none of it.
Test(balancer_check, alarms_look_at_the_group_s_first_endpoint, .fini = tidy)
{
    const char *const sets[] = {
        "balancers={inner: {kind: network}}", "services.cart.balancer=inner",
        "steering={policy: accelerator, records: [{region: us-east-1}, {region: eu-west-1, "
        "health_check: a, endpoints: [{service: cart}]}], checks: {a: {kind: alarm, region: "
        "eu-west-1, alarm: {metric: error-ratio, ratio: 5 %}}}}"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    cr_assert_eq(diag_errors(&files.diags), 1);
    cr_expect_not_null(strstr(files.diags.items.items[0].message,
                              "the network balancer of 'cart' has no such metric"));
    tidy();
    const char *const swapped[] = {sets[0], "services.web.balancer=inner", sets[2]};
    load(swapped, ARRAY_LEN(swapped));
}

// ---- stickiness

Test(balancer_check, stickiness, .fini = tidy)
{
    const char *const sets[] = {"balancer={stickiness: {type: cookie}}"};
    const struct topology *t = load(sets, 1);
    cr_expect_eq(t->balancer.stickiness, STICKINESS_COOKIE);
    cr_expect_eq(t->balancer.cookie_s, 86400);
    tidy();
    const char *const network[] = {"balancer={kind: network, stickiness: {type: source-ip}}"};
    cr_expect_eq(load(network, 1)->balancer.stickiness, STICKINESS_SOURCE_IP);
}

static void expect_idle(const char *balancer, const char *more, const char *message)
{
    char set[128];
    snprintf(set, sizeof set, "balancers={inner: %s}", balancer);
    const char *const sets[] = {set, "services.cart.balancer=inner", more};
    files_load(&files, NULL, sets, more != NULL ? 3 : 2);
    bool is_said = false;
    for (size_t i = 0; i < files.diags.items.n; i++)
        is_said |= message != NULL && strstr(files.diags.items.items[i].message, message) != NULL;
    cr_expect_eq(files.is_good, message == NULL);
    cr_expect_eq(is_said, message != NULL, "'%s' is not said", message);
    tidy();
}

// Proxies end users' connections, an accelerator passes them on with the users' addresses.
Test(balancer_check, addresses_do_not_pass_proxies)
{
    const char *const sets[] = {"balancer={kind: network, stickiness: {type: source-ip}}",
                                "steering={policy: global-balancer}"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    cr_assert_eq(diag_errors(&files.diags), 1);
    const struct diag *d = &files.diags.items.items[0];
    cr_expect_not_null(strstr(d->message, "users' connections end at the global balancer's"));
    cr_expect_str_eq(d->expected, "'kind: application' with 'type: cookie'");
    tidy();
    expect_idle("{kind: network, stickiness: {type: source-ip}}",
                "steering={policy: global-balancer}", NULL);
    const char *const others[] = {sets[0], "steering={policy: accelerator}"};
    load(others, ARRAY_LEN(others));
    tidy();
}

// Cookies are of users; addresses are of servers, too. One target leaves no choice.
Test(balancer_check, stickiness_between_services)
{
    expect_idle("{stickiness: {type: cookie}}", NULL,
                "'stickiness' has no effect: services that call others keep no cookies");
    expect_idle("{kind: network, stickiness: {type: source-ip}}", NULL, NULL);
    expect_idle("{kind: network, stickiness: {type: source-ip}}",
                "regions={us-east-1: {zones: 1}, eu-west-1: {zones: 1}}",
                "'stickiness' has no effect: no region has a second target");
}

// A user has one kind of cookie, whichever endpoint of an accelerator's group he meets.
Test(balancer_check, stickiness_of_endpoints)
{
    expect_idle("{stickiness: {type: cookie}}",
                "steering={policy: accelerator, records: [{region: us-east-1, "
                "endpoints: [{service: web}, {service: cart}]}]}",
                "not the stickiness of the entry's balancer");
}
