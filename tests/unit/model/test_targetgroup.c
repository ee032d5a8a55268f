// Pins: the choice of a target agrees with a naive twin for any number of targets, any set of
// healthy ones and both ways to count; nodes reach their own zone or all of them, and fall back to
// all they reach when none is healthy; zones with a healthy target; shares by weight. Not pinned:
// probes' thresholds (test_probe.c).
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/cookie.h"
#include "model/targetgroup.h"
#include "support/stat.h"

static struct balancer_spec spec;
static struct targetgroup g;

static void make(enum balancer_policy policy, bool cross_zone)
{
    spec = (struct balancer_spec){.policy = policy,
                                  .cross_zone = cross_zone,
                                  .fail_open = {.count = 1},
                                  .dns_failover = {.count = 1},
                                  .health = {.unhealthy_threshold = 1, .healthy_threshold = 1}};
}

// Zone by zone so many targets.
static void fill(const int *counts, uint8_t n_zones)
{
    targetgroup_open(&g, &spec, n_zones, stream_open(1, 0, "test", "flows"),
                     stream_open(1, 0, "test", "targets"));
    for (uint8_t z = 0; z < n_zones; z++)
        for (int i = 0; i < counts[z]; i++)
            targetgroup_add(&g, 100 + g.n, z);
    targetgroup_review(&g, 0);
}

// ---- choice

static uint8_t naive_turns[2];

static uint8_t naive_choice(uint64_t usable, uint8_t node)
{
    uint8_t *turn = &naive_turns[spec.cross_zone ? 0 : node];
    uint32_t best = 0, least = UINT32_MAX;
    for (uint32_t i = 0; i < g.n; i++) {
        uint32_t target = (*turn + i) % g.n;
        bool is_better = (usable >> target & 1) && g.outstanding[target] < least;
        best = is_better ? target : best;
        least = is_better ? g.outstanding[target] : least;
    }
    *turn = (uint8_t)((best + 1) % g.n);
    return (uint8_t)best;
}

static void compare_with_naive(struct stream *s, int n)
{
    const int counts[] = {n / 2, n - n / 2};
    fill(counts, 2);
    naive_turns[0] = naive_turns[1] = 0;
    for (int i = 0; i < 400; i++) {
        const uint8_t node = (uint8_t)stream_below(s, 2), other = (uint8_t)stream_below(s, g.n);
        if (stream_below(s, 4) == 0)
            targetgroup_verdict(&g, other, stream_below(s, 2) == 0, 0);
        const uint8_t expected = naive_choice(g.usable[node], node);
        const uint8_t chosen = targetgroup_choose(&g, node, 0, 0);
        cr_assert_eq(chosen, expected, "%d targets, step %d: %u, not %u", n, i, chosen, expected);
        targetgroup_began(&g, chosen);
        if (g.counts_outstanding && stream_below(s, 2) == 0 && g.outstanding[other] > 0)
            targetgroup_ended(&g, other);
    }
}

Test(targetgroup, choice_agrees_with_a_naive_twin)
{
    struct stream s = stream_open(1, 0, "test", "targetgroup");
    for (int n = 2; n <= BALANCER_MAX_TARGETS; n++) {
        make(n % 2 ? BALANCER_LEAST_OUTSTANDING : BALANCER_ROUND_ROBIN, n % 4 < 2);
        compare_with_naive(&s, n);
    }
}

Test(targetgroup, one_target_gets_all)
{
    make(BALANCER_ROUND_ROBIN, true);
    fill((const int[]){1}, 1);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(targetgroup_choose(&g, 0, 0, 0), 0);
}

// ---- reach and health

// The worked example of the Elastic Load Balancing user guide: two targets in one zone, eight in
// the other, nodes in equal shares.
Test(targetgroup, shares_of_two_and_eight_targets)
{
    for (int cross_zone = 0; cross_zone < 2; cross_zone++) {
        int got[10] = {0};
        make(BALANCER_ROUND_ROBIN, cross_zone);
        fill((const int[]){2, 8}, 2);
        for (uint32_t i = 0; i < 1600; i++)
            got[targetgroup_choose(&g, (uint8_t)(i % 2), 0, 0)]++;
        for (int t = 0; t < 10; t++)
            cr_expect_eq(got[t], cross_zone ? 160 : t < 2 ? 400 : 100, "target %d", t);
    }
}

