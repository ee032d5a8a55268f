#include "base/walltime.h"

#include <time.h>

int64_t walltime_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double walltime_s(void)
{
    return (double)walltime_ns() * 1e-9;
}
