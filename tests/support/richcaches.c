#include "richcaches.h"

#include "base/base.h"
#include "base/stream.h"

static struct caching_spec richcaches_one(struct stream *s)
{
    // One by one: compilers differ in the order of what an expression draws.
    struct caching_spec c = {.scope = stream_below(s, 3) == 0 ? CACHING_REGION : CACHING_ZONE};
    c.size = 1 + stream_below(s, 8);
    c.ttl_s = 0.1 + 3 * stream_uniform(s);
    c.hit_time = tiny_exponential(0.001);
    c.servers = 1 + (int)stream_below(s, 4);
    c.queue = (int)stream_below(s, 5);
    c.on_write = (enum caching_on_write)stream_below(s, 3);
    c.leases = stream_below(s, 2);
    c.coalesces = stream_below(s, 2);
    c.fails_open = stream_below(s, 4) > 0;
    c.has_feed = stream_below(s, 2);
    c.feed_delay = tiny_exponential(0.2);
    c.starts = (enum caching_start)stream_below(s, 2);
    c.warm = stream_below(s, 8);
    c.reach = (enum caching_reach)stream_below(s, 3);
    return c;
}

void richcaches_add(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich caches");
    for (int i = 0; i < t->topology.n_stores; i++)
        t->stores[i].cache = richcaches_one(&s);
    for (int i = 0; i < t->plan.n_faults; i++) {
        struct fault_spec *f = &t->faults[i];
        const bool is_hit = stream_below(&s, 2);
        if (f->target != FAULT_STORE && (f->target != FAULT_SERVICE || !is_hit))
            continue;
        f->target = FAULT_CACHE;
        f->targets = 0;
        f->effect = f->effect == FAULT_WRONG_ANSWERS ? FAULT_DOWN : f->effect;
        if (is_hit)
            f->zone = stream_below(&s, 2) ? ALL_ZONES : "*";
    }
}
