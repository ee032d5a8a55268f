#include "cli/endpoints.h"

#include "base/arena.h"
#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"
#include "experiment/summary.h"

// Sums over populations and the endpoints of a bit set, by replication.
struct endpoint_sums {
    uint64_t *tries, *answers; // [replication]
};

static struct endpoint_sums sums_of(const struct resultset *set, struct arena *arena, size_t design,
                                    uint32_t endpoints)
{
    const struct endpoint_sums sums = {arena_push(arena, uint64_t, set->n_replications),
                                       arena_push(arena, uint64_t, set->n_replications)};
    for (uint32_t r = 0; r < set->n_replications; ++r) {
        const struct record *record = &set->designs[design].records[r];
        sums.tries[r] = record_at_endpoints(record, record->endpoint_tries, endpoints);
        sums.answers[r] = record_at_endpoints(record, record->endpoint_answers, endpoints);
    }
    return sums;
}

// Bit set of the endpoints in the region of one.
static uint32_t neighbours(const struct record *record, int endpoint)
{
    uint32_t all = 0;
    for (int e = 0; e < record->n_endpoints; ++e)
        if (record->endpoint_regions[e] == record->endpoint_regions[endpoint])
            all |= 1u << e;
    return all;
}

static void add_row(struct table *table, const struct resultset *set, size_t design, int endpoint)
{
    struct arena arena = {0};
    char text[NUMBER_SIZE];
    const struct record *record = &set->designs[design].records[0];
    const struct endpoint_sums own = sums_of(set, &arena, design, 1u << endpoint),
                               all = sums_of(set, &arena, design, neighbours(record, endpoint));
    const struct estimate share = summary_ratio(set, own.tries, all.tries),
                          answered = summary_ratio(set, own.answers, own.tries);
    table_cell(table, TABLE_PLAIN, "%s", set->designs[design].topology->name);
    table_cell(table, TABLE_PLAIN, "%s", record->endpoint_names[endpoint]);
    table_cell(table, TABLE_PLAIN, "%s", number_estimate(&share, 100, text));
    table_cell(table, TABLE_PLAIN, "%s", number_estimate(&answered, 100, text));
    arena_free(&arena);
}

void endpoints_print(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"design", "endpoint", "tries, % of\nits region's",
                                        "answered,\n% of these"};
    struct table table;
    table_init(&table, ARRAY_LEN(heads), heads, "llr");
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct record *record = &set->designs[d].records[0];
        for (int e = 0; e < record->n_endpoints; ++e)
            if (__builtin_popcount(neighbours(record, e)) > 1)
                add_row(&table, set, d, e);
    }
    if (table.cells.n > 0) {
        fputs("Where tries go in regions with several endpoints\n\n", out);
        table_print(&table, out, colour);
        fputc('\n', out);
    }
    table_free(&table);
}
