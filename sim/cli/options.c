#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/paragraph.h"
#include "scenario/quantity.h"

enum { HELP_COLUMNS = 100 };

struct options_fact {
    const char *name;
    char letter;          // 0: none
    const char *argument; // what it takes, for help; NULL: nothing
    const char *help;
};

static const struct options_fact facts[OPTIONS_COUNT] = {
    [OPTIONS_WORKLOAD] = {"workload", 'w', "FILE",
                          "demand: populations, request classes, duration"},
    [OPTIONS_FAULTS] = {"faults", 'f', "FILE", "fault plan: what breaks, when, for how long"},
    [OPTIONS_SET] = {"set", 's', "PATH=VALUE",
                     "change a value of the files, e.g. services.web.queue=50; may be repeated"},
    [OPTIONS_OUTPUT] = {"output", 'o', "FILE",
                        "write all results to this HDF5 file; sweep plan: the folder of the plan"},
    [OPTIONS_REPLICATIONS] = {"replications", 'r', "N",
                              "histories a design, with common random numbers; 2 or more give"
                              " intervals (default 10; rare: 200 roots; sweep: the study's)"},
    [OPTIONS_SEED] = {"seed", 0, "N", "of all random numbers (default 1)"},
    [OPTIONS_DURATION] = {"duration", 'd', "TIME",
                          "simulated time, the same as --set duration=TIME"},
    [OPTIONS_SCALE] = {"scale", 0, "SHARE",
                       "thin demand and capacity together, e.g. 0.01; queueing is then not"
                       " representative (default 1)"},
    [OPTIONS_LEVEL] = {"level", 0, "SHARE", "of all intervals and tests (default 0.95)"},
    [OPTIONS_THREADS] = {"threads", 'j', "N",
                         "changes speed, never results (default: all processors)"},
    [OPTIONS_JSON] = {"json", 0, NULL, "print results as JSON instead of tables"},
    [OPTIONS_SCHEMA] = {"schema", 0, "KIND",
                        "print the JSON Schema of topology, workload, faults or study"},
    [OPTIONS_REFERENCE] = {"reference", 0, NULL, "print every key of every file, in Markdown"},
    [OPTIONS_SHARDS] = {"shards", 0, "N", "parts that a sweep can be run in (default 1)"},
    [OPTIONS_SHARD] = {"shard", 0, "I[/N]",
                       "run this one of the plan's shards, counted from 0 (default: $AASIM_SHARD, "
                       "the task of a Slurm array, the rank of an MPI process, else all)"},
    [OPTIONS_BUDGET] =
        {"time-budget", 0, "TIME",
         "begin nothing that would not be done by then: a sweep then ends with code 75, "
         "--precision and --select with what they have after the first stage"},
    [OPTIONS_GRACE] = {"grace", 0, "TIME",
                       "when told to stop, wait so long for what is under way (default 30 s)"},
    [OPTIONS_RETRY] = {"retry-failed", 0, NULL, "run points again that have failed"},
    [OPTIONS_PARTIAL] = {"partial", 0, NULL, "merge what is there, even if points are missing"},
    [OPTIONS_VIRTUAL] = {"virtual", 0, NULL,
                         "merge into FILE.parts/, as many files as the plan has shards, and a FILE "
                         "that shows them as one: memory stays small"},
    [OPTIONS_SBATCH] = {"print-sbatch", 0, NULL,
                        "print a Slurm script that runs the shards as an array job, --threads each "
                        "(default 1)"},
    [OPTIONS_MPI] = {"mpi", 0, NULL,
                     "under mpirun: rank 0 deals points to the other ranks, --threads at a time "
                     "each (default 1); builds by 'make mpi' only"},
    [OPTIONS_PRECISION] = {"precision", 0, "METRIC=VALUE",
                           "go on until no design's interval of the metric is wider than +- VALUE, "
                           "e.g. availability='0.1 %'; may be repeated"},
    [OPTIONS_SELECT] = {"select", 0, "METRIC=VALUE",
                        "go on until the design that is best in the metric is known, unless others "
                        "are within VALUE of it, e.g. latency_p99_s='5 ms'"},
    [OPTIONS_MOST] = {"max-replications", 0, "N",
                      "with --precision or --select: at most so many (default 1000)"},
    [OPTIONS_OBJECTIVE] = {"yearly-downtime", 0, "TIME",
                           "how likely a year has no more downtime than that (default 52.6 min, "
                           "which is 99.99 %)"},
    [OPTIONS_POOL] = {"pool", 0, "NAME", "pool that is watched, such as pool/us-east-1/web/a"},
    [OPTIONS_WAITING] = {"waiting", 0, "N", "requests that wait there, which is what is rare"},
    [OPTIONS_QUIET] = {"quiet", 'q', NULL, "no progress and no remarks on stderr"},
    [OPTIONS_NO_COLOR] = {"no-color", 0, NULL, "no colours (also: NO_COLOR in the environment)"},
    [OPTIONS_HELP] = {"help", 'h', NULL, "this help"},
};

