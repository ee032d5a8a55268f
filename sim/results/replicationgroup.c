#include "results/replicationgroup.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "results/scales.h"

enum count {
    COUNT_STARTED,
    COUNT_ENDED,
    COUNT_IN_FLIGHT,
    COUNT_ATTEMPTS,
    COUNT_READS,
    COUNT_WRITES,
    COUNT_STALE_READS,
    COUNT_LOST_WRITES,
    COUNT_UNREPLICATED_AT_FAULT,
    COUNT_EVENTS,
    COUNT_DIGEST,
    COUNTS,
};

static const struct {
    const char *name, *about;
} counts[COUNTS] = {
    [COUNT_STARTED] = {"started", "requests started in the whole run, warm-up included"},
    [COUNT_ENDED] = {"ended", "requests ended in the whole run"},
    [COUNT_IN_FLIGHT] = {"in_flight", "requests in flight at the end of the run"},
    [COUNT_ATTEMPTS] = {"attempts", "tries made for the requests counted in outcomes"},
    [COUNT_READS] = {"reads", "reads answered by stores"},
    [COUNT_WRITES] = {"writes", "writes acknowledged by stores"},
    [COUNT_STALE_READS] = {"stale_reads", "reads that missed a newer acknowledged write"},
    [COUNT_LOST_WRITES] = {"lost_writes", "acknowledged writes overwritten or discarded"},
    [COUNT_UNREPLICATED_AT_FAULT] = {"unreplicated_at_fault",
                                     "acknowledged writes that a failure found nowhere else"},
    [COUNT_EVENTS] = {"events", "events executed"},
    [COUNT_DIGEST] = {"digest", "digest of all executed events: equal histories, equal digests"},
};

