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
    const struct population_plan *plan = &x->model->populations[q->population];
    const uint16_t asker = q->resolver < plan->n_home_resolvers ? q->population : plan->elsewhere;
    const struct record_answer found = recordset_answer(x->model, &a->health, asker, &a->choices);
    struct payload_dns answer = *q;
    answer.regions = found.regions;
    answer.zones = authority_zones(a, found.regions);
    answer.ttl = found.ttl;
    context_tell(x, &a->network, resolver, EV_AUTHORITY_ANSWER, &answer, sizeof answer);
}

static void authority_journal(const struct context *x, enum journal_kind kind, uint8_t endpoint,
                              uint8_t zone)
{
    context_journal(x, kind, endpoint_name(x->model, endpoint),
                    journal_where(x->model->endpoints.region[endpoint], zone));
}

// An endpoint that users leave, or come back to; and its region, with its last or first one.
static void authority_journal_endpoint(const struct context *x, const struct authority *a,
                                       uint8_t endpoint)
{
    const uint8_t region = x->model->endpoints.region[endpoint];
    const uint32_t members = x->model->endpoints.members[region], bit = 1u << endpoint;
    const bool is_back = a->answered & bit;
    const struct lp_info *balancer = &x->model->lps[x->model->endpoint[endpoint]];
    if ((members & (members - 1)) != 0)
        context_journal(x, is_back ? JOURNAL_ENDPOINT_RETURNED : JOURNAL_ENDPOINT_WITHDRAWN,
                        balancer->name, journal_where(region, JOURNAL_NO_ZONE));
    if ((a->told & members & ~bit) == 0)
        context_journal(x, is_back ? JOURNAL_REGION_RETURNED : JOURNAL_REGION_WITHDRAWN,
                        x->model->topology->regions[region].name,
                        journal_where(region, JOURNAL_NO_ZONE));
}

bool authority_publish(const struct context *x, struct authority *a, uint8_t endpoint)
{
    uint32_t others = (a->answered ^ a->told) & 1u << endpoint;
    uint8_t zones = a->zones[endpoint] ^ a->told_zones[endpoint];
    if (others != 0)
        authority_journal_endpoint(x, a, endpoint);
    for (uint8_t z = 0; z < TOPOLOGY_MAX_ZONES; z++)
        if (zones >> z & 1)
            authority_journal(
                x, a->zones[endpoint] >> z & 1 ? JOURNAL_ZONE_RETURNED : JOURNAL_ZONE_WITHDRAWN,
                endpoint, z);
    a->told ^= others;
    a->told_zones[endpoint] ^= zones;
    return others != 0 || zones != 0;
}

// Something about an endpoint has changed: answers have it at once, an accelerator takes its time.
static void authority_note(const struct context *x, struct authority *a, uint8_t endpoint)
{
    if (x->model->edges.is_used)
        edge_note(x, a, endpoint);
    else
        authority_publish(x, a, endpoint);
}

void authority_note_endpoints(const struct context *x, struct authority *a)
{
    uint32_t changed = a->answered;
    a->answered = recordset_endpoints(x->model, &a->health);
    for (changed ^= a->answered; changed != 0; changed &= changed - 1)
        authority_note(x, a, (uint8_t)__builtin_ctz(changed));
}

// Passes the zones on to the endpoint's checkers, who would learn them from the balancer's DNS
// name.
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    bool has_other_zones = a->zones[z->endpoint] != z->zones;
    a->zones[z->endpoint] = z->zones;
    if ((a->health.has_targets >> z->endpoint & 1) && !z->has_targets)
        authority_journal(x,
                          recordset_evaluates(x->model, z->endpoint) ? JOURNAL_ENDPOINT_EMPTY
                                                                     : JOURNAL_BALANCER_EMPTY,
                          z->endpoint, JOURNAL_NO_ZONE);
    authority_put(&a->health.has_targets, z->endpoint, z->has_targets);
    recordset_review(x->model, &a->health);
    authority_note_endpoints(x, a);
    if (has_other_zones)
        authority_note(x, a, z->endpoint);
    for (uint32_t i = 0; has_other_zones && i < x->model->count[LP_CHECKER]; i++) {
        if (checker_endpoint(x->model, i) != z->endpoint)
            continue;
        uint32_t checker = model_lp(x->model, LP_CHECKER, i);
        context_tell(x, &a->network, checker, EV_ENDPOINT_ZONES, z, sizeof *z);
    }
}

void authority_open(struct world *w)
{
    const struct model *m = w->model;
    const char *name = m->lps[m->first[LP_AUTHORITY]].name;
    struct authority *a = &w->authority;
    *a = (struct authority){.network = stream_open(w->seed, w->replication, name, "network"),
                            .choices = stream_open(w->seed, w->replication, name, "choices"),
                            .reactions = stream_open(w->seed, w->replication, name, "reactions"),
                            .health = {.has_targets = (1u << m->endpoints.n) - 1}};
    for (int i = 0; i < m->endpoints.n; i++)
        a->zones[i] = a->told_zones[i] = topology_zones(m->topology, m->endpoints.region[i]);
    if (m->edges.is_used)
        a->edges = arena_push(&w->arena, simtime, m->count[LP_POPULATION]);
    check_open(w, a);
    recordset_open(m, &a->health);
    a->answered = a->told = recordset_endpoints(m, &a->health);
}
