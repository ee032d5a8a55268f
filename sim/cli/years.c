#include "cli/years.h"

#include <math.h>

#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"

// More digits would be the bootstrap's own.
static void write_chance(const struct estimate *e, char out[NUMBER_SIZE])
{
    if (e->value >= 0.9995 && !(e->low < 0.9995))
        snprintf(out, NUMBER_SIZE, "> 99.9 %%");
    else if (isnan(e->low))
        snprintf(out, NUMBER_SIZE, "%.1f %%", 100 * e->value);
    else
        snprintf(out, NUMBER_SIZE, "%.1f %% [%.1f, %.1f]", 100 * e->value, 100 * e->low,
                 100 * e->high);
}

void years_print(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"design", "half of the\nyears below", "9 of 10\nbelow",
                                        "99 of 100\nbelow", "within the\nobjective"};
    struct table table;
    char text[NUMBER_SIZE];
    if (isnan(set->yearly_objective_min))
        return;
    fprintf(out, "Downtime of a year, min; objective: %s min\n\n",
            number_short(set->yearly_objective_min, text));
    table_init(&table, ARRAY_LEN(heads), heads, "lr");
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct compound *year = &set->designs[d].year;
        table_cell(&table, TABLE_PLAIN, "%s", set->designs[d].topology->name);
        for (int q = 0; q < COMPOUND_QUANTILES; ++q)
            table_cell(&table, TABLE_PLAIN, "%s", number_estimate(&year->quantiles[q], 1, text));
        write_chance(&year->chance, text);
        table_cell(&table, TABLE_PLAIN, "%s", text);
    }
    table_print(&table, out, colour);
    fputc('\n', out);
    table_free(&table);
}
