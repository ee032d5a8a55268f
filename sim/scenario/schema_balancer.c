// Keys of a balancer: of the block `balancer` and of the entries of `balancers` in a topology file.
// Defaults are those of Elastic Load Balancing, of the kind that is chosen.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define SOURCE_ALB                                                                                 \
    "Elastic Load Balancing, Application Load Balancers guide, 'Health checks for your target "    \
    "groups' (2023-06)"
#define SOURCE_NLB_HEALTH                                                                          \
    "Network Load Balancers guide, 'Health checks for your target groups' (2023-06)"
#define ASSUMED "Assumption"

static const struct choice target_probes[] = {
    {"http", PROBE_HTTP, "a request that must be answered with success"},
    {"tcp", PROBE_TCP, "a connection: passes while the target has power and does not refuse"},
    {NULL, 0, NULL},
};

static const struct field_default target_probe_defaults[] = {
    {"^kind=network", "tcp",
     "CloudFormation, target group: 'For Network Load Balancers the default is TCP'"},
    {NULL, NULL, NULL},
};

static const struct field_default target_timeout_defaults[] = {
    {"kind=tcp", "10 s", SOURCE_NLB_HEALTH ": 10 s for TCP"},
    {"^kind=network", "6 s", SOURCE_NLB_HEALTH ": 6 s for HTTP"},
    {NULL, NULL, NULL},
};

static const struct field target_check_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct probe_spec, kind), .initial = "http",
     .choices = target_probes, .alternatives = target_probe_defaults, .source = SOURCE_ALB,
     .doc = "What a probe is; `tcp` for network balancers only."},
    {"interval", FIELD_QUANTITY, SCHEMA_MEMBER(struct probe_spec, interval_s), .initial = "30 s",
     .dimension = DIMENSION_TIME, .low = 1, .high = 300, .source = SOURCE_ALB,
     .doc = "Time between probes of a target (Application Load Balancers: 5 to 300 s)."},
    {"timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct probe_spec, response_timeout_s),
     .initial = "5 s", .dimension = DIMENSION_TIME, .low = 0.1, .high = 120, .source = SOURCE_ALB,
     .alternatives = target_timeout_defaults,
     .doc = "A probe without a connection, or then an answer, after this time has failed."},
    {"unhealthy", FIELD_INTEGER, SCHEMA_MEMBER(struct probe_spec, unhealthy_threshold),
     .initial = "2", .low = 1, .high = 10, .source = SOURCE_ALB,
     .doc = "Failures in a row that take a target out."},
    {"healthy", FIELD_INTEGER, SCHEMA_MEMBER(struct probe_spec, healthy_threshold), .initial = "5",
     .low = 1, .high = 10, .source = SOURCE_ALB, .doc = "Successes in a row that bring it back."},
    {"deep", FIELD_BOOL, SCHEMA_MEMBER(struct probe_spec, deep), .initial = "false",
     .when = "kind=http", .source = "The default path '/' is answered by the server itself",
     .doc = "Whether the probed server makes its calls before it answers."},
};
static const struct schema_record target_check_record = {
    "balancer health check", "How a balancer probes its targets.",
    SCHEMA_RECORD(struct probe_spec, target_check_fields)};

#define SOURCE_MINIMUM                                                                             \
    "Application Load Balancers guide, target group attributes: target_group_health.* (2026)"

static const struct field fail_open_fields[] = {
    {"count", FIELD_INTEGER, SCHEMA_MEMBER(struct healthy_minimum, count), .initial = "1", .low = 1,
     .high = BALANCER_MAX_TARGETS, .source = SOURCE_MINIMUM, .doc = "Healthy targets at least."},
    {"share", FIELD_QUANTITY, SCHEMA_MEMBER(struct healthy_minimum, share), .initial = "0 %",
     .dimension = DIMENSION_RATIO, .low = 0, .high = 1, .source = SOURCE_MINIMUM,
     .doc = "And this share of them; 0 %: says nothing."},
};
static const struct schema_record fail_open_record = {
    "fail open", "How many of the targets within a node's reach must be healthy.",
    SCHEMA_RECORD(struct healthy_minimum, fail_open_fields)};

static const struct field dns_failover_fields[] = {
    {"count", FIELD_INTEGER, SCHEMA_MEMBER(struct healthy_minimum, count), .initial = "1",
     .keyword = "off", .low = 1, .high = BALANCER_MAX_TARGETS, .source = SOURCE_MINIMUM,
     .doc = "Healthy targets at least; off: says nothing."},
    {"share", FIELD_QUANTITY, SCHEMA_MEMBER(struct healthy_minimum, share), .initial = "0 %",
     .dimension = DIMENSION_RATIO, .low = 0, .high = 1, .source = SOURCE_MINIMUM,
     .doc = "And this share of them; 0 %: says nothing."},
};
static const struct schema_record dns_failover_record = {
    "dns failover", "How many of the targets within a node's reach must be healthy.",
    SCHEMA_RECORD(struct healthy_minimum, dns_failover_fields)};

