// Bytes: numbers and texts written one after another, and read again, the same on every machine of
// one byte order (little endian, which is asserted).
//
// A reader that runs over the end, or meets nonsense, turns bad and gives zeros from then on: read
// all, then look at is_bad once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little endian");

struct bytes {
    ARRAY(unsigned char) data; // array_free(&b.data)
};

void bytes_put(struct bytes *b, const void *data, size_t n);
void bytes_put_u32(struct bytes *b, uint32_t value);
void bytes_put_u64(struct bytes *b, uint64_t value);
void bytes_put_f64(struct bytes *b, double value);
void bytes_put_text(struct bytes *b, const char *text);

struct bytes_reader {
    const unsigned char *at, *end;
    bool is_bad;
};

// NULL when there are fewer.
const void *bytes_get(struct bytes_reader *r, size_t n);
uint32_t bytes_get_u32(struct bytes_reader *r);
uint64_t bytes_get_u64(struct bytes_reader *r);
double bytes_get_f64(struct bytes_reader *r);
// In the arena.
const char *bytes_get_text(struct bytes_reader *r, struct arena *arena);
// A count of things that take `size` bytes each at least: 0 and bad when they cannot be there.
size_t bytes_get_count(struct bytes_reader *r, size_t size);
