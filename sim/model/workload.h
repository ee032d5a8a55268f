// What happens: demand by population and request class, and faults. Validated data, read-only in a
// run.
//
// Filled by the scenario loader. Durations in seconds, sizes in bytes, ratios in 0..1. A workload
// holds no servers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"
#include "model/geography.h"
#include "model/topology.h"

enum { WORKLOAD_MAX_CLASSES = 8, WORKLOAD_MAX_WINDOWS = 1000000, WORKLOAD_MAX_CACHES = 4 };
enum {
    WORKLOAD_MOST_CONNECTIONS = 64,       // of a user
    WORKLOAD_MAX_CONNECTIONS = 100000000, // of a population: 1.6 GB
    WORKLOAD_MAX_SESSIONS = 100000000,    // of all populations: 1.6 GB for each store
};

struct class_spec {
    const char *name;
    bool is_write;
    bool has_own_items;    // its requests touch items that belong to their user (session.h)
    double weight;         // share of a population's requests, relative
    double request_bytes;  // mean payload towards the service
    double response_bytes; // and back
    double deadline_s;     // a later answer is a failure
};

enum backoff_growth { BACKOFF_EXPONENTIAL, BACKOFF_FIXED };
enum backoff_jitter { BACKOFF_NONE, BACKOFF_FULL, BACKOFF_EQUAL, BACKOFF_DECORRELATED };

enum budget_mode { BUDGET_NONE, BUDGET_TOKENS };

// Tokens that retries cost.
struct budget_spec {
    enum budget_mode mode;
    double size;                  // of the bucket, full at first
    double cost, timeout_cost;    // of a retry after an error, after a timeout
    double per_call, per_success; // given back
    bool refund;                  // a retry that succeeds gives its cost back, not per_success
    bool shared;                  // one bucket for the population, not one a user
};

// Copies of requests that take long.
struct hedge_spec {
    int most;       // copies an attempt; 0: none
    double after_s; // from the attempt, or the copy before
    double budget;  // copies for each request that may have them
    bool writes;    // may
    bool elsewhere; // to another address of the answer, if there is one
};

enum breaker_mode { BREAKER_NONE, BREAKER_CONSECUTIVE, BREAKER_RATIO };

// When a client stops asking a region.
struct breaker_spec {
    enum breaker_mode mode;
    int failures; // consecutive: in a row
    double ratio; // of failures among the latest `window` calls, of which there are `minimum`
    int window, minimum;
    double open_s;
    int probes;  // calls on trial afterwards
    bool shared; // one for the population, not one a user
};

struct client_spec {
    int connections; // a user's at most, each with one request at a time; 0: one that all share
    double acquire_timeout_s; // for one of these
    double connect_timeout_s;
    double attempt_timeout_s; // from the connection, TLS set-up included, to the answer
    double dns_timeout_s;
    bool races; // for a connection: the next address is tried before the last has failed
    double address_delay_s; // so much later
    int attempts;           // in all, first try included
    double backoff_base_s, backoff_cap_s;
    enum backoff_growth backoff_growth;
    enum backoff_jitter backoff_jitter;
    struct budget_spec budget;
    bool cancels;        // tells the service when it stops waiting for an answer
    bool tells_deadline; // requests say until when somebody waits for them
    struct hedge_spec hedge;
    struct breaker_spec breaker;
    double idle_timeout_s; // an idle connection is closed
    double max_age_s;      // and so is an old one
};

// Users who keep a DNS answer longer than its TTL.
struct cache_spec {
    double share;              // of the population's users
    struct distribution keeps; // seconds; the TTL, if that is longer
};

enum demand_mode { DEMAND_OPEN, DEMAND_CLOSED, DEMAND_SESSIONS };

// When users ask and how long they wait.
struct demand_spec {
    enum demand_mode mode;
    struct distribution requests; // sessions: of one; less than 1 counts as 1
    struct distribution think;    // seconds from an outcome to the next request; not with open
    struct distribution patience; // seconds; a constant 0: endless
};

struct population_spec {
    const char *name;
    double latitude_deg, longitude_deg;
    struct location location;                 // for geolocation; default: not known
    struct cidr address;                      // for ip
    const char *location_text, *address_text; // as written
    enum access_type access;
    double rate_rps; // mean over a day; not with closed demand
    int clients;     // users; who asks is one at random, with closed demand each in his turn
    struct demand_spec demand;
    double utc_offset_s; // local time of the diurnal curve
    // rate(t) = mean x (1 + first cos(2 pi (h - first_peak)/24) + second cos(4 pi (h -
    // second_peak)/24)), floor 0
    double diurnal_first, diurnal_second;               // amplitudes
    double diurnal_first_peak_h, diurnal_second_peak_h; // local hours
    int resolvers;                                      // recursive resolvers that serve it
    double resolver_skew;                               // Zipf exponent of their shares
    // Users whose resolvers stand elsewhere: name servers take them for users of another
    // population, unless the resolver tells the client's subnet.
    double elsewhere_share;
    int elsewhere_as; // index of that population; -1: none
    int elsewhere_resolvers;
    bool tells_subnet;
    double least_ttl_s, most_ttl_s; // they make of an answer's at least, at most
    int n_caches;
    struct cache_spec caches[WORKLOAD_MAX_CACHES];
    struct client_spec client;
    double mix[WORKLOAD_MAX_CLASSES]; // weight of each class for this population
};

