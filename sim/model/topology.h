// What exists: regions, services, stores, steering, network constants. Validated data, read-only in
// a run.
//
// Filled by the scenario loader from YAML; every index is in range and every name resolved when the
// loader is done. Durations are in seconds (double), sizes in bytes, rates per second, ratios in
// 0..1. A topology holds no demand and no faults. Region indices count this topology's regions.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"
#include "model/geography.h"
#include "model/location.h"
#include "model/store.h"

enum {
    TOPOLOGY_MAX_REGIONS = 16,
    TOPOLOGY_MAX_ZONES = 6,
    TOPOLOGY_MAX_CALLS = 8,
    TOPOLOGY_MAX_ENDPOINTS = 16, // one a region, and more of an accelerator's groups
    BALANCER_MAX_TARGETS = 64
};

struct region_spec {
    const char *name; // region code; known to the geography
    int geography;    // index there
    int n_zones;      // zones used by this design: a, b, c ...
    // What its clock shows too much: always, and at random, to either side, anew in each
    // replication.
    double clock_offset_s;
    struct distribution clock_error; // seconds
};

enum call_target { CALL_SERVICE, CALL_STORE };
enum call_operation {
    CALL_BY_CLASS, // read for read classes, write for write classes
    CALL_READ,
    CALL_WRITE,
};

enum call_consistency {
    CONSISTENCY_OF_STORE, // reads are as the store's are
    CONSISTENCY_EVENTUAL, // of one replica's copy
    CONSISTENCY_STRONG,
    CONSISTENCIES,
};

// How a store's client library tries a call again.
struct call_retry_spec {
    int attempts;                           // in all
    double attempt_timeout_s;               // 0: none
    double base_s, throttled_base_s, cap_s; // of the backoff
    double quota;                           // tokens; 0: none
};

// One call of a step. Calls of the same step run in parallel; steps run in sequence.
struct call_spec {
    enum call_target target;
    int index;                         // of the service or store
    int step;                          // 0, 1, 2 ...
    double probability;                // of being made at all
    double timeout_s;                  // the caller stops waiting and counts an error
    enum call_operation operation;     // stores only
    enum call_consistency consistency; // stores only
    bool optional;                     // a failure of this call does not fail the request
    struct call_retry_spec retry;      // stores only
};

struct service_spec {
    const char *name;
    uint32_t regions;     // bit set of topology regions
    int servers_per_zone; // FIFO servers of a zone with targets_per_zone targets
    int targets_per_zone; // pools of their own, to which the servers are dealt evenly
    int targets_in_zone[TOPOLOGY_MAX_ZONES]; // zones with more or fewer such targets; 0: as others
    struct distribution work;                // service time of one server for one request, seconds
    int queue;                               // requests that may wait at a target; beyond: shed
    int concurrency; // requests in flight per server, calls included; beyond: shed
    int balancer;    // in the table of balancers; -1: topology.balancer
    int n_calls;
    struct call_spec calls[TOPOLOGY_MAX_CALLS];
};

static inline int service_targets(const struct service_spec *s, int zone)
{
    return s->targets_in_zone[zone] > 0 ? s->targets_in_zone[zone] : s->targets_per_zone;
}

enum balancer_kind {
    BALANCER_APPLICATION, // takes requests and makes its own of them (ALB)
    BALANCER_NETWORK,     // passes connections on (NLB)
};
enum balancer_policy {
    BALANCER_ROUND_ROBIN,
    BALANCER_LEAST_OUTSTANDING,
    BALANCER_WEIGHTED_RANDOM,
    BALANCER_FLOW_HASH,
};

// Probes of one target: Route 53's checkers and the balancer's target checks.
enum probe_kind {
    PROBE_HTTP,         // a connection, then a request that must be answered with success
    PROBE_TCP,          // a connection is all
    PROBE_STRING_MATCH, // as http, and the body of the answer must be right
};

struct probe_spec {
    enum probe_kind kind;
    double interval_s;
    double connect_timeout_s;                   // TCP connection
    double response_timeout_s;                  // status after connection
    int unhealthy_threshold, healthy_threshold; // consecutive probes
    bool interval_from_response; // next probe counts from the response (Route 53), else from the
                                 // request
    bool deep;                   // the probe runs the service's calls, not only the service
};

