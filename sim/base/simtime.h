// Simulated time: int64_t nanoseconds since the start of the run. Range +-292 years; adding is
// exact.
#pragma once

#include <stdint.h>

typedef int64_t simtime;

#define SIMTIME_NS ((simtime)1)
#define SIMTIME_US (1000 * SIMTIME_NS)
#define SIMTIME_MS (1000 * SIMTIME_US)
#define SIMTIME_S (1000 * SIMTIME_MS)
#define SIMTIME_MIN (60 * SIMTIME_S)
#define SIMTIME_HOUR (60 * SIMTIME_MIN)
#define SIMTIME_DAY (24 * SIMTIME_HOUR)
// Later than any event: "never".
#define SIMTIME_NEVER INT64_MAX

// Seconds to simulated time, rounded to the nearest ns; values beyond the range become
// SIMTIME_NEVER. Requires seconds >= 0.
simtime simtime_from_seconds(double seconds);

static inline double simtime_to_seconds(simtime t)
{
    return (double)t * 1e-9;
}

static inline simtime simtime_least(simtime a, simtime b)
{
    return a < b ? a : b;
}

static inline simtime simtime_most(simtime a, simtime b)
{
    return a > b ? a : b;
}

// A sum of times, of which either may be "never".
static inline simtime simtime_after(simtime at, simtime wait)
{
    return wait < SIMTIME_NEVER - at ? at + wait : SIMTIME_NEVER;
}

// Writes t for people ("1.5 ms", "2 h 05 min 03 s", "never") into out; returns out.
char *simtime_format(simtime t, char out[32]);
