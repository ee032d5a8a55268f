// Pins: which components each target of a fault reaches and what each effect does to them;
// schedules, ramps, faults of "every" region drawn each on its own; random histories with the
// stated rate that no other part of the design shifts; gaps and durations beyond the range of time;
// notes for faults that hit nothing.
#include <criterion/criterion.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

static struct tiny t;
static struct stage s;

// Two regions of two zones, services "web" and "cart", a store in both regions.
static struct fault_spec *make(enum fault_target target, enum fault_effect effect, double level)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_set_zones(&t, 2);
    tiny_add_service(&t, "cart", tiny_exponential(1));
    tiny_add_store(&t, STORE_MULTI_LEADER);
    t.workload.duration_s = t.workload.window_s = 1000;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = target;
    f->effect = effect;
    f->level = level;
    f->at_s = 100;
    f->duration = distribution_constant(50);
    return f;
}

// State at 120 s, in the middle of it.
static const struct fault_state *pool_state(int service, int region, int zone)
{
    const struct model *m = s.model;
    int first = m->pool_of[service * m->topology->n_regions + region];
    return timeline_at(&s.world->pool_faults[first + zone], 120 * SIMTIME_S);
}

static const struct fault_state *replica_state(int region)
{
    return timeline_at(&s.world->replica_faults[s.model->replica_of[region]], 120 * SIMTIME_S);
}

static bool node_is_dead(int region, int zone)
{
    return timeline_at(&s.world->nodes[region * TOPOLOGY_MAX_ZONES + zone], 120 * SIMTIME_S)
        ->is_dead;
}

static const struct fault_state *link_state(uint16_t from, uint16_t to)
{
    return timeline_at(&s.world->links[model_path(s.model, from, to)->link], 120 * SIMTIME_S);
}

static unsigned dead_pools(void) // a bit for each of service, region, zone
{
    unsigned bits = 0;
    for (int i = 0; i < 8; i++)
        bits |= (unsigned)pool_state(i >> 2, i >> 1 & 1, i & 1)->is_dead << i;
    return bits;
}

static size_t n_cut_links(void)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)s.model->n_domains * s.model->n_domains; i++)
        n += timeline_at(&s.world->links[i], 120 * SIMTIME_S)->is_dead;
    return n;
}

// ---- targets

Test(fault, zone_without_power)
{
    make(FAULT_ZONE, FAULT_DOWN, 0)->zone = "b";
    stage_open(&s, &t, 0);
    cr_expect_eq(dead_pools(), 0x22); // zone b of region 0, both services
    cr_expect(node_is_dead(0, 1) && !node_is_dead(0, 0) && !node_is_dead(1, 1));
    cr_expect_not(replica_state(0)->is_dead, "a store is as available as its region");
    cr_expect_eq(n_cut_links(), 0);
    stage_close(&s);
}

Test(fault, region_without_power)
{
    make(FAULT_REGION, FAULT_DOWN, 0);
    stage_open(&s, &t, 0);
    cr_expect_eq(dead_pools(), 0x33);
    cr_expect(node_is_dead(0, 0) && node_is_dead(0, 1) && !node_is_dead(1, 0));
    cr_expect(replica_state(0)->is_dead && !replica_state(1)->is_dead);
    cr_expect_eq(n_cut_links(), 0);
    stage_close(&s);
}

Test(fault, service_and_store_refuse)
{
    make(FAULT_SERVICE, FAULT_DOWN, 0)->object = "cart";
    stage_open(&s, &t, 0);
    cr_expect_eq(dead_pools(), 0);
    for (int i = 0; i < 8; i++)
        cr_expect_eq(pool_state(i >> 2, i >> 1 & 1, i & 1)->is_refusing, i == 4 || i == 5);
    stage_close(&s);
    make(FAULT_STORE, FAULT_DOWN, 0)->object = "data";
    stage_open(&s, &t, 0);
    cr_expect(replica_state(0)->is_refusing && !replica_state(1)->is_refusing);
    cr_expect_not(pool_state(0, 0, 0)->is_refusing);
    stage_close(&s);
}

