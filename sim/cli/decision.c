#include "cli/decision.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/simtime.h"
#include "cli/caches.h"
#include "cli/difference.h"
#include "cli/endpoints.h"
#include "cli/failover.h"
#include "cli/judgement.h"
#include "cli/latency.h"
#include "cli/number.h"
#include "cli/outcomes.h"
#include "cli/paragraph.h"
#include "cli/recovery.h"
#include "cli/sessions.h"
#include "cli/stores.h"
#include "cli/table.h"
#include "cli/uptimes.h"
#include "cli/years.h"

// "4 h" for "4 h 00 min 00 s".
static void drop_zeros(char *duration)
{
    static const char *const tails[] = {" 00 s", " 00 min", " 00 h"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; ++i) {
        size_t all = strlen(duration), tail = strlen(tails[i]);
        if (all > tail && strcmp(duration + all - tail, tails[i]) == 0)
            duration[all - tail] = '\0';
    }
}

static void print_heading(const struct resultset *set, FILE *out)
{
    char text[512], duration[32], level[NUMBER_SIZE];
    simtime_format(simtime_from_seconds(set->workload->duration_s), duration);
    drop_zeros(duration);
    number_level(set->level, level);
    snprintf(text, sizeof text,
             "%s under %s: %s, %" PRIu32 " replication%s a design, seed %" PRIu64 "%s%s%s",
             set->workload->name, set->plan != NULL ? set->plan->name : "no faults", duration,
             set->n_replications, set->n_replications == 1 ? "" : "s", set->seed,
             set->n_replications > 1 ? ", " : "", set->n_replications > 1 ? level : "",
             set->n_replications > 1 ? " intervals" : "");
    paragraph_print(text, "", "", DECISION_COLUMNS, out);
    if (set->scale < 1)
        fputs("Thinned demand and capacity: queueing is not representative.\n", out);
    fputc('\n', out);
}

static const struct estimate *metric_of(const struct resultset *set, size_t design,
                                        enum metric metric)
{
    return &set->designs[design].metrics[metric];
}

static void add_estimate(struct table *table, const struct estimate *e, double factor)
{
    char text[NUMBER_SIZE];
    table_cell(table, TABLE_PLAIN, "%s", number_estimate(e, factor, text));
}

// Which minutes of downtime a table has, and whether what stores lost goes without intervals.
enum { PER_YEAR = 1, PER_RUN = 2, WITHOUT_INTERVALS = 4 };

static bool has_years(const struct resultset *set)
{
    for (size_t d = 0; d < set->n_designs; ++d)
        if (!isnan(metric_of(set, d, METRIC_DOWNTIME_MIN_PER_YEAR)->value))
            return true;
    return false;
}

// A row a design.
static void make_main_table(struct table *table, const struct resultset *set, int downtimes,
                            const char **heads)
{
    char text[NUMBER_SIZE];
    size_t n = 0;
    heads[n++] = "design";
    heads[n++] = "availability\n(answered in time)";
    if (downtimes & PER_YEAR)
        heads[n++] = "downtime\nmin/year";
    if (downtimes & PER_RUN)
        heads[n++] = "downtime\nmin/run";
    heads[n++] = "stale reads\n%";
    heads[n++] = "lost writes\na run";
    table_init(table, n, heads, "llr");
    for (size_t d = 0; d < set->n_designs; ++d) {
        table_cell(table, TABLE_PLAIN, "%s", set->designs[d].topology->name);
        table_cell(table, TABLE_PLAIN, "%s",
                   number_share(metric_of(set, d, METRIC_AVAILABILITY), text));
        if (downtimes & PER_YEAR)
            add_estimate(table, metric_of(set, d, METRIC_DOWNTIME_MIN_PER_YEAR), 1);
        if (downtimes & PER_RUN)
            add_estimate(table, metric_of(set, d, METRIC_DOWNTIME_MIN), 1);
        struct estimate stale = *metric_of(set, d, METRIC_STALE_READ_RATIO);
        struct estimate lost = *metric_of(set, d, METRIC_LOST_WRITES);
        if (downtimes & WITHOUT_INTERVALS)
            stale.low = stale.high = lost.low = lost.high = (double)NAN;
        add_estimate(table, &stale, 100);
        add_estimate(table, &lost, 1);
    }
}

// Where there are minutes a year, those of a run are the first to go when the table would be too
// wide, intervals of what stores lost the second; where there are none, a note says why.
static void print_main_table(const struct resultset *set, FILE *out, bool colour)
{
    struct table table;
    const char *heads[6];
    const bool scales = has_years(set);
    const int ways[] = {scales ? PER_YEAR | PER_RUN : PER_RUN, scales ? PER_YEAR : PER_RUN,
                        (scales ? PER_YEAR : PER_RUN) | WITHOUT_INTERVALS};
    size_t way = 0;
    make_main_table(&table, set, ways[way], heads);
    while (++way < ARRAY_LEN(ways) && table_width(&table) > DECISION_COLUMNS) {
        table_free(&table);
        make_main_table(&table, set, ways[way], heads);
    }
    table_print(&table, out, colour);
    table_free(&table);
}

static void print_judgement(const struct resultset *set, FILE *out)
{
    char sentence[1024];
    struct judgement judgement = judgement_of(set);
    judgement_sentence(set, &judgement, sentence, sizeof sentence);
    paragraph_print(sentence, "", "", DECISION_COLUMNS, out);
}

static void print_notes(const struct notes *notes, FILE *out)
{
    fputs("\nNotes\n", out);
    for (size_t i = 0; i < notes->lines.n; ++i)
        paragraph_print(notes->lines.items[i], "  - ", "    ", DECISION_COLUMNS, out);
}

void decision_print(const struct resultset *set, const struct notes *notes, FILE *out, bool colour)
{
    print_heading(set, out);
    print_main_table(set, out, colour);
    fputc('\n', out);
    uptimes_print(set, out, colour);
    years_print(set, out, colour);
    failover_print(set, DECISION_COLUMNS, out, colour);
    recovery_print(set, DECISION_COLUMNS, out, colour);
    endpoints_print(set, out, colour);
    stores_print(set, DECISION_COLUMNS, out, colour);
    caches_print(set, out, colour);
    sessions_print(set, out, colour);
    if (set->n_designs == 1) {
        latency_print_single(set, out, colour);
        fputc('\n', out);
        outcomes_print(set, out, colour);
    } else {
        latency_print(set, DECISION_COLUMNS, out, colour);
        fputc('\n', out);
        difference_print(set, out, colour);
        fputc('\n', out);
        print_judgement(set, out);
    }
    print_notes(notes, out);
}
