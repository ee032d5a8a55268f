#include "tiny.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "model/model.h"

static const struct probe_spec tiny_probe = {.interval_s = 10,
                                             .connect_timeout_s = 4,
                                             .response_timeout_s = 2,
                                             .unhealthy_threshold = 3,
                                             .healthy_threshold = 3,
                                             .interval_from_response = true};

struct distribution tiny_exponential(double mean)
{
    return (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = mean};
}

// ---- one region, one server

static void tiny_network(struct network_spec *n)
{
    *n = (struct network_spec){.internet_stretch = 1,
                               .backbone_stretch = 2,
                               .fibre_km_per_s = 200e3,
                               .zone_rtt_s = 20e-6,
                               .zone_rtt_p99_s = 21e-6,
                               .local_rtt_s = 20e-6,
                               .local_rtt_p99_s = 21e-6,
                               .backbone_bits_per_s = 1e12,
                               .zone_bits_per_s = 1e12,
                               .resolver_rtt_s = 1e-3,
                               .resolver_rtt_p99_s = 2e-3,
                               .authority_rtt_s = 10e-3,
                               .authority_rtt_p99_s = 20e-3,
                               .tls_round_trips = 1};
}

static void tiny_topology(struct tiny *t)
{
    struct topology *y = &t->topology;
    y->name = y->title = y->file = y->text = "tiny";
    y->services = t->services;
    y->stores = t->stores;
    y->balancer = (struct balancer_spec){.cross_zone = true,
                                         .fail_open = {.count = 1},
                                         .dns_failover = {.count = 1},
                                         .idle_timeout_s = 60,
                                         .keep_alive_s = 1e9,
                                         .health = tiny_probe};
    y->balancer.overhead = distribution_constant(0);
    y->balancer.health.interval_s = 1e6; // out of the way
    y->steering = (struct steering_spec){
        .root = {.policy = STEERING_SIMPLE, .ttl_s = 60},
        .negative_ttl_s = 900,
        .health = {.probe = tiny_probe, .n_regions = 1, .per_region = 1, .healthy_share = 0.18}};
    tiny_network(&y->network);
}

static void tiny_workload(struct tiny *t)
{
    struct workload *w = &t->workload;
    w->name = w->title = w->file = w->text = "tiny";
    w->duration_s = 10000;
    w->window_s = 10;
    w->up_threshold = 0.95;
    w->n_classes = 1;
    w->classes[0] = (struct class_spec){.name = "get", .weight = 1, .deadline_s = 1e9};
    w->populations = t->populations;
    tiny_add_population(t, "users");
}

void tiny_init(struct tiny *t)
{
    memset(t, 0, sizeof *t);
    t->geography = (struct geography){
        .regions = t->facts, .rtt_p50_ms = t->rtt, .rtt_p90_ms = t->rtt, .rtt_source = "test"};
    tiny_topology(t);
    tiny_workload(t);
    tiny_add_region(t, "us-east-1", 0);
    tiny_add_service(t, "web", tiny_exponential(1));
}

void tiny_silence(struct tiny *t)
{
    for (int i = 0; i < t->workload.n_populations; i++)
        t->populations[i].rate_rps = 1e-12;
}

// ---- more of it

static const double tiny_latitude = 38.95, tiny_longitude = -77.45;

struct population_spec *tiny_add_population(struct tiny *t, const char *name)
{
    int n = t->workload.n_populations++;
    REQUIRE(n < TINY_POPULATIONS, "%d populations", n);
    t->populations[n] = (struct population_spec){
        .name = name,
        .latitude_deg = tiny_latitude,
        .longitude_deg = tiny_longitude,
        .access = ACCESS_DATACENTRE,
        .rate_rps = 0.5,
        .clients = 1,
        .resolvers = 1,
        .most_ttl_s = 1e9,
        .client = {.connect_timeout_s = 1e6,
                   .attempt_timeout_s = 1e8,
                   .dns_timeout_s = 1e6,
                   .attempts = 1,
                   .idle_timeout_s = 1e9,
                   .max_age_s = 1e9},
        .mix = {1},
    };
    return &t->populations[n];
}

void tiny_set_zones(struct tiny *t, int n_zones)
{
    for (int r = 0; r < t->topology.n_regions; r++)
        t->topology.regions[r].n_zones = n_zones;
}

void tiny_set_rtt(struct tiny *t, int a, int b, double rtt_ms)
{
    size_t n = t->geography.n_regions;
    t->rtt[(size_t)a * n + (size_t)b] = t->rtt[(size_t)b * n + (size_t)a] = (float)rtt_ms;
}

