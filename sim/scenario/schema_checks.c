// Keys of health checks: those that hold for all endpoints, and checks by name.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define SOURCE_R53_CREATE                                                                          \
    "Amazon Route 53 Developer Guide, 'Values that you specify when you create or update health "  \
    "checks' (2023-06)"
#define SOURCE_R53_HEALTH                                                                          \
    "Amazon Route 53 Developer Guide, 'How Route 53 determines whether a health check is healthy'" \
    " (2023-06)"
#define SOURCE_API "Amazon Route 53 API reference, HealthCheckConfig"
#define ASSUMED "Assumption"

#define PROBE_KINDS                                                                                \
    {"http", CHECK_HTTP, "a connection, then a request that must be answered with success"},       \
        {"tcp", CHECK_TCP, "a connection: passes as long as the balancer has power"},              \
    {                                                                                              \
        "string-match", CHECK_STRING_MATCH,                                                        \
            "as http, and the body of the answer must be right: finds wrong answers, too"          \
    }

static const struct choice probe_kinds[] = {PROBE_KINDS, {NULL, 0, NULL}};

static const struct choice check_kinds[] = {
    PROBE_KINDS,
    {"calculated", CHECK_CALCULATED, "healthy while enough other checks are"},
    {"alarm", CHECK_ALARM, "reads a metric of an endpoint's balancer"},
    {"control", CHECK_CONTROL,
     "a routing control of Application Recovery Controller: a switch that operators set"},
    {NULL, 0, NULL},
};

// Probers of a global balancer are its own.
#define SOURCE_GOOGLE_CHECK "Google Cloud, Compute Engine API, HealthCheck (v1): "
#define OF_GLOBAL_BALANCER "^policy=global-balancer"

static const struct field_default interval_defaults[] = {
    {OF_GLOBAL_BALANCER, "5 s", SOURCE_GOOGLE_CHECK "checkIntervalSec, default 5"},
    {NULL, NULL, NULL},
};

static const struct field_default threshold_defaults[] = {
    {OF_GLOBAL_BALANCER, "2",
     SOURCE_GOOGLE_CHECK "unhealthyThreshold and healthyThreshold, default 2"},
    {NULL, NULL, NULL},
};

static const struct field_default timeout_defaults[] = {
    {OF_GLOBAL_BALANCER, "5 s", SOURCE_GOOGLE_CHECK "timeoutSec, default 5"},
    {NULL, NULL, NULL},
};

static const struct field_default healthy_share_defaults[] = {
    {OF_GLOBAL_BALANCER, "50 %", ASSUMED " (a majority of the probers)"},
    {NULL, NULL, NULL},
};

static const struct field_default propagation_defaults[] = {
    {OF_GLOBAL_BALANCER, "0 s", ASSUMED " (probers are a part of the balancer)"},
    {NULL, NULL, NULL},
};

