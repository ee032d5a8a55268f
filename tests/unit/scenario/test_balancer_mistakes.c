// Pins: mistakes about balancers, targets, and actions on them, as test_mistakes.c does for the
// rest.
#include "mistakes.h"

static const struct mistake mistakes[] = {
    // ---- actions on balancers
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: web, zone: a, change: "
     "start, at: 1 min}\nfaults:",
     3, 3, "'expires' is missing in actions.away", NULL},
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: web, zone: a, change: "
     "start, at: 1 min, expires: 73 h}\nfaults:",
     3, 106, "'expires' is out of range", NULL},
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: web, zone: all, change: "
     "cancel, at: 1 min}\nfaults:",
     3, 68, "'all' is no letter of a zone", NULL},
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: web, zone: e, change: "
     "cancel, at: 1 min}\nfaults:",
     3, 68, "no design uses zone 'e' there", NULL},
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: web, zone: a, change: "
     "register, at: 1 min}\nfaults:",
     3, 79, "with 'kind: zonal-shift'", NULL},
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: wbe, zone: a, change: "
     "cancel, at: 1 min}\nfaults:",
     3, 57, "no design has a service 'wbe'", "web"},
    {F, 2,
     "actions:\n  away: {kind: targets, region: us-east-1, service: web, targets: 4, change: "
     "deregister, at: 1 min}\nfaults:",
     3, 67, "no design has 4 targets there, but 3 at most", NULL},
    {F, 2,
     "actions:\n  away: {kind: zonal-shift, region: us-east-1, service: web, zone: a, targets: 1, "
     "change: cancel, at: 1 min}\nfaults:",
     3, 71, "'targets' has no effect with 'kind: zonal-shift'", NULL},
    // ---- targets
    {T, 8, "    servers_per_zone: 2\n    targets_per_zone: 3", 9, 23,
     "2 servers cannot be dealt evenly to 3 targets", NULL},
    {T, 8, "    servers_per_zone: 64\n    targets_per_zone: 32", 9, 23,
     "'web' has 96 targets in us-east-1; a balancer takes up to 64", NULL},
    {T, 8, "    servers_per_zone: 2\n    targets_in_zone: {d: 2}", 9, 23,
     "no region of 'web' uses zone 'd'", NULL},
    {T, 8, "    servers_per_zone: 2\n    targets_in_zone: {a: 1}", 9, 23,
     "zone 'a' has no effect: every zone has 1", NULL},
    {T, 8, "    servers_per_zone: 2\n    targets_in_zone: {g: 2}", 9, 23, "there is no 'g' here",
     NULL},
    {T, 8, "    servers_per_zone: 2\n    targets_in_zone: {a: 0}", 9, 26,
     "'targets_in_zone' is out of range: 0", NULL},
    {T, 8, "    servers_per_zone: 2\n    targets_in_zone: {a: 1.5}", 9, 26,
     "'targets_in_zone' cannot be '1.5'", NULL},
    // ---- balancers
    {T, 21, "balancer: {kind: network, policy: round-robin}", 21, 35,
     "a network balancer has no such policy", NULL},
    {T, 21, "balancer: {policy: flow-hash}", 21, 20, "an application balancer has no such policy",
     NULL},
    {T, 21, "balancer: {health_check: {kind: tcp}}", 21, 33,
     "an application balancer probes with requests", NULL},
    {T, 21, "balancer: {kind: network, health_check: {deep: true}}", 21, 42,
     "'deep' has no effect with 'kind: tcp'", NULL},
    {T, 21, "balancer: {kind: network, keep_alive: 1 h}", 21, 27,
     "'keep_alive' has no effect with 'kind: network'", NULL},
    {T, 21, "balancer: {kind: network, idle_timeout: 30 s}", 21, 41,
     "'idle_timeout' of such a balancer is 60 to 6000 s", NULL},
    {T, 21, "balancer: {idle_timeout: 5000 s}", 21, 26,
     "'idle_timeout' of such a balancer is 1 to 4000 s", NULL},
    {T, 21, "balancers: {front: {kind: network}}", 21, 13,
     "'balancers.front' has no effect: no service has this balancer", NULL},
    {T, 12, "    balancer: front\n  cart:", 12, 15, "there is no 'front' here", NULL},
    {T, 21, "balancer: {autoshift: {practice: false}}", 21, 24,
     "'practice' has no effect with 'enabled: false'", NULL},
    {T, 21, "balancer: {deregistration_delay: 2 h}", 21, 34,
     "'deregistration_delay' is out of range", NULL},
    {T, 21, "balancer: {policy: least-outstanding, slow_start: 60 s}", 21, 39,
     "'slow_start' has no effect with 'policy: least-outstanding'", NULL},
    {T, 21, "balancer: {policy: weighted-random, slow_start: 60 s}", 21, 37,
     "'slow_start' has no effect with 'policy: weighted-random'", NULL},
    {T, 21, "balancer: {kind: network, slow_start: 60 s}", 21, 27,
     "'slow_start' has no effect with 'policy: flow-hash'", NULL},
    {T, 21, "balancer: {slow_start: 20 s}", 21, 24, "'slow_start' takes 30 to 900 s", NULL},
    {T, 21, "balancer: {slow_start: 1000 s}", 21, 24, "'slow_start' is out of range", NULL},
    {T, 21, "balancer: {fail_open: {count: 4}, dns_failover: {count: off}}", 21, 31,
     "no node reaches 4 targets, but 3 at most", NULL},
    {T, 21, "balancer: {cross_zone: false, dns_failover: {count: 2}}", 21, 53,
     "no node reaches 2 targets, but 1 at most", NULL},
    {T, 21, "balancer: {fail_open: {count: 2}}", 21, 1, "must not be below 'fail_open'", NULL},
    {T, 21, "balancer: {fail_open: {share: 50 %}, dns_failover: {share: 40 %}}", 21, 52,
     "must not be below 'fail_open'", NULL},
    {T, 21, "balancer: {fail_open: {count: off}}", 21, 31, "'count' cannot be 'off'", NULL},
    // ---- stickiness
    {T, 21, "balancer: {stickiness: {type: source-ip}}", 21, 31,
     "an application balancer goes by cookies, not by addresses", NULL},
    {T, 21, "balancer: {kind: network, stickiness: {type: cookie}}", 21, 46,
     "a network balancer sees no cookies", NULL},
    {T, 21, "balancer: {cross_zone: false, stickiness: {type: cookie}}", 21, 50,
     "target stickiness is not supported when 'cross_zone' is false", NULL},
    {T, 21, "balancer: {stickiness: {duration: 1 h}}", 21, 25,
     "'duration' has no effect with 'type: none'", NULL},
    {T, 21, "balancer: {stickiness: {type: cookie, duration: 8 d}}", 21, 49,
     "'duration' is out of range", NULL},
    {T, 21, "balancer: {stickiness: {type: cookies}}", 21, 31, "'cookies'", "cookie"},
    {T, 21, "balancer: {anomaly_mitigation: true}", 21, 12,
     "'anomaly_mitigation' has no effect with 'policy: round-robin'", NULL},
};

Test(balancer_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}