void tiny_add_region(struct tiny *t, const char *code, double rtt_ms)
{
    struct topology *y = &t->topology;
    size_t n = t->geography.n_regions;
    float old[TINY_REGIONS * TINY_REGIONS];
    REQUIRE(n < TINY_REGIONS, "%zu regions", n);
    memcpy(old, t->rtt, sizeof old);
    t->geography.n_regions++; // the table's stride
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++)
            t->rtt[a * (n + 1) + b] = old[a * n + b];
        tiny_set_rtt(t, (int)a, (int)n, rtt_ms);
    }
    tiny_set_rtt(t, (int)n, (int)n, 0);
    t->facts[n] = (struct region_fact){code, code, tiny_latitude, tiny_longitude, 3};
    y->regions[y->n_regions++] =
        (struct region_spec){.name = code, .geography = (int)n, .n_zones = 1};
    for (int s = 0; s < y->n_services; s++)
        t->services[s].regions |= 1u << n;
    for (int s = 0; s < y->n_stores; s++)
        t->stores[s].regions |= 1u << n;
    y->steering.root.records[n] = (struct record_spec){.region = (int)n, .set = -1, .weight = 1};
    y->steering.root.n_records = (int)n + 1;
}

void tiny_move(struct tiny *t, int region, int population, double km)
{
    double longitude = km / (6371 * 3.14159265358979323846) * 180;
    t->facts[region].latitude_deg = t->populations[population].latitude_deg = 0;
    t->facts[region].longitude_deg = t->populations[population].longitude_deg = longitude;
}

struct service_spec *tiny_add_service(struct tiny *t, const char *name, struct distribution work)
{
    int n = t->topology.n_services++;
    REQUIRE(n < TINY_SERVICES, "%d services", n);
    t->services[n] = (struct service_spec){.name = name,
                                           .regions = (1u << t->topology.n_regions) - 1,
                                           .servers_per_zone = 1,
                                           .targets_per_zone = 1,
                                           .work = work,
                                           .queue = 1 << 16,
                                           .concurrency = 1 << 17,
                                           .balancer = -1};
    return &t->services[n];
}

struct call_spec *tiny_add_call(struct tiny *t, int from, int to, int step)
{
    struct service_spec *s = &t->services[from];
    s->calls[s->n_calls] = (struct call_spec){
        .target = CALL_SERVICE, .index = to, .step = step, .probability = 1, .timeout_s = 1000};
    return &s->calls[s->n_calls++];
}

struct store_spec *tiny_add_store(struct tiny *t, enum store_mode mode)
{
    struct topology *y = &t->topology;
    int n = y->n_stores++;
    REQUIRE(n < TINY_STORES, "%d stores", n);
    struct store_spec *s = &t->stores[n];
    *s = (struct store_spec){
        .name = n == 0 ? "data" : "more",
        .mode = mode,
        .regions = (1u << y->n_regions) - 1,
        .replicas_per_region = 1,
        .servers = 1000,
        .read_time = distribution_constant(1e-3),
        .write_time = distribution_constant(2e-3),
        .queue = 1000,
        .replication = {.delay = distribution_constant(0.2), .appliers = 1},
        .leading = {.forwarding = FORWARD_EVENTUAL, .sync_timeout_s = 10},
        .quorum = {.write = 2, .read = 2, .timeout_s = 2, .hint_window_s = 3 * 3600},
        .consensus = {.groups = 1,
                      .transfer_back = true,
                      .transfer_after_s = 10,
                      .election_timeout_s = 1,
                      .heartbeat_s = 0.1,
                      .lease_s = 3,
                      .clock_tolerance_s = 0.5,
                      .timeout_s = 5},
        .heartbeat_s = 1,
        .detect_s = 10,
        .decide = distribution_constant(20),
        .promote = distribution_constant(30),
        .items = 1000};
    t->services[0].calls[t->services[0].n_calls++] =
        (struct call_spec){.target = CALL_STORE, .index = n, .probability = 1, .timeout_s = 5};
    return s;
}

struct fault_spec *tiny_add_fault(struct tiny *t)
{
    static const char *const names[TINY_FAULTS] = {"fault", "second", "third",   "fourth",
                                                   "fifth", "sixth",  "seventh", "eighth"};
    int n = t->plan.n_faults++;
    REQUIRE(n < TINY_FAULTS, "%d faults", n);
    t->plan.name = "plan";
    t->plan.faults = t->faults;
    t->faults[n] = (struct fault_spec){.name = names[n],
                                       .target = FAULT_REGION,
                                       .region = "us-east-1",
                                       .zone = "*",
                                       .object = "*",
                                       .peer = "*",
                                       .effect = FAULT_DOWN,
                                       .duration = distribution_constant(0)};
    return &t->faults[n];
}

struct fault_spec *tiny_add_fault_at(struct tiny *t, enum fault_target target, const char *region,
                                     double at_s, double lasts_s)
{
    struct fault_spec *f = tiny_add_fault(t);
    f->target = target;
    f->region = region;
    f->at_s = at_s;
    f->duration = distribution_constant(lasts_s);
    return f;
}

void tiny_check_health(struct tiny *t, int n_checkers)
{
    t->topology.steering.health.per_region = n_checkers;
    for (int i = 0; i < t->topology.steering.root.n_records; i++)
        t->topology.steering.root.records[i].health_check = true;
}

