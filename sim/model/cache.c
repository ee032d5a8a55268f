#include "model/cache.h"

#include "model/context.h"
#include "model/popularity.h"
#include "model/version.h"

// After the warm-up.
static bool cache_counts(const struct context *x)
{
    return x->now >= x->model->warmup;
}

static bool cache_is_silent(const struct cache *c)
{
    return c->fault->is_dead || c->fault->is_refusing;
}

// ---- answers

struct cache_reply {
    uint64_t call; // caller's token
    uint32_t caller;
    enum answer_status status;
    simtime at; // now or later
};

static void cache_answer(const struct context *x, struct cache *c, const struct cache_reply *r)
{
    const struct lp_info *caller = &x->model->lps[r->caller];
    const struct payload_answer answer = {
        .call = r->call, .status = (uint8_t)r->status, .region = (uint8_t)c->region};
    simtime delay = context_delay_at(x, &c->paths[caller->place], &c->network, r->at, net_small);
    context_send(x, r->caller, delay, caller->reply_kind, &answer, sizeof answer);
}

// ---- the books

// A read was answered by what the cache has, or has just got.
static void cache_note_read(const struct context *x, struct cache *c, const struct copy_read *read)
{
    if (!cache_counts(x))
        return;
    c->counts.reads++;
    hitlog_add(&c->hits, x->now, read);
}

// A hit is as of when it begins: what is there then counts.
static void cache_note_hit(const struct context *x, struct cache *c, const struct lru_copy *copy,
                           simtime at)
{
    const struct copy_read read = {.time = x->now,
                                   .version = copy->version,
                                   .newest = copy->newest,
                                   .missed = copy->missed,
                                   .behind = copy->behind,
                                   .item = copy->item};
    c->counts.caches.hits += cache_counts(x);
    cache_note_read(x, c, &read);
    if (cache_counts(x))
        histogram_add(&c->counts.latency[STORE_READ_EVENTUAL], (uint64_t)(at - x->now));
}

void cache_notice(struct cache *c, const struct payload_write *p)
{
    const struct unseen_write w = {.version = p->version, .committed = p->committed};
    if (version_epoch(w.version) < c->epoch)
        return; // of a leader that has been replaced: lost, not missed
    c->epoch = version_epoch(w.version);
    hitlog_notice(&c->hits, p->item, &w);
    const uint32_t at = lru_find(&c->copies, p->item);
    if (at != 0) {
        struct lru_copy *copy = lru_at(&c->copies, at);
        struct copy_read read = {.version = copy->version,
                                 .newest = copy->newest,
                                 .missed = copy->missed,
                                 .behind = copy->behind};
        copy_misses(&read, &w);
        copy->newest = read.newest, copy->missed = read.missed, copy->behind = read.behind;
    }
    for (uint32_t f = fetches_find(&c->fetches, p->item); f != 0;
         f = fetches_find_other(&c->fetches, f))
        fetches_hear(&c->fetches, f - 1, &w);
}

void cache_on_committed(struct cache *c, const struct event *e)
{
    const struct payload_write p = payload_of(e, payload_write);
    cache_notice(c, &p);
}

// Of a write whose notice has come here, when nothing kept it. One that is still under way from the
// member that took the write will come in time for all.
void cache_on_heard(const struct context *x, struct cache *c, const struct event *e)
{
    const struct payload_write p = payload_of(e, payload_write);
    const struct model *m = x->model;
    const uint32_t origin = m->stores[c->store].first + version_member(p.version);
    const uint16_t from = m->lps[model_lp(m, LP_REPLICA, origin)].place;
    const struct unseen_write w = {.version = p.version, .committed = p.committed};
    if (version_epoch(w.version) < c->epoch ||
        p.committed + model_path(m, from, m->lps[x->lp].place)->floor > x->now)
        return;
    for (uint32_t f = fetches_find(&c->fetches, p.item); f != 0;
         f = fetches_find_other(&c->fetches, f))
        fetches_hear(&c->fetches, f - 1, &w);
}

