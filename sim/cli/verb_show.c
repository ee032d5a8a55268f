#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/status.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/verb.h"

static int show_schema(const char *word)
{
    static const char *const words[] = {"topology", "workload", "faults", "study"};
    static const enum scenario_kind kinds[] = {SCENARIO_TOPOLOGY, SCENARIO_WORKLOAD,
                                               SCENARIO_FAULTS, SCENARIO_STUDY};
    for (size_t i = 0; i < ARRAY_LEN(words); ++i)
        if (strcmp(word, words[i]) == 0) {
            scenario_write_schema(kinds[i], stdout);
            return STATUS_OK;
        }
    const char *nearest = text_nearest(word, words, ARRAY_LEN(words));
    fprintf(stderr, "aasim show: --schema '%s': expected topology, workload, faults or study",
            word);
    fprintf(stderr, nearest != NULL ? "; did you mean '%s'?\n" : "\n", nearest);
    return STATUS_USAGE;
}

static int show_files(const struct options *options)
{
    struct scenario scenario;
    struct scenario_request request = {.topologies = options->files.items,
                                       .n_topologies = options->files.n,
                                       .workload = options->workload,
                                       .faults = options->faults};
    int code = input_load(&scenario, request, options);
    if (code == STATUS_OK)
        scenario_show(&scenario, stdout);
    scenario_free(&scenario);
    return code;
}

static int show(const struct options *options)
{
    if (options->schema != NULL)
        return show_schema(options->schema);
    if (options->reference) {
        scenario_write_reference(stdout);
        return STATUS_OK;
    }
    if (options->files.n == 0 && options->workload == NULL && options->faults == NULL) {
        fputs("aasim show: a topology, --workload, --faults, --schema or --reference is needed\n",
              stderr);
        return STATUS_USAGE;
    }
    return show_files(options);
}

const struct verb verb_show = {
    .name = "show",
    .arguments = "[TOPOLOGY...]",
    .summary = "print the model as resolved: every value, every default and its source",
    .examples = "  aasim show topologies/active-active.yaml\n"
                "  aasim show topologies/active-active.yaml --workload workloads/global-shop.yaml\n"
                "  aasim show --schema topology > topology.schema.json\n",
    .text = "Prints each value with its unit, where it comes from (file and line, or default) and, "
            "for a\n"
            "default, what it rests on. With --schema or --reference: what may be written in the "
            "files.\n",
    .options = OPTIONS_BIT(OPTIONS_WORKLOAD) | OPTIONS_BIT(OPTIONS_FAULTS) |
               OPTIONS_BIT(OPTIONS_SET) | OPTIONS_BIT(OPTIONS_DURATION) |
               OPTIONS_BIT(OPTIONS_SCHEMA) | OPTIONS_BIT(OPTIONS_REFERENCE) |
               OPTIONS_BIT(OPTIONS_NO_COLOR) | OPTIONS_BIT(OPTIONS_HELP),
    .run = show,
};