static uint64_t sum_of(const uint64_t *values, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

static uint64_t over_stores(const struct record *record, enum count count)
{
    uint64_t sum = 0;
    for (int s = 0; s < record->n_stores; s++) {
        const struct store_record *store = &record->stores[s];
        sum += count == COUNT_READS         ? store->reads
               : count == COUNT_WRITES      ? store->writes
               : count == COUNT_STALE_READS ? store->staleness.stale
               : count == COUNT_LOST_WRITES
                   ? store->fates[FATE_OVERWRITTEN] + store->fates[FATE_LOST]
                   : store->unreplicated_at_fault;
    }
    return sum;
}

static uint64_t count_of(const struct record *record, enum count count)
{
    switch (count) {
    case COUNT_STARTED:
        return record->started_all;
    case COUNT_ENDED:
        return record->ended_all;
    case COUNT_IN_FLIGHT:
        return record->in_flight;
    case COUNT_ATTEMPTS:
        return sum_of(record->attempts, (size_t)record->n_populations * (size_t)record->n_classes);
    case COUNT_EVENTS:
        return record->events;
    case COUNT_DIGEST:
        return record->digest;
    case COUNT_READS:
    case COUNT_WRITES:
    case COUNT_STALE_READS:
    case COUNT_LOST_WRITES:
    case COUNT_UNREPLICATED_AT_FAULT:
        return over_stores(record, count);
    case COUNTS:
        break;
    }
    return 0;
}

static void write_counts(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    size_t n_replications = set->n_replications, n = set->n_designs * n_replications;
    uint64_t *values = arena_push(arena, uint64_t, n);
    for (int c = 0; c < COUNTS; c++) {
        for (size_t i = 0; i < n; i++)
            values[i] = count_of(&set->designs[i / n_replications].records[i % n_replications],
                                 (enum count)c);
        h5_write(h, &(struct h5_variable){.name = counts[c].name,
                                          .over = {"design", "replication"},
                                          .type = H5_U64,
                                          .data = values,
                                          .deflate = 1,
                                          .units = "1",
                                          .about = counts[c].about});
    }
}

static void write_availability(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    size_t n_replications = set->n_replications, n = set->n_designs * n_replications;
    double *shares = arena_push(arena, double, n);
    for (size_t i = 0; i < n; i++) {
        const struct record *record = &set->designs[i / n_replications].records[i % n_replications];
        size_t n_mixes = (size_t)record->n_populations * (size_t)record->n_classes;
        uint64_t ok = 0;
        for (size_t m = 0; m < n_mixes; m++)
            ok += record->outcomes[m * OUTCOMES + OUTCOME_OK];
        uint64_t all = sum_of(record->outcomes, n_mixes * OUTCOMES);
        shares[i] = all == 0 ? (double)NAN : (double)ok / (double)all;
    }
    h5_write(h, &(struct h5_variable){.name = "availability",
                                      .over = {"design", "replication"},
                                      .type = H5_F64,
                                      .data = shares,
                                      .has_fill = true,
                                      .units = "1",
                                      .about = "share of requests answered in time"});
}

// [design][replication][population][outcome], summed over classes.
static void write_outcomes(struct h5 *h, struct arena *arena, const struct resultset *set,
                           const struct sizes *sizes)
{
    size_t n_rows = sizes->designs * sizes->replications * sizes->populations;
    uint64_t *values = arena_push(arena, uint64_t, n_rows * OUTCOMES);
    for (size_t row = 0; row < n_rows; row++) {
        size_t p = row % sizes->populations, run = row / sizes->populations;
        const struct record *record =
            &set->designs[run / sizes->replications].records[run % sizes->replications];
        const uint64_t *from = record->outcomes + p * sizes->classes * OUTCOMES;
        for (size_t i = 0; i < sizes->classes * OUTCOMES; i++)
            values[row * OUTCOMES + i % OUTCOMES] += from[i];
    }
    h5_write(h, &(struct h5_variable){.name = "outcomes",
                                      .over = {"design", "replication", "population", "outcome"},
                                      .type = H5_U64,
                                      .data = values,
                                      .deflate = 1,
                                      .units = "1",
                                      .about = "requests by how they ended, after warm-up"});
}

// From [kind][replication] a design, which its own function finds, to [design][replication][kind].
static const double *turn(struct arena *arena, const struct resultset *set, size_t kinds,
                          const double *(*of)(const struct design_result *design))
{
    const size_t n = set->n_replications;
    double *turned = arena_push(arena, double, set->n_designs *n *kinds + 1);
    for (size_t i = 0; i < set->n_designs * n * kinds; i++) {
        const size_t run = i / kinds;
        turned[i] = of(&set->designs[run / n])[i % kinds * n + run % n];
    }
    return turned;
}

static const double *values_of(const struct design_result *design)
{
    return design->values;
}

static const double *worst_uptimes_of(const struct design_result *design)
{
    return design->worst_uptimes;
}

// Left out when a design has none.
static void write_values(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    for (size_t d = 0; d < set->n_designs; d++)
        if (set->designs[d].values == NULL)
            return;
    scales_metric_names(h);
    h5_write(h, &(struct h5_variable){.name = "value",
                                      .over = {"design", "replication", "metric"},
                                      .type = H5_F64,
                                      .data = turn(arena, set, METRICS, values_of),
                                      .deflate = 1,
                                      .has_fill = true,
                                      .about = "the metric in this replication"});
}

static void write_uptimes(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    if (set->n_uptime_lengths == 0)
        return;
    scales_stretches(h, set);
    h5_write(
        h, &(struct h5_variable){.name = "worst_user_uptime",
                                 .over = {"design", "replication", "stretch"},
                                 .type = H5_F64,
                                 .data = turn(arena, set, set->n_uptime_lengths, worst_uptimes_of),
                                 .deflate = 1,
                                 .has_fill = true,
                                 .units = "1",
                                 .about = "user-uptime in the worst stretch of this length"});
}

void replicationgroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    struct sizes sizes = scales_sizes(set);
    h5_group(h, "replications");
    scales_designs(h, set);
    scales_replications(h, set);
    scales_populations(h, set->workload);
    const char *names[OUTCOMES];
    for (int o = 0; o < OUTCOMES; o++)
        names[o] = outcome_name((enum outcome)o);
    h5_scale(h, &(struct h5_variable){.name = "outcome", .type = H5_TEXT, .data = names}, OUTCOMES);
    write_availability(h, &arena, set);
    write_counts(h, &arena, set);
    write_outcomes(h, &arena, set, &sizes);
    write_values(h, &arena, set);
    write_uptimes(h, &arena, set);
    arena_free(&arena);
}
