#include "model/endpoint.h"

#include <string.h>

#include "base/base.h"
#include "model/check.h"
#include "model/model.h"

enum { ENDPOINT_WEIGHT = 128 }; // unless stated (Developer Guide, "Endpoint weights")

static void endpoint_set(struct model *m, uint8_t number, int region,
                         const struct endpoint_spec *spec)
{
    const struct topology *t = m->topology;
    const int32_t balancer = m->balancer_of[spec->service * t->n_regions + region];
    struct endpoints *e = &m->endpoints;
    CHECK(balancer >= 0);
    m->endpoint[number] = model_lp(m, LP_BALANCER, (uint32_t)balancer);
    e->of_balancer[balancer] = number;
    e->region[number] = (uint8_t)region;
    e->weight[number] = (uint8_t)spec->weight;
    e->check[number] = spec->health_check < 0 ? CHECK_NONE
                                              : (uint8_t)(t->n_regions + spec->health_check);
    e->members[region] |= (uint16_t)(1u << number);
    if (number != region)
        memcpy(m->zone_place[number], m->zone_place[region], sizeof m->zone_place[number]);
}

static void endpoint_add_group(struct model *m, const struct record_spec *group)
{
    const int own = steering_own_endpoint(group, m->topology->entry);
    for (int k = 0; k < group->n_endpoints; k++) {
        REQUIRE(k == own || m->endpoints.n < TOPOLOGY_MAX_ENDPOINTS, "too many endpoints");
        uint8_t number = k == own ? (uint8_t)group->region : m->endpoints.n++;
        endpoint_set(m, number, group->region, &group->endpoints[k]);
    }
}

// The entry's balancer, unless the region has a group of other endpoints.
static void endpoint_add_own(struct model *m, int region)
{
    const struct topology *t = m->topology;
    const struct endpoint_spec entry = {t->entry, ENDPOINT_WEIGHT, -1};
    m->endpoint[region] = UINT32_MAX;
    m->endpoints.region[region] = (uint8_t)region;
    m->endpoints.check[region] = CHECK_NONE;
    if (steering_group(&t->steering, region) != NULL)
        return;
    if (t->services[t->entry].regions >> region & 1)
        endpoint_set(m, (uint8_t)region, region, &entry);
}

// Checks know what they look at by now.
static void endpoint_bind_checks(struct model *m)
{
    for (uint32_t i = 0; i < m->n_checks; i++) {
        const struct check_spec *spec = m->checks[i].spec;
        m->checks[i].endpoint = check_kind_is_probe(spec->kind) || spec->kind == CHECK_ALARM
                                    ? endpoint_find(m, spec->service, spec->region)
                                    : ENDPOINT_NONE;
    }
}

static void endpoint_set_labels(struct model *m)
{
    const struct topology *t = m->topology;
    for (uint8_t e = 0; e < m->endpoints.n; e++) {
        const uint8_t region = m->endpoints.region[e];
        const uint16_t members = m->endpoints.members[region];
        const char *name = t->regions[region].name;
        if (!(members >> e & 1))
            continue;
        m->endpoints.label[e] = (members & (members - 1)) == 0
                                    ? name
                                    : arena_printf(&m->arena, "%s/%s", name,
                                                   t->services[endpoint_service(m, e)].name);
    }
}

void endpoint_compile(struct model *m)
{
    const struct steering_spec *s = &m->topology->steering;
    m->endpoints.n = (uint8_t)m->topology->n_regions;
    m->endpoints.of_balancer = arena_push(&m->arena, uint8_t, m->count[LP_BALANCER]);
    memset(m->endpoints.of_balancer, ENDPOINT_NONE, m->count[LP_BALANCER]);
    for (int r = 0; r < m->topology->n_regions; r++)
        endpoint_add_own(m, r);
    for (int i = 0; steering_is_accelerated(s) && i < s->root.n_records; i++)
        endpoint_add_group(m, &s->root.records[i]);
    endpoint_set_labels(m);
    endpoint_bind_checks(m);
}

uint8_t endpoint_find(const struct model *m, int service, int region)
{
    if (service < 0)
        return (uint8_t)region;
    const int32_t balancer = m->balancer_of[service * m->topology->n_regions + region];
    return balancer < 0 ? ENDPOINT_NONE : m->endpoints.of_balancer[balancer];
}

int endpoint_service(const struct model *m, uint8_t endpoint)
{
    return m->lps[m->endpoint[endpoint]].object;
}

const char *endpoint_name(const struct model *m, uint8_t endpoint)
{
    return endpoint < m->topology->n_regions ? m->topology->regions[endpoint].name
                                             : m->lps[m->endpoint[endpoint]].name;
}
