#include "model/workload.h"

double workload_demand_rps(const struct population_spec *p)
{
    if (p->demand.mode != DEMAND_CLOSED)
        return p->rate_rps;
    return p->clients / distribution_mean(&p->demand.think);
}
