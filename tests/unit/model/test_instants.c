// Pins: the earliest of the times to come is first whatever was added, replaced and passed, as in a
// plain list; across every growth of the storage.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/instants.h"

enum { MOST = 3000, STEPS = 20000 };

static simtime list[MOST];
static uint32_t n;

static uint32_t first(void)
{
    uint32_t at = 0;
    for (uint32_t i = 1; i < n; i++)
        at = list[i] < list[at] ? i : at;
    return at;
}

static void pass(simtime now)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++)
        if (list[i] > now)
            list[left++] = list[i];
    n = left;
}

Test(instants, random_programs_agree_with_a_plain_list)
{
    struct stream s = stream_open(1, 0, "test", "instants");
    struct instants h = {0};
    simtime now = 0;
    for (int i = 0; i < STEPS; i++) {
        simtime time = now + 1 + stream_below(&s, 1000);
        uint32_t action = stream_below(&s, 100);
        if (action < 60 && n < MOST) {
            instants_add(&h, list[n++] = time);
        } else if (action < 80 && n > 0) {
            instants_replace(&h, list[first()] = time);
        } else if (action < 95 && n > 0) {
            list[first()] = list[n - 1];
            n--;
            instants_drop(&h);
        } else {
            instants_pass(&h, now += stream_below(&s, i % 1000 == 0 ? 2000 : 20));
            pass(now);
        }
        cr_assert_eq(h.n, n);
        if (n > 0)
            cr_assert_eq(h.at[0], list[first()]);
    }
    cr_assert_gt(h.capacity, 128);
    instants_free(&h);
}
