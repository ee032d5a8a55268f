// Pins: each index once, whatever the number of threads; a barrier separates phases for every team
// size, many times over; teams inside a parallel_for work. Not pinned: speed-up; data races
// (tests/threads).
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>

#include "base/parallel.h"

static void count_index(void *argument, size_t index)
{
    ((int *)argument)[index]++;
}

Test(parallel, for_runs_each_index_once)
{
    const size_t sizes[] = {0, 1, 2, 7, 1000};
    for (int threads = 1; threads <= 8; threads++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            int *counts = calloc(sizes[k] + 1, sizeof *counts);
            parallel_for(threads, sizes[k], count_index, counts);
            for (size_t i = 0; i < sizes[k]; i++)
                cr_assert_eq(counts[i], 1, "%d threads, index %zu", threads, i);
            cr_assert_eq(counts[sizes[k]], 0);
            free(counts);
        }
}

enum { MAX_TEAM = 8, PHASES = 500 };

struct phases {
    struct parallel_barrier barrier;
    int at[MAX_TEAM]; // phase each thread is in
    int n_members, n_wrong;
};

// In each phase every thread writes its own place, then reads all others'.
static void walk_phases(void *argument, int thread, int team_size)
{
    struct phases *p = argument;
    int n_wrong = 0;
    for (int phase = 1; phase <= PHASES; phase++) {
        p->at[thread] = phase;
        parallel_barrier_wait(&p->barrier, team_size);
        for (int i = 0; i < team_size; i++)
            n_wrong += p->at[i] != phase;
        parallel_barrier_wait(&p->barrier, team_size);
    }
    for (int i = 0; i < team_size; i++) { // one after the other
        if (i == thread) {
            p->n_wrong += n_wrong;
            p->n_members++;
        }
        parallel_barrier_wait(&p->barrier, team_size);
    }
}

Test(parallel, barrier_separates_phases)
{
    for (int threads = 1; threads <= MAX_TEAM; threads++) {
        struct phases p = {.n_members = 0};
        parallel_team(threads, walk_phases, &p);
        cr_assert_eq(p.n_wrong, 0);
        cr_assert(p.n_members >= 1 && p.n_members <= threads);
    }
}

static void team_of_one(void *argument, size_t index)
{
    struct phases p = {.n_members = 0};
    parallel_team(1, walk_phases, &p);
    ((int *)argument)[index] = p.n_members;
}

Test(parallel, a_team_of_one_inside_parallel_for)
{
    int members[16] = {0};
    parallel_for(4, 16, team_of_one, members);
    for (int i = 0; i < 16; i++)
        cr_assert_eq(members[i], 1);
}

Test(parallel, some_threads_are_available)
{
    cr_assert_geq(parallel_available(), 1);
}

Test(parallel, no_threads_stops, .signal = SIGABRT)
{
    parallel_for(0, 1, count_index, NULL);
}
