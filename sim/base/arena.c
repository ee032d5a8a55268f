#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/memory.h"

// Chunks grow with the arena, so that small ones stay small.
enum {
    ARENA_LEAST_BYTES = 1 << 14,
    ARENA_MOST_BYTES = 1 << 20,
    ARENA_LINE_BYTES = 64,
    ARENA_SMALL_ALIGN = 16
};

struct arena_chunk {
    struct arena_chunk *older;
    size_t capacity_bytes;
    _Alignas(ARENA_LINE_BYTES) unsigned char bytes[];
};

static struct arena_chunk *arena_new_chunk(size_t capacity_bytes)
{
    size_t size = sizeof(struct arena_chunk) + capacity_bytes;
    struct arena_chunk *chunk = memory_aligned(ARENA_LINE_BYTES, size);
    REQUIRE(chunk != NULL, "out of memory: arena chunk of %zu bytes", capacity_bytes);
    chunk->older = NULL;
    chunk->capacity_bytes = capacity_bytes;
    return chunk;
}

static size_t arena_next_capacity(size_t total_bytes, size_t wanted)
{
    size_t capacity = total_bytes < ARENA_LEAST_BYTES  ? ARENA_LEAST_BYTES
                      : total_bytes > ARENA_MOST_BYTES ? ARENA_MOST_BYTES
                                                       : total_bytes;
    return capacity > wanted ? capacity : wanted;
}

void *arena_alloc(struct arena *arena, size_t count, size_t item_size)
{
    REQUIRE(item_size > 0 && count <= (SIZE_MAX / 2) / item_size, "%zu items of %zu bytes", count,
            item_size);
    size_t bytes = count * item_size;
    size_t align = bytes >= ARENA_LINE_BYTES ? ARENA_LINE_BYTES : ARENA_SMALL_ALIGN;
    size_t at = (arena->used_bytes + align - 1) / align * align;
    if (arena->chunks == NULL || at + bytes > arena->chunks->capacity_bytes) {
        size_t capacity = arena_next_capacity(arena->total_bytes, bytes);
        struct arena_chunk *chunk = arena_new_chunk(capacity);
        chunk->older = arena->chunks;
        arena->chunks = chunk;
        arena->total_bytes += capacity;
        at = 0;
    }
    arena->used_bytes = at + bytes;
    void *block = arena->chunks->bytes + at;
    memset(block, 0, bytes);
    return block;
}

char *arena_string(struct arena *arena, const char *text)
{
    size_t n = strlen(text) + 1;
    return memcpy(arena_alloc(arena, n, 1), text, n);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    REQUIRE(n >= 0, "cannot format \"%s\"", format);
    char *text = arena_push(arena, char, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

const char *arena_join(struct arena *arena, const char *list, const char *word)
{
    return arena_printf(arena, "%s%s%s", list, list[0] != '\0' ? ", " : "", word);
}

static void release_chunks(struct arena_chunk *newest)
{
    while (newest != NULL) {
        struct arena_chunk *older = newest->older;
        memory_release(newest);
        newest = older;
    }
}

void arena_reset(struct arena *arena)
{
    if (arena->chunks != NULL) {
        release_chunks(arena->chunks->older);
        arena->chunks->older = NULL;
        arena->total_bytes = arena->chunks->capacity_bytes;
    }
    arena->used_bytes = 0;
}

void arena_free(struct arena *arena)
{
    release_chunks(arena->chunks);
    *arena = (struct arena){0};
}
