// Callee: where a pool's calls go, and on which connections.
//
// A call of a service goes to its balancer in the pool's region, or else in the nearest region that
// has one; a call of a store to a replica there. Worked out when the pool is opened, and again when
// a store's access point changes (accesspoint.h).
#pragma once

#include "model/pool.h"

// A call as this pool makes it.
struct pool_call callee_compile(struct world *w, const struct pool *p,
                                const struct call_spec *spec);
// From now on calls of the store go to its replica in this region.
void callee_turn(const struct model *m, struct pool *p, int store, uint8_t region);
