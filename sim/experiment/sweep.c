#include "experiment/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/parallel.h"
#include "base/walltime.h"
#include "experiment/mpicrew.h"
#include "model/tables.h"

enum { POLL_MS = 200 };
static const size_t most_table_bytes = (size_t)64 << 20; // what a worker keeps of other points
static const double heartbeat_s = 10, line_s = 5, bar_s = 0.2;

struct sweeping {
    const struct sweep_conf *conf;
    struct sweep_outcome *outcome;
    ARRAY(struct crew_task) tasks;    // of points, of replications
    size_t next;                      // to deal
    uint64_t events_all, events_done; // estimated
    double began_s, beat_s, line_s;
    struct sweeplog log;
    FILE *heartbeat;
    struct tables tables; // of a worker
};

// ---- what is left to do

struct claim {
    struct identity id;
    size_t point;
};

static int compare_claims(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    const int ids = identity_compare(x->id, y->id);
    if (ids != 0)
        return ids;
    return (x->point > y->point) - (x->point < y->point);
}

// Whether each point is the first of its identity: others have its results.
static bool *find_firsts(const struct sweepplan *plan)
{
    struct claim *claims = array_new(struct claim, plan->n_points);
    bool *is_first = array_new(bool, plan->n_points);
    for (size_t i = 0; i < plan->n_points; ++i)
        claims[i] = (struct claim){plan->points[i].id, i};
    qsort(claims, plan->n_points, sizeof *claims, compare_claims);
    for (size_t i = 0; i < plan->n_points; ++i)
        is_first[claims[i].point] = i == 0 || !identity_is_same(claims[i].id, claims[i - 1].id);
    array_release(claims);
    return is_first;
}

static bool is_wanted(const struct sweep_conf *conf, const struct sweepresults *results,
                      size_t point, uint32_t replication)
{
    const enum sweepresults_state state = sweepresults_look(results, conf->plan->points[point].id,
                                                            replication);
    return state == SWEEPRESULTS_MISSING || (state == SWEEPRESULTS_FAILED && conf->retries_failed);
}

// Stretches of replications that are missing, within blocks.
static void add_tasks(struct sweeping *s, const struct sweepresults *results, size_t point)
{
    const struct sweepplan *plan = s->conf->plan;
    const uint32_t block = plan->points[point].block;
    struct crew_task task = {.item = point};
    for (uint32_t r = 0; r <= plan->replications; ++r) {
        const bool is_end = r == plan->replications;
        if (task.n > 0 && (is_end || r % block == 0 || !is_wanted(s->conf, results, point, r))) {
            array_push(&s->tasks, task);
            task.n = 0;
        }
        if (is_end || !is_wanted(s->conf, results, point, r))
            continue;
        task.first = task.n == 0 ? r : task.first;
        ++task.n;
    }
}

struct ranked {
    struct crew_task task;
    uint64_t events;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    if (x->task.item != y->task.item)
        return x->task.item < y->task.item ? -1 : 1;
    return (x->task.first > y->task.first) - (x->task.first < y->task.first);
}

static uint64_t events_of(const struct sweeping *s, const struct crew_task *task)
{
    return s->conf->plan->points[task->item].events * task->n;
}

static void sort_tasks(struct sweeping *s)
{
    struct ranked *ranks = array_new(struct ranked, s->tasks.n);
    for (size_t i = 0; i < s->tasks.n; ++i) {
        ranks[i] = (struct ranked){s->tasks.items[i], events_of(s, &s->tasks.items[i])};
        s->events_all += ranks[i].events;
    }
    qsort(ranks, s->tasks.n, sizeof *ranks, compare_ranked);
    for (size_t i = 0; i < s->tasks.n; ++i)
        s->tasks.items[i] = ranks[i].task;
    array_release(ranks);
}

static void find_tasks(struct sweeping *s, const struct sweepresults *results)
{
    const struct sweepplan *plan = s->conf->plan;
    bool *is_first = find_firsts(plan);
    for (size_t i = 0; i < plan->n_points; ++i)
        if (is_first[i] && (s->conf->shard == SWEEP_ALL || plan->points[i].shard == s->conf->shard))
            add_tasks(s, results, i);
    array_release(is_first);
    sort_tasks(s);
}

// ---- in a worker

static const char *first_mistake(struct diag_list *diags, struct arena *arena)
{
    diag_sort(diags);
    if (diags->items.n == 0)
        return "its files have mistakes";
    const struct diag *d = &diags->items.items[0];
    return arena_printf(arena, "%s:%d:%d: %s", d->place.file, d->place.line, d->place.column,
                        d->message);
}

