// Callee: where a pool's calls go, and on which connections.
//
// A call of a service goes to its balancer in the pool's region, or else in the nearest region that
// has one; a call of a store to a replica there. Worked out when the pool is opened.
#pragma once

#include "model/pool.h"

// A call as this pool makes it.
struct pool_call callee_compile(struct world *w, const struct pool *p,
                                const struct call_spec *spec);