// How many targets must be healthy: in a zone, or in all with cross-zone balancing.
struct healthy_minimum {
    int count;    // 0: none need to be
    double share; // of the targets; 0: says nothing
};

// Zonal autoshift.
struct autoshift_spec {
    bool enabled;
    bool practice;                    // weekly runs
    struct distribution starts_after; // seconds from the beginning of a zone's fault
    struct distribution ends_after;   // and from its end
};

// How a client comes back to its target.
enum stickiness { STICKINESS_NONE, STICKINESS_COOKIE, STICKINESS_SOURCE_IP };

struct balancer_spec {
    const char *name; // in the table of balancers
    enum balancer_kind kind;
    enum balancer_policy policy;
    bool cross_zone;
    bool anomaly_mitigation; // weighted random: less for targets that err more than others
    enum stickiness stickiness;
    double cookie_s;                     // how long a cookie is valid
    double slow_start_s;                 // round robin: of a target that became healthy; 0: none
    struct healthy_minimum fail_open;    // with fewer, unhealthy ones are used too
    struct healthy_minimum dns_failover; // with fewer, a zone's node leaves the DNS answer
    double
        deregistration_delay_s; // requests in flight to a target that is taken out have this long
    struct autoshift_spec autoshift;
    double idle_timeout_s; // of a connection without traffic, and so of a request without answer
    double keep_alive_s;   // application: the client's connection is closed at this age
    struct probe_spec health;
    struct distribution overhead; // seconds added to each forwarded request
};

enum steering_policy {
    STEERING_SIMPLE,
    STEERING_WEIGHTED,
    STEERING_LATENCY,
    STEERING_FAILOVER,
    STEERING_GEOLOCATION,
    STEERING_GEOPROXIMITY,
    STEERING_MULTIVALUE,
    STEERING_IP,
    STEERING_ACCELERATOR,
    STEERING_GLOBAL_BALANCER,
};

enum { RECORD_MAX_CIDRS = 16, GROUP_MAX_ENDPOINTS = 10 };

enum record_check {
    RECORD_UNCHECKED,     // always healthy
    RECORD_DEFAULT_CHECK, // the region's endpoint, by the settings that hold for all
    RECORD_NAMED_CHECK,
};

// One of an accelerator's endpoints in a region: a service's balancer there.
struct endpoint_spec {
    int service;
    int weight;       // 0..255
    int health_check; // index in checks; -1: the balancer's targets alone decide
};

struct record_spec {
    int region; // whose balancer is the answer; with a set: whose place counts; -1: none
    int set;    // index of the record set that makes the answer; -1: the region does
    bool evaluate_target_health; // healthy only while what it points to is
    int health_check;            // enum record_check, or RECORD_NAMED_CHECK + index in checks
    int weight;                  // weighted: 0..255
    bool is_secondary;           // failover
    struct location location;    // geolocation
    double bias;                 // geoproximity: -0.99..0.99
    double dial;                 // accelerator: share of the traffic aimed at it that it takes
    double capacity_rps;         // global balancer: beyond it requests go on; 0: no limit
    int n_endpoints;             // accelerator; 0: the entry service's balancer alone
    struct endpoint_spec endpoints[GROUP_MAX_ENDPOINTS];
    int n_cidrs; // ip; 0: the default
    struct cidr cidrs[RECORD_MAX_CIDRS];
    const char *location_text, *cidr_text; // as written
};

// Records of one name: an answer is one of them (multivalue: several).
struct record_set_spec {
    const char *name;
    enum steering_policy policy;
    bool is_alias; // to balancers: their TTL counts
    double ttl_s;
    int n_records;
    struct record_spec records[TOPOLOGY_MAX_REGIONS];
};

// How an endpoint is probed by checkers in the world, and what is made of their verdicts.
struct checker_spec {
    struct probe_spec probe;
    double tcp_timeout_s; // takes the place of probe.connect_timeout_s for TCP
    int n_regions;
    int regions[TOPOLOGY_MAX_REGIONS]; // geography indices
    int per_region;
    double healthy_share; // unhealthy when this share or less of the checkers says healthy
    double propagation_s; // a new status takes this long to reach the name servers' answers
};