struct global_balancer_spec *tiny_balance_globally(struct tiny *t)
{
    struct steering_spec *steering = &t->topology.steering;
    t->services[0].servers_per_zone = 1000;
    t->services[0].work = distribution_constant(1e-3);
    t->topology.network.edge_rtt_s = 5e-3;
    steering->root.policy = STEERING_GLOBAL_BALANCER;
    steering->global_balancer = (struct global_balancer_spec){.idle_timeout_s = 610,
                                                              .reaction = distribution_constant(1),
                                                              .failback_s = 1,
                                                              .retries = 1,
                                                              .try_timeout_s = 30,
                                                              .report_period_s = 5};
    for (int r = 0; r < steering->root.n_records; r++) {
        steering->root.records[r].evaluate_target_health = true;
        steering->root.records[r].health_check = RECORD_UNCHECKED;
    }
    return &steering->global_balancer;
}

struct action_spec *tiny_add_action(struct tiny *t, enum action_kind kind,
                                    enum action_change change, double at_s)
{
    static const char *const names[TINY_ACTIONS] = {"action0",  "action1",  "action2",  "action3",
                                                    "action4",  "action5",  "action6",  "action7",
                                                    "action8",  "action9",  "action10", "action11",
                                                    "action12", "action13", "action14", "action15"};
    REQUIRE(t->plan.n_actions < TINY_ACTIONS, "no room for action %d", t->plan.n_actions);
    t->plan.name = "plan";
    t->plan.actions = t->actions;
    struct action_spec *a = &t->actions[t->plan.n_actions];
    *a = (struct action_spec){.name = names[t->plan.n_actions++],
                              .kind = kind,
                              .change = change,
                              .at_s = at_s,
                              .set = "*",
                              .target = "us-east-1",
                              .group = "us-east-1",
                              .check = "check0",
                              .takes = distribution_constant(20),
                              .endpoint_timeout_s = 5,
                              .region = "us-east-1",
                              .service = "web",
                              .store = "data",
                              .zone = "a",
                              .expires_s = 3600};
    return a;
}

struct check_spec *tiny_add_check(struct tiny *t, enum check_kind kind)
{
    static const char *const names[TINY_CHECKS] = {"check0", "check1", "check2", "check3",
                                                   "check4", "check5", "check6", "check7"};
    struct steering_spec *s = &t->topology.steering;
    REQUIRE(s->n_checks < TINY_CHECKS, "no room for check %d", s->n_checks);
    s->checks = t->checks;
    struct check_spec *c = &t->checks[s->n_checks];
    *c = (struct check_spec){.name = names[s->n_checks++], .kind = kind, .health = s->health};
    if (check_kind_is_probe(kind))
        c->health.probe.kind = (enum probe_kind)kind;
    return c;
}

// ---- compiling and running

struct model *tiny_compile(const struct tiny *t, enum model_partition partition)
{
    struct model_options options = {
        .scale = 1, .partition = partition, .item_slots = t->item_slots};
    return model_compile(&t->topology, &t->workload,
                         t->plan.n_faults + t->plan.n_actions > 0 ? &t->plan : NULL, &t->geography,
                         &options);
}

void tiny_run_model(const struct model *m, uint32_t replication, struct record *record)
{
    struct world_run_conf conf = {.seed = TINY_SEED, .replication = replication, .n_threads = 1};
    REQUIRE(world_run(m, &conf, record), "run %u was cancelled", replication);
}

void tiny_run(const struct tiny *t, uint32_t replication, struct record *record)
{
    struct model *m = tiny_compile(t, PARTITION_DEFAULT);
    tiny_run_model(m, replication, record);
    model_free(m);
}

// ---- what the network takes

static double tiny_path_mean(const struct model *m, uint16_t from, uint16_t to)
{
    const struct path *p = model_path(m, from, to);
    double sigma = 0;
    for (size_t i = 0; i < m->jitters.n; i++)
        if (p->jitter == &m->jitters.items[i]->table)
            sigma = m->jitters.items[i]->sigma;
    // A lost packet waits for a timeout, which doubles: loss x timeout x (1 + 2 loss + 4 loss^2
    // ...).
    double repair_ns = p->loss * (double)p->retransmit / (1 - 2 * p->loss);
    return ((double)p->floor + p->jitter_ns * exp(sigma * sigma / 2) + repair_ns) * 1e-9;
}

double tiny_network_mean(const struct model *m)
{
    uint16_t user = m->population_place, zone = m->zone_place[0][0];
    return tiny_path_mean(m, user, zone) + tiny_path_mean(m, zone, user) +
           2 * tiny_path_mean(m, zone, zone);
}

double tiny_call_network_mean(const struct model *m)
{
    uint16_t zone = m->zone_place[0][0];
    return 4 * tiny_path_mean(m, zone, zone);
}
