#include "model/recovery.h"

void recovery_open(struct recovery *r)
{
    *r = (struct recovery){.oldest = SIMTIME_NEVER};
}

void recovery_free(struct recovery *r)
{
    array_free(&r->exposures);
    array_free(&r->convergences);
}

void recovery_endanger(struct recovery *r, simtime now)
{
    r->n_endangered++;
    if (r->oldest == SIMTIME_NEVER)
        r->oldest = now;
}

void recovery_foresee(struct recovery *r, struct exposure_record where, simtime now)
{
    size_t i = r->exposures.n;
    while (i > 0 && (r->exposures.items[i - 1].time != where.time ||
                     r->exposures.items[i - 1].region != where.region))
        i--;
    if (i == 0) {
        where.age = simtime_most(where.time - now, 0); // of the first: the oldest
        array_push(&r->exposures, where);
        i = r->exposures.n;
    }
    r->exposures.items[i - 1].writes++;
}

void recovery_fail(struct recovery *r, struct exposure_record where)
{
    where.writes = r->n_endangered;
    where.age = r->oldest == SIMTIME_NEVER ? 0 : where.time - r->oldest;
    array_push(&r->exposures, where);
    r->n_endangered = 0;
    r->oldest = SIMTIME_NEVER;
}

void recovery_applied(struct recovery *r, int member, const struct convergence_record *now)
{
    struct convergence_record *c = &r->converging[member];
    if (c->healed != 0 && c->healed != now->healed)
        array_push(&r->convergences, *c);
    *c = *now;
}

void recovery_settle(struct recovery *r)
{
    for (int m = 0; m < STORE_MAX_MEMBERS; m++)
        if (r->converging[m].healed != 0)
            array_push(&r->convergences, r->converging[m]);
}
