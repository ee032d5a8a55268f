// Tiny worlds for tests: a design and a load small enough to be compared with a formula or followed
// by hand.
//
// tiny_init gives one region ("us-east-1", one zone), one service "web" with one exponential server
// (mean 1 s), no store, one population "users" at the region with Poisson requests (0.5 a second),
// no diurnal curve, no retries, no loss, a network of microseconds inside the region and about 2 ms
// to it, and connections that end after 60 s without traffic only. Tests change the fields they are
// about, then call tiny_compile. A struct tiny points into itself: do not copy it.
#pragma once

#include "model/world.h"

enum {
    TINY_SEED = 1,
    TINY_REGIONS = 5,
    TINY_SERVICES = 3,
    TINY_STORES = 2,
    TINY_POPULATIONS = 3,
    TINY_FAULTS = 8,
    TINY_CHECKS = 8,
    TINY_ACTIONS = 16
};

struct tiny {
    struct topology topology;
    struct workload workload;
    struct fault_plan plan;
    struct geography geography;
    struct region_fact facts[TINY_REGIONS];
    float rtt[TINY_REGIONS * TINY_REGIONS];
    struct service_spec services[TINY_SERVICES];
    struct store_spec stores[TINY_STORES];
    struct population_spec populations[TINY_POPULATIONS];
    struct fault_spec faults[TINY_FAULTS];
    struct check_spec checks[TINY_CHECKS];
    struct action_spec actions[TINY_ACTIONS];
    uint32_t item_slots; // model_options
};

void tiny_init(struct tiny *t);
// No arrivals at all: for tests that inject events, or look at faults only.
void tiny_silence(struct tiny *t);
// Zones of every region there is.
void tiny_set_zones(struct tiny *t, int n_zones);
// Adds a region at the same coordinates, with one zone, all services and stores, `rtt_ms` from all
// others.
void tiny_add_region(struct tiny *t, const char *code, double rtt_ms);
// Round trip between two regions, both ways.
void tiny_set_rtt(struct tiny *t, int a, int b, double rtt_ms);
// Moves a region and a population to the same point of the equator, `km` from the meridian, so that
// latency steering takes the one to the other.
void tiny_move(struct tiny *t, int region, int population, double km);
// Adds a service with one server, in all regions; nobody calls it yet.
struct service_spec *tiny_add_service(struct tiny *t, const char *name, struct distribution work);
// Adds a call of one service by another, always made, timeout 1000 s.
struct call_spec *tiny_add_call(struct tiny *t, int from, int to, int step);
// Adds a store "data" in all regions, called once by every request of "web".
struct store_spec *tiny_add_store(struct tiny *t, enum store_mode mode);
// Adds a population like "users" under another name.
struct population_spec *tiny_add_population(struct tiny *t, const char *name);
// Adds a fault and returns it to be filled in; it starts as "region us-east-1 down at 0 for 0 s".
struct fault_spec *tiny_add_fault(struct tiny *t);
// The same of another target, at a time, for a while.
struct fault_spec *tiny_add_fault_at(struct tiny *t, enum fault_target target, const char *region,
                                     double at_s, double lasts_s);
// Makes every record checked, by checkers in the first region.
void tiny_check_health(struct tiny *t, int n_checkers);

// Puts a global balancer in front of the regions, by the default settings; servers are plenty and
// take 1 ms.
struct global_balancer_spec *tiny_balance_globally(struct tiny *t);

// Adds a health check "check0", "check1" ... of the first region, with the settings that hold for
// all as they are now; no record uses it yet.
struct check_spec *tiny_add_check(struct tiny *t, enum check_kind kind);

// Adds an action "action0" ...: on the root's record of us-east-1, or on "check0"; a change takes
// 20 s, an endpoint that is down 5 s.
struct action_spec *tiny_add_action(struct tiny *t, enum action_kind kind,
                                    enum action_change change, double at_s);

struct distribution tiny_exponential(double mean);

struct model *tiny_compile(const struct tiny *t, enum model_partition partition);
// Compiles, runs one replication in windows on one thread, frees the model.
void tiny_run(const struct tiny *t, uint32_t replication, struct record *record);
// Runs one replication of a compiled model.
void tiny_run_model(const struct model *m, uint32_t replication, struct record *record);
// Mean time that a request spends in the network between user, balancer and pool, both ways, in
// seconds: exact, from the compiled paths, for requests and answers without payload on open
// connections.
double tiny_network_mean(const struct model *m);
// The same for a call from a pool to another service in its zone.
double tiny_call_network_mean(const struct model *m);
