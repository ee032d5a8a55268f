// Pins: how far regions with a capacity let in, from the reports of proxies: their own first, then
// those whom one region has let go, then two; unhealthy regions are passed over; a region without
// a capacity lets all in.
#include <criterion/criterion.h>

#include "model/context.h"
#include "model/spillover.h"
#include "support/stage.h"

enum { REGIONS = 3 };

static struct tiny t;
static struct stage s;

// Three users' places, each at a region of its own, on a line with the second in between.
static void make(const double capacity_rps[REGIONS])
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 20);
    tiny_add_region(&t, "eu-west-1", 20);
    tiny_add_population(&t, "second");
    tiny_add_population(&t, "third");
    for (int r = 0; r < REGIONS; r++)
        tiny_move(&t, r, r, (double[]){0, 3000, 7000}[r]);
    tiny_balance_globally(&t)->report_period_s = 1;
    for (int r = 0; r < REGIONS; r++)
        t.topology.steering.root.records[r].capacity_rps = capacity_rps[r];
}

// Each place's users ask their own region first, so many in a period.
static void expect_levels(const double capacity_rps[REGIONS], const uint32_t aimed[REGIONS],
                          uint32_t usable, const double levels[REGIONS])
{
    double level[TOPOLOGY_MAX_REGIONS];
    make(capacity_rps);
    stage_open(&s, &t, 0);
    struct spillover *spillover = &s.world->authority.spillover;
    for (int r = 0; r < REGIONS; r++)
        spillover->aimed[r * REGIONS + r] = aimed[r];
    spillover_level(s.model, spillover, usable, level);
    for (int r = 0; r < REGIONS; r++)
        cr_expect_float_eq(level[r], levels[r], 1e-12, "region %d: %g", r, level[r]);
    stage_close(&s);
}

Test(spillover, a_region_with_room_lets_all_in)
{
    expect_levels((double[]){20, 8, 0}, (uint32_t[]){20, 8, 10}, 7,
                  (double[]){SPILLOVER_ALL, SPILLOVER_ALL, SPILLOVER_ALL});
}

Test(spillover, its_own_come_first)
{
    expect_levels((double[]){8, 15, 0}, (uint32_t[]){20, 8, 10}, 7,
                  (double[]){0.4, 1 + 7.0 / 12, SPILLOVER_ALL});
}

// The first's go on to the second and are let go there, too; the third has room for half of them.
Test(spillover, those_whom_two_have_let_go_come_last)
{
    expect_levels((double[]){10, 8, 15}, (uint32_t[]){20, 8, 10}, 7, (double[]){0.5, 1, 2.5});
}

Test(spillover, all_are_full)
{
    expect_levels((double[]){10, 4, 5}, (uint32_t[]){20, 8, 10}, 7, (double[]){0.5, 0.5, 0.5});
}

static double told;

static bool hear(void *argument, const struct context *x, const struct event *e)
{
    (void)argument, (void)x;
    if (e->kind == EV_EDGE_DIAL && payload_of(e, payload_dial).region == 1)
        told = payload_of(e, payload_dial).dial;
    return e->kind == EV_EDGE_LOAD; // no other reports
}

// Proxies that try unhealthy regions, if all are, send what the first lets go to the second.
Test(spillover, all_are_unhealthy)
{
    for (int tries = 0; tries < 2; tries++) {
        make((double[]){10, 5, 0});
        tiny_silence(&t);
        t.topology.steering.global_balancer.none_healthy = tries ? PROXY_TRIES_ALL : PROXY_REFUSES;
        stage_open(&s, &t, 0);
        s.tap = hear;
        told = SPILLOVER_ALL;
        s.world->authority.told = 0;
        s.world->authority.spillover.aimed[0] = 20;
        stage_run(&s, 2);
        cr_expect_float_eq(told, tries ? 1.5 : SPILLOVER_ALL, 1e-12, "%g", told);
        stage_close(&s);
    }
}

Test(spillover, an_unhealthy_region_is_passed_over)
{
    expect_levels((double[]){10, 8, 15}, (uint32_t[]){20, 0, 10}, 5,
                  (double[]){0.5, SPILLOVER_ALL, 1.5});
}
