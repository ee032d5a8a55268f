// Pins: arrays keep their contents across every growth, double, reuse their storage after a clear,
// and stop the program instead of overflowing; a new array is zeroed, even one of none. Not pinned:
// the least capacity.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

#include "base/array.h"

struct item {
    uint64_t a;
    char b[5];
};

Test(array, contents_survive_every_growth)
{
    ARRAY(struct item) items = {0};
    size_t capacity = 0, n_growths = 0;
    for (size_t i = 0; i < 5000; i++) {
        array_push(&items, ((struct item){.a = i, .b = {'x'}}));
        if (items.capacity != capacity) {
            cr_assert(capacity == 0 || items.capacity == 2 * capacity);
            capacity = items.capacity;
            n_growths++;
            for (size_t k = 0; k <= i; k++)
                cr_assert(items.items[k].a == k && items.items[k].b[0] == 'x');
        }
    }
    cr_assert_eq(items.n, 5000);
    cr_assert_geq(n_growths, 9);
    array_free(&items);
    cr_assert(items.items == NULL && items.n == 0 && items.capacity == 0);
}

Test(array, reserve_at_the_borders)
{
    for (size_t want = 0; want < 70; want++) {
        ARRAY(int) items = {0};
        array_reserve(&items, want);
        cr_assert_geq(items.capacity, want);
        size_t capacity = items.capacity;
        array_reserve(&items, capacity);
        cr_assert_eq(items.capacity, capacity, "enough is enough");
        array_reserve(&items, capacity + 1);
        cr_assert_gt(items.capacity, capacity);
        array_free(&items);
    }
}

Test(array, clear_keeps_storage)
{
    ARRAY(int) items = {0};
    for (int i = 0; i < 100; i++)
        array_push(&items, i);
    int *storage = items.items;
    array_clear(&items);
    for (int i = 0; i < 100; i++)
        array_push(&items, -i);
    cr_assert(items.items == storage && items.n == 100 && items.items[99] == -99);
    array_free(&items);
}

Test(array, push_zero_zeroes)
{
    ARRAY(struct item) items = {0};
    array_push(&items, ((struct item){.a = UINT64_MAX, .b = {1, 2, 3, 4, 5}}));
    array_clear(&items);
    struct item *item = array_push_zero(&items);
    cr_assert(item == items.items && items.n == 1);
    cr_assert(item->a == 0 && item->b[0] == 0 && item->b[4] == 0);
    array_free(&items);
}

Test(array, absurd_size_stops, .signal = SIGABRT)
{
    ARRAY(struct item) items = {0};
    array_reserve(&items, SIZE_MAX / 8);
}

Test(array, size_beyond_doubling_stops, .signal = SIGABRT)
{
    ARRAY(char) items = {0};
    array_reserve(&items, SIZE_MAX);
}

Test(array, new_ones_are_zeroed)
{
    for (size_t n = 0; n < 300; n += 37) {
        struct item *items = array_new(struct item, n);
        cr_assert_not_null(items);
        for (size_t i = 0; i < n; i++) {
            cr_assert(items[i].a == 0 && items[i].b[0] == 0 && items[i].b[4] == 0);
            items[i] = (struct item){~UINT64_C(0),
                                     {1, 1, 1, 1, 1}}; // seen if a later one reuses it
        }
        array_release(items);
    }
}

Test(array, new_one_too_large, .signal = SIGABRT)
{
    array_new(struct item, SIZE_MAX / 2);
}

// Positions 5 to 12 of a ring of 8, which wrap; then again.
Test(array, doubled_ring_keeps_each_item_at_its_position)
{
    uint64_t mask = 7;
    uint32_t *ring = array_new(uint32_t, mask + 1);
    for (uint32_t i = 5; i < 13; i++)
        ring[i & mask] = 100 + i;
    for (uint64_t doubled = 15; doubled <= 31; doubled = doubled * 2 + 1) {
        ring = array_double_ring(ring, &mask, 5, 13, sizeof *ring);
        cr_expect_eq(mask, doubled);
        for (uint32_t i = 5; i < 13; i++)
            cr_expect_eq(ring[i & mask], 100 + i);
    }
    array_release(ring);
}
