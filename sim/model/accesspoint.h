// Access points: which replicas of a store its callers ask, and how operators change that.
//
// What S3 Multi-Region Access Points do (S3 User Guide, "Multi-Region Access Points", "Using
// failover controls"; routing itself is general knowledge): a request goes to the bucket that the
// network's latency makes nearest, among those of active regions; the route is static: a region
// that is down keeps getting what is nearest to it until somebody changes the routes. That is asked
// of the failover controls' endpoints in us-east-1, us-west-2, eu-west-1, ap-northeast-1 and
// ap-southeast-2, any of which will do, and takes about two minutes; one region at least is active;
// connections are not cut. Replication between the buckets takes no part in it. Modelled: that, for
// any store that takes writes everywhere (a program of one's own may choose its replicas so); what
// is under way, also what waits in a service's queue, is answered by whom it was meant for. Left
// out: that callers learn of a change one after another, a few seconds apart; the private network's
// own delay to another region. Knobs: passive; actions of kind access-point: change, region, takes,
// endpoint_timeout.
//
// How it is computed: the store's first member carries the actions out, wherever it is and however
// it fares: it stands for the service's own control. It tells the pools and caches that ask the
// store.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "model/workload.h"

struct action_plan;
struct cache;
struct context;
struct event;
struct model;
struct pool;
struct world;

struct access_point {
    uint32_t active; // bit set of regions
    uint32_t asked;  // what it will be when all that was asked for is done
    simtime latest;  // when that is
};

// For action.c: what an action names; whether it is refused, else when it takes effect; its effect.
bool access_point_find(const struct model *m, const struct action_spec *spec,
                       struct action_plan *plan);
bool access_point_ask(const struct context *x, uint32_t action, simtime *arrives);
void access_point_change(const struct context *x, uint32_t action);

void access_point_open(struct world *w);
void access_point_on_pool(const struct context *x, struct pool *p, const struct event *e);
void access_point_on_cache(const struct context *x, struct cache *c, const struct event *e);
