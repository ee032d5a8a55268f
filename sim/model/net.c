#include "model/net.h"

#include <math.h>
#include <string.h>

#include "base/base.h"

// RFC 6298: initial retransmission timeout of a connection 1 s; Linux's least timeout later is 200
// ms.
static const simtime net_syn_timeout = SIMTIME_S;
static const simtime net_least_timeout = 200 * SIMTIME_MS;

// One-way delays of a lognormal with this sigma add up to a round trip whose p90/p50 of the jitter
// is about that of a lognormal with sigma 0.98 (Fenton-Wilkinson: e^(s2^2)-1 = (e^(s1^2)-1)/2).
static const double net_jitter_sigma = 1.2;
static const double net_round_trip_sigma = 0.98;
static const double net_z90 = 1.2815515655446004;
static const double net_z99 = 2.3263478740408408;

// ---- drawing delays

struct net_size net_size(double bytes)
{
    double packets = fmin(fmax(1, ceil(bytes / NET_PACKET_BYTES)), UINT32_MAX);
    return (struct net_size){bytes, (uint32_t)packets};
}

void net_set_loss(struct path *path, double loss)
{
    path->loss = loss;
    path->loss_word = (uint64_t)ceil(loss * 0x1p32);
}

static double net_any_lost(double loss, struct net_size size)
{
    double expected = loss * size.packets;
    return expected < 1e-3 ? expected : -expm1(size.packets * log1p(-loss));
}

// Extra delay by retransmissions of a message that has lost a packet, or NET_LOST when the sender
// gives up.
static simtime net_repair(const struct path *path, struct stream *s, double loss,
                          struct net_size size)
{
    simtime extra = 2 * path->floor; // fast retransmit: the gap shows after a round trip
    simtime timeout = path->retransmit;
    if (size.packets <= 3) {
        extra = timeout;
        timeout *= 2;
    }
    for (int resends = 1; stream_uniform(s) < loss; resends++) {
        if (resends == NET_RESEND_LIMIT)
            return NET_LOST;
        extra += timeout;
        timeout *= 2;
    }
    return extra;
}

static simtime net_add(simtime delay, simtime extra)
{
    return extra == NET_LOST ? NET_LOST : delay + extra;
}

// A draw of 32 bits fell below packets x loss_word: takes back what that is above `exact`.
static bool net_is_struck(const struct path *path, struct stream *s, uint32_t packets, double exact)
{
    double bound = fmin((double)path->loss_word * 0x1p-32 * packets, 1);
    return stream_uniform(s) * bound < exact;
}

simtime net_delay_if_lost(const struct path *path, struct stream *s, struct net_size size,
                          simtime delay)
{
    if (path->loss >= 1)
        return NET_LOST;
    if (!net_is_struck(path, s, size.packets, net_any_lost(path->loss, size)))
        return delay;
    return net_add(delay, net_repair(path, s, path->loss, size));
}

// Slow links take longer for all of the way.
static simtime net_travel_in_state(const struct path *path, const struct fault_state *f,
                                   struct stream *s, struct net_size size)
{
    simtime delay = net_travel(path, stream_word(s), size);
    return f->slow > 1 ? (simtime)((double)delay * (double)f->slow) : delay;
}

static double net_loss(const struct path *path, const struct fault_state *f)
{
    return f->loss > 0 ? 1 - (1 - path->loss) * (1 - (double)f->loss) : path->loss;
}

simtime net_delay_in_state(const struct path *path, const struct fault_state *f, struct stream *s,
                           struct net_size size)
{
    if (f->is_dead)
        return NET_LOST;
    simtime delay = net_travel_in_state(path, f, s, size);
    double loss = net_loss(path, f);
    if (loss >= 1)
        return NET_LOST;
    if (loss <= 0 || stream_uniform(s) >= net_any_lost(loss, size))
        return delay;
    return net_add(delay, net_repair(path, s, loss, size));
}

