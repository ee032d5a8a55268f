// Stopping: how many replications are enough for what is asked.
//
// Precision: after each stage the half width of every design's interval (its longer side) is
// compared with the wanted one; when it is too wide, as many more replications are made as would
// shrink it to 0.95 of that if it goes down with the square root of their number, at least a tenth
// more and at most as many again. This is the sequential procedure of Chow and Robbins (On the
// asymptotic theory of fixed-width sequential confidence intervals, Annals of Mathematical
// Statistics 36, 1965), looked at by stages; coverage measured: docs/statistics.md. Selection: the
// two stages of selection.h; the first is what is there when it is asked first. The number depends
// on results alone, never on time.
#pragma once

#include <stdbool.h>

#include "measure/selection.h"
#include "results/resultset.h"

struct stopping {
    double half_width[METRICS]; // in the metric's unit; 0: not asked
    double indifference;        // of the metric `select`; 0: no selection
    enum metric select;
};

// Of a selection.
struct stopping_state {
    size_t needed; // replications; 0: the first stage has not been looked at
};

bool stopping_is_asked(const struct stopping *s);
// Replications wanted in all, of a set that is finished; those that it has: enough.
uint32_t stopping_wanted(const struct stopping *s, struct stopping_state *state,
                         const struct resultset *set);
// The longer side of the widest interval of a metric over the designs; NaN: one has no interval.
double stopping_half_width(const struct resultset *set, enum metric metric);
// A design none of whose replications has a value, so that no number of them would give it a
// precision; NULL: there is none.
const char *stopping_blank(const struct resultset *set, enum metric metric);
// By all replications that are there. False: a design has replications without a value.
bool stopping_select(const struct stopping *s, const struct resultset *set,
                     struct selection *selection);
