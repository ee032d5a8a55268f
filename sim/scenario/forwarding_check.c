#include "scenario/forwarding_check.h"

#include "base/base.h"

static bool forwarding_may_write(const struct service_spec *s, int store)
{
    for (int k = 0; k < s->n_calls; k++)
        if (s->calls[k].target == CALL_STORE && s->calls[k].index == store &&
            s->calls[k].operation != CALL_READ)
            return true;
    return false;
}

static const char *forwarding_names(const struct loading *l, const struct topology *t,
                                    uint32_t regions)
{
    const char *names = "";
    for (int r = 0; r < t->n_regions; r++)
        if (regions >> r & 1)
            names = arena_printf(l->arena, "%s%s%s", names, names[0] != '\0' ? ", " : "",
                                 t->regions[r].name);
    return names;
}

// Callers ask the replica of their region. Where there is none they ask the nearest: of these
// nothing is said.
static void forwarding_check_store(const struct loading *l, const struct topology *t, int store)
{
    const struct store_spec *s = &t->stores[store];
    uint32_t writers = 0;
    for (int i = 0; i < t->n_services; i++)
        if (forwarding_may_write(&t->services[i], store))
            writers |= t->services[i].regions;
    writers &= s->regions & ~(UINT32_C(1) << s->leader);
    if (writers != 0)
        loading_warning(l, arena_printf(l->arena, "stores.%s.leading.forwarding", s->name), false,
                        "store '%s': writes of callers in %s are refused, for they ask followers, "
                        "and those send nothing on to the leader in %s; set 'forwarding' in its "
                        "'leading' to eventual, session or global",
                        s->name, forwarding_names(l, t, writers), t->regions[s->leader].name);
}

void forwarding_check(const struct loading *l, const struct topology *t)
{
    for (int i = 0; i < t->n_stores; i++)
        if (t->stores[i].mode == STORE_SINGLE_LEADER &&
            t->stores[i].leading.forwarding == FORWARD_NONE)
            forwarding_check_store(l, t, i);
}
