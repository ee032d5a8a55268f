#include "cli/study.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/decision.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/jsonout.h"
#include "cli/notes.h"
#include "experiment/compare.h"
#include "experiment/plan.h"
#include "experiment/progress.h"
#include "experiment/runner.h"
#include "results/resultfile.h"

struct study {
    const struct options *options;
    struct scenario scenario;
    struct plan plan;
    struct resultset set;
    struct arena arena; // of the set
    double wall_s;
    struct engine_stats stats; // of a run in windows
};

// Found out before hours of simulation: can the output be created?
static int check_output(const char *path)
{
    struct status status = {0};
    if (path == NULL || resultfile_may_replace(path, &status))
        return STATUS_OK;
    fprintf(stderr, "aasim: %s\n", status.text);
    return (int)status.code;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int load(struct study *study)
{
    const struct options *options = study->options;
    struct scenario_request request = {.topologies = options->files.items,
                                       .n_topologies = options->files.n,
                                       .workload = options->workload,
                                       .faults = options->faults};
    return input_load(&study->scenario, request, options);
}

static void say_start(const struct study *study)
{
    char text[160];
    if (study->options->quiet)
        return;
    if (study->plan.conf.scale < 1)
        fprintf(stderr,
                "aasim: demand and capacity thinned to %g %%: queueing is not representative\n",
                100 * study->plan.conf.scale);
    runner_describe(&study->plan, study->options->threads, text, sizeof text);
    fprintf(stderr, "aasim: %s\n", text);
}

static bool simulate(struct study *study)
{
    const struct options *options = study->options;
    struct progress_conf conf = {.out = options->quiet ? NULL : stderr,
                                 .is_terminal = isatty(STDERR_FILENO) == 1,
                                 .n_jobs = plan_jobs(&study->plan),
                                 .simulated_s = plan_simulated_s(&study->plan)};
    struct progress *progress = progress_create(&conf);
    struct runner_conf run = {.plan = &study->plan,
                              .n_threads = options->threads,
                              .cancel = interrupt_requested(),
                              .progress = progress,
                              .stats = &study->stats};
    double start = now_s();
    bool is_done = runner_run(&run, &study->set);
    interrupt_settle();
    study->wall_s = now_s() - start;
    progress_free(progress);
    if (!is_done)
        fputs(INTERRUPT_TEXT, stderr);
    return is_done;
}

static int write_results(const struct study *study)
{
    struct status status = {0};
    const char *path = study->options->output;
    if (path == NULL)
        return STATUS_OK;
    if (!resultfile_write(path, &study->set, &status)) {
        fprintf(stderr, "aasim: %s\n", status.text);
        return (int)status.code;
    }
    if (!study->options->quiet)
        fprintf(stderr, "aasim: results in %s\n", path);
    return STATUS_OK;
}

static void print_results(const struct study *study)
{
    const struct options *options = study->options;
    struct notes notes;
    notes_collect(&notes, &study->set, &study->plan, options->threads, &study->stats);
    if (options->json) {
        bool over_jobs = runner_mode_for(&study->plan, options->threads) == RUNNER_REPLICATIONS;
        int n_threads = runner_threads_for(&study->plan, options->threads);
        struct jsonout_execution execution = {.n_threads = n_threads,
                                              .mode = over_jobs ? "replications" : "windows",
                                              .wall_s = study->wall_s,
                                              .stats = &study->stats};
        jsonout_print(&study->set, &notes, &execution, stdout);
    } else {
        decision_print(&study->set, &notes, stdout, options_colour(options, stdout));
    }
    notes_free(&notes);
}

static int run_loaded(struct study *study)
{
    const struct options *options = study->options;
    struct plan_conf plan = {options->seed, options->replications, options->scale};
    struct compare_conf compare = {options->seed, options->replications, options->level,
                                   options->scale};
    int code = STATUS_OK;
    interrupt_install();
    plan_init(&study->plan, &study->scenario, &plan);
    compare_init(&study->set, &study->arena, &study->scenario, &compare);
    say_start(study);
    if (simulate(study)) {
        compare_finish(&study->set);
        code = write_results(study);
        print_results(study);
    } else {
        code = interrupt_exit_code();
    }
    compare_free(&study->set);
    arena_free(&study->arena);
    plan_free(&study->plan);
    return code;
}

bool study_usage(const struct options *options, const char *verb)
{
    if (options->workload != NULL)
        return true;
    fprintf(stderr, "aasim %s: a workload is needed (--workload FILE)\n", verb);
    for (size_t i = 0; i < options->files.n; ++i)
        if (scenario_kind_of(options->files.items[i]) == SCENARIO_WORKLOAD)
            fprintf(stderr, "  '%s' is one: give it as --workload %s\n", options->files.items[i],
                    options->files.items[i]);
    return false;
}

int study_conduct(const struct options *options)
{
    struct study study = {.options = options};
    int code = check_output(options->output);
    if (code == STATUS_OK)
        code = load(&study);
    if (code == STATUS_OK)
        code = run_loaded(&study);
    scenario_free(&study.scenario);
    return code;
}
