// An experiment from the command line: load, run, compare, write, print. What `aasim run` and
// `aasim compare` share.
#pragma once

#include "cli/options.h"

// What both verbs take.
#define CONDUCT_OPTIONS                                                                            \
    (OPTIONS_BIT(OPTIONS_WORKLOAD) | OPTIONS_BIT(OPTIONS_FAULTS) | OPTIONS_BIT(OPTIONS_SET) |      \
     OPTIONS_BIT(OPTIONS_OUTPUT) | OPTIONS_BIT(OPTIONS_REPLICATIONS) | OPTIONS_BIT(OPTIONS_SEED) | \
     OPTIONS_BIT(OPTIONS_DURATION) | OPTIONS_BIT(OPTIONS_SCALE) | OPTIONS_BIT(OPTIONS_LEVEL) |     \
     OPTIONS_BIT(OPTIONS_PRECISION) | OPTIONS_BIT(OPTIONS_MOST) | OPTIONS_BIT(OPTIONS_BUDGET) |    \
     OPTIONS_BIT(OPTIONS_OBJECTIVE) | OPTIONS_BIT(OPTIONS_THREADS) | OPTIONS_BIT(OPTIONS_JSON) |   \
     OPTIONS_BIT(OPTIONS_QUIET) | OPTIONS_BIT(OPTIONS_NO_COLOR) | OPTIONS_BIT(OPTIONS_HELP))

// Whether the options suffice; prints what is wrong with them, in the name of the verb.
bool conduct_usage(const struct options *options, const char *verb);
// Conducts what the options describe on options->files; returns the exit code.
int conduct(const struct options *options, const char *verb);
