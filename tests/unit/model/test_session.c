// Pins: requests of classes with own items name their user to the stores, others draw their items
// as ever; what a user's client has been told goes along with his next request, through balancers
// and services, to the store that it is of, and to no other; services tell their next call what the
// last one said, and calls that are tried again say what they said before; answers without success
// teach nothing, and neither do those that came too late; users do not learn of each other; what
// came with a message that nobody takes stays without effect.
#include <criterion/criterion.h>

#include "model/session.h"
#include "support/stage.h"

enum { MOST = 4000 };

// What stores were asked, and what they say: versions 1, 2, 3 ... in the order of asking.
static struct {
    struct stage stage;
    struct tiny tiny;
    struct seen {
        double at_s;
        uint32_t item_word;
        uint16_t store;
        uint8_t flags;
        struct session_mark mark; // that came with it
        uint64_t said;            // 0: an error
    } seen[MOST];
    uint32_t n;
    struct session_mark marks[2]; // on their way: of the message that follows
    struct session_inbox inbox;
    struct arena arena;
    // Whether a store answers with success.
    bool (*succeeds)(uint32_t number);
    double takes_s;
} p;

static bool always(uint32_t number)
{
    (void)number;
    return true;
}

static void answer(const struct context *x, const struct event *e)
{
    const struct payload_request q = payload_of(e, payload_request);
    struct seen *s = &p.seen[p.n++];
    *s = (struct seen){.at_s = simtime_to_seconds(x->now),
                       .item_word = q.item_word,
                       .store = x->model->lps[e->dst].object,
                       .flags = q.flags};
    session_learn_of(x, &p.inbox, e, s->store, &s->mark);
    const bool is_ok = p.succeeds(p.n), is_write = q.flags & REQUEST_WRITE;
    s->said = is_ok ? p.n : 0;
    const struct session_mark news = {is_write ? s->said : 0, is_write ? 0 : s->said};
    const struct payload_answer a = {.call = q.call, .status = is_ok ? ANSWER_OK : ANSWER_ERROR};
    const simtime delay = 1 + simtime_from_seconds(p.takes_s);
    if (q.flags & REQUEST_OWN)
        session_tell_of(x, s->store, news, (struct session_message){event_src(e), q.call}, delay);
    context_send(x, event_src(e), delay, x->model->lps[event_src(e)].reply_kind, &a, sizeof a);
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    cr_assert_lt(p.n, MOST);
    if (x->model->lps[e->dst].kind != LP_REPLICA)
        return false;
    if (e->kind == EV_SESSION)
        session_on_marks(x, &p.inbox, e);
    if (e->kind == EV_STORE_REQUEST)
        answer(x, e);
    return e->kind == EV_SESSION || e->kind == EV_STORE_REQUEST;
}

// Three users who ask one after the other, half of the time to write, of own items; one service,
// one store.
static struct population_spec *make(void)
{
    memset(&p, 0, sizeof p);
    p.succeeds = always;
    struct tiny *t = &p.tiny;
    tiny_init(t);
    t->services[0].work = distribution_constant(1e-3);
    t->services[0].servers_per_zone = 10;
    tiny_add_store(t, STORE_MULTI_LEADER)->items = 7;
    t->workload.n_classes = 2;
    t->workload.classes[0].has_own_items = true;
    t->workload.classes[1] = t->workload.classes[0];
    t->workload.classes[1].name = "put";
    t->workload.classes[1].is_write = true;
    struct population_spec *u = &t->populations[0];
    u->mix[1] = 1;
    u->clients = 3;
    u->demand.mode = DEMAND_CLOSED;
    u->demand.think = tiny_exponential(1);
    t->workload.duration_s = t->workload.window_s = 100;
    return u;
}

static void run(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    p.inbox = session_open(p.stage.model, &p.arena);
    stage_run(&p.stage, p.tiny.workload.duration_s);
}

