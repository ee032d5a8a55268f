// The judgement: which design is best, and whether that can be told from its rivals.
//
// Best means highest availability. Each rival is compared with the best by the paired t test;
// because the best was chosen after seeing the data, p-values are multiplied by the number of
// rivals (Bonferroni).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "results/resultset.h"

enum { JUDGEMENT_DESIGNS = 64 };

struct judgement {
    size_t best, next;    // designs; next: the second best
    struct estimate lead; // availability of best minus next, paired
    double p;             // of the lead, adjusted
    size_t n_tied;        // rivals that cannot be told from the best
    size_t tied[JUDGEMENT_DESIGNS];
    double
        replications; // about so many would tell best and next apart; NaN when that cannot be said
};

// Requires two designs or more; at most JUDGEMENT_DESIGNS.
struct judgement judgement_of(const struct resultset *set);
// The judgement in one sentence.
void judgement_sentence(const struct resultset *set, const struct judgement *judgement, char *out,
                        size_t size);
