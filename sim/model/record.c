#include "model/record.h"

#include "base/base.h"

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_OK] = "ok",
        [OUTCOME_LATE] = "late",
        [OUTCOME_ERROR] = "error",
        [OUTCOME_TIMEOUT] = "timeout",
        [OUTCOME_SHED] = "shed",
        [OUTCOME_NO_ANSWER] = "no_answer",
        [OUTCOME_ABANDONED] = "abandoned",
        [OUTCOME_BREAKER_OPEN] = "breaker_open",
    };
    REQUIRE((unsigned)outcome < OUTCOMES, "outcome %d", (int)outcome);
    return names[outcome];
}

const char *journal_kind_name(enum journal_kind kind)
{
    static const char *const names[JOURNAL_KINDS] = {
        [JOURNAL_FAULT_START] = "fault_start",
        [JOURNAL_FAULT_END] = "fault_end",
        [JOURNAL_ENDPOINT_FAILED] = "endpoint_failed",
        [JOURNAL_ENDPOINT_UNHEALTHY] = "endpoint_unhealthy",
        [JOURNAL_ENDPOINT_HEALTHY] = "endpoint_healthy",
        [JOURNAL_REGION_WITHDRAWN] = "region_withdrawn",
        [JOURNAL_REGION_RETURNED] = "region_returned",
        [JOURNAL_ZONE_WITHDRAWN] = "zone_withdrawn",
        [JOURNAL_ZONE_RETURNED] = "zone_returned",
        [JOURNAL_TARGET_UNHEALTHY] = "target_unhealthy",
        [JOURNAL_TARGET_HEALTHY] = "target_healthy",
        [JOURNAL_LEADER_LOST] = "leader_lost",
        [JOURNAL_LEADER_PROMOTED] = "leader_promoted",
        [JOURNAL_LEADER_STEPPED_DOWN] = "leader_stepped_down",
        [JOURNAL_CHECK_UNHEALTHY] = "check_unhealthy",
        [JOURNAL_CHECK_HEALTHY] = "check_healthy",
        [JOURNAL_ACTION_ASKED] = "action_asked",
        [JOURNAL_ACTION_APPLIED] = "action_applied",
        [JOURNAL_ACTION_REFUSED] = "action_refused",
        [JOURNAL_TARGET_ANOMALOUS] = "target_anomalous",
        [JOURNAL_TARGET_NORMAL] = "target_normal",
        [JOURNAL_ZONE_SHIFTED] = "zone_shifted",
        [JOURNAL_ZONE_RESTORED] = "zone_restored",
        [JOURNAL_ENDPOINT_WITHDRAWN] = "endpoint_withdrawn",
        [JOURNAL_ENDPOINT_RETURNED] = "endpoint_returned",
        [JOURNAL_ENDPOINT_EMPTY] = "endpoint_empty",
        [JOURNAL_BALANCER_EMPTY] = "balancer_empty",
        [JOURNAL_WRITER_FAILED] = "writer_failed",
        [JOURNAL_WRITER_READY] = "writer_ready",
    };
    REQUIRE((unsigned)kind < JOURNAL_KINDS, "journal kind %d", (int)kind);
    return names[kind];
}

void record_free(struct record *record)
{
    int n_latencies = record->latency == NULL ? 0 : record->n_populations * record->n_classes;
    for (int i = 0; i < n_latencies; i++)
        histogram_free(&record->latency[i]);
    for (int s = 0; record->stores != NULL && s < record->n_stores; s++)
        storerecord_free(&record->stores[s]);
    array_release(record->outcomes);
    array_release(record->attempts);
    array_release(record->latency);
    array_release(record->series);
    array_release(record->user_time);
    array_release(record->served);
    array_release(record->endpoint_tries);
    array_release(record->endpoint_answers);
    array_release(record->stores);
    array_free(&record->journal);
    array_free(&record->faults);
    array_release(record->drain);
    *record = (struct record){0};
}

uint64_t record_at_endpoints(const struct record *record, const uint64_t *counts,
                             uint32_t endpoints)
{
    uint64_t sum = 0;
    for (int p = 0; p < record->n_populations; p++)
        for (uint32_t left = endpoints; left != 0; left &= left - 1)
            sum += counts[p * record->n_endpoints + __builtin_ctz(left)];
    return sum;
}
