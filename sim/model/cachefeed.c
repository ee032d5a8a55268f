#include "model/cachefeed.h"

#include "model/context.h"
#include "model/popularity.h"

static const struct cache_readers *cachefeed_readers(const struct model *m, const struct replica *r)
{
    return &m->cache_readers[r->store * m->topology->n_regions + r->region];
}

// ---- questions and answers

void cachefeed_on_ask(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_request q = payload_of(e, payload_request);
    const struct operation o = {.call = q.call,
                                .caller = event_src(e),
                                .item = popularity_item(&r->plan->popularity, q.item_word),
                                .item_word = q.item_word,
                                .class_index = q.class_index,
                                .kind = OPERATION_CLIENT,
                                .flags = q.flags | REQUEST_CACHED};
    replica_take(x, r, &o);
}

// The version read or written: of the copy here, unless a quorum has collected it, or a leader has
// told its follower.
static uint64_t cachefeed_version(const struct replica *r, const struct operation *o)
{
    const bool is_told = o->kind == OPERATION_CLIENT && o->version != 0;
    return is_told ? o->version : replica_version(r, o->item);
}

void cachefeed_answer(const struct context *x, struct replica *r, const struct operation *o,
                      enum answer_status status)
{
    const struct payload_fill fill = {
        .answer = {.call = o->call, .status = (uint8_t)status, .region = (uint8_t)r->region},
        .version = cachefeed_version(r, o)};
    const uint16_t kind = o->kind == OPERATION_FORWARDED ? (uint16_t)EV_FORWARD_ANSWER
                                                         : (uint16_t)EV_CACHE_FILL;
    context_send(x, o->caller, replica_delay(x, r, o->caller, net_small), kind, &fill, sizeof fill);
}

// ---- writes

// When news that leave here after `wait` are there: sent again until they get through; NET_LOST:
// not in this run.
static simtime cachefeed_travel(const struct context *x, struct replica *r, uint32_t cache,
                                simtime wait)
{
    struct stream *delays = &x->world->cachefeeds[r->index].delays;
    const struct path *path = &r->paths[context_place(x, cache)];
    const struct timeline *link = &x->world->links[path->link];
    for (simtime leaves = x->now + wait;; leaves += SIMTIME_S) {
        leaves = timeline_alive_from(&x->world->replica_faults[r->index], leaves);
        leaves = timeline_alive_from(link, leaves);
        if (leaves >= x->model->duration)
            return NET_LOST;
        simtime delay = net_delay(path, link, delays, leaves, net_small);
        if (delay != NET_LOST)
            return leaves - x->now + delay;
    }
}

static void cachefeed_send_change(const struct context *x, struct replica *r, uint32_t cache,
                                  const struct payload_write *write)
{
    struct stream *delays = &x->world->cachefeeds[r->index].delays;
    double wait = variate_draw(&x->model->caches[r->store].feed_delay, delays);
    simtime delay = cachefeed_travel(x, r, cache, context_duration(wait));
    context_send(x, cache, delay, EV_CACHE_CHANGE, write, sizeof *write);
}

void cachefeed_tell(const struct context *x, struct replica *r, const struct payload_write *p)
{
    const struct cache_readers *readers = cachefeed_readers(x->model, r);
    const struct payload_write write = {
        .version = p->version, .committed = p->committed, .item = p->item};
    for (uint32_t i = 0; i < readers->n; i++) {
        const uint32_t cache = readers->lps[i];
        if (write.committed != SIMTIME_NEVER) // else it is not acknowledged yet
            context_send(x, cache, r->paths[context_place(x, cache)].floor, EV_CACHE_HEARD, &write,
                         sizeof write);
        if (r->spec->cache.has_feed)
            cachefeed_send_change(x, r, cache, &write);
    }
}

void cachefeed_settle(struct world *w, const struct replica *r, const struct payload_write *p)
{
    const struct cache_readers *readers = cachefeed_readers(w->model, r);
    for (uint32_t i = 0; p->committed != SIMTIME_NEVER && i < readers->n; i++)
        cache_learn(&w->caches[w->model->lps[readers->lps[i]].index], p);
}

// ---- life

void cachefeed_compile(struct model *m)
{
    const int n_regions = m->topology->n_regions;
    const size_t n = (size_t)m->topology->n_stores * (size_t)n_regions;
    m->cache_readers = arena_push(&m->arena, struct cache_readers, n + 1);
    for (size_t i = 0; m->count[LP_CACHE] > 0 && i < n; i++)
        m->cache_readers[i].lps = arena_push(&m->arena, uint32_t, m->count[LP_CACHE]);
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++) {
        const uint32_t lp = model_lp(m, LP_CACHE, i);
        const uint16_t store = m->lps[lp].object;
        const uint8_t region = m->stores[store].replica_region[m->lps[lp].region];
        struct cache_readers *readers = &m->cache_readers[store * n_regions + region];
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
