// link: -Wl,--wrap=calendar_pop_rarely,--wrap=run_open,--wrap=lane_event,--wrap=mailroom_empty,--wrap=lookahead_horizon
// Pins: what the matrix of determinism would not forgive. Each part of the engine is given one
// small fault, by putting a function of this file in the place of its own; the random models must
// differ from the serial loop then, or stop at an assert, and must agree without the fault. Not
// pinned: which of the models notice.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "engine/calendar.h"
#include "engine/lane.h"
#include "engine/lookahead.h"
#include "engine/mailroom.h"
#include "support/trial.h"

enum fault {
    FAULT_NONE,
    FAULT_CALENDAR_ORDER, // now and then an event comes one place too late
    FAULT_RUN_SORT,       // a tie in a bucket is broken the wrong way
    FAULT_LANE_ORDER,     // the head of a lane comes after all other events of its instant
    FAULT_MAILBOX_LOSS,   // now and then a message is lost
    FAULT_WINDOW_LENGTH,  // windows are a nanosecond too long
    FAULTS,
};

static struct {
    enum fault fault;
    uint64_t n; // chances it had
} planted;

static bool planted_strikes(enum fault fault, uint64_t every)
{
    return planted.fault == fault && ++planted.n % every == 0;
}

const struct event *__real_calendar_pop_rarely(struct calendar *c, simtime limit);
const struct event *__wrap_calendar_pop_rarely(struct calendar *c, simtime limit);
void __real_run_open(struct run *run, struct chunk *newest, int shift);
void __wrap_run_open(struct run *run, struct chunk *newest, int shift);
void __real_lane_event(const struct lane *lane, uint32_t id, uint64_t position, struct event *out);
void __wrap_lane_event(const struct lane *lane, uint32_t id, uint64_t position, struct event *out);
void __real_mailroom_empty(struct mailroom *room, uint32_t destination,
                           void (*take)(void *argument, const struct event *event), void *argument);
void __wrap_mailroom_empty(struct mailroom *room, uint32_t destination,
                           void (*take)(void *argument, const struct event *event), void *argument);
simtime __real_lookahead_horizon(const struct lookahead *l, uint32_t cell, const simtime *next,
                                 simtime earliest);
simtime __wrap_lookahead_horizon(const struct lookahead *l, uint32_t cell, const simtime *next,
                                 simtime earliest);

const struct event *__wrap_calendar_pop_rarely(struct calendar *c, simtime limit)
{
    const struct event *first = __real_calendar_pop_rarely(c, limit);
    if (first == NULL || !planted_strikes(FAULT_CALENDAR_ORDER, 100))
        return first;
    const struct event copy = *first;
    const struct event *second = calendar_pop(c, limit);
    calendar_push(c, &copy);
    return second != NULL ? second : __real_calendar_pop_rarely(c, limit);
}

void __wrap_run_open(struct run *run, struct chunk *newest, int shift)
{
    __real_run_open(run, newest, shift);
    uint64_t *order = run->order.items;
    for (size_t i = 1; i < run->order.n; i++)
        if (run_event(run, order[i])->time == run_event(run, order[i - 1])->time &&
            planted_strikes(FAULT_RUN_SORT, 100)) {
            uint64_t entry = order[i];
            order[i] = order[i - 1];
            order[i - 1] = entry;
        }
}

void __wrap_lane_event(const struct lane *lane, uint32_t id, uint64_t position, struct event *out)
{
    __real_lane_event(lane, id, position, out);
    if (planted_strikes(FAULT_LANE_ORDER, 1))
        out->key = UINT64_MAX;
}

struct losing {
    void (*take)(void *argument, const struct event *event);
    void *argument;
};

static void lose_some(void *argument, const struct event *event)
{
    struct losing *losing = argument;
    if (!planted_strikes(FAULT_MAILBOX_LOSS, 100))
        losing->take(losing->argument, event);
}

void __wrap_mailroom_empty(struct mailroom *room, uint32_t destination,
                           void (*take)(void *argument, const struct event *event), void *argument)
{
    struct losing losing = {take, argument};
    __real_mailroom_empty(room, destination, lose_some, &losing);
}

simtime __wrap_lookahead_horizon(const struct lookahead *l, uint32_t cell, const simtime *next,
                                 simtime earliest)
{
    simtime horizon = __real_lookahead_horizon(l, cell, next, earliest);
    return planted_strikes(FAULT_WINDOW_LENGTH, 1) && horizon < SIMTIME_NEVER ? horizon + 1
                                                                              : horizon;
}

// ---- the matrix, with a fault

enum { MODELS = 32, EVENTS = 2000 };

static bool agrees(uint64_t seed, enum fault fault)
{
    struct synthetic_conf conf = synthetic_random(seed, EVENTS);
    struct trial_probe probe;
    trial_probe(&probe, &conf, EVENTS);
    simtime end = probe.times.n >= EVENTS ? probe.times.items[EVENTS - 1] : SIMTIME_NEVER;
    trial_probe_free(&probe);
    struct trial_outcome want = trial_run(&conf, &(struct trial_way){.n_cells = 1}, end);
    planted.fault = fault;
    planted.n = 0;
    struct trial_way way = {.n_threads = 1, .n_cells = conf.n_groups};
    return trial_agrees(&conf, &way, end, &want);
}

// In a child, since an assert may stop it.
static bool is_noticed(uint64_t seed, enum fault fault)
{
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(2);
        signal(SIGABRT, SIG_DFL);
        _exit(agrees(seed, fault) ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static int count_noticed(enum fault fault)
{
    int n = 0;
    for (uint64_t seed = 1; seed <= MODELS; seed++)
        n += is_noticed(seed, fault);
    return n;
}

Test(planted, nothing_is_noticed_without_a_fault)
{
    cr_assert_eq(count_noticed(FAULT_NONE), 0);
}

Test(planted, every_fault_is_noticed)
{
    for (enum fault fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        int n = count_noticed(fault);
        cr_expect_geq(n, 3, "fault %d: noticed by %d of %d models", (int)fault, n, MODELS);
    }
}
