#include "rich.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/stream.h"

static const char *const rich_codes[] = {"us-east-1", "us-west-2", "eu-west-1"};
static const char *const rich_names[] = {"users", "west", "europe"};

static int rich_below(struct stream *s, uint32_t n)
{
    return (int)stream_below(s, n);
}

static bool rich_chance(struct stream *s, double p)
{
    return stream_uniform(s) < p;
}

static double rich_between(struct stream *s, double low, double high)
{
    return low + (high - low) * stream_uniform(s);
}

static struct distribution rich_time(struct stream *s, double mean)
{
    switch (stream_below(s, 4)) {
    case 0:
        return distribution_constant(mean);
    case 1:
        return (struct distribution){.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 2 * mean};
    case 2:
        return distribution_lognormal_fit(mean, 0.99, 6 * mean);
    default:
        return tiny_exponential(mean);
    }
}

static struct probe_spec rich_probe(struct stream *s)
{
    return (struct probe_spec){.interval_s = rich_between(s, 0.2, 0.6),
                               .connect_timeout_s = 0.3,
                               .response_timeout_s = rich_between(s, 0.1, 0.4),
                               .unhealthy_threshold = 1 + rich_below(s, 3),
                               .healthy_threshold = 1 + rich_below(s, 3),
                               .interval_from_response = rich_chance(s, 0.5),
                               .deep = rich_chance(s, 0.5)};
}

// ---- the parts

static void rich_network(struct tiny *t, struct stream *s)
{
    struct network_spec *n = &t->topology.network;
    n->local_rtt_s = 0.020, n->local_rtt_p99_s = 0.040;
    n->zone_rtt_s = 0.025, n->zone_rtt_p99_s = 0.080;
    n->authority_rtt_s = 0.040, n->authority_rtt_p99_s = 0.100;
    n->resolver_rtt_s = 0.010, n->resolver_rtt_p99_s = 0.030;
    n->backbone_loss = rich_chance(s, 0.5) ? 0.01 : 0;
    n->zone_loss = rich_chance(s, 0.5) ? 0.005 : 0;
    n->backbone_bits_per_s = n->zone_bits_per_s = 1e8;
    n->tls_round_trips = rich_below(s, 3);
    for (int i = 1 + rich_below(s, 3); i > t->topology.n_regions;)
        tiny_add_region(t, rich_codes[t->topology.n_regions], rich_between(s, 30, 200));
    for (int r = 0; r < t->topology.n_regions; r++) {
        t->topology.regions[r].n_zones = 1 + rich_below(s, 3);
        t->topology.regions[r].clock_offset_s = rich_between(s, -0.1, 0.1);
        t->topology.regions[r].clock_error = rich_time(s, 0.05);
    }
}

static void rich_services(struct tiny *t, struct stream *s)
{
    static const char *const names[] = {"web", "cart", "search"};
    for (int n = rich_below(s, 3); t->topology.n_services <= n;)
        tiny_add_service(t, names[t->topology.n_services], tiny_exponential(1));
    for (int i = 0; i < t->topology.n_services; i++) {
        struct service_spec *v = &t->services[i];
        v->work = rich_time(s, rich_between(s, 0.001, 0.02));
        v->servers_per_zone = 1 + rich_below(s, 4);
        v->queue = rich_below(s, 20);
        v->concurrency = 2 + rich_below(s, 30);
        for (int k = i + 1; k < t->topology.n_services; k++) {
            struct call_spec *c = tiny_add_call(t, i, k, rich_below(s, 2));
            c->probability = rich_between(s, 0.3, 1.2);
            c->timeout_s = rich_between(s, 0.1, 1);
            c->optional = rich_chance(s, 0.3);
        }
    }
    t->topology.balancer.policy = rich_chance(s, 0.5) ? BALANCER_LEAST_OUTSTANDING
                                                      : BALANCER_ROUND_ROBIN;
    t->topology.balancer.cross_zone = rich_chance(s, 0.5);
    t->topology.balancer.health = rich_probe(s);
    t->topology.balancer.overhead = rich_time(s, 0.001);
}

