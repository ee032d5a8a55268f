#include "cli/failover.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "cli/number.h"
#include "cli/paragraph.h"
#include "cli/table.h"
#include "experiment/summary.h"
#include "measure/estimate.h"

enum { MOST_FAULTS = 3 };

struct fault_chains {
    const struct resultset *set;
    struct arena *arena;
    uint32_t fault; // of the plan
    bool with_tail; // of times
};

static const failover_list *chains_of(const struct fault_chains *c, size_t design)
{
    return &c->set->designs[design].failovers;
}

// ---- times

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// One time of all the fault's chains in a design, in order; what did not happen is infinite.
static double *sorted_times(const struct fault_chains *c, size_t design, size_t member, size_t *n)
{
    const failover_list *list = chains_of(c, design);
    double *times = arena_push(c->arena, double, list->n + 1);
    *n = 0;
    for (size_t i = 0; i < list->n; ++i) {
        double time;
        if (list->items[i].fault != c->fault)
            continue;
        memcpy(&time, (const char *)&list->items[i] + member, sizeof time);
        times[(*n)++] = isnan(time) ? (double)INFINITY : time;
    }
    if (*n > 0)
        qsort(times, *n, sizeof *times, compare_times);
    return times;
}

// The least time by which a share q of the faults had got so far.
static const char *quantile_text(const double *times, size_t n, double q, char out[NUMBER_SIZE])
{
    double rank = ceil(q * (double)n);
    double time = times[rank > 1 ? (size_t)rank - 1 : 0];
    return isinf(time) ? "never" : number_short(time, out);
}

// Median and, with_tail, what 95 % stay within, unless that is the same.
static void add_times(struct table *table, const struct fault_chains *c, size_t design,
                      size_t member)
{
    size_t n;
    char a[NUMBER_SIZE], b[NUMBER_SIZE];
    const double *times = sorted_times(c, design, member, &n);
    const char *median = n == 0 ? "-" : quantile_text(times, n, 0.5, a);
    const char *tail = n == 0 ? "-" : quantile_text(times, n, 0.95, b);
    if (!c->with_tail || strcmp(median, tail) == 0)
        table_cell(table, TABLE_PLAIN, "%s", median);
    else
        table_cell(table, TABLE_PLAIN, "%s / %s", median, tail);
}

// ---- counts

// By replication: an observation is the sum over the fault's instances in it.
static struct estimate ratio_of(const struct fault_chains *c, size_t design, size_t part,
                                size_t whole)
{
    const struct resultset *set = c->set;
    const failover_list *list = chains_of(c, design);
    uint64_t *x = arena_push(c->arena, uint64_t, set->n_replications);
    uint64_t *y = arena_push(c->arena, uint64_t, set->n_replications);
    for (size_t i = 0; i < list->n; ++i) {
        uint64_t value;
        const char *chain = (const char *)&list->items[i];
        uint32_t r = list->items[i].replication - set->designs[design].records[0].replication;
        if (list->items[i].fault != c->fault)
            continue;
        memcpy(&value, chain + part, sizeof value);
        x[r] += value;
        memcpy(&value, chain + whole, sizeof value);
        y[r] += value;
    }
    return summary_ratio(set, x, y);
}

static void add_ratio(struct table *table, const struct estimate *e, double factor)
{
    char text[NUMBER_SIZE];
    table_cell(table, TABLE_PLAIN, "%s", number_estimate(e, factor, text));
}

static void add_row(struct table *table, const struct fault_chains *c, size_t design)
{
    static const size_t times[] = {
        offsetof(struct failover, detected_s), offsetof(struct failover, withdrawn_s),
        offsetof(struct failover, moved_90_s), offsetof(struct failover, moved_99_s),
        offsetof(struct failover, served_s)};
    const size_t started = offsetof(struct failover, started);
    struct estimate lost = ratio_of(c, design, offsetof(struct failover, lost), started);
    struct estimate tries = ratio_of(c, design, offsetof(struct failover, attempts), started);
    table_cell(table, TABLE_PLAIN, "%s", c->set->designs[design].topology->name);
    for (size_t i = 0; i < ARRAY_LEN(times); ++i)
        add_times(table, c, design, times[i]);
    add_ratio(table, &lost, 100);
    add_ratio(table, &tries, 1);
}

// ---- faults

static size_t instances_of(const struct fault_chains *c, uint64_t *lost)
{
    size_t n = 0;
    *lost = 0;
    for (size_t d = 0; d < c->set->n_designs; ++d) {
        const failover_list *list = chains_of(c, d);
        for (size_t i = 0; i < list->n; ++i) {
            n += list->items[i].fault == c->fault;
            *lost += list->items[i].fault == c->fault ? list->items[i].lost : 0;
        }
    }
    return n;
}

static void make_table(struct table *table, const struct fault_chains *c)
{
    static const char *const heads[] = {
        "design",      "\ndetected",    "\nwithdrawn",       "90 %\nmoved",
        "99 %\nmoved", "served\nagain", "requests\nlost, %", "attempts\na request"};
    table_init(table, ARRAY_LEN(heads), heads, "lr");
    for (size_t d = 0; d < c->set->n_designs; ++d)
        add_row(table, c, d);
}

static void print_fault(struct fault_chains *c, size_t width, FILE *out, bool colour)
{
    uint64_t lost;
    size_t n = instances_of(c, &lost) / c->set->n_designs;
    struct table table;
    char text[256];
    c->with_tail = n > 1;
    make_table(&table, c);
    if (table_width(&table) > width) {
        table_free(&table);
        c->with_tail = false;
        make_table(&table, c);
    }
    snprintf(text, sizeof text, "After '%s', s since it struck%s (%zu fault%s a design)",
             c->set->plan->faults[c->fault].name,
             c->with_tail ? ": median / 95 % of the faults"
             : n > 1      ? ": median of the faults"
                          : "",
             n, n == 1 ? "" : "s");
    paragraph_print(text, "", "", width, out);
    fputc('\n', out);
    table_print(&table, out, colour);
    table_free(&table);
    fputc('\n', out);
}

// The fault with the most lost requests that has not been printed; n_faults: none is left.
static uint32_t next_fault(struct fault_chains *c, const bool *is_printed)
{
    uint32_t n = (uint32_t)c->set->plan->n_faults, best = n;
    uint64_t most = 0, lost;
    for (c->fault = 0; c->fault < n; ++c->fault)
        if (!is_printed[c->fault] && instances_of(c, &lost) > 0 && (best == n || lost > most)) {
            best = c->fault;
            most = lost;
        }
    return best;
}

void failover_print(const struct resultset *set, size_t width, FILE *out, bool colour)
{
    struct arena arena = {0};
    struct fault_chains c = {.set = set, .arena = &arena};
    uint32_t n = set->plan == NULL ? 0 : (uint32_t)set->plan->n_faults;
    bool *is_printed = arena_push(&arena, bool, n + 1);
    for (int k = 0; n > 0 && k < MOST_FAULTS; ++k) {
        uint32_t fault = next_fault(&c, is_printed);
        if (fault == n)
            break;
        is_printed[fault] = true;
        c.fault = fault;
        print_fault(&c, width, out, colour);
    }
    arena_free(&arena);
}
