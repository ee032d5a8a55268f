// Pins: blocks are zeroed, aligned, distinct and unmoved until reset, across chunk borders and for
// blocks larger than a chunk; a reset arena hands out zeroed memory again without growing. Not
// pinned: chunk size.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static bool is_zero(const unsigned char *block, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (block[i] != 0)
            return false;
    return true;
}

// Takes blocks of growing size, checks them, fills each with its number, then checks that none was
// overwritten.
static void fill(struct arena *arena)
{
    enum { N = 3000 };
    static unsigned char *blocks[N];
    for (size_t i = 0; i < N; i++) {
        blocks[i] = arena_push(arena, unsigned char, i);
        cr_assert_eq((uintptr_t)blocks[i] % (i >= 64 ? 64 : 16), 0, "block of %zu bytes", i);
        cr_assert(is_zero(blocks[i], i));
        memset(blocks[i], (int)(i % 255 + 1), i);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert_eq(blocks[i][k], i % 255 + 1);
}

Test(arena, blocks_over_many_chunks)
{
    struct arena arena = {0};
    fill(&arena);
    cr_assert_geq(arena.total_bytes, (size_t)3000 * 2999 / 2);
    arena_reset(&arena);
    fill(&arena);
    arena_free(&arena);
    cr_assert(arena.chunks == NULL && arena.total_bytes == 0);
}

Test(arena, sizes_around_a_chunk)
{
    for (size_t i = 0; i < 82; i++) {
        const size_t size = (i < 41 ? (1 << 14) - 70 : (1 << 20) - 70) + i % 41 * 7;
        struct arena arena = {0};
        unsigned char *large = arena_push(&arena, unsigned char, size);
        unsigned char *small = arena_push(&arena, unsigned char, 1);
        memset(large, 0xff, size);
        cr_assert_eq(*small, 0, "size %zu", size);
        arena_free(&arena);
    }
}

Test(arena, reset_keeps_the_newest_chunk)
{
    struct arena arena = {0};
    for (int i = 0; i < 100; i++)
        arena_push(&arena, unsigned char, 100000);
    arena_reset(&arena);
    size_t kept = arena.total_bytes;
    for (int round = 0; round < 20; round++) {
        unsigned char *block = arena_push(&arena, unsigned char, 900000);
        cr_assert(is_zero(block, 900000));
        memset(block, 0xff, 900000);
        arena_reset(&arena);
    }
    cr_assert_eq(arena.total_bytes, kept);
    arena_free(&arena);
    arena_reset(&arena); // an empty one too
}

Test(arena, strings)
{
    struct arena arena = {0};
    char text[] = "tokyo";
    char *copy = arena_string(&arena, text);
    text[0] = 'k';
    cr_assert_str_eq(copy, "tokyo");
    cr_assert_str_eq(arena_string(&arena, ""), "");
    cr_assert_str_eq(arena_printf(&arena, "%s/%d", "zone", 7), "zone/7");
    cr_assert_eq(strlen(arena_printf(&arena, "%5000d", 1)), 5000);
    const char *one = arena_join(&arena, "", "a");
    cr_assert_str_eq(one, "a");
    cr_assert_str_eq(arena_join(&arena, one, "b"), "a, b");
    arena_free(&arena);
}

Test(arena, absurd_size_stops, .signal = SIGABRT)
{
    struct arena arena = {0};
    arena_push(&arena, double, SIZE_MAX / 4);
}