static void rich_stores(struct tiny *t, struct stream *s)
{
    int regions = t->topology.n_regions;
    for (int n = rich_chance(s, 0.2) ? 0 : 1 + rich_below(s, 2); t->topology.n_stores < n;) {
        struct store_spec *v = tiny_add_store(t, (enum store_mode)rich_below(s, 3));
        struct call_spec *c = &t->services[0].calls[t->services[0].n_calls - 1];
        c->operation = (enum call_operation)rich_below(s, 3);
        c->timeout_s = rich_between(s, 0.2, 1.5);
        v->servers = 1 + rich_below(s, 5);
        v->queue = rich_below(s, 30);
        v->read_time = rich_time(s, 0.002);
        v->write_time = rich_time(s, 0.004);
        v->replication.delay = rich_time(s, 1);
        v->replication.batch_s = rich_chance(s, 0.2) ? rich_between(s, 0.1, 1) : 0;
        v->replication.bandwidth_bits_per_s = rich_chance(s, 0.2) ? 1e6 : 0;
        if (rich_chance(s, 0.3))
            v->replication.send_time = rich_time(s, 0.05);
        if (rich_chance(s, 0.3))
            v->replication.apply_time = rich_time(s, 0.05);
        v->replication.appliers = 1 + rich_below(s, 3);
        v->items = 1 + (uint32_t)rich_below(s, 10);
        v->zipf = rich_between(s, 0, 1.2);
        v->leader = rich_below(s, (uint32_t)regions);
        v->failover = rich_chance(s, 0.7);
        v->leading.forwarding = (enum leader_forwarding)rich_below(s, 4);
        v->leading.sync_followers = rich_chance(s, 0.3) && regions > 1 ? 1 : 0;
        v->leading.sync_timeout_s = rich_between(s, 0.5, 2);
        v->leading.rpo_s = rich_chance(s, 0.2) ? rich_between(s, 1, 3) : 0;
        if (rich_chance(s, 0.2))
            v->leading.reader_lag = rich_time(s, 0.02);
        if (v->mode != STORE_SINGLE_LEADER) // which alone has one
            v->leading.reader_lag = distribution_constant(0);
        v->heartbeat_s = 0.2, v->detect_s = 0.7;
        v->decide = rich_time(s, 0.3);
        v->promote = rich_time(s, 0.3);
        if (v->mode == STORE_QUORUM)
            v->replicas_per_region = 1 + rich_below(s, 3);
        const uint32_t members = (uint32_t)(regions * v->replicas_per_region);
        v->quorum.write = 1 + rich_below(s, members);
        v->quorum.read = 1 + rich_below(s, members);
        v->quorum.read_mode = (enum quorum_read)rich_below(s, 3);
        v->quorum.timeout_s = 0.6;
        v->quorum.write_scope = (enum quorum_scope)rich_below(s, 3);
        v->quorum.read_scope = (enum quorum_scope)rich_below(s, 3);
        v->quorum.conflict = (enum quorum_conflict)rich_below(s, 2);
        v->quorum.copies = rich_chance(s, 0.3) ? 1 + rich_below(s, members) : 0;
        if (v->quorum.read_mode != QUORUM_READ_QUORUM) // any replica may be asked alone
            v->quorum.copies = 0;
        v->quorum.sloppy = rich_chance(s, 0.5);
        v->quorum.read_repair = rich_chance(s, 0.5);
        v->quorum.hint_window_s = rich_between(s, 0, 5);
        v->quorum.anti_entropy_s = rich_chance(s, 0.5) ? rich_between(s, 1, 5) : 0;
        if (rich_chance(s, 0.2))
            v->quorum.legs.write = rich_time(s, 0.01);
    }
}

