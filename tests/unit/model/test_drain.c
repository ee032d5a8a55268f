// Pins: into which bin of time an attempt falls; which faults it is counted for, against a twin
// that looks at all of them; when traffic counts as gone; and, in a world, that every attempt while
// a fault lasts is counted once, by the reason why it goes where it goes; what goes to some of a
// service's targets, at its balancer.
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "model/world_state.h"
#include "support/stage.h"
#include "support/stat.h"

enum { WATCHES = 40, ATTEMPTS = 20000 };

static uint64_t in_row(const uint32_t *row)
{
    uint64_t sum = 0;
    for (int c = 0; c < DRAIN_COLUMNS; c++)
        sum += row[c];
    return sum;
}

// ---- bins

Test(drain, bins_grow_by_a_twelfth_at_most_beyond_the_first_seconds)
{
    cr_assert_eq(drain_edge_s(DRAIN_FIRST), 0);
    cr_assert_eq(drain_edge_s(DRAIN_FIRST + 1), 1);
    cr_assert_eq(drain_edge_s(DRAIN_FIRST + 2), 1.125);
    cr_assert_eq(drain_edge_s(DRAIN_BINS), 131072);
    for (size_t b = DRAIN_FIRST + 1; b < DRAIN_BINS; b++) {
        cr_assert_gt(drain_edge_s(b + 1), drain_edge_s(b));
        cr_assert_leq(drain_edge_s(b + 1) / drain_edge_s(b), 1.125);
    }
}

static struct world world; // only its watches

static struct drain open_for(struct arena *arena, const struct drain_watch *watches, size_t n)
{
    world.watches.n = 0;
    for (size_t i = 0; i < n; i++)
        array_push(&world.watches, watches[i]);
    return drain_open(&world, arena, 0);
}

static void assert_in_bin(drain_counts *counts, size_t bin)
{
    for (size_t b = 0; b < DRAIN_BINS; b++)
        cr_assert_eq(in_row((*counts)[b]), b == bin, "bin %zu", b);
}

Test(drain, an_attempt_falls_between_the_edges_of_its_bin)
{
    const struct drain_watch watch = {.start = 1000 * SIMTIME_S,
                                      .end = 200000 * SIMTIME_S,
                                      .population = -1,
                                      .zones = UINT8_MAX,
                                      .endpoints = 1};
    for (size_t b = DRAIN_FIRST; b < DRAIN_BINS; b++)
        for (int last = 0; last < 2; last++) {
            struct arena arena = {0};
            struct drain d = open_for(&arena, &watch, 1);
            simtime edge = simtime_from_seconds(drain_edge_s(b + (size_t)last)) - last;
            drain_count(&d, watch.start + edge, 0, 0, ROUTE_ANSWER);
            assert_in_bin(d.counts, b);
            arena_free(&arena);
        }
    array_free(&world.watches);
}

Test(drain, five_minutes_before_are_one_bin)
{
    const struct drain_watch watch = {.start = 1000 * SIMTIME_S,
                                      .end = 2000 * SIMTIME_S,
                                      .population = -1,
                                      .zones = UINT8_MAX,
                                      .endpoints = 1};
    static const double times_s[] = {699.9, 700, 999.9, 1000, 1999.9, 2000};
    struct arena arena = {0};
    struct drain d = open_for(&arena, &watch, 1);
    for (size_t i = 0; i < ARRAY_LEN(times_s); i++)
        drain_count(&d, simtime_from_seconds(times_s[i]), 0, 0, ROUTE_ANSWER);
    cr_assert_eq(in_row((*d.counts)[DRAIN_BEFORE]), 2);
    uint64_t during = 0;
    for (size_t b = DRAIN_FIRST; b < DRAIN_BINS; b++)
        during += in_row((*d.counts)[b]);
    cr_assert_eq(during, 2, "neither before the time before, nor after the end");
    arena_free(&arena);
    array_free(&world.watches);
}

// ---- which faults

struct attempt {
    simtime at;
    uint8_t region, zone;
    enum route_cause cause;
};

