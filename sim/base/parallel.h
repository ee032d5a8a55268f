// Threads: the only file of aasim that knows OpenMP (a serial build compiles it without).
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// Runs body(argument, index) for index 0..n-1, each once, on up to n_threads threads; indices are
// handed out in order, dynamically. Which thread runs which index must not matter to the result.
void parallel_for(int n_threads, size_t n, void (*body)(void *argument, size_t index),
                  void *argument);

// Runs body(argument, thread, team_size) once on each of a team of n_threads threads.
void parallel_team(int n_threads, void (*body)(void *argument, int thread, int team_size),
                   void *argument);

// A meeting point of a team, in memory that the whole team sees; zero-initialised is ready.
struct parallel_barrier {
    _Alignas(128) atomic_uint arrived;
    _Alignas(128) atomic_uint phase; // meetings so far
};

// All team_size threads of the team wait for each other; also a memory fence.
void parallel_barrier_wait(struct parallel_barrier *barrier, int team_size);

// Threads this process may use: OMP_NUM_THREADS, else the processors of its affinity mask.
int parallel_available(void);

// Whether a flag is set that a signal handler, on whatever thread, or another thread may set at any
// moment (by an atomic store). NULL: never set. Thread class: any thread.
static inline bool parallel_flag_is_set(const volatile int *flag)
{
    return flag != NULL && __atomic_load_n(flag, __ATOMIC_RELAXED) != 0;
}
