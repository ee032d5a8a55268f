// Operations in a line each, for histories written by hand: R(process, value, invoked, returned).
#pragma once

#include "base/base.h"
#include "support/history.h"

#define READ_OF(k, p, v, from, to)                                                                 \
    {                                                                                              \
        .key = (k), .process = (p), .kind = HISTORY_READ, .value = (v), .invoked = (from),         \
        .returned = (to), .ok = true                                                               \
    }
#define WRITE_OF(k, p, v, from, to)                                                                \
    {                                                                                              \
        .key = (k), .process = (p), .kind = HISTORY_WRITE, .value = (v), .invoked = (from),        \
        .returned = (to), .ok = true                                                               \
    }
// Of key 0.
#define R(p, v, from, to) READ_OF(0, p, v, from, to)
#define W(p, v, from, to) WRITE_OF(0, p, v, from, to)
// A write that was never answered, and one that was reported as failed.
#define PENDING(p, v, from) FAILED(p, v, from, SIMTIME_NEVER)
#define FAILED(p, v, from, to)                                                                     \
    {                                                                                              \
        .process = (p), .kind = HISTORY_WRITE, .value = (v), .invoked = (from), .returned = (to)   \
    }

static inline struct history history_of(const struct history_operation *operations, size_t n)
{
    struct history h = {0};
    for (size_t i = 0; i < n; i++)
        history_add(&h, &operations[i]);
    return h;
}
