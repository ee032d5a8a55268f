// Pins: what compiling makes of a design: regions in order of round trip, replicas that callers of
// a region use, steps of calls, class limits, scaling of demand and capacity together, windows.
// Arenas are freed (run under the sanitizers).
#include <criterion/criterion.h>
#include <math.h>

#include "model/model.h"
#include "support/tiny.h"

static struct tiny t;

Test(model, regions_by_round_trip)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_add_region(&t, "eu-west-1", 80);
    tiny_move(&t, 0, 0, 3000);
    tiny_move(&t, 1, 0, 500);
    tiny_move(&t, 2, 0, 9000);
    t.populations[0].longitude_deg = 0;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_expect_eq(m->populations[0].region_order[0], 1);
    cr_expect_eq(m->populations[0].region_order[1], 0);
    cr_expect_eq(m->populations[0].region_order[2], 2);
    model_free(m);
}

// Callers use their own region's replica, else the nearest.
Test(model, replica_of_each_region)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_add_region(&t, "eu-west-1", 80);
    tiny_set_rtt(&t, 1, 2, 20);
    tiny_add_store(&t, STORE_MULTI_LEADER)->regions = 5; // regions 0 and 2
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_expect_eq(m->stores[0].replica_region[0], 0);
    cr_expect_eq(m->stores[0].replica_region[1], 2);
    cr_expect_eq(m->stores[0].replica_region[2], 2);
    cr_expect_eq(m->replica_of[1], -1);
    model_free(m);
}

Test(model, steps_and_class_limits)
{
    tiny_init(&t);
    tiny_add_service(&t, "cart", tiny_exponential(1));
    tiny_add_call(&t, 0, 1, 2);
    t.workload.n_classes = 3;
    t.workload.classes[1] = t.workload.classes[2] = t.workload.classes[0];
    t.populations[0].mix[0] = 1, t.populations[0].mix[1] = 0, t.populations[0].mix[2] = 3;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_expect_eq(m->services[0].n_steps, 3);
    cr_expect_eq(m->services[1].n_steps, 0);
    cr_expect_eq(m->populations[0].class_limit[0], 1u << 30);
    cr_expect_eq(m->populations[0].class_limit[1], 1u << 30);
    cr_expect_eq(m->populations[0].class_limit[2], UINT32_MAX);
    model_free(m);
}

// A tenth of the demand on a tenth of the servers; nothing below one.
Test(model, scale)
{
    tiny_init(&t);
    t.services[0].servers_per_zone = 50;
    tiny_add_store(&t, STORE_MULTI_LEADER)->servers = 4;
    t.populations[0].rate_rps = 1000;
    t.populations[0].clients = 10000;
    t.workload.duration_s = 100;
    struct model_options options = {.scale = 0.1};
    struct model *m = model_compile(&t.topology, &t.workload, NULL, &t.geography, &options);
    struct record r;
    tiny_run_model(m, 0, &r);
    cr_expect_eq(m->services[0].servers, 5);
    cr_expect_eq(m->stores[0].servers, 1);
    cr_expect_eq(m->populations[0].n_clients, 1000);
    cr_expect_float_eq((double)r.started_all, 10000, 400); // Poisson: 4 standard deviations
    record_free(&r);
    model_free(m);
}

// Targets have whole servers: what a scale makes of theirs is noted when it is not exact.
Test(model, scale_of_targets)
{
    tiny_init(&t);
    t.services[0].servers_per_zone = 40;
    t.services[0].targets_per_zone = 4;
    struct model_options options = {.scale = 0.1};
    struct model *m = model_compile(&t.topology, &t.workload, NULL, &t.geography, &options);
    cr_expect_eq(m->services[0].servers, 1);
    cr_expect_null(model_note(m, 0));
    model_free(m);
    options.scale = 0.05;
    m = model_compile(&t.topology, &t.workload, NULL, &t.geography, &options);
    cr_expect_eq(m->services[0].servers, 1);
    cr_expect_not_null(strstr(model_note(m, 0), "has 1 servers where 0.5 would be its share"));
    model_free(m);
}

// Each zone's servers are dealt to its targets; zones with more targets have more servers.
Test(model, servers_of_a_target)
{
    tiny_init(&t);
    t.services[0].servers_per_zone = 12;
    t.services[0].targets_per_zone = 4;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_expect_eq(m->services[0].servers, 3);
    cr_expect_eq(m->count[LP_POOL], 4);
    model_free(m);
}

Test(model, windows_cover_the_run)
{
    tiny_init(&t);
    t.workload.duration_s = 95;
    t.workload.window_s = 10;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_expect_eq(m->n_windows, 10);
    cr_expect_eq(model_duration(m), 95 * SIMTIME_S);
    cr_expect_null(model_note(m, 0));
    model_free(m);
}