// ---- contents

// Puts what the store has answered in, whatever was there.
static void cache_put(const struct context *x, struct cache *c, uint32_t fetch, uint64_t version)
{
    const uint32_t item = c->fetches.frames.items[fetch].item;
    struct copy_read read = {.time = x->now, .version = version};
    uint32_t at = lru_find(&c->copies, item);
    if (at == 0) {
        c->counts.caches.evicted += cache_counts(x) && c->copies.n == c->copies.limit;
        at = lru_add(&c->copies, item);
    }
    fetches_judge(&c->fetches, fetch, &read);
    lru_use(&c->copies, at);
    struct lru_copy *copy = lru_at(&c->copies, at);
    copy->version = version;
    copy->expires = simtime_after(x->now, c->plan->ttl);
    copy->newest = read.newest, copy->missed = read.missed, copy->behind = read.behind;
}

// With leases, what is being fetched now is not put in.
static void cache_revoke(struct cache *c, uint32_t item)
{
    for (uint32_t at = c->spec->leases ? fetches_find(&c->fetches, item) : 0; at != 0;
         at = fetches_find_other(&c->fetches, at))
        c->fetches.frames.items[at - 1].is_overtaken = true;
}

static void cache_invalidate(const struct context *x, struct cache *c, uint32_t item)
{
    const uint32_t at = lru_find(&c->copies, item);
    cache_revoke(c, item);
    if (at == 0)
        return;
    c->counts.caches.invalidated += cache_counts(x);
    lru_drop(&c->copies, at);
}

static void cache_refuse(const struct context *x, struct cache *c)
{
    c->counts.caches.refused += cache_counts(x);
}

// With leases no older version takes the place of a newer one.
static void cache_update(const struct context *x, struct cache *c, uint32_t fetch, uint64_t version)
{
    const uint32_t item = c->fetches.frames.items[fetch].item;
    const uint32_t at = lru_find(&c->copies, item);
    cache_revoke(c, item);
    if (c->spec->leases && at != 0 && lru_at(&c->copies, at)->version > version)
        cache_refuse(x, c);
    else
        cache_put(x, c, fetch, version);
}

// Caches elsewhere are told of a write; whoever cannot be reached now is not.
static void cache_tell_others(const struct context *x, struct cache *c, uint32_t item,
                              uint64_t version)
{
    const struct payload_write write = {
        .version = version, .committed = SIMTIME_NEVER, .item = item};
    for (uint32_t i = c->plan->first; i < c->plan->first + c->plan->n; i++) {
        const uint32_t lp = model_lp(x->model, LP_CACHE, i);
        const struct lp_info *other = &x->model->lps[lp];
        if (i == c->index || (c->spec->reach == CACHING_IN_REGION && other->region != c->region))
            continue;
        context_send(x, lp,
                     context_path_delay(x, &c->paths[other->place], &c->invalidation, net_small),
                     EV_CACHE_CHANGE, &write, sizeof write);
    }
}

static void cache_written(const struct context *x, struct cache *c, uint32_t fetch,
                          uint64_t version)
{
    const uint32_t item = c->fetches.frames.items[fetch].item;
    if (c->spec->on_write == CACHING_UPDATES)
        cache_update(x, c, fetch, version);
    else
        cache_invalidate(x, c, item);
    if (c->spec->reach != CACHING_OWN)
        cache_tell_others(x, c, item, version);
}

// What the store has answered with success takes effect.
static void cache_take_in(const struct context *x, struct cache *c, uint32_t fetch,
                          uint64_t version)
{
    const struct fetch *f = &c->fetches.frames.items[fetch];
    if (cache_is_silent(c) || f->kind == FETCH_PASS)
        return;
    if (f->kind == FETCH_WRITE)
        cache_written(x, c, fetch, version);
    else if (f->is_overtaken)
        cache_refuse(x, c);
    else
        cache_put(x, c, fetch, version);
}

// ---- the store behind

