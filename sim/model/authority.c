#include "model/authority.h"

#include "model/context.h"

static void authority_put(uint32_t *set, int bit, bool value)
{
    *set = (*set & ~(1u << bit)) | (uint32_t)value << bit;
}

void authority_set_healthy(const struct model *m, struct authority *a, int check, bool is_healthy)
{
    uint64_t bit = UINT64_C(1) << check, *set = &a->health.checked_healthy;
    *set = is_healthy ? *set | bit : *set & ~bit;
    recordset_review(m, &a->health);
}

// The nodes of a multivalue answer are static addresses: zones do not leave it.
static uint8_t authority_zones(const struct authority *a, uint16_t regions)
{
    bool is_single = regions != 0 && (regions & (regions - 1)) == 0;
    return is_single ? a->zones[__builtin_ctz(regions)] : 0;
}

void authority_on_query(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_dns *q = &payload_of(e, payload_dns);
    uint32_t resolver = model_lp(x->model, LP_RESOLVER, q->population);
    const struct record_answer found = recordset_answer(x->model, &a->health, q->population,
                                                        &a->choices);
    struct payload_dns answer = *q;
    answer.regions = found.regions;
    answer.zones = authority_zones(a, found.regions);
    answer.ttl = found.ttl;
    simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, resolver),
                                  &a->network, net_empty);
    context_send(x, resolver, delay, EV_AUTHORITY_ANSWER, &answer, sizeof answer);
}

// Passes the zones on to the region's checkers, who would learn them from the balancer's DNS name.
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    bool has_other_zones = a->zones[z->region] != z->zones;
    a->zones[z->region] = z->zones;
    authority_put(&a->health.has_targets, z->region, z->has_targets);
    recordset_review(x->model, &a->health);
    for (uint32_t i = 0; has_other_zones && i < x->model->count[LP_CHECKER]; i++) {
        if (checker_region(x->model, i) != z->region)
            continue;
        uint32_t checker = model_lp(x->model, LP_CHECKER, i);
        simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, checker),
                                      &a->network, net_empty);
        context_send(x, checker, delay, EV_ENDPOINT_ZONES, z, sizeof *z);
    }
}

void authority_open(struct world *w)
{
    const struct model *m = w->model;
    const char *name = m->lps[m->first[LP_AUTHORITY]].name;
    struct authority *a = &w->authority;
    *a = (struct authority){.network = stream_open(w->seed, w->replication, name, "network"),
                            .choices = stream_open(w->seed, w->replication, name, "choices"),
                            .health = {.has_targets = (1u << m->topology->n_regions) - 1}};
    for (int i = 0; i < m->topology->n_regions; i++)
        a->zones[i] = (uint8_t)((1u << m->topology->regions[i].n_zones) - 1);
    check_open(w, a);
    recordset_open(m, &a->health);
}
