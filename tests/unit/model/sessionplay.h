// Plays users of own items whose services ask a store's replicas: each user follows a script, one
// operation after the other, in regions of its choice, and his client remembers what it was told.
//
//   struct sessionplay p;
//   sessionplay_open(&p, &tiny);
//   uint32_t u = sessionplay_user(&p, 1.0);             // begins at 1 s
//   sessionplay_then(&p, u, WRITES, region, 0);
//   sessionplay_then(&p, u, READS, region, wait_s);     // so long after the answer before
//   sessionplay_run(&p, until_s);
//   ... p.users[u].steps[k].status, .at_s, .version ...
//   sessionplay_close(&p);
//
// The first store of the world is meant; the world's population has as many clients as there may be
// users here (sessionplay_prepare). Who gets no answer asks no more.
#pragma once

#include "base/base.h"
#include "model/session.h"
#include "support/stage.h"

enum { SESSIONPLAY_USERS = 4000, SESSIONPLAY_STEPS = 6, SESSIONPLAY_NONE = 255 };

enum sessionplay_kind {
    READS,
    WRITES,
    READS_UNTOLD, // without what its client has seen: as if it had not been told
    READS_EVENTUALLY,
};

struct sessionplay_step {
    enum sessionplay_kind kind;
    int region;
    double wait_s;
    // What came of it.
    double asked_s, at_s;
    uint64_t version;
    uint8_t status; // enum answer_status, or SESSIONPLAY_NONE
};

struct sessionplay_user {
    double start_s;
    uint32_t item; // number of the user whose item it is: his own, unless a test says otherwise
    uint32_t n_steps, next;
    struct session_mark mark;
    struct sessionplay_step steps[SESSIONPLAY_STEPS];
};

struct sessionplay {
    struct stage stage;
    struct session_inbox inbox;
    struct arena arena;
    uint32_t n_users;
    struct sessionplay_user users[SESSIONPLAY_USERS];
};

// Two classes with own items, and users enough; nobody asks by himself.
static inline void sessionplay_prepare(struct tiny *t)
{
    struct workload *w = &t->workload;
    tiny_silence(t);
    w->n_classes = 2;
    w->classes[0].has_own_items = true;
    w->classes[1] = w->classes[0];
    w->classes[1].name = "put";
    w->classes[1].is_write = true;
    t->populations[0].mix[1] = 1;
    t->populations[0].clients = SESSIONPLAY_USERS;
}

static inline struct payload_request sessionplay_request(const struct sessionplay *p, uint32_t user)
{
    const struct sessionplay_user *u = &p->users[user];
    const bool is_write = u->steps[u->next].kind == WRITES;
    return (struct payload_request){
        .call = (uint64_t)user * SESSIONPLAY_STEPS + u->next,
        .item_word = u->item,
        .class_index = is_write,
        .flags = (uint8_t)(REQUEST_OWN | (is_write ? REQUEST_WRITE : 0) |
                           (u->steps[u->next].kind == READS_EVENTUALLY ? REQUEST_EVENTUAL : 0))};
}

static inline uint32_t sessionplay_lp(const struct sessionplay *p, enum lp_kind kind, int region)
{
    const struct model *m = p->stage.model;
    return stage_lp(&p->stage, kind,
                    (uint32_t)(kind == LP_POOL ? m->pool_of[region] : m->replica_of[region]));
}

// From the pool that has the answer before.
static inline void sessionplay_ask(struct sessionplay *p, const struct context *x, uint32_t user)
{
    struct sessionplay_user *u = &p->users[user];
    struct sessionplay_step *s = &u->steps[u->next];
    const struct payload_request q = sessionplay_request(p, user);
    const uint32_t replica = sessionplay_lp(p, LP_REPLICA, s->region);
    const simtime delay = 1 + simtime_from_seconds(s->wait_s);
    s->asked_s = simtime_to_seconds(x->now + delay);
    if (s->kind != READS_UNTOLD)
        session_tell_of(x, 0, u->mark, (struct session_message){replica, q.call}, delay);
    context_send(x, replica, delay, EV_STORE_REQUEST, &q, sizeof q);
}