Test(targetgroup, fails_open_within_reach)
{
    make(BALANCER_ROUND_ROBIN, false);
    fill((const int[]){2, 3}, 2);
    cr_expect(targetgroup_verdict(&g, 0, false, 0));
    cr_expect_eq(g.usable[0], 2);
    cr_expect_eq(targetgroup_dns_zones(&g, 0), 3);
    cr_expect(targetgroup_verdict(&g, 1, false, 0));
    cr_expect_eq(g.usable[0], 3, "both are unhealthy: both are used");
    cr_expect_eq(g.usable[1], 0x1c);
    cr_expect_eq(targetgroup_dns_zones(&g, 0), 2);
    make(BALANCER_ROUND_ROBIN, true);
    fill((const int[]){2, 3}, 2);
    for (uint8_t t = 0; t < 5; t++) {
        cr_expect(targetgroup_verdict(&g, t, false, 0));
        cr_expect_not(targetgroup_verdict(&g, t, false, 0), "no news");
        cr_expect_eq(g.usable[0], t < 4 ? 0x1full << (t + 1) & 0x1f : 0x1f);
        cr_expect_eq(g.usable[1], g.usable[0]);
    }
    cr_expect_eq(targetgroup_dns_zones(&g, 0), 0);
}

// ---- chance

Test(targetgroup, weighted_random_gives_shares_by_weight)
{
    enum { DRAWS = 40000, TARGETS = 5 };
    uint64_t got[TARGETS] = {0};
    static const double shares[TARGETS] = {0.4, 0.1, 0, 0.4, 0.1};
    make(BALANCER_WEIGHTED_RANDOM, true);
    fill((const int[]){2, 3}, 2);
    targetgroup_verdict(&g, 2, false, 0);
    g.weight[1] = g.weight[4] = UINT32_MAX / 4;
    for (int i = 0; i < DRAWS; i++)
        got[targetgroup_choose(&g, (uint8_t)(i & 1), 0, 0)]++;
    cr_expect(stat_counts_agree("weighted random", got, shares, TARGETS));
    cr_expect_eq(got[2], 0);
}

// ---- minima

// The example of the guide ('Target group health'): ten targets in each of two zones, six fail in
// the second, and both minima are 50 %.
Test(targetgroup, example_of_the_guide)
{
    for (int cross_zone = 0; cross_zone < 2; cross_zone++) {
        make(BALANCER_ROUND_ROBIN, cross_zone);
        spec.fail_open.share = spec.dns_failover.share = 0.5;
        fill((const int[]){10, 10}, 2);
        for (uint8_t t = 10; t < 16; t++)
            targetgroup_verdict(&g, t, false, 0);
        cr_expect_eq(targetgroup_dns_zones(&g, 0), cross_zone ? 3 : 1);
        cr_expect_eq(g.usable[0], cross_zone ? 0xf03ff : 0x3ff);
        cr_expect_eq(g.usable[1], cross_zone ? 0xf03ff : 0xffc00, "fails open on its own");
    }
}

