#include "model/storehistory.h"

#include "model/context.h"
#include "model/replica.h"

void storehistory_note(const struct context *x, const struct replica *r, const struct operation *o,
                       simtime at, enum store_history_outcome outcome)
{
    const struct store_history_operation operation = {.version = o->version,
                                                      .call = o->call,
                                                      .invoked = o->started,
                                                      .returned = at,
                                                      .caller = o->caller,
                                                      .item = o->item,
                                                      .store = r->store,
                                                      .member = r->member,
                                                      .outcome = (uint8_t)outcome,
                                                      .is_write = o->flags & REQUEST_WRITE};
    if (!(o->flags & REQUEST_PROBE))
        x->world->history->note(x->world->history->argument, &operation);
}

void storehistory_took(const struct context *x, const struct replica *r, const struct operation *o)
{
    if (UNLIKELY(x->world->history != NULL))
        storehistory_note(x, r, o, SIMTIME_NEVER, STORE_HISTORY_TAKEN);
}

enum store_history_outcome storehistory_outcome(const struct operation *o,
                                                enum answer_status status)
{
    if (status == ANSWER_OK)
        return STORE_HISTORY_OK;
    return o->flags & REQUEST_WRITE && status == ANSWER_ERROR ? STORE_HISTORY_UNKNOWN
                                                              : STORE_HISTORY_FAILED;
}
