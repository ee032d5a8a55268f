#include "trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

// ---- the probe

struct trial_watch {
    struct trial_probe *probe;
    uint64_t *counts; // [n_lps]
    size_t most;
    volatile int cancel;
};

static void trial_watch_event(void *argument, struct cell *cell, const struct event *event)
{
    (void)cell;
    struct trial_watch *w = argument;
    array_push(&w->probe->times, event->time);
    w->counts[event->dst]++;
    w->cancel = w->probe->times.n >= w->most;
}

void trial_probe(struct trial_probe *probe, const struct synthetic_conf *conf, size_t most)
{
    struct trial_watch w = {.probe = probe, .most = most};
    struct synthetic_conf watched = *conf;
    watched.hook = trial_watch_event;
    watched.hook_argument = &w;
    *probe = (struct trial_probe){0};
    w.counts = calloc(conf->n_lps, sizeof *w.counts);
    REQUIRE(w.counts != NULL, "out of memory");
    struct synthetic model;
    synthetic_open(&model, &watched);
    engine_run_serial(model.engine, SIMTIME_NEVER, &w.cancel);
    for (uint32_t lp = 0; lp < conf->n_lps; lp++)
        if (w.counts[lp] > w.counts[probe->busiest])
            probe->busiest = lp;
    synthetic_close(&model);
    free(w.counts);
}

void trial_probe_free(struct trial_probe *probe)
{
    array_free(&probe->times);
}

// ---- a run

// The model, and an LP that cancels the run now and then. The flag is written by the thread that
// runs the LP and read after a barrier.
struct trial {
    struct synthetic model;
    const struct trial_way *way;
    uint32_t n_seen; // events of the LP that cancels
    volatile int cancel;
};

static void trial_cancel(void *argument, struct cell *cell, const struct event *event)
{
    (void)cell;
    struct trial *t = argument;
    const struct trial_way *way = t->way;
    if (event->dst == way->cancel_lp && ++t->n_seen % way->cancel_every == 0)
        t->cancel = 1;
}

static void trial_add_pending(void *argument, const struct event *event)
{
    struct trial_outcome *o = argument;
    uint64_t words[sizeof *event / sizeof(uint64_t)], state = 0;
    memcpy(words, event, sizeof words);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        state ^= words[i];
        state = synthetic_draw(&state);
    }
    o->n_pending++;
    o->pending += state;
}

static enum engine_stop trial_run_to(struct trial *t, simtime end, struct trial_outcome *o)
{
    for (;;) {
        enum engine_stop stop = t->way->n_threads == 0
                                    ? engine_run_serial(t->model.engine, end, &t->cancel)
                                    : engine_run(t->model.engine, end, t->way->n_threads,
                                                 &t->cancel);
        if (stop != ENGINE_STOP_CANCEL)
            return stop;
        t->cancel = 0;
        o->n_cancels++;
    }
}

struct trial_outcome trial_run(const struct synthetic_conf *conf, const struct trial_way *way,
                               simtime end)
{
    struct trial t = {.way = way};
    struct trial_outcome o = {0};
    struct synthetic_conf tried = *conf;
    if (way->cancel_every > 0) {
        tried.hook = trial_cancel;
        tried.hook_argument = &t;
    }
    tried.n_cells = way->n_cells;
    tried.deal = way->deal;
    tried.bucket_shift = way->bucket_shift;
    synthetic_open(&t.model, &tried);
    for (size_t i = 0; i < way->n_stops; i++)
        trial_run_to(&t, way->stops[i], &o);
    o.stop = trial_run_to(&t, end, &o);
    o.digest = engine_digest(t.model.engine);
    o.n_events = engine_events(t.model.engine);
    o.state = synthetic_state(&t.model);
    o.stats = engine_stats_of(t.model.engine);
    engine_pending(t.model.engine, trial_add_pending, &o);
    synthetic_close(&t.model);
    return o;
}

// ---- comparing

static bool trial_same(const struct trial_outcome *a, const struct trial_outcome *b)
{
    return a->digest == b->digest && a->n_events == b->n_events && a->state == b->state &&
           a->n_pending == b->n_pending && a->pending == b->pending && a->stop == b->stop;
}

static void trial_say(const char *who, const struct trial_outcome *o)
{
    fprintf(stderr,
            "  %s: digest %016" PRIx64 ", %" PRIu64 " events, state %016" PRIx64 ", %" PRIu64
            " pending %016" PRIx64 ", stop %d\n",
            who, o->digest, o->n_events, o->state, o->n_pending, o->pending, (int)o->stop);
}

bool trial_agrees(const struct synthetic_conf *conf, const struct trial_way *way, simtime end,
                  const struct trial_outcome *want)
{
    struct trial_outcome got = trial_run(conf, way, end);
    if (trial_same(&got, want))
        return true;
    fprintf(stderr,
            "difference on %d threads, %u of %u cells (deal %" PRIu64
            "), width 2^%d, %zu stops, cancel every %u of LP %u:\n",
            way->n_threads, way->n_cells, conf->n_groups, way->deal, way->bucket_shift,
            way->n_stops, way->cancel_every, way->cancel_lp);
    trial_say("got   ", &got);
    trial_say("wanted", want);
    return false;
}
