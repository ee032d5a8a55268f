// The mutable state of one replication: all LPs by kind, and the fault timelines they live under.
#pragma once

#include "base/arena.h"
#include "engine/engine.h"
#include "model/action.h"
#include "model/authority.h"
#include "model/balancer.h"
#include "model/cache.h"
#include "model/cachefeed.h"
#include "model/checker.h"
#include "model/drain.h"
#include "model/pool.h"
#include "model/population.h"
#include "model/replica.h"
#include "model/resolver.h"
#include "model/timeline.h"
#include "model/world.h"

struct fault_instance {
    simtime start, end;
    const struct fault_target_plan *target;
};

typedef ARRAY(struct journal_entry) journal_list;

struct world {
    const struct model *model;
    const struct world_run_conf *run; // NULL in tests that run the engine themselves
    uint64_t seed;
    uint32_t replication;
    enum probe_sending probes;
    const struct store_history *history; // NULL: none is kept
    struct engine *engine;
    struct bug_context context; // for the messages of failed asserts
    struct arena arena;

    void **lps; // [lp] its state, one of the following
    struct population *populations;
    struct resolver *resolvers;
    struct authority authority;
    struct checker *checkers;
    struct balancer *balancers;
    struct pool *pools;
    struct replica *replicas;
    struct cachefeed *cachefeeds; // [replica] parts of these, where there are caches
    struct cache *caches;
    struct access_point *access_points; // [store] parts of its first member

    // Read-only once the replication runs.
    simtime *clocks;        // [region] what its clock shows too much
    struct timeline *links; // [n_domains][n_domains]
    struct timeline *nodes; // [region][TOPOLOGY_MAX_ZONES]: a zone's power, for balancer nodes
    struct timeline *pool_faults;    // [pool]
    struct timeline *replica_faults; // [replica]
    struct timeline *cache_faults;   // [cache]
    struct timeline *controls;       // [ACTION_CONTROLS]
    struct timeline *planes;         // [region] its control plane
    ARRAY(struct fault_instance) faults;
    journal_list cluster_marks;
    // Of those that users can meet: by their way, by what balancers choose.
    drain_watches watches, target_watches;
    struct action_draw *actions; // [plan->n_actions]

    journal_list *journals; // [lp]
};

// Makes all LPs and faults of a world whose engine has been created; world_close frees them and the
// engine. For world_run, and for tests that watch a world at work.
void world_populate(struct world *w);
void world_close(struct world *w);