// Asks the store for a pool, at `at`, now or later.
static void cache_ask(const struct context *x, struct cache *c, const struct lookup *q, simtime at,
                      enum fetch_kind kind)
{
    const uint32_t item = popularity_item(&x->model->stores[c->store].popularity, q->item_word);
    const uint32_t index = fetches_take(&c->fetches, kind, item);
    struct fetch *f = &c->fetches.frames.items[index];
    const struct payload_request ask = {.call = slots_token(&c->fetches.frames, index),
                                        .item_word = q->item_word,
                                        .class_index = q->class_index,
                                        .flags = q->flags};
    f->call = q->call;
    f->caller = q->caller;
    f->timer = cell_arm(x->cell, c->timeout_lane, ask.call);
    simtime delay = context_delay_at(x, c->to_replica, &c->network, at,
                                     context_request_size(x, q->class_index, q->flags));
    context_send(x, c->replica, delay, EV_CACHE_ASK, &ask, sizeof ask);
}

// One that has waited is judged by what had been acknowledged when it began, as one that waits at a
// replica is.
static void cache_note_waiter(const struct context *x, struct cache *c, uint32_t index,
                              simtime began, uint64_t version)
{
    struct copy_read read = {
        .time = began, .version = version, .item = c->fetches.frames.items[index].item};
    fetches_judge(&c->fetches, index, &read);
    c->counts.caches.coalesced += cache_counts(x);
    cache_note_read(x, c, &read);
    if (cache_counts(x))
        histogram_add(&c->counts.latency[STORE_READ_EVENTUAL], (uint64_t)(x->now - began));
}

// Who has waited for a fetch gets the version that it has brought.
static void cache_serve_waiters(const struct context *x, struct cache *c, uint32_t index,
                                const struct payload_fill *p)
{
    struct waiter waiter;
    while (fetches_next_waiter(&c->fetches, index, &waiter)) {
        cache_answer(x, c,
                     &(struct cache_reply){waiter.call, waiter.caller,
                                           (enum answer_status)p->answer.status, x->now});
        if (p->answer.status == ANSWER_OK)
            cache_note_waiter(x, c, index, waiter.began, p->version);
    }
}

static void cache_conclude(const struct context *x, struct cache *c, uint32_t index,
                           const struct payload_fill *p)
{
    const struct fetch *f = &c->fetches.frames.items[index];
    if (f->timer != 0)
        cell_disarm(x->cell, c->timeout_lane, f->timer);
    cache_answer(
        x, c,
        &(struct cache_reply){f->call, f->caller, (enum answer_status)p->answer.status, x->now});
    cache_serve_waiters(x, c, index, p);
    fetches_release(&c->fetches, index);
}

void cache_on_fill(const struct context *x, struct cache *c, const struct event *e)
{
    const struct payload_fill p = payload_of(e, payload_fill);
    if (!slots_is_live(&c->fetches.frames, p.answer.call))
        return; // given up, or lost with the power
    const uint32_t index = slots_index(p.answer.call);
    if (p.answer.status == ANSWER_OK)
        cache_take_in(x, c, index, p.version);
    cache_conclude(x, c, index, &p);
}

void cache_on_timeout(const struct context *x, struct cache *c, const struct event *e)
{
    const struct payload_fill nothing = {.answer = {.status = ANSWER_ERROR}};
    const uint32_t index = slots_index(event_token(e));
    CHECK(slots_is_live(&c->fetches.frames, event_token(e)));
    c->fetches.frames.items[index].timer = 0;
    cache_conclude(x, c, index, &nothing);
}

// ---- look-ups

// The copy of an item, if it has not expired.
static uint32_t cache_find(const struct context *x, struct cache *c, uint32_t item)
{
    const uint32_t at = lru_find(&c->copies, item);
    if (at == 0 || lru_at(&c->copies, at)->expires > x->now)
        return at;
    c->counts.caches.expired += cache_counts(x);
    lru_drop(&c->copies, at);
    return 0;
}

