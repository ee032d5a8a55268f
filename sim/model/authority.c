#include "model/authority.h"

#include "model/context.h"

static void authority_put(uint32_t *set, int bit, bool value)
{
    *set = (*set & ~(1u << bit)) | (uint32_t)value << bit;
}

void authority_set_healthy(const struct model *m, struct authority *a, int region, bool is_healthy)
{
    authority_put(&a->health.checked_healthy, region, is_healthy);
    recordset_review(m, &a->health);
}

// The nodes of a multivalue answer are static addresses: zones do not leave it.
static uint8_t authority_zones(const struct authority *a, uint16_t regions)
{
    bool is_single = regions != 0 && (regions & (regions - 1)) == 0;
    return is_single ? a->endpoints[__builtin_ctz(regions)].zones : 0;
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

static void authority_journal(const struct context *x, enum journal_kind kind, uint8_t region,
                              uint8_t zone)
{
    context_journal(x, kind, x->model->topology->regions[region].name, journal_where(region, zone));
}

void authority_on_report(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *c = &payload_of(e, payload_check);
    const struct steering_spec *s = &x->model->topology->steering;
    struct authority_endpoint *p = &a->endpoints[c->region];
    p->votes += c->healthy;
    p->votes -= p->vote[c->checker];
    p->vote[c->checker] = c->healthy;
    bool agreed = p->votes > s->healthy_share * x->model->n_checkers_per_endpoint;
    if (agreed == p->is_agreed)
        return;
    p->is_agreed = agreed;
    if (!agreed)
        authority_journal(x, JOURNAL_ENDPOINT_FAILED, (uint8_t)c->region, JOURNAL_NO_ZONE);
    struct payload_check status = {.region = c->region, .healthy = agreed};
    simtime delay = simtime_from_seconds(s->propagation_s);
    context_send(x, x->lp, delay > 0 ? delay : 1, EV_STATUS_PUBLISH, &status, sizeof status);
}

void authority_on_publish(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *c = &payload_of(e, payload_check);
    bool was_healthy = a->health.checked_healthy >> c->region & 1;
    if (was_healthy == (bool)c->healthy)
        return;
    authority_set_healthy(x->model, a, c->region, c->healthy);
    authority_journal(x, c->healthy ? JOURNAL_ENDPOINT_HEALTHY : JOURNAL_ENDPOINT_UNHEALTHY,
                      (uint8_t)c->region, JOURNAL_NO_ZONE);
}

static void authority_journal_zones(const struct context *x, uint8_t region, uint8_t before,
                                    uint8_t after)
{
    for (uint8_t z = 0; z < TOPOLOGY_MAX_ZONES; z++)
        if ((before ^ after) >> z & 1)
            authority_journal(x, after >> z & 1 ? JOURNAL_ZONE_RETURNED : JOURNAL_ZONE_WITHDRAWN,
                              region, z);
}

// Passes the zones on to the region's checkers, who would learn them from the balancer's DNS name.
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    bool has_other_zones = a->endpoints[z->region].zones != z->zones;
    authority_journal_zones(x, z->region, a->endpoints[z->region].zones, z->zones);
    a->endpoints[z->region].zones = z->zones;
    authority_put(&a->health.has_targets, z->region, z->has_targets);
    recordset_review(x->model, &a->health);
    for (uint32_t i = 0; has_other_zones && i < x->model->count[LP_CHECKER]; i++) {
        if (x->model->checkers[i].region != z->region)
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
    const uint32_t all = (1u << m->topology->n_regions) - 1;
    // A new check is healthy until enough data says otherwise.
    *a = (struct authority){.network = stream_open(w->seed, w->replication, name, "network"),
                            .choices = stream_open(w->seed, w->replication, name, "choices"),
                            .health = {.checked_healthy = all, .has_targets = all}};
    recordset_review(m, &a->health);
    for (int i = 0; i < m->topology->n_regions; i++) {
        const uint32_t n = m->n_checkers_per_endpoint;
        struct authority_endpoint *p = &a->endpoints[i];
        *p = (struct authority_endpoint){
            .is_agreed = true,
            .votes = n,
            .zones = (uint8_t)((1u << m->topology->regions[i].n_zones) - 1),
            .vote = arena_push(&w->arena, uint8_t, n)};
        for (uint32_t c = 0; c < n; c++)
            p->vote[c] = 1;
    }
}
