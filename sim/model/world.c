#include "model/world.h"

#include <stdlib.h>
#include <string.h>

#include "model/accesspoint.h"
#include "model/context.h"
#include "model/dispatch.h"
#include "model/fault.h"
#include "model/replicalife.h"
#include "model/settlement.h"

static const char *world_lp_name(void *world, uint32_t lp)
{
    return ((struct world *)world)->model->lps[lp].name;
}

// ---- making

static void world_allocate(struct world *w)
{
    const struct model *m = w->model;
    w->populations = arena_push(&w->arena, struct population, m->count[LP_POPULATION]);
    w->resolvers = arena_push(&w->arena, struct resolver, m->count[LP_RESOLVER]);
    w->checkers = arena_push(&w->arena, struct checker, m->count[LP_CHECKER] + 1);
    w->balancers = arena_push(&w->arena, struct balancer, m->count[LP_BALANCER]);
    w->pools = arena_push(&w->arena, struct pool, m->count[LP_POOL]);
    w->replicas = arena_push(&w->arena, struct replica, m->count[LP_REPLICA] + 1);
    w->caches = arena_push(&w->arena, struct cache, m->count[LP_CACHE] + 1);
    w->journals = arena_push(&w->arena, journal_list, m->n_lps);
}

#define WORLD_NUMBER(w, lp_kind, states)                                                           \
    for (uint32_t i = 0; i < (w)->model->count[lp_kind]; i++)                                      \
    (w)->lps[model_lp((w)->model, (lp_kind), i)] = &(states)[i]

static void world_number(struct world *w)
{
    w->lps = arena_push(&w->arena, void *, w->model->n_lps);
    WORLD_NUMBER(w, LP_POPULATION, w->populations);
    WORLD_NUMBER(w, LP_RESOLVER, w->resolvers);
    WORLD_NUMBER(w, LP_AUTHORITY, &w->authority);
    WORLD_NUMBER(w, LP_CHECKER, w->checkers);
    WORLD_NUMBER(w, LP_BALANCER, w->balancers);
    WORLD_NUMBER(w, LP_POOL, w->pools);
    WORLD_NUMBER(w, LP_REPLICA, w->replicas);
    WORLD_NUMBER(w, LP_CACHE, w->caches);
}

// How wrong the regions' clocks are in this replication, to either side.
static void world_set_clocks(struct world *w)
{
    const struct topology *t = w->model->topology;
    w->clocks = arena_push(&w->arena, simtime, (size_t)t->n_regions);
    for (int r = 0; r < t->n_regions; r++) {
        struct stream s = stream_open(w->seed, w->replication, t->regions[r].name, "clock");
        const double error_s = distribution_quantile(&t->regions[r].clock_error,
                                                     stream_uniform(&s));
        const simtime error = simtime_least(simtime_from_seconds(error_s), SIMTIME_HOUR / 2);
        w->clocks[r] = (simtime)(t->regions[r].clock_offset_s * 1e9) +
                       (stream_uniform(&s) < 0.5 ? -error : error);
    }
}

void world_populate(struct world *w)
{
    const struct model *m = w->model;
    world_allocate(w);
    world_number(w);
    fault_open(w); // first: LPs look at the timelines
    world_set_clocks(w);
    for (uint32_t i = 0; i < m->count[LP_POPULATION]; i++) {
        population_open(w, i);
        resolver_open(w, i);
    }
    authority_open(w);
    spillover_open(w);
    action_open(w);
    access_point_open(w);
    for (uint32_t i = 0; i < m->count[LP_CHECKER]; i++)
        checker_open(w, i);
    for (uint32_t i = 0; i < m->count[LP_BALANCER]; i++)
        balancer_open(w, i);
    for (uint32_t i = 0; i < m->count[LP_POOL]; i++)
        pool_open(w, i);
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++)
        replicalife_open(w, i);
    cachefeed_open(w);
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++)
        cache_open(w, i);
}