static void close(void)
{
    stage_close(&p.stage);
    arena_free(&p.arena);
}

static void expect_mark(const struct seen *s, const struct session_mark *expected)
{
    cr_expect_eq(s->mark.written, expected->written, "at %g s: %lu, not %lu", s->at_s,
                 s->mark.written, expected->written);
    cr_expect_eq(s->mark.read, expected->read, "at %g s: %lu, not %lu", s->at_s, s->mark.read,
                 expected->read);
}

static struct session_mark said(const struct seen *s)
{
    const bool is_write = s->flags & REQUEST_WRITE;
    return (struct session_mark){is_write ? s->said : 0, is_write ? 0 : s->said};
}

// Each request brings all that its user was told before, by his own requests to that store.
static void expect_sequential(uint32_t n_users)
{
    struct session_mark known[4][2] = {0};
    for (uint32_t i = 0; i < p.n; i++) {
        const struct seen *s = &p.seen[i];
        cr_assert_lt(s->item_word, n_users);
        cr_expect(s->flags & REQUEST_OWN);
        expect_mark(s, &known[s->item_word][s->store]);
        session_see(&known[s->item_word][s->store], said(s));
    }
    for (uint32_t u = 0; u < n_users; u++)
        cr_expect(known[u][0].written > 0 && known[u][0].read > 0);
}

Test(session, requests_bring_what_their_user_was_told)
{
    make();
    run();
    cr_expect_gt(p.n, 200);
    expect_sequential(3);
    close();
}

// A cache is there for the items that all share.
Test(session, own_items_go_past_a_cache)
{
    make();
    p.tiny.stores[0].cache = (struct caching_spec){.scope = CACHING_ZONE,
                                                   .size = 100,
                                                   .ttl_s = 20,
                                                   .hit_time = tiny_exponential(1e-3),
                                                   .servers = 2,
                                                   .queue = 100,
                                                   .fails_open = true};
    run();
    cr_expect_gt(p.n, 200);
    expect_sequential(3);
    close();
}

Test(session, users_of_all_populations_are_told_apart)
{
    make();
    struct population_spec *u = tiny_add_population(&p.tiny, "others");
    *u = p.tiny.populations[0];
    u->name = "others";
    u->clients = 1;
    run();
    cr_expect_eq(p.stage.model->populations[1].first_user, 3);
    cr_expect_eq(p.stage.model->n_users, 4);
    cr_expect_eq(p.stage.model->stores[0].items, 7 + 4);
    cr_expect_eq(p.stage.model->stores[0].first_own, 7);
    expect_sequential(4);
    close();
}

// A population that has none takes part in nothing of it.
Test(session, populations_without_own_items_have_none)
{
    make();
    p.tiny.workload.n_classes = 3;
    p.tiny.workload.classes[2] = p.tiny.workload.classes[0];
    p.tiny.workload.classes[2].name = "browse";
    p.tiny.workload.classes[2].has_own_items = false;
    struct population_spec *u = tiny_add_population(&p.tiny, "others");
    u->mix[0] = u->mix[1] = 0;
    u->mix[2] = 1;
    run();
    const struct model *m = p.stage.model;
    cr_expect_eq(m->n_users, 3);
    cr_expect(!m->populations[1].has_own_items && !m->populations[1].has_cold);
    cr_expect_null(p.stage.world->populations[1].sessions);
    uint32_t n_shared = 0;
    for (uint32_t i = 0; i < p.n; i++) {
        n_shared += !(p.seen[i].flags & REQUEST_OWN);
        if (!(p.seen[i].flags & REQUEST_OWN))
            expect_mark(&p.seen[i], &(struct session_mark){0});
    }
    cr_expect_gt(n_shared, 20);
    close();
}

