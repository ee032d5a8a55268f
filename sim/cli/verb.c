#include "cli/verb.h"

#include <string.h>

#include "base/base.h"
#include "base/status.h"
#include "base/text.h"

static const struct verb *const verbs[] = {&verb_run,  &verb_compare, &verb_sweep,
                                           &verb_rare, &verb_check,   &verb_show};

enum { MAX_STEPS = 8 }; // of a verb

static const char exit_codes[] = "Exit codes\n"
                                 "  0 done   1 internal error   2 wrong usage   4 some points "
                                 "failed   65 mistakes in the files\n"
                                 "  66 a file is missing\n"
                                 "  73 output cannot be created   74 input or output failed   75, "
                                 "130 interrupted (SIGTERM, SIGINT)\n";

static void print_overview(FILE *out)
{
    fputs("aasim simulates active-active cloud designs, request by request, and says which to "
          "build.\n"
          "\n"
          "Usage: aasim VERB [OPTION]... FILE...\n"
          "\n"
          "Verbs\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(verbs); ++i)
        fprintf(out, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    fputs("  help     this text; 'aasim help VERB' and 'aasim VERB --help' say more\n"
          "  version  this program's version, as does 'aasim --version'\n"
          "\n"
          "Example\n"
          "  aasim compare topologies/one-region.yaml topologies/active-active.yaml \\\n"
          "      --workload workloads/global-shop.yaml --faults "
          "workloads/regional-service-loss.yaml\n"
          "\n",
          out);
    fputs(exit_codes, out);
}

// What no step takes by itself, all take.
static uint32_t of_all_steps(const struct verb *verb)
{
    uint32_t all = verb->options;
    for (size_t i = 0; i < verb->n_steps; ++i)
        all &= ~verb->steps[i].options;
    return all;
}

static void print_names(uint32_t options, FILE *out)
{
    for (int id = 0; id < OPTIONS_COUNT; ++id)
        if (options & OPTIONS_BIT(id))
            fprintf(out, " --%s", options_name((enum options_id)id));
    fputc('\n', out);
}

static void print_steps(const struct verb *verb, FILE *out)
{
    fputs("\nOptions of each step\n", out);
    for (size_t i = 0; i < verb->n_steps; ++i) {
        fprintf(out, "  %-8s", verb->steps[i].name);
        print_names(verb->steps[i].options, out);
    }
    fputs("  all     ", out);
    print_names(of_all_steps(verb), out);
}

static void print_verb(const struct verb *verb, FILE *out)
{
    fprintf(out, "aasim %s: %s\n\nUsage: aasim %s [OPTION]... %s\n\nExamples\n%s\n%s\nOptions\n",
            verb->name, verb->summary, verb->name, verb->arguments, verb->examples, verb->text);
    options_print(verb->options, out);
    if (verb->n_steps > 0)
        print_steps(verb, out);
    fprintf(out, "\n%s", exit_codes);
}

static const struct verb *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); ++i)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int complain_unknown(const char *word)
{
    const char *names[ARRAY_LEN(verbs)];
    for (size_t i = 0; i < ARRAY_LEN(verbs); ++i)
        names[i] = verbs[i]->name;
    const char *nearest = text_nearest(word, names, ARRAY_LEN(verbs));
    fprintf(stderr, "aasim: unknown verb '%s'", word);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean '%s'?", nearest);
    fputs("\nTry 'aasim --help'.\n", stderr);
    return STATUS_USAGE;
}

static int help(int argc, char **argv)
{
    if (argc < 3) {
        print_overview(stdout);
        return STATUS_OK;
    }
    const struct verb *verb = find(argv[2]);
    if (verb == NULL)
        return complain_unknown(argv[2]);
    print_verb(verb, stdout);
    return STATUS_OK;
}

static int run_step(const struct verb *verb, const struct verb_step *step,
                    const struct options *options)
{
    const uint32_t all = of_all_steps(verb);
    for (int id = 0; id < OPTIONS_COUNT; ++id)
        if (options_has(options, (enum options_id)id) &&
            !((step->options | all) & OPTIONS_BIT(id))) {
            fprintf(stderr, "aasim %s %s: --%s has no effect here\n", verb->name, step->name,
                    options_name((enum options_id)id));
            return STATUS_USAGE;
        }
    return step->run(options);
}

static int choose_step(const struct verb *verb, const struct options *options)
{
    const char *word = options->files.n > 0 ? options->files.items[0] : "";
    for (size_t i = 0; i < verb->n_steps; ++i)
        if (strcmp(word, verb->steps[i].name) == 0)
            return run_step(verb, &verb->steps[i], options);
    const char *names[MAX_STEPS];
    REQUIRE(verb->n_steps <= ARRAY_LEN(names), "%s has too many steps", verb->name);
    fprintf(stderr, "aasim %s: '%s' is no step: expected ", verb->name, word);
    for (size_t i = 0; i < verb->n_steps; ++i) {
        names[i] = verb->steps[i].name;
        fprintf(stderr, "%s%s", i == 0 ? "" : i + 1 < verb->n_steps ? ", " : " or ", names[i]);
    }
    const char *nearest = text_nearest(word, names, verb->n_steps);
    fprintf(stderr, nearest != NULL ? "; did you mean '%s'?\n" : "\n", nearest);
    return STATUS_USAGE;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
    struct options options;
    int code = STATUS_USAGE;
    if (!options_parse(&options, verb->name, verb->options, argc, argv)) {
        fprintf(stderr, "Try 'aasim %s --help'.\n", verb->name);
    } else if (options.help) {
        print_verb(verb, stdout);
        code = STATUS_OK;
    } else {
        code = verb->run != NULL ? verb->run(&options) : choose_step(verb, &options);
    }
    options_free(&options);
    return code;
}

// A full disk must not look like success.
static int flushed(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fputs("aasim: standard output cannot be written\n", stderr);
    return code == STATUS_OK ? STATUS_IO : code;
}

int verb_main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "--help";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_overview(stdout);
        return flushed(STATUS_OK);
    }
    if (strcmp(word, "help") == 0)
        return flushed(help(argc, argv));
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        puts("aasim " AASIM_VERSION);
        return flushed(STATUS_OK);
    }
    const struct verb *verb = find(word);
    return flushed(verb != NULL ? run_verb(verb, argc, argv) : complain_unknown(word));
}
