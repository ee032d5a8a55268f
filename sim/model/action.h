// Actions: what operators do at given times to steer users.
//
// What the real systems do. A change of a Route 53 record or health check is a call of its control
// plane, which stands in us-east-1, and reaches all name servers usually within 60 s (Route 53
// Developer Guide, "Creating records", best practices); while that control plane is down nothing
// can be changed, though answers and health checks go on. A traffic dial is turned, and an
// endpoint's weight set, by the control plane of Global Accelerator, in us-west-2 (Developer Guide,
// "Getting started"). A routing control of Application Recovery Controller is set through a cluster
// of five Regional endpoints, any of which may be down, so that callers try one after the other; it
// is a data plane: a quorum of three is enough (ARC Developer Guide, "Routing control components";
// the regions and the quorum are general knowledge). An access point's routes (accesspoint.h) are
// changed at endpoints in the same regions, each by itself. A safety rule refuses a change after
// which fewer controls of a set were on than it says. Zonal shifts (zoneshift.h) are made in the
// region itself; targets (registration.h) are registered by its control plane, which may be down by
// itself. Modelled: all of that; changes of the control plane arrive in the order in which they
// were made; a change that cannot be made is tried again until it can; a routing control's effect
// takes the way of any health check. A region's control plane is down while the region is. Left
// out: operators' own delays (`at` is when they act) and mistakes; time of a call that succeeds at
// once; gating rules. Knobs: kind, change, at, takes, endpoint_timeout.
//
// How it is computed: an action is an event of the LP that carries it out. Kinds are a table
// (action.c): what of the design an action names, how it is made, and what it does when it has
// arrived.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "model/workload.h"

struct context;
struct event;
struct model;
struct payload_action;
struct world;

// What stands in a region and is needed to carry out actions.
enum action_control {
    ACTION_ROUTE53,     // the control plane
    ACTION_ACCELERATOR, // the control plane
    ACTION_ENDPOINT,    // the first of the cluster's
    ACTION_ENDPOINTS = 5,
    ACTION_QUORUM = 3,
    ACTION_CONTROLS = ACTION_ENDPOINT + ACTION_ENDPOINTS,
};

// What an action names of this design.
struct action_plan {
    bool has_effect;  // it names anything
    uint32_t n_lps;   // that carry it out ...
    uint32_t *lps;    // ... each for itself: the name servers, or balancers
    int zone;         // zonal shift, targets; -1: all
    uint8_t set;      // records: of this set ...
    uint32_t records; // ... these, a bit set
    uint8_t check;
    uint8_t region;     // traffic dial, access point
    uint16_t endpoints; // endpoint weight: a bit set
    uint8_t control;    // enum action_control: the first of what it needs
};

// An action as it will go in this replication.
struct action_draw {
    simtime takes;    // from the call until all name servers have it
    uint8_t endpoint; // that is tried first
};

// Finds what each action of the plan changes in this design, and notes those that change nothing.
// Before fault_compile.
void action_compile(struct model *m);
// The region in which one of the controls stands.
const char *action_region(enum action_control control);
// Whether actions of a kind need something in a region that an effect on it takes away.
bool action_needs(enum action_kind kind, const char *region, enum fault_effect effect);
// Whether an effect on the control's region takes it away, and any action of the plan needs it.
bool action_is_exposed(const struct model *m, enum action_control control,
                       enum fault_effect effect);
// Whether an action of the plan needs a region's own control plane.
bool action_needs_plane(const struct model *m, int region);
bool action_is_retry(const struct payload_action *action);
// For who carries actions out: tries it again later; lets it take its time; will not do it.
void action_try_again(const struct context *x, const struct payload_action *action, simtime at);
void action_will_arrive(const struct context *x, const struct payload_action *action);
void action_arrives_at(const struct context *x, const struct payload_action *action, simtime at);
void action_refuse(const struct context *x, const struct payload_action *action);
// Schedules the actions.
void action_open(struct world *w);
void action_on_event(const struct context *x, const struct event *e);
