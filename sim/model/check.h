// Health checks: what the name servers make of probes, of other checks, of metrics and of switches.
//
// What Route 53 does (Route 53 Developer Guide, "How Route 53 determines whether a health check is
// healthy", "Values that you specify when you create or update health checks"; API reference,
// HealthCheckConfig): a check of an endpoint is healthy while more than 18 % of its checkers say
// so; a calculated check while at least n of its children are, of which none is calculated itself;
// a check of a CloudWatch alarm reads the alarm's metric (alarm.h); a routing control of
// Application Recovery Controller is a switch that sets its check. An inverted check means the
// opposite. A disabled one is not performed and counts as healthy, which an inversion turns round
// as well. A new check is healthy until enough data says otherwise. Status reaches the name servers
// by the data plane, whatever becomes of the control plane. Modelled: all of that; the time that a
// status takes to the answers; a check's start anew when it is enabled again. Left out: endpoints
// that are not balancers; limits on the number of checks of an account; recovery groups and
// readiness checks. Knobs: kind, threshold, healthy_share, of, healthy_at_least, inverted,
// disabled, propagation.
//
// How it is computed: check r < n_regions is the default one of region r's endpoint, by the
// settings that hold for all; the named ones follow.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "model/alarm.h"
#include "model/events.h"
#include "model/topology.h"

struct authority;
struct context;
struct model;
struct world;

enum { CHECK_NONE = 255, CHECK_MOST = TOPOLOGY_MAX_REGIONS + STEERING_MAX_CHECKS };

_Static_assert(CHECK_MOST <= 64, "sets of checks are words");

struct check_plan {
    const struct check_spec *spec;
    uint8_t endpoint; // that it looks at, or ENDPOINT_NONE (endpoint_compile)
    uint16_t n_checkers;
    uint32_t first_checker; // index
    simtime propagation;
    uint64_t children; // calculated: bit set of checks
    uint64_t parents;  // bit set of the calculated checks that count it
    struct alarm_plan alarm;
};

struct check {
    bool is_well;     // by what it looks at; calculated: see authority.agreed
    bool is_disabled; // or counts as well whatever that is
    bool is_inverted;
    uint8_t epoch;  // changes when it begins anew: older reports do not count
    uint32_t votes; // checkers that say healthy
    uint8_t *vote;  // [checker] 1: healthy
    struct alarm alarm;
};

// Plans of all checks, and the places that checkers stand in. Before layout_number.
void check_compile(struct model *m);
// The number of the place in a region of the geography, among those of checkers.
uint16_t check_place(const struct model *m, int geography);
// The check that a record points to, or CHECK_NONE.
uint8_t check_of_record(const struct model *m, const struct record_spec *record);
// Whether a check is an alarm on a metric of a balancer (LP).
bool check_watches(const struct model *m, uint32_t check, uint32_t balancer);

// Makes all checks as they are in the beginning: parts of the authority.
void check_open(struct world *w, struct authority *a);
void check_on_report(const struct context *x, struct authority *a, const struct event *e);
void check_on_publish(const struct context *x, struct authority *a, const struct event *e);
void check_on_datapoint(const struct context *x, struct authority *a, const struct event *e);
void check_on_look(const struct context *x, struct authority *a, const struct event *e);
// Changes by operators, as they take effect.
void check_set_disabled(const struct context *x, struct authority *a, uint8_t id, bool value);
void check_set_inverted(const struct context *x, struct authority *a, uint8_t id, bool value);
void check_set_control(const struct context *x, struct authority *a, uint8_t id, bool is_on);
