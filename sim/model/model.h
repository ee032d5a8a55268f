// The compiled model: everything about a design and its load that no replication changes.
//
// Built once from the specs (model_compile in world.h), then read-only and shared by all threads:
// the table of LPs, the network paths between places, quantile tables, popularity tables, cells and
// lookahead.
#pragma once

#include "base/arena.h"
#include "base/simtime.h"
#include "base/variate.h"
#include "model/breaker.h"
#include "model/demand.h"
#include "model/edge.h"
#include "model/endpoint.h"
#include "model/hedge.h"
#include "model/namecache.h"
#include "model/retry.h"
#include "model/world.h"

enum lp_kind {
    LP_POPULATION,
    LP_RESOLVER,
    LP_AUTHORITY,
    LP_CHECKER,
    LP_BALANCER,
    LP_POOL,
    LP_REPLICA,
    LP_CACHE,
    LP_KINDS,
};

struct lp_info {
    const char *name; // stable: keys random streams and journals
    enum lp_kind kind;
    uint32_t index; // among its kind
    uint16_t place;
    uint16_t object;       // service or store it belongs to
    uint16_t region, zone; // of the topology; 0 where there is none
    uint16_t reply_kind;   // event that carries an answer to it
    uint16_t target;       // pool: number among its service's in the zone; replica: in the region
    bool is_zonal;         // replica: it is in the zone, not in the region as such
};

// How much a message is to the network.
struct net_size {
    double bytes;
    uint32_t packets; // at least one
};

// One direction between two places: what a message meets on its way. One cache line: a message
// reads all of it and, almost always, nothing else but the jitter's table.
struct path {
    _Alignas(64) simtime floor;   // no message is faster
    const struct variate *jitter; // lognormal with median 1 ...
    double jitter_ns;             // ... times this is added
    double ns_per_byte;
    double loss;        // of a packet, in normal state; net_set_loss
    uint64_t loss_word; // at least the loss, of 2^32
    simtime retransmit; // first retransmission timeout of an established connection
    uint32_t link;      // index of its fault timeline
};

_Static_assert(sizeof(struct path) == 64, "a cache line");

// What a fault domain is: a population, a zone of a region, a region as such, or (all -1) global
// control.
struct net_domain {
    int population, region, zone;
};

// One thing a fault hits as a whole: indices of the topology, -1 where the target has none.
struct fault_place {
    int region, zone, object; // object: service or store
    int n_targets;            // service: the first of its targets there; 0: all
    int peer_region, peer_population;
    bool peer_is_everything; // else
    bool peer_is_regions;    // all others, neither users nor what is outside of regions
    const char *outside;     // name of a region that is no part of the design; NULL: it is
};

struct fault_target_plan {
    uint32_t fault; // index in the plan
    struct fault_place place;
    const char *name;  // of the place: keys its random stream
    const char *label; // for people
};

// A shared jitter table.
struct net_jitter {
    double sigma;
    struct variate table;
};

// Zipf-distributed items (popularity.h): the first by a table, those of its tail by a formula.
struct popularity {
    uint32_t n;          // items
    uint32_t n_cells;    // of the table: as many items, the most popular
    uint32_t tail_words; // of 2^32: those that choose an item beyond the table
    uint64_t stretch;    // from the other words to 64 bits
    const struct popularity_cell {
        uint32_t threshold; // of 2^32
        uint32_t alias;
    } * cells;
    double tail_start, tail_step, tail_power;
};

// What the messages of a request class weigh, and what its requests are like.
struct class_plan {
    struct net_size request, response; // between user and balancer
    struct net_size inside;            // of a request that carries its payload, inside the cloud
    simtime deadline;
    uint8_t flags; // enum request_flags
};

