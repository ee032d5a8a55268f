#include "model/workload.h"

#include <string.h>

double workload_demand_rps(const struct population_spec *p)
{
    if (p->demand.mode != DEMAND_CLOSED)
        return p->rate_rps;
    return p->clients / distribution_mean(&p->demand.think);
}

bool workload_means(const char *pattern, const char *name)
{
    return strcmp(pattern, "*") == 0 || strcmp(pattern, name) == 0;
}
