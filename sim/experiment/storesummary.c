#include "experiment/storesummary.h"

#include <math.h>

#include "base/array.h"
#include "base/base.h"
#include "experiment/pooled.h"
#include "experiment/summary.h"

const double storesummary_quantiles[STORESUMMARY_QUANTILES] = {0.5, 0.99};
const double storesummary_after_s[STORESUMMARY_AFTER] = {0.1, 1};

struct task {
    const struct resultset *set;
    const struct design_result *design;
    int store;
    struct arena *arena;
};

static const struct store_record *record_of(const struct task *t, uint32_t r)
{
    return &t->design->records[r].stores[t->store];
}

// ---- counts and shares

static struct estimate mean_of(const struct task *t,
                               uint64_t (*value)(const struct store_record *, size_t which),
                               size_t which)
{
    double *values = arena_push(t->arena, double, t->set->n_replications);
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        values[r] = (double)value(record_of(t, r), which);
    return estimate_mean(values, t->set->n_replications, t->set->level);
}

static struct estimate share_of(const struct task *t,
                                void (*value)(const struct store_record *, size_t which,
                                              uint64_t *part, uint64_t *whole),
                                size_t which)
{
    uint64_t *part = arena_push(t->arena, uint64_t, t->set->n_replications);
    uint64_t *whole = arena_push(t->arena, uint64_t, t->set->n_replications);
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        value(record_of(t, r), which, &part[r], &whole[r]);
    return summary_ratio(t->set, part, whole);
}

static uint64_t operations_of(const struct store_record *r, size_t operation)
{
    return r->latency[operation].n;
}

static uint64_t reads_of(const struct store_record *r, size_t unused)
{
    (void)unused;
    return r->reads;
}

static void refused_of(const struct store_record *r, size_t unused, uint64_t *part, uint64_t *whole)
{
    (void)unused;
    *part = r->unavailable;
    *whole = r->unavailable + r->reads + r->writes;
}

static void stale_of(const struct store_record *r, size_t unused, uint64_t *part, uint64_t *whole)
{
    (void)unused;
    *part = r->staleness.stale;
    *whole = r->reads;
}

static const double half_octave = 1.4142135623730951;

// Values of half an octave on each side of `around`.
static uint64_t count_around(const struct histogram *h, double around_s)
{
    const size_t first = histogram_bin((uint64_t)(around_s * 1e9 / half_octave));
    const size_t end = histogram_bin((uint64_t)(around_s * 1e9 * half_octave));
    uint64_t n = 0;
    for (size_t b = first; b < end && h->n > 0; ++b)
        n += h->count[b];
    return n;
}

static void stale_after_of(const struct store_record *r, size_t which, uint64_t *part,
                           uint64_t *whole)
{
    *part = count_around(&r->staleness.since_st, storesummary_after_s[which]);
    *whole = count_around(&r->staleness.since, storesummary_after_s[which]);
}

static void add_counts(const struct task *t, struct store_summary *s)
{
    const struct store_spec *spec = &t->design->topology->stores[t->store];
    const struct estimate none = {(double)NAN, (double)NAN, (double)NAN, 0, (double)NAN};
    s->counts = arena_push(t->arena, struct estimate, storecounts_n);
    for (size_t c = 0; c < storecounts_n; ++c)
        s->counts[c] = storecounts_is_of(spec, c) ? mean_of(t, storecounts_get, c) : none;
    for (size_t o = 0; o < STORE_OPERATIONS; ++o)
        s->operations[o] = mean_of(t, operations_of, o);
    s->reads = mean_of(t, reads_of, 0);
    s->refused = share_of(t, refused_of, 0);
    s->stale = share_of(t, stale_of, 0);
    for (size_t i = 0; i < STORESUMMARY_AFTER; ++i) {
        s->stale_after[i] = share_of(t, stale_after_of, i);
        for (uint32_t r = 0; r < t->set->n_replications; ++r)
            s->reads_after[i] += count_around(&record_of(t, r)->staleness.since,
                                              storesummary_after_s[i]);
    }
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        if (record_of(t, r)->staleness.behind.most > s->behind_most)
            s->behind_most = record_of(t, r)->staleness.behind.most;
}

// ---- quantiles

static const struct histogram *lag_of(const struct store_record *r, size_t unused)
{
    (void)unused;
    return &r->lag;
}

static const struct histogram *age_of(const struct store_record *r, size_t unused)
{
    (void)unused;
    return &r->staleness.age;
}

static const struct histogram *behind_of(const struct store_record *r, size_t unused)
{
    (void)unused;
    return &r->staleness.behind;
}

static const struct histogram *latency_of(const struct store_record *r, size_t operation)
{
    return &r->latency[operation];
}

// Of a histogram of each replication, times a factor. The pool borrows the histograms.
static void quantiles_of(const struct task *t,
                         const struct histogram *(*histogram)(const struct store_record *, size_t),
                         size_t which, double factor, struct estimate out[STORESUMMARY_QUANTILES])
{
    const struct pooled pool = {
        .n = t->set->n_replications,
        .parts = arena_push(t->arena, struct histogram, t->set->n_replications)};
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        pool.parts[r] = *histogram(record_of(t, r), which);
    pooled_quantiles(&pool, storesummary_quantiles, STORESUMMARY_QUANTILES, t->set->level, out);
    for (size_t q = 0; q < STORESUMMARY_QUANTILES; ++q)
        out[q] = (struct estimate){out[q].value * factor, out[q].low * factor, out[q].high * factor,
                                   out[q].n, out[q].sd * factor};
}

struct store_summary storesummary_of(const struct resultset *set, size_t design, int store,
                                     struct arena *arena)
{
    struct store_summary s = {0};
    struct estimate q[STORESUMMARY_QUANTILES];
    const struct task t = {set, &set->designs[design], store, arena};
    add_counts(&t, &s);
    for (size_t o = 0; o < STORE_OPERATIONS; ++o)
        quantiles_of(&t, latency_of, o, 1e-9, s.latency[o]);
    quantiles_of(&t, lag_of, 0, 1e-9, s.lag);
    quantiles_of(&t, age_of, 0, 1e-9, q);
    s.age_p99 = q[STORESUMMARY_QUANTILES - 1];
    quantiles_of(&t, behind_of, 0, 1, q);
    s.behind_p99 = q[STORESUMMARY_QUANTILES - 1];
    return s;
}