Test(targetgroup, minima)
{
    static const struct {
        struct healthy_minimum least;
        int n_healthy; // at least, of eight
    } cases[] = {{{1, 0}, 1},    {{0, 0}, 0},    {{3, 0}, 3}, {{0, 0.5}, 4},
                 {{0, 0.51}, 5}, {{3, 0.25}, 3}, {{1, 1}, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int n = 8; n >= 0; n--) {
            make(BALANCER_ROUND_ROBIN, true);
            spec.fail_open = spec.dns_failover = cases[i].least;
            fill((const int[]){8}, 1);
            for (uint8_t t = 0; t < 8 - n; t++)
                targetgroup_verdict(&g, t, false, 0);
            const bool is_enough = n >= cases[i].n_healthy;
            cr_expect_eq(targetgroup_dns_zones(&g, 0), is_enough, "case %zu, %d", i, n);
            const uint64_t healthy = 0xff & ~((1u << (8 - n)) - 1);
            cr_expect_eq(g.usable[0], is_enough && n > 0 ? healthy : 0xff, "case %zu, %d", i, n);
        }
}

Test(targetgroup, node_without_power_is_missed_with_its_targets)
{
    make(BALANCER_ROUND_ROBIN, true);
    fill((const int[]){1, 1}, 2);
    cr_expect_eq(targetgroup_dns_zones(&g, 1), 3, "nobody knows yet");
    targetgroup_verdict(&g, 0, false, 0);
    cr_expect_eq(targetgroup_dns_zones(&g, 0), 3, "its requests go to the other zone");
    cr_expect_eq(targetgroup_dns_zones(&g, 1), 2);
}

// ---- slow start

// What the second of two targets gets of 1000 requests each second, after it became healthy at 0.
static uint64_t share_at(int second)
{
    uint64_t n = 0;
    for (int i = 0; i < 1000; i++)
        n += targetgroup_choose(&g, 0, 0, (second * INT64_C(1000) + i) * SIMTIME_MS) == 1;
    return n;
}

Test(targetgroup, slow_start_is_a_linear_ramp)
{
    make(BALANCER_ROUND_ROBIN, true);
    spec.slow_start_s = 100;
    fill((const int[]){2}, 1);
    targetgroup_verdict(&g, 1, false, 0);
    targetgroup_verdict(&g, 1, true, 0);
    for (int second = 0; second < 100; second++) {
        const double share = (second + 0.5) / 100; // of what the other gets
        cr_assert_float_eq((double)share_at(second), 1000 * share / (1 + share), 5, "at %d s",
                           second);
    }
    cr_expect_eq(share_at(100), 500);
    cr_expect(g.takes_turns, "it is over");
}

Test(targetgroup, slow_start_takes_another_with_its_full_share)
{
    make(BALANCER_ROUND_ROBIN, true);
    spec.slow_start_s = 100;
    fill((const int[]){2}, 1);
    for (uint8_t t = 0; t < 2; t++)
        targetgroup_verdict(&g, t, false, 0);
    targetgroup_verdict(&g, 0, true, 0);
    cr_expect_eq(g.starting, 0, "the first one alone");
    targetgroup_verdict(&g, 1, true, 0);
    cr_expect_eq(g.starting, 2);
    targetgroup_verdict(&g, 0, false, 0);
    cr_expect_eq(share_at(1), 1000, "nobody else is left");
    targetgroup_verdict(&g, 1, false, 0);
    cr_expect_eq(g.starting, 0, "unhealthy: it starts anew");
    targetgroup_verdict(&g, 1, true, 0);
    cr_expect_eq(g.starting, 0);
}

// ---- cookies

// By any policy a cookie comes first, while its target is usable.
Test(targetgroup, cookies_come_first)
{
    static const enum balancer_policy policies[] = {
        BALANCER_ROUND_ROBIN, BALANCER_LEAST_OUTSTANDING, BALANCER_WEIGHTED_RANDOM};
    for (size_t k = 0; k < ARRAY_LEN(policies); k++) {
        make(policies[k], true);
        spec.stickiness = STICKINESS_COOKIE;
        fill((const int[]){2, 2}, 2);
        uint64_t seen = 0;
        for (uint32_t i = 0; i < 40; i++) {
            cr_expect_eq(targetgroup_choose(&g, 0, cookie_flow_of(3), 0), 3);
            seen |= UINT64_C(1) << targetgroup_choose(&g, 0, 0, 0);
        }
        cr_expect_eq(seen, 15); // without one the policy chooses
        targetgroup_verdict(&g, 3, false, 0);
        for (uint32_t i = 0; i < 40; i++)
            cr_expect_neq(targetgroup_choose(&g, 0, cookie_flow_of(3), 0), 3);
        targetgroup_verdict(&g, 3, true, 0);
        cr_expect_eq(targetgroup_choose(&g, 0, cookie_flow_of(3), 0), 3);
        targetgroup_take_out(&g, 8, 0);
        cr_expect_neq(targetgroup_choose(&g, 0, cookie_flow_of(3), 0), 3);
        targetgroup_close(&g);
    }
}

// A target in slow start gets all that its cookies bring, and its share of the rest; afterwards
// cookies still count.
Test(targetgroup, slow_start_is_for_requests_without_cookie)
{
    make(BALANCER_ROUND_ROBIN, true);
    spec.stickiness = STICKINESS_COOKIE;
    spec.slow_start_s = 100;
    fill((const int[]){2}, 1);
    targetgroup_verdict(&g, 1, false, 0);
    targetgroup_verdict(&g, 1, true, 0);
    for (simtime s = 1; s <= 200; s++) {
        cr_expect_eq(targetgroup_choose(&g, 0, cookie_flow_of(1), s * SIMTIME_S), 1);
        cr_expect(s > 2 || targetgroup_choose(&g, 0, 0, s * SIMTIME_S) == 0);
        targetgroup_choose(&g, 0, 0, s * SIMTIME_S);
    }
    cr_expect_eq(g.starting, 0);
    targetgroup_close(&g);
}
