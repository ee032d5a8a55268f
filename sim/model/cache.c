#include "model/cache.h"

#include "model/context.h"
#include "model/popularity.h"
#include "model/replication.h"

enum { CACHE_FORGET_EVERY = 1024 }; // hits between two looks at what may be forgotten

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

// A read was answered by what the cache has, or has just got; a newer version is known of since
// `outdated`.
static void cache_note_read(const struct context *x, struct cache *c, uint32_t item,
                            uint64_t version, simtime outdated)
{
    if (!cache_counts(x))
        return;
    c->counts.reads++;
    if (outdated <= x->now) {
        c->counts.stale_reads++;
        c->counts.caches.stale++;
        histogram_add(&c->counts.staleness, (uint64_t)(x->now - outdated));
        return;
    }
    hitlog_add(&c->hits, item, x->now, version);
    if (--c->until_forget == 0) {
        c->until_forget = CACHE_FORGET_EVERY;
        // The replica's news are under way for less than a second.
        hitlog_forget(&c->hits, replication_settled(x, c->replica) - SIMTIME_S);
    }
}

// What is under way may bring an older version.
static void cache_outdate_fetches(struct cache *c, const struct payload_write *p)
{
    for (uint32_t at = fetches_find(&c->fetches, p->item); at != 0;
         at = fetches_find_other(&c->fetches, at)) {
        struct fetch *f = &c->fetches.frames.items[at - 1];
        if (p->version <= f->heard)
            continue;
        f->heard = p->version;
        f->outdated = p->committed;
    }
}

void cache_learn(struct cache *c, const struct payload_write *p)
{
    const uint64_t missed = hitlog_learn(&c->hits, p);
    const uint32_t at = copies_find(&c->copies, p->item);
    c->counts.stale_reads += missed;
    c->counts.caches.stale += missed;
    if (at != 0 && copies_at(&c->copies, at)->version < p->version) {
        struct copy *copy = copies_at(&c->copies, at);
        copy->outdated = simtime_least(copy->outdated, p->committed);
    }
    cache_outdate_fetches(c, p);
}

void cache_on_heard(const struct context *x, struct cache *c, const struct event *e)
{
    (void)x;
    cache_learn(c, &payload_of(e, payload_write));
}

// ---- contents

// Puts what the store has answered in, whatever was there.
static void cache_put(const struct context *x, struct cache *c, const struct fetch *f,
                      uint64_t version)
{
    uint32_t at = copies_find(&c->copies, f->item);
    if (at == 0) {
        c->counts.caches.evicted += cache_counts(x) && c->copies.n == c->copies.size;
        at = copies_add(&c->copies, f->item);
    }
    struct copy *copy = copies_at(&c->copies, at);
    copies_use(&c->copies, at);
    copy->version = version;
    copy->expires = simtime_after(x->now, c->plan->ttl);
    copy->outdated = fetches_outdated(f, version);
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
    const uint32_t at = copies_find(&c->copies, item);
    cache_revoke(c, item);
    if (at == 0)
        return;
    c->counts.caches.invalidated += cache_counts(x);
    copies_drop(&c->copies, at);
}

static void cache_refuse(const struct context *x, struct cache *c)
{
    c->counts.caches.refused += cache_counts(x);
}

// With leases no older version takes the place of a newer one.
static void cache_update(const struct context *x, struct cache *c, const struct fetch *f,
                         uint64_t version)
{
    const uint32_t at = copies_find(&c->copies, f->item);
    cache_revoke(c, f->item);
    if (c->spec->leases && at != 0 && copies_at(&c->copies, at)->version > version)
        cache_refuse(x, c);
    else
        cache_put(x, c, f, version);
}