// Extra delay of a connection whose first packet was lost.
static simtime net_reconnect(struct stream *s, double loss)
{
    simtime extra = net_syn_timeout, timeout = 2 * net_syn_timeout;
    for (int resends = 1; stream_uniform(s) < loss; resends++) {
        if (resends == NET_RESEND_LIMIT)
            return NET_LOST;
        extra += timeout;
        timeout *= 2;
    }
    return extra;
}

simtime net_connect_delay(const struct path *path, const struct timeline *link, struct stream *s,
                          simtime now)
{
    const struct fault_state *f = timeline_at(link, now);
    if (f->is_dead)
        return NET_LOST;
    if (f != &fault_state_fine) {
        simtime delay = net_travel_in_state(path, f, s, net_empty);
        double loss = net_loss(path, f);
        return stream_uniform(s) < loss ? net_add(delay, net_reconnect(s, loss)) : delay;
    }
    uint64_t word = stream_word(s);
    simtime delay = net_travel(path, word, net_empty);
    if ((uint32_t)word < path->loss_word && net_is_struck(path, s, 1, path->loss))
        return net_add(delay, net_reconnect(s, path->loss));
    return delay;
}

simtime net_median(const struct path *path)
{
    return path->floor + (simtime)path->jitter_ns;
}

// ---- building paths

// Round trip as medians and a high percentile, in seconds.
struct net_round_trip {
    double floor_s;
    double median_s; // of the jitter above the floor
    double sigma;    // of its logarithm
};

// Table of the lognormal with median 1 and this sigma; equal sigmas share one.
static const struct variate *net_unit_jitter(struct model *m, double sigma)
{
    for (size_t i = 0; i < m->jitters.n; i++)
        if (m->jitters.items[i]->sigma == sigma)
            return &m->jitters.items[i]->table;
    struct net_jitter *j = arena_push(&m->arena, struct net_jitter, 1);
    struct distribution d = {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = sigma};
    j->sigma = sigma;
    j->table = model_variate(m, &d, 1);
    array_push(&m->jitters, j);
    return &j->table;
}

static struct path net_path(struct model *m, struct net_round_trip rtt)
{
    // Half the mean of the round trip's jitter goes to each direction.
    double mean_s = rtt.median_s * exp(rtt.sigma * rtt.sigma / 2) / 2;
    double sigma = rtt.sigma / net_round_trip_sigma * net_jitter_sigma;
    struct path p = {.floor = simtime_from_seconds(rtt.floor_s / 2),
                     .jitter = net_unit_jitter(m, sigma),
                     .jitter_ns = mean_s * exp(-sigma * sigma / 2) * 1e9};
    if (p.floor < SIMTIME_US)
        p.floor = SIMTIME_US;
    return p;
}

// Round trip of which the floor is a share of the median and p99 is given.
static struct net_round_trip net_from_p99(double floor_share, double median_s, double p99_s)
{
    double jitter = median_s * (1 - floor_share);
    double high = p99_s - median_s * floor_share;
    return (struct net_round_trip){.floor_s = median_s * floor_share,
                                   .median_s = jitter,
                                   .sigma = high > jitter ? log(high / jitter) / net_z99 : 0.1};
}

// Between regions: measured p50 and p90, or the distance model.
static struct net_round_trip net_backbone(const struct model *m, int from, int to)
{
    const struct geography *g = m->geography;
    const struct network_spec *n = &m->topology->network;
    size_t at = (size_t)from * g->n_regions + (size_t)to;
    double p50 = (double)g->rtt_p50_ms[at] * 1e-3, p90 = (double)g->rtt_p90_ms[at] * 1e-3;
    if (isnan(p50) || isnan(p90)) {
        const struct region_fact *a = &g->regions[from], *b = &g->regions[to];
        double km = geography_distance_km(a->latitude_deg, a->longitude_deg, b->latitude_deg,
                                          b->longitude_deg);
        p50 = 2 * km * n->backbone_stretch / n->fibre_km_per_s + 1e-3;
        p90 = p50 + 5e-3; // median of p90 - p50 over all measured pairs
    }
    double ratio = exp(net_round_trip_sigma * net_z90);
    double jitter = (p90 - p50) / (ratio - 1);
    if (jitter < 0.1e-3) // tables are rounded to 1 ms: equal figures still jitter
        jitter = 0.1e-3;
    return (struct net_round_trip){p50 > 2 * jitter ? p50 - jitter : p50 / 2, jitter,
                                   net_round_trip_sigma};
}

