// Plays the part of the pools that ask a store's replicas: reads and writes at chosen times, and
// what came of them.
//
//   struct storeplay p;
//   storeplay_open(&p, &tiny);
//   uint64_t w = storeplay_write(&p, region, at_s, item);
//   storeplay_run(&p, until_s);
//   ... p.answer[w].status, p.answer[w].at_s; storeplay_replica(&p, region)->counts ...
//   storeplay_close(&p);
//
// The first store of the world is meant. With n items, item i of 0 .. n-1 is asked for (popularity
// must be uniform).
#pragma once

#include <criterion/criterion.h>

#include "base/base.h"
#include "support/stage.h"

enum { STOREPLAY_CALLS = 20000, STOREPLAY_NONE = 255 };

struct storeplay_answer {
    double at_s;
    uint8_t status; // enum answer_status, or STOREPLAY_NONE
};

struct storeplay {
    struct stage stage;
    uint64_t n_calls;
    struct storeplay_answer answer[STOREPLAY_CALLS];
};

// A store of two items in three regions, without any traffic: round trips 10 and 30 ms from region
// 0, 50 between the others.
static inline struct store_spec *storeplay_make(struct tiny *t, enum store_mode mode)
{
    tiny_init(t);
    tiny_silence(t);
    tiny_add_region(t, "us-west-2", 10);
    tiny_add_region(t, "eu-west-1", 30);
    tiny_set_rtt(t, 1, 2, 50);
    t->workload.duration_s = t->workload.window_s = 1000;
    struct store_spec *s = tiny_add_store(t, mode);
    s->items = 2;
    return s;
}

static inline bool storeplay_tap(void *argument, const struct context *x, const struct event *e)
{
    struct storeplay *p = argument;
    struct payload_answer a;
    (void)x;
    if (e->kind != EV_CALL_RESPONSE && e->kind != EV_TRY_ANSWER)
        return false;
    payload_get(e, struct payload_answer, &a);
    REQUIRE(a.call < p->n_calls && p->answer[a.call].status == STOREPLAY_NONE,
            "call %llu answered twice", (unsigned long long)a.call);
    p->answer[a.call] = (struct storeplay_answer){simtime_to_seconds(e->time), a.status};
    return true;
}

static inline void storeplay_open(struct storeplay *p, const struct tiny *t)
{
    stage_open(&p->stage, t, 0);
    p->stage.tap = storeplay_tap;
    p->stage.argument = p;
    p->n_calls = 0;
}

static inline uint64_t storeplay_ask(struct storeplay *p, int region, double at_s, uint32_t item,
                                     uint8_t flags)
{
    const struct model *m = p->stage.model;
    uint64_t items = m->stores[0].items;
    struct payload_request q = {
        .call = p->n_calls,
        .item_word = (uint32_t)((((uint64_t)item << 32) + (1u << 31)) / items),
        .flags = flags};
    REQUIRE(p->n_calls < STOREPLAY_CALLS && item < items, "call %llu",
            (unsigned long long)p->n_calls);
    p->answer[p->n_calls].status = STOREPLAY_NONE;
    stage_inject(&p->stage, stage_lp(&p->stage, LP_POOL, (uint32_t)m->pool_of[region]),
                 stage_lp(&p->stage, LP_REPLICA, (uint32_t)m->replica_of[region]), at_s,
                 EV_STORE_REQUEST, &q, sizeof q);
    return p->n_calls++;
}

static inline uint64_t storeplay_read(struct storeplay *p, int region, double at_s, uint32_t item)
{
    return storeplay_ask(p, region, at_s, item, 0);
}

static inline uint64_t storeplay_write(struct storeplay *p, int region, double at_s, uint32_t item)
{
    return storeplay_ask(p, region, at_s, item, REQUEST_WRITE);
}

static inline void storeplay_run(struct storeplay *p, double until_s)
{
    stage_run(&p->stage, until_s);
}

static inline const struct replica *storeplay_replica(const struct storeplay *p, int region)
{
    return &p->stage.world->replicas[p->stage.model->replica_of[region]];
}

static inline void storeplay_expect(const struct storeplay *p, uint64_t call,
                                    enum answer_status status, double at_s, double within_s)
{
    const struct storeplay_answer *a = &p->answer[call];
    cr_expect_eq(a->status, status, "call %lu: status %d", call, a->status);
    cr_expect_float_eq(a->at_s, at_s, within_s, "call %lu: %g s", call, a->at_s);
}

// Counts the reads that are still in the logs: at the end of a play.
static inline void storeplay_settle(const struct storeplay *p)
{
    for (uint32_t i = 0; i < p->stage.model->count[LP_REPLICA]; i++)
        copy_settle(&p->stage.world->replicas[i].copy);
}

// Time of the first mark of this kind at the replica of a region, or -1.
static inline double storeplay_mark_s(const struct storeplay *p, int region, enum journal_kind kind)
{
    const uint32_t index = (uint32_t)p->stage.model->replica_of[region];
    const journal_list *list = &p->stage.world->journals[stage_lp(&p->stage, LP_REPLICA, index)];
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind == kind)
            return simtime_to_seconds(list->items[i].time);
    return -1;
}

static inline uint64_t storeplay_stale_reads(const struct storeplay *p)
{
    uint64_t n = 0;
    storeplay_settle(p);
    for (uint32_t i = 0; i < p->stage.model->count[LP_REPLICA]; i++)
        n += p->stage.world->replicas[i].counts.staleness.stale;
    return n;
}

// Writes of a replica that any other has marked as overwritten, or as thrown away.
static inline uint64_t storeplay_marked(const struct storeplay *p, int region, bool overwritten)
{
    const struct replica *origin = storeplay_replica(p, region);
    uint64_t n = 0;
    for (uint32_t serial = 0; serial < origin->fates.n; serial++) {
        bool is_marked = false;
        for (uint32_t i = 0; i < p->stage.model->count[LP_REPLICA]; i++) {
            const struct fates *f = &p->stage.world->replicas[i].fates;
            is_marked |= marks_has(overwritten ? &f->overwritten[origin->member]
                                               : &f->discarded[origin->member],
                                   serial);
        }
        n += is_marked;
    }
    return n;
}

static inline void storeplay_close(struct storeplay *p)
{
    stage_close(&p->stage);
}
