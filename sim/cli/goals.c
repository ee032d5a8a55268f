#include "cli/goals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "cli/number.h"
#include "scenario/quantity.h"

// How a metric's values are written: its unit says.
static enum dimension dimension_of(enum metric metric)
{
    return strcmp(metric_unit(metric), "s") == 0 ? DIMENSION_TIME
           : metric_is_share(metric)             ? DIMENSION_RATIO
                                                 : DIMENSION_NUMBER;
}

static bool complain_metric(const char *verb, const char *option, const char *word)
{
    const char *names[METRICS];
    for (int m = 0; m < METRICS; ++m)
        names[m] = metric_name((enum metric)m);
    const char *nearest = text_nearest(word, names, METRICS);
    fprintf(stderr, "aasim %s: --%s: '%s' is no metric", verb, option, word);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean '%s'?", nearest);
    fputs("\n  expected one of", stderr);
    for (int m = 0; m < METRICS; ++m)
        fprintf(stderr, "%s %s", m > 0 ? "," : "", names[m]);
    fputc('\n', stderr);
    return false;
}

// "availability=0.1 %"
static bool read_goal(const char *verb, const char *option, const char *text, enum metric *metric,
                      double *value)
{
    char word[64];
    struct quantity_mistake mistake;
    const size_t length = strcspn(text, "=");
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    int m = 0;
    while (m < METRICS && strcmp(word, metric_name((enum metric)m)) != 0)
        ++m;
    if (m == METRICS)
        return complain_metric(verb, option, word);
    *metric = (enum metric)m;
    if (text[length] == '=' &&
        quantity_parse(text + length + 1, dimension_of(*metric), value, &mistake) && *value > 0 &&
        (*value < 1 || dimension_of(*metric) != DIMENSION_RATIO))
        return true;
    fprintf(stderr, "aasim %s: --%s '%s': expected %s\n", verb, option, text,
            dimension_of(*metric) == DIMENSION_RATIO ? "a share between 0 and 100 %, as in '=0.1 %'"
            : dimension_of(*metric) == DIMENSION_TIME ? "a duration above 0, as in '=5 ms'"
                                                      : "a number above 0, as in '=2'");
    return false;
}

// What only limits how far a goal is pursued is nothing without one.
static bool has_goal(const struct options *options, const char *verb)
{
    const char *limit = options_has(options, OPTIONS_MOST) ? "max-replications"
                        : options->budget_s > 0            ? "time-budget"
                                                           : NULL;
    if (limit == NULL || options->precisions.n > 0 || options->select != NULL)
        return true;
    fprintf(stderr,
            "aasim %s: --%s limits what --precision or --select ask for: give one of them\n", verb,
            limit);
    return false;
}

bool goals_read(const struct options *options, const char *verb, struct stopping *stopping)
{
    *stopping = (struct stopping){0};
    if (!has_goal(options, verb))
        return false;
    for (size_t i = 0; i < options->precisions.n; ++i) {
        enum metric metric;
        double value;
        if (!read_goal(verb, "precision", options->precisions.items[i], &metric, &value))
            return false;
        stopping->half_width[metric] = value;
    }
    if (options->select != NULL && options->files.n < 2) {
        fprintf(stderr, "aasim %s: --select: there is one design only\n", verb);
        return false;
    }
    if (options->select != NULL && options->level <= 0.5) {
        fprintf(stderr, "aasim %s: --select needs a --level above 0.5\n", verb);
        return false;
    }
    return options->select == NULL ||
           read_goal(verb, "select", options->select, &stopping->select, &stopping->indifference);
}

// In the metric's unit, for people.
static void write_value(enum metric metric, double value, char out[NUMBER_SIZE])
{
    char plain[48], digits[NUMBER_SIZE];
    const double rounded = strtod(number_short(value, digits), NULL);
    if (dimension_of(metric) == DIMENSION_RATIO)
        snprintf(out, NUMBER_SIZE, "%s %% points", number_short(100 * value, digits));
    else if (dimension_of(metric) == DIMENSION_TIME)
        snprintf(out, NUMBER_SIZE, "%s", quantity_format(rounded, DIMENSION_TIME, plain));
    else
        snprintf(out, NUMBER_SIZE, "%s", digits);
}

static void note_precision(struct notes *notes, const struct resultset *set, enum metric metric,
                           double wanted)
{
    char asked[NUMBER_SIZE], reached[NUMBER_SIZE];
    const char *blank = stopping_blank(set, metric);
    if (blank != NULL) {
        notes_add(notes, "%s has no value in any replication of %s: no precision can be reached.",
                  metric_name(metric), blank);
        return;
    }
    const double half = stopping_half_width(set, metric);
    write_value(metric, wanted, asked);
    write_value(metric, half, reached);
    notes_add(notes, "%s is known to +- %s or better in all designs after %u replications%s%s.",
              metric_name(metric), isnan(half) ? "nothing" : reached, set->n_replications,
              half <= wanted ? ", asked for +- " : ": NOT to the +- that was asked for, ", asked);
}

static void note_selection(struct notes *notes, const struct stopping *s,
                           const struct stopping_state *state, const struct resultset *set)
{
    char within[NUMBER_SIZE], level[NUMBER_SIZE], reached[NUMBER_SIZE];
    struct selection found;
    if (!stopping_select(s, set, &found)) {
        notes_add(notes, "No design can be selected by %s: %s.", metric_name(s->select),
                  set->n_replications < 2 ? "one replication has no spread"
                                          : "it has no value in some replications");
        return;
    }
    write_value(s->select, s->indifference, within);
    write_value(s->select, found.distance, reached);
    number_level(set->level, level);
    if (set->n_replications >= state->needed)
        notes_add(notes,
                  "Selected by %s: %s. With probability %s or more it is the best design, or "
                  "within %s of "
                  "it (Nelson and Matejcik; %zu replications were needed).",
                  metric_name(s->select), set->designs[found.best].topology->name, level, within,
                  state->needed);
    else
        notes_add(
            notes,
            "Best in %s so far: %s, but within %s it would take %zu replications to select one; "
            "with these %u it is the best, or within %s of it, with probability %s.",
            metric_name(s->select), set->designs[found.best].topology->name, within, state->needed,
            set->n_replications, reached, level);
}

void goals_note(struct notes *notes, const struct stopping *s, const struct stopping_state *state,
                const struct resultset *set)
{
    for (int m = 0; m < METRICS; ++m)
        if (s->half_width[m] > 0)
            note_precision(notes, set, (enum metric)m, s->half_width[m]);
    if (s->indifference > 0)
        note_selection(notes, s, state, set);
}
