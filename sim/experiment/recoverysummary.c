#include "experiment/recoverysummary.h"

#include <math.h>

#include "base/base.h"
#include "experiment/summary.h"

// Sums by replication.
struct sums {
    double *sum, *n; // [n_replications]
};

struct task {
    const struct resultset *set;
    const struct design_result *design;
    uint32_t store, fault;
    struct arena *arena;
};

static struct sums new_sums(const struct task *t)
{
    return (struct sums){arena_push(t->arena, double, t->set->n_replications),
                         arena_push(t->arena, double, t->set->n_replications)};
}

static void add(const struct task *t, const struct sums *sums, uint32_t replication, double value)
{
    const uint32_t r = replication - t->design->records[0].replication;
    REQUIRE(r < t->set->n_replications, "replication %u", replication);
    sums->sum[r] += value;
    sums->n[r] += 1;
}

// Of the means of replications; those without any do not count.
static struct estimate mean_of(const struct task *t, const struct sums *sums)
{
    double *means = arena_push(t->arena, double, t->set->n_replications);
    for (uint32_t r = 0; r < t->set->n_replications; ++r)
        means[r] = sums->n[r] > 0 ? sums->sum[r] / sums->n[r] : (double)NAN;
    return estimate_mean(means, t->set->n_replications, t->set->level);
}

static void add_exposures(const struct task *t, struct recovery_summary *s)
{
    const struct sums writes = new_sums(t), age = new_sums(t);
    s->most_writes = s->worst_age_s = (double)NAN;
    for (size_t i = 0; i < t->design->exposures.n; ++i) {
        const struct exposure *e = &t->design->exposures.items[i];
        if (e->fault != t->fault || e->store != t->store)
            continue;
        add(t, &writes, e->replication, (double)e->writes);
        add(t, &age, e->replication, e->age_s);
        s->most_writes = fmax(s->most_writes, (double)e->writes);
        s->worst_age_s = fmax(s->worst_age_s, e->age_s);
        ++s->n_failures;
    }
    s->writes = mean_of(t, &writes);
    s->age_s = mean_of(t, &age);
}

// Of one moment; other faults may have ended in it as well.
static bool is_together(const struct convergence *a, const struct convergence *b)
{
    return a->replication == b->replication && a->store == b->store && a->healed_s == b->healed_s;
}

static size_t end_of(const convergence_list *list, size_t i)
{
    size_t end = i;
    while (end < list->n && is_together(&list->items[i], &list->items[end]))
        ++end;
    return end;
}

// When the last of the task's ways in [i, end) had caught up, since they were cleared together;
// NaN: not in the run. *n: how many there are.
static double after_s(const struct task *t, size_t i, size_t end, size_t *n)
{
    double worst = 0;
    bool is_never = false;
    *n = 0;
    for (; i < end; ++i) {
        const struct convergence *c = &t->design->convergences.items[i];
        if (c->fault != t->fault || c->store != t->store)
            continue;
        ++*n;
        is_never |= isnan(c->converged_s);
        worst = fmax(worst, c->converged_s - c->healed_s);
    }
    return is_never ? (double)NAN : worst;
}

static void add_convergences(const struct task *t, struct recovery_summary *s)
{
    const convergence_list *list = &t->design->convergences;
    const struct sums after = new_sums(t);
    s->worst_after_s = (double)NAN;
    for (size_t i = 0, end, n; i < list->n; i = end) {
        end = end_of(list, i);
        const double seconds = after_s(t, i, end, &n);
        if (n == 0)
            continue;
        ++s->n_healed;
        s->n_never += isnan(seconds) ? 1 : 0;
        if (isnan(seconds))
            continue;
        add(t, &after, list->items[i].replication, seconds);
        s->worst_after_s = fmax(s->worst_after_s, seconds);
    }
    s->converged_after_s = mean_of(t, &after);
}

struct recovery_summary recoverysummary_of(const struct resultset *set, size_t design, int store,
                                           uint32_t fault)
{
    struct arena arena = {0};
    struct recovery_summary s = {0};
    const struct task t = {set, &set->designs[design], (uint32_t)store, fault, &arena};
    add_exposures(&t, &s);
    add_convergences(&t, &s);
    arena_free(&arena);
    return s;
}

struct recovery_extent recoverysummary_extent(const struct resultset *set, uint32_t fault)
{
    struct recovery_extent extent = {0};
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct design_result *design = &set->designs[d];
        for (size_t i = 0; i < design->exposures.n; ++i) {
            const bool is_meant = design->exposures.items[i].fault == fault;
            extent.n_failures += is_meant;
            extent.writes += is_meant ? design->exposures.items[i].writes : 0;
        }
        for (size_t i = 0; i < design->convergences.n; ++i)
            extent.n_ways += design->convergences.items[i].fault == fault;
    }
    return extent;
}