// A fetch of the item that others may wait for.
static uint32_t cache_find_fetch(const struct cache *c, uint32_t item)
{
    uint32_t at = c->spec->coalesces ? fetches_find(&c->fetches, item) : 0;
    while (at != 0 && !fetches_may_be_joined(&c->fetches.frames.items[at - 1]))
        at = fetches_find_other(&c->fetches, at);
    return at;
}

// The look-up ends at `at`, now or later; what is there now counts.
static void cache_look(const struct context *x, struct cache *c, const struct lookup *q, simtime at)
{
    const bool is_write = q->flags & REQUEST_WRITE, is_probe = q->flags & REQUEST_PROBE;
    if (is_write || is_probe) {
        cache_ask(x, c, q, at, is_probe ? FETCH_PASS : FETCH_WRITE);
        return;
    }
    const uint32_t item = popularity_item(&x->model->stores[c->store].popularity, q->item_word);
    const uint32_t copy = cache_find(x, c, item), fetch = copy == 0 ? cache_find_fetch(c, item) : 0;
    if (copy != 0) {
        lru_use(&c->copies, copy);
        cache_note_hit(x, c, lru_at(&c->copies, copy), at);
        cache_answer(x, c, &(struct cache_reply){q->call, q->caller, ANSWER_OK, at});
    } else if (fetch != 0) {
        const struct waiter waiter = {.call = q->call, .began = x->now, .caller = q->caller};
        fetches_wait(&c->fetches, fetch - 1, &waiter);
    } else {
        c->counts.caches.misses += cache_counts(x);
        cache_ask(x, c, q, at, FETCH_FILL);
    }
}

static uint32_t cache_keep(struct cache *c, const struct lookup *q)
{
    const uint32_t index = slots_take(&c->lookups);
    struct lookup *kept = &c->lookups.items[index];
    kept->call = q->call;
    kept->caller = q->caller;
    kept->item_word = q->item_word;
    kept->class_index = q->class_index;
    kept->flags = q->flags;
    return index;
}

static void cache_start(const struct context *x, struct cache *c, const struct lookup *q,
                        simtime start)
{
    double work_ns = variate_draw(&c->plan->hit_time, &c->work) * (double)c->fault->slow *
                     c->stretch;
    const simtime finish = start + 1 + context_duration(work_ns);
    station_occupy(&c->station, x->now, start, finish);
    if (LIKELY(finish < c->change)) {
        cache_look(x, c, q, finish);
        return;
    }
    const uint32_t index = cache_keep(c, q);
    const struct payload_token done = {slots_token(&c->lookups, index)};
    context_send(x, x->lp, finish - x->now, EV_CACHE_DONE, &done, sizeof done);
}

// Starts those that were held, as far as can be planned.
static void cache_start_held(const struct context *x, struct cache *c)
{
    uint32_t next;
    simtime start;
    while (station_next(&c->station, x->now, c->change, &next, &start)) {
        const struct lookup q = c->lookups.items[next];
        slots_release(&c->lookups, next);
        cache_start(x, c, &q, start);
    }
}

// The caller goes to the store instead, or fails.
static void cache_turn_away(const struct context *x, struct cache *c, const struct lookup *q,
                            enum answer_status status)
{
    const bool counts = cache_counts(x) && !(q->flags & REQUEST_PROBE);
    if (c->spec->fails_open) {
        c->counts.caches.bypassed += counts;
        cache_ask(x, c, q, x->now, FETCH_PASS);
        return;
    }
    c->counts.unavailable += counts;
    cache_answer(x, c, &(struct cache_reply){q->call, q->caller, status, x->now});
}

