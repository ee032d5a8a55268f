// Options of the command: one table drives parsing, help and suggestions.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/array.h"

enum options_id {
    OPTIONS_WORKLOAD,
    OPTIONS_FAULTS,
    OPTIONS_SET,
    OPTIONS_OUTPUT,
    OPTIONS_REPLICATIONS,
    OPTIONS_SEED,
    OPTIONS_DURATION,
    OPTIONS_SCALE,
    OPTIONS_LEVEL,
    OPTIONS_THREADS,
    OPTIONS_JSON,
    OPTIONS_SCHEMA,
    OPTIONS_REFERENCE,
    OPTIONS_SHARDS,
    OPTIONS_SHARD,
    OPTIONS_BUDGET,
    OPTIONS_GRACE,
    OPTIONS_RETRY,
    OPTIONS_PARTIAL,
    OPTIONS_SBATCH,
    OPTIONS_MPI,
    OPTIONS_VIRTUAL,
    OPTIONS_PRECISION,
    OPTIONS_SELECT,
    OPTIONS_MOST,
    OPTIONS_OBJECTIVE,
    OPTIONS_POOL,
    OPTIONS_WAITING,
    OPTIONS_QUIET,
    OPTIONS_NO_COLOR,
    OPTIONS_HELP,
    OPTIONS_COUNT,
};

// A set of options, as a verb declares which it takes.
#define OPTIONS_BIT(id) (UINT32_C(1) << (id))
_Static_assert(OPTIONS_COUNT <= 32, "as many bits");

struct options {
    uint32_t given;                 // bits of those that were
    struct arena arena;             // for what argv does not hold
    ARRAY(const char *) files;      // what is not an option, in order
    ARRAY(const char *) sets;       // "path=value"
    ARRAY(const char *) precisions; // "metric=value"
    const char *select;             // the same
    uint32_t most;                  // replications
    const char *workload, *faults, *output, *schema;
    uint32_t replications;
    uint32_t shards;   // of a sweep
    const char *shard; // "3", "3/16"; NULL: not given
    const char *pool;
    uint32_t waiting;         // requests
    double objective_s;       // downtime a year
    double budget_s, grace_s; // budget 0: none
    uint64_t seed;
    double scale, level;
    int threads;
    bool retry_failed, partial, print_sbatch, uses_mpi, is_virtual;
    bool json, reference, quiet, no_color, help;
};

// Parses argv[2..] for a verb that takes the options in `allowed`. On a mistake prints it with the
// nearest valid option to stderr and returns false. Strings stay argv's.
bool options_parse(struct options *options, const char *verb, uint32_t allowed, int argc,
                   char **argv);
static inline bool options_has(const struct options *options, enum options_id id)
{
    return (options->given & OPTIONS_BIT(id)) != 0;
}
// "name".
const char *options_name(enum options_id id);
void options_free(struct options *options);

// Prints the options in `allowed` with their arguments and defaults.
void options_print(uint32_t allowed, FILE *out);

// Whether text to this stream may be coloured: a terminal, and neither --no-color nor NO_COLOR.
bool options_colour(const struct options *options, FILE *stream);
