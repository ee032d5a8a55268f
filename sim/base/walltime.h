// Time that passes for people, by a clock that rises and is never set. Never a part of results.
// Thread class: anything; safe in signal handlers.
#pragma once

#include <stdint.h>
#include <time.h>

static inline int64_t walltime_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline double walltime_s(void)
{
    return (double)walltime_ns() * 1e-9;
}
