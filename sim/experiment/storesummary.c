#include "experiment/storesummary.h"

#include "base/array.h"
#include "base/base.h"

const double storesummary_after_s[STORESUMMARY_AFTER] = {0.1, 1};

// ---- counts and shares

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
    *part = r->unavailable + r->throttled;
    *whole = *part + r->reads + r->writes;
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

static void add_counts(const struct storepart *t, struct store_summary *s)
{
    const struct store_spec *spec = &t->design->topology->stores[t->store];
    s->counts = arena_push(t->arena, struct estimate, storecounts_n);
    for (size_t c = 0; c < storecounts_n; ++c)
        s->counts[c] = storecounts_is_of(spec, c) ? storepart_mean(t, storecounts_get, c)
                                                  : storepart_none;
    for (size_t o = 0; o < STORE_OPERATIONS; ++o)
        s->operations[o] = storepart_mean(t, operations_of, o);
    s->reads = storepart_mean(t, reads_of, 0);
    s->refused = storepart_share(t, refused_of, 0);
    s->stale = storepart_share(t, stale_of, 0);
    for (size_t i = 0; i < STORESUMMARY_AFTER; ++i) {
        s->stale_after[i] = storepart_share(t, stale_after_of, i);
        for (uint32_t r = 0; r < t->set->n_replications; ++r)
            s->reads_after[i] += count_around(&storepart_record(t, r)->staleness.since,
                                              storesummary_after_s[i]);
    }
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        if (storepart_record(t, r)->staleness.behind.most > s->behind_most)
            s->behind_most = storepart_record(t, r)->staleness.behind.most;
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

struct store_summary storesummary_of(const struct resultset *set, size_t design, int store,
                                     struct arena *arena)
{
    struct store_summary s = {0};
    struct estimate q[STOREPART_QUANTILES];
    const struct storepart t = {set, &set->designs[design], store, arena};
    add_counts(&t, &s);
    for (size_t o = 0; o < STORE_OPERATIONS; ++o)
        storepart_pool(&t, latency_of, o, 1e-9, s.latency[o]);
    storepart_pool(&t, lag_of, 0, 1e-9, s.lag);
    storepart_pool(&t, age_of, 0, 1e-9, q);
    s.age_p99 = q[STOREPART_QUANTILES - 1];
    storepart_pool(&t, behind_of, 0, 1, q);
    s.behind_p99 = q[STOREPART_QUANTILES - 1];
    return s;
}
