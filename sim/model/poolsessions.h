// What a pool knows of the sessions whose requests it works on (session.h): what came with the
// request, and what its calls were told since. It tells its next calls, and at last its caller.
#pragma once

#include "model/pool.h"

// A task on own items begins: with what came with its request.
void poolsessions_note(const struct context *x, struct pool *p, uint32_t task,
                       const struct event *e);
// With what came with the answer to a call.
void poolsessions_learn(const struct context *x, struct pool *p, uint32_t task,
                        const struct event *e);
// Sends it ahead of a call: to a store, what it needs to know.
void poolsessions_tell_callee(const struct context *x, const struct pool *p, uint32_t task,
                              const struct session_message *to, simtime delay);
// Sends it ahead of the answer.
void poolsessions_tell_caller(const struct context *x, const struct pool *p, uint32_t task,
                              simtime delay);
