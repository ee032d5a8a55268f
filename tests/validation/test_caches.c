// Pins: caches measured end to end against formulas. LRU under independent references with Zipf
// popularity: Che's approximation (Che, Tung, Wang 2002), whose own error is below 0.15 % here.
// TTL: lambda T / (1 + lambda T), exact (Jung, Berger, Balakrishnan 2003; the B07 references). Cold
// start: items asked for by time t. Stampede: a hot item is fetched 1 + Poisson(lambda d) times in
// a fetch time d, once with coalescing. Copies that only expire: share and age of stale hits, from
// Poisson writes. Z4 over independent runs; counts by chi-square. AASIM_LONG=1: longer runs.
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "base/base.h"
#include "support/stat.h"
#include "support/tiny.h"

enum { RUNS = 32 };

static struct tiny t;

// Users who read at `rate_rps`; a store that takes no time, behind one cold cache that holds all
// for ever. A network of some tens of microseconds.
static struct caching_spec *make(double rate_rps, uint32_t items, double zipf)
{
    tiny_init(&t);
    t.services[0].work = distribution_constant(0);
    t.services[0].servers_per_zone = 10000;
    t.populations[0].rate_rps = rate_rps;
    struct store_spec *s = tiny_add_store(&t, STORE_MULTI_LEADER);
    s->read_time = s->write_time = distribution_constant(0);
    s->servers = 100000;
    s->items = items;
    s->zipf = zipf;
    s->cache = (struct caching_spec){.scope = CACHING_ZONE,
                                     .size = items,
                                     .ttl_s = 1e9,
                                     .hit_time = distribution_constant(0),
                                     .servers = 100000,
                                     .queue = 1000,
                                     .on_write = CACHING_LEAVES,
                                     .coalesces = true,
                                     .starts = CACHING_COLD,
                                     .warm = UINT32_MAX};
    return &s->cache;
}

static void set_times(double warmup_s, double counted_s)
{
    t.workload.warmup_s = warmup_s;
    t.workload.duration_s = warmup_s + counted_s * (stat_is_long() ? 20 : 1);
    t.workload.window_s = t.workload.duration_s;
}

// What `of` makes of each run's store.
static void measure(double (*of)(const struct store_record *), double x[RUNS])
{
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t run = 0; run < RUNS; run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        x[run] = of(&r.stores[0]);
        record_free(&r);
    }
    model_free(m);
}

static double hit_ratio(const struct store_record *s)
{
    const struct cache_counts *c = &s->caches;
    return (double)c->hits / (double)(c->hits + c->coalesced + c->misses);
}

// ---- least recently used

static double popularity_of(uint32_t item, uint32_t items, double zipf)
{
    static double sum;
    static uint32_t of_items;
    static double of_zipf;
    for (uint32_t i = 0; (of_items != items || of_zipf != zipf) && i < items; i++)
        sum = (i == 0 ? 0 : sum) + pow(i + 1.0, -zipf);
    of_items = items, of_zipf = zipf;
    return pow(item + 1.0, -zipf) / sum;
}

// Sum over items of weight x (1 - exp(-p time)): of 1 the items asked for by then, of p the share
// of requests for them.
static double asked_by(double time, uint32_t items, double zipf, bool by_requests)
{
    double sum = 0;
    for (uint32_t i = 0; i < items; i++) {
        const double p = popularity_of(i, items, zipf);
        sum += (by_requests ? p : 1) * -expm1(-p * time);
    }
    return sum;
}

// An item stays in for the time, in requests, in which `size` different ones are asked for.
static double che_hit_ratio(uint32_t size, uint32_t items, double zipf)
{
    double low = 0, high = 1;
    while (asked_by(high, items, zipf, false) < size)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;
        *(asked_by(middle, items, zipf, false) < size ? &low : &high) = middle;
    }
    return asked_by(low, items, zipf, true);
}