// Keys of what checkers do, with the members of T at `at`; they count only when `any` holds.
#define CHECKER_FIELDS(T, at, any)                                                                 \
    {"interval",                                                                                   \
     FIELD_QUANTITY,                                                                               \
     SCHEMA_MEMBER(T, at probe.interval_s),                                                        \
     .initial = "30 s",                                                                            \
     .alternatives = interval_defaults,                                                            \
     .dimension = DIMENSION_TIME,                                                                  \
     .low = 1,                                                                                     \
     .high = 300,                                                                                  \
     .when = (any),                                                                                \
     .source = SOURCE_R53_CREATE,                                                                  \
     .doc = "From one probe's answer to the checker's next probe (Route 53 offers 30 s and 10 "    \
            "s)."},                                                                                \
        {"threshold",                                                                              \
         FIELD_INTEGER,                                                                            \
         SCHEMA_MEMBER(T, at probe.unhealthy_threshold),                                           \
         .initial = "3",                                                                           \
         .alternatives = threshold_defaults,                                                       \
         .low = 1,                                                                                 \
         .high = 10,                                                                               \
         .when = (any),                                                                            \
         .source = SOURCE_R53_CREATE,                                                              \
         .doc = "Results in a row that change a checker's mind, in both directions."},             \
        {"connect_timeout",                                                                        \
         FIELD_QUANTITY,                                                                           \
         SCHEMA_MEMBER(T, at probe.connect_timeout_s),                                             \
         .initial = "4 s",                                                                         \
         .alternatives = timeout_defaults,                                                         \
         .dimension = DIMENSION_TIME,                                                              \
         .low = 0.1,                                                                               \
         .high = 120,                                                                              \
         .when = "kind=http|string-match",                                                         \
         .source = SOURCE_R53_HEALTH,                                                              \
         .doc = "Time for the TCP connection."},                                                   \
        {"tcp_timeout",                                                                            \
         FIELD_QUANTITY,                                                                           \
         SCHEMA_MEMBER(T, at tcp_timeout_s),                                                       \
         .initial = "10 s",                                                                        \
         .alternatives = timeout_defaults,                                                         \
         .dimension = DIMENSION_TIME,                                                              \
         .low = 0.1,                                                                               \
         .high = 120,                                                                              \
         .when = "kind=tcp",                                                                       \
         .source = SOURCE_R53_HEALTH,                                                              \
         .doc = "Time for the connection of a TCP probe."},                                        \
        {"response_timeout",                                                                       \
         FIELD_QUANTITY,                                                                           \
         SCHEMA_MEMBER(T, at probe.response_timeout_s),                                            \
         .initial = "2 s",                                                                         \
         .alternatives = timeout_defaults,                                                         \
         .dimension = DIMENSION_TIME,                                                              \
         .low = 0.1,                                                                               \
         .high = 120,                                                                              \
         .when = "kind=http|string-match",                                                         \
         .source = SOURCE_R53_HEALTH,                                                              \
         .doc = "Time for the status after the connection."},                                      \
        {"deep",                                                                                   \
         FIELD_BOOL,                                                                               \
         SCHEMA_MEMBER(T, at probe.deep),                                                          \
         .initial = "false",                                                                       \
         .when = "kind=http|string-match",                                                         \
         .source = ASSUMED " (a page that the server answers by itself)",                          \
         .doc = "Whether the probed service makes its calls before it answers."},                  \
        {"checker_regions",                                                                        \
         FIELD_NAME_LIST,                                                                          \
         SCHEMA_MEMBER(T, at regions),                                                             \
         .initial = "[us-east-1, us-west-1, us-west-2, eu-west-1, ap-southeast-1, "                \
                    "ap-southeast-2, ap-northeast-1, sa-east-1]",                                  \
         SCHEMA_COUNT(T, at n_regions),                                                            \
         .capacity = TOPOLOGY_MAX_REGIONS,                                                         \
         .scope = SCOPE_GEOGRAPHY,                                                                 \
         .when = (any),                                                                            \
         .source = "Route 53's eight default checker regions (general knowledge; at least three "  \
                   "when customised)",                                                             \
         .doc = "Regions in which the checkers stand."},                                           \
        {"checkers_per_region",                                                                    \
         FIELD_INTEGER,                                                                            \
         SCHEMA_MEMBER(T, at per_region),                                                          \
         .initial = "2",                                                                           \
         .low = 1,                                                                                 \
         .high = 16,                                                                               \
         .when = (any),                                                                            \
         .source = "Route 53 Developer Guide: at 30 s about one probe every 2 s arrives, so 15 "   \
                   "to 16 checkers",                                                               \
         .doc = "Checkers in each of them; they are not synchronised."},                           \
        {"healthy_share",                                                                          \
         FIELD_QUANTITY,                                                                           \
         SCHEMA_MEMBER(T, at healthy_share),                                                       \
         .initial = "18 %",                                                                        \
         .alternatives = healthy_share_defaults,                                                   \
         .dimension = DIMENSION_RATIO,                                                             \
         .low = 0,                                                                                 \
         .high = 0.99,                                                                             \
         .when = (any),                                                                            \
         .source = SOURCE_R53_HEALTH,                                                              \
         .doc = "Healthy while more than this share of the checkers says so."},                    \
    {                                                                                              \
        "propagation", FIELD_QUANTITY, SCHEMA_MEMBER(T, at propagation_s),                         \
            .initial = "3 s", .alternatives = propagation_defaults, .dimension = DIMENSION_TIME,   \
            .low = 0, .high = 3600, .source = "General knowledge, unverified: a few seconds",      \
            .doc = "From a verdict to the name servers' answers."                                  \
    }