// Signals to a group are the caller's business: it says when to stop.
static void ignore_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
}

static void work(void *argument, const struct crew_task *task, struct bytes *answer)
{
    struct sweeping *s = argument;
    const struct sweepplan *plan = s->conf->plan;
    struct pointpart part = {.id = plan->points[task->item].id, .first = task->first, .n = task->n};
    struct scenario scenario = {0};
    struct diag_list diags = {0};
    const uint64_t seed = (uint64_t)plan->study.spec->seed;
    ignore_signals();
    if (!study_scenario(&plan->study, task->item, &scenario, &diags))
        pointpart_fail(&part, first_mistake(&diags, &part.arena));
    else if (!identity_is_same(identity_of(&scenario, seed), part.id))
        pointpart_fail(&part, "its inputs are not those of the plan");
    else
        pointpart_run(&part, &scenario, seed, &s->tables);
    if (s->tables.arena.total_bytes > most_table_bytes)
        tables_free(&s->tables);
    pointpart_write(&part, answer);
    pointpart_free(&part);
    diag_free(&diags);
    scenario_free(&scenario);
}

// ---- what people see

static void describe_eta(double seconds, char *out, size_t size)
{
    if (!isfinite(seconds))
        snprintf(out, size, "?");
    else if (seconds < 100)
        snprintf(out, size, "%.0f s", seconds);
    else if (seconds < 6000)
        snprintf(out, size, "%.0f min", seconds / 60);
    else
        snprintf(out, size, "%.1f h", seconds / 3600);
}

static double eta_s(const struct sweeping *s, double now)
{
    const double left = (double)(s->events_all - s->events_done);
    return s->events_done > 0 ? left * (now - s->began_s) / (double)s->events_done
                              : (double)INFINITY;
}

static void print_line(struct sweeping *s, double now, bool is_last)
{
    const struct sweep_conf *c = s->conf;
    const double wait = c->is_terminal ? bar_s : line_s;
    char eta[32];
    if (c->out == NULL || (!is_last && now - s->line_s < wait))
        return;
    s->line_s = now;
    describe_eta(eta_s(s, now), eta, sizeof eta);
    fprintf(c->out, "%s[%3.0f %%] %zu of %zu tasks, %.2f Mevents/s, %s left, %zu failed%s",
            c->is_terminal ? "\r" : "aasim: ",
            s->events_all > 0 ? 100 * (double)s->events_done / (double)s->events_all : 100,
            s->outcome->n_done + s->outcome->n_failed, s->tasks.n,
            (double)s->outcome->events / fmax(now - s->began_s, 1e-9) * 1e-6, eta,
            s->outcome->n_failed, c->is_terminal && !is_last ? "   " : "\n");
    fflush(c->out);
}

