// A run in windows, and one of the serial loop, that another thread cancels at any moment and that
// are continued, up to a hundred times, until they end as a run that nobody cancelled: for the
// thread sanitizer. The number is bounded since a run that is cancelled before its first window
// goes no further, and on a busy machine that may be every one.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "support/trial.h"

enum { CANCELS = 100 };

struct canceller {
    volatile int cancel;
    atomic_bool is_over;
};

static void *canceller_main(void *argument)
{
    struct canceller *c = argument;
    const struct timespec pause = {.tv_nsec = 200000};
    for (int i = 0; i < CANCELS && !atomic_load(&c->is_over); i++) {
        __atomic_store_n(&c->cancel, 1, __ATOMIC_RELAXED);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static enum engine_stop run(struct engine *engine, int n_threads, const volatile int *cancel)
{
    const simtime end = 2 * SIMTIME_S;
    return n_threads == 0 ? engine_run_serial(engine, end, cancel)
                          : engine_run(engine, end, n_threads, cancel);
}

static uint64_t digest(int n_threads, bool is_cancelled)
{
    struct synthetic s;
    struct synthetic_conf conf = synthetic_steady(1, 40, 10);
    struct canceller c = {.cancel = 0};
    pthread_t thread;
    conf.n_cells = conf.n_groups;
    synthetic_open(&s, &conf);
    if (is_cancelled)
        pthread_create(&thread, NULL, canceller_main, &c);
    while (run(s.engine, n_threads, is_cancelled ? &c.cancel : NULL) == ENGINE_STOP_CANCEL)
        __atomic_store_n(&c.cancel, 0, __ATOMIC_RELAXED);
    atomic_store(&c.is_over, true);
    if (is_cancelled)
        pthread_join(thread, NULL);
    uint64_t digest = engine_digest(s.engine);
    synthetic_close(&s);
    return digest;
}

int main(void)
{
    const uint64_t want = digest(0, false);
    for (int n_threads = 0; n_threads <= 4; n_threads += 2)
        if (digest(n_threads, true) != want) {
            fprintf(stderr, "cancelled and continued on %d threads: another digest\n", n_threads);
            return 1;
        }
    return 0;
}