static const struct field health_check_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct checker_spec, probe.kind), .initial = "http",
     .choices = probe_kinds, .source = ASSUMED, .doc = "What a probe is."},
    CHECKER_FIELDS(struct checker_spec, , NULL)};

const struct schema_record schema_checks_health = {
    "steering health check", "How the world checks the health of a record's region.",
    SCHEMA_RECORD(struct checker_spec, health_check_fields)};

// ---- alarms

static const struct choice alarm_metrics[] = {
    {"error-ratio", ALARM_ERROR_RATIO,
     "share of answers that are 5xx, as a service would publish it itself (a health check reads no "
     "metric math)"},
    {"errors", ALARM_ERRORS, "number of 5xx answers; no datapoint when there is none"},
    {"requests", ALARM_REQUESTS, "number of answers; no datapoint when there is none"},
    {"response-time", ALARM_RESPONSE_TIME, "from a request's being forwarded to its answer"},
    {"healthy-targets", ALARM_HEALTHY_TARGETS, "targets that pass the balancer's probes"},
    {NULL, 0, NULL},
};

static const struct choice alarm_statistics[] = {
    {"average", ALARM_AVERAGE, "the mean over the period"},
    {"minimum", ALARM_MINIMUM, "the least value in the period"},
    {"maximum", ALARM_MAXIMUM, "the greatest value in the period"},
    {NULL, 0, NULL},
};

static const struct choice alarm_comparisons[] = {
    {"above", ALARM_ABOVE, "greater than the limit"},
    {"at-least", ALARM_AT_LEAST, "greater than the limit or equal to it"},
    {"below", ALARM_BELOW, "less than the limit"},
    {"at-most", ALARM_AT_MOST, "less than the limit or equal to it"},
    {NULL, 0, NULL},
};

static const struct choice alarm_insufficients[] = {
    {"last-known", ALARM_LAST_KNOWN, "what it was when there was data; healthy in the beginning"},
    {"healthy", ALARM_HEALTHY, "counts as healthy"},
    {"unhealthy", ALARM_UNHEALTHY, "counts as unhealthy"},
    {NULL, 0, NULL},
};

static const struct field alarm_fields[] = {
    {"metric", FIELD_CHOICE, SCHEMA_MEMBER(struct alarm_spec, metric), .choices = alarm_metrics,
     .doc = "What is watched."},
    {"statistic", FIELD_CHOICE, SCHEMA_MEMBER(struct alarm_spec, statistic), .initial = "average",
     .choices = alarm_statistics, .when = "metric=response-time|healthy-targets",
     .source = ASSUMED " (percentiles are not to be had for health checks)",
     .doc = "What becomes of a period's values."},
    {"comparison", FIELD_CHOICE, SCHEMA_MEMBER(struct alarm_spec, comparison), .initial = "above",
     .choices = alarm_comparisons, .source = ASSUMED,
     .doc = "On which side of the limit it is ill."},
    {"ratio", FIELD_QUANTITY, SCHEMA_MEMBER(struct alarm_spec, limit), .dimension = DIMENSION_RATIO,
     .low = 0, .high = 1, .when = "metric=error-ratio", .doc = "The limit."},
    {"count", FIELD_QUANTITY, SCHEMA_MEMBER(struct alarm_spec, limit),
     .dimension = DIMENSION_NUMBER, .low = 0, .high = 1e12,
     .when = "metric=errors|requests|healthy-targets", .doc = "The limit."},
    {"time", FIELD_QUANTITY, SCHEMA_MEMBER(struct alarm_spec, limit), .dimension = DIMENSION_TIME,
     .low = 1e-6, .high = 600, .when = "metric=response-time", .doc = "The limit."},
    {"period", FIELD_QUANTITY, SCHEMA_MEMBER(struct alarm_spec, period_s), .initial = "60 s",
     .dimension = DIMENSION_TIME, .low = 60, .high = 86400,
     .source = "Route 53 Developer Guide: only metrics of standard resolution, a minute",
     .doc = "Whole minutes that make a datapoint."},
    {"evaluation_periods", FIELD_INTEGER, SCHEMA_MEMBER(struct alarm_spec, periods), .initial = "3",
     .low = 1, .high = 24, .source = ASSUMED,
     .doc = "Datapoints in a row beyond the limit that make it unhealthy; one within makes it "
            "healthy."},
    {"delay", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct alarm_spec, delay),
     .initial = "{uniform: {low: 60 s, high: 180 s}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 3600,
     .source = "General knowledge, unverified: metrics of AWS services come 1 to 3 min late, own "
               "ones within 30 s",
     .doc = "From a period's end until its datapoint can be read."},
    {"insufficient_data", FIELD_CHOICE, SCHEMA_MEMBER(struct alarm_spec, insufficient),
     .initial = "last-known", .choices = alarm_insufficients, .source = SOURCE_API,
     .doc = "What it is when no datapoints come."},
};
static const struct schema_record alarm_record = {"alarm", "The metric that a check reads.",
                                                  SCHEMA_RECORD(struct alarm_spec, alarm_fields)};

