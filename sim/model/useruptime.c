#include "model/useruptime.h"

#include <string.h>

#include "base/array.h"

// An interval of one kind.
static void add(struct useruptime_window *windows, simtime window, int kind, simtime from,
                simtime to)
{
    const simtime first = from / window, last = to / window;
    if (first == last) {
        windows[first].ends[kind] += to - from;
        return;
    }
    windows[first].ends[kind] += (first + 1) * window - from;
    windows[last].ends[kind] += to - last * window;
    ++windows[first + 1].step[kind];
    --windows[last].step[kind];
}

static void add_since(const struct useruptime *u, struct useruptime_window *windows,
                      uint64_t latest, simtime now)
{
    const simtime from = (simtime)(latest & ~UINT64_C(1));
    add(windows, u->window, (int)(latest & 1), from, simtime_least(now, from + u->inactive_after));
}

void useruptime_note(struct useruptime *u, uint32_t client, simtime now, bool is_in_time)
{
    const simtime even = now & ~(simtime)1;
    if (u->latest[client] != 0)
        add_since(u, u->windows, u->latest[client], even);
    u->latest[client] = (uint64_t)even | is_in_time;
}

void useruptime_collect(const struct useruptime *u, uint32_t n_clients, simtime duration,
                        uint64_t *out)
{
    const size_t n = (size_t)((duration - 1) / u->window) + 1;
    struct useruptime_window *windows = array_new(struct useruptime_window, n + 1);
    int64_t spanning[USERUPTIME_KINDS] = {0};
    memcpy(windows, u->windows, (n + 1) * sizeof *windows);
    for (uint32_t c = 0; c < n_clients; ++c)
        if (u->latest[c] != 0)
            add_since(u, windows, u->latest[c], duration);
    for (size_t i = 0; i < n; ++i)
        for (int k = 0; k < USERUPTIME_KINDS; ++k) {
            spanning[k] += windows[i].step[k];
            out[i * USERUPTIME_KINDS + (size_t)k] =
                (uint64_t)((windows[i].ends[k] + (useruptime_wide)spanning[k] * u->window) /
                           SIMTIME_US);
        }
    array_release(windows);
}
