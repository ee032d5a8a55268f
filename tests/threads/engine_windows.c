// PHOLD in windows on four threads, for the thread sanitizer, compared with the serial loop:
// mailboxes, published times and the cancel flag are the only things that threads share, and only
// across barriers. Short windows, many of them.
#include "determinism/phold.h"

static const simtime END = 60 * SIMTIME_MS;

static uint64_t digest(int n_threads, uint32_t n_cells, const volatile int *cancel)
{
    struct phold p;
    phold_open(&p, &(struct phold_conf){.n_lps = 96,
                                        .n_cells = n_cells,
                                        .jobs_per_lp = 4,
                                        .lookahead_ns = SIMTIME_MS / 4,
                                        .spread_ns = 2 * SIMTIME_MS,
                                        .quantum_ns = 10 * SIMTIME_US,
                                        .seed = 11});
    if (n_threads == 0)
        engine_run_serial(p.engine, END, cancel);
    else
        engine_run(p.engine, END, n_threads, cancel);
    uint64_t digest = engine_digest(p.engine);
    phold_close(&p);
    return digest;
}

int main(void)
{
    volatile int cancel = 0;
    uint64_t want = digest(0, 1, &cancel);
    for (uint32_t n_cells = 4; n_cells <= 24; n_cells += 10) {
        uint64_t got = digest(4, n_cells, &cancel);
        if (got != want) {
            fprintf(stderr, "%u cells on 4 threads: digest %016" PRIx64 ", serial %016" PRIx64 "\n",
                    n_cells, got, want);
            return 1;
        }
    }
    return 0;
}
