// Benchmarks of aasim: prints a table a bench, and writes a CSV file a bench.
//
// usage: bench [--quick] [--only NAME[,NAME...]] [--out FOLDER] [--list]
//
// --quick shrinks everything until the whole takes seconds: to see that it works. The exit code
// says whether the benches ran and what they compare agrees; a target that is missed is no failure.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <gsl/gsl_errno.h>

#include "base/base.h"
#include "harness.h"
#include "items.h"
#include "memory.h"
#include "phold.h"
#include "probe.h"
#include "queues.h"
#include "requests.h"
#include "threads.h"
#include "variates.h"

struct bench {
    const char *name, *title;
    void (*run)(struct harness *h);
};

static const struct bench benches[] = {
    {"phold", "pending events held by the engine and by a heap", phold_bench},
    {"queues", "M/M/1 and M/M/8 on the engine and by bare recursion", queues_bench},
    {"requests", "simulated requests through the whole model", requests_bench},
    {"threads", "two threads and one", threads_bench},
    {"memory", "memory of one event, user, request, write; allocations once warm", memory_bench},
    {"variates", "quantile tables and GSL's samplers", variates_bench},
    {"items", "items of a store: few, many, very many", items_bench},
};

static const struct {
    const char *name;
    probe_work work;
} probes[] = {
    {"phold-engine", phold_probe_engine},   {"phold-heap", phold_probe_heap},
    {"phold-big", phold_probe_big},         {"memory-users", memory_probe_users},
    {"memory-flight", memory_probe_flight}, {"memory-writes", memory_probe_writes},
    {"requests-full", requests_probe_full}, {"requests-tier", requests_probe_tier},
    {"requests-bare", requests_probe_bare},
};

struct options {
    const char *only, *folder;
    bool is_quick, is_list;
};

static _Noreturn void usage(void)
{
    fputs("usage: bench [--quick] [--only NAME[,NAME...]] [--out FOLDER] [--list]\n", stderr);
    exit(64);
}

static int answer_probe(const char *name, const char *length)
{
    for (size_t i = 0; i < ARRAY_LEN(probes); i++)
        if (strcmp(name, probes[i].name) == 0) {
            probe_answer(probes[i].work, strtod(length, NULL));
            return 0;
        }
    fprintf(stderr, "bench: no probe '%s'\n", name);
    return 64;
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.folder = "build/bench"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            o.is_quick = true;
        else if (strcmp(argv[i], "--list") == 0)
            o.is_list = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            o.only = argv[++i];
        else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
            o.folder = argv[++i];
        else
            usage();
    }
    return o;
}

// Whether the list of names, separated by commas, holds `name`.
static bool holds(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

// Every name asked for must be one of a bench.
static void check_only(const char *only)
{
    size_t n_asked = 0, n_known = 0;
    for (const char *at = only; at != NULL; at = strchr(at + 1, ','))
        n_asked++;
    for (size_t i = 0; i < ARRAY_LEN(benches); i++)
        n_known += holds(only, benches[i].name);
    if (n_asked != n_known) {
        fprintf(stderr, "bench: --only %s: names are those that --list prints\n", only);
        exit(64);
    }
}

// The folder and those above it.
static void make_folder(const char *path)
{
    char part[512];
    snprintf(part, sizeof part, "%s", path);
    for (char *at = part + 1; at != NULL;) {
        at = strchr(at, '/');
        if (at != NULL)
            *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            fprintf(stderr, "bench: cannot make %s: %s\n", part, strerror(errno));
            exit(74);
        }
        if (at != NULL)
            *at++ = '/';
    }
}

static void run_benches(const struct options *options)
{
    struct harness h = {.is_quick = options->is_quick, .folder = options->folder};
    double start = harness_wall_seconds();
    for (size_t i = 0; i < ARRAY_LEN(benches); i++) {
        if (options->only != NULL && !holds(options->only, benches[i].name))
            continue;
        harness_begin(&h, benches[i].name);
        benches[i].run(&h);
        harness_end(&h, benches[i].title);
    }
    if (h.is_quick)
        printf("quick: sizes are too small for the figures to mean anything, or to be held against "
               "targets\n");
    else
        printf("%d target%s missed, ", h.n_missed, h.n_missed == 1 ? "" : "s");
    printf("%.0f s, rows in %s/*.csv\n", harness_wall_seconds() - start, options->folder);
    array_free(&h.rows);
    array_free(&h.notes);
    arena_free(&h.arena);
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off(); // quantiles are tried at ends where they do not exist
    if (argc == 4 && strcmp(argv[1], "--probe") == 0)
        return answer_probe(argv[2], argv[3]);
    struct options options = parse(argc, argv);
    if (options.is_list) {
        for (size_t i = 0; i < ARRAY_LEN(benches); i++)
            printf("%-12s %s\n", benches[i].name, benches[i].title);
        return 0;
    }
    if (options.only != NULL)
        check_only(options.only);
    make_folder(options.folder);
    run_benches(&options);
    return 0;
}
