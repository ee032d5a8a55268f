// The connections that a pool's servers keep to Network Load Balancers which they call: one a
// server, shared by its calls.
//
// Such a balancer chooses the target by the connection (flow.h). After a call that got no answer or
// a refusal its connection is opened anew, and may meet another target.
#pragma once

#include "model/pool.h"

// As many as servers, or a few more: a power of two. Only one of time 0 where the callee does not
// look at them.
void poolflows_make(struct world *w, const struct pool *p, const struct call_spec *spec,
                    struct pool_call *call);
// Opens all, within a millisecond of each other.
void poolflows_open(struct pool *p, simtime now);
// Replaces the one that a task's call was made on.
void poolflows_renew(const struct context *x, struct pool *p, uint32_t task, int call);
