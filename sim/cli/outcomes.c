#include "cli/outcomes.h"

#include <inttypes.h>

#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"

static uint64_t count(const struct resultset *set, enum outcome outcome)
{
    uint64_t sum = 0;
    for (uint32_t r = 0; r < set->n_replications; ++r) {
        const struct record *record = &set->designs[0].records[r];
        for (int i = 0; i < record->n_populations * record->n_classes; ++i)
            sum += record->outcomes[i * OUTCOMES + (int)outcome];
    }
    return sum;
}

void outcomes_print(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"outcome", "requests", "%"};
    struct table table;
    char share[NUMBER_SIZE];
    uint64_t all = 0;
    for (int o = 0; o < OUTCOMES; ++o)
        all += count(set, (enum outcome)o);
    table_init(&table, ARRAY_LEN(heads), heads, "lr");
    for (int o = 0; o < OUTCOMES; ++o) {
        uint64_t n = count(set, (enum outcome)o);
        table_cell(&table, TABLE_PLAIN, "%s", outcome_name((enum outcome)o));
        table_cell(&table, TABLE_PLAIN, "%" PRIu64, n);
        table_cell(&table, TABLE_PLAIN, "%s",
                   all > 0 ? number_short(100 * (double)n / (double)all, share) : "n/a");
    }
    table_print(&table, out, colour);
    table_free(&table);
}
