// Remarks that belong to every output of a study: what limits the numbers, and what had no effect.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/array.h"
#include "experiment/plan.h"
#include "results/resultset.h"

struct notes {
    struct arena arena;
    ARRAY(const char *) lines;
};

// Collects the remarks on a finished study that ran on n_threads threads; stats: of its windows.
void notes_collect(struct notes *notes, const struct resultset *set, const struct plan *plan,
                   int n_threads, const struct engine_stats *stats);
// Adds a line of one's own.
void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_free(struct notes *notes);
