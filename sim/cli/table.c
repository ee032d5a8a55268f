#include "cli/table.h"

#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"

enum { GAP = 2, MAX_COLUMNS = 16, HEAD_SIZE = 96 };

void table_init(struct table *table, size_t n_columns, const char *const *heads, const char *align)
{
    REQUIRE(n_columns >= 1 && n_columns <= MAX_COLUMNS && align[0] != '\0',
            "%zu columns, alignment \"%s\"", n_columns, align);
    *table = (struct table){.n_columns = n_columns, .heads = heads, .align = align};
}

void table_free(struct table *table)
{
    array_free(&table->cells);
    arena_free(&table->arena);
}

void table_cell(struct table *table, enum table_style style, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    array_push(&table->cells, ((struct table_cell){arena_string(&table->arena, text), style}));
}

// Line `row` (0 or 1) of a head; "" when it has no such line. One-line heads stand on the lower
// line.
static const char *head_line(const char *head, int row, char out[HEAD_SIZE])
{
    const char *second = strchr(head, '\n');
    if (second == NULL)
        return row == 0 ? "" : head;
    if (row == 1)
        return second + 1;
    snprintf(out, HEAD_SIZE, "%.*s", (int)(second - head), head);
    return out;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void measure(const struct table *table, size_t *widths)
{
    char line[HEAD_SIZE];
    for (size_t c = 0; c < table->n_columns; ++c)
        widths[c] = most(text_characters(head_line(table->heads[c], 0, line)),
                         text_characters(head_line(table->heads[c], 1, line)));
    for (size_t i = 0; i < table->cells.n; ++i) {
        size_t c = i % table->n_columns;
        widths[c] = most(widths[c], text_characters(table->cells.items[i].text));
    }
}

size_t table_width(const struct table *table)
{
    size_t widths[MAX_COLUMNS] = {0}, sum = GAP * (table->n_columns - 1);
    measure(table, widths);
    for (size_t c = 0; c < table->n_columns; ++c)
        sum += widths[c];
    return sum;
}

static const char *style_code(enum table_style style)
{
    switch (style) {
    case TABLE_GOOD:
        return "\033[32m";
    case TABLE_BAD:
        return "\033[31m";
    case TABLE_FAINT:
        return "\033[2m";
    case TABLE_PLAIN:
        break;
    }
    return "";
}

static void print_spaces(FILE *out, size_t n)
{
    for (size_t i = 0; i < n; ++i)
        fputc(' ', out);
}

static bool is_right(const struct table *table, size_t column)
{
    size_t last = strlen(table->align) - 1;
    return table->align[column < last ? column : last] == 'r';
}

// A line being printed: spaces are owed until something follows them, so that none end a line.
struct line {
    FILE *out;
    size_t owed;
};

static void print_cell(struct line *line, size_t width, bool right, struct table_cell cell)
{
    size_t pad = width - text_characters(cell.text);
    if (*cell.text == '\0') {
        line->owed += pad + GAP;
        return;
    }
    print_spaces(line->out, line->owed + (right ? pad : 0));
    const char *code = style_code(cell.style);
    fprintf(line->out, "%s%s%s", code, cell.text, *code != '\0' ? "\033[0m" : "");
    line->owed = (right ? 0 : pad) + GAP;
}

static void print_row(const struct table *table, const size_t *widths,
                      const struct table_cell *cells, bool colour, FILE *out)
{
    struct line line = {out, 0};
    for (size_t c = 0; c < table->n_columns; ++c) {
        struct table_cell cell = cells[c];
        if (!colour)
            cell.style = TABLE_PLAIN;
        print_cell(&line, widths[c], is_right(table, c), cell);
    }
    fputc('\n', out);
}

static void print_heads(const struct table *table, const size_t *widths, FILE *out)
{
    bool has_two = false;
    for (size_t c = 0; c < table->n_columns; ++c)
        has_two = has_two || strchr(table->heads[c], '\n') != NULL;
    for (int row = has_two ? 0 : 1; row < 2; ++row) {
        struct table_cell cells[MAX_COLUMNS];
        char lines[MAX_COLUMNS][HEAD_SIZE];
        for (size_t c = 0; c < table->n_columns; ++c)
            cells[c] = (struct table_cell){head_line(table->heads[c], row, lines[c]), TABLE_PLAIN};
        print_row(table, widths, cells, false, out);
    }
    for (size_t c = 0; c < table->n_columns; ++c) {
        for (size_t i = 0; i < widths[c]; ++i)
            fputs("─", out);
        fputs(c + 1 < table->n_columns ? "  " : "\n", out);
    }
}

void table_print(const struct table *table, FILE *out, bool colour)
{
    size_t widths[MAX_COLUMNS] = {0};
    REQUIRE(table->cells.n % table->n_columns == 0, "%zu cells in rows of %zu", table->cells.n,
            table->n_columns);
    measure(table, widths);
    print_heads(table, widths, out);
    for (size_t i = 0; i < table->cells.n; i += table->n_columns)
        print_row(table, widths, table->cells.items + i, colour, out);
}