struct workload {
    const char *name;
    const char *title;
    const char *file;
    const char *text;
    double duration_s;
    double warmup_s;         // requests started before are simulated but not counted
    double start_utc_s;      // time of day at simulated time 0
    double window_s;         // width of the time series' windows
    double inactive_after_s; // a user who has asked nothing for so long is away
    double up_threshold; // a window is up when at least this share of its requests was answered in
                         // time
    int n_classes;
    struct class_spec classes[WORKLOAD_MAX_CLASSES];
    int n_populations;
    struct population_spec *populations;
};

// Requests a second, mean over a day, if all were answered at once.
double workload_demand_rps(const struct population_spec *p);

enum fault_target { FAULT_ZONE, FAULT_REGION, FAULT_LINK, FAULT_SERVICE, FAULT_STORE, FAULT_CACHE };

// Whether a name of a plan, or "*" for all, means a thing with this name.
bool workload_means(const char *pattern, const char *name);

#define ALL_ZONES "all"
#define OTHER_REGIONS "regions"

enum fault_effect {
    FAULT_DOWN,          // zone, region: no power; link: cut; service, store, cache: refuses
    FAULT_SLOW,          // factor: times longer (work; a link's delay)
    FAULT_LOSSY,         // ratio: packets lost (link; zone and region: all their links)
    FAULT_ERRORS,        // ratio: requests answered with an error (service, store, cache)
    FAULT_CAPACITY,      // ratio: servers left (zone, region, service, store, cache)
    FAULT_CONTROL_PLANE, // region: no promotion of a store replica there until it ends; and what
                         // else operators would change (action.h)
    FAULT_WRONG_ANSWERS, // ratio: answers with a good status and a broken body (service)
};

// One fault of a plan. Names are kept: a plan serves many topologies, and what it names need not
// exist in all.
struct fault_spec {
    const char *name;
    enum fault_target target;
    const char *region; // zone, region, service, store, cache ("*": every one, each on its own)
    const char *zone;   // zone, service, cache: letter ("*": every zone, each on its own); service,
                        // cache: ALL_ZONES, as one
    const char *object; // name of the service, or of the store, the cache's too ("*": all)
    int targets;        // service: only so many of its targets; 0: all
    const char *peer; // link: other region, or population; OTHER_REGIONS: all of them, nobody else
                      // ("*": everything else)
    bool one_way;     // link: only from region towards peer
    enum fault_effect effect;
    double level; // factor or ratio; see the effect
    bool is_random;
    double at_s;                  // scheduled: start
    double rate_per_s;            // random: Poisson rate of starts per target
    struct distribution duration; // seconds
    double ramp_s; // capacity: recovers linearly over this time after the duration (in ten steps);
                   // 0: at once
    const char *source; // where rate and duration come from
};

// What operators do. More kinds may come: each is a row in action.c and in schema_faults.c.
enum action_kind {
    ACTION_RECORD,
    ACTION_CHECK,
    ACTION_ROUTING_CONTROL,
    ACTION_TRAFFIC_DIAL,
    ACTION_ZONAL_SHIFT,
    ACTION_TARGETS,
    ACTION_ENDPOINT_WEIGHT,
    ACTION_STORE,
    ACTION_ACCESS_POINT,
};

enum action_change {
    ACTION_WEIGHT,     // record, endpoint weight
    ACTION_TAKE_OUT,   // record
    ACTION_PUT_BACK,   // record
    ACTION_DISABLE,    // check
    ACTION_ENABLE,     // check
    ACTION_INVERT,     // check: turns its meaning round, from whatever it was
    ACTION_TURN_ON,    // routing control
    ACTION_TURN_OFF,   // routing control
    ACTION_DIAL,       // traffic dial
    ACTION_START,      // zonal shift, or another expiry for it
    ACTION_CANCEL,     // zonal shift
    ACTION_DEREGISTER, // targets
    ACTION_REGISTER,   // targets
    ACTION_SWITCHOVER, // store
    ACTION_FAILOVER,   // store; access point: nobody asks other regions any more
    ACTION_ACTIVATE,   // access point
    ACTION_DEACTIVATE, // access point
};

// One action of a plan. Names are kept, as those of faults.
struct action_spec {
    const char *name;
    enum action_kind kind;
    enum action_change change;
    double at_s;
    const char *set;    // record: of this set ("*": the service's own)
    const char *target; // record: region or set that it points to
    const char *check;  // check or routing control
    const char *group;  // traffic dial, endpoint weight: region
    int weight;
    double dial;
    struct distribution
        takes; // seconds until all servers have it: record, check, traffic dial, weight
    double endpoint_timeout_s; // routing control, access point
    // Zonal shift, targets: of the balancers of these services there ("*": all, every region);
    // endpoint weight: the service.
    const char *region, *service; // store: the region that is to lead; access point: whose routes
    const char *store;
    const char *zone; // letter; targets: also ALL_ZONES
    int targets;      // targets: only so many, the first; 0: all
    double expires_s; // zonal shift: after its start
};

struct fault_plan {
    const char *name;
    const char *title;
    const char *file;
    const char *text;
    double occurs_per_s; // how often such an incident happens, for minutes a year; 0: not stated
    const char *occurs_source;
    double duration_s; // replaces the workload's (done by the loader); 0: the workload's stays
    double window_s;   // likewise for the windows of its time series
    int n_faults;
    struct fault_spec *faults;
    int n_actions;
    struct action_spec *actions;
};
