// Pins: mistakes about accelerators and global balancers, one at a time, as test_mistakes.c does
// for everything else.
#include "mistakes.h"

// Beside records of DNS.
static const struct mistake mistakes[] = {
    {T, 26, "  alias: false\n  accelerator: {failback: 10 s}", 27, 3, "'accelerator' has no effect",
     NULL},
    {T, 26, "  alias: false\n  records: [{region: us-east-1, dial: 50 %}]", 27, 33,
     "'dial' has no effect", NULL},
    {T, 23,
     "  policy: failover\n  records: [{set: a, evaluate_target_health: true}, {region: us-east-1, "
     "secondary: true}]\n"
     "  sets: {a: {policy: accelerator}}",
     25, 22, "'accelerator' is for 'steering' itself", NULL},
    {T, 26, "  alias: false\n  records: [{region: us-east-1, endpoints: [{service: web}]}]", 27, 33,
     "'endpoints' has no effect", NULL},
    {T, 26,
     "  alias: false\n  records: [{region: us-east-1}, {region: eu-west-1, health_check: a}]\n"
     "  checks: {a: {kind: http, region: us-east-1, service: cart}}",
     28, 56, "'cart' is no endpoint in 'us-east-1': users' requests do not come to it", NULL},
    {T, 26, "  alias: false\n  records: [{region: us-east-1, capacity: 5 req/s}]", 27, 33,
     "'capacity' has no effect with 'policy: latency'", NULL},
    {T, 26, "  alias: false\n  global_balancer: {retries: 2}", 27, 3,
     "'global_balancer' has no effect", NULL},
    {T, 23,
     "  policy: failover\n  records: [{set: a, evaluate_target_health: true}, {region: us-east-1, "
     "secondary: true}]\n"
     "  sets: {a: {policy: global-balancer}}",
     25, 22, "'global-balancer' is for 'steering' itself", NULL},
};

// In the place of all of the good text's steering, whose other keys are DNS's.
enum { STEERING_LINES = 4 };
static const struct mistake edges[] = {
    {T, 23,
     "  policy: accelerator\n"
     "  records: [{region: us-east-1, health_check: default, evaluate_target_health: true}]",
     24, 56, "'evaluate_target_health' has no effect with 'policy: accelerator'", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, dial: 120 %}]",
     24, 62, "dial", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default}, {set: a}]\n"
     "  sets: {a: {policy: simple, records: [{region: us-east-1}]}}",
     24, 58, "an endpoint group is a region", NULL},
    // ---- endpoints of an accelerator
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, endpoints: "
     "[{service: wev}]}]",
     24, 78, "wev", "web"},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: none, endpoints: "
     "[{service: web}, {service: web}]}]",
     24, 91, "'web' is an endpoint of this group already", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, endpoints: "
     "[{service: web, weight: 256}]}]",
     24, 91, "weight", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, endpoints: "
     "[{service: web, weight: 0}]}]",
     24, 56, "every endpoint has weight 0", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, endpoints: "
     "[{service: cart}]}]",
     24, 56, "entry service 'web' is an endpoint of no group", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, endpoints: "
     "[{service: web, health_check: z}]}]",
     24, 97, "'z'", NULL},
    {T, 23,
     "  policy: accelerator\n  records: [{region: us-east-1, health_check: default, endpoints: "
     "[{service: web}, {service: cart}]}]",
     24, 47, "'default' probes a region's endpoint, and this group has 2", NULL},
    // ---- what only DNS has
    {T, 23, "  policy: accelerator\n  ttl: 10 s", 24, 3,
     "'ttl' has no effect with 'policy: accelerator'", NULL},
    {T, 23, "  policy: accelerator\n  alias: false", 24, 3,
     "'alias' has no effect with 'policy: accelerator'", NULL},
    {T, 23, "  policy: global-balancer\n  ttl: 10 s", 24, 3,
     "'ttl' has no effect with 'policy: global-balancer'", NULL},
    {T, 23, "  policy: global-balancer\n  alias: false", 24, 3,
     "'alias' has no effect with 'policy: global-balancer'", NULL},
    {T, 23, "  policy: latency\n  ttl: 10 s", 24, 3, "'ttl' has no effect with 'alias: true'",
     NULL},
    // ---- global balancers
    {T, 23, "  policy: global-balancer\n  accelerator: {failback: 1 s}", 24, 3,
     "'accelerator' has no effect", NULL},
    {T, 23, "  policy: global-balancer\n  records: [{region: us-east-1, dial: 50 %}]", 24, 33,
     "'dial' has no effect with 'policy: global-balancer'", NULL},
    {T, 23,
     "  policy: global-balancer\n  records: [{region: us-east-1, endpoints: [{service: web}]}]", 24,
     33, "'endpoints' has no effect with 'policy: global-balancer'", NULL},
    {T, 23,
     "  policy: global-balancer\n  records: [{region: us-east-1, evaluate_target_health: true}]",
     24, 33, "'evaluate_target_health' has no effect", NULL},
    {T, 23, "  policy: global-balancer\n  records: [{region: us-east-1, capacity: 0 req/s}]", 24,
     43, "a region without capacity is none", NULL},
    {T, 23, "  policy: global-balancer\n  records: [{region: us-east-1, capacity: 5 s}]", 24, 43,
     "capacity", NULL},
    {T, 23,
     "  policy: global-balancer\n  records: [{region: us-east-1}, {set: a}]\n"
     "  sets: {a: {policy: simple, records: [{region: us-east-1}]}}",
     24, 35, "a global balancer sends to regions", NULL},
    {T, 23, "  policy: global-balancer\n  global_balancer: {report_period: 1 s}", 24, 21,
     "'report_period' has no effect: no record has a 'capacity'", NULL},
    {T, 23,
     "  policy: global-balancer\n  records: [{region: us-east-1}]\n"
     "  global_balancer: {affinity: cookie}",
     25, 21, "'affinity' has no effect: there is one region only", NULL},
    {T, 23, "  policy: global-balancer\n  global_balancer: {affinity: source-ip}", 24, 31,
     "'affinity' cannot be 'source-ip'", NULL},
    {T, 23, "  policy: global-balancer\n  global_balancer: {retries: 0, retry_writes: true}", 24,
     33, "'retry_writes' has no effect with 'retries: 0'", NULL},
    {T, 23, "  policy: global-balancer\n  global_balancer: {retries: 0, retry_on: connect-failure}",
     24, 33, "'retry_on' has no effect with 'retries: 0'", NULL},
};

