#include "results/rows.h"

#include <stdint.h>
#include <string.h>

size_t rows_count(const struct rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->n_pieces; i++)
        n += rows->pieces[i].n;
    return n;
}

static void rows_write_column(const struct rows *rows, const struct rows_column *c)
{
    size_t size = c->type == H5_U32 ? sizeof(uint32_t) : sizeof(uint64_t), at = 0;
    unsigned char *values = arena_push(rows->arena, unsigned char, rows_count(rows) * size + size);
    for (size_t p = 0; p < rows->n_pieces; p++)
        for (size_t i = 0; i < rows->pieces[p].n; i++, at += size)
            memcpy(values + at,
                   (const unsigned char *)rows->pieces[p].items + i * rows->item_size + c->offset,
                   size);
    h5_write(rows->h, &(struct h5_variable){.name = c->name,
                                            .over = {rows->dimension},
                                            .type = c->type,
                                            .data = values,
                                            .deflate = 1,
                                            .has_fill = c->has_fill || c->type == H5_F64,
                                            .units = c->units,
                                            .about = c->about});
}

void rows_write(const struct rows *rows, const struct rows_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rows_write_column(rows, &columns[i]);
}
