#include "model/peak.h"

#include "base/base.h"

struct peak peak_open(simtime time)
{
    return (struct peak){.part = simtime_most(time / PEAK_PARTS, 1)};
}

// A part ends: the oldest of the recent ones counts from now on.
static void peak_close(struct peak *p)
{
    uint64_t *oldest = &p->recent[p->now % PEAK_PARTS];
    if (*oldest > p->highest)
        p->highest = *oldest;
    *oldest = p->used;
    p->used = 0;
    p->now++;
}

bool peak_advance(struct peak *p, simtime now)
{
    const uint64_t part = (uint64_t)(now / p->part), highest = p->highest;
    if (LIKELY(part == p->now))
        return false;
    CHECK(part > p->now);
    for (int i = 0; p->now < part && i <= PEAK_PARTS; i++)
        peak_close(p);
    p->now = part; // nothing was used in those between
    return p->highest > highest;
}

double peak_rate(const struct peak *p)
{
    return (double)p->highest / simtime_to_seconds(p->part);
}
