// How many targets of a service a plan's names mean, in any of the designs.
#pragma once

#include <stddef.h>

#include "model/topology.h"

// Names as in a fault or an action: "*" for every one, each on its own; zone also ALL_ZONES, as
// one.
struct targets_named {
    const char *region, *service, *zone;
};

// The most targets of one service that are in a place so named; 0: there is none.
int targets_check_most(const struct targets_named *names, const struct topology *topologies,
                       size_t n_topologies);
// Whether it is the letter of a zone that a region may have.
bool targets_check_is_zone(const char *zone);