static void rich_steering(struct tiny *t, struct stream *s)
{
    struct steering_spec *v = &t->topology.steering;
    v->root.policy = (enum steering_policy)rich_below(s, t->topology.n_regions == 2 ? 4 : 3);
    v->root.ttl_s = rich_between(s, 0.2, 2);
    v->health.probe = rich_probe(s);
    v->health.propagation_s = rich_between(s, 0, 0.3);
    v->health.n_regions = t->topology.n_regions;
    for (int r = 0; r < t->topology.n_regions; r++)
        v->health.regions[r] = r;
    tiny_check_health(t, 1 + rich_below(s, 3));
    for (int r = 0; r < v->root.n_records; r++) {
        v->root.records[r].weight = rich_below(s, 4);
        v->root.records[r].health_check = rich_chance(s, 0.8);
    }
    v->root.records[v->root.n_records - 1].is_secondary = v->root.policy == STEERING_FAILOVER;
}

static void rich_demand(struct tiny *t, struct stream *s)
{
    static const enum access_type access[] = {ACCESS_4G, ACCESS_3G, ACCESS_LEO};
    struct workload *w = &t->workload;
    w->duration_s = 6, w->warmup_s = 1, w->window_s = 0.5;
    w->n_classes = 2;
    w->classes[0].request_bytes = 600, w->classes[0].response_bytes = 20000;
    w->classes[0].deadline_s = rich_between(s, 0.5, 3);
    w->classes[1] = w->classes[0];
    w->classes[1].is_write = true;
    for (int n = rich_below(s, 3); w->n_populations <= n;)
        tiny_add_population(t, rich_names[w->n_populations]);
    for (int i = 0; i < w->n_populations; i++) {
        struct population_spec *p = &t->populations[i];
        p->rate_rps = rich_between(s, 30, 120);
        p->longitude_deg = rich_between(s, -180, 180);
        p->access = access[rich_below(s, 3)];
        p->clients = 1 + rich_below(s, 50);
        p->resolvers = 1 + rich_below(s, 5);
        p->resolver_skew = rich_between(s, 0, 1);
        p->mix[1] = rich_between(s, 0.1, 1);
        p->client = (struct client_spec){.connect_timeout_s = rich_between(s, 0.3, 1.5),
                                         .attempt_timeout_s = rich_between(s, 0.3, 1.5),
                                         .dns_timeout_s = rich_between(s, 0.2, 1),
                                         .attempts = 1 + rich_below(s, 4),
                                         .backoff_base_s = 0.05,
                                         .backoff_cap_s = 0.5,
                                         .backoff_jitter = BACKOFF_FULL,
                                         .idle_timeout_s = rich_between(s, 0, 1),
                                         .max_age_s = rich_between(s, 0.5, 5)};
    }
}

static void rich_faults(struct tiny *t, struct stream *s)
{
    for (int i = rich_below(s, TINY_FAULTS + 1); i > 0; i--) {
        struct fault_spec *f = tiny_add_fault(t);
        bool is_part;
        f->target = (enum fault_target)rich_below(s, 5);
        f->region = rich_chance(s, 0.4) ? "*" : rich_codes[rich_below(s, 3)];
        f->zone = rich_chance(s, 0.5) ? "*" : "a";
        if (f->target == FAULT_SERVICE)
            f->zone = ALL_ZONES;
        f->peer = rich_chance(s, 0.4) ? "*" : rich_codes[rich_below(s, 3)];
        if (rich_chance(s, 0.3))
            f->peer = "users";
        f->one_way = rich_chance(s, 0.5);
        is_part = f->target == FAULT_SERVICE || f->target == FAULT_STORE;
        f->effect = (enum fault_effect)rich_below(s, 6);
        if (f->target == FAULT_LINK)
            f->effect = (enum fault_effect)rich_below(s, 3); // down, slow, lossy
        else if (is_part && (f->effect == FAULT_LOSSY || f->effect == FAULT_CONTROL_PLANE))
            f->effect = FAULT_ERRORS;
        f->level = f->effect == FAULT_SLOW ? rich_between(s, 1, 10) : rich_between(s, 0, 1);
        f->is_random = rich_chance(s, 0.6);
        f->rate_per_s = rich_between(s, 0.1, 1);
        f->at_s = rich_between(s, 0, 6);
        f->duration = rich_time(s, 1.5);
        f->ramp_s = f->effect == FAULT_CAPACITY ? 1 : 0;
    }
}

