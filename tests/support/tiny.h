// Tiny worlds for tests: a design and a load small enough to be compared with a formula or followed by hand.
//
// tiny_init gives one region ("us-east-1", one zone), one service "web" with one exponential server (mean 1 s), no
// store, one population "users" at the region with Poisson requests (0.5 a second), no diurnal curve, no retries, no loss,
// a network of microseconds and connections that never close. Tests change the fields they are about, then
// call tiny_compile.
#pragma once

#include "model/world.h"

enum { TINY_REGIONS = 3, TINY_SERVICES = 3, TINY_STORES = 2, TINY_FAULTS = 8 };

struct tiny {
    struct topology topology;
    struct workload workload;
    struct fault_plan plan;
    struct geography geography;
    struct region_fact facts[TINY_REGIONS];
    float rtt[TINY_REGIONS * TINY_REGIONS];
    struct service_spec services[TINY_SERVICES];
    struct store_spec stores[TINY_STORES];
    struct population_spec populations[2];
    struct fault_spec faults[TINY_FAULTS];
};

void tiny_init(struct tiny *t);
// Adds a second region ("us-west-2", round trip as given in ms) with the same services.
void tiny_add_region(struct tiny *t, const char *code, double rtt_ms);
// Adds a store "data" in all regions, called once by every request of "web".
struct store_spec *tiny_add_store(struct tiny *t, enum store_mode mode);
// Adds a fault and returns it to be filled in; it starts as "region us-east-1 down at 0 for 0 s".
struct fault_spec *tiny_add_fault(struct tiny *t);
struct model *tiny_compile(const struct tiny *t, enum model_partition partition);
// Compiles, runs one replication in windows on one thread, frees the model.
void tiny_run(const struct tiny *t, uint32_t replication, struct record *record);