enum alarm_metric {
    ALARM_ERROR_RATIO,     // 5xx answers over answers
    ALARM_ERRORS,          // 5xx answers in the period
    ALARM_REQUESTS,        // answers in the period
    ALARM_RESPONSE_TIME,   // from forwarding to the target's answer, seconds
    ALARM_HEALTHY_TARGETS, // of the balancer
};
enum alarm_statistic { ALARM_AVERAGE, ALARM_MINIMUM, ALARM_MAXIMUM };
enum alarm_comparison { ALARM_ABOVE, ALARM_AT_LEAST, ALARM_BELOW, ALARM_AT_MOST };
enum alarm_insufficient { ALARM_LAST_KNOWN, ALARM_HEALTHY, ALARM_UNHEALTHY };

// A metric of an endpoint's balancer that is watched.
struct alarm_spec {
    enum alarm_metric metric;
    enum alarm_statistic statistic; // response time, healthy targets
    enum alarm_comparison comparison;
    double limit; // in the metric's unit
    double period_s;
    int periods;               // in a row beyond the limit
    struct distribution delay; // seconds from a period's end until its datapoint can be read
    enum alarm_insufficient insufficient; // what counts without data
};

// The kinds of probes come first, so that one can be made of the other.
enum check_kind {
    CHECK_HTTP = PROBE_HTTP,
    CHECK_TCP = PROBE_TCP,
    CHECK_STRING_MATCH = PROBE_STRING_MATCH,
    CHECK_CALCULATED, // enough others are healthy
    CHECK_ALARM,      // a metric is within its limit
    CHECK_CONTROL,    // a switch (routing control)
};

static inline bool check_kind_is_probe(enum check_kind kind)
{
    return kind <= CHECK_STRING_MATCH;
}

// A health check as an object of its own, to which records point.
struct check_spec {
    const char *name;
    enum check_kind kind;
    bool is_inverted, is_disabled;
    int region;                 // of the endpoint or balancer ...
    int service;                // ... and whose it is; -1: the entry's
    struct checker_spec health; // probes; propagation: all kinds
    struct alarm_spec alarm;
    uint32_t of; // calculated: bit set of checks
    int healthy_at_least;
    bool initially_on; // control
};

// A rule that a change of a routing control must not break.
struct safety_rule_spec {
    const char *name;
    uint32_t controls; // bit set of checks
    int at_least;      // of them on
};

enum { STEERING_MAX_SETS = 32, STEERING_MAX_CHECKS = 32, STEERING_MAX_RULES = 32 };

enum client_affinity { AFFINITY_NONE, AFFINITY_SOURCE_IP, AFFINITY_COOKIE };

// Anycast addresses in front of the regions; the root's records are its endpoint groups.
struct accelerator_spec {
    enum client_affinity affinity;
    double idle_timeout_s;
    struct distribution reaction; // seconds from an endpoint's failure being known to the edges
    double failback_s;            // the same after its recovery
};

// When a proxy tries a request again.
enum proxy_retry {
    PROXY_RETRY_GATEWAY_ERROR, // and when it cannot connect
    PROXY_RETRY_CONNECT_FAILURE,
};

// What proxies do when no region is healthy.
enum proxy_despair { PROXY_REFUSES, PROXY_TRIES_ALL };

// Proxies at the edge that choose a region for each request; the root's records are its regions.
struct global_balancer_spec {
    enum client_affinity affinity; // none or cookie
    double idle_timeout_s;         // of users' connections
    struct distribution reaction;  // seconds from a region's failure being known to the proxies
    double failback_s;             // the same after its recovery
    int retries;                   // of a request
    enum proxy_retry retry_on;
    bool retry_writes;
    double try_timeout_s; // of one try
    enum proxy_despair none_healthy;
    double report_period_s; // of load, where regions have a capacity
};

struct steering_spec {
    struct record_set_spec root; // of the service's own name
    int n_sets;                  // others, which records may point to
    struct record_set_spec *sets;
    struct accelerator_spec accelerator;
    struct global_balancer_spec global_balancer;
    double negative_ttl_s;      // resolvers keep an empty answer this long
    struct checker_spec health; // of endpoints whose records name no check
    int n_checks;
    struct check_spec *checks;
    int n_rules;
    struct safety_rule_spec *rules;
};

// Set 0 is the root, set k + 1 is sets[k]; k <= n_sets.
static inline const struct record_set_spec *steering_set(const struct steering_spec *s, int k)
{
    return k == 0 ? &s->root : &s->sets[k - 1];
}

