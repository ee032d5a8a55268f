#include "experiment/chain.h"

#include <math.h>

#include "base/base.h"
#include "experiment/downtime.h"

static double seconds_or_nan(simtime t)
{
    return t == SIMTIME_NEVER ? (double)NAN : simtime_to_seconds(t);
}

// ---- marks of the journal

static bool is_targets_loss(enum journal_kind kind)
{
    return kind == JOURNAL_TARGET_UNHEALTHY;
}

// By what takes users elsewhere: a balancer that no record looks at does not.
static bool is_endpoint_failure(enum journal_kind kind)
{
    return kind == JOURNAL_ENDPOINT_FAILED || kind == JOURNAL_ENDPOINT_EMPTY;
}

static bool is_of_balancer(enum journal_kind kind)
{
    return is_targets_loss(kind) || kind == JOURNAL_ENDPOINT_EMPTY ||
           kind == JOURNAL_BALANCER_EMPTY;
}

static bool is_region_withdrawal(enum journal_kind kind)
{
    return kind == JOURNAL_REGION_WITHDRAWN;
}

static bool is_endpoint_withdrawal(enum journal_kind kind)
{
    return kind == JOURNAL_ENDPOINT_WITHDRAWN;
}

static bool is_zone_withdrawal(enum journal_kind kind)
{
    return kind == JOURNAL_ZONE_WITHDRAWN;
}

// Whether a mark speaks of the side that the fault hit. A fault of a zone is not one of its region.
static bool is_at(const struct journal_entry *mark, const struct fault_record *fault)
{
    uint32_t region = mark->detail & 0xff, zone = mark->detail >> 8;
    bool is_whole = fault->zones == UINT8_MAX;
    if (region != fault->region || (zone == JOURNAL_NO_ZONE && !is_whole))
        return false;
    return zone == JOURNAL_NO_ZONE || (fault->zones >> zone & 1);
}

// The first mark of a kind during the fault, since its start; NaN: none.
static double first_mark_s(const struct record *record, const struct fault_record *fault,
                           bool (*is_wanted)(enum journal_kind kind))
{
    for (size_t i = 0; i < record->journal.n; ++i) {
        const struct journal_entry *mark = &record->journal.items[i];
        if (mark->time >= fault->start && mark->time < fault->end && is_wanted(mark->kind) &&
            is_at(mark, fault))
            return simtime_to_seconds(mark->time - fault->start);
    }
    return (double)NAN;
}

// ---- windows

static const uint64_t *fields_of(const struct record *record, int population, size_t window)
{
    return record->series + ((size_t)population * record->n_windows + window) * SERIES_FIELDS;
}

// All users together: a small population's few requests a window would make single failures an
// outage.
static bool is_down(const struct record *record, const struct workload *w, size_t window)
{
    uint64_t sum[SERIES_FIELDS] = {0};
    for (int p = 0; p < record->n_populations; ++p)
        for (int f = 0; f < SERIES_FIELDS; ++f)
            sum[f] += fields_of(record, p, window)[f];
    return downtime_is_down(sum, w);
}

// The window after the last one of the trouble that begins during the fault's windows [first, end).
static size_t trouble_end(const struct record *record, const struct workload *w, size_t first,
                          size_t end)
{
    size_t after = first;
    for (size_t i = first; i < record->n_windows; ++i) {
        if (is_down(record, w, i))
            after = i + 1;
        else if (i >= end)
            break;
    }
    return after;
}

static void add_requests(struct failover *f, const struct record *record, size_t first, size_t end)
{
    for (int p = 0; p < record->n_populations; ++p)
        for (size_t i = first; i < end; ++i) {
            const uint64_t *fields = fields_of(record, p, i);
            f->started += fields[SERIES_STARTED];
            f->attempts += fields[SERIES_ATTEMPTS];
            f->late += fields[OUTCOME_LATE];
            for (int o = 0; o < OUTCOMES; ++o)
                f->lost += o == OUTCOME_OK || o == OUTCOME_LATE ? 0 : fields[o];
        }
}

static void add_windows(struct failover *f, const struct record *record, const struct workload *w)
{
    size_t n = record->n_windows, first = (size_t)(f->start_s / w->window_s);
    size_t end = (size_t)ceil(fmin((f->start_s + f->lasted_s) / w->window_s, (double)n));
    size_t after = trouble_end(record, w, first, end);
    double served_s = (double)after * w->window_s - f->start_s;
    f->served_s = after == n ? (double)NAN : fmax(served_s, 0);
    add_requests(f, record, first, after > end ? after : end);
}

static struct failover chain_of(const struct resultset *set, const struct record *record,
                                const struct fault_record *fault)
{
    simtime run_end = simtime_from_seconds(set->workload->duration_s);
    bool is_whole = fault->zones == UINT8_MAX;
    struct failover f = {
        .replication = record->replication,
        .fault = fault->fault,
        .component = fault->component,
        .start_s = simtime_to_seconds(fault->start),
        .lasted_s = simtime_to_seconds(simtime_least(fault->end, run_end) - fault->start),
        .detected_s = first_mark_s(record, fault, is_whole ? is_endpoint_failure : is_targets_loss),
        .balancer_detected_s = first_mark_s(record, fault, is_of_balancer),
        .withdrawn_s = first_mark_s(record, fault,
                                    !is_whole        ? is_zone_withdrawal
                                    : fault->is_part ? is_endpoint_withdrawal
                                                     : is_region_withdrawal),
        .moved_90_s = seconds_or_nan(fault->moved_90),
        .moved_99_s = seconds_or_nan(fault->moved_99)};
    add_windows(&f, record, set->workload);
    return f;
}

void chain_collect(const struct resultset *set, size_t design, failover_list *list)
{
    for (uint32_t r = 0; r < set->n_replications; ++r) {
        const struct record *record = &set->designs[design].records[r];
        for (size_t i = 0; i < record->faults.n; ++i)
            array_push(list, chain_of(set, record, &record->faults.items[i]));
    }
}
