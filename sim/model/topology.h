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

enum {
    TOPOLOGY_MAX_REGIONS = 16,
    TOPOLOGY_MAX_ZONES = 6,
    TOPOLOGY_MAX_CALLS = 8,
    BALANCER_MAX_TARGETS = 64
};

struct region_spec {
    const char *name; // region code; known to the geography
    int geography;    // index there
    int n_zones;      // zones used by this design: a, b, c ...
};

enum call_target { CALL_SERVICE, CALL_STORE };
enum call_operation {
    CALL_BY_CLASS, // read for read classes, write for write classes
    CALL_READ,
    CALL_WRITE,
};

// One call of a step. Calls of the same step run in parallel; steps run in sequence.
struct call_spec {
    enum call_target target;
    int index;                     // of the service or store
    int step;                      // 0, 1, 2 ...
    double probability;            // of being made at all
    double timeout_s;              // the caller stops waiting and counts an error
    enum call_operation operation; // stores only
    bool optional;                 // a failure of this call does not fail the request
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

enum store_mode { STORE_MULTI_LEADER, STORE_SINGLE_LEADER, STORE_QUORUM };
enum quorum_read { QUORUM_READ_QUORUM, QUORUM_READ_LOCAL };

struct store_spec {
    const char *name;
    enum store_mode mode;
    uint32_t regions;                          // bit set; one replica each
    int leader;                                // single-leader: region index of the first leader
    int servers;                               // parallel operations a replica can work on
    struct distribution read_time, write_time; // seconds
    int queue;                                 // operations that may wait; beyond: shed
    // Asynchronous modes: time from commit until the change leaves its region.
    struct distribution replication_delay;
    // Quorum.
    int write_quorum, read_quorum;
    enum quorum_read read_mode;
    double quorum_timeout_s;
    // Single leader: promotion of a follower. Times add up: silence noticed, decided, promoted.
    bool failover;
    double heartbeat_s;
    double detect_s;             // silence that counts as a failure
    struct distribution decide;  // seconds
    struct distribution promote; // seconds
    // Items and their popularity.
    uint32_t items;
    double zipf; // exponent; 0: uniform
};

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
enum probe_kind { PROBE_HTTP, PROBE_TCP };

struct probe_spec {
    enum probe_kind kind; // TCP: a connection is all; http: then a request
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

struct balancer_spec {
    const char *name; // in the table of balancers
    enum balancer_kind kind;
    enum balancer_policy policy;
    bool cross_zone;
    bool anomaly_mitigation;          // weighted random: less for targets that err more than others
    double slow_start_s;              // round robin: of a target that became healthy; 0: none
    struct healthy_minimum fail_open; // with fewer, unhealthy ones are used too
    struct healthy_minimum dns_failover; // with fewer, a zone's node leaves the DNS answer
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
};

enum { RECORD_MAX_CIDRS = 16 };

struct record_spec {
    int region; // whose balancer is the answer; with a set: whose place counts; -1: none
    int set;    // index of the record set that makes the answer; -1: the region does
    bool evaluate_target_health; // healthy only while what it points to is
    bool health_check;           // of the region: probed by checkers; off: they have no say
    int weight;                  // weighted: 0..255
    bool is_secondary;           // failover
    struct location location;    // geolocation
    double bias;                 // geoproximity: -0.99..0.99
    int n_cidrs;                 // ip; 0: the default
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

enum { STEERING_MAX_SETS = 32 };

struct steering_spec {
    struct record_set_spec root; // of the service's own name
    int n_sets;                  // others, which records may point to
    struct record_set_spec *sets;
    double negative_ttl_s; // resolvers keep an empty answer this long
    struct probe_spec health;
    int n_checker_regions;
    double tcp_timeout_s; // takes the place of health.connect_timeout_s for TCP
    int checker_regions[TOPOLOGY_MAX_REGIONS]; // geography indices
    int checkers_per_region;
    double healthy_share; // unhealthy when this share or less of the checkers says healthy
    double propagation_s; // a new status takes this long to reach the name servers' answers
};

// Set 0 is the root, set k + 1 is sets[k]; k <= n_sets.
static inline const struct record_set_spec *steering_set(const struct steering_spec *s, int k)
{
    return k == 0 ? &s->root : &s->sets[k - 1];
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