void cache_on_request(const struct context *x, struct cache *c, const struct event *e)
{
    const struct payload_request p = payload_of(e, payload_request);
    const struct lookup q = {.call = p.call,
                             .caller = event_src(e),
                             .item_word = p.item_word,
                             .class_index = p.class_index,
                             .flags = p.flags};
    simtime start;
    if (UNLIKELY(c->fault->is_dead))
        return;
    if (UNLIKELY(c->fault->is_refusing)) {
        cache_turn_away(x, c, &q, ANSWER_REFUSED);
        return;
    }
    if (UNLIKELY(context_is_erring(c->fault, &c->errors))) {
        cache_turn_away(x, c, &q, ANSWER_ERROR);
        return;
    }
    switch (station_admit(&c->station, x->now, c->change, &start)) {
    case STATION_START:
        cache_start(x, c, &q, start);
        break;
    case STATION_HOLD:
        station_hold(&c->station, cache_keep(c, &q));
        break;
    case STATION_FULL:
        cache_turn_away(x, c, &q, ANSWER_SHED);
        break;
    }
}

void cache_on_done(const struct context *x, struct cache *c, const struct event *e)
{
    const uint64_t token = event_token(e);
    if (!slots_is_live(&c->lookups, token))
        return; // lost with the power
    const struct lookup q = c->lookups.items[slots_index(token)];
    slots_release(&c->lookups, slots_index(token));
    cache_start_held(x, c);
    cache_look(x, c, &q, x->now);
}

void cache_on_change(const struct context *x, struct cache *c, const struct event *e)
{
    if (!cache_is_silent(c))
        cache_invalidate(x, c, payload_of(e, payload_write).item);
}

// ---- faults and life

// What is fetched meanwhile holds no lease of the cache that comes back.
static void cache_lose_copies(const struct context *x, struct cache *c)
{
    if (cache_counts(x))
        c->counts.caches.dropped += c->copies.n;
    lru_clear(&c->copies);
    for (uint32_t i = 0; c->spec->leases && i < c->fetches.frames.n; i++)
        c->fetches.frames.items[i].is_overtaken = true;
}

// Where the ring of nodes has an item, as a share of all.
static double cache_node_of(uint32_t item)
{
    return (double)(item * UINT32_C(0x9E3779B1)) * 0x1p-32;
}

// Consistent hashing: items of nodes that go are the others' from now on, and those of nodes that
// come back are theirs again; neither has them.
static void cache_move_nodes(const struct context *x, struct cache *c, double was, double is)
{
    const double low = was < is ? was : is, high = was < is ? is : was;
    const uint32_t n = c->copies.n, limit = (uint32_t)((double)c->plan->size * is);
    for (uint32_t at = c->copies.newest, older; low != high && at != 0; at = older) {
        const double node = cache_node_of(lru_at(&c->copies, at)->item);
        older = lru_at(&c->copies, at)->older;
        if (node >= low && node < high)
            lru_drop(&c->copies, at);
    }
    lru_resize(&c->copies, limit > 0 ? limit : 1);
    if (cache_counts(x))
        c->counts.caches.dropped += n - c->copies.n;
}

static void cache_lose_power(const struct context *x, struct cache *c)
{
    struct waiter waiter;
    station_clear(&c->station);
    for (uint32_t i = 0; i < c->lookups.n; i++)
        if (slots_is_taken(&c->lookups, i))
            slots_release(&c->lookups, i);
    for (uint32_t i = 0; i < c->fetches.frames.n; i++) {
        if (!slots_is_taken(&c->fetches.frames, i))
            continue;
        cell_disarm(x->cell, c->timeout_lane, c->fetches.frames.items[i].timer);
        while (fetches_next_waiter(&c->fetches, i, &waiter))
            ;
        fetches_release(&c->fetches, i);
    }
}

void cache_on_fault(const struct context *x, struct cache *c, const struct event *e)
{
    const struct payload_fault f = payload_of(e, payload_fault);
    const struct timeline *line = &x->world->cache_faults[c->index];
    const bool was_dead = c->fault->is_dead, was_silent = cache_is_silent(c);
    const double had = (double)c->fault->capacity;
    c->fault = &line->changes.items[f.change].state;
    c->change = timeline_next_change(line, x->now);
    c->stretch = station_set_capacity(&c->station, c->plan->servers, (double)c->fault->capacity);
    cache_move_nodes(x, c, had, (double)c->fault->capacity);
    if (cache_is_silent(c) && !was_silent)
        cache_lose_copies(x, c);
    if (c->fault->is_dead && !was_dead)
        cache_lose_power(x, c);
    cache_start_held(x, c);
}