// The pools of web, whose zones have two targets, that refuse: bit set in the order of pools.
static unsigned refusing_targets(const char *zone, int targets)
{
    struct fault_spec *f = make(FAULT_SERVICE, FAULT_DOWN, 0);
    f->object = "web";
    f->zone = zone;
    f->targets = targets;
    t.services[0].servers_per_zone = t.services[0].targets_per_zone = 2;
    stage_open(&s, &t, 0);
    const struct model *m = s.model;
    unsigned set = 0;
    for (uint32_t i = 0; i < m->count[LP_POOL]; i++)
        set |= (unsigned)timeline_at(&s.world->pool_faults[i], 120 * SIMTIME_S)->is_refusing << i;
    stage_close(&s);
    return set;
}

Test(fault, some_targets_of_a_service)
{
    cr_expect_eq(refusing_targets(ALL_ZONES, 0), 0xf);
    cr_expect_eq(refusing_targets("a", 0), 0x3);
    cr_expect_eq(refusing_targets("b", 0), 0xc);
    cr_expect_eq(refusing_targets("b", 1), 0x4);
    cr_expect_eq(refusing_targets(ALL_ZONES, 3), 0x7);
    cr_expect_eq(refusing_targets("*", 1), 0x5, "each zone on its own");
    cr_expect_eq(refusing_targets("c", 1), 0, "no such zone here");
}

// Caches of web's store that are dead (bits 0 to 3) or refuse (8 to 11), in the order of LPs; the
// second region's after the first's.
static unsigned hit_caches(enum fault_target target, const char *zone, enum caching_scope scope)
{
    struct fault_spec *f = make(target, FAULT_DOWN, 0);
    f->zone = zone;
    t.stores[0].cache.scope = scope;
    stage_open(&s, &t, 0);
    unsigned set = 0;
    for (uint32_t i = 0; i < s.model->count[LP_CACHE]; i++) {
        const struct fault_state *state = timeline_at(&s.world->cache_faults[i], 120 * SIMTIME_S);
        set |= (unsigned)state->is_dead << i | (unsigned)state->is_refusing << (8 + i);
    }
    stage_close(&s);
    return set;
}

Test(fault, caches_fall_with_their_place_or_alone)
{
    cr_expect_eq(hit_caches(FAULT_ZONE, "b", CACHING_ZONE), 0x2);
    cr_expect_eq(hit_caches(FAULT_REGION, "*", CACHING_ZONE), 0x3);
    cr_expect_eq(hit_caches(FAULT_ZONE, "b", CACHING_REGION), 0, "as available as its region");
    cr_expect_eq(hit_caches(FAULT_REGION, "*", CACHING_REGION), 0x1);
    cr_expect_eq(hit_caches(FAULT_CACHE, ALL_ZONES, CACHING_ZONE), 0x300);
    cr_expect_eq(hit_caches(FAULT_CACHE, "b", CACHING_ZONE), 0x200);
    cr_expect_eq(hit_caches(FAULT_CACHE, "*", CACHING_ZONE), 0x300);
    cr_expect_eq(hit_caches(FAULT_CACHE, ALL_ZONES, CACHING_REGION), 0x100);
    cr_expect_eq(hit_caches(FAULT_STORE, "*", CACHING_ZONE), 0);
    cr_expect_eq(hit_caches(FAULT_SERVICE, ALL_ZONES, CACHING_ZONE), 0);
}

static const char *cache_target(const char *zone, enum caching_scope scope, const char **note)
{
    static char name[64];
    struct fault_spec *f = make(FAULT_CACHE, FAULT_DOWN, 0);
    f->zone = zone;
    t.stores[0].cache.scope = scope;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    name[0] = '\0';
    if (m->fault_targets.n == 1)
        strcpy(name, m->fault_targets.items[0].name);
    *note = model_note(m, 0) != NULL ? "noted" : NULL;
    model_free(m);
    return name;
}

