// Pins: a part of a cluster without power is down until its zone has power again and it has come
// back, failures of its own included; in a zone with a share of its servers left it is up with that
// probability, and a growing share brings it back once; failing by itself it is down for its time
// to come back and up for an exponential time. Level 1e-4.
#include <criterion/criterion.h>

#include "model/clusterpart.h"
#include "support/stat.h"
#include "support/tiny.h"

static struct distribution back;

static struct clusterpart make(double failures_per_s, const char *purpose)
{
    back = distribution_constant(5);
    return clusterpart_open(stream_open(TINY_SEED, 0, "test", purpose), failures_per_s, &back);
}

Test(clusterpart, without_power_it_waits)
{
    struct clusterpart p = make(0, "waits");
    cr_expect(p.is_up);
    cr_expect_eq(p.next, SIMTIME_NEVER);
    clusterpart_follow(&p, 10, true);
    cr_expect(p.is_up, "nothing has changed for it");
    clusterpart_follow(&p, 20, false);
    cr_expect(!p.is_up);
    cr_expect_eq(p.next, SIMTIME_NEVER);
    clusterpart_follow(&p, 30, true);
    cr_expect(!p.is_up);
    cr_expect_eq(p.next, 30 + 5 * SIMTIME_S);
    clusterpart_follow(&p, 40, true);
    cr_expect_eq(p.next, 30 + 5 * SIMTIME_S, "it is coming back already");
    clusterpart_follow(&p, 50, false);
    clusterpart_follow(&p, 60, true);
    cr_expect_eq(p.next, 60 + 5 * SIMTIME_S, "and begins anew when it loses power meanwhile");
    clusterpart_turn(&p, p.next);
    cr_expect(p.is_up);
    cr_expect_eq(p.next, SIMTIME_NEVER);
}

Test(clusterpart, is_among_the_share_that_is_left)
{
    struct clusterpart p = make(0, "share");
    struct fault_state zone = fault_state_fine;
    uint64_t n_left = 0;
    for (int i = 0; i < 10000; i++) {
        clusterpart_rank(&p);
        zone.capacity = 0.3f;
        n_left += clusterpart_has_power(&p, &zone);
        zone.capacity = 0;
        cr_expect_not(clusterpart_has_power(&p, &zone));
        zone.capacity = 1;
        cr_expect(clusterpart_has_power(&p, &zone));
        zone.is_dead = true;
        cr_expect_not(clusterpart_has_power(&p, &zone));
        zone.is_dead = false;
    }
    cr_expect(stat_share_agrees("left", n_left, 10000, 0.3));
}

Test(clusterpart, fails_by_itself)
{
    enum { N = 10000 };
    static double up_s[N];
    struct clusterpart p = make(0.5, "fails");
    simtime since = 0;
    for (int i = 0; i < N; i++) {
        cr_assert(p.is_up);
        const simtime fails = p.next;
        up_s[i] = simtime_to_seconds(fails - since);
        clusterpart_turn(&p, fails);
        cr_assert(!p.is_up);
        cr_assert_eq(p.next, fails + 5 * SIMTIME_S);
        since = p.next;
        clusterpart_turn(&p, since);
    }
    cr_expect(stat_mean_agrees("time to failure", up_s, N, 2, 0));
    cr_expect(stat_sd_agrees("spread of it", up_s, 32, 2));
    clusterpart_follow(&p, since, false);
    cr_expect_eq(p.next, SIMTIME_NEVER, "what has no power does not fail");
}

Test(clusterpart, a_draw_takes_some_time)
{
    struct stream s = stream_open(TINY_SEED, 0, "test", "draw");
    const struct distribution none = distribution_constant(0), ever = distribution_constant(1e12);
    cr_expect_eq(clusterpart_draw(&none, &s), 1);
    cr_expect_eq(clusterpart_draw(&ever, &s), SIMTIME_NEVER);
}
