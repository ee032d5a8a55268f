#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/sbatch.h"
#include "cli/verb.h"
#include "experiment/sweep.h"
#include "experiment/sweepmerge.h"
#include "experiment/sweepsurvey.h"
#include "results/resultfile.h"
#include "results/sweepfile.h"

// What all steps but the first work on.
struct sweep_files {
    struct sweepplan plan;
    struct sweepresults results;
};

#define LOST_TEXT                                                                                  \
    "%zu bytes of logs are damaged, or were being written when a program was killed: what they "   \
    "held is simulated again\n"

static int complain(const struct status *status)
{
    fprintf(stderr, "aasim sweep: %s\n", status->text);
    return (int)status->code;
}

// The mistakes, and then what they mean.
static int complain_of(const struct options *options, struct diag_list *diags,
                       const struct status *status)
{
    diag_print(diags, stderr, options_colour(options, stderr));
    return complain(status);
}

// ---- plan

static double events_of(const struct sweepplan *plan)
{
    double sum = 0;
    for (size_t i = 0; i < plan->n_points; ++i)
        sum += (double)plan->points[i].events * plan->replications;
    return sum;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

// Of results that are there already, of this plan or others: what they are good for.
static void print_reuse(const struct sweepplan *plan, const char *directory)
{
    struct sweepresults results = {0};
    struct sweepsurvey survey;
    struct status status = {0};
    if (sweepresults_list(&results, directory, plan->replications, &status) &&
        results.parts.n > 0) {
        sweepsurvey_make(&survey, plan, &results);
        printf("%" PRIu64 " of %" PRIu64 " replications have been done already\n", survey.all.done,
               survey.all.done + survey.all.failed + survey.all.missing);
        sweepsurvey_free(&survey);
    }
    sweepresults_free(&results);
}

static void print_plan(const struct sweepplan *plan, const char *directory)
{
    const struct points *p = &plan->study.points;
    char print[IDENTITY_TEXT];
    identity_write(plan->fingerprint, print);
    const struct study_spec *s = plan->study.spec;
    printf("%zu point%s (%zu design%s x %zu workload%s x %zu fault plan%s x %zu row%s%s), "
           "%u replication%s\n",
           plan->n_points, plural(plan->n_points), s->topologies.n, plural(s->topologies.n),
           s->workloads.n, plural(s->workloads.n), s->faults.n, plural(s->faults.n), p->n_rows,
           plural(p->n_rows), p->n_excluded > 0 ? " after constraints" : "", plan->replications,
           plural(plan->replications));
    if (p->n_excluded > 0)
        printf("%zu point%s left out by constraints\n", p->n_excluded * p->n_files,
               p->n_excluded * p->n_files == 1 ? " is" : "s are");
    printf("%u shard%s, about %.3g events in all: %.2g core hours at the speed of the pilots\n",
           plan->n_shards, plan->n_shards == 1 ? "" : "s", events_of(plan), plan->core_s / 3600);
    print_reuse(plan, directory);
    printf("plan %s in %s\n", print, directory);
}

static bool is_busy(const char *directory)
{
    struct arena arena = {0};
    const char *log = sweepresults_busy(&arena, directory);
    if (log != NULL)
        fprintf(stderr,
                "aasim sweep plan: a run is at work in this folder and writes %s: end it first\n",
                log);
    arena_free(&arena);
    return log != NULL;
}

static int plan(const struct options *options)
{
    char tables[640];
    struct sweepplan made;
    struct diag_list diags = {0};
    struct status status = {0};
    if (options->files.n != 2 || options->output == NULL) {
        fputs("aasim sweep plan: a study and a folder (-o DIR) are needed\n", stderr);
        return STATUS_USAGE;
    }
    const int code = input_readable(&options->files.items[1], 1);
    if (code != STATUS_OK)
        return code;
    if (is_busy(options->output))
        return STATUS_CANNOT_CREATE;
    interrupt_install_patiently();
    const struct sweepplan_request request = {
        .study = options->files.items[1],
        .tables_dir = input_tables_dir(tables, sizeof tables),
        .directory = options->output,
        .replications = options_has(options, OPTIONS_REPLICATIONS) ? options->replications : 0,
        .n_shards = options->shards,
        .n_threads = options->threads,
        .cancel = interrupt_requested()};
    const bool is_good = sweepplan_make(&made, &request, &diags, &status);
    const int end = is_good ? STATUS_OK : complain_of(options, &diags, &status);
    if (is_good)
        print_plan(&made, options->output);
    diag_free(&diags);
    sweepplan_free(&made);
    return end;
}

// ---- what is there

static int open_files(const struct options *options, struct sweep_files *files)
{
    struct diag_list diags = {0};
    struct status status = {0};
    const char *directory = options->files.items[1];
    *files = (struct sweep_files){0};
    bool is_good = sweepplan_load(&files->plan, directory, &diags, &status) &&
                   sweepresults_list(&files->results, directory, files->plan.replications, &status);
    const int code = is_good ? STATUS_OK : complain_of(options, &diags, &status);
    diag_free(&diags);
    return code;
}

static void close_files(struct sweep_files *files)
{
    sweepresults_free(&files->results);
    sweepplan_free(&files->plan);
}

static bool names_folder(const struct options *options, const char *step)
{
    if (options->files.n > 2)
        fprintf(stderr, "aasim sweep %s: '%s' is too much: one folder is wanted\n", step,
                options->files.items[2]);
    else if (options->files.n < 2)
        fprintf(stderr, "aasim sweep %s: the folder of a plan is needed\n", step);
    return options->files.n == 2;
}

// ---- run

// Where schedulers and launchers tell a process which one it is, and of how many: alone it is none.
static const struct {
    const char *rank, *size;
} shard_variables[] = {{"AASIM_SHARD", NULL},
                       {"SLURM_ARRAY_TASK_ID", NULL},
                       {"SLURM_PROCID", "SLURM_NTASKS"},
                       {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                       {"PMI_RANK", "PMI_SIZE"}};

// What says which shard it is, and who does; NULL: nobody.
static const char *shard_text(const struct options *options, const char **who)
{
    *who = "--shard";
    if (options->shard != NULL)
        return options->shard;
    for (size_t i = 0; i < ARRAY_LEN(shard_variables); ++i) {
        *who = shard_variables[i].rank;
        const char *value = getenv(*who);
        const char *size = shard_variables[i].size != NULL ? getenv(shard_variables[i].size) : NULL;
        const bool has_size = shard_variables[i].size != NULL;
        const bool is_alone = has_size && (size == NULL || strcmp(size, "1") == 0);
        const bool is_dealt_to = options->uses_mpi && has_size;
        if (value != NULL && value[0] != '\0' && !is_alone && !is_dealt_to)
            return value;
    }
    return NULL;
}

// "3" or "3/16" of a plan with 16 shards.
static bool read_shard(const char *text, uint32_t n_shards, uint32_t *shard)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);
    bool is_good = end != text && text[0] != '-' && value < n_shards;
    if (*end == '/') {
        const char *total = end + 1;
        is_good = is_good && strtoul(total, &end, 10) == n_shards && end != total;
    }
    *shard = (uint32_t)value;
    return is_good && *end == '\0';
}