Test(fault, of_caches_have_names_and_notes)
{
    const char *note;
    cr_expect_str_eq(cache_target("b", CACHING_ZONE, &note), "cache/us-east-1/data/b");
    cr_expect_null(note);
    cr_expect_str_eq(cache_target(ALL_ZONES, CACHING_ZONE, &note), "cache/us-east-1/data");
    cr_expect_str_eq(cache_target(ALL_ZONES, CACHING_REGION, &note), "cache/us-east-1/data");
    cr_expect_str_eq(cache_target("b", CACHING_REGION, &note), "");
    cr_expect_not_null(note);
    cr_expect_str_eq(cache_target(ALL_ZONES, CACHING_NONE, &note), "");
    cr_expect_not_null(note);
}

Test(fault, link_between_two_regions)
{
    for (int one_way = 0; one_way < 2; one_way++) {
        struct fault_spec *f = make(FAULT_LINK, FAULT_DOWN, 0);
        f->peer = "us-west-2";
        f->one_way = one_way;
        stage_open(&s, &t, 0);
        const struct model *m = s.model;
        cr_expect(link_state(m->region_place[0], m->region_place[1])->is_dead);
        cr_expect(link_state(m->zone_place[0][1], m->region_place[1])->is_dead);
        cr_expect_eq(link_state(m->region_place[1], m->region_place[0])->is_dead, !one_way);
        cr_expect_not(link_state(m->zone_place[0][0], m->zone_place[0][1])->is_dead);
        cr_expect_not(link_state(m->population_place, m->zone_place[0][0])->is_dead);
        stage_close(&s);
    }
}

Test(fault, link_to_a_population_and_to_everything)
{
    make(FAULT_LINK, FAULT_DOWN, 0)->peer = "users";
    stage_open(&s, &t, 0);
    const struct model *m = s.model;
    cr_expect(link_state(m->population_place, m->zone_place[0][0])->is_dead);
    cr_expect(link_state(m->zone_place[0][0], m->population_place)->is_dead);
    cr_expect_not(link_state(m->checker_place, m->zone_place[0][0])->is_dead);
    cr_expect_not(link_state(m->population_place, m->zone_place[1][0])->is_dead);
    stage_close(&s);
    make(FAULT_LINK, FAULT_DOWN, 0);
    stage_open(&s, &t, 0);
    m = s.model;
    cr_expect(link_state(m->population_place, m->zone_place[0][0])->is_dead);
    cr_expect(link_state(m->checker_place, m->zone_place[0][0])->is_dead);
    cr_expect(link_state(m->region_place[1], m->region_place[0])->is_dead);
    cr_expect_not(link_state(m->zone_place[0][0], m->region_place[0])->is_dead, "inside goes on");
    cr_expect_not(link_state(m->population_place, m->zone_place[1][0])->is_dead);
    stage_close(&s);
}

// Isolation: users and health checkers still come in.
Test(fault, link_to_all_other_regions)
{
    make(FAULT_LINK, FAULT_DOWN, 0)->peer = OTHER_REGIONS;
    tiny_add_region(&t, "eu-west-1", 80);
    stage_open(&s, &t, 0);
    const struct model *m = s.model;
    for (int other = 1; other < 3; other++) {
        cr_expect(link_state(m->zone_place[0][0], m->region_place[other])->is_dead);
        cr_expect(link_state(m->zone_place[other][0], m->region_place[0])->is_dead);
        cr_expect_not(link_state(m->zone_place[other][0], m->region_place[3 - other])->is_dead);
    }
    cr_expect_not(link_state(m->population_place, m->zone_place[0][0])->is_dead);
    cr_expect_not(link_state(m->zone_place[0][0], m->population_place)->is_dead);
    cr_expect_not(link_state(m->checker_place, m->zone_place[0][0])->is_dead);
    cr_expect_not(link_state(m->zone_place[0][0], m->region_place[0])->is_dead, "inside goes on");
    stage_close(&s);
}

// ---- effects