static inline bool steering_is_accelerated(const struct steering_spec *s)
{
    return s->root.policy == STEERING_ACCELERATOR;
}

// Whether users' requests are sent to regions one by one, and not with their connections.
static inline bool steering_is_per_request(const struct steering_spec *s)
{
    return s->root.policy == STEERING_GLOBAL_BALANCER;
}

// Whether users' connections end at an edge.
static inline bool steering_has_edges(const struct steering_spec *s)
{
    return steering_is_accelerated(s) || steering_is_per_request(s);
}

// Whether users' requests come to a service: the entry, or one behind an accelerator.
static inline bool steering_reaches(const struct steering_spec *s, int entry, int service)
{
    bool is_endpoint = service == entry;
    for (int i = 0; steering_is_accelerated(s) && i < s->root.n_records; i++)
        for (int k = 0; k < s->root.records[i].n_endpoints; k++)
            is_endpoint |= s->root.records[i].endpoints[k].service == service;
    return is_endpoint;
}

// The endpoint group of a region that lists its endpoints, or NULL.
static inline const struct record_spec *steering_group(const struct steering_spec *s, int region)
{
    for (int i = 0; steering_is_accelerated(s) && i < s->root.n_records; i++)
        if (s->root.records[i].region == region && s->root.records[i].n_endpoints > 0)
            return &s->root.records[i];
    return NULL;
}

// Which of a group's endpoints is the region's own: the entry's, or the first.
static inline int steering_own_endpoint(const struct record_spec *group, int entry)
{
    for (int k = 0; k < group->n_endpoints; k++)
        if (group->endpoints[k].service == entry)
            return k;
    return 0;
}

struct network_spec {
    double internet_stretch;                   // path length over great circle, user to region
    double backbone_stretch;                   // fallback for region pairs without a measurement
    double fibre_km_per_s;                     // signal speed
    double zone_rtt_s, zone_rtt_p99_s;         // between zones of a region
    double local_rtt_s, local_rtt_p99_s;       // within a zone
    double backbone_bits_per_s;                // one flow between regions
    double zone_bits_per_s;                    // one flow inside a region
    double backbone_loss, zone_loss;           // packet loss ratios
    double resolver_rtt_s, resolver_rtt_p99_s; // user to recursive resolver, beyond the last mile
    double edge_rtt_s;                         // user to the nearest edge, beyond the last mile
    double authority_rtt_s,
        authority_rtt_p99_s; // resolver to the nearest authoritative name server
    int tls_round_trips;     // 1: TLS 1.3, 2: TLS 1.2
};

struct topology {
    const char *name;  // stem of the file unless given
    const char *title; // one line for people
    const char *file;
    const char *text; // the YAML as read, with --set changes listed after it: embedded in results
    int n_regions;
    struct region_spec regions[TOPOLOGY_MAX_REGIONS];
    int n_services;
    struct service_spec *services;
    int n_stores;
    struct store_spec *stores;
    int entry;                     // service that the balancers forward to
    struct balancer_spec balancer; // of services that name none
    int n_balancers;               // others
    struct balancer_spec *balancers;
    struct steering_spec steering;
    struct network_spec network;
};

static inline const struct balancer_spec *topology_balancer(const struct topology *t, int service)
{
    const int named = t->services[service].balancer;
    return named < 0 ? &t->balancer : &t->balancers[named];
}

static inline bool topology_asks_store(const struct service_spec *s, int store)
{
    for (int k = 0; k < s->n_calls; k++)
        if (s->calls[k].target == CALL_STORE && s->calls[k].index == store)
            return true;
    return false;
}

// The service whose balancer is a region's own endpoint.
static inline int topology_own_service(const struct topology *t, int region)
{
    const struct record_spec *group = steering_group(&t->steering, region);
    return group == NULL ? t->entry
                         : group->endpoints[steering_own_endpoint(group, t->entry)].service;
}

// The service whose balancer a check of an endpoint looks at.
static inline int topology_checked(const struct topology *t, const struct check_spec *check)
{
    return check->service >= 0 ? check->service : topology_own_service(t, check->region);
}

// Bit set of a region's zones.
static inline uint8_t topology_zones(const struct topology *t, int region)
{
    return (uint8_t)((1u << t->regions[region].n_zones) - 1);
}
