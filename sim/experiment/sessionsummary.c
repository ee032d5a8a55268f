#include "experiment/sessionsummary.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "experiment/pooled.h"
#include "experiment/summary.h"

const double sessionsummary_quantiles[SESSIONSUMMARY_QUANTILES] = {0.5, 0.99};

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

// A count by replication, at its place in the record.
static uint64_t *counts_of(const struct task *t, size_t offset)
{
    uint64_t *counts = arena_push(t->arena, uint64_t, t->set->n_replications);
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        counts[r] = *(const uint64_t *)(const void *)((const char *)record_of(t, r) + offset);
    return counts;
}

static struct estimate mean_of(const struct task *t, const uint64_t *counts)
{
    double *values = arena_push(t->arena, double, t->set->n_replications);
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        values[r] = (double)counts[r];
    return estimate_mean(values, t->set->n_replications, t->set->level);
}

// The pool borrows the histograms.
static void add_waits(const struct task *t, struct session_summary *s)
{
    const struct pooled pool = {
        .n = t->set->n_replications,
        .parts = arena_push(t->arena, struct histogram, t->set->n_replications)};
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        pool.parts[r] = record_of(t, r)->session_wait;
    pooled_quantiles(&pool, sessionsummary_quantiles, SESSIONSUMMARY_QUANTILES, t->set->level,
                     s->wait);
    for (int q = 0; q < SESSIONSUMMARY_QUANTILES; ++q) {
        const struct estimate *ns = &s->wait[q];
        s->wait[q] = (struct estimate){ns->value * 1e-9, ns->low * 1e-9, ns->high * 1e-9, ns->n,
                                       ns->sd * 1e-9};
    }
}

static void add_guarantee(const struct task *t, struct session_summary *s)
{
    const uint64_t *misses = counts_of(t, offsetof(struct store_record, session_misses));
    s->misses = mean_of(t, misses);
    s->timeouts = summary_ratio(
        t->set, counts_of(t, offsetof(struct store_record, session_timeouts)), misses);
    add_waits(t, s);
}

struct session_summary sessionsummary_of(const struct resultset *set, size_t design, int store)
{
    static const struct estimate none = {(double)NAN, (double)NAN, (double)NAN, 0, (double)NAN};
    struct arena arena = {0};
    const struct task t = {set, &set->designs[design], store, &arena};
    const uint64_t *reads = counts_of(&t, offsetof(struct store_record, own_reads));
    struct session_summary s = {.misses = none, .timeouts = none, .wait = {none, none}};
    for (uint32_t r = 0; r < set->n_replications; ++r)
        s.own_reads += reads[r];
    s.ryw = summary_ratio(set, counts_of(&t, offsetof(struct store_record, ryw_violations)), reads);
    s.monotonic = summary_ratio(
        set, counts_of(&t, offsetof(struct store_record, monotonic_violations)), reads);
    if (t.design->topology->stores[store].session.guarantee != GUARANTEE_NONE)
        add_guarantee(&t, &s);
    arena_free(&arena);
    return s;
}