static bool find_shard(const struct options *options, const struct sweepplan *plan, uint32_t *shard)
{
    const char *who, *text = shard_text(options, &who);
    *shard = SWEEP_ALL;
    if (text == NULL)
        return true;
    if (!read_shard(text, plan->n_shards, shard)) {
        fprintf(stderr,
                "aasim sweep run: shard '%s' (%s) is none of this plan: it has %u, counted from "
                "0\n",
                text, who, plan->n_shards);
        return false;
    }
    if (!options->quiet)
        fprintf(stderr, "aasim: shard %u of %u (%s)\n", *shard, plan->n_shards, who);
    return true;
}

static int report_run(const struct options *options, const struct sweep_outcome *o)
{
    if (!options->quiet && !o->was_helper)
        fprintf(stderr, "aasim: %zu tasks done, %zu failed, %zu left; %.3g events in %.1f s\n",
                o->n_done, o->n_failed, o->n_left, (double)o->events, o->wall_s);
    if (o->n_left > 0)
        return STATUS_INTERRUPTED;
    return o->n_failed > 0 ? STATUS_SOME_FAILED : STATUS_OK;
}

static int run(const struct options *options)
{
    struct sweep_files files;
    struct sweep_outcome outcome;
    struct status status = {0};
    uint32_t shard = SWEEP_ALL;
    int code = names_folder(options, "run") ? open_files(options, &files) : STATUS_USAGE;
    if (code == STATUS_USAGE)
        return code;
    if (code == STATUS_OK && options->print_sbatch) {
        const struct sbatch_conf batch = {
            options->files.items[1], options_has(options, OPTIONS_THREADS) ? options->threads : 1};
        sbatch_print(&files.plan, &batch, stdout);
        close_files(&files);
        return STATUS_OK;
    }
    if (code == STATUS_OK && !find_shard(options, &files.plan, &shard))
        code = STATUS_USAGE;
    if (code == STATUS_OK) {
        interrupt_install_patiently();
        if (files.results.n_lost > 0 && !options->quiet)
            fprintf(stderr, "aasim: " LOST_TEXT, files.results.n_lost);
        const struct sweep_conf conf = {
            .plan = &files.plan,
            .directory = options->files.items[1],
            .shard = shard,
            .n_workers =
                options->uses_mpi && !options_has(options, OPTIONS_THREADS) ? 1 : options->threads,
            .uses_mpi = options->uses_mpi,
            .retries_failed = options->retry_failed,
            .grace_s = options->grace_s,
            .budget_s = options->budget_s,
            .cancel = interrupt_requested(),
            .out = options->quiet ? NULL : stderr,
            .is_terminal = isatty(STDERR_FILENO) == 1};
        code = sweep_run(&conf, &files.results, &outcome, &status) ? report_run(options, &outcome)
                                                                   : complain(&status);
    }
    close_files(&files);
    return code;
}