struct population_plan {
    struct demand_plan demand;
    bool has_cold; // requests have more than a cache line (request_cold)
    bool cancels, tells_deadline;
    bool has_own_items;    // its users ask for such
    bool is_proxied;       // by a global balancer (frontend.h)
    bool races;            // addresses (client_spec)
    simtime address_delay; // in a race
    struct hedge_plan hedge;
    struct breaker_plan breaker;
    uint32_t n_clients, n_resolvers; // resolvers: those elsewhere come last
    uint32_t first_user;             // its clients' numbers among those of all populations
    uint32_t n_home_resolvers;
    uint16_t elsewhere;          // population that name servers take users of the others for
    const uint16_t *resolver_of; // [n_clients]
    uint32_t class_limit[WORKLOAD_MAX_CLASSES]; // cumulative, of 2^32
    uint8_t last_class;                         // that its users ask for
    struct retry_plan retry;
    simtime connect_timeout, attempt_timeout, dns_timeout;
    simtime idle_timeout, max_age;
    uint32_t n_connections;      // a user's at most, one request each; 0: one that all share
    simtime acquire_timeout;     // of these
    simtime cookie_life;         // of the front service's balancers; 0: none
    bool tells_address;          // to them
    simtime edge_rtt;            // to an accelerator's edge, last mile included
    simtime least_ttl, most_ttl; // in its resolvers' caches
    struct namecache_plan caches;
    uint8_t region_order[TOPOLOGY_MAX_REGIONS]; // by round trip, nearest first
};

struct service_plan {
    struct variate work;
    uint32_t servers, queue, concurrency; // of one target
    int n_steps;
    uint8_t region_for[TOPOLOGY_MAX_REGIONS]; // for callers of each region: the nearest that has it
};

enum quorum_leg {
    QUORUM_LEG_WRITE,
    QUORUM_LEG_ACKNOWLEDGE,
    QUORUM_LEG_READ,
    QUORUM_LEG_RESPONSE,
    QUORUM_LEGS,
};

// Units of capacity, thinned with the demand; by kind.
struct throughput_plan {
    enum capacity_mode capacity;
    bool is_shared;                    // adaptive
    uint32_t halves[STORE_OPERATIONS]; // of a unit, that an operation takes
    double rates[THROUGHPUT_KINDS];    // of the table, a second; on demand: at first ...
    double most[THROUGHPUT_KINDS];     // ... and at most
    double limits[THROUGHPUT_KINDS];   // of a partition
    uint32_t n_partitions;             // 0: as many as the rates need
    simtime depth, growth, split_after;
};

struct store_plan {
    struct variate read_time, write_time, decide, promote;
    struct variate replication_delay, send_time, apply_time;
    struct variate reader_lag;
    bool has_reader_lag;
    simtime sync_timeout, rpo;
    simtime guarantee_timeout;
    bool has_sender;   // a write keeps the sender busy
    bool has_appliers; // and an applier
    bool has_limits;   // of throughput
    bool is_waited;    // where it arrives: for tokens, or for an applier
    double seconds_per_byte;
    simtime batch;      // 0: none
    simtime delay_hold; // how long a draw of the delay holds; 0: for one write
    struct throughput_plan throughput;
    uint64_t conditional; // share of writes, of 2^32
    struct variate read_before;
    uint8_t consistencies; // bit set: that calls ask for
    uint32_t servers, queue;
    uint32_t items;      // in all
    uint32_t first_own;  // from here on one a user; before it those that popularity chooses among
    uint32_t item_slots; // items_init
    struct popularity popularity;
    uint32_t first; // replica; its members follow one another
    int n_members;
    uint8_t member_region[STORE_MAX_MEMBERS];
    uint8_t leader;                           // member; the first
    uint32_t in_region[TOPOLOGY_MAX_REGIONS]; // bit set of members
    struct variate legs[QUORUM_LEGS];
    bool has_legs;
    simtime hint_window, anti_entropy;
    bool may_miss; // quorums of writes and later ones need not meet, and the newest wins
    uint8_t replica_region[TOPOLOGY_MAX_REGIONS]; // for callers of each region: where the replica
                                                  // they use is at first
};

// The caches in front of a store.
struct cache_plan {
    struct variate hit_time, feed_delay;
    uint32_t size, servers, queue;
    simtime ttl;
    simtime timeout;   // of what they ask the store: as long as the callers' longest
    uint32_t first, n; // caches; a store's follow one another
};

// LPs of the caches that read from a replica.
struct cache_readers {
    uint32_t *lps;
    uint32_t n;
};

struct checker_plan {
    uint16_t check;
    uint16_t checker; // among the check's
};

struct model {
    const struct topology *topology;
    const struct workload *workload;
    const struct fault_plan *plan; // may be NULL
    const struct geography *geography;
    struct model_options options;
    struct arena arena;
    simtime duration, warmup, window;
    size_t n_windows;
    struct class_plan classes[WORKLOAD_MAX_CLASSES];
    uint32_t n_session_stores; // stores that sessions remember: all, if classes have own items
    uint32_t n_users;          // who have some, of all populations; 0: nobody

