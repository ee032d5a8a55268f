// Pins: asynchronous replication against closed forms, beyond test_stores.c. Last writer wins with
// clocks that differ, lags that are random, three regions (C05); what a failing region takes with
// it, in writes and in seconds, when changes leave in batches or wait in line for one sender (C06);
// the wait of a leader for the k-th fastest of its followers when ways jitter (C07). The share of
// writes that are concurrent with one of another region (C05, conc) is the share that is
// overwritten when lags are the sum of both ways. Z4 over independent runs; counts by chi-square;
// quantiles by the share below the reference. AASIM_LONG=1: 20 times as many runs.
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "validation/writers.h"

// ---- last writer wins

Test(replication, last_writer_wins_with_clocks_that_differ)
{
    static struct tiny t;
    static const double rates[] = {0.5, 3};
    // C05.lww.0.5_3_0.15.over of region 1's writes: by one of region 2 from 20 ms before, since its
    // clock is 20 ms fast, until the change arrives. And the other way about.
    const double first = 1 - exp(-3 * (0.15 + 0.02)), second = 1 - exp(-0.5 * (0.15 - 0.02));
    cr_assert_float_eq(first, 0.39950442118773405, 1e-12);
    struct store_spec *s = make_writers(&t, 2, rates);
    s->replication.delay = distribution_constant(0.15);
    t.topology.regions[1].clock_offset_s = 0.02;
    t.workload.duration_s = t.workload.window_s = stat_is_long() ? 40000 : 2000;
    cr_expect(
        overwritten_agrees("C05.lww.0.5_3_0.15.over", &t, (0.5 * first + 3 * second) / 3.5, 2e-4));
}

// Each way exponential, mean 0.1 s: there and back a gamma law.
Test(replication, concurrent_writes_with_random_lags)
{
    static struct tiny t;
    static const double rates[] = {1, 2};
    const double first = 1 - pow(1 + 2 * 0.1, -2), second = 1 - pow(1 + 1 * 0.1, -2);
    // C05.lwwexp.2_0.1.conc: E exp(-2 X) exp(-2 E Y), X there, Y back; both random here.
    cr_assert_float_eq(1 - exp(-2 * 0.1) / (1 + 2 * 0.1), 0.3177243724350151, 1e-12);
    struct store_spec *s = make_writers(&t, 2, rates);
    s->replication.delay = (struct distribution){.kind = DISTRIBUTION_GAMMA, .a = 2, .b = 0.1};
    t.workload.duration_s = t.workload.window_s = stat_is_long() ? 40000 : 2000;
    cr_expect(overwritten_agrees("C05.lwwexp, there and back", &t, (first + 2 * second) / 3, 3e-4));
}

// C05.multi.3: concurrent with a write of either other region, 0.1 s each way.
Test(replication, concurrent_writes_of_three_regions)
{
    static struct tiny t;
    static const double rates[] = {0.5, 0.5, 0.5};
    struct store_spec *s = make_writers(&t, 3, rates);
    s->replication.delay = distribution_constant(0.2);
    t.workload.duration_s = t.workload.window_s = stat_is_long() ? 40000 : 2000;
    cr_expect(overwritten_agrees("C05.multi.3", &t, 0.18126924692201815, 3e-4));
}

// ---- what a failing region takes with it

enum { MAX_RUNS = 20000 };

struct losses {
    size_t n;
    double writes[MAX_RUNS]; // that were in the region only
    double age_s[MAX_RUNS];  // of the oldest of them; 0: none
};

static struct losses losses;

static void add_exposure(const struct store_record *store)
{
    REQUIRE(store->exposures.n == 1, "%zu exposures", (size_t)store->exposures.n);
    const struct exposure_record *e = &store->exposures.items[0];
    losses.writes[losses.n] = (double)e->writes;
    losses.age_s[losses.n++] = simtime_to_seconds(e->age);
}

// Runs with the failure at each of `phases` places of one second, after `at_s`.
static void lose_regions(struct tiny *t, size_t n, double at_s, size_t phases)
{
    struct fault_spec *f = tiny_add_fault(t);
    f->duration = distribution_constant(1e3);
    losses.n = 0;
    for (size_t phase = 0; phase < phases; phase++) {
        f->at_s = at_s + ((double)phase + 0.5) / (double)phases;
        t->workload.duration_s = t->workload.window_s = f->at_s + 1;
        struct model *m = tiny_compile(t, PARTITION_ONE);
        for (uint32_t run = 0; run < n / phases; run++) {
            struct record r;
            tiny_run_model(m, (uint32_t)phase * MAX_RUNS + run, &r);
            add_exposure(&r.stores[0]);
            record_free(&r);
        }
        model_free(m);
    }
}

