#include "model/namecache.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"

enum { NAMECACHE_NONE = UINT32_MAX };

// The golden ratio of 2^32: its multiples lie evenly, however many there are.
static const uint32_t namecache_golden = 2654435769;

struct namecache_plan namecache_compile(struct arena *arena, const struct population_spec *spec,
                                        uint32_t index, uint32_t n_clients)
{
    struct namecache_plan plan = {.n_kinds = (uint32_t)spec->n_caches,
                                  .offset = index * namecache_golden};
    double sum = 0, run = 0;
    for (int i = 0; i < spec->n_caches; i++)
        sum += spec->caches[i].share;
    for (int i = 0; i < spec->n_caches; i++) {
        run += spec->caches[i].share;
        plan.limit[i] = (uint32_t)fmin(run / sum * 0x1p32, 0x1p32 - 1);
        plan.keeps[i] = variate_compile(arena, &spec->caches[i].keeps, 1e9);
    }
    plan.share = (uint64_t)(fmin(sum, 1) * 0x1p32);
    plan.n_kept = (uint32_t)((n_clients * plan.share + plan.offset) >> 32);
    return plan;
}

struct namecache namecache_open(const struct namecache_plan *plan, struct arena *arena,
                                struct stream lives)
{
    return (struct namecache){.kept = arena_push(arena, struct kept_answer, plan->n_kept + 1),
                              .lives = lives};
}

// The user's place among those who have a cache: every so manieth has one.
static uint32_t namecache_rank(const struct namecache_plan *plan, uint32_t client)
{
    uint64_t rank = (client * plan->share + plan->offset) >> 32;
    uint64_t next = ((client + UINT64_C(1)) * plan->share + plan->offset) >> 32;
    return rank == next ? NAMECACHE_NONE : (uint32_t)rank;
}

// Which kind of cache it is: kinds are scattered by the golden ratio.
static uint32_t namecache_kind(const struct namecache_plan *plan, uint32_t rank)
{
    // By another multiplier than the offset's: who has a cache must not say which.
    uint32_t start = plan->offset * UINT32_C(2246822519), kind = 0;
    uint32_t scattered = start + (rank + 1) * namecache_golden;
    while (kind + 1 < plan->n_kinds && scattered >= plan->limit[kind])
        kind++;
    return kind;
}

const struct kept_answer *namecache_find(const struct namecache *c,
                                         const struct namecache_plan *plan, uint32_t client,
                                         simtime now)
{
    uint32_t rank = namecache_rank(plan, client);
    return rank != NAMECACHE_NONE && c->kept[rank].expires > now ? &c->kept[rank] : NULL;
}

void namecache_keep(struct namecache *c, const struct namecache_plan *plan, uint32_t client,
                    simtime now, const struct kept_answer *answer)
{
    uint32_t rank = namecache_rank(plan, client);
    if (rank == NAMECACHE_NONE)
        return;
    const struct variate *keeps = &plan->keeps[namecache_kind(plan, rank)];
    const double most = (double)(SIMTIME_NEVER / 2);
    simtime until = now + (simtime)fmin(variate_draw(keeps, &c->lives), most);
    c->kept[rank] = *answer;
    c->kept[rank].expires = until > answer->expires ? until : answer->expires;
}
