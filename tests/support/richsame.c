#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "support/rich.h"

static bool rich_same(const char *what, const void *a, const void *b, size_t size)
{
    bool same = size == 0 || memcmp(a, b, size) == 0;
    if (!same)
        fprintf(stderr, "the records differ in %s\n", what);
    return same;
}

static bool rich_same_histogram(const char *what, const struct histogram *a,
                                const struct histogram *b)
{
    bool sums = a->n == b->n && a->sum == b->sum && a->most == b->most;
    if (!sums)
        fprintf(stderr, "the records differ in %s: %llu and %llu values\n", what,
                (unsigned long long)a->n, (unsigned long long)b->n);
    return sums && rich_same(what, a->count, b->count, HISTOGRAM_BINS * sizeof *a->count);
}

static bool rich_same_recovery(const struct store_record *a, const struct store_record *b)
{
    bool same = a->exposures.n == b->exposures.n && a->convergences.n == b->convergences.n;
    for (size_t i = 0; same && i < a->exposures.n; i++) {
        const struct exposure_record *x = &a->exposures.items[i], *y = &b->exposures.items[i];
        same = x->time == y->time && x->writes == y->writes && x->age == y->age;
    }
    for (size_t i = 0; same && i < a->convergences.n; i++) {
        const struct convergence_record *x = &a->convergences.items[i];
        const struct convergence_record *y = &b->convergences.items[i];
        same = x->healed == y->healed && x->converged == y->converged && x->from == y->from;
    }
    if (!same)
        fprintf(stderr, "the records differ in what failures cost a store\n");
    return same;
}

static bool rich_same_store(const struct store_record *a, const struct store_record *b)
{
    // The counts come first, then the histograms.
    bool same = rich_same("a store's counts", a, b, offsetof(struct store_record, staleness)) &&
                rich_same("stale strong reads", &a->staleness.stale_strong,
                          &b->staleness.stale_strong, sizeof a->staleness.stale_strong) &&
                rich_same_histogram("replication lag", &a->lag, &b->lag) &&
                rich_same_histogram("waits", &a->session_wait, &b->session_wait) &&
                rich_same_histogram("staleness", &a->staleness.age, &b->staleness.age) &&
                rich_same_histogram("versions behind", &a->staleness.behind,
                                    &b->staleness.behind) &&
                rich_same_histogram("reads by age", &a->staleness.since, &b->staleness.since) &&
                rich_same_recovery(a, b);
    for (int i = 0; same && i < STORE_OPERATIONS; i++)
        same = rich_same_histogram("a store's latency", &a->latency[i], &b->latency[i]);
    return same;
}

static bool rich_same_lags(const struct record *a, const struct record *b)
{
    const size_t regions = (size_t)a->n_regions, row = a->n_windows * sizeof(uint64_t);
    bool same = true;
    for (int i = 0; same && i < a->n_stores; i++)
        same = rich_same("commits", a->stores[i].commits, b->stores[i].commits, regions * row) &&
               rich_same("lags", a->stores[i].lags, b->stores[i].lags,
                         regions * regions * row * STORE_LAG_FIELDS);
    return same;
}

static bool rich_same_journal(const struct record *a, const struct record *b)
{
    if (a->journal.n != b->journal.n) {
        fprintf(stderr, "the journals have %zu and %zu entries\n", a->journal.n, b->journal.n);
        return false;
    }
    for (size_t i = 0; i < a->journal.n; i++) {
        const struct journal_entry *x = &a->journal.items[i], *y = &b->journal.items[i];
        if (x->time != y->time || x->kind != y->kind || x->detail != y->detail ||
            strcmp(x->component, y->component) != 0) {
            fprintf(stderr, "the journals differ at entry %zu\n", i);
            return false;
        }
    }
    return true;
}

static bool rich_same_drain(const struct record *a, const struct record *b)
{
    size_t bins = a->n_plan_faults * DRAIN_BINS * DRAIN_COLUMNS;
    if (a->faults.n != b->faults.n || a->n_plan_faults != b->n_plan_faults) {
        fprintf(stderr, "%zu and %zu faults were met\n", a->faults.n, b->faults.n);
        return false;
    }
    for (size_t i = 0; i < a->faults.n; i++) {
        const struct fault_record *x = &a->faults.items[i], *y = &b->faults.items[i];
        if (x->start != y->start || x->moved_90 != y->moved_90 || x->moved_99 != y->moved_99) {
            fprintf(stderr, "traffic left fault %zu at other times\n", i);
            return false;
        }
    }
    return rich_same("drains", a->drain, b->drain, bins * sizeof *a->drain);
}

bool rich_same_record(const struct record *a, const struct record *b)
{
    size_t p = (size_t)a->n_populations, pc = p * (size_t)a->n_classes;
    bool same = rich_same("the digest", &a->digest, &b->digest, sizeof a->digest) &&
                rich_same("the number of events", &a->events, &b->events, sizeof a->events) &&
                rich_same("requests started", &a->started_all, &b->started_all, 8) &&
                rich_same("requests ended", &a->ended_all, &b->ended_all, 8) &&
                rich_same("requests in flight", &a->in_flight, &b->in_flight, 8) &&
                rich_same("outcomes", a->outcomes, b->outcomes, pc * OUTCOMES * 8) &&
                rich_same("attempts", a->attempts, b->attempts, pc * 8) &&
                rich_same("series", a->series, b->series, p * a->n_windows * SERIES_FIELDS * 8) &&
                rich_same("served", a->served, b->served, p * (size_t)a->n_regions * 8) &&
                rich_same("tries", a->endpoint_tries, b->endpoint_tries,
                          p * (size_t)a->n_endpoints * 8) &&
                rich_same("answers", a->endpoint_answers, b->endpoint_answers,
                          p * (size_t)a->n_endpoints * 8) &&
                rich_same_journal(a, b) && rich_same_drain(a, b);
    for (size_t i = 0; same && i < pc; i++)
        same = rich_same_histogram("latency", &a->latency[i], &b->latency[i]);
    for (int i = 0; same && i < a->n_stores; i++)
        same = rich_same_store(&a->stores[i], &b->stores[i]);
    same = same && rich_same_lags(a, b);
    return same;
}