// In every other world: several addresses in an answer, or a tree of two sets. Of a stream of its
// own, so that the rest of the world stays as it is.
static void rich_tree(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich tree");
    struct steering_spec *v = &t->topology.steering;
    static struct record_set_spec leaf;
    switch (rich_below(&s, 4)) {
    case 0:
        v->root.policy = STEERING_MULTIVALUE;
        break;
    case 1:
        leaf = v->root;
        leaf.name = "leaf";
        leaf.policy = rich_chance(&s, 0.5) ? STEERING_WEIGHTED : STEERING_GEOPROXIMITY;
        v->sets = &leaf;
        v->n_sets = 1;
        v->root.policy = STEERING_FAILOVER;
        v->root.n_records = 2;
        v->root.records[0] = (struct record_spec){.region = -1, .set = 0};
        v->root.records[0].evaluate_target_health = rich_chance(&s, 0.7);
        v->root.records[1] = leaf.records[0];
        v->root.records[1].is_secondary = true;
        break;
    default:
        break;
    }
}

// In two worlds of three: checks of every kind behind the records, and answers that are wrong. Of a
// stream of its own, too.
static void rich_checks(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich checks");
    struct record_set_spec *root = &t->topology.steering.root;
    if (seed % 3 == 1)
        return;
    for (int kind = CHECK_HTTP; kind <= CHECK_CONTROL; kind++) {
        struct check_spec *c = tiny_add_check(t, (enum check_kind)kind);
        c->region = rich_below(&s, (uint32_t)t->topology.n_regions);
        c->is_inverted = rich_chance(&s, 0.2);
        c->is_disabled = rich_chance(&s, 0.1);
        c->initially_on = rich_chance(&s, 0.7);
        c->of = 7;
        c->healthy_at_least = 1 + rich_below(&s, 3);
        c->alarm = (struct alarm_spec){.metric = (enum alarm_metric)rich_below(&s, 5),
                                       .statistic = (enum alarm_statistic)rich_below(&s, 3),
                                       .limit = rich_between(&s, 0, 0.3),
                                       .period_s = 0.5,
                                       .periods = 1 + rich_below(&s, 3),
                                       .delay = rich_time(&s, 0.3),
                                       .insufficient = (enum alarm_insufficient)rich_below(&s, 3)};
    }
    for (int i = 0; i < root->n_records; i++)
        if (rich_chance(&s, 0.7))
            root->records[i].health_check = RECORD_NAMED_CHECK + rich_below(&s, 6);
    for (int i = 0; i < t->plan.n_faults; i++)
        if (t->faults[i].target == FAULT_SERVICE && rich_chance(&s, 0.3))
            t->faults[i].effect = FAULT_WRONG_ANSWERS;
}

// And operators who change what there is, through control planes that may be down.
static void rich_actions(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich actions");
    static const enum action_kind kinds[] = {
        ACTION_RECORD, ACTION_RECORD, ACTION_RECORD,          ACTION_CHECK,
        ACTION_CHECK,  ACTION_CHECK,  ACTION_ROUTING_CONTROL, ACTION_ROUTING_CONTROL};
    if (seed % 3 == 1)
        return;
    for (int i = 0; i < (int)ARRAY_LEN(kinds); i++) {
        struct action_spec *a = tiny_add_action(t, kinds[i], (enum action_change)i,
                                                rich_between(&s, 0, 5));
        a->target = rich_codes[rich_below(&s, 3)];
        a->check = t->checks[kinds[i] == ACTION_CHECK ? rich_below(&s, 6) : CHECK_CONTROL].name;
        a->weight = rich_below(&s, 4);
        a->takes = rich_time(&s, 0.5);
        a->endpoint_timeout_s = 0.2;
    }
}

