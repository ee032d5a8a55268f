#include "model/model.h"

#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "model/action.h"
#include "model/cachefeed.h"
#include "model/check.h"
#include "model/events.h"
#include "model/fault.h"
#include "model/flow.h"
#include "model/items.h"
#include "model/layout.h"
#include "model/net.h"
#include "model/popularity.h"
#include "model/reading.h"
#include "model/recordset.h"
#include "model/tables.h"
#include "model/throughput.h"

static double model_scaled(const struct model *m, double n)
{
    double scaled = round(n * m->options.scale);
    return scaled < 1 ? 1 : scaled;
}

struct variate model_variate(struct model *m, const struct distribution *d, double scale)
{
    struct tables *tables = m->options.tables;
    return tables != NULL ? tables_variate(tables, d, scale) : variate_compile(&m->arena, d, scale);
}

static struct popularity model_popularity(struct model *m, uint32_t n, double exponent)
{
    struct tables *tables = m->options.tables;
    return tables != NULL ? tables_popularity(tables, n, exponent)
                          : popularity_compile(&m->arena, n, exponent);
}

static struct variate model_time(struct model *m, const struct distribution *d)
{
    return model_variate(m, d, 1e9);
}

// ---- demand

static void model_class_limits(const struct model *m, const struct population_spec *p,
                               struct population_plan *plan)
{
    double sum = 0, run = 0;
    for (int c = 0; c < m->workload->n_classes; c++)
        sum += p->mix[c];
    for (int c = 0; c < m->workload->n_classes; c++) {
        run += p->mix[c];
        plan->class_limit[c] = (uint32_t)fmin(run / sum * 4294967296.0, 4294967295.0);
        if (p->mix[c] > 0)
            plan->last_class = (uint8_t)c;
    }
}

struct model_range {
    uint32_t first, end;
};

// Deals users to resolvers in proportion to Zipf shares, without randomness.
static void model_deal(uint16_t *of, struct model_range users, struct model_range resolvers,
                       double skew)
{
    const double n = users.end - users.first;
    double sum = 0, run = 0;
    for (uint32_t k = resolvers.first; k < resolvers.end; k++)
        sum += pow((double)(k - resolvers.first) + 1, -skew);
    uint32_t i = users.first;
    for (uint32_t k = resolvers.first; k < resolvers.end; k++) {
        run += pow((double)(k - resolvers.first) + 1, -skew) / sum;
        while (i < users.end && (k + 1 == resolvers.end || (i - users.first + 0.5) / n < run))
            of[i++] = (uint16_t)k;
    }
}

static void model_resolvers(struct model *m, int population, const struct population_spec *p,
                            struct population_plan *plan)
{
    uint16_t *of = arena_push(&m->arena, uint16_t, plan->n_clients);
    const bool has_others = p->elsewhere_share > 0;
    const uint32_t n_others = has_others ? (uint32_t)model_scaled(m, p->elsewhere_resolvers) : 0;
    const uint32_t at_home = plan->n_clients -
                             (uint32_t)round(p->elsewhere_share * plan->n_clients);
    plan->n_home_resolvers = (uint32_t)model_scaled(m, p->resolvers);
    plan->n_resolvers = plan->n_home_resolvers + n_others;
    plan->elsewhere = (uint16_t)(has_others && !p->tells_subnet ? p->elsewhere_as : population);
    model_deal(of, (struct model_range){0, at_home},
               (struct model_range){0, plan->n_home_resolvers}, p->resolver_skew);
    model_deal(of, (struct model_range){at_home, plan->n_clients},
               (struct model_range){plan->n_home_resolvers, plan->n_resolvers}, p->resolver_skew);
    plan->resolver_of = of;
}

static simtime model_round_trip(const struct model *m, uint16_t a, uint16_t b)
{
    return net_median(model_path(m, a, b)) + net_median(model_path(m, b, a));
}