// One thread has nobody to wait for: a single cell without windows gives the same results faster.
static bool world_is_single(const struct model *m, const struct world_run_conf *conf)
{
    return conf->n_threads == 1 && m->options.partition == PARTITION_DEFAULT;
}

static void world_report(void *world, simtime reached)
{
    const struct world *w = world;
    if (w->run != NULL && w->run->progress != NULL)
        w->run->progress(w->run->progress_argument, (double)reached / (double)w->model->duration);
}

static void world_open(struct world *w, const struct world_run_conf *run)
{
    static const simtime alone = SIMTIME_NEVER;
    const struct model *m = w->model;
    bool single = world_is_single(m, run);
    w->context = (struct bug_context){
        .seed = w->seed, .replication = w->replication, .design = m->topology->name};
    const struct engine_conf conf = {.n_lps = m->n_lps,
                                     .lp_cell = single ? arena_push(&w->arena, uint32_t, m->n_lps)
                                                       : m->lp_cell,
                                     .n_cells = single ? 1 : m->n_cells,
                                     .lookahead = single ? &alone : m->lookahead,
                                     .lp_name = world_lp_name,
                                     .handler = dispatch_event,
                                     .prefetch = dispatch_prefetch,
                                     .report = world_report,
                                     .world = w,
                                     .context = &w->context};
    w->engine = engine_create(&conf);
    world_populate(w);
}

void world_close(struct world *w)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_POPULATION]; i++)
        population_close(w, i);
    for (uint32_t i = 0; i < m->count[LP_BALANCER]; i++)
        balancer_close(w, i);
    for (uint32_t i = 0; i < m->count[LP_POOL]; i++)
        pool_close(w, i);
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++)
        replicalife_close(w, i);
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++)
        cache_close(w, i);
    for (uint32_t i = 0; i < m->n_lps; i++)
        array_free(&w->journals[i]);
    fault_close(w);
    engine_destroy(w->engine);
    arena_free(&w->arena);
}

// ---- collecting

static void world_collect_populations(const struct world *w, struct record *record)
{
    const struct model *m = w->model;
    size_t n = m->count[LP_POPULATION], classes = (size_t)m->workload->n_classes;
    size_t regions = (size_t)m->topology->n_regions, row = m->n_windows * SERIES_FIELDS;
    record->outcomes = array_new(uint64_t, n * classes * OUTCOMES);
    record->attempts = array_new(uint64_t, n * classes);
    record->latency = array_new(struct histogram, n * classes);
    record->series = array_new(uint64_t, n * row);
    record->user_time = array_new(uint64_t, n * m->n_windows * USERUPTIME_KINDS);
    record->served = array_new(uint64_t, n * regions);
    for (size_t i = 0; i < n; i++) {
        const struct population *p = &w->populations[i];
        record->started_all += p->started;
        record->ended_all += p->ended;
        record->in_flight += p->requests.live - p->n_copies;
        memcpy(record->outcomes + i * classes * OUTCOMES, p->outcomes,
               classes * OUTCOMES * sizeof *p->outcomes);
        memcpy(record->attempts + i * classes, p->attempts, classes * sizeof *p->attempts);
        memcpy(record->series + i * row, p->series, row * sizeof *p->series);
        useruptime_collect(&p->uptime, p->plan->n_clients, m->duration,
                           record->user_time + i * m->n_windows * USERUPTIME_KINDS);
        for (uint8_t e = 0; e < m->endpoints.n; e++)
            record->served[i * regions + m->endpoints.region[e]] += p->served[e];
        for (size_t c = 0; c < classes; c++) {
            histogram_init(&record->latency[i * classes + c]);
            histogram_merge(&record->latency[i * classes + c], &p->latency[c]);
        }
    }
    REQUIRE(record->started_all == record->ended_all + record->in_flight,
            "%llu requests started, %llu ended, %llu in flight",
            (unsigned long long)record->started_all, (unsigned long long)record->ended_all,
            (unsigned long long)record->in_flight);
}

