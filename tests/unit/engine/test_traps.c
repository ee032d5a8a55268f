// Pins: each misuse of the engine stops the program where it is made, in windows and in the serial
// loop, with a message that names the LPs, the numbers, the bound that was broken, and the run
// (seed, replication, design, time, LP). Not pinned: the sentences around them.
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "engine/cell.h"
#include "engine/engine.h"
#include "engine/engine_state.h"
#include "unit/engine/pair.h"

enum { KIND = 1, TIMER_NS = 30 };

struct world {
    struct engine *engine;
    void (*act)(struct world *w, struct cell *cell); // at the events of LP `actor`
    uint32_t actor;
    uint32_t lane, other_lane; // of LP 0, of LP 1
};

static void handle(struct cell *cell, void *world, const struct event *event)
{
    struct world *w = world;
    if (event->dst == w->actor && event->kind == KIND)
        w->act(w, cell);
}

// LPs 0 and 2 have an event at 250 and 300 ns, LP 1 one at the end of time.
static void open_world(struct world *w)
{
    w->engine = pair_create(handle, w);
    w->lane = engine_lane(w->engine, 0, TIMER_NS, KIND + 1);
    w->other_lane = engine_lane(w->engine, 1, TIMER_NS, KIND + 1);
    engine_post(w->engine, 0, 0, 250, KIND, NULL, 0);
    engine_post(w->engine, 1, 1, SIMTIME_NEVER - TIMER_NS, KIND, NULL, 0);
    engine_post(w->engine, 2, 2, 300, KIND, NULL, 0);
}

static void run(struct world *w, bool is_serial)
{
    pair_run(w->engine, SIMTIME_NEVER, is_serial, NULL);
}

// Runs body(w, flag) in a child, which must abort, and returns what it wrote to stderr.
static const char *last_words(void (*body)(struct world *w, bool flag), const struct world *world,
                              bool flag)
{
    static char text[4096];
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct world w = *world;
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        open_world(&w);
        body(&w, flag);
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], text + n, sizeof text - 1 - n)) > 0;)
        n += (size_t)got;
    text[n] = '\0';
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "no trap: %s", text);
    return text;
}

static void expect_parts(const char *what, const char *text, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n && parts[i] != NULL; i++)
        cr_expect_not_null(strstr(text, parts[i]), "%s: no \"%s\" in: %s", what, parts[i], text);
}

// ---- misuse in handlers

static void send_below_the_lookahead(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, 3, LOOKAHEAD - 1, KIND, NULL, 0);
}

static void send_against_never(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, 1, SIMTIME_DAY, KIND, NULL, 0);
}

static void send_at_once(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, 1, 0, KIND, NULL, 0);
}

static void send_into_the_past(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, 1, -70, KIND, NULL, 0);
}

static void send_to_nobody(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, N_LPS, LOOKAHEAD, KIND, NULL, 0);
}

static void send_too_much(struct world *w, struct cell *cell)
{
    (void)w;
    char large[EVENT_PAYLOAD_BYTES + 1] = {0};
    cell_send(cell, 1, LOOKAHEAD, KIND, large, sizeof large);
}

static void send_a_reserved_kind(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, 1, LOOKAHEAD, EVENT_KIND_LANE, NULL, 0);
}

static void send_beyond_time(struct world *w, struct cell *cell)
{
    (void)w;
    cell_send(cell, 1, SIMTIME_NEVER - 250, KIND, NULL, 0); // one less is legal
}

// As if LP 0 had sent 2^40 - 2 events: one more is legal.
static void send_without_end(struct world *w, struct cell *cell)
{
    struct cell_lp *self = &w->engine->cells[0].lps[0];
    cr_assert_eq(self->key >> EVENT_SEQUENCE_BITS, 0);
    self->key = EVENT_SEQUENCE_MASK - 1;
    cell_send(cell, 1, 10, KIND, NULL, 0);
    cell_send(cell, 1, 10, KIND, NULL, 0);
}

static void arm_without_end(struct world *w, struct cell *cell)
{
    w->engine->cells[0].lps[0].key = EVENT_SEQUENCE_MASK;
    cell_arm(cell, w->lane, 1);
}

static void arm_the_lane_of_another(struct world *w, struct cell *cell)
{
    cell_arm(cell, w->other_lane, 1);
}

static void arm_an_unknown_lane(struct world *w, struct cell *cell)
{
    (void)w;
    cell_arm(cell, 2, 1);
}

static void disarm_an_unknown_lane(struct world *w, struct cell *cell)
{
    (void)w;
    cell_disarm(cell, 2, 1);
}

