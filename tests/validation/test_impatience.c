// Pins: impatient customers of one queue (Palm's Erlang-A, M/M/c+M; Mandelbaum, Zeltyn 2007): the
// share that leaves the queue, which by the law of patience is its rate times the mean wait. Users
// cancel what they abandon; who is at a server then has been served, as in the theory, so that the
// share is counted at the pool: work done for requests received. A pool from which requests can be
// withdrawn is else the same queue: M/M/c. And work whose client has gone no longer keeps an
// overload alive, when it is withdrawn or dropped by its deadline. Z4 over 32 runs. AASIM_LONG=1:
// 20 times as many requests.
#include <criterion/criterion.h>

#include "base/base.h"
#include "support/queue.h"
#include "support/stage.h"
#include "support/stat.h"

enum { RUNS = 32 };

static struct tiny t;
static double left[RUNS];

static struct {
    double from_s;
    uint64_t received, worked;
} seen;

static bool watch(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (simtime_to_seconds(x->now) < seen.from_s)
        return false;
    seen.received += e->kind == EV_POOL_REQUEST && payload_of(e, payload_request).flags == 0;
    seen.worked += e->kind == EV_WORK_DONE;
    return false;
}

static void run(double duration_s, bool cancels)
{
    for (uint32_t i = 0; i < RUNS; i++) {
        struct stage s;
        t.workload.duration_s = t.workload.window_s = duration_s;
        t.populations[0].client.cancels = cancels;
        stage_open(&s, &t, i);
        s.tap = watch;
        seen.from_s = duration_s / 10;
        seen.received = seen.worked = 0;
        stage_run(&s, duration_s);
        left[i] = 1 - (double)seen.worked / (double)seen.received;
        stage_close(&s);
    }
}

static bool erlang_a_agrees(const char *id, int servers, double rate, double theta, double share)
{
    tiny_init(&t);
    t.services[0].servers_per_zone = servers;
    t.populations[0].rate_rps = rate;
    t.populations[0].demand.patience = tiny_exponential(1 / theta);
    run((stat_is_long() ? 1e6 : 5e4) / rate, true);
    return stat_mean_agrees(id, left, RUNS, share, 0);
}

Test(impatience, erlang_a)
{
    cr_expect(erlang_a_agrees("A06.erlangA.50_48_0.5 PAb", 50, 48, 0.5, 0.03091224916));
    cr_expect(erlang_a_agrees("A06.erlangA.10_12_1 PAb", 10, 12, 1, 0.213632353));
    cr_expect_not(erlang_a_agrees("planted: one server more", 11, 12, 1, 0.213632353));
}

// Gross & Harris 2.3, as in test_queues.
Test(impatience, a_queue_that_can_be_left_is_a_queue)
{
    static const struct queue_reference mm5[] = {
        {"A02.mmc.5_4.T with cancelling", QUEUE_T, 1.5541125541125542, 0},
        {"A02.mmc.5_4.T.p99 with cancelling", QUEUE_P, 6.079662524508264, 0.99}};
    tiny_init(&t);
    t.services[0].servers_per_zone = 5;
    t.services[0].work = queue_exponential(1);
    t.populations[0].client.cancels = true;
    queue_demand(&t, 4, stat_is_long() ? 1e6 : 1e5);
    cr_expect(queue_agrees(&t, 1, mm5, ARRAY_LEN(mm5)));
}

// ---- overload that outlives its cause (D03): 400 a second of 1,000, two retries, an outage of 2 s

static double goodput_after_outage(bool cancels, bool tells)
{
    tiny_init(&t);
    struct population_spec *u = &t.populations[0];
    u->clients = 10000;
    u->rate_rps = 400;
    u->client.attempts = 3;
    u->client.attempt_timeout_s = 0.5;
    u->client.backoff_jitter = BACKOFF_NONE;
    u->client.cancels = cancels;
    u->client.tells_deadline = tells;
    t.services[0].work = tiny_exponential(1e-3);
    t.services[0].queue = 1000000;
    t.services[0].concurrency = 100000000;
    t.workload.duration_s = 80, t.workload.warmup_s = 60, t.workload.window_s = 20;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->effect = FAULT_CAPACITY;
    f->level = 0;
    f->at_s = 20;
    f->duration = distribution_constant(2);
    struct record r;
    tiny_run(&t, 0, &r);
    double n = 0, ok = (double)r.outcomes[OUTCOME_OK];
    for (int o = 0; o < OUTCOMES; o++)
        n += (double)r.outcomes[o];
    record_free(&r);
    return ok / n;
}

Test(impatience, no_metastable_overload_without_wasted_work)
{
    cr_expect_lt(goodput_after_outage(false, false), 0.5); // D03.meta.A_2
    cr_expect_gt(goodput_after_outage(true, false), 0.99);
    cr_expect_gt(goodput_after_outage(false, true), 0.99);
}
