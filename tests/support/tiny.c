#include "tiny.h"

#include <string.h>

#include "base/base.h"

static const struct probe_spec tiny_probe = {.interval_s = 10,
                                             .connect_timeout_s = 4,
                                             .response_timeout_s = 2,
                                             .unhealthy_threshold = 3,
                                             .healthy_threshold = 3,
                                             .interval_from_response = true};

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
    y->n_services = 1;
    t->services[0] = (struct service_spec){
        .name = "web",
        .servers_per_zone = 1,
        .work = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1},
        .queue = 1 << 20,
        .concurrency = 1 << 20,
    };
    y->balancer = (struct balancer_spec){.cross_zone = true, .health = tiny_probe};
    y->balancer.overhead = distribution_constant(0);
    y->balancer.health.interval_s = 1e6; // out of the way
    y->steering = (struct steering_spec){.policy = STEERING_SIMPLE,
                                         .ttl_s = 60,
                                         .health = tiny_probe,
                                         .n_checker_regions = 1,
                                         .checkers_per_region = 1,
                                         .healthy_share = 0.18};
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
    w->n_populations = 1;
    t->populations[0] = (struct population_spec){
        .name = "users",
        .latitude_deg = 38.95,
        .longitude_deg = -77.45,
        .access = ACCESS_DATACENTRE,
        .rate_rps = 0.5,
        .clients = 1,
        .resolvers = 1,
        .client = {.connect_timeout_s = 1e6,
                   .attempt_timeout_s = 1e8,
                   .dns_timeout_s = 1e6,
                   .attempts = 1,
                   .idle_timeout_s = 1e9,
                   .max_age_s = 1e9},
        .mix = {1},
    };
}

void tiny_init(struct tiny *t)
{
    memset(t, 0, sizeof *t);
    t->geography = (struct geography){
        .regions = t->facts, .rtt_p50_ms = t->rtt, .rtt_p90_ms = t->rtt, .rtt_source = "test"};
    tiny_topology(t);
    tiny_workload(t);
    tiny_add_region(t, "us-east-1", 0);
}

void tiny_add_region(struct tiny *t, const char *code, double rtt_ms)
{
    struct topology *y = &t->topology;
    size_t n = t->geography.n_regions++;
    REQUIRE(n < TINY_REGIONS, "%zu regions", n);
    t->facts[n] = (struct region_fact){code, code, 38.95, -77.45, 3};
    y->regions[y->n_regions++] =
        (struct region_spec){.name = code, .geography = (int)n, .n_zones = 1};
    for (int s = 0; s < TINY_SERVICES; s++)
        t->services[s].regions |= 1u << n;
    for (int s = 0; s < TINY_STORES; s++)
        t->stores[s].regions |= 1u << n;
    for (size_t i = 0; i < (n + 1) * (n + 1); i++) // the table's stride is the number of regions
        t->rtt[i] = i % (n + 2) == 0 ? 0 : (float)rtt_ms;
    y->steering.records[n] = (struct record_spec){.region = (int)n, .weight = 1};
    y->steering.n_records = (int)n + 1;
}

struct store_spec *tiny_add_store(struct tiny *t, enum store_mode mode)
{
    struct topology *y = &t->topology;
    struct store_spec *s = &t->stores[y->n_stores++];
    uint32_t regions = (1u << y->n_regions) - 1;
    *s = (struct store_spec){.name = "data",
                             .mode = mode,
                             .regions = regions,
                             .servers = 1000,
                             .read_time = distribution_constant(1e-3),
                             .write_time = distribution_constant(2e-3),
                             .queue = 1000,
                             .replication_delay = distribution_constant(0.2),
                             .write_quorum = 2,
                             .read_quorum = 2,
                             .quorum_timeout_s = 2,
                             .heartbeat_s = 1,
                             .detect_s = 10,
                             .decide = distribution_constant(20),
                             .promote = distribution_constant(30),
                             .items = 1000};
    t->services[0].calls[t->services[0].n_calls++] =
        (struct call_spec){.target = CALL_STORE, .probability = 1, .timeout_s = 5};
    return s;
}

struct fault_spec *tiny_add_fault(struct tiny *t)
{
    struct fault_spec *f = &t->faults[t->plan.n_faults++];
    t->plan.name = "plan";
    t->plan.faults = t->faults;
    *f = (struct fault_spec){.name = "fault",
                             .target = FAULT_REGION,
                             .region = "us-east-1",
                             .zone = "*",
                             .object = "*",
                             .peer = "*",
                             .effect = FAULT_DOWN,
                             .duration = distribution_constant(0)};
    return f;
}

struct model *tiny_compile(const struct tiny *t, enum model_partition partition)
{
    struct model_options options = {.scale = 1, .partition = partition};
    return model_compile(&t->topology, &t->workload, t->plan.n_faults > 0 ? &t->plan : NULL,
                         &t->geography, &options);
}

void tiny_run(const struct tiny *t, uint32_t replication, struct record *record)
{
    struct model *m = tiny_compile(t, PARTITION_DEFAULT);
    struct world_run_conf conf = {.seed = 1, .replication = replication, .n_threads = 1};
    REQUIRE(world_run(m, &conf, record), "run %u was cancelled", replication);
    model_free(m);
}
