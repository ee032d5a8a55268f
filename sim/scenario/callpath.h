// Where a file says what a call of a service is like.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// The path of the service's call `k`: its step's, or below that one's 'parallel'. In the arena.
const char *callpath_find(const struct loading *l, const struct service_spec *s, int k);