static struct net_round_trip net_internet(const struct model *m, const struct population_spec *p,
                                          int region)
{
    const struct region_fact *r = &m->geography->regions[region];
    const struct network_spec *n = &m->topology->network;
    const struct access_fact *a = geography_access(p->access);
    double km = geography_distance_km(p->latitude_deg, p->longitude_deg, r->latitude_deg,
                                      r->longitude_deg);
    bool is_by_edge = steering_has_edges(&m->topology->steering);
    double stretch = is_by_edge ? n->backbone_stretch : n->internet_stretch;
    double distance_s = 2 * km * stretch / n->fibre_km_per_s + 1e-3;
    if (is_by_edge)
        distance_s += n->edge_rtt_s;
    double jitter = (a->rtt_median_ms - a->rtt_floor_ms) * 1e-3;
    double high = (a->rtt_p99_ms - a->rtt_floor_ms) * 1e-3;
    return (struct net_round_trip){distance_s + a->rtt_floor_ms * 1e-3, jitter,
                                   log(high / jitter) / net_z99};
}

enum net_place_kind {
    PLACE_POPULATION,
    PLACE_RESOLVER,
    PLACE_AUTHORITY,
    PLACE_CHECKER,
    PLACE_ZONE,
    PLACE_REGION,
};

struct net_place {
    enum net_place_kind kind;
    int index; // population, or topology region
    int zone;
    int geography; // region facts, or -1
};

static struct net_place net_describe(const struct model *m, uint16_t place)
{
    int pops = m->workload->n_populations;
    if (place < m->resolver_place)
        return (struct net_place){PLACE_POPULATION, place, 0, -1};
    if (place < m->authority_place)
        return (struct net_place){PLACE_RESOLVER, place - pops, 0, -1};
    if (place == m->authority_place)
        return (struct net_place){PLACE_AUTHORITY, 0, 0, -1};
    const struct topology *t = m->topology;
    if (place < m->checker_place + m->n_checker_places) {
        int i = place - m->checker_place;
        return (struct net_place){PLACE_CHECKER, i, 0, m->checker_places[i]};
    }
    for (int r = 0; r < t->n_regions; r++) {
        if (place == m->region_place[r])
            return (struct net_place){PLACE_REGION, r, -1, t->regions[r].geography};
        for (int z = 0; z < t->regions[r].n_zones; z++)
            if (place == m->zone_place[r][z])
                return (struct net_place){PLACE_ZONE, r, z, t->regions[r].geography};
    }
    REQUIRE(false, "place %u of %u", place, m->n_places);
    return (struct net_place){0};
}

static bool net_is_cloud(struct net_place p)
{
    return p.kind >= PLACE_CHECKER;
}

static double net_user_ns_per_byte(const struct model *m, struct net_place user, bool upwards)
{
    const struct access_fact *a = geography_access(m->workload->populations[user.index].access);
    return 8e9 / (upwards ? a->up_bits_per_s : a->down_bits_per_s);
}

static struct path net_user_cloud(struct model *m, struct net_place user, struct net_place cloud,
                                  bool upwards)
{
    const struct population_spec *p = &m->workload->populations[user.index];
    struct path path = net_path(m, net_internet(m, p, cloud.geography));
    net_set_loss(&path, geography_access(p->access)->loss_ratio);
    path.ns_per_byte = net_user_ns_per_byte(m, user, upwards);
    return path;
}

static struct path net_cloud_cloud(struct model *m, struct net_place a, struct net_place b)
{
    const struct network_spec *n = &m->topology->network;
    bool same_region = a.geography == b.geography;
    struct path path;
    if (!same_region) {
        path = net_path(m, net_backbone(m, a.geography, b.geography));
        net_set_loss(&path, n->backbone_loss);
        path.ns_per_byte = 8e9 / n->backbone_bits_per_s;
        return path;
    }
    bool same_zone = a.kind == PLACE_ZONE && b.kind == PLACE_ZONE && a.zone == b.zone;
    path = same_zone ? net_path(m, net_from_p99(0.6, n->local_rtt_s, n->local_rtt_p99_s))
                     : net_path(m, net_from_p99(0.6, n->zone_rtt_s, n->zone_rtt_p99_s));
    net_set_loss(&path, n->zone_loss);
    path.ns_per_byte = 8e9 / n->zone_bits_per_s;
    return path;
}