Test(caches, lru_as_che_has_it)
{
    static const struct {
        const char *id;
        uint32_t size, items;
        double zipf;
    } cases[] = {
        {"lru 100 of 10000, zipf 0.99", 100, 10000, 0.99},
        {"lru 1000 of 10000, zipf 0.99", 1000, 10000, 0.99},
        {"lru 1000 of 10000, zipf 0.7", 1000, 10000, 0.7},
        {"lru 1000 of 10000, zipf 1.21", 1000, 10000, 1.21},
        {"lru 300 of 1000, uniform", 300, 1000, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double x[RUNS];
        struct caching_spec *c = make(1000, cases[i].items, cases[i].zipf);
        c->size = cases[i].size;
        c->starts = CACHING_WARM;
        set_times(10, 20);
        measure(hit_ratio, x);
        const double che = che_hit_ratio(cases[i].size, cases[i].items, cases[i].zipf);
        cr_expect(stat_mean_agrees(cases[i].id, x, RUNS, che, 0.0015 * che));
    }
}

// ---- time to live

Test(caches, ttl_is_exact)
{
    static const struct {
        const char *id;
        double ttl_s, rate_rps; // of an item
        double hit;
    } cases[] = {
        {"B07.ttl.60_0.005", 60, 0.005, 0.2307692308},
        {"B07.ttl.60_0.05", 60, 0.05, 0.75},
        {"B07.ttl.60_1", 60, 1, 0.9836065574},
        {"B07.ttl.300_0.01", 300, 0.01, 0.75},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double x[RUNS];
        const uint32_t items = cases[i].rate_rps < 1 ? 1000 : 50;
        struct caching_spec *c = make(items * cases[i].rate_rps, items, 0);
        c->ttl_s = cases[i].ttl_s;
        c->starts = CACHING_WARM; // cold, all would expire together for long
        set_times(5 * cases[i].ttl_s, 5 * cases[i].ttl_s);
        measure(hit_ratio, x);
        cr_expect(stat_mean_agrees(cases[i].id, x, RUNS, cases[i].hit, 0));
    }
}

// Which counts from the fetch, as long as that takes: lambda T / (1 + lambda (T + d)), those who
// wait for it left out.
Test(caches, ttl_with_slow_fetches)
{
    double x[RUNS];
    make(50, 100, 0)->ttl_s = 5;
    t.stores[0].read_time = distribution_constant(0.4);
    set_times(25, 100);
    measure(hit_ratio, x);
    const double d = 0.4 + 50e-6; // and the network
    cr_expect(
        stat_mean_agrees("ttl 5 s, 0.5 req/s, fetch 0.4 s", x, RUNS, 2.5 / (3.5 + 0.5 * d), 1e-4));
}

// ---- cold start

static double misses(const struct store_record *s)
{
    return (double)s->caches.misses;
}

Test(caches, a_cold_cache_fills_as_items_are_asked_for)
{
    static const double times_s[] = {0.5, 2, 8, 32};
    for (size_t i = 0; i < ARRAY_LEN(times_s); i++) {
        double x[RUNS];
        char id[64];
        make(1000, 5000, 0.9);
        t.workload.duration_s = t.workload.window_s = times_s[i];
        measure(misses, x);
        snprintf(id, sizeof id, "cold start, %g s", times_s[i]);
        // Requests made in the last 10 ms may be on their way.
        const double now = asked_by(1000 * times_s[i], 5000, 0.9, false);
        const double before = asked_by(1000 * (times_s[i] - 0.01), 5000, 0.9, false);
        cr_expect(stat_mean_agrees(id, x, RUNS, now, now - before));
    }
}

// ---- stampede

// After a restart, when users are connected.
static void count_fetches(bool coalesces, uint64_t *counts, size_t n_counts)
{
    make(50, 1, 0)->coalesces = coalesces;
    t.stores[0].read_time = distribution_constant(0.1);
    t.workload.warmup_s = 1;
    t.workload.duration_s = t.workload.window_s = 2.5;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_CACHE;
    f->zone = ALL_ZONES;
    f->at_s = 1;
    f->duration = distribution_constant(1e-3);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t run = 0; run < (stat_is_long() ? 20000 : 1500); run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        const uint64_t n = r.stores[0].caches.misses;
        counts[n < n_counts ? n : n_counts - 1]++;
        record_free(&r);
    }
    model_free(m);
}

Test(caches, a_stampede_without_coalescing_only)
{
    enum { N_COUNTS = 16 };
    uint64_t many[N_COUNTS] = {0}, one[N_COUNTS] = {0};
    double shares[N_COUNTS] = {0}, rest = 1;
    const double mean = 50 * (0.1 + 50e-6);
    count_fetches(false, many, N_COUNTS);
    for (unsigned k = 1; k + 1 < N_COUNTS; k++)
        rest -= shares[k] = gsl_ran_poisson_pdf(k - 1, mean);
    shares[N_COUNTS - 1] = rest;
    cr_expect(stat_counts_agree("stampede: 1 + Poisson(5)", many, shares, N_COUNTS));
    count_fetches(true, one, N_COUNTS);
    for (unsigned k = 0; k < N_COUNTS; k++)
        cr_expect_eq(one[k] > 0, k == 1, "%lu times %u fetches", one[k], k);
}

