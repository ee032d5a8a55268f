// Text tables: cells are added row by row, columns align themselves, UTF-8 counts by character.
//
//   struct table table;
//   table_init(&table, 3, heads, "lr");
//   table_cell(&table, TABLE_PLAIN, "%s", name); ... three a row
//   table_print(&table, stdout, colour);
//   table_free(&table);
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/array.h"

enum table_style { TABLE_PLAIN, TABLE_GOOD, TABLE_BAD, TABLE_FAINT };

struct table_cell {
    const char *text;
    enum table_style style;
};

struct table {
    struct arena arena;
    size_t n_columns;
    const char *const *heads; // a '\n' makes a head of two lines
    const char *align;        // a letter a column, 'l' or 'r'; the last holds for all that follow
    ARRAY(struct table_cell) cells;
};

// The heads and the letters must outlive the table.
void table_init(struct table *table, size_t n_columns, const char *const *heads, const char *align);
void table_free(struct table *table);
// Adds the next cell of the current row, or the first of a new one.
void table_cell(struct table *table, enum table_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Width of the printed table in characters.
size_t table_width(const struct table *table);
// Prints heads, a rule and the rows; styles only when colour is wanted.
void table_print(const struct table *table, FILE *out, bool colour);