static void rich_balancer(struct balancer_spec *b, struct stream *s, bool is_network)
{
    b->kind = is_network ? BALANCER_NETWORK : BALANCER_APPLICATION;
    b->policy = is_network ? BALANCER_FLOW_HASH : (enum balancer_policy)rich_below(s, 3);
    b->anomaly_mitigation = b->policy == BALANCER_WEIGHTED_RANDOM && rich_chance(s, 0.7);
    b->slow_start_s = b->policy == BALANCER_ROUND_ROBIN && rich_chance(s, 0.5) ? 2 : 0;
    b->health.kind = is_network && rich_chance(s, 0.5) ? PROBE_TCP : PROBE_HTTP;
    b->fail_open = (struct healthy_minimum){1, rich_chance(s, 0.5) ? 0.5 : 0};
    b->dns_failover = (struct healthy_minimum){rich_below(s, 3), rich_chance(s, 0.3) ? 0.7 : 0};
    b->idle_timeout_s = rich_between(s, 0.5, 3);
    b->keep_alive_s = rich_between(s, 0.5, 3);
    b->deregistration_delay_s = rich_between(s, 0, 1);
    b->autoshift = (struct autoshift_spec){.enabled = rich_chance(s, 0.5),
                                           .practice = true,
                                           .starts_after = rich_time(s, 0.2),
                                           .ends_after = rich_time(s, 0.2)};
}

// Several targets a zone, of which faults hit some, behind balancers of both kinds.
static void rich_targets(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich targets");
    static struct balancer_spec named;
    if (seed % 3 == 1)
        return;
    rich_balancer(&t->topology.balancer, &s, rich_chance(&s, 0.3));
    named = t->topology.balancer;
    rich_balancer(&named, &s, rich_chance(&s, 0.5));
    t->topology.balancers = &named;
    t->topology.n_balancers = 1;
    for (int i = 0; i < t->topology.n_services; i++) {
        struct service_spec *v = &t->services[i];
        v->targets_per_zone = 1 + rich_below(&s, 4);
        v->servers_per_zone = v->targets_per_zone * (1 + rich_below(&s, 2));
        // One by one: compilers differ in the order of what an expression draws.
        const int zone = rich_below(&s, 3);
        v->targets_in_zone[zone] = rich_below(&s, 6);
        v->balancer = rich_chance(&s, 0.4) ? 0 : -1;
    }
    for (int i = 0; i < t->plan.n_faults; i++)
        t->faults[i].targets = t->faults[i].target == FAULT_SERVICE ? rich_below(&s, 3) : 0;
}

static void rich_shifts(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich shifts");
    static const enum action_change changes[] = {ACTION_START, ACTION_CANCEL, ACTION_DEREGISTER,
                                                 ACTION_REGISTER};
    if (seed % 3 == 1)
        return;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        struct action_spec *a = tiny_add_action(t, i < 2 ? ACTION_ZONAL_SHIFT : ACTION_TARGETS,
                                                changes[i], rich_between(&s, 0.5 * (double)i, 5));
        a->region = a->service = "*";
        a->zone = i >= 2 && rich_chance(&s, 0.3) ? ALL_ZONES : "a";
        a->targets = rich_below(&s, 3);
        a->expires_s = rich_between(&s, 0.5, 3);
    }
}

void rich_make(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich world");
    tiny_init(t);
    rich_network(t, &s);
    rich_services(t, &s);
    rich_stores(t, &s);
    rich_steering(t, &s);
    rich_tree(t, seed);
    rich_demand(t, &s);
    rich_faults(t, &s);
    rich_checks(t, seed);
    rich_actions(t, seed);
    rich_targets(t, seed);
    rich_shifts(t, seed);
}