static inline void sessionplay_take(struct sessionplay *p, const struct context *x,
                                    const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    const uint32_t user = (uint32_t)(a.call / SESSIONPLAY_STEPS);
    struct sessionplay_user *u = &p->users[user];
    struct sessionplay_step *s = &u->steps[a.call % SESSIONPLAY_STEPS];
    struct session_mark news = {0};
    REQUIRE(s->status == SESSIONPLAY_NONE && u->next == a.call % SESSIONPLAY_STEPS,
            "user %u: step %u is answered", user, (unsigned)(a.call % SESSIONPLAY_STEPS));
    session_learn_of(x, &p->inbox, e, 0, &news);
    s->status = a.status;
    s->at_s = simtime_to_seconds(x->now);
    s->version = s->kind == WRITES ? news.written : news.read;
    REQUIRE(a.status == ANSWER_OK || (news.written | news.read) == 0, "an error says a version");
    session_see(&u->mark, news);
    if (++u->next < u->n_steps)
        sessionplay_ask(p, x, user);
}

static inline bool sessionplay_tap(void *argument, const struct context *x, const struct event *e)
{
    struct sessionplay *p = argument;
    const bool is_mine = x->model->lps[e->dst].kind == LP_POOL;
    if (is_mine && e->kind == EV_SESSION)
        session_on_marks(x, &p->inbox, e);
    if (is_mine && e->kind == EV_CALL_RESPONSE)
        sessionplay_take(p, x, e);
    return is_mine && (e->kind == EV_SESSION || e->kind == EV_CALL_RESPONSE);
}

static inline void sessionplay_open(struct sessionplay *p, const struct tiny *t)
{
    stage_open(&p->stage, t, 0);
    p->stage.tap = sessionplay_tap;
    p->stage.argument = p;
    p->arena = (struct arena){0};
    p->inbox = session_open(p->stage.model, &p->arena);
    p->n_users = 0;
}

static inline uint32_t sessionplay_user(struct sessionplay *p, double start_s)
{
    REQUIRE(p->n_users < SESSIONPLAY_USERS, "%u users", p->n_users);
    p->users[p->n_users] = (struct sessionplay_user){.start_s = start_s, .item = p->n_users};
    return p->n_users++;
}

static inline void sessionplay_then(struct sessionplay *p, uint32_t user,
                                    enum sessionplay_kind kind, int region, double wait_s)
{
    struct sessionplay_user *u = &p->users[user];
    REQUIRE(u->n_steps < SESSIONPLAY_STEPS, "user %u has %u steps", user, u->n_steps);
    u->steps[u->n_steps++] = (struct sessionplay_step){
        .kind = kind, .region = region, .wait_s = wait_s, .status = SESSIONPLAY_NONE};
}

// Once.
static inline void sessionplay_run(struct sessionplay *p, double until_s)
{
    for (uint32_t user = 0; user < p->n_users; user++) {
        struct sessionplay_user *u = &p->users[user];
        const int region = u->steps[0].region;
        const struct payload_request q = sessionplay_request(p, user);
        u->steps[0].asked_s = u->start_s;
        stage_inject(&p->stage, sessionplay_lp(p, LP_POOL, region),
                     sessionplay_lp(p, LP_REPLICA, region), u->start_s, EV_STORE_REQUEST, &q,
                     sizeof q);
    }
    stage_run(&p->stage, until_s);
}

static inline const struct replica *sessionplay_replica(const struct sessionplay *p, int region)
{
    return &p->stage.world->replicas[p->stage.model->replica_of[region]];
}

// Of all replicas.
static inline struct store_record sessionplay_counts(const struct sessionplay *p)
{
    struct store_record sum = {0};
    for (uint32_t i = 0; i < p->stage.model->count[LP_REPLICA]; i++) {
        const struct store_record *c = &p->stage.world->replicas[i].counts;
        sum.reads += c->reads;
        sum.own_reads += c->own_reads;
        sum.ryw_violations += c->ryw_violations;
        sum.monotonic_violations += c->monotonic_violations;
        sum.session_misses += c->session_misses;
        sum.session_timeouts += c->session_timeouts;
        sum.unavailable += c->unavailable;
    }
    return sum;
}

// What waited, by the time that it did; without bins.
static inline struct histogram sessionplay_waits(const struct sessionplay *p)
{
    struct histogram all = {0};
    for (uint32_t i = 0; i < p->stage.model->count[LP_REPLICA]; i++) {
        const struct histogram *h = &p->stage.world->replicas[i].counts.session_wait;
        all.n += h->n;
        all.sum += h->sum;
    }
    return all;
}

static inline void sessionplay_close(struct sessionplay *p)
{
    stage_close(&p->stage);
    arena_free(&p->arena);
}