static void beat(struct sweeping *s, double now, bool is_last)
{
    char stamp[32];
    const time_t clock = time(NULL);
    struct tm utc;
    if (s->heartbeat == NULL || (!is_last && now - s->beat_s < heartbeat_s))
        return;
    s->beat_s = now;
    gmtime_r(&clock, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const double eta = eta_s(s, now);
    fprintf(s->heartbeat,
            "{\"time\":\"%s\",\"tasks\":%zu,\"done\":%zu,\"failed\":%zu,\"share\":%.4f,"
            "\"events\":%" PRIu64 ",\"elapsed_s\":%.1f,\"left_s\":",
            stamp, s->tasks.n, s->outcome->n_done, s->outcome->n_failed,
            s->events_all > 0 ? (double)s->events_done / (double)s->events_all : 1,
            s->outcome->events, now - s->began_s);
    fprintf(s->heartbeat, isfinite(eta) ? "%.1f}\n" : "null}\n", eta);
    fflush(s->heartbeat);
}

// ---- the loop

static bool take(struct sweeping *s, const struct crew_answer *answer, struct status *status)
{
    const struct crew_task *task = &answer->task;
    struct pointpart part;
    if (answer->death != NULL || !pointpart_read(&part, answer->bytes, answer->n)) {
        part = (struct pointpart){
            .id = s->conf->plan->points[task->item].id, .first = task->first, .n = task->n};
        pointpart_fail(&part, answer->death != NULL ? answer->death : "its answer is no part");
    }
    for (uint32_t i = 0; part.failure == NULL && i < part.n; ++i)
        s->outcome->events += part.events[i];
    s->outcome->n_done += part.failure == NULL;
    s->outcome->n_failed += part.failure != NULL;
    s->events_done += events_of(s, task);
    const bool is_good = sweeplog_append(&s->log, &part, status);
    pointpart_free(&part);
    return is_good;
}

// Whether the time budget has room for one more: by the rate so far, of one worker.
static bool is_affordable(const struct sweeping *s, const struct crew *crew, double now)
{
    const double elapsed = now - s->began_s;
    if (s->conf->budget_s <= 0)
        return true;
    const double rate = (double)s->events_done / elapsed / (double)crew_size(crew);
    const double needed = s->events_done > 0 ? (double)events_of(s, &s->tasks.items[s->next]) / rate
                                             : 0;
    return elapsed + needed < s->conf->budget_s;
}

static bool is_asked_to_stop(const struct sweeping *s)
{
    return parallel_flag_is_set(s->conf->cancel);
}

static void deal(struct sweeping *s, struct crew *crew, double now)
{
    while (!s->outcome->was_stopped && s->next < s->tasks.n && crew_busy(crew) < crew_size(crew)) {
        if (is_asked_to_stop(s) || !is_affordable(s, crew, now))
            s->outcome->was_stopped = true;
        else
            crew_deal(crew, &s->tasks.items[s->next++]);
    }
}

static bool loop(struct sweeping *s, struct crew *crew, struct status *status)
{
    double stopped_s = 0;
    for (;;) {
        const double now = walltime_s();
        struct crew_answer answer;
        deal(s, crew, now);
        print_line(s, now, false);
        beat(s, now, false);
        if (is_asked_to_stop(s) && stopped_s == 0)
            stopped_s = now;
        const bool is_late = stopped_s > 0 && now - stopped_s > s->conf->grace_s;
        if (crew_busy(crew) == 0 || is_late)
            break;
        if (crew_wait(crew, POLL_MS, &answer) && !take(s, &answer, status))
            return false;
    }
    if (s->next < s->tasks.n && !s->outcome->was_stopped)
        return status_fail(status, STATUS_INTERNAL, "no process is left to go on with");
    s->outcome->was_stopped |= crew_busy(crew) > 0;
    return true;
}

static const char *file_of(const struct sweep_conf *conf, struct arena *arena, const char *ending)
{
    if (conf->shard == SWEEP_ALL)
        return arena_printf(arena, "%s/results/all.%s", conf->directory, ending);
    return arena_printf(arena, "%s/results/shard-%04u.%s", conf->directory, conf->shard, ending);
}

// NULL with a good status: this process has worked for another, and has nothing to report.
static struct crew *hire(struct sweeping *s, struct status *status)
{
    const struct sweep_conf *c = s->conf;
    const bool is_less = !c->uses_mpi && s->tasks.n < (size_t)c->n_workers;
    const struct crew_conf crew_conf = {
        .n_workers = is_less ? (int)s->tasks.n : c->n_workers, .work = work, .argument = s};
    struct crew *local = crew_hire(&crew_conf);
    if (local == NULL) {
        status_fail(status, STATUS_IO, "no process can be made: %s", strerror(errno));
        return NULL;
    }
    return c->uses_mpi ? mpicrew_join(local, status) : local;
}

static bool run_tasks(struct sweeping *s, struct crew *crew, struct status *status)
{
    struct arena arena = {0};
    bool is_good = sweeplog_open(&s->log, file_of(s->conf, &arena, "log"), status);
    if (is_good) {
        s->heartbeat = fopen(file_of(s->conf, &arena, "jsonl"), "a");
        is_good = loop(s, crew, status);
        print_line(s, walltime_s(), true);
        beat(s, walltime_s(), true);
        if (s->heartbeat != NULL)
            fclose(s->heartbeat);
        sweeplog_close(&s->log);
    }
    arena_free(&arena);
    return is_good;
}

bool sweep_run(const struct sweep_conf *conf, const struct sweepresults *results,
               struct sweep_outcome *outcome, struct status *status)
{
    struct sweeping s = {.conf = conf, .outcome = outcome, .began_s = walltime_s()};
    *outcome = (struct sweep_outcome){0};
    find_tasks(&s, results);
    bool is_good = true;
    if (s.tasks.n > 0 || conf->uses_mpi) {
        struct crew *crew = hire(&s, status);
        if (crew != NULL) {
            is_good = s.tasks.n == 0 || run_tasks(&s, crew, status);
            crew_dismiss(crew);
        } else {
            is_good = status->code == STATUS_OK;
            outcome->was_helper = is_good;
        }
    }
    outcome->n_left = outcome->was_helper ? 0 : s.tasks.n - outcome->n_done - outcome->n_failed;
    outcome->wall_s = walltime_s() - s.began_s;
    array_free(&s.tasks);
    return is_good;
}
