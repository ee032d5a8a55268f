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

enum runner_mode runner_mode_for(const struct plan *plan, int n_threads)
{
    return plan_jobs(plan) >= (size_t)n_threads ? RUNNER_REPLICATIONS : RUNNER_WINDOWS;
}

void runner_describe(const struct plan *plan, int n_threads, char *out, size_t size)
{
    size_t jobs = plan_jobs(plan);
    const char *how = n_threads == 1 ? "one after another"
                      : runner_mode_for(plan, n_threads) == RUNNER_REPLICATIONS
                          ? "replications in parallel"
                          : "windows in parallel inside each run";
    snprintf(out, size, "%zu run%s on %d thread%s, %s", jobs, jobs == 1 ? "" : "s", n_threads,
             n_threads == 1 ? "" : "s", how);
}

static void report_share(void *argument, double share)
{
    struct job_progress *at = argument;
    progress_report(at->progress, at->job, share);
}

// Nothing about a job depends on the thread that runs it or on the jobs run before.
static void run_job(void *argument, size_t job)
{
    struct runner *runner = argument;
    const struct runner_conf *conf = runner->conf;
    if (conf->cancel != NULL && *conf->cancel) {
        atomic_store(&runner->was_cancelled, true);
        return;
    }
    size_t design = plan_design(conf->plan, job);
    uint32_t replication = plan_replication(conf->plan, job);
    struct job_progress at = {conf->progress, job};
    const struct world_run_conf run = {
        .seed = conf->plan->conf.seed,
        .replication = replication,
        .n_threads = runner->threads_per_job,
        .cancel = conf->cancel,
        .progress = conf->progress != NULL ? report_share : NULL,
        .progress_argument = &at,
    };
    if (!world_run(conf->plan->models[design], &run,
                   &runner->set->designs[design].records[replication]))
        atomic_store(&runner->was_cancelled, true);
    else if (conf->progress != NULL)
        progress_report(conf->progress, job, 1);
}

bool runner_run(const struct runner_conf *conf, struct resultset *set)
{
    REQUIRE(conf->n_threads >= 1, "%d threads", conf->n_threads);
    REQUIRE(set->n_designs == conf->plan->n_designs, "%zu designs, plan of %zu", set->n_designs,
            conf->plan->n_designs);
    bool over_jobs = runner_mode_for(conf->plan, conf->n_threads) == RUNNER_REPLICATIONS;
    struct runner runner = {.conf = conf, .set = set};
    runner.threads_per_job = over_jobs ? 1 : conf->n_threads;
    if (over_jobs)
        parallel_for(conf->n_threads, plan_jobs(conf->plan), run_job, &runner);
    for (size_t job = 0; !over_jobs && job < plan_jobs(conf->plan); ++job)
        run_job(&runner, job);
    return !atomic_load(&runner.was_cancelled);
}
