#include "model/context.h"

void context_journal(const struct context *x, enum journal_kind kind, const char *component,
                     uint32_t detail)
{
    struct journal_entry entry = {x->now, kind, component, detail};
    array_push(&x->world->journals[x->lp], entry);
}
