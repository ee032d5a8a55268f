#include "cli/conduct.h"

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

struct conducting {
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

static int load(struct conducting *c)
{
    const struct options *options = c->options;
    struct scenario_request request = {.topologies = options->files.items,
                                       .n_topologies = options->files.n,
                                       .workload = options->workload,
                                       .faults = options->faults};
    return input_load(&c->scenario, request, options);
}

static void say_start(const struct conducting *c)
{
    char text[160];
    if (c->options->quiet)
        return;
    if (c->plan.conf.scale < 1)
        fprintf(stderr,
                "aasim: demand and capacity thinned to %g %%: queueing is not representative\n",
                100 * c->plan.conf.scale);
    runner_describe(&c->plan, c->options->threads, text, sizeof text);
    fprintf(stderr, "aasim: %s\n", text);
}

static bool simulate(struct conducting *c)
{
    const struct options *options = c->options;
    struct progress_conf conf = {.out = options->quiet ? NULL : stderr,
                                 .is_terminal = isatty(STDERR_FILENO) == 1,
                                 .n_jobs = plan_jobs(&c->plan),
                                 .simulated_s = plan_simulated_s(&c->plan)};
    struct progress *progress = progress_create(&conf);
    struct runner_conf run = {.plan = &c->plan,
                              .n_threads = options->threads,
                              .cancel = interrupt_requested(),
                              .progress = progress,
                              .stats = &c->stats};
    double start = now_s();
    bool is_done = runner_run(&run, &c->set);
    interrupt_settle();
    c->wall_s = now_s() - start;
    progress_free(progress);
    if (!is_done)
        fputs(INTERRUPT_TEXT, stderr);
    return is_done;
}

static int write_results(const struct conducting *c)
{
    struct status status = {0};
    const char *path = c->options->output;
    if (path == NULL)
        return STATUS_OK;
    if (!resultfile_write(path, &c->set, &status)) {
        fprintf(stderr, "aasim: %s\n", status.text);
        return (int)status.code;
    }
    if (!c->options->quiet)
        fprintf(stderr, "aasim: results in %s\n", path);
    return STATUS_OK;
}

static void print_results(const struct conducting *c)
{
    const struct options *options = c->options;
    struct notes notes;
    notes_collect(&notes, &c->set, &c->plan, options->threads, &c->stats);
    if (options->json) {
        bool over_jobs = runner_mode_for(&c->plan, options->threads) == RUNNER_REPLICATIONS;
        int n_threads = runner_threads_for(&c->plan, options->threads);
        struct jsonout_execution execution = {.n_threads = n_threads,
                                              .mode = over_jobs ? "replications" : "windows",
                                              .wall_s = c->wall_s,
                                              .stats = &c->stats};
        jsonout_print(&c->set, &notes, &execution, stdout);
    } else {
        decision_print(&c->set, &notes, stdout, options_colour(options, stdout));
    }
    notes_free(&notes);
}

static int run_loaded(struct conducting *c)
{
    const struct options *options = c->options;
    struct plan_conf plan = {
        .seed = options->seed, .n_replications = options->replications, .scale = options->scale};
    struct compare_conf compare = {options->seed, options->replications, options->level,
                                   options->scale};
    int code = STATUS_OK;
    interrupt_install();
    plan_init(&c->plan, &c->scenario, &plan);
    compare_init(&c->set, &c->arena, &c->scenario, &compare);
    say_start(c);
    if (simulate(c)) {
        compare_finish(&c->set);
        code = write_results(c);
        print_results(c);
    } else {
        code = interrupt_exit_code();
    }
    compare_free(&c->set);
    arena_free(&c->arena);
    plan_free(&c->plan);
    return code;
}

bool conduct_usage(const struct options *options, const char *verb)
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

int conduct(const struct options *options)
{
    struct conducting c = {.options = options};
    int code = check_output(options->output);
    if (code == STATUS_OK)
        code = load(&c);
    if (code == STATUS_OK)
        code = run_loaded(&c);
    scenario_free(&c.scenario);
    return code;
}
