#include "imbalance.h"

#include <string.h>

#include "base/base.h"

void imbalance_init(struct imbalance *b, uint32_t n_cells, simtime start, simtime window)
{
    *b = (struct imbalance){.window = window, .n_cells = n_cells, .start = start};
}

void imbalance_free(struct imbalance *b)
{
    array_free(&b->counts);
}

void imbalance_count(struct imbalance *b, uint32_t cell, simtime time)
{
    if (time < b->start)
        return;
    size_t at = (size_t)((time - b->start) / b->window) * b->n_cells + cell;
    while (b->counts.n <= at)
        array_push(&b->counts, 0);
    b->counts.items[at]++;
}

static size_t imbalance_windows(const struct imbalance *b)
{
    return (b->counts.n + b->n_cells - 1) / b->n_cells;
}

static uint32_t imbalance_at(const struct imbalance *b, size_t window, uint32_t cell)
{
    size_t at = window * b->n_cells + cell;
    return at < b->counts.n ? b->counts.items[at] : 0;
}

// Events of a window on one thread of a team.
static uint64_t imbalance_share(const struct imbalance *b, size_t window, int thread, int n_threads)
{
    uint64_t n = 0;
    for (uint32_t cell = (uint32_t)thread; cell < b->n_cells; cell += (uint32_t)n_threads)
        n += imbalance_at(b, window, cell);
    return n;
}

// Empty windows are skipped by the engine, too.
double imbalance_events_per_window(const struct imbalance *b)
{
    uint64_t n_events = 0, n_windows = 0;
    for (size_t w = 0; w < imbalance_windows(b); w++) {
        uint64_t n = imbalance_share(b, w, 0, 1);
        n_events += n;
        n_windows += n > 0;
    }
    return n_windows > 0 ? (double)n_events / (double)n_windows : 0;
}

double imbalance_speedup(const struct imbalance *b, int n_threads, double event_s,
                         double barriers_s)
{
    double alone = 0, together = 0;
    for (size_t w = 0; w < imbalance_windows(b); w++) {
        uint64_t most = 0, sum = 0;
        for (int thread = 0; thread < n_threads; thread++) {
            uint64_t n = imbalance_share(b, w, thread, n_threads);
            most = n > most ? n : most;
            sum += n;
        }
        if (sum == 0)
            continue;
        alone += (double)sum * event_s;
        together += (double)most * event_s + barriers_s * n_threads / 2;
    }
    return together > 0 ? alone / together : 1;
}
