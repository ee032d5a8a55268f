// Pins the engine's contract: which events a run executes, why it stops, what is left pending, what
// handlers see. Each case runs in windows and in the serial loop. Not pinned: traps (test_traps.c),
// equality over random models (tests/determinism), data races (tests/threads).
#include <criterion/criterion.h>

#include "base/array.h"
#include "base/base.h"
#include "base/parallel.h"
#include "engine/cell.h"
#include "engine/digest.h"
#include "engine/engine.h"
#include "unit/engine/pair.h"

enum { KIND_NOTE = 1, KIND_TIMER, KIND_CHAIN };

// A world that records what it is shown and does what the test tells it.
struct world {
    struct engine *engine;
    ARRAY(struct event) seen;
    void (*act)(struct world *w, struct cell *cell, const struct event *event);
    uint32_t lane, other_lane;
    uint64_t tickets[8];
    int cancel;
};

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct world *w = world;
    cr_assert_eq(cell_now(cell), event->time);
    cr_assert_eq(cell_id(cell), event->dst / 2);
    array_push(&w->seen, *event);
    if (w->act != NULL)
        w->act(w, cell, event);
}

static void open_world(struct world *w,
                       void (*act)(struct world *w, struct cell *cell, const struct event *event))
{
    *w = (struct world){.act = act};
    w->engine = pair_create(handle, w);
}

static void close_world(struct world *w)
{
    engine_destroy(w->engine);
    array_free(&w->seen);
}

static enum engine_stop run(struct world *w, simtime end, bool is_serial)
{
    return pair_run(w->engine, end, is_serial, &w->cancel);
}

static void count(void *argument, const struct event *event)
{
    (void)event;
    ++*(int *)argument;
}

static int n_pending(const struct world *w)
{
    int n = 0;
    engine_pending(w->engine, count, &n);
    return n;
}

Test(engine, events_before_the_end_in_order)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, NULL);
        const simtime times[] = {50, 10, 99, 100, 0, 10};
        for (uint32_t i = 0; i < 6; i++)
            engine_post(w.engine, i % 2, i % 2, times[i], KIND_NOTE, &i, sizeof i);
        cr_assert_eq(n_pending(&w), 6);
        cr_assert_eq(run(&w, 100, serial), ENGINE_STOP_END);
        const uint32_t order[] = {4, 1, 5, 0, 2}; // the tie at 10 by sequence
        cr_assert_eq(w.seen.n, 5);
        for (size_t i = 0; i < 5; i++) {
            uint32_t which;
            memcpy(&which, w.seen.items[i].payload, sizeof which);
            cr_assert_eq(which, order[i]);
        }
        cr_assert_eq(engine_events(w.engine), 5);
        cr_assert_eq(n_pending(&w), 1);
        close_world(&w);
    }
}

Test(engine, nothing_to_do)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, NULL);
        cr_assert_eq(run(&w, SIMTIME_NEVER, serial), ENGINE_STOP_EMPTY);
        cr_assert_eq(engine_events(w.engine), 0);
        close_world(&w);
    }
}

Test(engine, digest_is_the_chain_of_each_lp_in_order)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, NULL);
        for (uint32_t i = 0; i < 20; i++)
            engine_post(w.engine, 0, i * 7 % N_LPS, 100 - i, KIND_NOTE, &i, sizeof i);
        run(&w, SIMTIME_S, serial);
        uint64_t chains[N_LPS] = {0};
        for (size_t i = 0; i < w.seen.n; i++) {
            const struct event *event = &w.seen.items[i];
            chains[event->dst] = digest_event(chains[event->dst], event);
        }
        cr_assert_eq(engine_digest(w.engine), digest_combine(chains, N_LPS));
        close_world(&w);
    }
}

// Sends itself along: each event one to the next LP, down the cells.
static void pass_on(struct world *w, struct cell *cell, const struct event *event)
{
    (void)w;
    if (event->dst + 1 < N_LPS)
        cell_send(cell, event->dst + 1, LOOKAHEAD, KIND_CHAIN, event->payload, 8);
}

