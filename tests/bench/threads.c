// Wall time. Whether two cores are there to be had is asked in the same rounds: a loop that needs
// nothing but a core, alone and twice at a time. If that does not double, neither can anything
// else.
#include "threads.h"

#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "base/parallel.h"
#include "cores.h"
#include "engine/lookahead.h"
#include "holdengine.h"
#include "imbalance.h"
#include "model/model.h"
#include "play.h"
#include "scaled.h"

// Fewer than this many are not two.
static const double THREADS_FREE_CORES = 1.8;

struct threads_case {
    int n_threads;
    bool is_quick;
    bool has_one_core;       // for all its threads
    uint32_t n_jobs, n_hops; // of PHOLD: pending events, and events to be measured
    const struct model *model;
    double wall_s; // of the last run
    uint64_t n;    // operations in it
};

static double threads_rate(struct threads_case *c, double start, uint64_t n)
{
    c->wall_s = harness_wall_seconds() - start;
    c->n = n;
    return (double)n / c->wall_s * 1e-6;
}

// ---- free cores

// Chains that do not wait for each other: they keep a core's units busy, so that two threads of one
// core do not pass for two cores.
enum { THREADS_CHAINS = 4, THREADS_LOOPS = 40000000 };

static void threads_spin(void *argument, int thread, int team_size)
{
    uint64_t *sums = argument;
    uint64_t x[THREADS_CHAINS];
    (void)team_size;
    for (int k = 0; k < THREADS_CHAINS; k++)
        x[k] = (uint64_t)(thread * THREADS_CHAINS + k + 1);
    for (int i = 0; i < THREADS_LOOPS; i++)
        for (int k = 0; k < THREADS_CHAINS; k++) {
            x[k] ^= x[k] << 13;
            x[k] ^= x[k] >> 7;
            x[k] ^= x[k] << 17;
        }
    for (int k = 0; k < THREADS_CHAINS; k++)
        sums[thread] ^= x[k];
}

static double threads_loop(void *argument)
{
    struct threads_case *c = argument;
    uint64_t sums[2] = {0};
    double start = harness_wall_seconds();
    parallel_team(c->n_threads, threads_spin, sums);
    return threads_rate(c, start, (uint64_t)c->n_threads * THREADS_LOOPS);
}

// ---- windows

static double threads_phold(void *argument)
{
    struct threads_case *c = argument;
    struct hop_load load;
    struct holdengine hold = {0};
    double length_s = (double)c->n_hops / c->n_jobs;
    hop_open(&load, c->n_jobs, 0.1);
    holdengine_open(&hold, &load, HOP_GROUPS, c->n_threads);
    bool is_refused = c->has_one_core && !cores_take_one(c->n_threads);
    holdengine_run(&hold, simtime_from_seconds(2 * length_s));
    double start = harness_wall_seconds();
    uint64_t n = holdengine_run(&hold, simtime_from_seconds(3 * length_s));
    double rate = threads_rate(c, start, n);
    if (c->has_one_core)
        cores_take_all(c->n_threads);
    holdengine_close(&hold);
    hop_close(&load);
    return is_refused ? 0 : rate;
}

static double threads_requests(void *argument)
{
    struct threads_case *c = argument;
    struct play play = {0};
    double length_s = c->is_quick ? 0.2 : 1;
    play_open(&play, c->model, 0, c->n_threads);
    play_run(&play, SCALED_WARMUP_S);
    uint64_t before = play_ended(&play);
    double start = harness_wall_seconds();
    play_run(&play, SCALED_WARMUP_S + length_s);
    double rate = threads_rate(c, start, play_ended(&play) - before);
    play_close(&play);
    return rate;
}

// ---- replications

enum { THREADS_REPLICATIONS = 4 };

struct threads_replications {
    const struct model *model;
    double length_s;
    uint64_t ended[THREADS_REPLICATIONS];
};

static void threads_replicate(void *argument, size_t i)
{
    struct threads_replications *r = argument;
    struct play play = {0};
    play_open(&play, r->model, (uint32_t)i, 1);
    play_run(&play, r->length_s);
    r->ended[i] = play_ended(&play);
    play_close(&play);
}

static double threads_side_by_side(void *argument)
{
    struct threads_case *c = argument;
    struct threads_replications r = {.model = c->model, .length_s = c->is_quick ? 5 : 60};
    double start = harness_wall_seconds();
    parallel_for(c->n_threads, THREADS_REPLICATIONS, threads_replicate, &r);
    uint64_t n = 0;
    for (int i = 0; i < THREADS_REPLICATIONS; i++)
        n += r.ended[i];
    return threads_rate(c, start, n);
}