// What the store has answered with success takes effect.
static void cache_take_in(const struct context *x, struct cache *c, const struct fetch *f,
                          uint64_t version)
{
    if (cache_is_silent(c) || f->kind == FETCH_PASS)
        return;
    if (f->kind == FETCH_WRITE && c->spec->on_write == CACHING_UPDATES)
        cache_update(x, c, f, version);
    else if (f->kind == FETCH_WRITE)
        cache_invalidate(x, c, f->item);
    else if (f->is_overtaken)
        cache_refuse(x, c);
    else
        cache_put(x, c, f, version);
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

// Who has waited for a fetch gets the version that it has brought.
static void cache_serve_waiters(const struct context *x, struct cache *c, uint32_t index,
                                const struct payload_fill *p)
{
    const struct fetch *f = &c->fetches.frames.items[index];
    struct waiter waiter;
    while (fetches_next_waiter(&c->fetches, index, &waiter)) {
        cache_answer(x, c,
                     &(struct cache_reply){waiter.call, waiter.caller,
                                           (enum answer_status)p->answer.status, x->now});
        if (p->answer.status != ANSWER_OK)
            continue;
        c->counts.caches.coalesced += cache_counts(x);
        cache_note_read(x, c, f->item, p->version, fetches_outdated(f, p->version));
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
        cache_take_in(x, c, &c->fetches.frames.items[index], p.version);
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
    const uint32_t at = copies_find(&c->copies, item);
    if (at == 0 || copies_at(&c->copies, at)->expires > x->now)
        return at;
    c->counts.caches.expired += cache_counts(x);
    copies_drop(&c->copies, at);
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
        const struct copy *found = copies_at(&c->copies, copy);
        copies_use(&c->copies, copy);
        c->counts.caches.hits += cache_counts(x);
        cache_note_read(x, c, item, found->version, found->outdated);
        cache_answer(x, c, &(struct cache_reply){q->call, q->caller, ANSWER_OK, at});
    } else if (fetch != 0) {
        fetches_wait(&c->fetches, fetch - 1, q->caller, q->call);
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
static void cache_lose_copies(struct cache *c)
{
    copies_clear(&c->copies);
    for (uint32_t i = 0; c->spec->leases && i < c->fetches.frames.n; i++)
        c->fetches.frames.items[i].is_overtaken = true;
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
    c->fault = &line->changes.items[f.change].state;
    c->change = timeline_next_change(line, x->now);
    c->stretch = station_set_capacity(&c->station, c->plan->servers, (double)c->fault->capacity);
    if (cache_is_silent(c) && !was_silent)
        cache_lose_copies(c);
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
// live.
static void cache_warm(struct world *w, struct cache *c)
{
    const uint32_t n_items = w->model->stores[c->store].items;
    struct stream ages = stream_open(w->seed, w->replication,
                                     w->model->lps[model_lp(w->model, LP_CACHE, c->index)].name,
                                     "ages");
    for (uint32_t item = n_items < c->plan->size ? n_items : c->plan->size; item-- > 0;) {
        struct copy *copy = copies_at(&c->copies, copies_add(&c->copies, item));
        copy->version = 0;
        copy->outdated = SIMTIME_NEVER;
        copy->expires = 1 + (simtime)(stream_uniform(&ages) * (double)c->plan->ttl);
    }
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
                        .until_forget = CACHE_FORGET_EVERY,
                        .work = stream_open(w->seed, w->replication, name, "work"),
                        .network = stream_open(w->seed, w->replication, name, "network"),
                        .errors = stream_open(w->seed, w->replication, name, "errors"),
                        .stretch = 1};
    const uint8_t from = m->stores[c->store].replica_region[c->region];
    c->spec = &m->topology->stores[c->store].cache;
    c->plan = &m->caches[c->store];
    c->change = timeline_next_change(&w->cache_faults[index], -1);
    c->replica = model_lp(m, LP_REPLICA,
                          (uint32_t)m->replica_of[c->store * m->topology->n_regions + from]);
    c->to_replica = model_path(m, m->lps[lp].place, m->lps[c->replica].place);
    c->paths = model_path(m, m->lps[lp].place, 0);
    c->timeout_lane = engine_lane(w->engine, lp, c->plan->timeout, EV_CACHE_TIMEOUT);
    slots_grow(&c->lookups);
    slots_grow(&c->fetches.frames);
    station_init(&c->station, c->plan->servers, c->plan->queue);
    copies_init(&c->copies, &w->arena, c->plan->size);
    histogram_init(&c->counts.lag);
    histogram_init(&c->counts.staleness);
    hitlog_init(&c->hits, c->plan->size, &c->counts.staleness);
    if (c->spec->starts == CACHING_WARM && (c->spec->warm >> c->region & 1))
        cache_warm(w, c);
}

void cache_close(struct world *w, uint32_t index)
{
    struct cache *c = &w->caches[index];
    station_free(&c->station);
    slots_free(&c->lookups);
    fetches_free(&c->fetches);
    hitlog_free(&c->hits);
    histogram_free(&c->counts.lag);
    histogram_free(&c->counts.staleness);
}