static uint64_t n_older(double age_s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < losses.n; i++)
        n += losses.age_s[i] > age_s;
    return n;
}

static bool age_agrees(const char *id, double age_s, double reference)
{
    return stat_share_agrees(id, n_older(age_s), losses.n, reference);
}

// C06.const.50_0.2.age: mean age of the oldest.
Test(replication, recovery_point_of_a_constant_lag)
{
    static struct tiny t;
    static const double rates[] = {50, 1e-9};
    struct store_spec *s = make_writers(&t, 2, rates);
    s->replication.delay = distribution_constant(0.2);
    s->items = 1000;
    lose_regions(&t, n_runs(1000), 3, 1);
    cr_expect(stat_mean_agrees("C06.const.50_0.2.age", losses.age_s, losses.n, 0.18000090799859525,
                               2e-4));
}

// A batch a second, 0.3 s until it is away: what was written since the last one that is, 0.3 to
// 1.3 s ago, is lost. The oldest lost write is younger than that by the time to the first write.
static double batch_age(double age_s)
{
    const double w = 20, low = 0.3 > age_s ? 0.3 : age_s;
    return (1.3 - low) - (exp(-w * (low - age_s)) - exp(-w * (1.3 - age_s))) / w;
}

Test(replication, recovery_point_of_batches)
{
    static struct tiny t;
    static const double rates[] = {20, 1e-9};
    struct store_spec *s = make_writers(&t, 2, rates);
    s->replication.batch_s = 1;
    s->replication.delay = distribution_constant(0.3);
    s->items = 1000;
    lose_regions(&t, n_runs(1000), 3, 50);
    cr_expect(stat_mean_agrees("C06.batch.20_1.mean", losses.writes, losses.n, 16, 0.01));
    // C06.batch.20_1.rpo50 and rpo99 of the window itself: 0.8 and 1.29 s.
    cr_expect(age_agrees("C06.batch.20_1, older than 0.8 s", 0.8, batch_age(0.8)));
    cr_expect(age_agrees("C06.batch.20_1, older than 0.3 s", 0.3, batch_age(0.3)));
}

// 80 writes a second, of which each keeps the sender busy for 10 ms on average.
Test(replication, recovery_point_of_a_queue_for_the_sender)
{
    enum { N_COUNTS = 20 };
    static struct tiny t;
    static const double rates[] = {80, 1e-9};
    uint64_t counts[N_COUNTS] = {0};
    double shares[N_COUNTS];
    struct store_spec *s = make_writers(&t, 2, rates);
    s->replication.delay = distribution_constant(0);
    s->replication.send_time = tiny_exponential(0.01);
    s->items = 1000;
    lose_regions(&t, n_runs(1000), 12, 1);
    cr_expect(stat_mean_agrees("C06.mm1.80_100.mean", losses.writes, losses.n, 4, 0.01));
    for (size_t i = 0; i < losses.n; i++)
        counts[losses.writes[i] < N_COUNTS - 1 ? (size_t)losses.writes[i] : N_COUNTS - 1]++;
    for (unsigned k = 0; k < N_COUNTS; k++)
        shares[k] = k < N_COUNTS - 1 ? 0.2 * pow(0.8, k) : pow(0.8, k);
    cr_expect(stat_counts_agree("C06.mm1.80_100", counts, shares, N_COUNTS));
    cr_expect(age_agrees("C06.mm1.80_100.age0.05", 0.05, 0.2943035529371539));
    cr_expect(age_agrees("C06.mm1.80_100.age0.2", 0.2, 0.014652511110987344));
}

// Behind the sender each change waits by itself: Burke's theorem, M/M/1 and then M/G/infinity.
Test(replication, slow_changes_hold_up_no_other)
{
    static struct tiny t;
    static const double rates[] = {80, 1e-9};
    struct store_spec *s = make_writers(&t, 2, rates);
    s->replication.delay = tiny_exponential(0.2);
    s->replication.send_time = tiny_exponential(0.01);
    s->items = 1000;
    lose_regions(&t, n_runs(1000), 12, 1);
    cr_expect(stat_mean_agrees("4 at the sender, 16 behind it", losses.writes, losses.n, 20, 0.01));
}

// ---- commits that wait for the k-th fastest follower

struct jitter {
    const char *id;
    int n_regions, followers;
    double rtt_ms[5]; // from the leader, region 0
    double p50_ms, p99_ms, mean_ms;
};