static struct drain_watch random_watch(struct stream *s, simtime start)
{
    struct drain_watch w = (struct drain_watch){
        .start = start,
        .end = start + (simtime)stream_below(s, 3000) * SIMTIME_S + 1,
        .population = (int)stream_below(s, 3) - 1,
        .region = (uint8_t)stream_below(s, 3),
        .zones = stream_below(s, 2) ? UINT8_MAX : (uint8_t)(1u << stream_below(s, 3))};
    w.endpoints = (uint16_t)(1u << w.region);
    return w;
}

// The same count by looking at every watch for every attempt.
static uint64_t twin(const struct drain_watch *w, const struct attempt *all, bool is_hit)
{
    uint64_t n = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        bool is_seen = all[i].at >= w->start - DRAIN_BEFORE_SPAN && all[i].at < w->end;
        bool goes_there = all[i].region == w->region && (w->zones >> all[i].zone & 1);
        n += is_seen && goes_there == is_hit && (w->population < 0 || w->population == 0);
    }
    return n;
}

static uint64_t counted(drain_counts *counts, bool is_hit)
{
    uint64_t n = 0;
    for (size_t b = 0; b < DRAIN_BINS; b++)
        n += is_hit ? in_row((*counts)[b]) - (*counts)[b][DRAIN_ELSEWHERE]
                    : (*counts)[b][DRAIN_ELSEWHERE];
    return n;
}

Test(drain, overlapping_faults_count_as_a_twin_that_looks_at_all)
{
    static struct drain_watch watches[WATCHES];
    static struct attempt all[ATTEMPTS];
    struct arena arena = {0};
    struct stream s = stream_open(3, 0, "drain", "twin");
    for (int i = 0; i < WATCHES; i++)
        watches[i] = random_watch(&s, (i > 0 ? watches[i - 1].start : 0) +
                                          (simtime)stream_below(&s, 900) * SIMTIME_S);
    struct drain d = open_for(&arena, watches, WATCHES);
    for (int i = 0; i < ATTEMPTS; i++) {
        all[i] = (struct attempt){.at = (simtime)i * 2 * SIMTIME_S,
                                  .region = (uint8_t)stream_below(&s, 3),
                                  .zone = (uint8_t)stream_below(&s, 3),
                                  .cause = stream_below(&s, ROUTE_CAUSES)};
        drain_count(&d, all[i].at, all[i].region, all[i].zone, all[i].cause);
    }
    for (int i = 0; i < WATCHES; i++) {
        cr_assert_eq(counted(&d.counts[i], true), twin(&watches[i], all, true), "watch %d", i);
        cr_assert_eq(counted(&d.counts[i], false), twin(&watches[i], all, false), "watch %d", i);
    }
    arena_free(&arena);
    array_free(&world.watches);
}

// ---- when traffic is gone

static void fill(uint64_t (*counts)[DRAIN_COLUMNS], size_t from, size_t end, uint64_t hit)
{
    for (size_t b = from; b < end; b++) {
        counts[b][ROUTE_CACHED] = hit;
        counts[b][DRAIN_ELSEWHERE] = 1000 - hit;
    }
}

Test(drain, traffic_is_gone_when_its_share_stays_below_the_rest)
{
    static uint64_t counts[DRAIN_BINS][DRAIN_COLUMNS];
    const size_t at_40_s = DRAIN_FIRST + 1 + 5 * DRAIN_PER_OCTAVE + 2;
    cr_assert_eq(drain_edge_s(at_40_s), 40);
    fill(counts, DRAIN_BEFORE, DRAIN_FIRST, 500);
    fill(counts, DRAIN_FIRST, at_40_s, 500);
    fill(counts, at_40_s, DRAIN_BINS, 40);
    const simtime hour = SIMTIME_HOUR;
    cr_expect_eq(drain_moved(counts, hour, 0.1), 40 * SIMTIME_S);
    cr_expect_eq(drain_moved(counts, hour, 0.01), SIMTIME_NEVER, "8 %% stay");
    cr_expect_eq(drain_moved(counts, 40 * SIMTIME_S, 0.1), SIMTIME_NEVER, "over before");
    fill(counts, at_40_s + 8, at_40_s + 9, 60); // some come back
    cr_expect_eq(drain_moved(counts, hour, 0.1), simtime_from_seconds(drain_edge_s(at_40_s + 9)));
    fill(counts, DRAIN_BEFORE, DRAIN_FIRST, 0);
    cr_expect_eq(drain_moved(counts, hour, 0.1), SIMTIME_NEVER, "nothing went there");
}