// The same users want the same things at the same times; only the item is another.
Test(session, what_is_drawn_stays_as_it_was)
{
    static struct seen before[MOST];
    make();
    p.tiny.workload.classes[0].has_own_items = p.tiny.workload.classes[1].has_own_items = false;
    run();
    const uint32_t n = p.n;
    memcpy(before, p.seen, sizeof before);
    cr_expect_eq(p.stage.model->n_session_stores, 0);
    cr_expect_eq(p.stage.model->stores[0].items, 7);
    close();
    make();
    run();
    cr_expect_eq(p.n, n);
    for (uint32_t i = 0; i < n; i++) {
        cr_expect_eq(p.seen[i].at_s, before[i].at_s);
        cr_expect_eq(p.seen[i].flags, before[i].flags | REQUEST_OWN);
    }
    close();
}

static bool mostly(uint32_t number)
{
    uint32_t mixed = number * UINT32_C(0x9e3779b1);
    mixed = (mixed ^ mixed >> 15) * UINT32_C(0x85ebca6b);
    return mixed >> 30 != 0;
}

Test(session, failures_teach_nothing)
{
    make();
    p.succeeds = mostly;
    run();
    expect_sequential(3);
    close();
}

// The user gives up after 50 ms; what he asked for is done 100 ms later, of which he never hears.
Test(session, answers_that_come_too_late_teach_nothing)
{
    make()->client.attempt_timeout_s = 0.05;
    p.takes_s = 0.15;
    run();
    cr_expect_gt(p.n, 200);
    for (uint32_t i = 0; i < p.n; i++)
        expect_mark(&p.seen[i], &(struct session_mark){0});
    close();
}

// ---- services

// The service asks both stores at the same time, through another service the second.
Test(session, marks_go_through_services_to_their_store)
{
    make();
    tiny_add_service(&p.tiny, "cart", distribution_constant(1e-3))->servers_per_zone = 10;
    tiny_add_store(&p.tiny, STORE_MULTI_LEADER);
    struct service_spec *web = &p.tiny.services[0], *cart = &p.tiny.services[1];
    cart->calls[cart->n_calls++] = web->calls[--web->n_calls];
    tiny_add_call(&p.tiny, 0, 1, 0);
    run();
    uint32_t n[2] = {0};
    for (uint32_t i = 0; i < p.n; i++)
        n[p.seen[i].store]++;
    cr_expect(n[0] > 100 && n[1] > 100);
    expect_sequential(3);
    close();
}

// Attempts bring what the first brought, and the one that succeeds teaches as it would.
Test(session, calls_that_are_tried_again_bring_the_same)
{
    make();
    p.tiny.services[0].calls[0].retry = (struct call_retry_spec){
        .attempts = 3, .base_s = 0.01, .throttled_base_s = 0.01, .cap_s = 1};
    p.succeeds = mostly;
    run();
    expect_sequential(3);
    uint32_t n_again = 0;
    for (uint32_t i = 1; i < p.n; i++)
        n_again += p.seen[i - 1].said == 0 && p.seen[i].said != 0 &&
                   p.seen[i].item_word == p.seen[i - 1].item_word &&
                   p.seen[i].at_s < p.seen[i - 1].at_s + 0.05;
    cr_expect_gt(n_again, 20, "%u of %u", n_again, p.n);
    close();
}

// One request writes, and then reads twice: each call knows of those before.
Test(session, a_service_tells_what_it_has_learnt)
{
    struct population_spec *u = make();
    struct service_spec *web = &p.tiny.services[0];
    for (int step = 0; step < 3; step++) {
        web->calls[step] = web->calls[0];
        web->calls[step].step = step;
        web->calls[step].operation = step == 0 ? CALL_WRITE : CALL_READ;
    }
    web->n_calls = 3;
    u->clients = 1;
    run();
    cr_expect_gt(p.n, 100);
    for (uint32_t i = 0; i + 3 <= p.n; i += 3) {
        const uint64_t written = p.seen[i].said;
        expect_mark(&p.seen[i], &(struct session_mark){i > 0 ? written - 3 : 0, written - 1});
        expect_mark(&p.seen[i + 1], &(struct session_mark){written, written - 1});
        expect_mark(&p.seen[i + 2], &(struct session_mark){written, written + 1});
    }
    close();
}