Test(fault, levels)
{
    make(FAULT_SERVICE, FAULT_SLOW, 7);
    stage_open(&s, &t, 0);
    cr_expect_eq(pool_state(0, 0, 0)->slow, 7);
    cr_expect_eq(replica_state(0)->slow, 1);
    stage_close(&s);
    make(FAULT_STORE, FAULT_ERRORS, 0.25);
    stage_open(&s, &t, 0);
    cr_expect_eq(replica_state(0)->errors, 0.25f);
    stage_close(&s);
    make(FAULT_REGION, FAULT_CAPACITY, 0.5);
    stage_open(&s, &t, 0);
    cr_expect_eq(pool_state(1, 0, 1)->capacity, 0.5f);
    cr_expect_eq(replica_state(0)->capacity, 0.5f);
    cr_expect_eq(pool_state(1, 1, 1)->capacity, 1);
    stage_close(&s);
    make(FAULT_REGION, FAULT_CONTROL_PLANE, 0);
    stage_open(&s, &t, 0);
    cr_expect(!replica_state(0)->has_control_plane && replica_state(1)->has_control_plane);
    cr_expect_not(replica_state(0)->is_dead);
    stage_close(&s);
}

Test(fault, lossy_zone_spoils_all_its_links)
{
    make(FAULT_ZONE, FAULT_LOSSY, 0.125)->zone = "a";
    stage_open(&s, &t, 0);
    const struct model *m = s.model;
    cr_expect_eq(link_state(m->zone_place[0][0], m->zone_place[0][1])->loss, 0.125f);
    cr_expect_eq(link_state(m->population_place, m->zone_place[0][0])->loss, 0.125f);
    cr_expect_eq(link_state(m->population_place, m->zone_place[0][1])->loss, 0);
    cr_expect_eq(pool_state(0, 0, 0)->loss, 0);
    stage_close(&s);
}

// ---- when

Test(fault, schedule)
{
    make(FAULT_REGION, FAULT_DOWN, 0);
    stage_open(&s, &t, 0);
    const struct timeline *line = &s.world->replica_faults[s.model->replica_of[0]];
    cr_assert_eq(line->changes.n, 2);
    cr_expect_eq(line->changes.items[0].time, 100 * SIMTIME_S);
    cr_expect_eq(line->changes.items[1].time, 150 * SIMTIME_S);
    cr_assert_eq(s.world->faults.n, 1);
    cr_expect_eq(s.world->faults.items[0].start, 100 * SIMTIME_S);
    cr_expect_eq(s.world->faults.items[0].end, 150 * SIMTIME_S);
    stage_close(&s);
}

// From 20 % in ten equal steps to all, over 100 s.
Test(fault, ramp)
{
    make(FAULT_SERVICE, FAULT_CAPACITY, 0.2)->ramp_s = 100;
    stage_open(&s, &t, 0);
    const struct timeline *line = &s.world->pool_faults[s.model->pool_of[0]];
    double last = 0.2, mean = 0;
    cr_expect_eq(timeline_at(line, 149 * SIMTIME_S)->capacity, 0.2f);
    for (int k = 0; k < 10; k++) {
        double now = (double)timeline_at(line, (150 + 10 * k + 5) * SIMTIME_S)->capacity;
        cr_expect_float_eq(now - last, 0.8 / 11, 1e-6, "step %d", k);
        last = now, mean += now / 10;
    }
    cr_expect_float_eq(mean, 0.6, 1e-6, "half of what is missing, on average");
    cr_expect_eq(timeline_at(line, 251 * SIMTIME_S)->capacity, 1);
    stage_close(&s);
}

// ---- random faults

// Time to failure is exponential, so starts in (0, T) of a fault without duration are Poisson: mean
// and variance.
Test(fault, random_starts_are_poisson)
{
    enum { RUNS = 2000 };
    const uint32_t n_runs = stat_runs(RUNS);
    static double n[RUNS], squares[RUNS];
    struct fault_spec *f = make(FAULT_REGION, FAULT_SLOW, 2);
    f->is_random = true;
    f->rate_per_s = 0.01;
    f->duration = distribution_constant(1e-9);
    for (uint32_t run = 0; run < n_runs; run++) {
        stage_open(&s, &t, run);
        n[run] = (double)s.world->faults.n;
        squares[run] = (n[run] - 10) * (n[run] - 10);
        stage_close(&s);
    }
    cr_expect(stat_mean_agrees("starts, mean", n, n_runs, 10, 0));
    cr_expect(stat_mean_agrees("starts, variance", squares, n_runs, 10, 0));
}

