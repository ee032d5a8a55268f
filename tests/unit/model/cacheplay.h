// Plays the part of the pools that ask a store's caches: reads and writes at chosen times, and what
// came of them. It may hold back what the store answers to a cache.
//
//   static struct cacheplay p;
//   cacheplay_make(&p);                         // p.tiny, and its store with a cache, to be
//   changed cacheplay_open(&p); uint64_t r = cacheplay_read(&p, cache, at_s, item);
//   cacheplay_run(&p, until_s);
//   ... p.answer[r].status, p.answer[r].at_s, cacheplay_counts(&p) ...
//   cacheplay_close(&p);
//
// Caches are named by their index; items are equally popular.
#pragma once

#include <criterion/criterion.h>

#include "base/base.h"
#include "support/stage.h"

enum { CACHEPLAY_CALLS = 20000, CACHEPLAY_NONE = 255 };

struct cacheplay {
    struct stage stage;
    struct tiny tiny;
    uint64_t n_calls;
    uint64_t n_asks;    // that the store has got
    uint64_t n_changes; // that a feed has brought
    double hold_s;      // the store's next answer to a cache comes that much later; 0: none does
    struct {
        double at_s;
        uint8_t status; // enum answer_status, or CACHEPLAY_NONE
    } answer[CACHEPLAY_CALLS];
};

// Cold caches of the zones, without servers' queues, of 100 copies; 1000 items; one region. A
// look-up takes 1 ms, a read of the store 10 ms, a write 20 ms.
static inline struct caching_spec *cacheplay_make(struct cacheplay *p)
{
    tiny_init(&p->tiny);
    tiny_silence(&p->tiny);
    struct store_spec *s = tiny_add_store(&p->tiny, STORE_MULTI_LEADER);
    p->tiny.workload.duration_s = p->tiny.workload.window_s = 1000;
    s->read_time = distribution_constant(10e-3);
    s->write_time = distribution_constant(20e-3);
    s->cache = (struct caching_spec){.scope = CACHING_ZONE,
                                     .size = 100,
                                     .ttl_s = 60,
                                     .hit_time = distribution_constant(1e-3),
                                     .servers = 1000,
                                     .queue = 1000,
                                     .fails_open = true,
                                     .feed_delay = distribution_constant(0.2),
                                     .starts = CACHING_COLD,
                                     .warm = UINT32_MAX};
    return &s->cache;
}

// From 10 s to 30 s.
static inline struct fault_spec *cacheplay_add_fault(struct cacheplay *p, enum fault_target target,
                                                     enum fault_effect effect, double level)
{
    struct fault_spec *f = tiny_add_fault(&p->tiny);
    f->target = target;
    f->effect = effect;
    f->level = level;
    f->zone = target == FAULT_CACHE ? ALL_ZONES : "*";
    f->at_s = 10;
    f->duration = distribution_constant(20);
    return f;
}

static inline bool cacheplay_tap(void *argument, const struct context *x, const struct event *e)
{
    struct cacheplay *p = argument;
    p->n_asks += e->kind == EV_CACHE_ASK;
    p->n_changes += e->kind == EV_CACHE_CHANGE;
    if (e->kind == EV_CACHE_FILL && p->hold_s > 0) {
        context_send(x, x->lp, simtime_from_seconds(p->hold_s), e->kind, e->payload,
                     sizeof e->payload);
        p->hold_s = 0;
        return true;
    }
    if (e->kind != EV_CALL_RESPONSE)
        return false;
    const struct payload_answer a = payload_of(e, payload_answer);
    cr_assert(a.call < p->n_calls && p->answer[a.call].status == CACHEPLAY_NONE);
    p->answer[a.call].at_s = simtime_to_seconds(e->time);
    p->answer[a.call].status = a.status;
    return true;
}

static inline void cacheplay_open(struct cacheplay *p)
{
    stage_open(&p->stage, &p->tiny, 0);
    p->stage.tap = cacheplay_tap;
    p->stage.argument = p;
    p->n_calls = p->n_asks = p->n_changes = 0;
    p->hold_s = 0;
}

static inline struct cache *cacheplay_cache(const struct cacheplay *p, uint32_t cache)
{
    return &p->stage.world->caches[cache];
}

static inline uint64_t cacheplay_ask(struct cacheplay *p, uint32_t cache, double at_s,
                                     uint32_t item, uint8_t flags)
{
    const struct model *m = p->stage.model;
    const uint64_t items = m->stores[0].items;
    const uint32_t lp = stage_lp(&p->stage, LP_CACHE, cache);
    const uint32_t pool = (uint32_t)m->pool_of[m->lps[lp].region] + m->lps[lp].zone;
    const struct payload_request q = {
        .call = p->n_calls,
        .item_word = (uint32_t)((((uint64_t)item << 32) + (1u << 31)) / items),
        .flags = flags};
    REQUIRE(p->n_calls < CACHEPLAY_CALLS && item < items, "call %llu",
            (unsigned long long)p->n_calls);
    p->answer[p->n_calls].status = CACHEPLAY_NONE;
    stage_inject(&p->stage, stage_lp(&p->stage, LP_POOL, pool), lp, at_s, EV_CACHE_REQUEST, &q,
                 sizeof q);
    return p->n_calls++;
}

static inline uint64_t cacheplay_read(struct cacheplay *p, uint32_t cache, double at_s,
                                      uint32_t item)
{
    return cacheplay_ask(p, cache, at_s, item, 0);
}

static inline uint64_t cacheplay_write(struct cacheplay *p, uint32_t cache, double at_s,
                                       uint32_t item)
{
    return cacheplay_ask(p, cache, at_s, item, REQUEST_WRITE);
}

static inline void cacheplay_run(struct cacheplay *p, double until_s)
{
    stage_run(&p->stage, until_s);
}

// A tenth of a millisecond for the network.
static inline void cacheplay_expect(const struct cacheplay *p, uint64_t call,
                                    enum answer_status status, double at_s)
{
    cr_expect_eq(p->answer[call].status, status, "call %lu: status %d", call,
                 p->answer[call].status);
    cr_expect_float_eq(p->answer[call].at_s, at_s, 0.2e-3, "call %lu: %.5f s", call,
                       p->answer[call].at_s);
}

// The version that a cache has of an item; UINT64_MAX: none.
static inline uint64_t cacheplay_version(const struct cacheplay *p, uint32_t cache, uint32_t item)
{
    const struct lru *copies = &cacheplay_cache(p, cache)->copies;
    const uint32_t at = lru_find(copies, item);
    return at != 0 ? lru_at(copies, at)->version : UINT64_MAX;
}

// Reads until now are counted as they stand.
static inline const struct store_record *cacheplay_record(const struct cacheplay *p, uint32_t cache)
{
    cache_settle(cacheplay_cache(p, cache));
    return &cacheplay_cache(p, cache)->counts;
}

static inline void cacheplay_close(struct cacheplay *p)
{
    for (uint32_t i = 0; i < p->stage.model->count[LP_CACHE]; i++) {
        const struct cache *c = cacheplay_cache(p, i);
        cr_expect_eq(c->lookups.live, 0);
        cr_expect_eq(c->fetches.frames.live, 0);
        cr_expect_eq(c->fetches.waiters.live, 0);
        cr_expect_eq(c->fetches.heard.live, 0);
    }
    stage_close(&p->stage);
}
