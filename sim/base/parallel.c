// Threads by OpenMP; without OpenMP everything runs on the calling thread.
//
// The barrier is our own because windows are short (tens of microseconds): OpenMP's spins for
// milliseconds before it gives its processor away, which on a machine that is shared with other
// programs made two threads a hundred times slower than one. This one spins for some microseconds,
// then yields its processor, and when it has waited for about a millisecond it sleeps, longer and
// longer: who waits that long waits for one thread that works alone, and may have its core. It
// belongs to its team by argument and so cannot be mistaken for that of a region further out.
//
// Nothing here decides results: callers write to their own index, or between barriers to what is
// theirs.
#include "base/parallel.h"

#include <sched.h>
#include <time.h>

#include "base/base.h"

#ifdef _OPENMP
#include <omp.h>

void parallel_for(int n_threads, size_t n, void (*body)(void *argument, size_t index),
                  void *argument)
{
    REQUIRE(n_threads >= 1, "%d threads", n_threads);
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
    for (size_t i = 0; i < n; i++)
        body(argument, i);
}

void parallel_team(int n_threads, void (*body)(void *argument, int thread, int team_size),
                   void *argument)
{
    REQUIRE(n_threads >= 1, "%d threads", n_threads);
#pragma omp parallel num_threads(n_threads)
    body(argument, omp_get_thread_num(), omp_get_num_threads());
}

int parallel_available(void)
{
    return omp_get_max_threads();
}

#else

void parallel_for(int n_threads, size_t n, void (*body)(void *argument, size_t index),
                  void *argument)
{
    REQUIRE(n_threads >= 1, "%d threads", n_threads);
    for (size_t i = 0; i < n; i++)
        body(argument, i);
}

void parallel_team(int n_threads, void (*body)(void *argument, int thread, int team_size),
                   void *argument)
{
    REQUIRE(n_threads >= 1, "%d threads", n_threads);
    body(argument, 0, 1);
}

int parallel_available(void)
{
    return 1;
}

#endif

enum {
    PARALLEL_SPINS = 1000,
    PARALLEL_YIELDS = 2000,
    PARALLEL_FIRST_NAP_NS = 50000,
    PARALLEL_LAST_NAP_NS = 500000
};

static void parallel_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

void parallel_barrier_wait(struct parallel_barrier *barrier, int team_size)
{
    struct timespec nap = {.tv_nsec = PARALLEL_FIRST_NAP_NS};
    unsigned phase = atomic_load_explicit(&barrier->phase, memory_order_relaxed);
    unsigned arrived = atomic_fetch_add_explicit(&barrier->arrived, 1, memory_order_acq_rel) + 1;
    if (arrived == (unsigned)team_size) {
        atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&barrier->phase, phase + 1, memory_order_release);
        return;
    }
    for (int tries = 0; atomic_load_explicit(&barrier->phase, memory_order_acquire) == phase;
         tries++) {
        if (tries < PARALLEL_SPINS) {
            parallel_pause();
        } else if (tries < PARALLEL_SPINS + PARALLEL_YIELDS) {
            sched_yield();
        } else {
            nanosleep(&nap, NULL);
            nap.tv_nsec += nap.tv_nsec < PARALLEL_LAST_NAP_NS ? nap.tv_nsec / 8 : 0;
            tries--; // counted once
        }
    }
}