// ---- copies that only expire

static double stale_share(const struct store_record *s)
{
    return (double)s->caches.stale / (double)s->caches.hits;
}

static double stale_age(const struct store_record *s)
{
    return histogram_mean(&s->staleness.age) * 1e-9;
}

// Reads of 200 items, 0.5 a second each, and writes, 0.02 a second. A hit at age a is stale when
// there was a write since the fetch: 1 - exp(-mu a); the first missed one is a - (1 - exp(-mu a)) /
// mu old, on average over all hits of that age.
static void make_expiring(enum caching_on_write on_write)
{
    struct caching_spec *c = make(0.52 * 200, 200, 0);
    c->ttl_s = 30;
    c->on_write = on_write;
    t.workload.classes[1] =
        (struct class_spec){.name = "put", .is_write = true, .weight = 1, .deadline_s = 1e9};
    t.workload.n_classes = 2;
    t.populations[0].mix[0] = 0.5, t.populations[0].mix[1] = 0.02;
    set_times(100, 400);
}

Test(caches, stale_hits_of_copies_that_only_expire)
{
    double share[RUNS], age[RUNS];
    const double mu = 0.02, ttl = 30, missed = -expm1(-mu * ttl) / mu;
    make_expiring(CACHING_LEAVES);
    measure(stale_share, share);
    measure(stale_age, age);
    cr_expect(stat_mean_agrees("stale share", share, RUNS, 1 - missed / ttl, 0));
    cr_expect(stat_mean_agrees("age of stale hits", age, RUNS,
                               (ttl * ttl / 2 - ttl / mu + missed / mu) / (ttl - missed), 0));
}

static double behind(const struct store_record *s)
{
    return (double)s->staleness.behind.sum / (double)s->caches.hits;
}

// A hit at age a misses mu a writes on average.
Test(caches, versions_that_hits_of_such_copies_miss)
{
    double x[RUNS];
    make_expiring(CACHING_LEAVES);
    measure(behind, x);
    cr_expect(stat_mean_agrees("versions behind", x, RUNS, 0.02 * 30 / 2, 0));
}

static uint64_t within(const struct histogram *h, double from_s, double to_s)
{
    uint64_t n = 0;
    for (size_t bin = 0; bin < HISTOGRAM_BINS; bin++)
        if (histogram_lower(bin) >= (uint64_t)(from_s * 1e9) &&
            histogram_lower(bin) < (uint64_t)(to_s * 1e9))
            n += h->count[bin];
    return n;
}

static double seen_from_s;

static double stale_so_late(const struct store_record *s)
{
    return (double)within(&s->staleness.since_st, seen_from_s, seen_from_s * 1.2) /
           (double)within(&s->staleness.since, seen_from_s, seen_from_s * 1.2);
}

// A read at time t after the newest write misses it when a copy answers that was fetched before:
// with probability (1 - t / T) lambda T / (1 + lambda T), whatever is written. The bins' edges are
// 0.8 % apart; within the band, reads come as exp(-mu t) says.
Test(caches, a_read_at_a_time_after_a_write_misses_it)
{
    static const double froms_s[] = {1, 4, 12, 20};
    const double ttl = 30, hit = 0.5 * ttl / (1 + 0.5 * ttl), mu = 0.02;
    for (size_t i = 0; i < ARRAY_LEN(froms_s); i++) {
        double x[RUNS], sum = 0, weight = 0;
        char id[64];
        seen_from_s = froms_s[i];
        for (double after = seen_from_s; after < seen_from_s * 1.2; after += 1e-3) {
            sum += exp(-mu * after) * (1 - after / ttl);
            weight += exp(-mu * after);
        }
        make_expiring(CACHING_LEAVES);
        measure(stale_so_late, x);
        snprintf(id, sizeof id, "stale %g s after a write", seen_from_s);
        cr_expect(stat_mean_agrees(id, x, RUNS, hit * sum / weight, 0.008 * seen_from_s / ttl));
    }
}

// Deleted by the writer's cache, the only one: what is left is the time that an answer takes.
Test(caches, no_stale_hits_when_writes_invalidate)
{
    double share[RUNS];
    make_expiring(CACHING_INVALIDATES);
    measure(stale_share, share);
    cr_expect_lt(stat_mean(share, RUNS), 1e-4);
}