// Regions by median round trip from a place, nearest first; ties by index.
static void model_order_regions(const struct model *m, uint16_t place, uint8_t *order)
{
    int n = m->topology->n_regions;
    for (int i = 0; i < n; i++) {
        int at = i;
        simtime rtt = model_round_trip(m, place, m->region_place[i]);
        for (; at > 0 && model_round_trip(m, place, m->region_place[order[at - 1]]) > rtt; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
}

// A connection ends by the client's limits or the balancer's, whichever come first; where there are
// several balancers, by the least of theirs.
static void model_connection(const struct model *m, const struct client_spec *client,
                             struct population_plan *plan)
{
    const struct topology *t = m->topology;
    double idle_s = client->idle_timeout_s, age_s = client->max_age_s;
    for (int s = 0; s < t->n_services; s++) {
        const struct balancer_spec *b = topology_balancer(t, s);
        if (!steering_reaches(&t->steering, t->entry, s))
            continue;
        if (b->stickiness == STICKINESS_COOKIE)
            plan->cookie_life = simtime_from_seconds(b->cookie_s);
        plan->tells_address |= b->stickiness == STICKINESS_SOURCE_IP;
        if (steering_is_per_request(&t->steering))
            continue; // users' connections end at proxies
        idle_s = fmin(idle_s, b->idle_timeout_s);
        age_s = b->kind == BALANCER_NETWORK ? age_s : fmin(age_s, b->keep_alive_s);
    }
    plan->idle_timeout = simtime_from_seconds(idle_s);
    plan->max_age = simtime_from_seconds(age_s);
    plan->n_connections = (uint32_t)client->connections;
    plan->acquire_timeout = simtime_from_seconds(client->acquire_timeout_s);
}

// How many addresses a user can tell apart: an edge has one for all regions.
static int model_addresses(const struct model *m)
{
    return steering_has_edges(&m->topology->steering) ? 1 : m->endpoints.n;
}

static void model_client(struct model *m, const struct population_spec *p,
                         struct population_plan *plan)
{
    const struct client_spec *c = &p->client;
    plan->connect_timeout = simtime_from_seconds(c->connect_timeout_s);
    plan->attempt_timeout = simtime_from_seconds(c->attempt_timeout_s);
    plan->dns_timeout = simtime_from_seconds(c->dns_timeout_s);
    plan->retry = retry_compile(c, plan->n_clients, m->options.scale);
    model_connection(m, c, plan);
    plan->races = c->races;
    plan->address_delay = simtime_from_seconds(c->address_delay_s);
    plan->cancels = c->cancels;
    plan->tells_deadline = c->tells_deadline;
    plan->hedge = hedge_compile(&c->hedge);
    plan->hedge.is_elsewhere &= !steering_is_per_request(&m->topology->steering); // one address
    plan->hedge.is_adopted = plan->hedge.is_elsewhere && plan->n_connections == 0;
    plan->breaker = breaker_compile(&c->breaker, plan->n_clients, model_addresses(m));
    plan->has_cold = plan->has_own_items || p->demand.mode != DEMAND_OPEN ||
                     plan->demand.has_patience || plan->cancels || plan->tells_deadline ||
                     plan->hedge.most > 0 || plan->n_connections > 0 || plan->cookie_life > 0 ||
                     plan->tells_address || plan->breaker.mode != BREAKER_NONE;
    m->cancels |= plan->cancels;
}

// Where classes have own items, users are numbered through all populations.
static void model_sessions(struct model *m, const struct population_spec *p,
                           struct population_plan *plan)
{
    for (int c = 0; c < m->workload->n_classes; c++)
        plan->has_own_items |= p->mix[c] > 0 && m->workload->classes[c].has_own_items;
    plan->first_user = m->n_users;
    if (plan->has_own_items)
        m->n_users += plan->n_clients;
}

static void model_population(struct model *m, int index)
{
    const struct population_spec *p = &m->workload->populations[index];
    struct population_plan *plan = &m->populations[index];
    plan->demand = demand_compile(&m->arena, p, m->options.scale);
    plan->n_clients = (uint32_t)model_scaled(m, p->clients);
    model_sessions(m, p, plan);
    model_resolvers(m, index, p, plan);
    model_class_limits(m, p, plan);
    model_client(m, p, plan);
    plan->least_ttl = simtime_from_seconds(p->least_ttl_s);
    plan->most_ttl = simtime_from_seconds(p->most_ttl_s);
    plan->caches = namecache_compile(&m->arena, p, (uint32_t)index, plan->n_clients);
    model_order_regions(m, (uint16_t)(m->population_place + index), plan->region_order);
}

// Users' connections end at the edge.
static void model_edges(struct model *m)
{
    const struct network_spec *n = &m->topology->network;
    m->edges = edge_compile(m);
    for (int i = 0; m->edges.is_used && i < m->workload->n_populations; i++) {
        const struct access_fact *a = geography_access(m->workload->populations[i].access);
        struct population_plan *plan = &m->populations[i];
        plan->edge_rtt = simtime_from_seconds(n->edge_rtt_s + a->rtt_median_ms * 1e-3);
        plan->idle_timeout = simtime_least(plan->idle_timeout, m->edges.idle_timeout);
        plan->is_proxied = m->edges.is_per_request;
        plan->has_cold |= m->edges.is_per_request;
    }
}

// ---- supply

uint8_t model_nearest(const struct model *m, uint32_t set, int region)
{
    uint8_t order[TOPOLOGY_MAX_REGIONS];
    int k = 0;
    if (set >> region & 1)
        return (uint8_t)region;
    model_order_regions(m, m->region_place[region], order);
    while (!(set >> order[k] & 1))
        k++;
    return order[k];
}

static void model_nearest_to_all(const struct model *m, uint32_t set, uint8_t *nearest)
{
    for (int r = 0; r < m->topology->n_regions; r++)
        nearest[r] = model_nearest(m, set, r);
}

// Every target keeps a whole number of servers, however small the scale.
static void model_note_rounding(struct model *m, const struct service_spec *s,
                                const struct service_plan *plan)
{
    double exact = s->servers_per_zone * m->options.scale / s->targets_per_zone;
    if (s->targets_per_zone > 1 && plan->servers != exact)
        array_push(&m->notes,
                   arena_printf(&m->arena,
                                "at scale %g a target of '%s' in %s has %u servers where %g would "
                                "be its share",
                                m->options.scale, s->name, m->topology->name, plan->servers,
                                exact));
}

static void model_service(struct model *m, int index)
{
    const struct service_spec *s = &m->topology->services[index];
    struct service_plan *plan = &m->services[index];
    plan->work = model_time(m, &s->work);
    plan->servers = (uint32_t)model_scaled(m, s->servers_per_zone / s->targets_per_zone);
    model_note_rounding(m, s, plan);
    plan->queue = (uint32_t)s->queue;
    plan->concurrency = (uint32_t)s->concurrency;
    model_nearest_to_all(m, s->regions, plan->region_for);
    for (int i = 0; i < s->n_calls; i++)
        if (s->calls[i].step >= plan->n_steps)
            plan->n_steps = s->calls[i].step + 1;
}

static void model_members(struct model *m, int index)
{
    const struct store_spec *s = &m->topology->stores[index];
    struct store_plan *plan = &m->stores[index];
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++) {
        const struct lp_info *lp = &m->lps[model_lp(m, LP_REPLICA, i)];
        if (lp->object != index)
            continue;
        if (plan->n_members == 0)
            plan->first = i;
        if (lp->region == s->leader)
            plan->leader = (uint8_t)plan->n_members;
        plan->in_region[lp->region] |= UINT32_C(1) << plan->n_members;
        plan->member_region[plan->n_members++] = (uint8_t)lp->region;
    }
}

static bool model_takes_time(const struct distribution *d)
{
    return distribution_upper_quantile(d, 1e-9) > 0;
}

static void model_replication(struct model *m, int index)
{
    const struct replication_spec *s = &m->topology->stores[index].replication;
    struct store_plan *plan = &m->stores[index];
    plan->replication_delay = model_time(m, &s->delay);
    plan->send_time = model_time(m, &s->send_time);
    plan->apply_time = model_time(m, &s->apply_time);
    plan->seconds_per_byte = s->bandwidth_bits_per_s > 0 ? 8 / s->bandwidth_bits_per_s : 0;
    plan->has_sender = model_takes_time(&s->send_time) || s->bandwidth_bits_per_s > 0;
    plan->has_appliers = model_takes_time(&s->apply_time);
    plan->is_waited = plan->has_appliers || plan->has_limits;
    plan->batch = simtime_from_seconds(s->batch_s);
    if (m->topology->stores[index].mode == STORE_SINGLE_LEADER)
        plan->delay_hold = simtime_from_seconds(10 * distribution_quantile(&s->delay, 0.5));
}

static void model_quorum(struct model *m, int index)
{
    const struct quorum_spec *q = &m->topology->stores[index].quorum;
    struct store_plan *plan = &m->stores[index];
    const struct distribution *legs[QUORUM_LEGS] = {
        [QUORUM_LEG_WRITE] = &q->legs.write,
        [QUORUM_LEG_ACKNOWLEDGE] = &q->legs.acknowledge,
        [QUORUM_LEG_READ] = &q->legs.read,
        [QUORUM_LEG_RESPONSE] = &q->legs.response,
    };
    for (int i = 0; i < QUORUM_LEGS; i++) {
        plan->legs[i] = model_time(m, legs[i]);
        plan->has_legs |= model_takes_time(legs[i]);
    }
    plan->hint_window = simtime_from_seconds(q->hint_window_s);
    plan->anti_entropy = simtime_from_seconds(q->anti_entropy_s);
    plan->may_miss = q->conflict == QUORUM_NEWEST_WINS &&
                     store_may_miss(&m->topology->stores[index]);
}

static void model_leading(struct model *m, int index)
{
    const struct leader_spec *s = &m->topology->stores[index].leading;
    struct store_plan *plan = &m->stores[index];
    plan->reader_lag = model_time(m, &s->reader_lag);
    plan->has_reader_lag = model_takes_time(&s->reader_lag);
    plan->sync_timeout = simtime_from_seconds(s->sync_timeout_s);
    plan->rpo = simtime_from_seconds(s->rpo_s);
}

static void model_guarantee(struct model *m, int index)
{
    const struct store_spec *s = &m->topology->stores[index];
    m->stores[index].guarantee_timeout = simtime_from_seconds(s->session.timeout_s);
    if (s->session.guarantee != GUARANTEE_NONE && m->n_session_stores == 0)
        array_push(&m->notes,
                   arena_printf(&m->arena,
                                "the guarantee of store '%s' in %s has no effect: no class of "
                                "workload '%s' has own items",
                                s->name, m->topology->name, m->workload->name));
}

static void model_limits(struct model *m, int index)
{
    const struct store_spec *s = &m->topology->stores[index];
    struct store_plan *plan = &m->stores[index];
    plan->has_limits = s->throughput.capacity != CAPACITY_UNLIMITED;
    if (plan->has_limits)
        plan->throughput = throughput_compile(s, m->options.scale);
    plan->conditional = (uint64_t)(s->conditional.share * 0x1p32);
    plan->read_before = model_time(m, &s->conditional.read_before);
}

simtime model_notice_time(const struct model *m, const struct store_plan *plan, uint16_t place)
{
    simtime most = 0;
    for (uint32_t i = 0; i < (uint32_t)plan->n_members; i++) {
        const uint32_t member = model_lp(m, LP_REPLICA, plan->first + i);
        most = simtime_most(most, model_path(m, m->lps[member].place, place)->floor);
    }
    return most;
}

static void model_store(struct model *m, int index)
{
    const struct store_spec *s = &m->topology->stores[index];
    struct store_plan *plan = &m->stores[index];
    plan->read_time = model_time(m, &s->read_time);
    plan->write_time = model_time(m, &s->write_time);
    plan->decide = model_time(m, &s->decide);
    plan->promote = model_time(m, &s->promote);
    plan->servers = (uint32_t)model_scaled(m, s->servers);
    plan->queue = (uint32_t)s->queue;
    plan->first_own = (uint32_t)model_scaled(m,
                                             s->items); // so that writes an item stay as they are
    plan->items = plan->first_own + m->n_users;
    plan->item_slots = m->options.item_slots > 0 ? m->options.item_slots : items_slots(plan->items);
    plan->popularity = model_popularity(m, plan->first_own, s->zipf);
    plan->consistencies = reading_used(m->topology, index);
    model_members(m, index);
    model_limits(m, index);
    model_replication(m, index);
    model_quorum(m, index);
    model_leading(m, index);
    model_guarantee(m, index);
    model_nearest_to_all(m, s->regions & ~s->quorum.witnesses & ~s->passive, plan->replica_region);
}

// What a cache asks is given up when the last of those that may wait for it has done so.
static simtime model_longest_call(const struct model *m, int store)
{
    double longest_s = 0;
    for (int i = 0; i < m->topology->n_services; i++) {
        const struct service_spec *s = &m->topology->services[i];
        for (int k = 0; k < s->n_calls; k++)
            if (s->calls[k].target == CALL_STORE && s->calls[k].index == store)
                longest_s = fmax(longest_s, s->calls[k].timeout_s);
    }
    return simtime_from_seconds(longest_s);
}

static void model_cache_of_store(struct model *m, int index)
{
    const struct caching_spec *s = &m->topology->stores[index].cache;
    if (s->scope == CACHING_NONE)
        return;
    m->caches[index] =
        (struct cache_plan){.hit_time = model_time(m, &s->hit_time),
                            .size = (uint32_t)model_scaled(m, s->size), // as the items
                            .servers = (uint32_t)model_scaled(m, s->servers),
                            .queue = (uint32_t)s->queue,
                            .ttl = simtime_from_seconds(s->ttl_s),
                            .timeout = model_longest_call(m, index)};
    if (s->has_feed)
        m->caches[index].feed_delay = model_time(m, &s->feed_delay);
}

static void model_balancers(struct model *m)
{
    const struct topology *t = m->topology;
    bool is_by_address = false;
    m->balancer_overheads = arena_push(&m->arena, struct variate, 1 + (size_t)t->n_balancers);
    m->balancer_overheads[0] = model_time(m, &t->balancer.overhead);
    for (int i = 0; i < t->n_balancers; i++)
        m->balancer_overheads[1 + i] = model_time(m, &t->balancers[i].overhead);
    for (int s = 0; s < t->n_services; s++) {
        const struct balancer_spec *b = topology_balancer(t, s);
        if (!steering_reaches(&t->steering, t->entry, s) || b->policy != BALANCER_FLOW_HASH)
            continue;
        m->flow_mask = ~UINT64_C(0);
        is_by_address |= b->stickiness == STICKINESS_SOURCE_IP;
    }
    if (is_by_address)
        m->flow_mask = flow_time(m->flow_mask);
}

// ---- whole

static void model_times(struct model *m)
{
    const struct workload *w = m->workload;
    m->duration = simtime_from_seconds(w->duration_s);
    m->warmup = simtime_from_seconds(w->warmup_s);
    m->window = simtime_from_seconds(w->window_s);
    m->n_windows = (size_t)((m->duration - 1) / m->window) + 1;
}

static uint8_t model_class_flags(const struct class_spec *spec)
{
    return (uint8_t)((spec->is_write ? REQUEST_WRITE : 0) |
                     (spec->has_own_items ? REQUEST_OWN : 0));
}

static void model_classes(struct model *m)
{
    for (int c = 0; c < m->workload->n_classes; c++) {
        const struct class_spec *spec = &m->workload->classes[c];
        bool is_heavy = spec->request_bytes > NET_SMALL_BYTES;
        m->classes[c] = (struct class_plan){.request = net_size(spec->request_bytes),
                                            .response = net_size(spec->response_bytes),
                                            .inside = is_heavy ? net_size(spec->request_bytes)
                                                               : net_small,
                                            .deadline = simtime_from_seconds(spec->deadline_s),
                                            .flags = model_class_flags(spec)};
        if (spec->has_own_items)
            m->n_session_stores = (uint32_t)m->topology->n_stores;
    }
}

static void model_note_idle_items(struct model *m)
{
    const struct workload *w = m->workload;
    for (int c = 0; m->topology->n_stores == 0 && c < w->n_classes; c++)
        if (w->classes[c].has_own_items)
            array_push(&m->notes,
                       arena_printf(&m->arena,
                                    "own items of class '%s' have no effect: %s has no store",
                                    w->classes[c].name, m->topology->name));
}

struct model *model_compile(const struct topology *topology, const struct workload *workload,
                            const struct fault_plan *plan, const struct geography *geography,
                            const struct model_options *options)
{
    REQUIRE(options->scale > 0 && options->scale <= 1, "scale %g", options->scale);
    struct arena arena = {0};
    struct model *m = arena_push(&arena, struct model, 1);
    m->arena = arena;
    m->topology = topology;
    m->workload = workload;
    m->plan = plan;
    m->geography = geography;
    m->options = *options;
    model_times(m);
    model_classes(m);
    model_note_idle_items(m);
    check_compile(m);
    layout_number(m);
    net_compile(m);
    layout_place(m);
    layout_cells(m);
    m->populations = arena_push(&m->arena, struct population_plan, (size_t)workload->n_populations);
    m->services = arena_push(&m->arena, struct service_plan, (size_t)topology->n_services);
    m->stores = arena_push(&m->arena, struct store_plan, (size_t)topology->n_stores + 1);
    m->caches = arena_push(&m->arena, struct cache_plan, (size_t)topology->n_stores + 1);
    endpoint_compile(m);
    struct distribution unit = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1};
    m->unit_exponential = model_variate(m, &unit, 1);
    model_balancers(m);
    for (int i = 0; i < workload->n_populations; i++)
        model_population(m, i);
    model_edges(m);
    recordset_compile(m);
    for (int i = 0; i < topology->n_services; i++)
        model_service(m, i);
    for (int i = 0; i < topology->n_stores; i++) {
        model_store(m, i);
        model_cache_of_store(m, i);
    }
    cachefeed_compile(m);
    action_compile(m);
    fault_compile(m);
    return m;
}

void model_free(struct model *m)
{
    if (m == NULL)
        return;
    array_free(&m->jitters);
    array_free(&m->fault_targets);
    array_free(&m->notes);
    struct arena arena = m->arena; // holds the model itself
    arena_free(&arena);
}

simtime model_duration(const struct model *m)
{
    return m->duration;
}

const char *model_note(const struct model *m, size_t index)
{
    return index < m->notes.n ? m->notes.items[index] : NULL;
}