// Each way back takes the round trip of the public table that C07 cites, and 5 ms on average,
// exponential, on top.
static const struct jitter jitters[] = {
    {"C07.jit.G5.ap-northeast-1",
     5,
     2,
     {0, 145.3, 89.16, 212.4, 103.9},
     107.49850434545307,
     127.1790595686928,
     109.03044414631952},
    {"C07.jit.G5.ap-southeast-2",
     5,
     2,
     {0, 229.7, 161.9, 309.6, 103.9},
     165.36575881807158,
     184.925896301873,
     166.90001968738812},
    {"C07.jit.US3.us-east-1",
     3,
     1,
     {0, 72.74, 86.98},
     76.20573590279977,
     91.37292546497022,
     77.59509968679401},
    {"C07.jit.US3.us-west-1",
     3,
     1,
     {0, 71.63, 19.46},
     22.925735902799726,
     42.48585092994047,
     24.45992646207277},
    {"C07.jit.US3.us-west-2",
     3,
     1,
     {0, 88.68, 19.2},
     22.665735902799728,
     42.22585092994044,
     24.199997693338382},
};

static void make_leader(struct tiny *t, const struct jitter *j)
{
    static const char *const codes[] = {"us-east-1", "b", "c", "d", "e"};
    tiny_init(t);
    t->workload.classes[0].is_write = true;
    t->services[0].work = distribution_constant(0);
    t->services[0].servers_per_zone = 1000;
    t->populations[0].rate_rps = 2; // changes stay in order: one that is fast waits for a slow one
    t->workload.duration_s = t->workload.window_s = 2500;
    for (int i = 1; i < j->n_regions; i++)
        tiny_add_region(t, codes[i], 50);
    for (int i = 1; i < j->n_regions; i++)
        tiny_set_rtt(t, 0, i, j->rtt_ms[i]);
    t->topology.steering.root.n_records = 1;
    struct store_spec *s = tiny_add_store(t, STORE_SINGLE_LEADER);
    s->write_time = distribution_constant(0);
    s->leading.sync_followers = j->followers;
    s->replication.delay = tiny_exponential(0.005);
}

// The backbone's own jitter is 0.1 ms; a histogram's bins are 0.8 % wide.
static void expect_jitter(const struct jitter *j)
{
    static struct tiny t;
    double p50[32], p99[32], mean[32];
    make_leader(&t, j);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t run = 0; run < ARRAY_LEN(mean); run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        const struct histogram *h = &r.stores[0].latency[STORE_WRITE];
        mean[run] = histogram_mean(h) * 1e-6;
        p50[run] = histogram_quantile(h, 0.5) * 1e-6;
        p99[run] = histogram_quantile(h, 0.99) * 1e-6;
        record_free(&r);
    }
    model_free(m);
    cr_expect(stat_mean_agrees(j->id, mean, ARRAY_LEN(mean), j->mean_ms, 0.2));
    cr_expect(stat_mean_agrees(j->id, p50, ARRAY_LEN(p50), j->p50_ms, 0.2 + 0.004 * j->p50_ms));
    cr_expect(stat_mean_agrees(j->id, p99, ARRAY_LEN(p99), j->p99_ms, 0.3 + 0.004 * j->p99_ms));
}

Test(replication, leader_waits_for_the_kth_fastest_follower)
{
    for (size_t i = 0; i < ARRAY_LEN(jitters); i++)
        expect_jitter(&jitters[i]);
}

// The lag of a leader's log is its delay's law, however many writes there are a second: 100, of
// which a hundred and more are on their way at a time. The delay's jumps cost a few percent, since
// what comes after a slow one cannot overtake it.
Test(replication, lag_of_a_log_follows_its_delay)
{
    static struct tiny t;
    double p50[32], p90[32];
    make_leader(&t, &(struct jitter){.n_regions = 2, .followers = 0, .rtt_ms = {0, 50}});
    t.populations[0].rate_rps = 100;
    t.workload.duration_s = t.workload.window_s = 200;
    t.stores[0].replication.delay = distribution_lognormal_fit(0.15, 0.99, 0.9);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t run = 0; run < ARRAY_LEN(p50); run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        p50[run] = histogram_quantile(&r.stores[0].lag, 0.5) * 1e-9 - 0.025;
        p90[run] = histogram_quantile(&r.stores[0].lag, 0.9) * 1e-9 - 0.025;
        record_free(&r);
    }
    model_free(m);
    const double p90_of_delay = distribution_quantile(&t.stores[0].replication.delay, 0.9);
    cr_expect(stat_mean_agrees("lag, median", p50, ARRAY_LEN(p50), 0.15, 0.1 * 0.15));
    cr_expect(stat_mean_agrees("lag, 90 %", p90, ARRAY_LEN(p90), p90_of_delay, 0.1 * p90_of_delay));
}
