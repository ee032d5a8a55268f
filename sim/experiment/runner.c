#include "experiment/runner.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/base.h"
#include "base/parallel.h"

struct runner {
    const struct runner_conf *conf;
    struct resultset *set;
    int threads_per_job;
    atomic_bool was_cancelled;
};

struct job_progress {
    struct progress *progress;
    size_t job;
};

// A window is about as long as the shortest way between two regions or populations. Some 1,000
// events in it, those of 40 requests, pay for its two barriers; with fewer, windows are slower than
// one thread.
static const double window_s = 0.005, least_requests_a_window = 40;

enum runner_mode runner_mode_for(const struct plan *plan, int n_threads)
{
    bool is_worth_it = plan->demand_rps * window_s >= least_requests_a_window;
    return plan_jobs(plan) == 1 && n_threads > 1 && is_worth_it ? RUNNER_WINDOWS
                                                                : RUNNER_REPLICATIONS;
}

int runner_threads_for(const struct plan *plan, int n_threads)
{
    size_t jobs = plan_jobs(plan);
    if (runner_mode_for(plan, n_threads) == RUNNER_WINDOWS || jobs >= (size_t)n_threads)
        return n_threads;
    return (int)jobs;
}

void runner_describe(const struct plan *plan, int n_threads, char *out, size_t size)
{
    size_t jobs = plan_jobs(plan);
    int used = runner_threads_for(plan, n_threads);
    const char *how = "replications in parallel";
    if (runner_mode_for(plan, n_threads) == RUNNER_WINDOWS)
        how = "windows in parallel inside the run";
    else if (jobs == 1 && n_threads > 1)
        how = "too little work a window for more";
    else if (used == 1)
        how = "one after another";
    snprintf(out, size, "%zu run%s on %d thread%s, %s", jobs, jobs == 1 ? "" : "s", used,
             used == 1 ? "" : "s", how);
}

static void report_share(void *argument, double share)
{
    struct job_progress *at = argument;
    progress_report(at->progress, at->job, share);
}

// Nothing about a job depends on the thread that runs it or on the jobs run before.
static void run_job(void *argument, size_t number)
{
    struct runner *runner = argument;
    const struct runner_conf *conf = runner->conf;
    const size_t job = number + conf->first * conf->plan->n_designs;
    if (parallel_flag_is_set(conf->cancel)) {
        atomic_store(&runner->was_cancelled, true);
        return;
    }
    size_t design = plan_design(conf->plan, job);
    uint32_t replication = plan_replication(conf->plan, job);
    struct job_progress at = {conf->progress, number};
    const struct world_run_conf run = {
        .seed = conf->plan->conf.seed,
        .replication = replication,
        .n_threads = runner->threads_per_job,
        .cancel = conf->cancel,
        .progress = conf->progress != NULL ? report_share : NULL,
        .progress_argument = &at,
        .stats = runner->threads_per_job > 1 ? conf->stats : NULL,
    };
    if (!world_run(conf->plan->models[design], &run,
                   &runner->set->designs[design].records[replication]))
        atomic_store(&runner->was_cancelled, true);
    else if (conf->progress != NULL)
        progress_report(conf->progress, number, 1);
}

bool runner_run(const struct runner_conf *conf, struct resultset *set)
{
    REQUIRE(conf->n_threads >= 1, "%d threads", conf->n_threads);
    REQUIRE(set->n_designs == conf->plan->n_designs, "%zu designs, plan of %zu", set->n_designs,
            conf->plan->n_designs);
    bool over_jobs = runner_mode_for(conf->plan, conf->n_threads) == RUNNER_REPLICATIONS;
    int n_threads = runner_threads_for(conf->plan, conf->n_threads);
    struct runner runner = {.conf = conf, .set = set, .threads_per_job = over_jobs ? 1 : n_threads};
    if (over_jobs)
        parallel_for(n_threads, plan_jobs(conf->plan) - conf->first * conf->plan->n_designs,
                     run_job, &runner);
    else
        run_job(&runner, 0);
    return !atomic_load(&runner.was_cancelled);
}
