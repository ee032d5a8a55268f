#include "history.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"

size_t history_add(struct history *h, const struct history_operation *o)
{
    REQUIRE(o->invoked <= o->returned, "returned at %" PRId64 " ns, before its invocation",
            o->returned);
    REQUIRE(!o->ok || o->returned < SIMTIME_NEVER, "a success that was never answered");
    REQUIRE(!o->ok || history_counts(o), "a write of the initial version");
    array_push(&h->operations, *o);
    return h->operations.n - 1;
}

size_t history_invoke(struct history *h, const struct history_operation *o)
{
    struct history_operation begun = *o;
    begun.returned = SIMTIME_NEVER;
    begun.ok = false;
    return history_add(h, &begun);
}

// The operation, which must not have succeeded: its effect is open.
static struct history_operation *history_pending(struct history *h, size_t operation)
{
    REQUIRE(operation < h->operations.n, "operation %zu of %zu", operation, h->operations.n);
    struct history_operation *o = &h->operations.items[operation];
    REQUIRE(!o->ok, "operation %zu has succeeded", operation);
    return o;
}

void history_assign(struct history *h, size_t operation, uint64_t value)
{
    history_pending(h, operation)->value = value;
}

void history_drop(struct history *h, size_t operation)
{
    history_pending(h, operation)->value = 0;
}

static struct history_operation *history_end(struct history *h, size_t operation, simtime at)
{
    struct history_operation *o = history_pending(h, operation);
    REQUIRE(o->returned == SIMTIME_NEVER, "operation %zu has failed", operation);
    REQUIRE(at >= o->invoked && at < SIMTIME_NEVER, "ended at %" PRId64 " ns", at);
    o->returned = at;
    return o;
}

void history_return(struct history *h, size_t operation, simtime at, uint64_t value)
{
    struct history_operation *o = history_end(h, operation, at);
    o->value = value;
    o->ok = true;
    REQUIRE(history_counts(o), "a write of the initial version");
}

void history_fail(struct history *h, size_t operation, simtime at)
{
    history_end(h, operation, at);
}

void history_free(struct history *h)
{
    array_free(&h->operations);
}

char *history_operation_format(const struct history_operation *o, char out[HISTORY_OPERATION_TEXT])
{
    int n = snprintf(out, HISTORY_OPERATION_TEXT, "process %" PRIu32 " %s %" PRIu64, o->process,
                     o->kind == HISTORY_WRITE ? "writes" : "reads", o->value);
    char *rest = out + n;
    size_t room = (size_t)(HISTORY_OPERATION_TEXT - n);
    if (o->ok)
        snprintf(rest, room, " in [%" PRId64 ", %" PRId64 "] ns", o->invoked, o->returned);
    else if (o->returned < SIMTIME_NEVER)
        snprintf(rest, room, " from %" PRId64 " ns on, fails at %" PRId64 " ns, outcome unknown",
                 o->invoked, o->returned);
    else
        snprintf(rest, room, " from %" PRId64 " ns on, never answered", o->invoked);
    return out;
}
