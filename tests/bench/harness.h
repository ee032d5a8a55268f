// What the benches share: rounds in turn, medians with their spread, a table and a CSV file.
//
// Seconds on a shared machine are noisy, and noise comes in stretches longer than a measurement. So
// nothing is compared across time: the contenders of a contest run in turn, round after round, and
// a ratio is formed within each round. What is reported is the median of the rounds, with the least
// and the greatest.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/array.h"

struct harness_spread {
    double median, low, high; // NaN: none
};

struct harness_spread harness_spread_of(const double *values, size_t n);

// What a figure should reach.
enum harness_goal {
    GOAL_NONE,
    GOAL_VALUE_LEAST,
    GOAL_VALUE_MOST,
    GOAL_RATIO_LEAST,
    GOAL_RATIO_MOST,
    GOAL_RATIO_HOLDS_ONE, // low <= 1 <= high
};

struct harness_target {
    enum harness_goal goal;
    double bound;
};

// A line of the table and of the CSV file. Texts are copied.
struct harness_row {
    const char *variant, *size, *unit;
    size_t rounds;
    struct harness_spread value;
    struct harness_spread ratio;
    const char *reference; // what the ratio divides by; NULL: there is no ratio
    bool is_reference;     // others are divided by it
    struct harness_target target;
};

// One way to do a job. measure() does it once and returns its figure.
struct harness_contender {
    const char *variant;
    const char *size; // NULL: the contest's
    double (*measure)(void *argument);
    void *argument;
    bool is_reference;
    int against; // contender to be divided by, counted from 1; 0: the best of the references
    struct harness_target target;
};

struct harness_contest {
    const char *size, *unit;
    bool is_cost; // the figure is a cost: less is better
    size_t rounds;
    size_t n;
    const struct harness_contender *contenders;
};

enum { HARNESS_MAX_CONTENDERS = 12, HARNESS_MAX_ROUNDS = 15 };

struct harness {
    bool is_quick; // small sizes, few rounds: to see that it works, not to measure
    const char *folder;
    const char *bench; // being run
    FILE *csv;
    struct arena arena;
    ARRAY(struct harness_row) rows;
    ARRAY(const char *) notes;
    int n_missed; // targets, in all benches
};

// Opens the CSV file of a bench; harness_end prints its table and notes.
void harness_begin(struct harness *h, const char *bench);
void harness_end(struct harness *h, const char *title);

// Runs a contest and adds a row for each contender. With several references those that are clearly
// slower than the best one in the first round sit out the others.
void harness_contest(struct harness *h, const struct harness_contest *contest);
void harness_add(struct harness *h, const struct harness_row *row);
// A figure without rounds and without a reference.
void harness_fact(struct harness *h, const char *variant, const char *size, double value,
                  const char *unit);
// A line under the table.
void harness_note(struct harness *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Says on a terminal what is being done; the line is overwritten.
void harness_progress(const struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Of this process, all threads together.
double harness_cpu_seconds(void);
double harness_wall_seconds(void);

static inline struct harness_spread harness_exactly(double value)
{
    return (struct harness_spread){value, value, value};
}
