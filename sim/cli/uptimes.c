#include "cli/uptimes.h"

#include <math.h>

#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"
#include "experiment/uptime.h"
#include "scenario/quantity.h"

static bool has_users(const struct resultset *set)
{
    for (size_t d = 0; d < set->n_designs; ++d)
        if (!isnan(set->designs[d].metrics[METRIC_USER_UPTIME].value))
            return true;
    return false;
}

void uptimes_print(const struct resultset *set, FILE *out, bool colour)
{
    char lengths[UPTIME_LENGTHS][NUMBER_SIZE], plain[48], text[NUMBER_SIZE];
    const char *heads[2 + UPTIME_LENGTHS] = {"design", "whole run"};
    struct table table;
    if (!has_users(set))
        return;
    for (size_t i = 0; i < set->n_uptime_lengths; ++i) {
        snprintf(lengths[i], NUMBER_SIZE, "worst\n%s",
                 quantity_format(set->uptime_length_s[i], DIMENSION_TIME, plain));
        heads[2 + i] = lengths[i];
    }
    fputs("User-uptime, %: users' time in which their latest request had been answered in time; in "
          "the worst\n"
          "stretch of a run of this length, mean over runs\n\n",
          out);
    table_init(&table, 2 + set->n_uptime_lengths, heads, "lr");
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct design_result *design = &set->designs[d];
        table_cell(&table, TABLE_PLAIN, "%s", design->topology->name);
        table_cell(&table, TABLE_PLAIN, "%s",
                   number_estimate(&design->metrics[METRIC_USER_UPTIME], 100, text));
        for (size_t i = 0; i < set->n_uptime_lengths; ++i)
            table_cell(&table, TABLE_PLAIN, "%s",
                       number_estimate(&design->worst_uptime[i], 100, text));
    }
    table_print(&table, out, colour);
    fputc('\n', out);
    table_free(&table);
}
