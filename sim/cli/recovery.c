#include "cli/recovery.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "cli/number.h"
#include "cli/paragraph.h"
#include "cli/table.h"
#include "experiment/recoverysummary.h"

enum { MOST_FAULTS = 3 };

static void add_estimate(struct table *table, const struct estimate *e)
{
    char text[NUMBER_SIZE];
    table_cell(table, TABLE_PLAIN, "%s", isnan(e->value) ? "-" : number_estimate(e, 1, text));
}

static void add_number(struct table *table, double value)
{
    char text[NUMBER_SIZE];
    table_cell(table, TABLE_PLAIN, "%s", isnan(value) ? "-" : number_short(value, text));
}

// What a table shows: recovery points, the way back, or both.
enum { SHOW_POINTS = 1, SHOW_WAY_BACK = 2 };

static void add_points(struct table *table, const struct recovery_summary *s)
{
    add_estimate(table, &s->age_s);
    add_number(table, s->worst_age_s);
    add_estimate(table, &s->writes);
    add_number(table, s->most_writes);
}

static void add_way_back(struct table *table, const struct recovery_summary *s)
{
    add_estimate(table, &s->converged_after_s);
    add_number(table, s->worst_after_s);
    if (s->n_healed == 0)
        table_cell(table, TABLE_PLAIN, "-");
    else
        table_cell(table, TABLE_PLAIN, "%zu of %zu", s->n_never, s->n_healed);
}

static void make_table(struct table *table, const struct resultset *set, uint32_t fault, int shown)
{
    static const char *const way_back[] = {"design", "store", "agree again\nafter, s", "\nworst",
                                           "\nnever"};
    static const char *const both[] = {"design",
                                       "store",
                                       "recovery\npoint, s",
                                       "\nworst",
                                       "writes in\ndanger",
                                       "\nmost",
                                       "agree again\nafter, s",
                                       "\nworst",
                                       "\nnever"};
    if (shown == SHOW_POINTS)
        table_init(table, 6, both, "llr");
    else if (shown == SHOW_WAY_BACK)
        table_init(table, ARRAY_LEN(way_back), way_back, "llr");
    else
        table_init(table, ARRAY_LEN(both), both, "llr");
    for (size_t d = 0; d < set->n_designs; ++d)
        for (int i = 0; i < set->designs[d].topology->n_stores; ++i) {
            const struct recovery_summary s = recoverysummary_of(set, d, i, fault);
            table_cell(table, TABLE_PLAIN, "%s", set->designs[d].topology->name);
            table_cell(table, TABLE_PLAIN, "%s", set->designs[d].topology->stores[i].name);
            if (shown & SHOW_POINTS)
                add_points(table, &s);
            if (shown & SHOW_WAY_BACK)
                add_way_back(table, &s);
        }
}

static void print_table(const struct resultset *set, uint32_t fault, int shown, FILE *out,
                        bool colour)
{
    struct table table;
    make_table(&table, set, fault, shown);
    table_print(&table, out, colour);
    fputc('\n', out);
    table_free(&table);
}

// One table, or two where it would be too wide.
static void print_tables(const struct resultset *set, uint32_t fault, size_t width, FILE *out,
                         bool colour)
{
    struct table table;
    make_table(&table, set, fault, SHOW_POINTS | SHOW_WAY_BACK);
    const bool fits = table_width(&table) <= width;
    table_free(&table);
    if (fits) {
        print_table(set, fault, SHOW_POINTS | SHOW_WAY_BACK, out, colour);
    } else {
        print_table(set, fault, SHOW_POINTS, out, colour);
        print_table(set, fault, SHOW_WAY_BACK, out, colour);
    }
}

static void print_fault(const struct resultset *set, uint32_t fault, size_t width, FILE *out,
                        bool colour)
{
    struct arena arena = {0};
    const char *what = fault == EXPOSURE_NO_FAULT
                           ? "where no fault explains it alone"
                           : arena_printf(&arena, "after '%s'", set->plan->faults[fault].name);
    paragraph_print(arena_printf(&arena,
                                 "Recovery of data %s: acknowledged writes that were in one region "
                                 "only when it failed, and the time until replicas agreed again",
                                 what),
                    "", "", width, out);
    fputc('\n', out);
    print_tables(set, fault, width, out, colour);
    arena_free(&arena);
}

// Faults that cost something and have not been printed: the one with most writes in danger, and
// how many there are. The plan's number n_faults stands for none in particular.
static uint32_t next_fault(const struct resultset *set, const bool *is_printed, size_t *n)
{
    uint32_t n_faults = set->plan == NULL ? 0 : (uint32_t)set->plan->n_faults, best = n_faults + 1;
    uint64_t most = 0, writes;
    *n = 0;
    for (uint32_t f = 0; f <= n_faults; ++f) {
        const uint32_t fault = f < n_faults ? f : EXPOSURE_NO_FAULT;
        if (is_printed[f] || !recoverysummary_has(set, fault, &writes))
            continue;
        ++*n;
        if (best > n_faults || writes > most) {
            best = f;
            most = writes;
        }
    }
    return best;
}

void recovery_print(const struct resultset *set, size_t width, FILE *out, bool colour)
{
    struct arena arena = {0};
    const uint32_t n_faults = set->plan == NULL ? 0 : (uint32_t)set->plan->n_faults;
    bool *is_printed = arena_push(&arena, bool, n_faults + 1);
    size_t n_left;
    for (int k = 0; k < MOST_FAULTS; ++k) {
        const uint32_t f = next_fault(set, is_printed, &n_left);
        if (n_left == 0)
            break;
        is_printed[f] = true;
        print_fault(set, f < n_faults ? f : EXPOSURE_NO_FAULT, width, out, colour);
    }
    next_fault(set, is_printed, &n_left);
    if (n_left > 0)
        fprintf(out, "%zu more fault%s: in the results file, /recovery, and in --json.\n\n", n_left,
                n_left == 1 ? "" : "s");
    arena_free(&arena);
}
