#include "cli/stores.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/base.h"
#include "cli/number.h"
#include "cli/paragraph.h"
#include "cli/table.h"
#include "experiment/storesummary.h"

enum { MOST_LEADS = 2, MOST_COLUMNS = 12 }; // design and store, and as many beside them

struct stores_row {
    const char *design, *store;
    struct store_summary summary;
};

struct stores_rows {
    struct arena arena;
    const char *only; // the name of all of them; NULL: they have several, in a column of their own
    ARRAY(struct stores_row) list;
};

// The text of a cell into `out`, or NULL: there is nothing to say. `which` is for its use.
typedef const char *stores_text(const struct store_summary *s, size_t which, char out[NUMBER_SIZE]);

struct stores_column {
    const char *head;
    stores_text *text;
    size_t which;
};

// ---- cells

static const char *estimate_text(const struct estimate *e, double factor, char out[NUMBER_SIZE])
{
    return isnan(e->value) ? NULL : number_estimate(e, factor, out);
}

static const char *pair_text(const struct estimate *q, double factor, char out[NUMBER_SIZE])
{
    char median[NUMBER_SIZE], tail[NUMBER_SIZE];
    if (isnan(q[0].value))
        return NULL;
    snprintf(out, NUMBER_SIZE, "%.24s / %.24s", number_short(q[0].value * factor, median),
             number_short(q[1].value * factor, tail));
    return out;
}

static const char *operations_text(const struct store_summary *s, size_t operation,
                                   char out[NUMBER_SIZE])
{
    return estimate_text(&s->operations[operation], 1, out);
}

static const char *reads_text(const struct store_summary *s, size_t unused, char out[NUMBER_SIZE])
{
    (void)unused;
    return estimate_text(&s->reads, 1, out);
}

static const char *latency_text(const struct store_summary *s, size_t operation,
                                char out[NUMBER_SIZE])
{
    return pair_text(s->latency[operation], 1e3, out);
}

static const char *refused_text(const struct store_summary *s, size_t unused, char out[NUMBER_SIZE])
{
    (void)unused;
    return estimate_text(&s->refused, 100, out);
}

static const char *stale_text(const struct store_summary *s, size_t unused, char out[NUMBER_SIZE])
{
    (void)unused;
    return estimate_text(&s->stale, 100, out);
}

static const char *after_text(const struct store_summary *s, size_t which, char out[NUMBER_SIZE])
{
    char share[NUMBER_SIZE];
    if (s->reads_after[which] == 0)
        return NULL;
    snprintf(out, NUMBER_SIZE, "%.40s (%" PRIu64 ")",
             number_estimate(&s->stale_after[which], 100, share), s->reads_after[which]);
    return out;
}

static const char *age_text(const struct store_summary *s, size_t unused, char out[NUMBER_SIZE])
{
    (void)unused;
    return isnan(s->age_p99.value) ? NULL : number_short(s->age_p99.value, out);
}

static const char *behind_text(const struct store_summary *s, size_t unused, char out[NUMBER_SIZE])
{
    char tail[NUMBER_SIZE];
    (void)unused;
    if (isnan(s->behind_p99.value))
        return NULL;
    snprintf(out, NUMBER_SIZE, "%.24s / %" PRIu64, number_short(s->behind_p99.value, tail),
             s->behind_most);
    return out;
}

static const char *lag_text(const struct store_summary *s, size_t unused, char out[NUMBER_SIZE])
{
    (void)unused;
    return pair_text(s->lag, 1, out);
}

static const char *count_text(const struct store_summary *s, size_t count, char out[NUMBER_SIZE])
{
    return estimate_text(&s->counts[count], 1, out);
}

// ---- tables

static struct stores_rows rows_of(const struct resultset *set)
{
    struct stores_rows rows = {0};
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct topology *topology = set->designs[d].topology;
        for (int s = 0; s < topology->n_stores; ++s) {
            const struct stores_row row = {topology->name, topology->stores[s].name,
                                           storesummary_of(set, d, s, &rows.arena)};
            array_push(&rows.list, row);
        }
    }
    rows.only = rows.list.n > 0 ? rows.list.items[0].store : NULL;
    for (size_t i = 1; rows.only != NULL && i < rows.list.n; ++i)
        rows.only = strcmp(rows.list.items[i].store, rows.only) == 0 ? rows.only : NULL;
    return rows;
}

static void make_table(struct table *table, const struct stores_rows *rows,
                       const struct stores_column *columns, size_t n, const char **heads)
{
    const size_t leads = rows->only == NULL ? 2 : 1;
    heads[0] = "design";
    heads[1] = "store";
    for (size_t c = 0; c < n; ++c)
        heads[leads + c] = columns[c].head;
    table_init(table, leads + n, heads, rows->only == NULL ? "llr" : "lr");
    for (size_t i = 0; i < rows->list.n; ++i) {
        const struct stores_row *row = &rows->list.items[i];
        table_cell(table, TABLE_PLAIN, "%s", row->design);
        if (rows->only == NULL)
            table_cell(table, TABLE_PLAIN, "%s", row->store);
        for (size_t c = 0; c < n; ++c) {
            char text[NUMBER_SIZE];
            const char *cell = columns[c].text(&row->summary, columns[c].which, text);
            table_cell(table, TABLE_PLAIN, "%s", cell != NULL ? cell : "-");
        }
    }
}

