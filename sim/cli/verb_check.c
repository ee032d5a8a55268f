#include <stdio.h>

#include "base/base.h"
#include "base/status.h"
#include "cli/decision.h"
#include "cli/input.h"
#include "cli/jsonout.h"
#include "cli/paragraph.h"
#include "cli/verb.h"
#include "experiment/plan.h"
#include "experiment/study.h"

struct paths {
    ARRAY(const char *) topologies, workloads, faults, studies;
};

// What is neither workload nor fault plan is loaded as a topology: that names what is wrong with
// it.
static void sort_files(const struct options *options, struct paths *paths)
{
    for (size_t i = 0; i < options->files.n; ++i) {
        const char *file = options->files.items[i];
        switch (scenario_kind_of(file)) {
        case SCENARIO_WORKLOAD:
            array_push(&paths->workloads, file);
            break;
        case SCENARIO_FAULTS:
            array_push(&paths->faults, file);
            break;
        case SCENARIO_STUDY:
            array_push(&paths->studies, file);
            break;
        case SCENARIO_TOPOLOGY:
        case SCENARIO_OTHER:
            array_push(&paths->topologies, file);
            break;
        }
    }
}

// What the designs say of themselves under the workload and plan.
static void print_notes(const struct scenario *scenario)
{
    const struct plan_conf conf = {.n_replications = 1, .scale = 1};
    const char *line;
    struct plan plan;
    if (scenario->n_topologies == 0 || scenario->workload == NULL)
        return;
    plan_init(&plan, scenario, &conf);
    for (size_t d = 0; d < plan.n_designs; ++d)
        for (size_t i = 0; (line = model_note(plan.models[d], i)) != NULL; ++i)
            paragraph_print(line, "note: ", "      ", DECISION_COLUMNS, stdout);
    plan_free(&plan);
}

static void report(const struct options *options, struct diag_list *diags,
                   struct jsonout_diagnostics *found)
{
    diag_sort(diags);
    if (options->json)
        jsonout_add_diagnostics(found, diags);
    else
        diag_print(diags, stderr, options_colour(options, stderr));
}

// One load takes all topologies but only one workload and one fault plan: load number i takes the
// i-th of these. With one of each, all are checked against each other.
static bool check_load(const struct options *options, const struct paths *paths, size_t i,
                       struct jsonout_diagnostics *found)
{
    char tables[640];
    struct scenario scenario = {0};
    struct diag_list diags = {0};
    struct scenario_request request = {
        .topologies = paths->topologies.items,
        .n_topologies = i == 0 ? paths->topologies.n : 0,
        .workload = i < paths->workloads.n ? paths->workloads.items[i] : NULL,
        .faults = i < paths->faults.n ? paths->faults.items[i] : NULL,
        .sets = options->sets.items,
        .n_sets = options->sets.n,
        .tables_dir = input_tables_dir(tables, sizeof tables),
    };
    bool is_good = scenario_load(&scenario, &request, &diags);
    report(options, &diags, found);
    if (is_good && !options->json && paths->workloads.n <= 1 && paths->faults.n <= 1)
        print_notes(&scenario); // else it would be chance which of them meet
    diag_free(&diags);
    scenario_free(&scenario);
    return is_good;
}

static bool check_point(const struct options *options, const struct study *study, size_t point,
                        struct jsonout_diagnostics *found)
{
    char text[400];
    struct scenario scenario = {0};
    struct diag_list diags = {0};
    const bool is_good = study_scenario(study, point, &scenario, &diags);
    if (!is_good && !options->json) {
        study_describe(study, point, text, sizeof text);
        fprintf(stderr, "aasim check: point %zu: %s\n", point, text);
    }
    if (!is_good)
        report(options, &diags, found);
    diag_free(&diags);
    scenario_free(&scenario);
    return is_good;
}

// A study, and each of its points up to the first with a mistake: others have the same.
static bool check_study(const struct options *options, const char *path,
                        struct jsonout_diagnostics *found)
{
    char tables[640];
    struct study study;
    struct diag_list diags = {0};
    bool is_good =
        study_load(&study,
                   &(struct study_request){.path = path,
                                           .tables_dir = input_tables_dir(tables, sizeof tables)},
                   &diags);
    report(options, &diags, found);
    for (size_t i = 0; is_good && i < points_count(&study.points); ++i)
        is_good = check_point(options, &study, i, found);
    if (is_good && !options->json)
        printf("%s: %zu point%s, %zu left out by constraints\n", path, points_count(&study.points),
               points_count(&study.points) == 1 ? "" : "s",
               study.points.n_excluded * study.points.n_files);
    diag_free(&diags);
    study_free(&study);
    return is_good;
}

static bool check_all(const struct options *options, const struct paths *paths)
{
    struct jsonout_diagnostics *found = options->json ? jsonout_new_diagnostics() : NULL;
    size_t n_loads = paths->workloads.n > paths->faults.n ? paths->workloads.n : paths->faults.n;
    bool is_good = true;
    if (n_loads == 0 && paths->topologies.n > 0)
        n_loads = 1;
    for (size_t i = 0; i < n_loads; ++i)
        is_good = check_load(options, paths, i, found) && is_good;
    for (size_t i = 0; i < paths->studies.n; ++i)
        is_good = check_study(options, paths->studies.items[i], found) && is_good;
    if (options->json)
        jsonout_print_diagnostics(found, stdout);
    return is_good;
}

static int check(const struct options *options)
{
    struct paths paths = {0};
    if (options->files.n == 0) {
        fputs("aasim check: a file is needed\n", stderr);
        return STATUS_USAGE;
    }
    int code = input_readable(options->files.items, options->files.n);
    if (code != STATUS_OK)
        return code;
    sort_files(options, &paths);
    bool is_good = check_all(options, &paths);
    for (size_t i = 0; is_good && !options->json && i < options->files.n; ++i)
        printf("%s: %s, no mistakes\n", options->files.items[i],
               scenario_kind_name(scenario_kind_of(options->files.items[i])));
    array_free(&paths.topologies);
    array_free(&paths.workloads);
    array_free(&paths.faults);
    array_free(&paths.studies);
    return is_good ? STATUS_OK : STATUS_BAD_INPUT;
}

const struct verb verb_check = {
    .name = "check",
    .arguments = "FILE...",
    .summary = "find all mistakes in topologies, workloads, fault plans and studies",
    .examples = "  aasim check topologies/active-active.yaml\n"
                "  aasim check topologies/*.yaml workloads/*.yaml\n",
    .text =
        "Tells by its keys what each file is, and prints every mistake with file, line, column, "
        "the line\n"
        "itself, what was expected and what was probably meant. With one workload and one fault "
        "plan,\n"
        "all files are checked against each other, and what the designs have to say of them is "
        "noted.\n"
        "Of a study each point is checked.\n"
        "--json prints an array of mistakes to stdout.\n",
    .options = OPTIONS_BIT(OPTIONS_SET) | OPTIONS_BIT(OPTIONS_JSON) |
               OPTIONS_BIT(OPTIONS_NO_COLOR) | OPTIONS_BIT(OPTIONS_HELP),
    .run = check,
};