// What a request's first call was told nobody knows any more when its second has failed.
Test(session, a_request_that_fails_later_teaches_nothing)
{
    make();
    struct service_spec *web = &p.tiny.services[0];
    web->calls[1] = web->calls[0];
    web->calls[1].step = 1;
    web->n_calls = 2;
    p.succeeds = mostly;
    run();
    struct session_mark known[3] = {0}, pending[3] = {0};
    bool is_second[3] = {false};
    uint32_t n_dropped = 0;
    for (uint32_t i = 0; i < p.n; i++) {
        const struct seen *s = &p.seen[i];
        const uint32_t u = s->item_word;
        if (!is_second[u])
            pending[u] = known[u];
        expect_mark(s, &pending[u]);
        session_see(&pending[u], said(s));
        n_dropped += is_second[u] && s->said == 0;
        if (is_second[u] && s->said != 0)
            known[u] = pending[u];
        is_second[u] = !is_second[u] && s->said != 0;
    }
    cr_expect_gt(n_dropped, 20);
    close();
}

// ---- inboxes

static struct model model = {.n_session_stores = 2};

static struct event event_of(uint32_t src, uint16_t kind, const void *payload, size_t size)
{
    struct event e = {.time = 5, .key = (uint64_t)src << EVENT_SEQUENCE_BITS, .kind = kind};
    memcpy(e.payload, payload, size);
    return e;
}

static void deliver(const struct context *x, struct session_inbox *in, uint32_t src, uint64_t call,
                    uint64_t written)
{
    const struct payload_session part = {
        .written = written, .tag = (uint32_t)(call ^ call >> 32), .store = 1, .is_first = true};
    const struct event e = event_of(src, EV_SESSION, &part, sizeof part);
    session_on_marks(x, in, &e);
}

static uint64_t learnt(const struct context *x, const struct session_inbox *in, uint32_t src,
                       uint64_t call)
{
    struct session_mark marks[2] = {0}, one = {0}, other = {0};
    const struct payload_answer a = {.call = call};
    const struct event e = event_of(src, EV_RESPONSE, &a, sizeof a);
    session_learn(x, in, &e, marks);
    session_learn_of(x, in, &e, 1, &one);
    session_learn_of(x, in, &e, 0, &other);
    cr_expect_eq(marks[1].written, one.written);
    cr_expect_eq(other.written + marks[0].written, 0);
    return one.written;
}

Test(session, marks_belong_to_one_message)
{
    struct arena arena = {0};
    struct session_inbox in = session_open(&model, &arena);
    const struct context x = {.model = &model, .now = 5}, later = {.model = &model, .now = 6};
    const uint64_t call = (UINT64_C(9) << 32) | 3, next = (UINT64_C(11) << 32) | 3;
    cr_expect_eq(learnt(&x, &in, 1, call), 0);
    deliver(&x, &in, 1, call, 70);
    cr_expect_eq(learnt(&x, &in, 1, call), 70);
    cr_expect_eq(learnt(&x, &in, 2, call), 0);     // from another
    cr_expect_eq(learnt(&x, &in, 1, next), 0);     // about another
    cr_expect_eq(learnt(&later, &in, 1, call), 0); // at another time
    deliver(&x, &in, 1, next, 60);                 // the one before was dropped
    cr_expect_eq(learnt(&x, &in, 1, call), 0);
    cr_expect_eq(learnt(&x, &in, 1, next), 60);
    arena_free(&arena);
}

Test(session, marks_only_grow)
{
    struct session_mark m = {5, 9};
    session_see(&m, (struct session_mark){7, 3});
    cr_expect_eq(m.written, 7);
    cr_expect_eq(m.read, 9);
}
