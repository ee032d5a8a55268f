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

static bool is_together(const struct convergence *a, const struct convergence *b)
{
    return a->replication == b->replication && a->store == b->store && a->healed_s == b->healed_s;
}

// When the last of the ways from number i on that were cleared together had caught up, since then;
// NaN: not in the run. *end: the first of the next ones.
static double after_s(const convergence_list *list, size_t i, size_t *end)
{
    double worst = 0;
    bool is_never = false;
    for (*end = i; *end < list->n && is_together(&list->items[i], &list->items[*end]); ++*end) {
        const double converged_s = list->items[*end].converged_s;
        is_never |= isnan(converged_s);
        worst = fmax(worst, converged_s - list->items[i].healed_s);
    }
    return is_never ? (double)NAN : worst;
}

static void add_convergences(const struct task *t, struct recovery_summary *s)
{
    const convergence_list *list = &t->design->convergences;
    const struct sums after = new_sums(t);
    s->worst_after_s = (double)NAN;
    for (size_t i = 0, end; i < list->n; i = end) {
        const double seconds = after_s(list, i, &end);
        if (list->items[i].fault != t->fault || list->items[i].store != t->store)
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

bool recoverysummary_has(const struct resultset *set, uint32_t fault, uint64_t *writes)
{
    bool has = false;
    *writes = 0;
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct design_result *design = &set->designs[d];
        for (size_t i = 0; i < design->exposures.n; ++i) {
            const bool is_meant = design->exposures.items[i].fault == fault;
            has |= is_meant;
            *writes += is_meant ? design->exposures.items[i].writes : 0;
        }
        for (size_t i = 0; i < design->convergences.n; ++i)
            has |= design->convergences.items[i].fault == fault;
    }
    return has;
}
