#include "scenario/targets_check.h"

#include <string.h>

#include "model/workload.h"

// In one region: of all zones as one, or of the zone that has most.
static int count_targets(const struct service_spec *s, const struct region_spec *r,
                         const char *zone)
{
    const bool as_one = strcmp(zone, ALL_ZONES) == 0;
    int n = 0;
    for (int z = 0; z < r->n_zones; z++) {
        const char letter[] = {(char)('a' + z), 0};
        const int here = as_one || workload_means(zone, letter) ? service_targets(s, z) : 0;
        if (as_one)
            n += here;
        else
            n = here > n ? here : n;
    }
    return n;
}

int targets_check_most(const struct targets_named *names, const struct topology *topologies,
                       size_t n_topologies)
{
    int most = 0;
    for (size_t i = 0; i < n_topologies; i++) {
        const struct topology *t = &topologies[i];
        for (int r = 0; r < t->n_regions; r++)
            for (int s = 0; s < t->n_services; s++) {
                const struct service_spec *service = &t->services[s];
                if (!workload_means(names->region, t->regions[r].name) ||
                    !workload_means(names->service, service->name) || !(service->regions >> r & 1))
                    continue;
                const int n = count_targets(service, &t->regions[r], names->zone);
                most = n > most ? n : most;
            }
    }
    return most;
}

bool targets_check_is_zone(const char *zone)
{
    return strlen(zone) == 1 && zone[0] >= 'a' && zone[0] < 'a' + TOPOLOGY_MAX_ZONES;
}
