#include "base/simtime.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/base.h"

simtime simtime_from_seconds(double seconds)
{
    REQUIRE(seconds >= 0, "time of %g s", seconds);
    double ns = seconds * 1e9;
    return ns >= 9.2e18 ? SIMTIME_NEVER : (simtime)llround(ns);
}

char *simtime_format(simtime t, char out[32])
{
    if (t == SIMTIME_NEVER)
        snprintf(out, 32, "never");
    else if (t < SIMTIME_US)
        snprintf(out, 32, "%" PRId64 " ns", t);
    else if (t < SIMTIME_MS)
        snprintf(out, 32, "%.4g us", (double)t / (double)SIMTIME_US);
    else if (t < SIMTIME_S)
        snprintf(out, 32, "%.4g ms", (double)t / (double)SIMTIME_MS);
    else if (t < 2 * SIMTIME_MIN)
        snprintf(out, 32, "%.4g s", (double)t / (double)SIMTIME_S);
    else if (t < SIMTIME_HOUR)
        snprintf(out, 32, "%" PRId64 " min %02" PRId64 " s", t / SIMTIME_MIN,
                 t % SIMTIME_MIN / SIMTIME_S);
    else if (t < 2 * SIMTIME_DAY)
        snprintf(out, 32, "%" PRId64 " h %02" PRId64 " min %02" PRId64 " s", t / SIMTIME_HOUR,
                 t % SIMTIME_HOUR / SIMTIME_MIN, t % SIMTIME_MIN / SIMTIME_S);
    else
        snprintf(out, 32, "%" PRId64 " d %02" PRId64 " h %02" PRId64 " min", t / SIMTIME_DAY,
                 t % SIMTIME_DAY / SIMTIME_HOUR, t % SIMTIME_HOUR / SIMTIME_MIN);
    return out;
}
