#include "cli/sessions.h"

#include <math.h>

#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"
#include "experiment/sessionsummary.h"

static void add_estimate(struct table *table, const struct estimate *e, double factor)
{
    char text[NUMBER_SIZE];
    table_cell(table, TABLE_PLAIN, "%s", isnan(e->value) ? "-" : number_estimate(e, factor, text));
}

static void add_waits(struct table *table, const struct session_summary *s)
{
    char median[NUMBER_SIZE], tail[NUMBER_SIZE];
    if (isnan(s->wait[0].value))
        table_cell(table, TABLE_PLAIN, "-");
    else
        table_cell(table, TABLE_PLAIN, "%s / %s", number_short(s->wait[0].value * 1e3, median),
                   number_short(s->wait[1].value * 1e3, tail));
}

static void add_row(struct table *table, const struct topology *topology, int store,
                    const struct session_summary *s)
{
    table_cell(table, TABLE_PLAIN, "%s", topology->name);
    table_cell(table, TABLE_PLAIN, "%s", topology->stores[store].name);
    add_estimate(table, &s->ryw, 100);
    add_estimate(table, &s->monotonic, 100);
    add_estimate(table, &s->misses, 1);
    add_estimate(table, &s->timeouts, 100);
    add_waits(table, s);
}

void sessions_print(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"design",
                                        "store",
                                        "missed own\nwrites, %",
                                        "went\nback, %",
                                        "waited,\na run",
                                        "in vain,\n% of these",
                                        "waits, ms\nmedian / 99 %"};
    struct table table;
    table_init(&table, ARRAY_LEN(heads), heads, "llr");
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct topology *topology = set->designs[d].topology;
        for (int s = 0; s < topology->n_stores; ++s) {
            const struct session_summary summary = sessionsummary_of(set, d, s);
            if (summary.own_reads > 0)
                add_row(&table, topology, s, &summary);
        }
    }
    if (table.cells.n > 0) {
        fputs("Reads of users' own items: session guarantees broken, and waits to keep them\n\n",
              out);
        table_print(&table, out, colour);
        fputc('\n', out);
    }
    table_free(&table);
}
