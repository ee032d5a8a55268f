// Random models in windows, for the thread sanitizer, compared with the serial loop: mailboxes,
// published times and the cancel flag are all that threads share, and only across barriers. Many
// threads, short windows, more cells than threads and fewer, widths that are being tuned, runs
// that an LP cancels and that are continued.
#include <stdio.h>

#include "base/base.h"
#include "support/trial.h"

static bool agree(const struct synthetic_conf *conf, simtime end)
{
    const uint32_t n = conf->n_groups;
    const struct trial_outcome want = trial_run(conf, &(struct trial_way){.n_cells = 1}, end);
    const struct trial_way ways[] = {
        {.n_threads = 8, .n_cells = n},
        {.n_threads = 4, .n_cells = 1 + n / 3, .deal = 1},
        {.n_threads = 2, .n_cells = 1 + n / 9, .deal = 2, .cancel_every = 5},
        {.n_threads = 3, .n_cells = n, .cancel_every = 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (!trial_agrees(conf, &ways[i], end, &want))
            return false;
    return true;
}

int main(void)
{
    struct synthetic_conf steady = synthetic_steady(1, 30, 10);
    if (!agree(&steady, SIMTIME_S / 2))
        return 1;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        enum { EVENTS = 500 };
        struct synthetic_conf conf = synthetic_random(seed, EVENTS);
        struct trial_probe probe;
        trial_probe(&probe, &conf, EVENTS);
        bool is_long = probe.times.n >= EVENTS;
        simtime end = is_long ? probe.times.items[EVENTS - 1] : SIMTIME_NEVER;
        trial_probe_free(&probe);
        if (!agree(&conf, end)) {
            fprintf(stderr, "seed %lu\n", (unsigned long)seed);
            return 1;
        }
    }
    return 0;
}