static size_t history(struct fault_instance *out, const char *region)
{
    size_t n = 0;
    stage_open(&s, &t, 3);
    for (size_t i = 0; i < s.world->faults.n; i++) {
        const struct fault_instance *f = &s.world->faults.items[i];
        if (f->target->fault == 0 && (region == NULL || strstr(f->target->label, region) != NULL))
            out[n++] = *f;
    }
    stage_close(&s);
    return n;
}

static struct fault_spec *make_random(void)
{
    struct fault_spec *f = make(FAULT_REGION, FAULT_DOWN, 0);
    f->region = "*";
    f->is_random = true;
    f->rate_per_s = 0.05;
    f->duration = tiny_exponential(3);
    return f;
}

// Common random numbers: the same history whatever else the design or the plan holds.
Test(fault, history_of_a_target_is_its_own)
{
    static struct fault_instance alone[1000], among[1000];
    make_random();
    size_t n = history(alone, "us-west-2"), m;
    cr_assert_gt(n, 20);
    tiny_add_region(&t, "eu-west-1", 80);
    struct fault_spec *other = tiny_add_fault(&t);
    *other = t.faults[0];
    other->name = "other";
    other->target = FAULT_ZONE;
    m = history(among, "us-west-2");
    cr_assert_eq(n, m);
    for (size_t i = 0; i < n; i++)
        cr_assert(alone[i].start == among[i].start && alone[i].end == among[i].end);
}

Test(fault, every_region_is_drawn_on_its_own)
{
    static struct fault_instance east[1000], west[1000];
    make_random();
    size_t n = history(east, "us-east-1"), m = history(west, "us-west-2");
    cr_assert(n > 20 && m > 20);
    cr_expect_neq(east[0].start, west[0].start);
    for (size_t i = 1; i < n; i++)
        cr_expect_gt(east[i].start, east[i - 1].end, "a region fails while it is down");
}

// A fault a century: the gap after a first one is often beyond the range of simulated time.
Test(fault, times_beyond_the_range)
{
    struct fault_spec *f = make_random();
    t.workload.duration_s = t.workload.window_s = 9e9;
    f->rate_per_s = 1e-9;
    f->duration = distribution_constant(1e10);
    for (uint32_t run = 0; run < stat_runs(200); run++) {
        stage_open(&s, &t, run);
        for (size_t i = 0; i < s.world->faults.n; i++)
            cr_assert_lt(s.world->faults.items[i].start, s.world->faults.items[i].end);
        cr_assert_leq(s.world->faults.n, 2);
        stage_close(&s);
    }
    f->duration = distribution_constant(1);
    for (uint32_t run = 0; run < stat_runs(200); run++) {
        stage_open(&s, &t, run);
        for (size_t i = 0; i < s.world->faults.n; i++)
            cr_assert_geq(s.world->faults.items[i].start, 0);
        stage_close(&s);
    }
}

// ---- names that the design lacks

Test(fault, notes_for_what_hits_nothing)
{
    make(FAULT_REGION, FAULT_DOWN, 0);
    tiny_add_fault(&t)->region = "mars-1";
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_ZONE, f->zone = "c";
    f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE, f->object = "search";
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (size_t i = 0; i < 3; i++)
        cr_expect_not_null(model_note(m, i));
    cr_expect_null(model_note(m, 3));
    model_free(m);
}

Test(fault, one_region_has_no_others_to_be_cut_off_from)
{
    tiny_init(&t);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK, f->peer = OTHER_REGIONS;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_expect_not_null(model_note(m, 0));
    model_free(m);
}