// ---- status

static void print_row(const char *name, const struct sweepsurvey_shard *t)
{
    printf("%8s %12" PRIu64 " %8" PRIu64 " %8" PRIu64 " %14.3g\n", name, t->done, t->failed,
           t->missing, t->events_left);
}

static int print_status(const struct sweep_files *f)
{
    struct sweepsurvey survey;
    char name[16];
    sweepsurvey_make(&survey, &f->plan, &f->results);
    printf("%8s %12s %8s %8s %14s\n", "shard", "replications", "failed", "missing", "events left");
    for (uint32_t s = 0; s < f->plan.n_shards; ++s) {
        snprintf(name, sizeof name, "%u", s);
        print_row(name, &survey.shards[s]);
    }
    print_row("all", &survey.all);
    if (f->results.n_lost > 0)
        printf(LOST_TEXT, f->results.n_lost);
    sweepsurvey_free(&survey);
    return survey.all.missing > 0  ? STATUS_INTERRUPTED
           : survey.all.failed > 0 ? STATUS_SOME_FAILED
                                   : STATUS_OK;
}

static int status_of(const struct options *options)
{
    struct sweep_files files;
    int code = names_folder(options, "status") ? open_files(options, &files) : STATUS_USAGE;
    if (code == STATUS_USAGE)
        return code;
    if (code == STATUS_OK)
        code = print_status(&files);
    close_files(&files);
    return code;
}

// ---- merge

static int merge_files(const struct options *options, const struct sweep_files *f,
                       const struct sweepsurvey *survey)
{
    struct sweepmerge merged;
    struct status status = {0};
    const struct sweepparts parts = {options->output, survey->digest};
    const struct sweepmerge_conf conf = {&f->plan, &f->results,
                                         options->is_virtual ? &parts : NULL};
    const bool is_good = sweepmerge_make(&merged, &conf, &status) &&
                         sweepfile_write(options->output, &merged.set, &status);
    sweepmerge_free(&merged);
    if (!is_good)
        return complain(&status);
    sweepparts_tidy(&parts, options->is_virtual);
    if (!options->quiet)
        fprintf(stderr, "aasim: %zu points in %s, %zu failed, %zu missing\n", f->plan.n_points,
                options->output, survey->points_failed, survey->points_missing);
    return survey->points_failed > 0 ? STATUS_SOME_FAILED : STATUS_OK;
}