static void disarm_a_timer_of_another(struct world *w, struct cell *cell)
{
    cell_disarm(cell, w->other_lane, 1);
}

static void arm_beyond_time(struct world *w, struct cell *cell)
{
    cell_arm(cell, w->other_lane, 1);
}

static void run_inside(struct world *w, struct cell *cell)
{
    (void)cell;
    engine_run(w->engine, SIMTIME_S, 1, NULL);
}

static void digest_inside(struct world *w, struct cell *cell)
{
    (void)cell;
    engine_digest(w->engine);
}

static void destroy_inside(struct world *w, struct cell *cell)
{
    (void)cell;
    engine_destroy(w->engine);
}

struct misuse {
    const char *what;
    void (*act)(struct world *w, struct cell *cell);
    uint32_t actor;
    const char *parts[8];
};

static void run_body(struct world *w, bool is_serial)
{
    run(w, is_serial);
}

static void expect_traps(const struct misuse *misuses, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int serial = 0; serial < 2; serial++) {
            const struct misuse *m = &misuses[i];
            static const char *const moments[] = {
                "time 250 ns, LP 0", "time 9223372036854775777 ns, LP 1", "time 300 ns, LP 2"};
            const char *const where[] = {"broken rule", "seed 77", "replication 5", "design pair",
                                         moments[m->actor]};
            const struct world w = {.act = m->act, .actor = m->actor};
            const char *text = last_words(run_body, &w, serial);
            expect_parts(m->what, text, m->parts, ARRAY_LEN(m->parts));
            expect_parts(m->what, text, where, ARRAY_LEN(where));
        }
}

Test(traps, sends)
{
    static const struct misuse misuses[] = {
        {"below the lookahead",
         send_below_the_lookahead,
         0,
         {"LP 0 (tokyo)", "LP 3 (milan)", "after 99 ns", "cell 0 to cell 1 is 100 ns"}},
        {"to a cell it never talks to",
         send_against_never,
         2,
         {"LP 2 (paris)", "LP 1 (osaka)", "cell 1 never sends to cell 0"}},
        {"a run inside a run", run_inside, 0, {"a run inside a run", "LP 0"}},
        {"the digest in a run", digest_inside, 0, {"engine_digest during a run", "LP 0"}},
        {"the end in a run", destroy_inside, 0, {"engine_destroy during a run", "LP 0"}},
        {"at once",
         send_at_once,
         0,
         {"LP 0 (tokyo)", "LP 1 (osaka)", "kind 1", "after 0 ns", "least delay is 1 ns"}},
        {"into the past",
         send_into_the_past,
         0,
         {"LP 0 (tokyo)", "LP 1 (osaka)", "kind 1", "after -70 ns", "least delay is 1 ns"}},
        {"to nobody", send_to_nobody, 0, {"LP 0 (tokyo)", "to LP 4", "there are 4 LPs"}},
        {"too large", send_too_much, 0, {"LP 0 (tokyo)", "with 25 bytes", "at most 24 bytes"}},
        {"reserved kind",
         send_a_reserved_kind,
         0,
         {"LP 0 (tokyo)", "kind 65535", "kinds are below 65535"}},
        {"beyond the end of time",
         send_beyond_time,
         0,
         {"LP 0 (tokyo)", "LP 1 (osaka)", "after 9223372036854775557 ns",
          "ends at 9223372036854775806 ns"}},
        {"sequence counter full", send_without_end, 0, {"LP 0 (tokyo)", "2^40"}},
    };
    expect_traps(misuses, ARRAY_LEN(misuses));
}

Test(traps, timers)
{
    static const struct misuse misuses[] = {
        {"sequence counter full", arm_without_end, 0, {"LP 0 (tokyo)", "2^40"}},
        {"lane of another LP",
         arm_the_lane_of_another,
         0,
         {"LP 0 (tokyo)", "lane 1", "LP 1 (osaka)"}},
        {"timer of another LP",
         disarm_a_timer_of_another,
         0,
         {"LP 0 (tokyo)", "lane 1", "LP 1 (osaka)"}},
        {"unknown lane", arm_an_unknown_lane, 0, {"LP 0 (tokyo)", "lane 2 of 2"}},
        {"disarm in an unknown lane", disarm_an_unknown_lane, 0, {"LP 0 (tokyo)", "lane 2 of 2"}},
        {"beyond the end of time",
         arm_beyond_time,
         1,
         {"LP 1 (osaka)", "30 ns", "ends at 9223372036854775806 ns"}},
    };
    expect_traps(misuses, ARRAY_LEN(misuses));
}

