// Pins: draws from the tables of the published mixtures (support/wars.h) follow their closed form:
// counts between p50, p99, p99.9 and p99.999 by chi-square, of as many draws as do not show that
// tables are within 0.1 % of a value only; and operations made of such draws have the latencies
// that follow: the W-th fastest of three replicas' W + A (C03.lat; reads alike, by R + S), by
// exceedance (QX). Three seeds. Not pinned: the model's own operations. AASIM_LONG=1: 30 times as
// many operations.
#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>

#include "base/base.h"
#include "base/variate.h"
#include "support/stat.h"
#include "support/wars.h"

enum { SEEDS = 3, DRAWS = 4000000, OPERATIONS = 400000 };

static void prepare(void)
{
    gsl_set_error_handler_off();
}

TestSuite(mixtures, .init = prepare);

// ---- draws

static const double edges[] = {0.5, 1e-2, 1e-3, 1e-5}; // of upper tails

static void expect_draws(const char *name, const struct distribution *d)
{
    const double shares[] = {0.5, 0.49, 0.009, 0.00099, 1e-5};
    struct arena arena = {0};
    struct variate v = variate_compile(&arena, d, 1);
    double at[ARRAY_LEN(edges)];
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        at[i] = wars_quantile(d, edges[i], true);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct stream s = stream_open(seed, 0, name, "draws");
        uint64_t counts[ARRAY_LEN(edges) + 1] = {0};
        for (int n = 0; n < DRAWS; n++) {
            double x = variate_draw(&v, &s);
            size_t i = 0;
            while (i < ARRAY_LEN(edges) && x > at[i])
                i++;
            counts[i]++;
        }
        cr_expect(stat_counts_agree(name, counts, shares, ARRAY_LEN(shares)));
    }
    arena_free(&arena);
}

Test(mixtures, draws_have_the_quantiles_of_the_published_fits)
{
    expect_draws("LNKD-SSD W=A=R=S", &wars_fits[WARS_SSD].write);
    expect_draws("LNKD-DISK W", &wars_fits[WARS_DISK].write);
    expect_draws("YMMR W", &wars_fits[WARS_YAMMER].write);
    expect_draws("YMMR A=R=S", &wars_fits[WARS_YAMMER].other);
    expect_draws("WAN W", &wars_wan_write);
    expect_draws("WAN A=R=S", &wars_wan_other);
}

// ---- latencies of operations

struct latency {
    const char *id;
    enum wars_name fit;
    int needed;         // of three answers
    double quantile[3]; // p50, p99, p99.9, ms
};

static const struct latency latencies[] = {
    {"C03.lat.LNKD-SSD.W1",
     WARS_SSD,
     1,
     {0.4889260572631455, 0.5629225377580745, 0.6549136225530241}},
    {"C03.lat.LNKD-SSD.W2",
     WARS_SSD,
     2,
     {0.5145708611597642, 0.9106953447565821, 1.6323152260186804}},
    {"C03.lat.LNKD-SSD.W3",
     WARS_SSD,
     3,
     {0.5659829486386163, 2.687234105768158, 4.112965793515457}},
    {"C03.lat.LNKD-DISK.W1",
     WARS_DISK,
     1,
     {1.5048292860566475, 6.734630727252664, 10.934130893748508}},
    {"C03.lat.LNKD-DISK.W2",
     WARS_DISK,
     2,
     {2.768552177162085, 13.944977904440524, 20.95341427883467}},
    {"C03.lat.LNKD-DISK.W3",
     WARS_DISK,
     3,
     {6.964694094285582, 33.917342153147175, 111.34563234631044}},
};

// The k-th smallest of three.
static double kth_of_three(const double *x, int k)
{
    double least = fmin(fmin(x[0], x[1]), x[2]), most = fmax(fmax(x[0], x[1]), x[2]);
    return k == 1 ? least : k == 3 ? most : x[0] + x[1] + x[2] - least - most;
}

static void expect_latency(const struct latency *l, const struct variate *there,
                           const struct variate *back, uint64_t seed)
{
    static const double p[] = {0.5, 0.99, 0.999};
    struct stream s = stream_open(seed, 0, l->id, "legs");
    const uint64_t n = stat_is_long() ? 30 * OPERATIONS : OPERATIONS;
    uint64_t below[3] = {0};
    for (uint64_t i = 0; i < n; i++) {
        double x[3];
        for (int k = 0; k < 3; k++)
            x[k] = variate_draw(there, &s) + variate_draw(back, &s);
        for (int k = 0; k < 3; k++)
            below[k] += kth_of_three(x, l->needed) <= l->quantile[k];
    }
    for (int k = 0; k < 3; k++)
        cr_expect(stat_share_agrees(l->id, below[k], n, p[k]));
}

Test(mixtures, latencies_of_quorums)
{
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(latencies); i++) {
        const struct wars_fit *fit = &wars_fits[latencies[i].fit];
        struct variate there = variate_compile(&arena, &fit->write, 1);
        struct variate back = variate_compile(&arena, &fit->other, 1);
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            expect_latency(&latencies[i], &there, &back, seed);
    }
    arena_free(&arena);
}