static struct path net_between(struct model *m, struct net_place a, struct net_place b)
{
    const struct network_spec *n = &m->topology->network;
    if (net_is_cloud(a) && net_is_cloud(b))
        return net_cloud_cloud(m, a, b);
    if (a.kind == PLACE_POPULATION && net_is_cloud(b))
        return net_user_cloud(m, a, b, true);
    if (b.kind == PLACE_POPULATION && net_is_cloud(a))
        return net_user_cloud(m, b, a, false);
    if (a.kind == PLACE_AUTHORITY || b.kind == PLACE_AUTHORITY)
        return net_path(m, net_from_p99(0.5, n->authority_rtt_s, n->authority_rtt_p99_s));
    if (net_is_cloud(a) || net_is_cloud(b) || a.index != b.index)
        return (struct path){.floor = SIMTIME_NEVER / 4}; // these never talk
    // A user and its resolver: the last mile counts too.
    const struct access_fact *f = geography_access(m->workload->populations[a.index].access);
    struct net_round_trip rtt = net_from_p99(0.5, n->resolver_rtt_s, n->resolver_rtt_p99_s);
    rtt.floor_s += f->rtt_floor_ms * 1e-3;
    rtt.median_s += (f->rtt_median_ms - f->rtt_floor_ms) * 1e-3;
    return net_path(m, rtt);
}

static void net_number_places(struct model *m)
{
    const struct topology *t = m->topology;
    uint16_t n = 0, pops = (uint16_t)m->workload->n_populations;
    m->population_place = n, n += pops;
    m->resolver_place = n, n += pops;
    m->authority_place = n, n += 1;
    m->checker_place = n, n += m->n_checker_places;
    for (int r = 0; r < t->n_regions; r++) {
        m->region_place[r] = n, n += 1;
        for (int z = 0; z < t->regions[r].n_zones; z++)
            m->zone_place[r][z] = n, n += 1;
    }
    m->n_places = n;
}

static struct net_domain net_describe_domain(struct net_place p)
{
    struct net_domain d = {-1, -1, -1};
    if (p.kind == PLACE_POPULATION || p.kind == PLACE_RESOLVER)
        d.population = p.index;
    if (p.kind == PLACE_ZONE || p.kind == PLACE_REGION)
        d.region = p.index, d.zone = p.zone;
    return d;
}

// Places that share faults get one domain: a population and its resolvers, all of global control.
static void net_number_domains(struct model *m)
{
    m->domain_of = arena_push(&m->arena, uint16_t, m->n_places);
    m->domains = arena_push(&m->arena, struct net_domain, m->n_places);
    for (uint16_t i = 0; i < m->n_places; i++) {
        struct net_domain d = net_describe_domain(net_describe(m, i));
        uint16_t k = 0;
        while (k < m->n_domains &&
               (m->domains[k].population != d.population || m->domains[k].region != d.region ||
                m->domains[k].zone != d.zone))
            k++;
        if (k == m->n_domains)
            m->domains[m->n_domains++] = d;
        m->domain_of[i] = k;
    }
}

void net_compile(struct model *m)
{
    net_number_places(m);
    net_number_domains(m);
    m->paths = arena_push(&m->arena, struct path, (size_t)m->n_places * m->n_places);
    for (uint16_t a = 0; a < m->n_places; a++) {
        for (uint16_t b = 0; b < m->n_places; b++) {
            struct path *p = &m->paths[(uint32_t)a * m->n_places + b];
            *p = net_between(m, net_describe(m, a), net_describe(m, b));
            p->link = (uint32_t)m->domain_of[a] * m->n_domains + m->domain_of[b];
            p->retransmit = net_least_timeout + 2 * p->floor;
        }
    }
}