static int merge_what_is_there(const struct options *options, const struct sweep_files *f)
{
    struct sweepsurvey survey;
    int code = STATUS_INTERRUPTED;
    if (f->results.n_lost > 0 && !options->quiet)
        fprintf(stderr, "aasim: " LOST_TEXT, f->results.n_lost);
    sweepsurvey_make(&survey, &f->plan, &f->results);
    if (survey.all.done == 0 && options->partial)
        fputs("aasim sweep merge: nothing has been simulated yet\n", stderr);
    else if (survey.points_missing == 0 || options->partial)
        code = merge_files(options, f, &survey);
    else
        fprintf(stderr,
                "aasim sweep merge: %zu of %zu points are missing; run the rest, or give "
                "--partial\n",
                survey.points_missing, f->plan.n_points);
    sweepsurvey_free(&survey);
    return code;
}

static int merge(const struct options *options)
{
    struct sweep_files files;
    struct status status = {0};
    if (!names_folder(options, "merge"))
        return STATUS_USAGE;
    if (options->output == NULL) {
        fputs("aasim sweep merge: a file for the results (-o FILE) is needed\n", stderr);
        return STATUS_USAGE;
    }
    if (!resultfile_may_replace(options->output, &status))
        return complain(&status);
    int code = open_files(options, &files);
    if (code == STATUS_OK)
        code = merge_what_is_there(options, &files);
    close_files(&files);
    return code;
}

// ---- steps

#define BIT(id) OPTIONS_BIT(OPTIONS_##id)
#define OF_PLAN (BIT(OUTPUT) | BIT(REPLICATIONS) | BIT(THREADS) | BIT(SHARDS))
#define OF_RUN                                                                                     \
    (BIT(THREADS) | BIT(SHARD) | BIT(BUDGET) | BIT(GRACE) | BIT(RETRY) | BIT(SBATCH) | BIT(MPI))
#define OF_MERGE (BIT(OUTPUT) | BIT(PARTIAL) | BIT(VIRTUAL))

static const struct verb_step steps[] = {{"plan", OF_PLAN, plan},
                                         {"run", OF_RUN, run},
                                         {"status", 0, status_of},
                                         {"merge", OF_MERGE, merge}};

const struct verb verb_sweep = {
    .name = "sweep",
    .arguments = "plan STUDY -o DIR | run DIR | status DIR | merge DIR -o FILE",
    .summary = "simulate all points of a study, in shards, resumed as often as need be",
    .examples = "  aasim sweep plan analysis/studies/failover-grid.yaml -o sweep --shards 16\n"
                "  aasim sweep run sweep                 # all shards, on all processors\n"
                "  aasim sweep run sweep --shard 3/16    # on another machine\n"
                "  aasim sweep run sweep --print-sbatch >sweep.sbatch\n"
                "  mpirun -np 64 aasim sweep run sweep --mpi\n"
                "  aasim sweep status sweep\n"
                "  aasim sweep merge sweep -o sweep.h5\n",
    .text = "plan checks every point, copies all files into the folder, and shares the points out. "
            "run does\n"
            "what is not done yet: it may be ended and started again at any time. A point that "
            "fails is\n"
            "recorded, and the rest goes on (exit code 4). SIGTERM, SIGINT and SIGUSR1 end it "
            "cleanly: exit\n"
            "code 75 says that work is left. merge puts everything into one file, the same bytes "
            "whatever\n"
            "the shards and however often it was resumed. A plan may be made again in the same "
            "folder, with\n"
            "more points, replications or shards: what was computed stays good.\n",
    .options = OF_PLAN | OF_RUN | OF_MERGE | BIT(QUIET) | BIT(NO_COLOR) | BIT(HELP),
    .steps = steps,
    .n_steps = ARRAY_LEN(steps),
};
