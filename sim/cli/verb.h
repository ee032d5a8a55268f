// Verbs: what the command can do. One file a verb; the table is in verb.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

// The first argument of some verbs says what part of the work is done.
struct verb_step {
    const char *name;
    uint32_t options; // OPTIONS_BIT of those it takes beside what all steps take
    int (*run)(const struct options *options);
};

struct verb {
    const char *name;
    const char *arguments; // "TOPOLOGY..."
    const char *summary;   // half a line
    const char *examples;  // lines
    const char *text;      // what it does and what it prints
    uint32_t options;      // OPTIONS_BIT of those it takes
    // Does it and returns the exit code. NULL: one of the steps does.
    int (*run)(const struct options *options);
    const struct verb_step *steps; // [n_steps]
    size_t n_steps;
};

extern const struct verb verb_run;
extern const struct verb verb_compare;
extern const struct verb verb_rare;
extern const struct verb verb_check;
extern const struct verb verb_show;
extern const struct verb verb_sweep;

// Reads the command line and does what it says; returns the exit code.
int verb_main(int argc, char **argv);