static void world_collect_endpoints(const struct world *w, struct record *record)
{
    const struct endpoints *e = &w->model->endpoints;
    const size_t n = w->model->count[LP_POPULATION];
    for (uint8_t i = 0; i < e->n; i++) {
        if (e->label[i] == NULL)
            continue;
        record->endpoint_names[record->n_endpoints] = e->label[i];
        record->endpoint_regions[record->n_endpoints++] = e->region[i];
    }
    record->endpoint_tries = array_new(uint64_t, n * (size_t)record->n_endpoints);
    record->endpoint_answers = array_new(uint64_t, n * (size_t)record->n_endpoints);
    for (size_t p = 0, at = 0; p < n; p++)
        for (uint8_t i = 0; i < e->n; i++) {
            if (e->label[i] == NULL)
                continue;
            record->endpoint_tries[at] = w->populations[p].tried[i];
            record->endpoint_answers[at++] = w->populations[p].served[i];
        }
}

struct world_mark {
    struct journal_entry entry;
    size_t order; // breaks ties in a way that no partition changes
};

static int world_compare_marks(const void *a, const void *b)
{
    const struct world_mark *x = a, *y = b;
    if (x->entry.time != y->entry.time)
        return x->entry.time < y->entry.time ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void world_journal_faults(const struct world *w, struct record *record)
{
    for (size_t i = 0; i < w->faults.n; i++) {
        const struct fault_instance *f = &w->faults.items[i];
        const struct fault_target_plan *t = f->target;
        struct journal_entry start = {f->start, JOURNAL_FAULT_START, t->label, t->fault};
        struct journal_entry end = {f->end, JOURNAL_FAULT_END, t->label, t->fault};
        array_push(&record->journal, start);
        if (f->end < w->model->duration)
            array_push(&record->journal, end);
    }
}

static void world_collect_journal(const struct world *w, struct record *record)
{
    world_journal_faults(w, record);
    for (size_t i = 0; i < w->cluster_marks.n; i++)
        array_push(&record->journal, w->cluster_marks.items[i]);
    for (uint32_t i = 0; i < w->model->n_lps; i++)
        for (size_t k = 0; k < w->journals[i].n; k++)
            array_push(&record->journal, w->journals[i].items[k]);
    size_t n = record->journal.n;
    struct world_mark *marks = array_new(struct world_mark, n);
    for (size_t i = 0; i < n; i++)
        marks[i] = (struct world_mark){record->journal.items[i], i};
    qsort(marks, n, sizeof *marks, world_compare_marks);
    for (size_t i = 0; i < n; i++)
        record->journal.items[i] = marks[i].entry;
    array_release(marks);
}

static void world_add_counts_of(const drain_counts *seen, uint64_t (*sum)[DRAIN_COLUMNS])
{
    for (size_t b = 0; b < DRAIN_BINS; b++)
        for (size_t c = 0; c < DRAIN_COLUMNS; c++)
            sum[b][c] += (*seen)[b][c];
}

// Adds up what the populations have seen of a watch of users' way.
static void world_add_drain(const struct world *w, size_t watch, uint64_t (*sum)[DRAIN_COLUMNS])
{
    for (uint32_t p = 0; p < w->model->count[LP_POPULATION]; p++)
        world_add_counts_of(&w->populations[p].drain.counts[watch], sum);
}

static struct fault_record world_fault_record(const struct world *w, const struct drain_watch *d,
                                              const uint64_t (*counts)[DRAIN_COLUMNS])
{
    const struct fault_instance *f = &w->faults.items[d->instance];
    simtime lasted = simtime_least(f->end, w->model->duration) - f->start;
    return (struct fault_record){.fault = f->target->fault,
                                 .component = f->target->label,
                                 .start = f->start,
                                 .end = f->end,
                                 .region = d->region,
                                 .zones = d->zones,
                                 .is_part = d->endpoints != w->model->endpoints.members[d->region],
                                 .moved_90 = drain_moved(counts, lasted, 0.1),
                                 .moved_99 = drain_moved(counts, lasted, 0.01)};
}

static void world_collect_fault(const struct world *w, const struct drain_watch *watch,
                                struct record *record, const uint64_t (*counts)[DRAIN_COLUMNS])
{
    const size_t row = (size_t)DRAIN_BINS * DRAIN_COLUMNS;
    const struct fault_record fault = world_fault_record(w, watch, counts);
    array_push(&record->faults, fault);
    for (size_t k = 0; k < row; k++)
        record->drain[fault.fault * row + k] += counts[k / DRAIN_COLUMNS][k % DRAIN_COLUMNS];
}

// Of both lists, in order of start.
static void world_collect_faults(const struct world *w, struct record *record)
{
    const drain_watches *ways = &w->watches, *parts = &w->target_watches;
    const size_t row = (size_t)DRAIN_BINS * DRAIN_COLUMNS;
    uint64_t(*counts)[DRAIN_COLUMNS] = (void *)array_new(uint64_t, row);
    record->n_plan_faults = w->model->plan == NULL ? 0 : (size_t)w->model->plan->n_faults;
    record->drain = array_new(uint64_t, record->n_plan_faults * row);
    for (size_t i = 0, k = 0; i < ways->n || k < parts->n;) {
        bool is_way = k == parts->n ||
                      (i < ways->n && drain_is_before(&ways->items[i], &parts->items[k]));
        const struct drain_watch *watch = is_way ? &ways->items[i] : &parts->items[k];
        memset(counts, 0, row * sizeof(uint64_t));
        if (is_way)
            world_add_drain(w, i++, counts);
        else
            world_add_counts_of(
                drain_of_instance(&w->balancers[watch->balancer].drain, parts->items[k++].instance),
                counts);
        world_collect_fault(w, watch, record, counts);
    }
    array_release(counts);
}

static void world_collect(struct world *w, struct record *record)
{
    const struct model *m = w->model;
    *record = (struct record){.replication = w->replication,
                              .n_populations = m->workload->n_populations,
                              .n_classes = m->workload->n_classes,
                              .n_stores = m->topology->n_stores,
                              .n_regions = m->topology->n_regions,
                              .n_windows = m->n_windows,
                              .digest = engine_digest(w->engine),
                              .events = engine_events(w->engine)};
    world_collect_populations(w, record);
    world_collect_endpoints(w, record);
    settlement_collect(w, record);
    world_collect_journal(w, record);
    world_collect_faults(w, record);
}

// ---- running

static bool world_advance(struct world *w, const struct world_run_conf *conf)
{
    simtime end = w->model->duration;
    enum engine_stop stop = conf->serial
                                ? engine_run_serial(w->engine, end, conf->cancel)
                                : engine_run(w->engine, end, conf->n_threads, conf->cancel);
    if (stop != ENGINE_STOP_CANCEL)
        world_report(w, end);
    return stop != ENGINE_STOP_CANCEL;
}

void world_branch(struct world *w, uint64_t branch)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_POPULATION]; ++i) {
        stream_branch(&w->populations[i].demand.arrivals, branch);
        stream_branch(&w->populations[i].demand.visits, branch);
    }
    for (uint32_t i = 0; i < m->count[LP_POOL]; ++i) {
        stream_branch(&w->pools[i].work, branch);
        w->pools[i].is_branched = true;
    }
}

struct world *world_begin(const struct model *model, const struct world_run_conf *conf)
{
    struct world *w = array_new(struct world, 1);
    w->model = model;
    w->seed = conf->seed;
    w->replication = conf->replication;
    w->run = conf;
    w->probes = conf->probes;
    w->history = conf->history;
    world_open(w, conf);
    return w;
}

bool world_step(struct world *w)
{
    return engine_step(w->engine, w->model->duration);
}

void world_end(struct world *w)
{
    world_close(w);
    bug_set_context(NULL); // it was the world's
    array_release(w);
}

bool world_run(const struct model *model, const struct world_run_conf *conf, struct record *record)
{
    struct world *w = world_begin(model, conf);
    bool done = world_advance(w, conf);
    if (done)
        world_collect(w, record);
    if (conf->stats != NULL)
        *conf->stats = engine_stats_of(w->engine);
    world_end(w);
    return done;
}
