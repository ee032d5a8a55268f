#include "model/cachefeed.h"

#include "model/context.h"

// ---- answers

static void cachefeed_repeat(const struct context *x, const struct replica *r,
                             const struct operation *o, const struct payload_write *write)
{
    context_send(x, o->caller, r->paths[context_place(x, o->caller)].floor, EV_CACHE_HEARD, write,
                 sizeof *write);
}

// What an answer of this version misses, and since when the copy counts.
static void cachefeed_repeat_all(const struct context *x, const struct replica *r,
                                 const struct operation *o)
{
    const struct item *item = items_find(&r->copy.items, o->item);
    const struct unseen_write *w = NULL;
    struct payload_write write = {.version = item->version,
                                  .committed = item->committed,
                                  .item = o->item,
                                  .serial = item->serial};
    if (item->version != 0 && item->committed != SIMTIME_NEVER)
        cachefeed_repeat(x, r, o, &write);
    while ((w = unseen_next(&r->copy.unseen, item, w)) != NULL) {
        write.version = w->version;
        write.committed = w->committed;
        write.serial = w->serial;
        if (w->version > o->version)
            cachefeed_repeat(x, r, o, &write);
    }
}

void cachefeed_answer(const struct context *x, struct replica *r, const struct operation *o,
                      enum answer_status status)
{
    const bool is_forwarded = o->kind == OPERATION_FORWARDED;
    const struct payload_fill fill = {.answer = {.call = o->call,
                                                 .status = (uint8_t)status,
                                                 .region = (uint8_t)r->region,
                                                 .serial = is_forwarded ? o->serial : 0},
                                      .version = o->version};
    if (status == ANSWER_OK && !is_forwarded && !(o->flags & REQUEST_PROBE))
        cachefeed_repeat_all(x, r, o);
    context_send(x, o->caller, replica_delay(x, r, o->caller, net_small),
                 is_forwarded ? EV_FORWARD_ANSWER : EV_CACHE_FILL, &fill, sizeof fill);
}

// ---- writes

void cachefeed_tell_all(const struct context *x, const struct replica *r,
                        const struct payload_write *write)
{
    const struct cache_plan *plan = &x->model->caches[r->store];
    for (uint32_t i = 0; i < plan->n; i++) {
        const uint32_t cache = model_lp(x->model, LP_CACHE, plan->first + i);
        context_send(x, cache, r->paths[context_place(x, cache)].floor, EV_COMMITTED, write,
                     sizeof *write);
    }
}

// When news that leave here after `wait` are there: sent again until they get through; NET_LOST:
// not in this run.
static simtime cachefeed_travel(const struct context *x, struct replica *r, uint32_t cache,
                                simtime wait)
{
    struct stream *delays = &x->world->cachefeeds[r->index].delays;
    const struct path *path = &r->paths[context_place(x, cache)];
    const struct timeline *link = &x->world->links[path->link];
    const struct timeline *const way[] = {&x->world->replica_faults[r->index], link};
    for (simtime leaves = x->now + wait;; leaves += SIMTIME_S) {
        leaves = timeline_all_alive_from(way, ARRAY_LEN(way), leaves);
        if (leaves >= x->model->duration)
            return NET_LOST;
        simtime delay = net_delay(path, link, delays, leaves, net_small);
        if (delay != NET_LOST)
            return leaves - x->now + delay;
    }
}

void cachefeed_tell(const struct context *x, struct replica *r, const struct payload_write *write)
{
    const struct cache_readers *readers = &x->model->cache_readers[r->index];
    const struct variate *wait = &x->model->caches[r->store].feed_delay;
    for (uint32_t i = 0; i < readers->n; i++) {
        struct stream *delays = &x->world->cachefeeds[r->index].delays;
        const simtime after = context_duration(variate_draw(wait, delays));
        context_send(x, readers->lps[i], cachefeed_travel(x, r, readers->lps[i], after),
                     EV_CACHE_CHANGE, write, sizeof *write);
    }
}

// ---- life

void cachefeed_compile(struct model *m)
{
    const size_t n = m->count[LP_REPLICA];
    m->cache_readers = arena_push(&m->arena, struct cache_readers, n + 1);
    for (size_t i = 0; m->count[LP_CACHE] > 0 && i < n; i++)
        m->cache_readers[i].lps = arena_push(&m->arena, uint32_t, m->count[LP_CACHE]);
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++) {
        const uint32_t lp = model_lp(m, LP_CACHE, i);
        const struct lp_info *cache = &m->lps[lp];
        const uint32_t replica = model_replica_near(m, cache->object, cache->region, cache->zone);
        struct cache_readers *readers = &m->cache_readers[m->lps[replica].index];
        struct cache_plan *plan = &m->caches[cache->object];
        plan->first = plan->n++ == 0 ? i : plan->first;
        readers->lps[readers->n++] = lp;
    }
}

void cachefeed_open(struct world *w)
{
    const struct model *m = w->model;
    w->cachefeeds = arena_push(&w->arena, struct cachefeed, m->count[LP_REPLICA] + 1);
    for (uint32_t i = 0; m->count[LP_CACHE] > 0 && i < m->count[LP_REPLICA]; i++)
        w->cachefeeds[i].delays = stream_open(
            w->seed, w->replication, m->lps[model_lp(m, LP_REPLICA, i)].name, "change feed");
}