// ---- in a world

static struct tiny t;

// Two regions, everybody in the first; it is dark from 1000 s on, and its users ask anew each time.
static void make_world(void)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 10);
    t.topology.steering.root.policy = STEERING_FAILOVER;
    t.topology.steering.root.records[1].is_secondary = true;
    t.topology.steering.root.ttl_s = 60;
    tiny_check_health(&t, 4);
    t.services[0].work = distribution_constant(1e-3);
    t.populations[0].rate_rps = 20;
    t.populations[0].clients = 50;
    t.populations[0].client.connect_timeout_s = t.populations[0].client.attempt_timeout_s = 1;
    t.workload.duration_s = 2000;
    t.workload.window_s = 10;
    struct fault_spec *f = tiny_add_fault(&t);
    f->at_s = 1000;
    f->duration = distribution_constant(600);
}

static void causes_of(uint64_t sum[DRAIN_COLUMNS], uint64_t *in_series)
{
    struct record r;
    tiny_run(&t, 0, &r);
    cr_assert_eq(r.faults.n, 1);
    for (size_t i = DRAIN_COLUMNS; i < (size_t)DRAIN_BINS * DRAIN_COLUMNS; i++)
        sum[i % DRAIN_COLUMNS] += r.drain[i];
    for (size_t w = 0; w < r.n_windows; w++) {
        double start_s = (double)w * t.workload.window_s;
        if (start_s >= 1000 && start_s < 1600)
            *in_series += r.series[w * SERIES_FIELDS + SERIES_ATTEMPTS];
    }
    record_free(&r);
}

Test(drain, every_attempt_is_counted_once)
{
    uint64_t sum[DRAIN_COLUMNS] = {0}, in_series = 0, all = 0;
    make_world();
    causes_of(sum, &in_series);
    for (int c = 0; c < DRAIN_COLUMNS; c++)
        all += sum[c];
    // One try a request, but a name takes it some ms: a few go when the fault has begun or ended.
    cr_assert_leq(all > in_series ? all - in_series : in_series - all, 4);
    cr_assert_gt(sum[ROUTE_PINNED], 0, "the connections of tiny worlds never close");
    cr_assert_gt(sum[ROUTE_CACHED], 0);
    cr_assert_eq(sum[ROUTE_STRETCHED], 0, "nobody keeps an answer too long");
    cr_assert_gt(sum[DRAIN_ELSEWHERE], 0);
}

Test(drain, without_connections_none_is_pinned)
{
    uint64_t sum[DRAIN_COLUMNS] = {0}, in_series = 0;
    make_world();
    t.populations[0].client.idle_timeout_s = 0;
    causes_of(sum, &in_series);
    cr_assert_eq(sum[ROUTE_PINNED], 0);
    cr_assert_gt(sum[ROUTE_CACHED], 0);
}

Test(drain, a_resolver_that_keeps_answers_too_long_stretches_them)
{
    uint64_t sum[DRAIN_COLUMNS] = {0}, in_series = 0;
    make_world();
    t.populations[0].client.idle_timeout_s = 0;
    t.populations[0].least_ttl_s = 300;
    causes_of(sum, &in_series);
    cr_assert_gt(sum[ROUTE_STRETCHED], 0);
}

Test(drain, a_users_cache_that_keeps_answers_too_long_stretches_them)
{
    uint64_t sum[DRAIN_COLUMNS] = {0}, in_series = 0;
    make_world();
    t.populations[0].client.idle_timeout_s = 0;
    t.populations[0].n_caches = 1;
    t.populations[0].caches[0] = (struct cache_spec){1, distribution_constant(300)};
    causes_of(sum, &in_series);
    cr_assert_gt(sum[ROUTE_STRETCHED], 0);
}

Test(drain, faults_that_no_user_meets_are_not_watched)
{
    make_world();
    t.faults[0].target = FAULT_LINK;
    t.faults[0].peer = "us-west-2";
    struct stage s;
    stage_open(&s, &t, 0);
    cr_assert_eq(s.world->faults.n, 1);
    cr_assert_eq(s.world->watches.n, 0);
    stage_close(&s);
}

// ---- faults of some of a service's targets