// ---- values
// ---------------------------------------------------------------------------------------------

static bool complain(const char *verb, const char *name, const char *value, const char *expected)
{
    fprintf(stderr, "aasim %s: --%s '%s': expected %s\n", verb, name, value, expected);
    return false;
}

static bool read_count(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || value < least || value > most)
        return false;
    *out = value;
    return true;
}

// "0.95", "95 %"; within (0, 1].
static bool read_share(const char *text, double *out)
{
    const char *at = text;
    if (text_number(&at, out) != TEXT_NUMBER_OK)
        return false;
    while (*at == ' ')
        ++at;
    if (strcmp(at, "%") == 0)
        *out /= 100;
    else if (*at != '\0')
        return false;
    return *out > 0 && *out <= 1;
}

static bool take_number(struct options *options, const char *verb, enum options_id id,
                        const char *value)
{
    const char *name = facts[id].name;
    uint64_t count = 0;
    if (id == OPTIONS_SEED) // JSON and HDF5 readers know signed integers best
        return read_count(value, 0, INT64_MAX, &options->seed) ||
               complain(verb, name, value, "a whole number from 0 to 2^63 - 1");
    if (id == OPTIONS_SCALE)
        return read_share(value, &options->scale) ||
               complain(verb, name, value, "a share above 0 and at most 1, such as 0.01 or '1 %'");
    if (id == OPTIONS_LEVEL)
        return (read_share(value, &options->level) && options->level < 1) ||
               complain(verb, name, value, "a share between 0 and 1, such as 0.95 or '95 %'");
    uint64_t most = id == OPTIONS_THREADS ? 1024 : 1000000;
    if (!read_count(value, 1, most, &count))
        return complain(verb, name, value,
                        id == OPTIONS_THREADS ? "a whole number from 1 to 1024"
                                              : "a whole number from 1 to 1000000");
    if (id == OPTIONS_THREADS)
        options->threads = (int)count;
    else if (id == OPTIONS_MOST)
        options->most = (uint32_t)count;
    else if (id == OPTIONS_WAITING)
        options->waiting = (uint32_t)count;
    else if (id == OPTIONS_SHARDS)
        options->shards = (uint32_t)count;
    else
        options->replications = (uint32_t)count;
    return true;
}

static bool take_time(const char *verb, enum options_id id, const char *value, double *seconds)
{
    struct quantity_mistake mistake;
    return (quantity_parse(value, DIMENSION_TIME, seconds, &mistake) && *seconds >= 0) ||
           complain(verb, facts[id].name, value, "a time such as '90 s' or '3 h'");
}

// Of an option without an argument.
static bool *flag_of(struct options *options, enum options_id id)
{
    bool *const flags[OPTIONS_COUNT] = {
        [OPTIONS_JSON] = &options->json,           [OPTIONS_REFERENCE] = &options->reference,
        [OPTIONS_RETRY] = &options->retry_failed,  [OPTIONS_PARTIAL] = &options->partial,
        [OPTIONS_SBATCH] = &options->print_sbatch, [OPTIONS_VIRTUAL] = &options->is_virtual,
        [OPTIONS_MPI] = &options->uses_mpi,        [OPTIONS_QUIET] = &options->quiet,
        [OPTIONS_NO_COLOR] = &options->no_color,   [OPTIONS_HELP] = &options->help};
    REQUIRE(flags[id] != NULL, "option %d has no place", (int)id);
    return flags[id];
}

static bool take(struct options *options, const char *verb, enum options_id id, const char *value)
{
    if (facts[id].argument == NULL)
        return *flag_of(options, id) = true;
    switch ((int)id) {
    case OPTIONS_WORKLOAD:
        options->workload = value;
        return true;
    case OPTIONS_FAULTS:
        options->faults = value;
        return true;
    case OPTIONS_SET:
        array_push(&options->sets, value);
        return strchr(value, '=') != NULL ||
               complain(verb, "set", value,
                        "PATH=VALUE, such as steering.health_check.interval='30 s'");
    case OPTIONS_OUTPUT:
        options->output = value;
        return true;
    case OPTIONS_DURATION:
        array_push(&options->sets, arena_printf(&options->arena, "duration=%s", value));
        return true;
    case OPTIONS_REPLICATIONS:
    case OPTIONS_SEED:
    case OPTIONS_SCALE:
    case OPTIONS_LEVEL:
    case OPTIONS_THREADS:
    case OPTIONS_SHARDS:
    case OPTIONS_MOST:
    case OPTIONS_WAITING:
        return take_number(options, verb, id, value);
    case OPTIONS_PRECISION:
        array_push(&options->precisions, value);
        return true;
    case OPTIONS_POOL:
        options->pool = value;
        return true;
    case OPTIONS_SELECT:
        options->select = value;
        return true;
    case OPTIONS_SCHEMA:
        options->schema = value;
        return true;
    case OPTIONS_SHARD:
        options->shard = value;
        return true;
    case OPTIONS_BUDGET:
        return take_time(verb, id, value, &options->budget_s);
    case OPTIONS_OBJECTIVE:
        return take_time(verb, id, value, &options->objective_s);
    case OPTIONS_GRACE:
        return take_time(verb, id, value, &options->grace_s);
    default:
        REQUIRE(false, "option %d is not read", (int)id);
    }
    return false;
}

