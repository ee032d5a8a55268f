// Zonal shifts: a balancer's traffic is moved away from a zone, by operators or by AWS.
//
// What Application Recovery Controller does (Developer Guide, 'How a zonal shift works', 'Zonal
// autoshift'; Elastic Load Balancing guides, 'Zonal shift'): a shift takes the zone's node out of
// the DNS answer and lets no new request, or connection, come to the zone's targets, so that new
// connections leave within a TTL and others when they end; it has an expiry of at most 72 h, which
// may be renewed, and can be cancelled; it does nothing while no target elsewhere is healthy. With
// zonal autoshift AWS starts and ends one on its own telemetry, and practises weekly for about 30
// minutes, not while another shift is on. One is applied at a time: operators' before AWS's before
// practice, which the others interrupt; operators cannot shift a second zone. Modelled: that, for
// autoshift with each fault of a zone as the impairment that AWS sees, some time after it begins
// and after it ends. Left out: alarms and checks of capacity of practice runs, blocked windows;
// that callers inside the region, which keep to the node of their own zone, would leave it, too.
// Knobs: autoshift; action zonal-shift.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "base/stream.h"

struct balancer;
struct context;
struct event;
struct world;

// In order of precedence.
enum shift_cause { SHIFT_BY_OPERATORS, SHIFT_BY_AWS, SHIFT_FOR_PRACTICE, SHIFT_CAUSES };

struct zoneshift {
    struct zoneshift_run {
        bool is_active;
        uint8_t zone;
        simtime until;
    } runs[SHIFT_CAUSES];
    struct stream practice; // which zone
};

// Schedules what AWS will do.
void zoneshift_open(struct world *w, struct balancer *b);
void zoneshift_on_event(const struct context *x, struct balancer *b, const struct event *e);
// Starts a shift, or gives it another expiry; false when that may not be.
bool zoneshift_start(const struct context *x, struct balancer *b, enum shift_cause cause,
                     struct zoneshift_run run);
void zoneshift_stop(const struct context *x, struct balancer *b, enum shift_cause cause);
