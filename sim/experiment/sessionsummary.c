#include "experiment/sessionsummary.h"

#include "base/base.h"

// A count, by its place in the record, as a share of own reads, and of the reads that missed.
static void of_own_reads(const struct store_record *r, size_t offset, uint64_t *part,
                         uint64_t *whole)
{
    *part = *(const uint64_t *)(const void *)((const char *)r + offset);
    *whole = r->own_reads;
}

static void in_vain(const struct store_record *r, size_t unused, uint64_t *part, uint64_t *whole)
{
    (void)unused;
    *part = r->session_timeouts;
    *whole = r->session_misses;
}

static uint64_t misses_of(const struct store_record *r, size_t unused)
{
    (void)unused;
    return r->session_misses;
}

static const struct histogram *wait_of(const struct store_record *r, size_t unused)
{
    (void)unused;
    return &r->session_wait;
}

static void add_guarantee(const struct storepart *p, struct session_summary *s)
{
    s->misses = storepart_mean(p, misses_of, 0);
    s->timeouts = storepart_share(p, in_vain, 0);
    storepart_pool(p, wait_of, 0, 1e-9, s->wait);
}

struct session_summary sessionsummary_of(const struct resultset *set, size_t design, int store)
{
    struct arena arena = {0};
    const struct storepart p = {set, &set->designs[design], store, &arena};
    struct session_summary s = {.misses = storepart_none,
                                .timeouts = storepart_none,
                                .wait = {storepart_none, storepart_none}};
    for (uint32_t r = 0; r < set->n_replications; ++r)
        s.own_reads += storepart_record(&p, r)->own_reads;
    s.ryw = storepart_share(&p, of_own_reads, offsetof(struct store_record, ryw_violations));
    s.monotonic = storepart_share(&p, of_own_reads,
                                  offsetof(struct store_record, monotonic_violations));
    if (p.design->topology->stores[store].session.guarantee != GUARANTEE_NONE)
        add_guarantee(&p, &s);
    arena_free(&arena);
    return s;
}
