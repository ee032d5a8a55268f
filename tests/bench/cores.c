// Linux: affinity masks are GNU functions.
#define _GNU_SOURCE
#include "cores.h"

#include <sched.h>
#include <stdatomic.h>

#include "base/parallel.h"

struct cores_wish {
    cpu_set_t cores;
    atomic_int n_refused;
};

static cpu_set_t cores_before;

static void cores_set(void *argument, int thread, int team_size)
{
    struct cores_wish *wish = argument;
    (void)thread, (void)team_size;
    if (sched_setaffinity(0, sizeof wish->cores, &wish->cores) != 0)
        atomic_fetch_add(&wish->n_refused, 1);
}

bool cores_take_one(int n_threads)
{
    struct cores_wish wish = {.n_refused = 0};
    if (sched_getaffinity(0, sizeof cores_before, &cores_before) != 0)
        return false;
    size_t first = 0;
    while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &cores_before))
        first++;
    CPU_ZERO(&wish.cores);
    CPU_SET(first, &wish.cores);
    parallel_team(n_threads, cores_set, &wish);
    return wish.n_refused == 0;
}

void cores_take_all(int n_threads)
{
    struct cores_wish wish = {.cores = cores_before};
    parallel_team(n_threads, cores_set, &wish);
}
