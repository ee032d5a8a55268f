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

// What a table shows: recovery points, the way back, or both: what there is any of. A link that is
// cut takes no store down and has the way back only.
enum { SHOW_POINTS = 1, SHOW_WAY_BACK = 2 };

static int shown_of(const struct recovery_extent *extent)
{
    return (extent->n_failures > 0 ? SHOW_POINTS : 0) | (extent->n_ways > 0 ? SHOW_WAY_BACK : 0);
}

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

// Where the tables of a fault go.
struct fault_page {
    const struct resultset *set;
    uint32_t fault;
    size_t width;
    FILE *out;
    bool colour;
};

static void print_table(const struct fault_page *page, int shown)
{
    struct table table;
    make_table(&table, page->set, page->fault, shown);
    table_print(&table, page->out, page->colour);
    fputc('\n', page->out);
    table_free(&table);
}

// One table, or two where it would be too wide.
static void print_tables(const struct fault_page *page, int shown)
{
    struct table table;
    make_table(&table, page->set, page->fault, shown);
    const bool fits = table_width(&table) <= page->width;
    table_free(&table);
    for (int part = SHOW_POINTS; !fits && part <= SHOW_WAY_BACK; part <<= 1)
        if (shown & part)
            print_table(page, part);
    if (fits)
        print_table(page, shown);
}

static const char *heading_of(int shown)
{
    switch (shown) {
    case SHOW_POINTS:
        return "acknowledged writes that a failure found nowhere else";
    case SHOW_WAY_BACK:
        return "time until replicas agreed again, once the way was clear";
    default:
        return "acknowledged writes that a failure found nowhere else, and the time "
               "until replicas agreed again";
    }
}

static void print_fault(const struct fault_page *page)
{
    struct arena arena = {0};
    const struct recovery_extent extent = recoverysummary_extent(page->set, page->fault);
    const int shown = shown_of(&extent);
    const char *what = page->fault == EXPOSURE_NO_FAULT
                           ? "where no fault explains it alone"
                           : arena_printf(&arena, "after '%s'",
                                          page->set->plan->faults[page->fault].name);
    paragraph_print(arena_printf(&arena, "Recovery of data %s: %s", what, heading_of(shown)), "",
                    "", page->width, page->out);
    fputc('\n', page->out);
    print_tables(page, shown);
    arena_free(&arena);
}

// Faults that cost something and have not been printed: the one with most writes in danger, and
// how many there are. The plan's number n_faults stands for none in particular.
static uint32_t next_fault(const struct resultset *set, const bool *is_printed, size_t *n)
{
    uint32_t n_faults = set->plan == NULL ? 0 : (uint32_t)set->plan->n_faults, best = n_faults + 1;
    uint64_t most = 0;
    *n = 0;
    for (uint32_t f = 0; f <= n_faults; ++f) {
        const uint32_t fault = f < n_faults ? f : EXPOSURE_NO_FAULT;
        const struct recovery_extent extent = recoverysummary_extent(set, fault);
        if (is_printed[f] || recoverysummary_is_none(&extent))
            continue;
        ++*n;
        if (best > n_faults || extent.writes > most) {
            best = f;
            most = extent.writes;
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
        print_fault(
            &(struct fault_page){set, f < n_faults ? f : EXPOSURE_NO_FAULT, width, out, colour});
    }
    next_fault(set, is_printed, &n_left);
    if (n_left > 0)
        fprintf(out, "%zu more fault%s: in the results file, /recovery, and in --json.\n\n", n_left,
                n_left == 1 ? "" : "s");
    arena_free(&arena);
}
