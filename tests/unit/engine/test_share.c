// Pins: every cell has exactly one thread, whatever the loads; the heaviest thread has at most 4/3
// of the best possible (here: of the larger of mean and heaviest cell); a new plan leaves the last
// one as it was. Not pinned: which thread gets which of two equal cells.
#include <criterion/criterion.h>
#include <string.h>

#include "base/stream.h"
#include "engine/share.h"

enum { CELLS = 37 };

static uint64_t heaviest_thread(const struct share *s, const uint64_t *loads)
{
    const struct share_plan *plan = &s->plans[s->current];
    int seen[CELLS] = {0};
    uint64_t heaviest = 0;
    for (int t = 0; t < s->n_threads; t++) {
        uint64_t sum = 0;
        for (uint32_t i = plan->begin[t]; i < plan->begin[t + 1]; i++) {
            seen[plan->cells[i]]++;
            sum += loads[plan->cells[i]];
        }
        heaviest = sum > heaviest ? sum : heaviest;
    }
    for (uint32_t id = 0; id < s->n_cells; id++)
        cr_assert_eq(seen[id], 1, "cell %u", id);
    return heaviest;
}

Test(share, loads_are_balanced)
{
    struct stream r = stream_open(1, 0, "test", "share");
    for (int n_threads = 1; n_threads <= 9; n_threads++) {
        struct share s;
        uint64_t loads[CELLS], events[CELLS] = {0};
        share_init(&s, CELLS, n_threads);
        for (int round = 0; round < 50; round++) {
            uint64_t sum = 0, most = 0;
            for (uint32_t id = 0; id < CELLS; id++) {
                loads[id] = 1000 + stream_below(&r, 1 << stream_below(&r, 20));
                events[id] += loads[id];
                sum += loads[id];
                most = loads[id] > most ? loads[id] : most;
            }
            share_balance(&s, events);
            double best = (double)sum / n_threads > (double)most ? (double)sum / n_threads
                                                                 : (double)most;
            cr_assert_leq((double)heaviest_thread(&s, loads), best * 4 / 3 + CELLS);
        }
        share_free(&s);
    }
}

Test(share, the_plan_in_force_stays)
{
    struct share s;
    uint64_t events[CELLS] = {[3] = 100, [5] = 1000};
    share_init(&s, CELLS, 2);
    int in_force = s.current;
    uint32_t before[CELLS];
    memcpy(before, s.plans[in_force].cells, sizeof before);
    share_balance(&s, events);
    cr_assert_neq(s.current, in_force);
    cr_assert_arr_eq(s.plans[in_force].cells, before, sizeof before);
    share_free(&s);
}

Test(share, more_threads_than_cells)
{
    struct share s;
    share_init(&s, 2, 5);
    const uint64_t loads[CELLS] = {1, 1};
    cr_assert_eq(heaviest_thread(&s, loads), 1);
    share_free(&s);
}