    uint32_t n_lps;
    struct lp_info *lps;
    struct lp_info scratch_lp; // takes what the counting pass of layout.c has no place for
    uint32_t first[LP_KINDS], count[LP_KINDS]; // LPs of a kind have consecutive ids
    int32_t *balancer_of;                      // [service][region] index, or -1
    int32_t *pool_of;    // [service][region] index of zone a's first pool, or -1; zone by zone
    int32_t *replica_of; // [store][region] index, or -1
    int32_t *cache_of;   // [store][region] index of zone a's cache, or of the region's, or -1
    uint32_t endpoint[TOPOLOGY_MAX_ENDPOINTS]; // LP of the balancer, if any
    struct endpoints endpoints;                // what else there is to say of them
    uint32_t n_checks;                         // of regions' endpoints, then the named ones
    struct check_plan *checks;
    struct checker_plan *checkers; // [count[LP_CHECKER]]
    uint16_t n_checker_places;     // where checkers stand
    int *checker_places;           // [n_checker_places] geography indices

    uint16_t n_places;
    struct path *paths; // [from][to]
    ARRAY(struct net_jitter *) jitters;
    uint16_t n_domains;  // places that share faults: population with its resolvers, zones, regions,
                         // control
    uint16_t *domain_of; // [n_places]
    struct net_domain *domains;
    uint16_t zone_place[TOPOLOGY_MAX_ENDPOINTS][TOPOLOGY_MAX_ZONES]; // of regions and endpoints
    uint16_t region_place[TOPOLOGY_MAX_REGIONS];
    uint16_t population_place, resolver_place, authority_place, checker_place; // of the first

    uint32_t n_cells;
    uint32_t *lp_cell;
    simtime *lookahead; // [n_cells][n_cells]

    struct population_plan *populations;
    struct edge_plan edges;              // of an accelerator
    bool cancels;                        // any population does
    struct record_set_plan *record_sets; // [1 + steering.n_sets]
    struct service_plan *services;
    struct store_plan *stores;
    struct cache_plan *caches;           // [n_stores]
    struct cache_readers *cache_readers; // [replica]
    struct variate *balancer_overheads;  // of the topology's balancer, then of the named ones
    struct variate unit_exponential;
    uint64_t flow_mask; // of a connection's time in requests to the entry; 0: of no use there
    ARRAY(struct fault_target_plan) fault_targets;
    struct action_plan *actions; // [plan->n_actions]
    uint32_t action_controls;    // bit set of enum action_control that they need
    ARRAY(const char *) notes;
};

static inline uint32_t model_lp(const struct model *m, enum lp_kind kind, uint32_t index)
{
    return m->first[kind] + index;
}

// The nearest region of a set to one: itself if it is in the set.
uint8_t model_nearest(const struct model *m, uint32_t set, int region);

// The replica that callers of a zone ask in a region which has any: the one of the same zone, or
// else zones go to them in turn.
static inline uint32_t model_replica_in(const struct model *m, int store, int region, int zone)
{
    const struct topology *t = m->topology;
    const int n = t->stores[store].replicas_per_region;
    const int32_t first = m->replica_of[store * t->n_regions + region];
    return model_lp(m, LP_REPLICA, (uint32_t)(first + zone % n));
}

// The one that they ask at first.
static inline uint32_t model_replica_near(const struct model *m, int store, int region, int zone)
{
    return model_replica_in(m, store, m->stores[store].replica_region[region], zone);
}

// LP of the cache that a store's callers in a zone use; the store has caches.
static inline uint32_t model_cache(const struct model *m, int store, int region, int zone)
{
    const int32_t first = m->cache_of[store * m->topology->n_regions + region];
    const bool is_zonal = m->topology->stores[store].cache.scope == CACHING_ZONE;
    return model_lp(m, LP_CACHE, (uint32_t)(first + (is_zonal ? zone : 0)));
}

// The longest time that a notice takes to a place from any member of a store: of the program's own
// Tabulates scale x distribution, or finds the table.
struct variate model_variate(struct model *m, const struct distribution *d, double scale);
// bookkeeping, as soon as the network allows.
simtime model_notice_time(const struct model *m, const struct store_plan *plan, uint16_t place);

static inline const struct path *model_path(const struct model *m, uint16_t from, uint16_t to)
{
    return &m->paths[(uint32_t)from * m->n_places + to];
}
