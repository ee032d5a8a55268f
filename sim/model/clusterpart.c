#include "model/clusterpart.h"

simtime clusterpart_draw(const struct distribution *d, struct stream *s)
{
    return simtime_most(1, simtime_from_seconds(distribution_quantile(d, stream_uniform(s))));
}

static simtime clusterpart_failure(struct clusterpart *p, simtime now)
{
    if (p->failures_per_s <= 0)
        return SIMTIME_NEVER;
    const struct distribution gap = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / p->failures_per_s};
    return simtime_after(now, clusterpart_draw(&gap, &p->draws));
}

static void clusterpart_come_back(struct clusterpart *p, simtime now)
{
    p->is_up = false;
    p->next = simtime_after(now, clusterpart_draw(p->back, &p->draws));
}

struct clusterpart clusterpart_open(struct stream draws, double failures_per_s,
                                    const struct distribution *back)
{
    struct clusterpart p = {
        .back = back, .failures_per_s = failures_per_s, .draws = draws, .is_up = true};
    p.next = clusterpart_failure(&p, 0);
    return p;
}

void clusterpart_rank(struct clusterpart *p)
{
    p->rank = stream_uniform(&p->draws);
}

void clusterpart_follow(struct clusterpart *p, simtime now, bool has_power)
{
    const bool waits = !p->is_up && p->next == SIMTIME_NEVER; // for power
    if (!has_power) {
        p->is_up = false;
        p->next = SIMTIME_NEVER;
    } else if (waits) {
        clusterpart_come_back(p, now);
    }
}

void clusterpart_turn(struct clusterpart *p, simtime now)
{
    if (p->is_up) {
        clusterpart_come_back(p, now);
    } else {
        p->is_up = true;
        p->next = clusterpart_failure(p, now);
    }
}