// ---- checks by name

#define ANY_PROBE "kind=http|tcp|string-match"

static const struct field check_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct check_spec, kind), .initial = "http",
     .choices = check_kinds, .source = ASSUMED, .doc = "What it goes by."},
    {"region", FIELD_NAME, SCHEMA_MEMBER(struct check_spec, region), .scope = SCOPE_REGION,
     .when = ANY_PROBE "|alarm",
     .doc = "Region whose endpoint is probed, or whose balancer is watched."},
    {"service", FIELD_NAME, SCHEMA_MEMBER(struct check_spec, service), .initial = "entry",
     .scope = SCOPE_SERVICE, .keyword = "entry", .when = ANY_PROBE "|alarm",
     .source = "Users' requests come to the entry",
     .doc = "Which of an accelerator's endpoints there: the service whose balancer it is; `entry`: "
            "the entry's, or the group's first."},
    {"inverted", FIELD_BOOL, SCHEMA_MEMBER(struct check_spec, is_inverted), .initial = "false",
     .source = SOURCE_API,
     .doc = "Whether it is healthy when it would be unhealthy, and vice versa."},
    {"disabled", FIELD_BOOL, SCHEMA_MEMBER(struct check_spec, is_disabled), .initial = "false",
     .source = SOURCE_API,
     .doc = "Whether it is not performed and counts as healthy; inverted: as unhealthy."},
    CHECKER_FIELDS(struct check_spec, health., ANY_PROBE),
    {"of", FIELD_NAME_SET, SCHEMA_MEMBER(struct check_spec, of), .scope = SCOPE_CHECK,
     .when = "kind=calculated",
     .doc = "The checks that it counts; none of them calculated itself."},
    {"healthy_at_least", FIELD_INTEGER, SCHEMA_MEMBER(struct check_spec, healthy_at_least),
     .low = 1, .high = STEERING_MAX_CHECKS, .when = "kind=calculated",
     .doc = "How many of them must be healthy for it to be."},
    {"alarm", FIELD_BLOCK, SCHEMA_MEMBER(struct check_spec, alarm), .initial = "{}",
     .record = &alarm_record, .when = "kind=alarm", .doc = "The metric that it reads."},
    {"initially_on", FIELD_BOOL, SCHEMA_MEMBER(struct check_spec, initially_on), .initial = "true",
     .when = "kind=control",
     .source = ASSUMED " (a new routing control is off: it is set before records use it)",
     .doc = "Whether the switch is on, which is healthy, in the beginning."},
};

const struct schema_record schema_checks_named = {"health check",
                                                  "A health check as an object of its own.",
                                                  SCHEMA_RECORD(struct check_spec, check_fields)};

static const struct field safety_rule_fields[] = {
    {"controls", FIELD_NAME_SET, SCHEMA_MEMBER(struct safety_rule_spec, controls),
     .scope = SCOPE_CHECK, .doc = "Checks of kind control."},
    {"at_least", FIELD_INTEGER, SCHEMA_MEMBER(struct safety_rule_spec, at_least), .low = 1,
     .high = STEERING_MAX_CHECKS,
     .doc = "How many of them must stay on: a change to fewer is refused."},
};

const struct schema_record schema_checks_rule = {
    "safety rule", "An assertion rule of Application Recovery Controller.",
    SCHEMA_RECORD(struct safety_rule_spec, safety_rule_fields)};