Test(engine, payload_and_keys_travel_between_cells)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, pass_on);
        uint64_t content = UINT64_C(0x1122334455667788);
        engine_post(w.engine, 3, 0, 7, KIND_CHAIN, &content, sizeof content);
        cr_assert_eq(run(&w, SIMTIME_S, serial), ENGINE_STOP_EMPTY);
        cr_assert_eq(w.seen.n, N_LPS);
        for (uint32_t i = 0; i < N_LPS; i++) {
            const struct event *e = &w.seen.items[i];
            unsigned char want[EVENT_PAYLOAD_BYTES] = {0};
            memcpy(want, &content, sizeof content);
            cr_assert(e->dst == i && e->time == 7 + i * LOOKAHEAD && e->kind == KIND_CHAIN);
            cr_assert_eq(event_src(e), i == 0 ? 3 : i - 1);
            cr_assert_arr_eq(e->payload, want, EVENT_PAYLOAD_BYTES);
        }
        cr_assert_eq(engine_stats_of(w.engine).remote_sends, serial ? 0 : 1);
        close_world(&w);
    }
}

// On the first event arms five timers and cancels the second and the third; nothing on later ones.
static void arm_five(struct world *w, struct cell *cell, const struct event *event)
{
    if (event->kind != KIND_NOTE)
        return;
    for (uint64_t i = 0; i < 5; i++)
        w->tickets[i] = cell_arm(cell, w->lane, 100 + i);
    cell_disarm(cell, w->lane, w->tickets[1]);
    cell_disarm(cell, w->lane, w->tickets[2]);
}

Test(engine, timers_fire_unless_cancelled)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, arm_five);
        w.lane = engine_lane(w.engine, 1, 30, KIND_TIMER);
        engine_post(w.engine, 1, 1, 5, KIND_NOTE, NULL, 0);
        cr_assert_eq(run(&w, SIMTIME_S, serial), ENGINE_STOP_EMPTY);
        cr_assert_eq(w.seen.n, 4);
        const uint64_t tokens[] = {100, 103, 104};
        for (size_t i = 0; i < 3; i++) {
            const struct event *e = &w.seen.items[i + 1];
            uint64_t token;
            memcpy(&token, e->payload, sizeof token);
            cr_assert(e->kind == KIND_TIMER && e->dst == 1 && e->time == 35 && event_src(e) == 1);
            cr_assert_eq(token, tokens[i]);
        }
        cr_assert_eq(engine_events(w.engine), 4, "dead timers are not events");
        cr_assert_eq(engine_stats_of(w.engine).lane_dead, 2);
        close_world(&w);
    }
}

static void arm_and_cancel(struct world *w, struct cell *cell, const struct event *event)
{
    if (event->kind == KIND_NOTE) {
        uint64_t ticket = cell_arm(cell, w->lane, 1);
        cr_assert_neq(ticket, 0);
        cell_disarm(cell, w->lane, ticket);
    }
}

Test(engine, dead_timers_are_not_pending)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, arm_and_cancel);
        w.lane = engine_lane(w.engine, 0, SIMTIME_HOUR, KIND_TIMER);
        engine_post(w.engine, 0, 0, 5, KIND_NOTE, NULL, 0);
        cr_assert_eq(run(&w, SIMTIME_S, serial), ENGINE_STOP_EMPTY);
        cr_assert_eq(n_pending(&w), 0);
        close_world(&w);
    }
}

static void arm_two_lanes(struct world *w, struct cell *cell, const struct event *event)
{
    if (event->kind != KIND_NOTE)
        return;
    cell_arm(cell, w->lane, 1);
    cell_arm(cell, w->other_lane, 2);
}

Test(engine, live_timers_are_pending)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, arm_two_lanes);
        w.lane = engine_lane(w.engine, 0, SIMTIME_HOUR, KIND_TIMER);
        w.other_lane = engine_lane(w.engine, 0, 10, KIND_TIMER);
        engine_post(w.engine, 0, 0, 5, KIND_NOTE, NULL, 0);
        engine_post(w.engine, 0, 0, 6, KIND_NOTE, NULL, 0);
        cr_assert_eq(run(&w, SIMTIME_S, serial), ENGINE_STOP_END);
        cr_assert_eq(n_pending(&w), 2);
        cr_assert_eq(w.seen.n, 4);
        close_world(&w);
    }
}

// Goes round for ever within a cell; cancels after a thousand events.
static void run_for_ever(struct world *w, struct cell *cell, const struct event *event)
{
    if (w->seen.n == 1000)
        w->cancel = 1;
    cell_send(cell, event->dst ^ 1, SIMTIME_MS, KIND_NOTE, NULL, 0);
}

