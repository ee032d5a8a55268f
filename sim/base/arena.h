// Bump allocation by lifetime: many pushes, one reset or free, no single frees.
//
// Memory comes zeroed, aligned to 64 bytes for blocks of 64 bytes and more, else to 16. Pointers
// stay valid until arena_reset or arena_free. Cost: a few instructions a push, an allocation a
// chunk (memory.h). Thread class: one thread at a time.
#pragma once

#include <stddef.h>

struct arena_chunk;

// Zero-initialised is empty and usable.
struct arena {
    struct arena_chunk *chunks; // newest first
    size_t used_bytes;          // in the newest chunk
    size_t total_bytes;         // of all chunks: the high-water mark
};

// Typed allocation of `count` zeroed items; stops the program when memory is out.
#define arena_push(arena, T, count) ((T *)arena_alloc((arena), (count), sizeof(T)))

void *arena_alloc(struct arena *arena, size_t count, size_t item_size);
// Copies a string into the arena.
char *arena_string(struct arena *arena, const char *text);
// printf into the arena.
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// A list with one more word, "a, b"; "" is the empty one.
const char *arena_join(struct arena *arena, const char *list, const char *word);
// Forgets everything but keeps the newest chunk for reuse.
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);
