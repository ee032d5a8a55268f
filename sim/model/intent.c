#include "model/intent.h"

#include "model/context.h"

uint32_t intent_make(const struct context *x, struct replica *r, uint32_t item, uint64_t version)
{
    const uint32_t index = slots_take(&r->intents);
    struct intent *i = &r->intents.items[index];
    i->version = version;
    i->item = item;
    i->waiting = 0;
    i->timer = cell_arm(x->cell, r->intent_lane, slots_token(&r->intents, index));
    items_at(&r->copy.items, item)->intent = index + 1;
    return index;
}

const struct intent *intent_of(const struct replica *r, uint32_t item)
{
    if (r->spec->quorum.conflict != QUORUM_REJECTS)
        return NULL;
    const uint32_t intent = items_find(&r->copy.items, item)->intent;
    return intent == 0 ? NULL : &r->intents.items[intent - 1];
}

void intent_wait(struct replica *r, uint32_t operation)
{
    struct operation *o = &r->operations.items[operation];
    struct intent *i = &r->intents.items[items_find(&r->copy.items, o->item)->intent - 1];
    o->version = i->waiting; // its own is not known yet
    i->waiting = operation + 1;
}

uint32_t intent_resolve(const struct context *x, struct replica *r, uint32_t item)
{
    struct item *at = items_at(&r->copy.items, item);
    const uint32_t index = at->intent - 1;
    struct intent *i = &r->intents.items[index];
    if (i->timer != 0)
        cell_disarm(x->cell, r->intent_lane, i->timer);
    at->intent = 0;
    slots_release(&r->intents, index);
    return i->waiting;
}

void intent_forget_waiting(struct replica *r)
{
    for (uint32_t i = 0; i < r->intents.n; i++)
        r->intents.items[i].waiting = 0;
}