Test(engine, cancel_is_seen_and_loses_nothing)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w;
        open_world(&w, run_for_ever);
        engine_post(w.engine, 0, 0, 0, KIND_NOTE, NULL, 0);
        engine_post(w.engine, 2, 2, 0, KIND_NOTE, NULL, 0);
        cr_assert_eq(run(&w, SIMTIME_HOUR, serial), ENGINE_STOP_CANCEL);
        cr_assert_lt(engine_events(w.engine), 20000u);
        cr_assert_eq(n_pending(&w), 2);
        close_world(&w);
    }
}

// Events come in the order of the serial loop, one a step, and a run can go on from there.
Test(engine, steps_are_the_serial_loop)
{
    struct world stepped, whole;
    struct world *worlds[2] = {&stepped, &whole};
    for (int i = 0; i < 2; i++) {
        open_world(worlds[i], run_for_ever);
        engine_post(worlds[i]->engine, 0, 0, 0, KIND_NOTE, NULL, 0);
        engine_post(worlds[i]->engine, 2, 2, 7, KIND_NOTE, NULL, 0);
    }
    run(&whole, 100 * SIMTIME_MS, true);
    for (size_t n = 1; engine_step(stepped.engine, 50 * SIMTIME_MS); n++)
        cr_assert_eq(stepped.seen.n, n);
    cr_assert_eq(stepped.seen.n, 100);
    cr_assert_not(engine_step(stepped.engine, 50 * SIMTIME_MS));
    run(&stepped, 100 * SIMTIME_MS, true);
    cr_assert_eq(engine_digest(stepped.engine), engine_digest(whole.engine));
    cr_assert_eq(stepped.seen.n, whole.seen.n);
    close_world(&stepped);
    close_world(&whole);
}

Test(engine, cancel_is_seen_without_lookahead)
{
    // A single cell has no horizon but the end; its window is cut all the same.
    struct world w = {.act = NULL};
    struct engine_conf conf = {.n_lps = 2,
                               .lp_cell = (uint32_t[]){0, 0},
                               .n_cells = 1,
                               .lookahead = (simtime[]){0},
                               .handler = handle,
                               .world = &w};
    w.act = run_for_ever;
    w.engine = engine_create(&conf);
    engine_post(w.engine, 0, 0, 0, KIND_NOTE, NULL, 0);
    cr_assert_eq(engine_run(w.engine, SIMTIME_HOUR, 1, &w.cancel), ENGINE_STOP_CANCEL);
    cr_assert_lt(engine_events(w.engine), 10000u);
    close_world(&w);
}

static void run_on_two_threads(void *argument, size_t index)
{
    struct world *w = argument;
    if (index == 0)
        engine_run(w->engine, SIMTIME_S, 2, NULL);
}

// Within a team of the caller's own the engine gets no second thread, and says so.
Test(engine, a_team_may_be_smaller_than_asked_for)
{
    struct world w;
    open_world(&w, NULL);
    engine_post(w.engine, 0, 0, 5, KIND_NOTE, NULL, 0);
    parallel_for(2, 2, run_on_two_threads, &w);
    cr_assert_eq(w.seen.n, 1u);
    cr_assert_eq(engine_stats_of(w.engine).n_threads, 1);
    close_world(&w);
}

static void wander(struct world *w, struct cell *cell, const struct event *event)
{
    if (event->kind == KIND_NOTE && event->dst == 1)
        cell_arm(cell, w->lane, (uint64_t)event->time);
    if (event->kind == KIND_NOTE)
        cell_send(cell, event->dst ^ 1, 7 + event->time % 5, KIND_NOTE, NULL, 0);
    if (event->kind == KIND_NOTE && event->dst == 0)
        cell_send(cell, 3, LOOKAHEAD, KIND_CHAIN, NULL, 0);
}

static uint64_t wander_digest(const simtime *ends, size_t n_ends, bool is_serial)
{
    struct world w;
    open_world(&w, wander);
    w.lane = engine_lane(w.engine, 1, 40, KIND_TIMER);
    engine_post(w.engine, 0, 0, 0, KIND_NOTE, NULL, 0);
    for (size_t i = 0; i < n_ends; i++)
        run(&w, ends[i], is_serial);
    uint64_t digest = engine_digest(w.engine);
    close_world(&w);
    return digest;
}

Test(engine, a_run_in_pieces_equals_a_run_in_one)
{
    const simtime pieces[] = {0, 1, 50, 51, 52, 120, 120, 3000, 5000};
    uint64_t whole = wander_digest(&pieces[8], 1, false);
    cr_assert_eq(wander_digest(pieces, ARRAY_LEN(pieces), false), whole);
    cr_assert_eq(wander_digest(pieces, ARRAY_LEN(pieces), true), whole);
}