// ---- contests

// What is compared, on one thread and on two.
struct threads_subject {
    const char *variant, *size;
    double (*measure)(void *argument);
    const struct model *model;
    uint32_t n_jobs, n_hops;
    bool has_one_core;
    double target;
    double event_s; // filled in: wall seconds an operation on one thread
};

static void threads_contest(struct harness *h, struct threads_subject *s)
{
    char names[4][64];
    struct threads_case cases[4];
    struct harness_contender contenders[4];
    const int first = s->target > 1 ? 0 : 2; // free cores matter where a gain is expected
    for (int i = first; i < 4; i++) {
        bool is_loop = i < 2, is_pair = i % 2 == 1;
        cases[i] = (struct threads_case){.n_threads = is_pair ? 2 : 1,
                                         .is_quick = h->is_quick,
                                         .has_one_core = s->has_one_core,
                                         .n_jobs = s->n_jobs,
                                         .n_hops = s->n_hops,
                                         .model = s->model};
        snprintf(names[i], sizeof names[i], "%s, %s", is_loop ? "free cores, a loop" : s->variant,
                 is_pair ? "2 threads" : "1 thread");
        contenders[i] = (struct harness_contender){
            .variant = names[i],
            .size = is_loop ? "" : s->size,
            .measure = is_loop ? threads_loop : s->measure,
            .argument = &cases[i],
            .against = is_pair ? i - first : 0,
            .target = {is_pair && !is_loop ? GOAL_RATIO_LEAST : GOAL_NONE, s->target}};
    }
    harness_contest(h, &(struct harness_contest){.unit = "M/s",
                                                 .rounds = h->is_quick ? 1 : 4,
                                                 .n = (size_t)(4 - first),
                                                 .contenders = contenders + first});
    s->event_s = cases[2].wall_s / (double)cases[2].n;
    if (first > 0)
        return;
    double cores = h->rows.items[h->rows.n - 3].ratio.median; // of the loop on two threads
    if (cores < THREADS_FREE_CORES)
        harness_note(h, "%s: only %.2f cores were free: two threads can show no more than that",
                     s->variant, cores);
}

// ---- more threads

enum { THREADS_BATCHES = 200, THREADS_MEETINGS = 200 };

struct threads_meeting {
    struct parallel_barrier barrier;
    double least_s; // of a batch
};

// Batches are much shorter than a time slice: even when others use the cores, in some of them both
// threads are running.
static void threads_meet(void *argument, int thread, int team_size)
{
    struct threads_meeting *m = argument;
    for (int batch = 0; batch < THREADS_BATCHES; batch++) {
        double start = harness_wall_seconds();
        for (int i = 0; i < THREADS_MEETINGS; i++)
            parallel_barrier_wait(&m->barrier, team_size);
        if (thread == 0)
            m->least_s = fmin(m->least_s, harness_wall_seconds() - start);
    }
}

// Seconds of a barrier of two threads.
static double threads_barrier_s(void)
{
    struct threads_meeting m = {.least_s = HUGE_VAL};
    parallel_team(2, threads_meet, &m);
    return m.least_s / THREADS_MEETINGS;
}

static void threads_see(void *argument, uint32_t cell, const struct event *event)
{
    imbalance_count(argument, cell, event->time);
}

static void threads_watch_phold(struct imbalance *b, bool is_quick)
{
    struct hop_load load;
    struct holdengine hold = {.see = threads_see, .argument = b};
    imbalance_init(b, HOP_GROUPS, HOP_MEAN, HOP_LOOKAHEAD);
    hop_open(&load, is_quick ? 1 << 14 : 1 << 20, 0.1);
    holdengine_open(&hold, &load, HOP_GROUPS, 1);
    holdengine_run(&hold, 2 * HOP_MEAN);
    holdengine_close(&hold);
    hop_close(&load);
}

// Returns events a request.
static double threads_watch_requests(struct imbalance *b, const struct model *model)
{
    struct play play = {.see = threads_see, .argument = b};
    struct lookahead lookahead;
    lookahead_init(&lookahead, model->lookahead, model->n_cells);
    imbalance_init(b, model->n_cells, simtime_from_seconds(SCALED_WARMUP_S), lookahead.least);
    lookahead_free(&lookahead);
    play_open(&play, model, 0, 1);
    play_run(&play, SCALED_WARMUP_S + 0.2);
    double ratio = (double)play_events(&play) / (double)play_ended(&play);
    play_close(&play);
    return ratio;
}

