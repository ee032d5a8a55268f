// Pins: a cache's copies are those that a plain list in order of use would hold, after any program
// of uses, additions, drops, losses and changes of room, for sizes around the numbers of chains;
// the oldest makes way, in the very call that needs its place; values stay with their items. A
// planted fault (a use that only the twin sees) is found.
#include <criterion/criterion.h>
#include <string.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/lru.h"

enum { MOST = 200, ITEMS = 300 };

// The items, newest first.
struct twin {
    uint32_t size, n;
    uint32_t items[MOST];
};

static uint32_t twin_find(const struct twin *t, uint32_t item)
{
    uint32_t i = 0;
    while (i < t->n && t->items[i] != item)
        i++;
    return i;
}

static void twin_drop(struct twin *t, uint32_t at)
{
    memmove(&t->items[at], &t->items[at + 1], (--t->n - at) * sizeof *t->items);
}

static void twin_push(struct twin *t, uint32_t item)
{
    memmove(&t->items[1], t->items, t->n++ * sizeof *t->items);
    t->items[0] = item;
}

static bool agrees(const struct lru *c, const struct twin *t)
{
    uint32_t at = c->newest;
    for (uint32_t i = 0; i < t->n; i++, at = lru_at(c, at)->older)
        if (at == 0 || lru_at(c, at)->item != t->items[i] ||
            lru_at(c, at)->version != t->items[i] + 7 || lru_find(c, t->items[i]) != at)
            return false;
    return at == 0 && c->n == t->n;
}

static void read(struct lru *c, struct twin *t, uint32_t item, bool is_seen_by_both)
{
    const uint32_t copy = lru_find(c, item), at = twin_find(t, item);
    cr_assert_eq(copy != 0, at < t->n);
    if (copy != 0) {
        if (is_seen_by_both)
            lru_use(c, copy);
        twin_drop(t, at);
    } else {
        lru_at(c, lru_add(c, item))->version = item + 7;
        if (t->n == t->size)
            t->n--;
    }
    twin_push(t, item);
}

static void drop(struct lru *c, struct twin *t, uint32_t item)
{
    const uint32_t at = twin_find(t, item);
    if (at == t->n)
        return;
    twin_drop(t, at);
    lru_drop(c, lru_find(c, item));
}

static bool run_program(uint32_t size, uint64_t seed, bool has_fault)
{
    struct stream random = stream_open(seed, 0, "test", "lru");
    struct arena arena = {0};
    struct lru c;
    struct twin t = {.size = size};
    bool is_same = true;
    lru_init(&c, &arena, size);
    for (int i = 0; i < 3000 && is_same; i++) {
        const uint32_t what = stream_below(&random, 400), item = stream_below(&random, ITEMS);
        if (what == 0) {
            lru_clear(&c);
            t.n = 0;
        } else if (what < 4) {
            t.size = 1 + stream_below(&random, size);
            t.n = t.n < t.size ? t.n : t.size;
            lru_resize(&c, t.size);
        } else if (what < 60) {
            drop(&c, &t, item);
        } else {
            read(&c, &t, item % (2 * size + 1), !(has_fault && what < 70));
        }
        is_same = agrees(&c, &t);
    }
    arena_free(&arena);
    return is_same;
}

Test(lru, are_those_of_a_list_in_order_of_use)
{
    static const uint32_t sizes[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 100};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (uint64_t seed = 0; seed < 5; seed++)
            cr_expect(run_program(sizes[i], seed, false), "size %u, seed %lu", sizes[i], seed);
}

Test(lru, planted_fault_is_found)
{
    cr_expect_not(run_program(17, 1, true));
}

Test(lru, far_items_share_memory_with_near_ones)
{
    struct arena arena = {0};
    struct lru c;
    lru_init(&c, &arena, 3);
    static const uint32_t items[] = {0, UINT32_MAX, 99999999, 5};
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        lru_add(&c, items[i]);
    cr_expect_eq(lru_find(&c, 0), 0); // made way
    for (size_t i = 1; i < ARRAY_LEN(items); i++)
        cr_expect_eq(lru_at(&c, lru_find(&c, items[i]))->item, items[i]);
    cr_expect_eq(c.n, 3);
    arena_free(&arena);
}
