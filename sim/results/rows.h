// A table of structs in a results file: a row each, one dataset a member.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "results/h5.h"

// One member as a column. H5_U32 members have 4 bytes, H5_U64 and H5_F64 8.
struct rows_column {
    const char *name;
    enum h5_type type;
    size_t offset;
    const char *units, *about;
    bool has_fill; // UINT32_MAX, UINT64_MAX: there is nothing; NaN means so anyway
};

// The structs, in pieces that follow each other.
struct rows_piece {
    const void *items;
    size_t n;
};

struct rows {
    struct h5 *h;
    struct arena *arena;
    const char *dimension; // of rows, made before
    size_t item_size;
    const struct rows_piece *pieces;
    size_t n_pieces;
};

size_t rows_count(const struct rows *rows);
void rows_write(const struct rows *rows, const struct rows_column *columns, size_t n);