static void threads_predict(struct harness *h, const struct imbalance *b,
                            const struct threads_subject *s, double event_s)
{
    double barriers_s = 2 * threads_barrier_s();
    for (int n_threads = 2; n_threads <= 16; n_threads *= 2) {
        char name[64];
        int n = n_threads < (int)b->n_cells ? n_threads : (int)b->n_cells;
        snprintf(name, sizeof name, "%s, %d threads, predicted", s->variant, n_threads);
        harness_fact(h, name, s->size, imbalance_speedup(b, n, event_s, barriers_s), "speed-up");
    }
    harness_note(h,
                 "%s: %u cells, windows of %.3g ms with %.0f events of %.0f ns, barriers %.2g us",
                 s->variant, b->n_cells, (double)b->window * 1e-6, imbalance_events_per_window(b),
                 event_s * 1e9, barriers_s * 1e6);
}

// ---- the bench

static void threads_windows_of_requests(struct harness *h)
{
    struct scaled scaled;
    struct imbalance imbalance;
    scaled_open(&scaled,
                &(struct scaled_conf){"topologies/active-active.yaml", "workloads/global-shop.yaml",
                                      h->is_quick ? 5e3 : 100e3});
    struct model *model = scaled_compile(&scaled);
    struct threads_subject subject = {.variant = "requests",
                                      .size = h->is_quick ? "5 kreq/s" : "100 kreq/s",
                                      .measure = threads_requests,
                                      .model = model,
                                      .target = 1.7};
    threads_contest(h, &subject);
    double events_per_request = threads_watch_requests(&imbalance, model);
    threads_predict(h, &imbalance, &subject, subject.event_s / events_per_request);
    imbalance_free(&imbalance);
    model_free(model);
    scaled_close(&scaled);
}

static void threads_side(struct harness *h)
{
    struct scaled scaled;
    scaled_open(&scaled, &(struct scaled_conf){"topologies/active-active.yaml",
                                               "workloads/global-shop.yaml", 1e3});
    struct model *model = scaled_compile(&scaled);
    struct threads_subject subject = {.variant = "4 replications",
                                      .size = "1 kreq/s",
                                      .measure = threads_side_by_side,
                                      .model = model,
                                      .target = 1.9};
    threads_contest(h, &subject);
    model_free(model);
    scaled_close(&scaled);
}

// Where a team cannot gain, the governor must not lose: at most 5 %, once it has learnt that.
static void threads_windows_in_vain(struct harness *h)
{
    const uint32_t n_hops = h->is_quick ? 1 << 14 : 10 << 20;
    struct threads_subject thin = {.variant = "PHOLD, thin windows",
                                   .size = "256, 10 %",
                                   .measure = threads_phold,
                                   .n_jobs = 256,
                                   .n_hops = n_hops,
                                   .target = 0.95};
    struct threads_subject busy = {.variant = "PHOLD, one core",
                                   .size = h->is_quick ? "1 Ki, 10 %" : "64 Ki, 10 %",
                                   .measure = threads_phold,
                                   .n_jobs = h->is_quick ? 1 << 10 : 1 << 16,
                                   .n_hops = n_hops,
                                   .has_one_core = true,
                                   .target = 0.95};
    threads_contest(h, &thin);
    threads_contest(h, &busy);
}

void threads_bench(struct harness *h)
{
    struct imbalance imbalance;
    struct threads_subject phold = {.variant = "PHOLD",
                                    .size = h->is_quick ? "16 Ki, 10 %" : "1 Mi, 10 %",
                                    .measure = threads_phold,
                                    .n_jobs = h->is_quick ? 1 << 14 : 1 << 20,
                                    .n_hops = h->is_quick ? 3 << 13 : 3 << 19,
                                    .target = 1.7};
    threads_contest(h, &phold);
    threads_watch_phold(&imbalance, h->is_quick);
    threads_predict(h, &imbalance, &phold, phold.event_s);
    imbalance_free(&imbalance);
    threads_windows_of_requests(h);
    threads_windows_in_vain(h);
    threads_side(h);
    harness_note(h, "wall time; million loops, events (PHOLD in 16 cells) or requests a second");
    harness_note(h, "requests on one thread run in a single cell, as aasim does it");
    harness_note(h, "predicted: windows as even as these, barriers that grow with the threads, "
                    "free cores");
}