Test(edge_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        expect_mistake_in(&edges[i], spoil_lines(&edges[i], STEERING_LINES));
}

// A service that is not everywhere comes from --set, since a spoilt text
// differs in one place only.
Test(edge_mistakes, an_endpoint_has_a_balancer_in_its_region)
{
    struct files f;
    const struct mistake m = {
        .kind = T,
        .line = 23,
        .text =
            "  policy: accelerator\n  records:\n    - {region: us-east-1, health_check: default}\n"
            "    - {region: eu-west-1, endpoints: [{service: web}, {service: cart}]}",
    };
    char *text = spoil_lines(&m, STEERING_LINES);
    const char *const texts[FILES_KINDS] = {text};
    const char *const sets[] = {"services.cart.regions=[us-east-1]"};
    files_load(&f, texts, sets, 1);
    cr_assert_eq(diag_errors(&f.diags), 1);
    cr_expect_eq(f.diags.items.items[0].place.line, 26);
    cr_expect_not_null(
        strstr(f.diags.items.items[0].message, "service 'cart' does not run in 'eu-west-1'"));
    files_free(&f);
    free(text);
}

Test(edge_mistakes, actions_name_endpoints)
{
    struct files f;
    char *text = spoil(&(struct mistake){
        .kind = F,
        .line = 2,
        .text =
            "actions:\n  more: {kind: endpoint-weight, group: us-east-1, service: cart, change: "
            "weight, weight: 5, at: 1 min}\nfaults:",
    });
    const char *const texts[FILES_KINDS] = {[F] = text};
    const char *const sets[] = {"steering={policy: accelerator}"};
    files_load(&f, texts, sets, 1);
    cr_assert_eq(diag_errors(&f.diags), 1);
    cr_expect_str_eq(f.diags.items.items[0].message,
                     "no design has an endpoint of an accelerator for 'cart'");
    files_free(&f);
    free(text);
}