static bool has_text(const struct stores_rows *rows, const struct stores_column *column)
{
    char text[NUMBER_SIZE];
    for (size_t i = 0; i < rows->list.n; ++i)
        if (column->text(&rows->list.items[i].summary, column->which, text) != NULL)
            return true;
    return false;
}

// Where a section goes.
struct page {
    const struct stores_rows *rows;
    size_t width;
    FILE *out;
    bool colour;
};

// As many columns as fit, at least one. Returns how many.
static size_t print_table(const struct page *page, const struct stores_column *columns, size_t n)
{
    const char *heads[MOST_LEADS + MOST_COLUMNS];
    struct table table;
    n = n < MOST_COLUMNS ? n : MOST_COLUMNS;
    make_table(&table, page->rows, columns, n, heads);
    while (n > 1 && table_width(&table) > page->width) {
        table_free(&table);
        make_table(&table, page->rows, columns, --n, heads);
    }
    table_print(&table, page->out, page->colour);
    fputc('\n', page->out);
    table_free(&table);
    return n;
}

static void print_section(const struct page *page, const char *title,
                          const struct stores_column *columns, size_t n)
{
    struct arena arena = {0};
    struct stores_column *kept = arena_push(&arena, struct stores_column, n);
    size_t n_kept = 0;
    for (size_t c = 0; c < n; ++c)
        if (has_text(page->rows, &columns[c]))
            kept[n_kept++] = columns[c];
    if (n_kept > 0) {
        const char *whose = page->rows->only == NULL
                                ? "Stores"
                                : arena_printf(&arena, "Store '%s'", page->rows->only);
        paragraph_print(arena_printf(&arena, "%s: %s", whose, title), "", "", page->width,
                        page->out);
        fputc('\n', page->out);
    }
    for (size_t first = 0; first < n_kept;)
        first += print_table(page, kept + first, n_kept - first);
    arena_free(&arena);
}

static const struct stores_column operations[] = {
    {"writes\na run", operations_text, STORE_WRITE},
    {"writes,\nms", latency_text, STORE_WRITE},
    {"reads\na run", reads_text, 0},
    {"eventual\nreads, ms", latency_text, STORE_READ_EVENTUAL},
    {"strong\nreads, ms", latency_text, STORE_READ_STRONG},
    {"refused,\n%", refused_text, 0},
};

static const struct stores_column reads[] = {
    {"stale\nreads, %", stale_text, 0},
    {"stale 0.1 s after\na write, % (reads)", after_text, 0},
    {"stale 1 s after\na write, % (reads)", after_text, 1},
    {"missed for,\ns, 99 %", age_text, 0},
    {"versions behind,\n99 % / most", behind_text, 0},
};

// Whether any store has counted some, and whether any can.
static bool has_counted(const struct stores_rows *rows, size_t count, bool *can)
{
    bool has = false;
    *can = false;
    for (size_t i = 0; i < rows->list.n; ++i) {
        const double value = rows->list.items[i].summary.counts[count].value;
        *can |= !isnan(value);
        has |= value > 0;
    }
    return has;
}

static void print_writes(const struct page *page)
{
    struct arena arena = {0};
    struct stores_column *columns = arena_push(&arena, struct stores_column, 1 + storecounts_n);
    const char *none = "";
    size_t n = 1;
    columns[0] = (struct stores_column){"lag, s,\nmedian / 99 %", lag_text, 0};
    for (size_t c = 0; c < storecounts_n; ++c) {
        bool can;
        if (storecounts[c].head == NULL)
            continue;
        if (has_counted(page->rows, c, &can))
            columns[n++] = (struct stores_column){storecounts[c].head, count_text, c};
        else if (can)
            none = arena_printf(&arena, "%s%s%s", none, *none != '\0' ? "; " : "",
                                storecounts[c].about);
    }
    print_section(page, "writes on their way to other replicas, and what became of them, a run",
                  columns, n);
    if (*none != '\0') {
        paragraph_print(arena_printf(&arena, "None in any design: %s.", none), "", "", page->width,
                        page->out);
        fputc('\n', page->out);
    }
    arena_free(&arena);
}

void stores_print(const struct resultset *set, size_t width, FILE *out, bool colour)
{
    struct stores_rows rows = rows_of(set);
    const struct page page = {&rows, width, out, colour};
    if (rows.list.n > 0) {
        print_section(&page,
                      "operations answered, and their time at the replica that was asked, "
                      "ms: median / 99 %",
                      operations, ARRAY_LEN(operations));
        print_section(&page, "what reads miss", reads, ARRAY_LEN(reads));
        print_writes(&page);
    }
    array_free(&rows.list);
    arena_free(&rows.arena);
}
