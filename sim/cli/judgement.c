#include "cli/judgement.h"

#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "cli/number.h"
#include "experiment/compare.h"

static double availability(const struct resultset *set, size_t design)
{
    double value = set->designs[design].metrics[METRIC_AVAILABILITY].value;
    return isnan(value) ? -1 : value;
}

// The best design but `except`; ties go to the earlier one.
static size_t best_but(const struct resultset *set, size_t except)
{
    size_t best = except == 0 ? 1 : 0;
    for (size_t d = best + 1; d < set->n_designs; ++d)
        if (d != except && availability(set, d) > availability(set, best))
            best = d;
    return best;
}

struct judgement judgement_of(const struct resultset *set)
{
    REQUIRE(set->n_designs >= 2 && set->n_designs <= JUDGEMENT_DESIGNS, "%zu designs",
            set->n_designs);
    struct judgement j = {.best = best_but(set, set->n_designs)};
    double rivals = (double)(set->n_designs - 1);
    j.next = best_but(set, j.best);
    for (size_t d = 0; d < set->n_designs; ++d) {
        if (d == j.best)
            continue;
        struct compare_pair pair = compare_pair(set, j.best, d, METRIC_AVAILABILITY);
        double p = fmin(1, pair.p * rivals);
        if (isnan(pair.p) || p >= 1 - set->level || pair.difference.value <= 0)
            j.tied[j.n_tied++] = d;
        if (d != j.next)
            continue;
        j.lead = pair.difference;
        j.p = isnan(pair.p) ? pair.p : p;
        j.replications = pair.replications;
    }
    return j;
}

static const char *name(const struct resultset *set, size_t design)
{
    return set->designs[design].topology->name;
}

static void list_tied(const struct resultset *set, const struct judgement *j, char *out,
                      size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < j->n_tied && used < size; ++i) {
        const char *between = i == 0 ? "" : i + 1 == j->n_tied ? " and " : ", ";
        int written = snprintf(out + used, size - used, "%s%s", between, name(set, j->tied[i]));
        used += written > 0 ? (size_t)written : 0;
    }
}

void judgement_sentence(const struct resultset *set, const struct judgement *j, char *out,
                        size_t size)
{
    char lead[NUMBER_SIZE], level[NUMBER_SIZE], tied[512];
    number_level(set->level, level);
    number_short(100 * j->lead.value, lead);
    list_tied(set, j, tied, sizeof tied);
    if (set->n_replications < 2)
        snprintf(out, size,
                 "Highest availability: %s; one replication cannot tell designs apart"
                 " (--replications).",
                 name(set, j->best));
    else if (j->n_tied == 0)
        snprintf(out, size,
                 "Best by availability: %s, %s percentage points above %s, the next best:"
                 " distinguishable at the %s level.",
                 name(set, j->best), lead, name(set, j->next), level);
    else if (j->replications <= 100000)
        snprintf(out, size,
                 "Highest availability: %s, but not distinguishable from %s at the %s level;"
                 " about %.0f replications might tell it from %s.",
                 name(set, j->best), tied, level, j->replications, name(set, j->next));
    else
        snprintf(out, size,
                 "Highest availability: %s, but not distinguishable from %s at the %s level.",
                 name(set, j->best), tied, level);
}
