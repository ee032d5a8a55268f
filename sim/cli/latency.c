#include "cli/latency.h"

#include <math.h>

#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"

enum { MOST_DESIGNS = 8 }; // beside each other

static size_t quantile_index(double q)
{
    for (size_t i = 0; i < RESULT_QUANTILES; ++i)
        if (fabs(result_quantiles[i] - q) < 1e-9)
            return i;
    REQUIRE(false, "quantile %g is not kept", q);
    return 0;
}

// The three quantiles of a row; population n_populations stands for all of them.
static void quantiles_of(const struct resultset *set, size_t design, int population,
                         const struct estimate *out[3])
{
    static const double wanted[3] = {0.5, 0.99, 0.999};
    static const enum metric all[3] = {METRIC_P50_S, METRIC_P99_S, METRIC_P999_S};
    const struct design_result *result = &set->designs[design];
    for (int i = 0; i < 3; ++i)
        out[i] = population == set->workload->n_populations
                     ? &result->metrics[all[i]]
                     : &result->quantiles[population * RESULT_QUANTILES +
                                          (int)quantile_index(wanted[i])];
}

static const char *row_name(const struct resultset *set, int population)
{
    return population == set->workload->n_populations ? "all"
                                                      : set->workload->populations[population].name;
}

static void add_cell(struct table *table, const struct resultset *set, size_t design,
                     int population)
{
    char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE];
    const struct estimate *q[3];
    quantiles_of(set, design, population, q);
    table_cell(table, TABLE_PLAIN, "%s / %s / %s", number_short(q[0]->value * 1e3, a),
               number_short(q[1]->value * 1e3, b), number_short(q[2]->value * 1e3, c));
}

static void make_table(struct table *table, const struct resultset *set, size_t first, size_t n,
                       const char **heads)
{
    heads[0] = "population";
    for (size_t i = 0; i < n; ++i)
        heads[1 + i] = set->designs[first + i].topology->name;
    table_init(table, 1 + n, heads, "lr");
    for (int p = 0; p <= set->workload->n_populations; ++p) {
        table_cell(table, TABLE_PLAIN, "%s", row_name(set, p));
        for (size_t i = 0; i < n; ++i)
            add_cell(table, set, first + i, p);
    }
}

void latency_print(const struct resultset *set, size_t width, FILE *out, bool colour)
{
    fputs("Latency of answered requests, ms: median / 99 % / 99.9 %\n\n", out);
    for (size_t first = 0, n; first < set->n_designs; first += n) {
        const char *heads[1 + MOST_DESIGNS];
        struct table table;
        n = set->n_designs - first < MOST_DESIGNS ? set->n_designs - first : MOST_DESIGNS;
        make_table(&table, set, first, n, heads);
        while (n > 1 && table_width(&table) > width) {
            table_free(&table);
            make_table(&table, set, first, --n, heads);
        }
        if (first > 0)
            fputc('\n', out);
        table_print(&table, out, colour);
        table_free(&table);
    }
}

void latency_print_single(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"population", "availability", "latency, ms\nmedian",
                                        "\n99 %", "\n99.9 %"};
    struct table table;
    char text[NUMBER_SIZE];
    table_init(&table, ARRAY_LEN(heads), heads, "llr");
    for (int p = 0; p <= set->workload->n_populations; ++p) {
        const struct design_result *design = &set->designs[0];
        const struct estimate *q[3];
        quantiles_of(set, 0, p, q);
        table_cell(&table, TABLE_PLAIN, "%s", row_name(set, p));
        const struct estimate *share = p == set->workload->n_populations
                                           ? &design->metrics[METRIC_AVAILABILITY]
                                           : &design->availability[p];
        table_cell(&table, TABLE_PLAIN, "%s", number_share(share, text));
        for (int i = 0; i < 3; ++i)
            table_cell(&table, TABLE_PLAIN, "%s", number_estimate(q[i], 1e3, text));
    }
    table_print(&table, out, colour);
    table_free(&table);
}