// Four targets, of two zones, behind a balancer that takes one out after 30 s.
static void make_targets(int n_hit)
{
    tiny_init(&t);
    tiny_set_zones(&t, 2);
    t.services[0].targets_per_zone = 2;
    t.services[0].servers_per_zone = 4;
    t.services[0].work = tiny_exponential(0.01);
    t.populations[0].rate_rps = 20;
    t.workload.duration_s = 1000;
    t.topology.balancer.health.interval_s = 10;
    t.topology.balancer.health.unhealthy_threshold = 3;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_SERVICE;
    f->object = "web";
    f->zone = ALL_ZONES;
    f->targets = n_hit;
    f->at_s = 500;
    f->duration = distribution_constant(300);
}

// Sums over the bins of the fault from `first_s` on.
static void sum_of(const struct record *r, double first_s, uint64_t sum[DRAIN_COLUMNS])
{
    memset(sum, 0, DRAIN_COLUMNS * sizeof *sum);
    for (size_t b = DRAIN_FIRST; b < DRAIN_BINS; b++)
        for (int c = 0; drain_edge_s(b) >= first_s && c < DRAIN_COLUMNS; c++)
            sum[c] += r->drain[b * DRAIN_COLUMNS + (size_t)c];
}

Test(drain, requests_go_to_a_dead_target_until_its_balancer_takes_it_out)
{
    uint64_t all[DRAIN_COLUMNS], late[DRAIN_COLUMNS];
    struct record r;
    make_targets(1);
    tiny_run(&t, 0, &r);
    cr_assert_eq(r.faults.n, 1);
    const struct fault_record *f = &r.faults.items[0];
    const uint64_t *before = &r.drain[(size_t)DRAIN_BEFORE * DRAIN_COLUMNS];
    // 20 a second for 300 s, of which the target gets a quarter: five standard errors.
    cr_expect_float_eq((double)before[DRAIN_ELSEWHERE], 4500, 335);
    cr_expect_float_eq((double)before[ROUTE_BALANCER], 1500, 194);
    cr_expect(f->moved_99 > 20 * SIMTIME_S && f->moved_99 < 34 * SIMTIME_S, "%g s",
              simtime_to_seconds(f->moved_99));
    cr_expect_eq(f->zones, 1, "a");
    sum_of(&r, 0, all);
    sum_of(&r, simtime_to_seconds(f->moved_99), late);
    cr_expect_gt(all[ROUTE_BALANCER], 60);
    cr_expect_eq(late[ROUTE_BALANCER], 0);
    cr_expect_gt(late[DRAIN_ELSEWHERE], 5000);
    for (int c = 0; c < ROUTE_CAUSES; c++)
        cr_expect(c == ROUTE_BALANCER || all[c] == 0, "users' way is not watched");
    record_free(&r);
}

Test(drain, a_fault_of_all_targets_is_one_of_the_service)
{
    struct stage s;
    for (int n = 3; n <= 4; n++) {
        make_targets(n);
        stage_open(&s, &t, 0);
        cr_expect_eq(s.world->target_watches.n, n == 3);
        cr_expect_eq(s.world->watches.n, n == 4);
        if (n == 3) {
            cr_expect_eq(s.world->target_watches.items[0].targets, 7);
            cr_expect_eq(s.world->target_watches.items[0].zones, 3);
        } else {
            cr_expect_eq(s.world->watches.items[0].zones, UINT8_MAX);
        }
        stage_close(&s);
    }
}

// Of the second zone, and of a service behind the first: its callers are no users.
Test(drain, targets_of_inner_services_are_watched_at_their_own_balancer)
{
    uint64_t sum[DRAIN_COLUMNS];
    struct record r;
    make_targets(1);
    tiny_add_service(&t, "inner", tiny_exponential(0.01))->targets_per_zone = 2;
    t.services[1].servers_per_zone = 4;
    tiny_add_call(&t, 0, 1, 0);
    t.faults[0].object = "inner";
    t.faults[0].zone = "b";
    tiny_run(&t, 0, &r);
    cr_assert_eq(r.faults.n, 1);
    cr_expect_eq(r.faults.items[0].zones, 2);
    cr_expect_neq(r.faults.items[0].moved_99, SIMTIME_NEVER);
    sum_of(&r, 0, sum);
    cr_expect_gt(sum[ROUTE_BALANCER], 60);
    record_free(&r);
}
