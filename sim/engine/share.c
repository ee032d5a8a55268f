#include "engine/share.h"

#include <string.h>

#include "base/array.h"
#include "base/base.h"

void share_init(struct share *s, uint32_t n_cells, int n_threads)
{
    REQUIRE(n_cells >= 1 && n_threads >= 1, "%u cells, %d threads", n_cells, n_threads);
    *s = (struct share){.n_cells = n_cells,
                        .n_threads = n_threads,
                        .loads = array_new(struct share_load, n_cells),
                        .counted = array_new(uint64_t, n_cells),
                        .owner = array_new(int, n_cells),
                        .sums = array_new(uint64_t, (size_t)n_threads)};
    for (int i = 0; i < 2; i++)
        s->plans[i] = (struct share_plan){array_new(uint32_t, n_cells),
                                          array_new(uint32_t, (size_t)n_threads + 1)};
    for (uint32_t id = 0; id < n_cells; id++)
        s->loads[id].cell = id;
    share_balance(s, s->counted);
}

void share_free(struct share *s)
{
    for (int i = 0; i < 2; i++) {
        array_release(s->plans[i].cells);
        array_release(s->plans[i].begin);
    }
    array_release(s->loads);
    array_release(s->counted);
    array_release(s->owner);
    array_release(s->sums);
    *s = (struct share){0};
}

// By insertion: loads change little from one plan to the next.
static void share_sort(struct share *s)
{
    for (uint32_t i = 1; i < s->n_cells; i++) {
        const struct share_load moving = s->loads[i];
        uint32_t hole = i;
        for (; hole > 0 && s->loads[hole - 1].events < moving.events; hole--)
            s->loads[hole] = s->loads[hole - 1];
        s->loads[hole] = moving;
    }
}

static void share_assign(struct share *s)
{
    memset(s->sums, 0, (size_t)s->n_threads * sizeof *s->sums);
    for (uint32_t i = 0; i < s->n_cells; i++) {
        int least = 0;
        for (int t = 1; t < s->n_threads; t++)
            least = s->sums[t] < s->sums[least] ? t : least;
        s->owner[s->loads[i].cell] = least;
        s->sums[least] += s->loads[i].events + 1;
    }
}

void share_balance(struct share *s, const uint64_t *events)
{
    struct share_plan *plan = &s->plans[!s->current];
    for (uint32_t i = 0; i < s->n_cells; i++) {
        struct share_load *load = &s->loads[i];
        load->events = events[load->cell] - s->counted[load->cell];
    }
    memmove(s->counted, events, s->n_cells * sizeof *events);
    share_sort(s);
    share_assign(s);
    uint32_t at = 0;
    for (int t = 0; t < s->n_threads; t++) {
        plan->begin[t] = at;
        for (uint32_t id = 0; id < s->n_cells; id++)
            if (s->owner[id] == t)
                plan->cells[at++] = id;
    }
    plan->begin[s->n_threads] = at;
    s->current = !s->current;
}
