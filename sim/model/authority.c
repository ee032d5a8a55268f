#include "model/authority.h"

#include "model/context.h"

static const struct steering_spec *authority_spec(const struct context *x)
{
    return &x->model->topology->steering;
}

// ---- policies: each returns an index of a record

// Records that may be answered: the healthy ones, or all when none is (fail open).
static uint32_t authority_candidates(const struct context *x, const struct authority *a)
{
    uint32_t healthy = 0;
    int n = authority_spec(x)->n_records;
    for (int i = 0; i < n; i++)
        healthy |= (uint32_t)a->records[i].is_healthy << i;
    return healthy != 0 ? healthy : (1u << n) - 1;
}

static int authority_uniform(struct authority *a, uint32_t candidates)
{
    bool is_choice = (candidates & (candidates - 1)) != 0;
    return is_choice ? context_pick(&a->choices, candidates) : __builtin_ctz(candidates);
}

static int authority_weighted(const struct context *x, struct authority *a, uint32_t candidates)
{
    const struct steering_spec *s = authority_spec(x);
    uint32_t sum = 0;
    for (int i = 0; i < s->n_records; i++)
        if (candidates >> i & 1)
            sum += (uint32_t)s->records[i].weight;
    if (sum == 0) // only zero weights are left: all equally likely
        return authority_uniform(a, candidates);
    uint32_t ticket = stream_below(&a->choices, sum);
    for (int i = 0; i < s->n_records; i++) {
        uint32_t weight = candidates >> i & 1 ? (uint32_t)s->records[i].weight : 0;
        if (ticket < weight)
            return i;
        ticket -= weight;
    }
    return 0;
}

// Zero weights count only when no record with a weight is healthy.
static uint32_t authority_weighted_candidates(const struct context *x, const struct authority *a)
{
    const struct steering_spec *s = authority_spec(x);
    uint32_t healthy = 0, weighted = 0;
    for (int i = 0; i < s->n_records; i++) {
        healthy |= (uint32_t)a->records[i].is_healthy << i;
        weighted |= (uint32_t)(s->records[i].weight > 0) << i;
    }
    if ((healthy & weighted) != 0)
        return healthy & weighted;
    if (healthy != 0)
        return healthy;
    return weighted != 0 ? weighted : (1u << s->n_records) - 1;
}

static int authority_nearest(const struct context *x, uint32_t candidates, uint16_t population)
{
    const struct steering_spec *s = authority_spec(x);
    const uint8_t *order = x->model->populations[population].region_order;
    for (int k = 0; k < x->model->topology->n_regions; k++)
        for (int i = 0; i < s->n_records; i++)
            if ((candidates >> i & 1) && s->records[i].region == order[k])
                return i;
    return 0;
}

static int authority_failover(const struct context *x, const struct authority *a)
{
    const struct steering_spec *s = authority_spec(x);
    int primary = s->records[0].is_secondary ? 1 : 0;
    int secondary = 1 - primary;
    if (a->records[primary].is_healthy || !a->records[secondary].is_healthy)
        return primary;
    return secondary;
}

static int authority_choose(const struct context *x, struct authority *a, uint16_t population)
{
    switch (authority_spec(x)->policy) {
    case STEERING_SIMPLE:
        return authority_uniform(a, (1u << authority_spec(x)->n_records) - 1);
    case STEERING_WEIGHTED:
        return authority_weighted(x, a, authority_weighted_candidates(x, a));
    case STEERING_LATENCY:
        return authority_nearest(x, authority_candidates(x, a), population);
    case STEERING_FAILOVER:
        return authority_failover(x, a);
    }
    return 0;
}

// ---- handlers

void authority_on_query(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_dns *q = &payload_of(e, payload_dns);
    const struct steering_spec *s = authority_spec(x);
    int record = authority_choose(x, a, q->population);
    uint32_t resolver = model_lp(x->model, LP_RESOLVER, q->population);
    struct payload_dns answer = *q;
    answer.region = (uint8_t)s->records[record].region;
    answer.zones = a->records[record].zones;
    answer.ttl = simtime_from_seconds(s->ttl_s);
    simtime delay = context_delay(x, context_place(x, x->lp), context_place(x, resolver),
                                  &a->network, net_empty);
    context_send(x, resolver, delay, EV_AUTHORITY_ANSWER, &answer, sizeof answer);
}

void authority_on_report(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *c = &payload_of(e, payload_check);
    const struct steering_spec *s = authority_spec(x);
    struct authority_record *r = &a->records[c->record];
    r->votes += c->healthy;
    r->votes -= r->vote[c->checker];
    r->vote[c->checker] = c->healthy;
    bool agreed = r->votes > s->healthy_share * a->n_checkers;
    if (agreed == r->is_agreed)
        return;
    r->is_agreed = agreed;
    struct payload_check status = {.record = c->record, .healthy = agreed};
    simtime delay = simtime_from_seconds(s->propagation_s);
    context_send(x, x->lp, delay > 0 ? delay : 1, EV_STATUS_PUBLISH, &status, sizeof status);
}

void authority_on_publish(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *c = &payload_of(e, payload_check);
    struct authority_record *r = &a->records[c->record];
    int region = authority_spec(x)->records[c->record].region;
    if (r->is_healthy == (bool)c->healthy)
        return;
    r->is_healthy = c->healthy;
    context_journal(x, c->healthy ? JOURNAL_ENDPOINT_HEALTHY : JOURNAL_ENDPOINT_UNHEALTHY,
                    x->model->topology->regions[region].name, 0);
}

// Passes the zones on to the region's checkers, who would learn them from the balancer's DNS name.
void authority_on_zones(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_zones *z = &payload_of(e, payload_zones);
    const struct steering_spec *s = authority_spec(x);
    for (int i = 0; i < s->n_records; i++)
        if (s->records[i].region == z->region)
            a->records[i].zones = z->zones;
    for (uint32_t i = 0; i < x->model->count[LP_CHECKER]; i++) {
        if (s->records[x->model->checkers[i].record].region != z->region)
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
                            .n_checkers = m->n_checkers_per_record};
    for (int i = 0; i < m->topology->steering.n_records; i++) {
        struct authority_record *r = &a->records[i];
        int region = m->topology->steering.records[i].region;
        r->is_healthy = r->is_agreed =
            true; // a new check is healthy until enough data says otherwise
        r->votes = a->n_checkers;
        r->zones = (uint8_t)((1u << m->topology->regions[region].n_zones) - 1);
        r->vote = arena_push(&w->arena, uint8_t, a->n_checkers);
        for (uint32_t c = 0; c < a->n_checkers; c++)
            r->vote[c] = 1;
    }
}