static struct consensus_spec rich_consensus(struct stream *s, int n_regions)
{
    struct consensus_spec c = {.groups = 1 + rich_below(s, 6), .leaders = STORE_LEADERS_SPREAD};
    if (rich_chance(s, 0.5))
        c.leaders = rich_below(s, (uint32_t)n_regions);
    c.transfer_back = rich_chance(s, 0.7);
    c.transfer_after_s = rich_between(s, 0, 1);
    c.election_timeout_s = rich_between(s, 0.3, 1);
    c.heartbeat_s = c.election_timeout_s / rich_between(s, 5, 10);
    c.read = (enum consensus_read)rich_below(s, 3);
    c.clock_tolerance_s = rich_between(s, 0, 0.2);
    c.lease_s = c.clock_tolerance_s + c.heartbeat_s + rich_between(s, 0.01, 1);
    c.timeout_s = rich_between(s, 0.3, 2);
    return c;
}

void rich_add_consensus(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich consensus");
    if (t->topology.n_stores == 0)
        tiny_add_store(t, STORE_CONSENSUS);
    for (int i = 0; i < t->topology.n_stores; i++) {
        t->stores[i].mode = STORE_CONSENSUS;
        t->stores[i].replicas_per_region = 1 + rich_below(&s, 3);
        t->stores[i].consensus = rich_consensus(&s, t->topology.n_regions);
    }
}

// Pools, and where their requests come back to.
static void rich_connections(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich connections");
    for (int i = 0; i < t->workload.n_populations; i++) {
        t->populations[i].client.connections = rich_chance(&s, 0.5) ? 1 + rich_below(&s, 4) : 0;
        t->populations[i].client.acquire_timeout_s = rich_between(&s, 0.1, 1);
    }
    if (rich_chance(&s, 0.5))
        t->topology.balancer.stickiness = t->topology.balancer.kind == BALANCER_NETWORK
                                              ? STICKINESS_SOURCE_IP
                                              : STICKINESS_COOKIE;
    t->topology.balancer.cookie_s = rich_between(&s, 1, 5);
}

void rich_add_clients(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich clients");
    for (int i = 0; i < t->workload.n_populations; i++) {
        struct demand_spec *d = &t->populations[i].demand;
        d->mode = (enum demand_mode)rich_below(&s, 3);
        d->requests = rich_time(&s, 3);
        d->think = rich_time(&s, rich_between(&s, 0.1, 0.5));
        if (rich_chance(&s, 0.7))
            d->patience = rich_time(&s, rich_between(&s, 0.2, 1.5));
        t->populations[i].client.cancels = rich_chance(&s, 0.5);
        t->populations[i].client.tells_deadline = rich_chance(&s, 0.5);
        if (rich_chance(&s, 0.6))
            t->populations[i].client.hedge =
                (struct hedge_spec){.most = 1 + rich_below(&s, 2),
                                    .after_s = rich_between(&s, 0.05, 0.3),
                                    .budget = rich_between(&s, 0.1, 1),
                                    .writes = rich_chance(&s, 0.3),
                                    .elsewhere = rich_chance(&s, 0.5)};
        t->populations[i].client.races = rich_chance(&s, 0.5);
        t->populations[i].client.address_delay_s = rich_between(&s, 0.01, 0.3);
        t->populations[i].client.breaker =
            (struct breaker_spec){.mode = (enum breaker_mode)rich_below(&s, 3),
                                  .failures = 1 + rich_below(&s, 4),
                                  .ratio = rich_between(&s, 0.2, 0.8),
                                  .window = 20,
                                  .minimum = 1 + rich_below(&s, 20),
                                  .open_s = rich_between(&s, 0.1, 1),
                                  .probes = 1 + rich_below(&s, 4),
                                  .shared = rich_chance(&s, 0.5)};
    }
    rich_connections(t, seed);
}

