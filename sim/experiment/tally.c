#include "experiment/tally.h"

#include <inttypes.h>
#include <math.h>

#include "base/base.h"
#include "experiment/downtime.h"

static const uint64_t *outcomes_of(const struct record *record, int population)
{
    return record->outcomes + (size_t)population * (size_t)record->n_classes * OUTCOMES;
}

uint64_t tally_in_time(const struct record *record, int population)
{
    const uint64_t *outcomes = outcomes_of(record, population);
    uint64_t sum = 0;
    for (int c = 0; c < record->n_classes; ++c)
        sum += outcomes[c * OUTCOMES + OUTCOME_OK];
    return sum;
}

uint64_t tally_requests(const struct record *record, int population)
{
    const uint64_t *outcomes = outcomes_of(record, population);
    uint64_t sum = 0;
    for (int i = 0; i < record->n_classes * OUTCOMES; ++i)
        sum += outcomes[i];
    return sum;
}

void tally_latency(const struct record *record, int population, struct histogram *into)
{
    const struct histogram *latency = record->latency +
                                      (size_t)population * (size_t)record->n_classes;
    for (int c = 0; c < record->n_classes; ++c)
        if (latency[c].n > 0)
            histogram_merge(into, &latency[c]);
}

static void add_clients(struct tally *tally, const struct record *record)
{
    struct histogram all;
    histogram_init(&all);
    for (int p = 0; p < record->n_populations; ++p) {
        tally->in_time += tally_in_time(record, p);
        tally->requests += tally_requests(record, p);
        tally_latency(record, p, &all);
    }
    for (int i = 0; i < record->n_populations * record->n_classes; ++i)
        tally->attempts += record->attempts[i];
    tally->p50_s = histogram_quantile(&all, 0.5) * 1e-9;
    tally->p99_s = histogram_quantile(&all, 0.99) * 1e-9;
    tally->p999_s = histogram_quantile(&all, 0.999) * 1e-9;
    histogram_free(&all);
}

static void add_stores(struct tally *tally, const struct record *record)
{
    for (int i = 0; i < record->n_stores; ++i) {
        const struct store_record *store = &record->stores[i];
        tally->reads += store->reads;
        tally->stale_reads += store->staleness.stale;
        tally->writes += store->writes;
        tally->lost_writes += store->fates[FATE_OVERWRITTEN] + store->fates[FATE_LOST];
        tally->unreplicated += store->unreplicated_at_fault;
        for (size_t k = 0; k < store->exposures.n; ++k)
            tally->rpo_s = fmax(tally->rpo_s, simtime_to_seconds(store->exposures.items[k].age));
    }
}

struct tally tally_of(const struct record *record, const struct workload *workload,
                      downtime_list *outages)
{
    REQUIRE(record->started_all == record->ended_all + record->in_flight,
            "replication %u: %" PRIu64 " requests started, %" PRIu64 " ended, %" PRIu64
            " in flight",
            record->replication, record->started_all, record->ended_all, record->in_flight);
    const size_t before = outages->n;
    downtime_outages(record, workload, outages);
    struct tally tally = {.users = uptime_of(record, workload),
                          .downtime_min = downtime_sum_s(outages, before) / 60,
                          .rpo_s = (double)NAN};
    add_clients(&tally, record);
    add_stores(&tally, record);
    return tally;
}

const enum metric tally_ratios[TALLY_RATIOS] = {
    METRIC_AVAILABILITY, METRIC_USER_UPTIME, METRIC_STALE_READ_RATIO,
    METRIC_LOST_WRITES_PER_MILLION, METRIC_ATTEMPTS_PER_REQUEST};

struct tally_ratio tally_ratio(const struct tally *t, enum metric metric)
{
    switch ((int)metric) {
    case METRIC_AVAILABILITY:
        return (struct tally_ratio){t->in_time, t->requests};
    case METRIC_USER_UPTIME:
        return (struct tally_ratio){t->users.up_ms, t->users.up_ms + t->users.down_ms};
    case METRIC_STALE_READ_RATIO:
        return (struct tally_ratio){t->stale_reads, t->reads};
    case METRIC_LOST_WRITES_PER_MILLION:
        return (struct tally_ratio){t->lost_writes, t->writes};
    case METRIC_ATTEMPTS_PER_REQUEST:
        return (struct tally_ratio){t->attempts, t->requests};
    default:
        REQUIRE(false, "%s is no ratio of counts", metric_name(metric));
    }
    return (struct tally_ratio){0};
}

static double ratio(const struct tally *tally, enum metric metric)
{
    const struct tally_ratio r = tally_ratio(tally, metric);
    return r.whole > 0 ? (double)r.part / (double)r.whole : (double)NAN;
}

double tally_metric(const struct tally *tally, enum metric metric, double minutes_per_year)
{
    switch (metric) {
    case METRIC_USER_UPTIME:
        return uptime_share(tally->users);
    case METRIC_DOWNTIME_MIN:
        return tally->downtime_min;
    case METRIC_DOWNTIME_MIN_PER_YEAR:
        return tally->downtime_min * minutes_per_year;
    case METRIC_P50_S:
        return tally->p50_s;
    case METRIC_P99_S:
        return tally->p99_s;
    case METRIC_P999_S:
        return tally->p999_s;
    case METRIC_LOST_WRITES:
        return (double)tally->lost_writes;
    case METRIC_UNREPLICATED_AT_FAULT:
        return (double)tally->unreplicated;
    case METRIC_RPO_S:
        return tally->rpo_s;
    case METRIC_LOST_WRITES_PER_MILLION:
        return 1e6 * ratio(tally, metric);
    case METRIC_AVAILABILITY:
    case METRIC_STALE_READ_RATIO:
    case METRIC_ATTEMPTS_PER_REQUEST:
        return ratio(tally, metric);
    case METRICS:
        break;
    }
    return (double)NAN;
}
