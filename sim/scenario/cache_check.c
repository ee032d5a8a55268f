#include "scenario/cache_check.h"

#include "base/base.h"

struct cache_checking {
    const struct loading *l;
    const struct topology *t;
    int store;
    bool is_read, is_written; // by calls, as far as the design says
    uint32_t callers;         // bit set of regions
};

static const struct store_spec *cache_store(const struct cache_checking *c)
{
    return &c->t->stores[c->store];
}

static const char *cache_path(const struct cache_checking *c, const char *key)
{
    return arena_printf(c->l->arena, "stores.%s.cache%s%s", cache_store(c)->name,
                        key[0] != '\0' ? "." : "", key);
}

static void cache_look_at_calls(struct cache_checking *c)
{
    for (int i = 0; i < c->t->n_services; i++) {
        const struct service_spec *s = &c->t->services[i];
        for (int k = 0; k < s->n_calls; k++) {
            if (s->calls[k].target != CALL_STORE || s->calls[k].index != c->store)
                continue;
            c->is_read |= s->calls[k].operation != CALL_WRITE;
            c->is_written |= s->calls[k].operation != CALL_READ;
            c->callers |= s->regions;
        }
    }
}

static void cache_check_idle(const struct cache_checking *c)
{
    static const char *const of_writes[] = {"on_write", "invalidation", "leases", "change_feed",
                                            "feed_delay"};
    const struct caching_spec *cache = &cache_store(c)->cache;
    if (!c->is_read) {
        loading_error(c->l, cache_path(c, ""), true,
                      "'cache' has no effect: no call reads from store '%s'", cache_store(c)->name);
        return;
    }
    for (size_t i = 0; !c->is_written && i < ARRAY_LEN(of_writes); i++)
        if (loading_gives(c->l, cache_path(c, of_writes[i])))
            loading_error(c->l, cache_path(c, of_writes[i]), true,
                          "'%s' has no effect: no call writes to store '%s'", of_writes[i],
                          cache_store(c)->name);
    if (c->is_written && cache->on_write == CACHING_LEAVES && !cache->has_feed &&
        loading_gives(c->l, cache_path(c, "leases")))
        loading_error(c->l, cache_path(c, "leases"), true,
                      "'leases' has no effect: with 'on_write: none' and no 'change_feed' nothing "
                      "is told of writes");
}

// Whether a cache that is told of a write is not the writer's.
static bool cache_reaches_others(const struct cache_checking *c)
{
    const struct caching_spec *cache = &cache_store(c)->cache;
    bool has_zones = false;
    for (int r = 0; r < c->t->n_regions; r++)
        has_zones |= (c->callers >> r & 1) && cache->scope == CACHING_ZONE &&
                     c->t->regions[r].n_zones > 1;
    return has_zones ||
           (cache->reach == CACHING_EVERYWHERE && (c->callers & (c->callers - 1)) != 0);
}

static void cache_check_reach(const struct cache_checking *c)
{
    if (c->is_written && cache_store(c)->cache.reach != CACHING_OWN && !cache_reaches_others(c))
        loading_error(c->l, cache_path(c, "invalidation"), true,
                      "'invalidation' has no effect: store '%s' has no other cache to be told",
                      cache_store(c)->name);
}

static void cache_check_warm(const struct cache_checking *c)
{
    const struct caching_spec *cache = &cache_store(c)->cache;
    for (int r = 0; loading_gives(c->l, cache_path(c, "warm_regions")) && r < c->t->n_regions; r++)
        if ((cache->warm >> r & 1) && !(c->callers >> r & 1))
            loading_error(c->l, cache_path(c, "warm_regions"), false,
                          "'%s' has no cache of store '%s': nothing there calls it",
                          c->t->regions[r].name, cache_store(c)->name);
}

static void cache_warn(const struct cache_checking *c)
{
    const struct store_spec *s = cache_store(c);
    if (s->mode == STORE_QUORUM && s->quorum.read_mode != QUORUM_READ_LOCAL)
        loading_warning(c->l, cache_path(c, ""), true,
                        "store '%s': what is read from a cache need not be what a quorum has",
                        s->name);
    if (s->cache.on_write == CACHING_UPDATES && s->cache.has_feed)
        loading_warning(c->l, cache_path(c, "change_feed"), true,
                        "store '%s': the change feed deletes what write-through has put in",
                        s->name);
}

void cache_check(const struct loading *l, const struct binder *b, const struct topology *t)
{
    for (int i = 0; i < t->n_stores; i++) {
        struct cache_checking c = {.l = l, .t = t, .store = i};
        if (t->stores[i].cache.scope == CACHING_NONE || !bind_is_right(b, cache_path(&c, "")))
            continue;
        cache_look_at_calls(&c);
        cache_check_idle(&c);
        cache_check_reach(&c);
        cache_check_warm(&c);
        cache_warn(&c);
    }
}