// As balancers that users come to must be (balancer_check.c).
static bool rich_is_as_sticky(const struct topology *t, int service)
{
    return topology_balancer(t, service)->stickiness == topology_balancer(t, t->entry)->stickiness;
}

static void rich_accelerator(struct tiny *t, struct stream *s)
{
    struct steering_spec *v = &t->topology.steering;
    v->root.policy = STEERING_ACCELERATOR;
    v->accelerator = (struct accelerator_spec){.affinity = (enum client_affinity)rich_below(s, 2),
                                               .idle_timeout_s = rich_between(s, 0.5, 3),
                                               .reaction = rich_time(s, 0.3),
                                               .failback_s = rich_between(s, 0, 1)};
    for (int r = 0; r < v->root.n_records; r++) {
        struct record_spec *record = &v->root.records[r];
        record->dial = rich_between(s, 0, 1.5);
        for (int i = 0; i < t->topology.n_services && rich_chance(s, 0.8); i++)
            if (rich_is_as_sticky(&t->topology, i))
                record->endpoints[record->n_endpoints++] =
                    (struct endpoint_spec){i, rich_below(s, 4), i > 0 && v->n_checks > 0 ? i : -1};
    }
    for (int i = 0; i < t->plan.n_actions && i < 2; i++) {
        t->actions[i].kind = i == 0 ? ACTION_TRAFFIC_DIAL : ACTION_ENDPOINT_WEIGHT;
        t->actions[i].change = i == 0 ? ACTION_DIAL : ACTION_WEIGHT;
        t->actions[i].dial = rich_between(s, 0, 1);
    }
}

static void rich_global_balancer(struct tiny *t, struct stream *s)
{
    struct steering_spec *v = &t->topology.steering;
    v->root.policy = STEERING_GLOBAL_BALANCER;
    v->global_balancer = (struct global_balancer_spec){
        .affinity = rich_chance(s, 0.5) ? AFFINITY_COOKIE : AFFINITY_NONE,
        .idle_timeout_s = rich_between(s, 0.5, 3),
        .reaction = rich_time(s, 0.3),
        .failback_s = rich_between(s, 0, 1),
        .retries = rich_below(s, 4),
        .retry_on = (enum proxy_retry)rich_below(s, 2),
        .retry_writes = rich_chance(s, 0.5),
        .try_timeout_s = rich_between(s, 0.1, 1),
        .none_healthy = (enum proxy_despair)rich_below(s, 2),
        .report_period_s = rich_between(s, 0.2, 1)};
    for (int r = 0; r < v->root.n_records; r++)
        v->root.records[r].capacity_rps = rich_chance(s, 0.7) ? rich_between(s, 1, 20) : 0;
}

void rich_add_edges(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich edges");
    struct record_set_spec *root = &t->topology.steering.root;
    t->topology.steering.n_sets = 0;
    t->topology.network.edge_rtt_s = 0.01;
    root->n_records = t->topology.n_regions;
    for (int r = 0; r < root->n_records; r++)
        root->records[r] = (struct record_spec){
            .region = r,
            .set = -1,
            .evaluate_target_health = true,
            .health_check = rich_chance(&s, 0.5) ? RECORD_DEFAULT_CHECK : RECORD_UNCHECKED};
    if (seed % 2 == 0)
        rich_global_balancer(t, &s);
    else
        rich_accelerator(t, &s);
}

// ---- running

void rich_run(const struct tiny *t, enum model_partition partition,
              const struct world_run_conf *conf, struct record *record)
{
    struct model *m = tiny_compile(t, partition);
    REQUIRE(world_run(m, conf, record), "a run that nobody cancels");
    for (size_t i = 0; i < record->journal.n; i++)
        record->journal.items[i].component = strdup(record->journal.items[i].component);
    model_free(m);
}

void rich_drop(struct record *record)
{
    for (size_t i = 0; i < record->journal.n; i++)
        free((char *)record->journal.items[i].component);
    record_free(record);
}