void cache_intercept(const struct model *m, const struct pool *p, int store, struct pool_way *ways)
{
    const struct caching_spec *spec = &m->topology->stores[store].cache;
    if (spec->scope == CACHING_NONE)
        return;
    const uint32_t lp = model_cache(m, store, p->region, p->zone);
    const struct pool_way way = {
        .path = model_path(m, m->zone_place[p->region][p->zone], m->lps[lp].place),
        .callee = lp,
        .kind = EV_CACHE_REQUEST};
    ways[0] = way;
    if (spec->on_write != CACHING_LEAVES)
        ways[REQUEST_WRITE] = way;
}

// As after a long time of the same traffic: the most popular items, each somewhere in its time to
// live. Users' own items go past a cache.
static void cache_warm(struct world *w, struct cache *c)
{
    const uint32_t n_items = w->model->stores[c->store].first_own;
    struct stream ages = stream_open(w->seed, w->replication,
                                     w->model->lps[model_lp(w->model, LP_CACHE, c->index)].name,
                                     "ages");
    for (uint32_t item = n_items < c->plan->size ? n_items : c->plan->size; item-- > 0;) {
        struct lru_copy *copy = lru_at(&c->copies, lru_add(&c->copies, item));
        copy->version = 0;
        copy->newest = COPY_NO_WRITE;
        copy->missed = SIMTIME_NEVER;
        copy->behind = 0;
        copy->expires = 1 + (simtime)(stream_uniform(&ages) * (double)c->plan->ttl);
    }
}

void cache_turn(const struct model *m, struct cache *c, uint8_t region)
{
    const int zone = m->lps[model_lp(m, LP_CACHE, c->index)].zone;
    c->replica = model_replica_in(m, c->store, region, zone);
    c->to_replica = &c->paths[m->lps[c->replica].place];
}

void cache_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const uint32_t lp = model_lp(m, LP_CACHE, index);
    const char *name = m->lps[lp].name;
    struct cache *c = &w->caches[index];
    *c = (struct cache){.index = index,
                        .store = m->lps[lp].object,
                        .region = m->lps[lp].region,
                        .fault = &fault_state_fine,
                        .work = stream_open(w->seed, w->replication, name, "work"),
                        .network = stream_open(w->seed, w->replication, name, "network"),
                        .errors = stream_open(w->seed, w->replication, name, "errors"),
                        .invalidation = stream_open(w->seed, w->replication, name, "invalidation"),
                        .stretch = 1};
    c->spec = &m->topology->stores[c->store].cache;
    c->plan = &m->caches[c->store];
    c->change = timeline_next_change(&w->cache_faults[index], -1);
    c->paths = model_path(m, m->lps[lp].place, 0);
    cache_turn(m, c, m->stores[c->store].replica_region[c->region]);
    c->timeout_lane = engine_lane(w->engine, lp, c->plan->timeout, EV_CACHE_TIMEOUT);
    slots_grow(&c->lookups);
    slots_grow(&c->fetches.frames);
    station_init(&c->station, c->plan->servers, c->plan->queue);
    lru_init(&c->copies, &w->arena, c->plan->size);
    storerecord_init(&c->counts);
    hitlog_init(&c->hits, c->plan->size,
                model_notice_time(m, &m->stores[c->store], m->lps[lp].place), &c->counts.staleness);
    if (c->spec->starts == CACHING_WARM && (c->spec->warm >> c->region & 1))
        cache_warm(w, c);
}

void cache_settle(struct cache *c)
{
    hitlog_settle(&c->hits);
    c->counts.caches.stale = c->counts.staleness.stale;
}

void cache_close(struct world *w, uint32_t index)
{
    struct cache *c = &w->caches[index];
    station_free(&c->station);
    slots_free(&c->lookups);
    fetches_free(&c->fetches);
    hitlog_free(&c->hits);
    storerecord_free(&c->counts);
}
