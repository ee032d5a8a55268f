#include "engine/lookahead.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/base.h"

simtime lookahead_least(const simtime *matrix, uint32_t n_cells)
{
    simtime least = SIMTIME_NEVER;
    for (uint32_t from = 0; from < n_cells; from++)
        for (uint32_t to = 0; to < n_cells; to++) {
            if (from == to)
                continue;
            simtime delay = matrix[(size_t)from * n_cells + to];
            REQUIRE(delay >= 1, "lookahead of %" PRId64 " ns from cell %" PRIu32 " to %" PRIu32,
                    delay, from, to);
            least = delay < least ? delay : least;
        }
    return least;
}

simtime lookahead_horizon(simtime next, simtime least, simtime end)
{
    if (next >= end)
        return end;
    // Written without a sum that could overflow.
    return least < end - next ? next + least : end;
}
