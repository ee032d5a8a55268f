// Clients check: what users' programs do, against the designs that they meet.
#pragma once

#include <stddef.h>

#include "model/topology.h"
#include "model/workload.h"
#include "scenario/loading.h"

// What users meet: topologies, and the files they are from.
struct clients_designs {
    const struct loading *files;
    const struct topology *topologies;
    size_t n;
};

// Once all of them are right by themselves.
void clients_check(const struct loading *l, const struct workload *w,
                   const struct clients_designs *designs);