static const struct field autoshift_fields[] = {
    {"enabled", FIELD_BOOL, SCHEMA_MEMBER(struct autoshift_spec, enabled), .initial = "false",
     .source = "Zonal shift 'is disabled by default' (Application Load Balancers guide)",
     .doc = "Whether AWS may shift traffic away from a zone that it finds impaired."},
    {"starts_after", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct autoshift_spec, starts_after),
     .initial = "{lognormal: {median: 46 min, p99: 3 h}}", .when = "enabled=true",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "One observation: use1-az4 on 2026-05-07, services were moved out 46 min after the "
               "onset (AWS Health text); spread assumed",
     .doc = "From the beginning of a zone's fault until AWS starts the shift; never if the fault "
            "is over before."},
    {"ends_after", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct autoshift_spec, ends_after),
     .initial = "{lognormal: {median: 15 min, p99: 2 h}}", .when = "enabled=true",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = ASSUMED " (AWS ends it 'when it determines that the zone has recovered')",
     .doc = "From the end of the fault until AWS ends the shift."},
    {"practice", FIELD_BOOL, SCHEMA_MEMBER(struct autoshift_spec, practice), .initial = "true",
     .when = "enabled=true",
     .source = "ARC Developer Guide: practice runs are required with zonal autoshift, weekly for "
               "about 30 minutes",
     .doc = "Whether traffic leaves some zone for 30 minutes each week, at a time of AWS's."},
};
static const struct schema_record autoshift_record = {
    "autoshift", "Zonal autoshift: AWS shifts traffic away from impaired zones.",
    SCHEMA_RECORD(struct autoshift_spec, autoshift_fields)};

static const struct choice balancer_kinds[] = {
    {"application", BALANCER_APPLICATION,
     "takes requests and spreads them one by one (Application Load Balancer)"},
    {"network", BALANCER_NETWORK,
     "spreads connections, each of which stays on its target for life (Network Load Balancer)"},
    {NULL, 0, NULL},
};

static const struct choice balancer_policies[] = {
    {"round-robin", BALANCER_ROUND_ROBIN, "healthy targets in turn"},
    {"least-outstanding", BALANCER_LEAST_OUTSTANDING,
     "the target with the fewest requests in flight"},
    {"weighted-random", BALANCER_WEIGHTED_RANDOM, "any healthy target, see `anomaly_mitigation`"},
    {"flow-hash", BALANCER_FLOW_HASH, "a hash of the connection; network balancers only"},
    {NULL, 0, NULL},
};

#define SOURCE_STICKY                                                                              \
    "Application Load Balancers guide, 'Sticky sessions': stickiness.enabled is false by default"

static const struct choice stickinesses[] = {
    {"none", STICKINESS_NONE, "each request, or connection, is on its own"},
    {"cookie", STICKINESS_COOKIE,
     "a user's requests go to the target of the first, while it is usable; application balancers"},
    {"source-ip", STICKINESS_SOURCE_IP,
     "all connections of an address go to one target; network balancers"},
    {NULL, 0, NULL},
};

static const struct field sticky_fields[] = {
    {"type", FIELD_CHOICE, SCHEMA_MEMBER(struct balancer_spec, stickiness), .initial = "none",
     .choices = stickinesses, .source = SOURCE_STICKY, .doc = "What a caller is known by."},
    {"duration", FIELD_QUANTITY, SCHEMA_MEMBER(struct balancer_spec, cookie_s), .initial = "1 d",
     .when = "type=cookie", .dimension = DIMENSION_TIME, .low = 1, .high = 604800,
     .source = "CloudFormation, target group attributes: stickiness.lb_cookie.duration_seconds, 1 "
               "second to 7 days, is 1 day by default",
     .doc = "How long a cookie is valid after the latest answer."},
};
static const struct schema_record sticky_record = {
    "stickiness", "Callers who come back to the target that they had.",
    SCHEMA_RECORD(struct balancer_spec, sticky_fields)};

static const struct field_default balancer_policy_defaults[] = {
    {"kind=network", "flow-hash",
     "Elastic Load Balancing user guide, 'How Elastic Load Balancing works'"},
    {NULL, NULL, NULL},
};

static const struct field_default cross_zone_defaults[] = {
    {"kind=network", "false",
     "Elastic Load Balancing user guide: off by default for Network Load Balancers"},
    {NULL, NULL, NULL},
};

static const struct field_default idle_timeout_defaults[] = {
    {"kind=network", "350 s", "Network Load Balancers guide, 'Network Load Balancers': TCP flows"},
    {NULL, NULL, NULL},
};

static const struct field_default overhead_defaults[] = {
    {"kind=network", "{lognormal: {median: 100 us, p99: 500 us}}",
     "General knowledge, unverified: below 1 ms"},
    {NULL, NULL, NULL},
};

