// Pins: whether fewer than a bound are left, how many if not, and which is the earliest, as in a
// plain list; in random programs with bounds that are met and bounds that are far, with and without
// order, across growth. Storage stays within twice what is left.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/instants.h"

enum { MOST = 4000, STEPS = 30000 };

static simtime list[MOST];
static uint32_t n;

static void pass(simtime now)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++)
        if (list[i] > now)
            list[left++] = list[i];
    n = left;
}

static uint32_t first(void)
{
    uint32_t at = 0;
    for (uint32_t i = 1; i < n; i++)
        at = list[i] < list[at] ? i : at;
    return at;
}

// About `load` are left at a time.
static void run_program(uint64_t seed, uint32_t load, bool *was_heap, bool *was_none)
{
    struct stream s = stream_open(seed, 0, "test", "instants");
    struct instants h = {0};
    simtime now = 0;
    n = 0;
    for (int i = 0; i < STEPS; i++) {
        now += stream_below(&s, 20);
        pass(now);
        uint32_t bound = stream_below(&s, 2) ? load : 1 + stream_below(&s, 3 * load);
        bool is_fewer = instants_are_fewer(&h, now, bound);
        cr_assert_eq(is_fewer, n < bound, "step %d: %u left, bound %u", i, n, bound);
        if (!is_fewer) {
            cr_assert_eq(h.n, n);
            cr_assert_eq(instants_first(&h), list[first()]);
        }
        simtime time = now + 1 + stream_below(&s, 20 * load);
        if (!is_fewer && stream_below(&s, 2))
            instants_replace_first(&h, list[first()] = time);
        else
            instants_add(&h, now, list[n++] = time);
        *was_heap |= h.is_heap, *was_none |= !h.is_heap;
        if (i % 5000 == 4999) {
            instants_clear(&h);
            n = 0;
        }
    }
    cr_assert_leq(h.capacity, 64 + 8 * load);
    instants_free(&h);
}

Test(instants, random_programs_agree_with_a_plain_list)
{
    static const uint32_t loads[] = {1, 2, 3, 8, 60, 300};
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        bool was_heap = false, was_none = false;
        run_program(i, loads[i], &was_heap, &was_none);
        cr_expect(was_heap && was_none, "load %u", loads[i]);
    }
}