// ---- words
// ----------------------------------------------------------------------------------------------

// getopt's tables for the allowed options; a long option's value is its id + 1.
struct getopt_tables {
    struct option longs[OPTIONS_COUNT + 1];
    char shorts[2 * OPTIONS_COUNT + 2];
};

static void make_tables(struct getopt_tables *t, uint32_t allowed)
{
    size_t n = 0, s = 0;
    t->shorts[s++] = ':'; // tells a missing argument from an unknown option
    for (int id = 0; id < OPTIONS_COUNT; ++id) {
        if (!(allowed & OPTIONS_BIT(id)))
            continue;
        int takes = facts[id].argument != NULL ? required_argument : no_argument;
        t->longs[n++] = (struct option){facts[id].name, takes, NULL, id + 1};
        if (facts[id].letter == 0)
            continue;
        t->shorts[s++] = facts[id].letter;
        if (takes == required_argument)
            t->shorts[s++] = ':';
    }
    t->longs[n] = (struct option){0};
    t->shorts[s] = '\0';
}

// The option for what getopt returned: an id + 1 or a letter.
static enum options_id id_of(int found)
{
    if (found >= 1 && found <= OPTIONS_COUNT)
        return (enum options_id)(found - 1);
    for (int id = 0; id < OPTIONS_COUNT; ++id)
        if (facts[id].letter == found)
            return (enum options_id)id;
    return OPTIONS_COUNT;
}

static void complain_unknown(const char *verb, uint32_t allowed, const char *word)
{
    char bare[64];
    const char *names[OPTIONS_COUNT];
    size_t n = 0, length = strcspn(word + strspn(word, "-"), "=");
    snprintf(bare, sizeof bare, "%.*s", (int)length, word + strspn(word, "-"));
    for (int id = 0; id < OPTIONS_COUNT; ++id)
        if (allowed & OPTIONS_BIT(id))
            names[n++] = facts[id].name;
    const char *nearest = text_nearest(bare, names, n);
    fprintf(stderr, "aasim %s: unknown option '%s'", verb, word);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean '--%s'?", nearest);
    fputc('\n', stderr);
}

bool options_parse(struct options *options, const char *verb, uint32_t allowed, int argc,
                   char **argv)
{
    struct getopt_tables tables;
    make_tables(&tables, allowed);
    *options = (struct options){.replications = 10,
                                .seed = 1,
                                .scale = 1,
                                .level = 0.95,
                                .threads = parallel_available(),
                                .shards = 1,
                                .most = 1000,
                                .objective_s = 365.25 * 86400 * 1e-4,
                                .grace_s = 30};
    opterr = 0; // getopt's own messages would lack the suggestion
    optind = 2;
    for (int found; (found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1;) {
        if (found == ':') {
            fprintf(stderr, "aasim %s: '%s' needs a value\n", verb, argv[optind - 1]);
            return false;
        }
        if (found == '?') {
            char letter[3] = {'-', (char)optopt, '\0'};
            bool is_letter = optopt > OPTIONS_COUNT;
            complain_unknown(verb, allowed, is_letter ? letter : argv[optind - 1]);
            return false;
        }
        const enum options_id id = id_of(found);
        if (id == OPTIONS_SELECT && options_has(options, id)) {
            fprintf(stderr, "aasim %s: --select is given twice: one metric decides\n", verb);
            return false;
        }
        if (!take(options, verb, id, optarg))
            return false;
        options->given |= OPTIONS_BIT(id);
    }
    for (int i = optind; i < argc; ++i)
        array_push(&options->files, argv[i]);
    return true;
}

const char *options_name(enum options_id id)
{
    return facts[id].name;
}

void options_free(struct options *options)
{
    array_free(&options->files);
    array_free(&options->sets);
    array_free(&options->precisions);
    arena_free(&options->arena);
}

void options_print(uint32_t allowed, FILE *out)
{
    for (int id = 0; id < OPTIONS_COUNT; ++id) {
        const struct options_fact *fact = &facts[id];
        if (!(allowed & OPTIONS_BIT(id)))
            continue;
        char words[48], left[64], letter[8] = "    ";
        if (fact->letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", fact->letter);
        snprintf(words, sizeof words, "%s--%s%s%s", letter, fact->name,
                 fact->argument != NULL ? " " : "", fact->argument != NULL ? fact->argument : "");
        snprintf(left, sizeof left, "  %-24s ", words);
        paragraph_print(fact->help, left, "                           ", HELP_COLUMNS, out);
    }
}

bool options_colour(const struct options *options, FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");
    return !options->no_color && (no_color == NULL || *no_color == '\0') &&
           isatty(fileno(stream)) == 1;
}