static const struct field balancer_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct balancer_spec, kind), .initial = "application",
     .choices = balancer_kinds, .source = ASSUMED " (the usual one in front of web services)",
     .doc = "What it is; other keys' defaults follow it."},
    {"policy", FIELD_CHOICE, SCHEMA_MEMBER(struct balancer_spec, policy), .initial = "round-robin",
     .choices = balancer_policies, .alternatives = balancer_policy_defaults,
     .source =
         "Elastic Load Balancing guide, 'Edit target group attributes': round robin is the default",
     .doc = "How a target is chosen for a request."},
    {"cross_zone", FIELD_BOOL, SCHEMA_MEMBER(struct balancer_spec, cross_zone), .initial = "true",
     .alternatives = cross_zone_defaults,
     .source = "Elastic Load Balancing user guide: always on for Application Load Balancers, but a "
               "target group may turn it off",
     .doc = "Whether a balancer node sends requests to other zones than its own."},
    {"anomaly_mitigation", FIELD_BOOL, SCHEMA_MEMBER(struct balancer_spec, anomaly_mitigation),
     .initial = "false", .when = "policy=weighted-random",
     .source = "Application Load Balancers guide: load_balancing.algorithm.anomaly_mitigation is "
               "off by default",
     .doc = "Whether targets that err significantly more than the others get fewer requests; it "
            "takes three healthy targets."},
    {"slow_start", FIELD_QUANTITY, SCHEMA_MEMBER(struct balancer_spec, slow_start_s),
     .initial = "0 s", .dimension = DIMENSION_TIME, .low = 0, .high = 900,
     .when = "policy=round-robin",
     .source = "Application Load Balancers guide: slow_start.duration_seconds, off by default",
     .doc = "A target that became healthy gets a share that grows evenly from nothing over this "
            "time, 30 to 900 s; 0 s: at once."},
    {"stickiness", FIELD_BLOCK, .offset = 0, .initial = "{}", .record = &sticky_record,
     .doc = "Callers who come back to the target that they had."},
    {"fail_open", FIELD_BLOCK, SCHEMA_MEMBER(struct balancer_spec, fail_open), .initial = "{}",
     .record = &fail_open_record,
     .doc = "With fewer healthy targets within its reach (its zone's; with cross_zone all), a node "
            "uses the unhealthy ones, too."},
    {"dns_failover", FIELD_BLOCK, SCHEMA_MEMBER(struct balancer_spec, dns_failover),
     .initial = "{}", .record = &dns_failover_record,
     .doc = "With fewer healthy targets within its reach, a node leaves the DNS answer, unless all "
            "would."},
    {"deregistration_delay", FIELD_QUANTITY,
     SCHEMA_MEMBER(struct balancer_spec, deregistration_delay_s), .initial = "300 s",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3600,
     .source = "Application Load Balancers guide: deregistration_delay.timeout_seconds",
     .doc = "Requests in flight to targets that are taken out (action `targets`), and connections "
            "through a network balancer, have this long to end."},
    {"autoshift", FIELD_BLOCK, SCHEMA_MEMBER(struct balancer_spec, autoshift), .initial = "{}",
     .record = &autoshift_record, .doc = "Zonal autoshift."},
    {"idle_timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct balancer_spec, idle_timeout_s),
     .initial = "60 s", .dimension = DIMENSION_TIME, .low = 1, .high = 6000,
     .alternatives = idle_timeout_defaults,
     .source = "Application Load Balancers guide, 'Application Load Balancers'",
     .doc = "Closes a connection without traffic for so long: a user's that idles, and one whose "
            "request has no answer (error 504; nothing from a network balancer). application: 1 "
            "to 4000 s, network: 60 to 6000 s."},
    {"keep_alive", FIELD_QUANTITY, SCHEMA_MEMBER(struct balancer_spec, keep_alive_s),
     .initial = "3600 s", .dimension = DIMENSION_TIME, .low = 60, .high = 604800,
     .when = "kind=application",
     .source = "CloudFormation, load balancer attributes: client_keep_alive.seconds",
     .doc = "Closes a user's connection at this age; about 300 s makes zonal shifts faster (ARC "
            "guide)."},
    {"overhead", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct balancer_spec, overhead),
     .initial = "{lognormal: {median: 1.5 ms, p99: 8 ms}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 10, .alternatives = overhead_defaults,
     .source = "General knowledge, unverified: 1-5 ms median",
     .doc = "Time a balancer adds to each request."},
    {"health_check", FIELD_BLOCK, SCHEMA_MEMBER(struct balancer_spec, health), .initial = "{}",
     .record = &target_check_record, .doc = "Probes of the servers."},
};
const struct schema_record schema_balancer = {
    "balancer", "The load balancer in front of each service in each region.",
    SCHEMA_RECORD(struct balancer_spec, balancer_fields)};
