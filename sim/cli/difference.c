#include "cli/difference.h"

#include <math.h>

#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"

// What is shown, and how: a unit for people and the factor that goes with it.
struct shown {
    enum metric metric;
    const char *label;
    double factor;
};

static const struct shown rows[] = {
    {METRIC_AVAILABILITY, "availability, % points", 100},
    {METRIC_USER_UPTIME, "user-uptime, % points", 100},
    {METRIC_DOWNTIME_MIN_PER_YEAR, "downtime, min/year", 1},
    {METRIC_DOWNTIME_MIN, "downtime, min/run", 1},
    {METRIC_P50_S, "median latency, ms", 1e3},
    {METRIC_P99_S, "99 % latency, ms", 1e3},
    {METRIC_P999_S, "99.9 % latency, ms", 1e3},
    {METRIC_STALE_READ_RATIO, "stale reads, % points", 100},
    {METRIC_LOST_WRITES, "lost writes a run", 1},
    {METRIC_RPO_S, "recovery point, s", 1},
};

static const char *verdict_word(enum verdict verdict, enum table_style *style)
{
    *style = TABLE_PLAIN;
    switch (verdict) {
    case VERDICT_BETTER:
        *style = TABLE_GOOD;
        return "better";
    case VERDICT_WORSE:
        *style = TABLE_BAD;
        return "worse";
    case VERDICT_NOT_DISTINGUISHABLE:
        *style = TABLE_FAINT;
        return "not distinguishable";
    case VERDICT_NOT_COMPARED:
        return "n/a";
    case VERDICT_BASELINE:
        break;
    }
    return "baseline";
}

static bool has_value(const struct resultset *set, enum metric metric)
{
    for (size_t d = 1; d < set->n_designs; ++d)
        if (!isnan(set->designs[d].differences[metric].value))
            return true;
    return false;
}

// Minutes of a run are those of a year but for a factor: one of them is enough.
static bool is_shown(const struct resultset *set, enum metric metric)
{
    if (metric == METRIC_DOWNTIME_MIN && has_value(set, METRIC_DOWNTIME_MIN_PER_YEAR))
        return false;
    return has_value(set, metric);
}

static void add_row(struct table *table, const struct design_result *design,
                    const struct shown *row, bool is_first)
{
    char text[NUMBER_SIZE];
    enum table_style style;
    const struct estimate *e = &design->differences[row->metric];
    table_cell(table, TABLE_PLAIN, "%s", is_first ? row->label : "");
    table_cell(table, TABLE_PLAIN, "%s", design->topology->name);
    table_cell(table, TABLE_PLAIN, "%s", number_difference(e, row->factor, text));
    table_cell(table, TABLE_PLAIN, "%s", number_interval(e, row->factor, text));
    const char *word = verdict_word(design->verdicts[row->metric], &style);
    table_cell(table, style, "%s", word);
}

void difference_print(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"metric", "design", "difference", "interval", "verdict"};
    struct table table;
    char level[NUMBER_SIZE];
    fprintf(out, "Difference to %s, same random numbers, paired (%s for all designs together)\n\n",
            set->designs[0].topology->name, number_level(set->level, level));
    table_init(&table, ARRAY_LEN(heads), heads, "llrrl");
    for (size_t i = 0; i < ARRAY_LEN(rows); ++i)
        if (is_shown(set, rows[i].metric))
            for (size_t d = 1; d < set->n_designs; ++d)
                add_row(&table, &set->designs[d], &rows[i], d == 1);
    table_print(&table, out, colour);
    table_free(&table);
}
