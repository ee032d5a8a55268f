// What one replication of one design leaves behind: integers only, so that merging is exact.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/simtime.h"
#include "measure/histogram.h"
#include "model/drain.h"
#include "model/storerecord.h"
#include "model/topology.h"
#include "model/useruptime.h"

// How a request ended, as its user sees it.
enum outcome {
    OUTCOME_OK,           // answered before the deadline
    OUTCOME_LATE,         // answered after the deadline: a failure
    OUTCOME_ERROR,        // every attempt failed, the last with an error answer
    OUTCOME_TIMEOUT,      // the last attempt got no answer in time
    OUTCOME_SHED,         // the last attempt was turned away by a full queue
    OUTCOME_NO_ANSWER,    // the name did not resolve
    OUTCOME_ABANDONED,    // its user lost patience
    OUTCOME_BREAKER_OPEN, // no address was left whose circuit breaker lets requests through
    OUTCOMES,
};
const char *outcome_name(enum outcome outcome);

// Per population and window, by the start time of the request.
enum series_field {
    SERIES_STARTED = OUTCOMES, // fields 0 .. OUTCOMES-1 are the outcomes
    SERIES_ATTEMPTS,           // tries made, first and repeated
    SERIES_LATENCY_US,         // sum over answered requests (ok and late), microseconds
    SERIES_FIELDS,
};

enum journal_kind {
    JOURNAL_FAULT_START,
    JOURNAL_FAULT_END,
    JOURNAL_ENDPOINT_FAILED,    // a health check of an endpoint fails: its checkers agree, or its
                                // alarm
    JOURNAL_ENDPOINT_UNHEALTHY, // name servers stop answering with a record
    JOURNAL_ENDPOINT_HEALTHY,
    JOURNAL_REGION_WITHDRAWN, // no answer has a region any more; for an edge it is unhealthy
    JOURNAL_REGION_RETURNED,
    JOURNAL_ZONE_WITHDRAWN, // name servers stop answering with a zone's balancer node
    JOURNAL_ZONE_RETURNED,
    JOURNAL_TARGET_UNHEALTHY, // a balancer stops using a zone's pool
    JOURNAL_TARGET_HEALTHY,
    JOURNAL_LEADER_LOST, // a follower notices silence
    JOURNAL_LEADER_PROMOTED,
    JOURNAL_LEADER_STEPPED_DOWN,
    JOURNAL_CHECK_UNHEALTHY, // a named health check, as published to the name servers
    JOURNAL_CHECK_HEALTHY,
    JOURNAL_ACTION_ASKED,     // an operator acts
    JOURNAL_ACTION_APPLIED,   // what an operator did has reached where it counts
    JOURNAL_ACTION_REFUSED,   // by a safety rule
    JOURNAL_TARGET_ANOMALOUS, // a balancer sends it fewer requests
    JOURNAL_TARGET_NORMAL,
    JOURNAL_ZONE_SHIFTED, // a balancer's traffic is moved away from a zone
    JOURNAL_ZONE_RESTORED,
    JOURNAL_ENDPOINT_WITHDRAWN, // edges send no new connections to one of a group's any more
    JOURNAL_ENDPOINT_RETURNED,
    JOURNAL_ENDPOINT_EMPTY, // an endpoint's balancer has no healthy target, and records look at
                            // that
    JOURNAL_BALANCER_EMPTY, // the same, and none does: nobody is steered away
    JOURNAL_WRITER_FAILED,  // of a store's cluster in a region
    JOURNAL_WRITER_READY,   // another instance takes writes, or the same again
    JOURNAL_KINDS,
};
const char *journal_kind_name(enum journal_kind kind);

struct journal_entry {
    simtime time;
    enum journal_kind kind;
    const char *component; // stable name; lives as long as the compiled model
    uint32_t detail; // index of the fault or action; new leader's region; shifted or writer's zone;
                     // else journal_where
};

enum { JOURNAL_NO_ZONE = 255 };

// Detail of what happens in a region, or in a zone of it.
static inline uint32_t journal_where(uint32_t region, uint32_t zone)
{
    return zone << 8 | region;
}

// A fault that users could meet, and when their traffic had left the side that it hit.
struct fault_record {
    uint32_t fault; // index in the plan
    const char *component;
    simtime start, end;
    uint8_t region, zones;      // the side that is hit; zones: bit set
    bool is_part;               // only some of the region's endpoints are
    simtime moved_90, moved_99; // since the start: 90 %, 99 % of the traffic has left (drain_moved)
};

struct record {
    uint32_t replication;
    int n_populations, n_classes, n_stores;
    size_t n_windows;
    uint64_t
        started_all; // requests started in the whole run; equals ended_all + in_flight (asserted)
    uint64_t ended_all;
    uint64_t in_flight;        // at the end of the run
    uint64_t *outcomes;        // [n_populations][n_classes][OUTCOMES], after warm-up
    uint64_t *attempts;        // [n_populations][n_classes], after warm-up
    struct histogram *latency; // [n_populations][n_classes], ns, answered requests, after warm-up
    uint64_t *series;          // [n_populations][n_windows][SERIES_FIELDS], whole run
    // Microseconds of users' time, [n_populations][n_windows][USERUPTIME_KINDS], whole run
    uint64_t *user_time;
    uint64_t *served; // [n_populations][n_regions] requests answered by each region, after warm-up
    int n_regions;
    // Where users' requests go, after warm-up: tries sent to each endpoint, and requests answered
    // by it. Both [n_populations][n_endpoints].
    uint64_t *endpoint_tries, *endpoint_answers;
    const char *endpoint_names[TOPOLOGY_MAX_ENDPOINTS]; // live as long as the compiled model
    uint8_t endpoint_regions[TOPOLOGY_MAX_ENDPOINTS];   // indices in the topology
    int n_endpoints;
    struct store_record *stores;
    ARRAY(struct journal_entry) journal; // in order of time
    ARRAY(struct fault_record) faults;   // in order of start
    size_t n_plan_faults;
    uint64_t *drain; // [n_plan_faults][DRAIN_BINS][DRAIN_COLUMNS] attempts, over all its instances
    uint64_t digest; // of all executed events
    uint64_t events;
};

void record_free(struct record *record);
// Sum of counts[population][endpoint] over all populations and the endpoints of a bit set.
uint64_t record_at_endpoints(const struct record *record, const uint64_t *counts,
                             uint32_t endpoints);
