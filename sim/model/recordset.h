// Record sets: which records of a name make an answer, by policy, place and health.
//
// What Route 53 does (Route 53 Developer Guide, "Choosing a routing policy", "How Route 53 chooses
// records when health checking is configured", "How health checks work in complex Amazon Route 53
// configurations"): weighted records in proportion to weight, per answer; weight 0 only when every
// other is unhealthy. Latency: by a long-term table of network latency to regions, blind to load.
// Failover: the primary while healthy, else the secondary, else the primary again. Geolocation: the
// most specific record that holds the asker's place, subdivision, country, continent, default;
// none: no answer. Geoproximity: the least distance, of which a bias of b % takes b % off, or
// divides by 1 - |b| %. Multivalue: up to eight healthy records at random, in one answer. IP: the
// record with the longest block of addresses that holds the asker's, else the default. A record
// without a health check is always healthy. When all that an answer could be are unhealthy, all
// count as healthy (fail open). A record may point to another record set (an alias): with "evaluate
// target health" it is healthy only while that has a healthy record, so that the search leaves dead
// branches; without, it stays in them. An answer's TTL is that of the set in which the search ends;
// that of a balancer when the record is an alias to one. A record that has been taken out is no
// part of an answer, healthy or not; without any left there is no answer. Modelled: all of that; a
// place is the
// asker's as far as it is known (population_spec). Left out: the certainty of real tables of places
// and latencies; boundaries by city; CNAME chains, whose parts age on their own; a balancer that is
// cut off and alive counts as it was last heard of. Knobs: policy, weight, location, bias, cidr,
// evaluate_target_health.
//
// How it is computed: where the asker is decides an order of records, made when the model is
// compiled; health is a bit a record, made anew when something changes. A query is then a few bit
// operations and, for weights, one draw.
#pragma once

#include "base/simtime.h"
#include "base/stream.h"
#include "model/events.h"
#include "model/topology.h"

struct arena;
struct geography;
struct model;
struct population_spec;

enum { RECORDSET_NO_RECORD = 255, RECORDSET_MULTIVALUE_MOST = 8 };

// A record as the search needs it.
struct record_plan {
    uint8_t region;     // NO_REGION: a set
    uint16_t endpoints; // bit set: the region's
    uint8_t set;
    uint8_t check; // CHECK_NONE: always healthy
    bool is_evaluated;
};

struct record_set_plan {
    enum steering_policy policy;
    simtime ttl;
    uint8_t n_records;
    struct record_plan records[TOPOLOGY_MAX_REGIONS];
    // [population][TOPOLOGY_MAX_REGIONS + 1] records to be tried in this order, ended by
    // RECORDSET_NO_RECORD; NULL: all of them alike.
    const uint8_t *order;
};

// The records as they are now: which there are, what is known of checks and endpoints, as bit sets,
// and what follows for the records.
struct record_health {
    uint64_t checked_healthy;                // checks
    uint32_t has_targets;                    // endpoints whose balancer has a healthy target
    uint32_t present[STEERING_MAX_SETS + 1]; // [set] records that have not been taken out
    uint32_t records[STEERING_MAX_SETS + 1]; // [set] healthy ones
    uint8_t weights[STEERING_MAX_SETS + 1][TOPOLOGY_MAX_REGIONS];
};

struct record_answer {
    uint16_t regions; // bit set; 0: no answer
    simtime ttl;
};

// Set 0 is the root, set k + 1 is sets[k]. After the populations' region_order.
void recordset_compile(struct model *m);
// The records of a set in the order in which a population tries them; needs an order.
const uint8_t *recordset_order(const struct record_set_plan *set, uint16_t population);
// All records as they are designed.
void recordset_open(const struct model *m, struct record_health *health);
// Derives the health of records from what is known. Sets do not point to each other in circles.
void recordset_review(const struct model *m, struct record_health *health);
// Bit set of the endpoints that users are sent to: those in anybody's answers, which may be
// unhealthy ones where all are; with an edge the healthy ones.
uint32_t recordset_endpoints(const struct model *m, const struct record_health *health);
// Whether a record is healthy only while the endpoint's balancer has healthy targets.
bool recordset_evaluates(const struct model *m, uint8_t endpoint);
struct record_answer recordset_answer(const struct model *m, const struct record_health *health,
                                      uint16_t population, struct stream *choices);
