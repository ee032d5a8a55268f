#include "cli/conduct.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "base/walltime.h"
#include "cli/decision.h"
#include "cli/goals.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/jsonout.h"
#include "cli/judgement.h"
#include "cli/notes.h"
#include "experiment/compare.h"
#include "experiment/plan.h"
#include "experiment/progress.h"
#include "experiment/runner.h"
#include "experiment/yearly.h"
#include "results/resultfile.h"

struct conducting {
    const struct options *options;
    struct scenario scenario;
    struct plan plan;
    struct resultset set;
    struct arena arena; // of the set
    struct stopping stopping;
    struct stopping_state state;
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

// Replications `first` and on.
static bool simulate(struct conducting *c, uint32_t first)
{
    const struct options *options = c->options;
    const double left = 1 - (double)first / c->plan.conf.n_replications;
    struct progress_conf conf = {.out = options->quiet ? NULL : stderr,
                                 .is_terminal = isatty(STDERR_FILENO) == 1,
                                 .n_jobs = plan_jobs(&c->plan) - first * c->plan.n_designs,
                                 .simulated_s = plan_simulated_s(&c->plan) * left};
    struct progress *progress = progress_create(&conf);
    struct runner_conf run = {.plan = &c->plan,
                              .first = first,
                              .n_threads = options->threads,
                              .cancel = interrupt_requested(),
                              .progress = progress,
                              .stats = &c->stats};
    double start = walltime_s();
    bool is_done = runner_run(&run, &c->set);
    c->wall_s += walltime_s() - start;
    progress_free(progress);
    if (!is_done)
        fputs(INTERRUPT_TEXT, stderr);
    return is_done;
}

// How many replications to go on to: as many as are wanted, allowed and affordable.
static uint32_t next_goal(struct conducting *c)
{
    const struct options *options = c->options;
    const uint32_t n = c->set.n_replications;
    uint32_t goal = stopping_wanted(&c->stopping, &c->state, &c->set);
    goal = goal < options->most ? goal : options->most;
    if (options->budget_s > 0) {
        const double affordable = options->budget_s / c->wall_s * n;
        goal = goal <= affordable ? goal : (uint32_t)affordable;
    }
    return goal > n ? goal : n;
}

// Stage by stage, until there are replications enough.
static bool simulate_enough(struct conducting *c)
{
    bool is_done = simulate(c, 0);
    while (is_done) {
        const uint32_t n = c->set.n_replications;
        compare_finish(&c->set);
        const uint32_t goal = next_goal(c);
        if (goal == n)
            break;
        if (!c->options->quiet)
            fprintf(stderr, "aasim: %u replications are not enough: going on to %u\n", n, goal);
        c->plan.conf.n_replications = goal;
        compare_grow(&c->set, &c->arena, goal);
        is_done = simulate(c, n);
    }
    interrupt_settle();
    return is_done;
}

// What it would take to tell the best from the next, at the speed of this machine.
static void say_rest(const struct conducting *c)
{
    const uint32_t n = c->set.n_replications;
    if (c->options->quiet || c->set.n_designs < 2)
        return;
    const struct judgement j = judgement_of(&c->set);
    if (j.n_tied == 0 || !(j.replications > n) || j.replications > 100000)
        return;
    const double more = j.replications - n, minutes = more * c->wall_s / n / 60;
    fprintf(stderr,
            "aasim: not distinguishable yet: about %.0f more replications, %.2g minutes here\n",
            more, minutes);
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
    if (options_has(options, OPTIONS_OBJECTIVE) && isnan(c->set.yearly_objective_min))
        notes_add(&notes, "--yearly-downtime says nothing: these runs have no yearly scale.");
    goals_note(&notes, &c->stopping, &c->state, &c->set);
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
    const bool is_capped = options_has(options, OPTIONS_MOST) &&
                           options->most < options->replications;
    const uint32_t first_stage = is_capped ? options->most : options->replications;
    struct plan_conf plan = {
        .seed = options->seed, .n_replications = first_stage, .scale = options->scale};
    struct compare_conf compare = {options->seed, first_stage, options->level, options->scale};
    int code = STATUS_OK;
    interrupt_install();
    plan_init(&c->plan, &c->scenario, &plan);
    compare_init(&c->set, &c->arena, &c->scenario, &compare);
    say_start(c);
    if (simulate_enough(c)) {
        yearly_finish(&c->set, options->objective_s / 60);
        code = write_results(c);
        print_results(c);
        say_rest(c);
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

int conduct(const struct options *options, const char *verb)
{
    struct conducting c = {.options = options};
    if (!goals_read(options, verb, &c.stopping))
        return STATUS_USAGE;
    int code = check_output(options->output);
    if (code == STATUS_OK)
        code = load(&c);
    if (code == STATUS_OK)
        code = run_loaded(&c);
    scenario_free(&c.scenario);
    return code;
}
