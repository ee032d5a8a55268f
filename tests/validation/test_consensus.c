// Pins: consensus against closed forms. A commit takes as long as the slowest of the fastest
// majority: the k-th order statistic of the members' round trips and times to write, which differ
// (its distribution function by Poisson's binomial); a lost leader has a successor after the time
// since it was heard, once to twice the election timeout, the least of the others' draws (P(u > x)
// = (1 - x)^k), and two round trips of votes; with leases that outlast elections after the lease
// and the least of the draws. Chi-square at level 1e-4 over bins of equal probability.
// AASIM_LONG=1: longer.
#include <criterion/criterion.h>
#include <math.h>

#include "model/consensus.h"
#include "support/stat.h"
#include "unit/model/storeplay.h"

enum { BINS = 10 };

static const char *const regions[] = {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1",
                                      "ap-south-1"};
// The network's jitter on a way adds this much on average.
static const double jitter_s = 1.3e-4;

static struct tiny t;
static struct storeplay p;

static struct store_spec *make(int n_regions, const double *rtt_ms)
{
    tiny_init(&t);
    tiny_silence(&t);
    for (int r = 1; r < n_regions; r++)
        tiny_add_region(&t, regions[r], rtt_ms[r]);
    t.topology.balancer.health.interval_s = 1e8;
    t.workload.duration_s = t.workload.window_s = 20000;
    struct store_spec *s = tiny_add_store(&t, STORE_CONSENSUS);
    s->items = 2;
    return s;
}

// ---- commits

enum { MEMBERS = 5, MAJORITY = 3 };
static const double rtt_ms[MEMBERS] = {0, 10, 30, 50, 80}, write_s = 0.02;

// P(at least three of five have written it by then).
static double committed_by(double time_s)
{
    double n_have[MEMBERS + 1] = {1}, p_done = 0; // P(n of those so far have it)
    for (int m = 0; m < MEMBERS; m++) {
        const double left_s = time_s - (m > 0 ? rtt_ms[m] * 1e-3 + 2 * jitter_s : 0);
        const double has = left_s > 0 ? -expm1(-left_s / write_s) : 0;
        for (int n = m + 1; n > 0; n--)
            n_have[n] = n_have[n] * (1 - has) + n_have[n - 1] * has;
        n_have[0] *= 1 - has;
    }
    for (int n = MAJORITY; n <= MEMBERS; n++)
        p_done += n_have[n];
    return p_done;
}

static void expect_bins(const char *id, const uint64_t *counts)
{
    double shares[BINS];
    for (int i = 0; i < BINS; i++)
        shares[i] = 1.0 / BINS;
    cr_expect(stat_counts_agree(id, counts, shares, BINS));
}

static size_t bin_of(double probability)
{
    cr_assert(probability >= 0 && probability < 1, "%g", probability);
    return (size_t)(probability * BINS);
}

Test(consensus, a_commit_takes_the_majority_s_time)
{
    const int n = stat_is_long() ? STOREPLAY_CALLS : 3000;
    uint64_t counts[BINS] = {0};
    make(MEMBERS, rtt_ms)->write_time = tiny_exponential(write_s);
    storeplay_open(&p, &t);
    for (int i = 0; i < n; i++)
        storeplay_write(&p, 0, 1 + 0.9 * i, 0);
    storeplay_run(&p, 1 + 0.9 * n);
    for (int i = 0; i < n; i++) {
        cr_assert_eq(p.answer[i].status, ANSWER_OK);
        counts[bin_of(committed_by(p.answer[i].at_s - (1 + 0.9 * i)))]++;
    }
    expect_bins("consensus commit", counts);
    storeplay_close(&p);
}

// ---- elections

static const double timeout_s = 100, heartbeat_s = 5, lost_s = 1000, far_ms = 10;

static double promoted_s(int n_members)
{
    double first_s = HUGE_VAL;
    for (int r = 1; r < n_members; r++) {
        const double at_s = storeplay_mark_s(&p, r, JOURNAL_LEADER_PROMOTED);
        first_s = at_s > 0 && at_s < first_s ? at_s : first_s;
    }
    return first_s;
}

// The share of the election timeout that the earliest of the others drew.
static double measure(uint32_t replication, int n_members, double lease_s)
{
    stage_open(&p.stage, &t, replication);
    stage_run(&p.stage, 2000);
    const double phase_s = simtime_to_seconds(storeplay_replica(&p, 0)->consensus->phase);
    const double sent_s = phase_s + floor((lost_s - phase_s) / heartbeat_s) * heartbeat_s;
    const double rtt_s = far_ms * 1e-3 + 2 * jitter_s;
    const double from_s = lease_s > 0 ? sent_s + lease_s : sent_s + rtt_s / 2 + timeout_s;
    const double share = (promoted_s(n_members) - 2 * rtt_s - from_s) / timeout_s;
    stage_close(&p.stage);
    return fmin(fmax(share, 0), 1 - 1e-9); // the jitter
}

static void expect_election(const char *id, int n_members, double lease_s)
{
    static const double same_ms[MEMBERS] = {0, far_ms, far_ms, far_ms, far_ms};
    const uint32_t n = stat_is_long() ? 5000 : 500;
    uint64_t counts[BINS] = {0};
    struct consensus_spec *c = &make(n_members, same_ms)->consensus;
    for (int a = 1; a < n_members; a++)
        for (int b = 1; b < a; b++)
            tiny_set_rtt(&t, b, a, far_ms);
    c->election_timeout_s = timeout_s;
    c->heartbeat_s = heartbeat_s;
    c->read = lease_s > 0 ? CONSENSUS_READ_LEASE : CONSENSUS_READ_INDEX;
    c->lease_s = lease_s;
    struct fault_spec *f = tiny_add_fault(&t);
    f->at_s = lost_s;
    f->duration = distribution_constant(1e5);
    for (uint32_t i = 0; i < n; i++)
        counts[bin_of(1 - pow(1 - measure(i, n_members, lease_s), n_members - 1))]++;
    expect_bins(id, counts);
}

Test(consensus, a_successor_is_elected_after_the_least_of_the_draws)
{
    expect_election("consensus election, 3", 3, 0);
    expect_election("consensus election, 5", 5, 0);
}

Test(consensus, a_successor_waits_for_the_lease)
{
    expect_election("consensus lease, 3", 3, 300);
    expect_election("consensus lease, 5", 5, 300);
}
