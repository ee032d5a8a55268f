#include "base/bytes.h"

#include <string.h>

void bytes_put(struct bytes *b, const void *data, size_t n)
{
    const unsigned char *from = data;
    for (size_t i = 0; i < n; i++)
        array_push(&b->data, from[i]);
}

void bytes_put_u32(struct bytes *b, uint32_t value)
{
    bytes_put(b, &value, sizeof value);
}

void bytes_put_u64(struct bytes *b, uint64_t value)
{
    bytes_put(b, &value, sizeof value);
}

void bytes_put_f64(struct bytes *b, double value)
{
    bytes_put(b, &value, sizeof value);
}

void bytes_put_text(struct bytes *b, const char *text)
{
    const size_t n = strlen(text);
    bytes_put_u32(b, (uint32_t)n);
    bytes_put(b, text, n);
}

const void *bytes_get(struct bytes_reader *r, size_t n)
{
    const unsigned char *at = r->at;
    if (r->is_bad || (size_t)(r->end - r->at) < n) {
        r->is_bad = true;
        return NULL;
    }
    r->at += n;
    return at;
}

static void bytes_copy(struct bytes_reader *r, void *to, size_t n)
{
    const void *from = bytes_get(r, n);
    if (from != NULL)
        memcpy(to, from, n);
    else
        memset(to, 0, n);
}

uint32_t bytes_get_u32(struct bytes_reader *r)
{
    uint32_t value;
    bytes_copy(r, &value, sizeof value);
    return value;
}

uint64_t bytes_get_u64(struct bytes_reader *r)
{
    uint64_t value;
    bytes_copy(r, &value, sizeof value);
    return value;
}

double bytes_get_f64(struct bytes_reader *r)
{
    double value;
    bytes_copy(r, &value, sizeof value);
    return value;
}

const char *bytes_get_text(struct bytes_reader *r, struct arena *arena)
{
    const size_t n = bytes_get_count(r, 1);
    const char *from = bytes_get(r, n);
    return from == NULL ? "" : arena_printf(arena, "%.*s", (int)n, from);
}

size_t bytes_get_count(struct bytes_reader *r, size_t size)
{
    const uint32_t n = bytes_get_u32(r);
    if (n > (size_t)(r->end - r->at) / size)
        r->is_bad = true;
    return r->is_bad ? 0 : n;
}
