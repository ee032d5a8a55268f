#include "model/throughput.h"

#include <math.h>

#include "base/base.h"

// ---- compiled

struct throughput_plan throughput_compile(const struct store_spec *spec, double scale)
{
    const struct throughput_spec *s = &spec->throughput;
    const bool is_provisioned = s->capacity == CAPACITY_PROVISIONED;
    const double burst_s = is_provisioned ? fmax(s->burst_s, 1) : 1;
    struct throughput_plan plan = {
        .capacity = s->capacity,
        .is_shared = s->adaptive || !is_provisioned,
        .rates = {s->read_per_s * scale, s->write_per_s * scale},
        .most = {s->most_read_per_s * scale, s->most_write_per_s * scale},
        .limits = {s->partition_read_per_s * scale, s->partition_write_per_s * scale},
        .n_partitions = (uint32_t)s->partitions,
        .depth = simtime_from_seconds(burst_s),
        .growth = simtime_from_seconds(s->growth_s),
        .split_after = simtime_from_seconds(s->split_after_s)};
    plan.halves[STORE_WRITE] = throughput_write_halves(s);
    plan.halves[STORE_READ_STRONG] = throughput_read_halves(s, true);
    plan.halves[STORE_READ_EVENTUAL] = throughput_read_halves(s, false);
    return plan;
}

// ---- rates

static enum throughput_kind throughput_kind_of(enum store_operation operation)
{
    return operation == STORE_WRITE ? THROUGHPUT_WRITE : THROUGHPUT_READ;
}

// As many as the rates need.
static uint32_t throughput_partitions(const struct throughput *t)
{
    const struct throughput_plan *plan = t->plan;
    const double reads = t->rates[THROUGHPUT_READ] / plan->limits[THROUGHPUT_READ];
    const double writes = t->rates[THROUGHPUT_WRITE] / plan->limits[THROUGHPUT_WRITE];
    if (plan->n_partitions > 0)
        return plan->n_partitions;
    return (uint32_t)ceil(plan->capacity == CAPACITY_PROVISIONED ? reads + writes
                                                                 : fmax(reads, writes));
}

static void throughput_set_costs(struct throughput *t)
{
    const struct throughput_plan *plan = t->plan;
    for (int i = 0; i < STORE_OPERATIONS; i++) {
        const enum throughput_kind kind = throughput_kind_of((enum store_operation)i);
        const double share = plan->is_shared ? 1 : 1.0 / throughput_partitions(t);
        t->table_costs[i] = bucket_cost(0.5 * plan->halves[i], t->rates[kind] * share);
        t->limit_costs[i] = bucket_cost(0.5 * plan->halves[i], plan->limits[kind]);
    }
}

// A new peak counts: an on-demand table sustains more, by more partitions.
static void throughput_grow(struct throughput *t, enum throughput_kind kind)
{
    const double peak = fmin(0.5 * peak_rate(&t->peaks[kind]), t->rates[kind]); // less backlog
    t->rates[kind] = fmin(fmax(t->rates[kind], 2 * peak), t->plan->most[kind]);
    throughput_set_costs(t);
    partitions_grow(&t->partitions, throughput_partitions(t));
}

// Lets time pass.
static void throughput_advance(struct throughput *t, simtime now)
{
    if (t->plan->capacity != CAPACITY_ON_DEMAND)
        return;
    for (int kind = 0; kind < THROUGHPUT_KINDS; kind++)
        if (peak_advance(&t->peaks[kind], now))
            throughput_grow(t, (enum throughput_kind)kind);
}

// ---- taking

// The table's bucket, or that of the partition's share.
static struct bucket *throughput_table(struct throughput *t, struct partition *p,
                                       enum throughput_kind kind)
{
    return t->plan->is_shared ? &t->table[kind] : &p->shares[kind];
}

bool throughput_admit(struct throughput *t, simtime now, uint32_t item,
                      enum store_operation operation)
{
    const enum throughput_kind kind = throughput_kind_of(operation);
    throughput_advance(t, now);
    struct partition *p = partitions_of(&t->partitions, item);
    struct bucket *limit = &p->limits[kind], *table = throughput_table(t, p, kind);
    if (bucket_due(limit, now, t->limit_costs[operation]) > now) {
        partitions_note(&t->partitions, p, item, now);
        return false;
    }
    if (bucket_due(table, now, t->table_costs[operation]) > now)
        return false;
    bucket_take(limit, now, t->limit_costs[operation]);
    bucket_take(table, now, t->table_costs[operation]);
    t->peaks[kind].used += t->plan->halves[operation];
    return true;
}

simtime throughput_await_partition(struct throughput *t, simtime now, uint32_t item)
{
    throughput_advance(t, now);
    struct partition *p = partitions_of(&t->partitions, item);
    struct bucket *limit = &p->limits[THROUGHPUT_WRITE], *share = &p->shares[THROUGHPUT_WRITE];
    simtime due = bucket_due(limit, now, t->limit_costs[STORE_WRITE]);
    const bool is_hot = due > now;
    if (!t->plan->is_shared) {
        due = simtime_most(due, bucket_due(share, now, t->table_costs[STORE_WRITE]));
        bucket_take(share, due, t->table_costs[STORE_WRITE]);
    }
    bucket_take(limit, due, t->limit_costs[STORE_WRITE]);
    t->peaks[THROUGHPUT_WRITE].used += t->plan->halves[STORE_WRITE];
    if (is_hot)
        partitions_note(&t->partitions, p, item, now);
    return due;
}

simtime throughput_await_table(struct throughput *t, simtime now)
{
    struct bucket *table = &t->table[THROUGHPUT_WRITE];
    if (!t->plan->is_shared)
        return now;
    const simtime due = bucket_due(table, now, t->table_costs[STORE_WRITE]);
    bucket_take(table, due, t->table_costs[STORE_WRITE]);
    return due;
}

void throughput_charge(struct throughput *t, simtime now, uint32_t item)
{
    throughput_advance(t, now);
    struct partition *p = partitions_of(&t->partitions, item);
    bucket_take(&p->limits[THROUGHPUT_WRITE], now, t->limit_costs[STORE_WRITE]);
    bucket_take(throughput_table(t, p, THROUGHPUT_WRITE), now, t->table_costs[STORE_WRITE]);
    t->peaks[THROUGHPUT_WRITE].used += t->plan->halves[STORE_WRITE];
}

// ---- life

// Deep enough for any one operation, also where capacity is thinned.
static simtime throughput_depth(const struct bucket_time *costs, enum throughput_kind kind,
                                simtime least)
{
    for (int i = 0; i < STORE_OPERATIONS; i++)
        if (throughput_kind_of((enum store_operation)i) == kind)
            least = simtime_most(least, costs[i].ns + 1);
    return least;
}

void throughput_open(struct throughput *t, const struct throughput_plan *plan)
{
    struct partition model = {0};
    *t = (struct throughput){.plan = plan,
                             .rates = {plan->rates[0], plan->rates[1]},
                             .peaks = {peak_open(plan->growth), peak_open(plan->growth)}};
    throughput_set_costs(t);
    for (int i = 0; i < THROUGHPUT_KINDS; i++) {
        const enum throughput_kind kind = (enum throughput_kind)i;
        model.limits[i] = bucket_full(throughput_depth(t->limit_costs, kind, SIMTIME_S));
        model.shares[i] = bucket_full(throughput_depth(t->table_costs, kind, plan->depth));
        t->table[i] = model.shares[i];
    }
    partitions_open(&t->partitions, throughput_partitions(t), &model, plan->split_after);
}

void throughput_close(struct throughput *t)
{
    partitions_free(&t->partitions);
}