#if AASIM_CHECKS >= 1
static void disarm_twice(struct world *w, struct cell *cell)
{
    uint64_t ticket = cell_arm(cell, w->lane, 1);
    cell_disarm(cell, w->lane, ticket);
    cell_disarm(cell, w->lane, ticket);
}

static void disarm_what_was_never_armed(struct world *w, struct cell *cell)
{
    cell_disarm(cell, w->lane, 1);
}

Test(traps, dead_timers)
{
    static const struct misuse misuses[] = {
        {"disarmed twice", disarm_twice, 0, {"disarms timer"}},
        {"never armed", disarm_what_was_never_armed, 0, {"disarms timer"}},
    };
    expect_traps(misuses, ARRAY_LEN(misuses));
}
#endif

// ---- misuse around a run

static void nothing(struct world *w, struct cell *cell)
{
    (void)w, (void)cell;
}

static void post_after_a_run(struct world *w, bool is_serial)
{
    run(w, is_serial);
    engine_post(w->engine, 0, 1, 777, KIND, NULL, 0);
}

static void lane_after_a_run(struct world *w, bool is_serial)
{
    run(w, is_serial);
    engine_lane(w->engine, 3, 777, KIND);
}

static void change_the_loop(struct world *w, bool is_serial)
{
    run(w, is_serial);
    run(w, !is_serial);
}

static void post_to_nobody(struct world *w, bool flag)
{
    (void)flag;
    engine_post(w->engine, 0, N_LPS, 777, KIND, NULL, 0);
}

static void post_into_the_past(struct world *w, bool flag)
{
    engine_post(w->engine, 0, 1, flag ? -1 : SIMTIME_NEVER, KIND, NULL, 0);
}

static void lane_without_delay(struct world *w, bool flag)
{
    engine_lane(w->engine, 3, flag ? 0 : SIMTIME_NEVER / 2, KIND);
}

static void no_threads(struct world *w, bool flag)
{
    (void)flag;
    engine_run(w->engine, SIMTIME_S, 0, NULL);
}

static void end_in_the_past(struct world *w, bool is_serial)
{
    pair_run(w->engine, -5, is_serial, NULL);
}

Test(traps, around_a_run)
{
    static const struct {
        const char *what;
        void (*body)(struct world *w, bool flag);
        const char *parts[4];
    } misuses[] = {
        {"post after a run",
         post_after_a_run,
         {"LP 0 (tokyo)", "first event", "after the first run"}},
        {"lane after a run", lane_after_a_run, {"LP 3 (milan)", "lane", "after the first run"}},
        {"another loop", change_the_loop, {"serial", "windows", "continued"}},
        {"post to nobody", post_to_nobody, {"first event for LP 4", "4 LPs"}},
        {"post into the past, or never",
         post_into_the_past,
         {"LP 0 (tokyo)", "time", "0 or later"}},
        {"lane without delay, or too long", lane_without_delay, {"lane of LP 3", "delay"}},
        {"no threads", no_threads, {"0 threads"}},
        {"end in the past", end_in_the_past, {"end at -5 ns"}},
    };
    const struct world w = {.act = nothing};
    for (size_t i = 0; i < ARRAY_LEN(misuses); i++)
        for (int flag = 0; flag < 2; flag++)
            expect_parts(misuses[i].what, last_words(misuses[i].body, &w, flag), misuses[i].parts,
                         ARRAY_LEN(misuses[i].parts));
}

// ---- what is just legal

static void reach_every_bound(struct world *w, struct cell *cell)
{
    char full[EVENT_PAYLOAD_BYTES] = {0};
    cell_send(cell, 3, LOOKAHEAD, EVENT_KIND_LANE - 1, full, sizeof full);
    cell_send(cell, 1, 1, KIND + 1, NULL, 0);
    cell_send(cell, 1, SIMTIME_NEVER - 1 - cell_now(cell), KIND + 1, NULL, 0);
    cell_disarm(cell, w->lane, cell_arm(cell, w->lane, 1));
    w->engine->cells[0].lps[0].key = EVENT_SEQUENCE_MASK - 1;
    cell_arm(cell, w->lane, 1);
}

Test(traps, none_at_the_bounds)
{
    for (int serial = 0; serial < 2; serial++) {
        struct world w = {.act = reach_every_bound};
        open_world(&w);
        run(&w, serial);
        cr_assert_eq(engine_events(w.engine), 7);
        engine_destroy(w.engine);
    }
}
