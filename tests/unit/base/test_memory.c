// Pins: in a lot of memory everything goes on from where it was when it is put back, at the same
// addresses, whatever was allocated, grown and written in between, and however copies are nested;
// what was allocated before is not touched; the lot can be opened again.
#include "base/memory.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/base.h"
#include "base/stream.h"

typedef ARRAY(uint64_t) numbers;

// Something that lives in a lot: grows, and draws what it grows by.
struct life {
    numbers a, b;
    struct arena arena;
    char *names[64];
    size_t n_names;
    struct stream stream;
};

static void live(struct life *l, int steps)
{
    for (int i = 0; i < steps; i++) {
        const uint64_t word = stream_word(&l->stream);
        if (word % 3 == 0)
            array_push(&l->a, word);
        else
            array_push(&l->b, ~word);
        if (word % 64 == 0 && l->n_names < ARRAY_LEN(l->names))
            l->names[l->n_names++] = arena_printf(&l->arena, "%llu", (unsigned long long)word);
    }
}

// Of all it consists of; order matters.
static uint64_t digest(const struct life *l)
{
    uint64_t d = l->a.n ^ l->b.n << 20;
    for (size_t i = 0; i < l->a.n; i++)
        d = d * UINT64_C(0x9e3779b97f4a7c15) + l->a.items[i];
    for (size_t i = 0; i < l->b.n; i++)
        d = d * UINT64_C(0x9e3779b97f4a7c15) + l->b.items[i];
    for (size_t i = 0; i < l->n_names; i++)
        d = d * 31 + strlen(l->names[i]) + (unsigned char)l->names[i][0];
    return d;
}

static struct life *be_born(void)
{
    struct life *l = array_new(struct life, 1);
    l->stream = stream_open(1, 2, "life", "test");
    return l;
}

// Goes on, splits, and lets three others live for a while from here; it ends as it would have.
static void split(struct life *l, int depth)
{
    if (depth == 0)
        return;
    live(l, 200);
    const uint64_t here = digest(l);
    cr_assert(memory_lot_push());
    for (uint64_t i = 0; i < 3; i++) {
        stream_branch(&l->stream, 100 * (uint64_t)depth + i);
        live(l, 100);
        cr_assert_neq(digest(l), here);
        split(l, depth - 1);
        memory_lot_restore();
        cr_assert_eq(digest(l), here);
    }
    memory_lot_pop();
    live(l, 100);
}

Test(memory, a_lot_is_put_back)
{
    numbers outside = {0};
    array_push(&outside, 7);
    uint64_t expected = 0;
    for (int round = 0; round < 3; round++) {
        cr_assert(memory_lot_open());
        struct life *l = be_born();
        if (round == 0)
            live(l, 300);
        else
            split(l, 5);
        if (round == 0)
            expected = digest(l);
        else
            cr_expect_eq(digest(l), expected); // as if it had been alone
        array_free(&l->a);
        array_free(&l->b);
        arena_free(&l->arena);
        array_release(l);
        memory_lot_close();
    }
    array_push(&outside, 8);
    cr_expect(outside.items[0] == 7 && outside.items[1] == 8);
    array_free(&outside);
}

Test(memory, what_comes_zeroed_is_zero_in_a_lot_that_was_used)
{
    for (int round = 0; round < 2; round++) {
        cr_assert(memory_lot_open());
        unsigned char *bytes = memory_zeroed(5000);
        for (int i = 0; i < 5000; i++)
            cr_assert_eq(bytes[i], 0);
        memset(bytes, 0xff, 5000);
        cr_assert_eq((uintptr_t)memory_aligned(4096, 10) % 4096, 0);
        cr_expect_gt(memory_lot_bytes(), 5000);
        memory_lot_close();
    }
}
