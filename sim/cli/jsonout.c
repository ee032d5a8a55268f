#include "cli/jsonout.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/base.h"
#include "cli/caches.h"
#include "cli/judgement.h"
#include "experiment/recoverysummary.h"
#include "experiment/sessionsummary.h"
#include "experiment/splitting.h"
#include "experiment/storesummary.h"

// JSON has no NaN: null says that there is no number.
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *text(const char *value)
{
    return value != NULL ? json_string(value) : json_null();
}

// Every object made here is given to one parent, which owns it (json_object_set_new,
// json_array_append_new).
static void put(json_t *object, const char *key, json_t *value)
{
    REQUIRE(json_object_set_new(object, key, value) == 0, "JSON key %s cannot be set", key);
}

static void push(json_t *array, json_t *value)
{
    REQUIRE(json_array_append_new(array, value) == 0, "JSON array cannot grow");
}

static json_t *estimate(const struct estimate *e)
{
    json_t *object = json_object();
    put(object, "value", number(e->value));
    put(object, "low", number(e->low));
    put(object, "high", number(e->high));
    put(object, "sd", number(e->sd));
    put(object, "n", count(e->n));
    return object;
}

static json_t *metrics_of(const struct design_result *design)
{
    json_t *object = json_object();
    for (int m = 0; m < METRICS; ++m) {
        json_t *metric = estimate(&design->metrics[m]);
        put(metric, "unit", text(metric_unit((enum metric)m)));
        put(object, metric_name((enum metric)m), metric);
    }
    return object;
}

static json_t *differences_of(const struct design_result *design)
{
    json_t *object = json_object();
    for (int m = 0; m < METRICS; ++m) {
        json_t *difference = estimate(&design->differences[m]);
        put(difference, "p_adjusted", number(design->p_adjusted[m]));
        put(difference, "verdict", text(metric_verdict_name(design->verdicts[m])));
        put(difference, "pairing_gain", estimate(&design->pairing_gains[m]));
        put(object, metric_name((enum metric)m), difference);
    }
    return object;
}

static json_t *worst_uptimes_of(const struct resultset *set, const struct design_result *design)
{
    json_t *all = json_array();
    for (size_t i = 0; i < set->n_uptime_lengths; ++i) {
        json_t *one = estimate(&design->worst_uptime[i]);
        put(one, "stretch_s", number(set->uptime_length_s[i]));
        push(all, one);
    }
    return all;
}

static json_t *year_of(const struct resultset *set, const struct design_result *design)
{
    if (isnan(set->yearly_objective_min))
        return json_null();
    json_t *object = json_object(), *quantiles = json_array();
    for (int q = 0; q < COMPOUND_QUANTILES; ++q) {
        json_t *one = estimate(&design->year.quantiles[q]);
        put(one, "share", number(compound_quantiles[q]));
        push(quantiles, one);
    }
    put(object, "downtime_min", quantiles);
    put(object, "objective_min", number(set->yearly_objective_min));
    put(object, "chance", estimate(&design->year.chance));
    return object;
}

static json_t *populations_of(const struct resultset *set, const struct design_result *design)
{
    json_t *array = json_array();
    for (int p = 0; p < set->workload->n_populations; ++p) {
        json_t *population = json_object(), *latency = json_array();
        put(population, "name", text(set->workload->populations[p].name));
        put(population, "availability", estimate(&design->availability[p]));
        for (int q = 0; q < RESULT_QUANTILES; ++q) {
            json_t *quantile = estimate(&design->quantiles[p * RESULT_QUANTILES + q]);
            put(quantile, "quantile", json_real(result_quantiles[q]));
            push(latency, quantile);
        }
        put(population, "latency_s", latency);
        push(array, population);
    }
    return array;
}

static json_t *outcomes_of(const struct record *record)
{
    json_t *object = json_object();
    for (int o = 0; o < OUTCOMES; ++o) {
        uint64_t sum = 0;
        for (int i = 0; i < record->n_populations * record->n_classes; ++i)
            sum += record->outcomes[i * OUTCOMES + o];
        put(object, outcome_name((enum outcome)o), count(sum));
    }
    return object;
}

static json_t *replication_of(const struct resultset *set, const struct design_result *design,
                              uint32_t r)
{
    const struct record *record = &design->records[r];
    json_t *object = json_object(), *values = json_object();
    char digest[32];
    snprintf(digest, sizeof digest, "%016" PRIx64, record->digest);
    put(object, "replication", json_integer(r));
    put(object, "digest", text(digest));
    put(object, "events", count(record->events));
    put(object, "requests_started", count(record->started_all));
    put(object, "requests_in_flight_at_end", count(record->in_flight));
    put(object, "outcomes", outcomes_of(record));
    for (int m = 0; m < METRICS; ++m)
        put(values, metric_name((enum metric)m),
            number(design->values[(size_t)m * set->n_replications + r]));
    put(object, "metrics", values);
    return object;
}

// One chain a fault of a replication, as in the results file (failover.h).
static json_t *failovers_of(const struct resultset *set, const struct design_result *design)
{
    json_t *array = json_array();
    for (size_t i = 0; i < design->failovers.n; ++i) {
        const struct failover *f = &design->failovers.items[i];
        json_t *object = json_object();
        put(object, "replication", json_integer(f->replication));
        put(object, "fault", text(set->plan->faults[f->fault].name));
        put(object, "component", text(f->component));
        put(object, "start_s", number(f->start_s));
        put(object, "lasted_s", number(f->lasted_s));
        put(object, "detected_s", number(f->detected_s));
        put(object, "balancer_detected_s", number(f->balancer_detected_s));
        put(object, "withdrawn_s", number(f->withdrawn_s));
        put(object, "moved_90_s", number(f->moved_90_s));
        put(object, "moved_99_s", number(f->moved_99_s));
        put(object, "served_s", number(f->served_s));
        put(object, "requests", count(f->started));
        put(object, "attempts", count(f->attempts));
        put(object, "lost", count(f->lost));
        put(object, "late", count(f->late));
        push(array, object);
    }
    return array;
}

// Over all replications and populations, after the warm-up.
static json_t *endpoints_of(const struct resultset *set, const struct design_result *design)
{
    json_t *array = json_array();
    for (int e = 0; e < design->records[0].n_endpoints; ++e) {
        json_t *object = json_object();
        uint64_t tries = 0, answers = 0;
        for (uint32_t r = 0; r < set->n_replications; ++r) {
            const struct record *record = &design->records[r];
            tries += record_at_endpoints(record, record->endpoint_tries, 1u << e);
            answers += record_at_endpoints(record, record->endpoint_answers, 1u << e);
        }
        put(object, "name", text(design->records[0].endpoint_names[e]));
        put(object, "tries", count(tries));
        put(object, "answers", count(answers));
        push(array, object);
    }
    return array;
}

static uint64_t store_reads(const struct resultset *set, const struct design_result *design,
                            int store)
{
    uint64_t sum = 0;
    for (uint32_t r = 0; r < set->n_replications; ++r)
        sum += caches_store_reads(&design->records[r].stores[store]);
    return sum;
}

// The same, for each store with caches: its counts of theirs (storecounts.h), whose names begin so.
static json_t *caches_of(const struct resultset *set, const struct design_result *design)
{
    static const char prefix[] = "cache_";
    const size_t length = sizeof prefix - 1;
    json_t *array = json_array();
    for (int s = 0; s < design->topology->n_stores; ++s) {
        json_t *object;
        if (design->topology->stores[s].cache.scope == CACHING_NONE)
            continue;
        object = json_object();
        put(object, "store", text(design->topology->stores[s].name));
        put(object, "store_reads", count(store_reads(set, design, s)));
        for (size_t c = 0; c < storecounts_n; ++c) {
            uint64_t sum = 0;
            if (strncmp(storecounts[c].name, prefix, length) != 0)
                continue;
            for (uint32_t r = 0; r < set->n_replications; ++r)
                sum += storecounts_get(&design->records[r].stores[s], c);
            put(object, storecounts[c].name + length, count(sum));
        }
        push(array, object);
    }
    return array;
}

// ---- stores

static json_t *quantiles_of(const struct estimate *quantiles)
{
    json_t *array = json_array();
    for (int q = 0; q < STOREPART_QUANTILES; ++q) {
        json_t *quantile = estimate(&quantiles[q]);
        put(quantile, "quantile", json_real(storepart_quantiles[q]));
        push(array, quantile);
    }
    return array;
}

static json_t *operations_of(const struct store_summary *s)
{
    static const char *const names[STORE_OPERATIONS] = {[STORE_WRITE] = "write",
                                                        [STORE_READ_EVENTUAL] = "eventual_read",
                                                        [STORE_READ_STRONG] = "strong_read"};
    json_t *object = json_object();
    for (int o = 0; o < STORE_OPERATIONS; ++o) {
        json_t *operation = json_object();
        put(operation, "a_run", estimate(&s->operations[o]));
        put(operation, "latency_s", quantiles_of(s->latency[o]));
        put(object, names[o], operation);
    }
    return object;
}

// A store that cannot have what is counted has null.
static json_t *counts_of(const struct store_summary *s, const struct store_spec *store)
{
    json_t *object = json_object();
    for (size_t c = 0; c < storecounts_n; ++c)
        put(object, storecounts[c].name,
            storecounts_is_of(store, c) ? estimate(&s->counts[c]) : json_null());
    return object;
}

static json_t *stale_after_of(const struct store_summary *s)
{
    json_t *array = json_array();
    for (int i = 0; i < STORESUMMARY_AFTER; ++i) {
        json_t *share = estimate(&s->stale_after[i]);
        put(share, "after_s", number(storesummary_after_s[i]));
        put(share, "reads", count(s->reads_after[i]));
        push(array, share);
    }
    return array;
}

static json_t *stores_of(const struct resultset *set, size_t design)
{
    const struct topology *topology = set->designs[design].topology;
    json_t *array = json_array();
    for (int i = 0; i < topology->n_stores; ++i) {
        struct arena arena = {0};
        const struct store_summary s = storesummary_of(set, design, i, &arena);
        json_t *object = json_object();
        put(object, "name", text(topology->stores[i].name));
        put(object, "operations", operations_of(&s));
        put(object, "refused", estimate(&s.refused));
        put(object, "stale_read_ratio", estimate(&s.stale));
        put(object, "stale_after_write", stale_after_of(&s));
        put(object, "missed_for_p99_s", estimate(&s.age_p99));
        put(object, "versions_behind_p99", estimate(&s.behind_p99));
        put(object, "versions_behind_most", s.behind_most > 0 ? count(s.behind_most) : json_null());
        put(object, "lag_s", quantiles_of(s.lag));
        put(object, "counts", counts_of(&s, &topology->stores[i]));
        push(array, object);
        arena_free(&arena);
    }
    return array;
}

// ---- recovery of data

static json_t *fault_name(const struct resultset *set, uint32_t fault)
{
    return fault == EXPOSURE_NO_FAULT ? json_null() : text(set->plan->faults[fault].name);
}

static json_t *recovery_json(const struct resultset *set, size_t design, int store, uint32_t fault)
{
    const struct recovery_summary s = recoverysummary_of(set, design, store, fault);
    json_t *object = json_object();
    put(object, "fault", fault_name(set, fault));
    put(object, "store", text(set->designs[design].topology->stores[store].name));
    put(object, "failures", count(s.n_failures));
    put(object, "rpo_s", estimate(&s.age_s));
    put(object, "rpo_worst_s", number(s.worst_age_s));
    put(object, "rpo_writes", estimate(&s.writes));
    put(object, "rpo_most_writes", number(s.most_writes));
    put(object, "healed", count(s.n_healed));
    put(object, "never_converged", count(s.n_never));
    put(object, "converged_after_s", estimate(&s.converged_after_s));
    put(object, "converged_after_worst_s", number(s.worst_after_s));
    return object;
}

// Each fault that cost data of any design something, and each store.
static json_t *recoveries_of(const struct resultset *set, size_t design)
{
    const uint32_t n_faults = set->plan == NULL ? 0 : (uint32_t)set->plan->n_faults;
    json_t *array = json_array();
    for (uint32_t f = 0; f <= n_faults; ++f) {
        const uint32_t fault = f < n_faults ? f : EXPOSURE_NO_FAULT;
        const struct recovery_extent extent = recoverysummary_extent(set, fault);
        for (int s = 0; s < set->designs[design].topology->n_stores; ++s)
            if (!recoverysummary_is_none(&extent))
                push(array, recovery_json(set, design, s, fault));
    }
    return array;
}

static json_t *exposures_of(const struct resultset *set, const struct design_result *design)
{
    json_t *array = json_array();
    for (size_t i = 0; i < design->exposures.n; ++i) {
        const struct exposure *e = &design->exposures.items[i];
        json_t *object = json_object();
        put(object, "replication", json_integer(e->replication));
        put(object, "fault", fault_name(set, e->fault));
        put(object, "store", text(design->topology->stores[e->store].name));
        put(object, "region", text(design->topology->regions[e->region].name));
        put(object, "time_s", number(e->time_s));
        put(object, "writes", count(e->writes));
        put(object, "age_s", number(e->age_s));
        push(array, object);
    }
    return array;
}

static json_t *convergences_of(const struct resultset *set, const struct design_result *design)
{
    json_t *array = json_array();
    for (size_t i = 0; i < design->convergences.n; ++i) {
        const struct convergence *c = &design->convergences.items[i];
        json_t *object = json_object();
        put(object, "replication", json_integer(c->replication));
        put(object, "fault", fault_name(set, c->fault));
        put(object, "store", text(design->topology->stores[c->store].name));
        put(object, "from", text(design->topology->regions[c->from].name));
        put(object, "to", text(design->topology->regions[c->to].name));
        put(object, "healed_s", number(c->healed_s));
        put(object, "converged_s", number(c->converged_s));
        push(array, object);
    }
    return array;
}

// ---- sessions

// For each store with reads of own items; null where it keeps no guarantee.
static json_t *sessions_of(const struct resultset *set, size_t design)
{
    const struct topology *topology = set->designs[design].topology;
    json_t *array = json_array();
    for (int i = 0; i < topology->n_stores; ++i) {
        const struct session_summary s = sessionsummary_of(set, design, i);
        const bool keeps = topology->stores[i].session.guarantee != GUARANTEE_NONE;
        if (s.own_reads == 0)
            continue;
        json_t *object = json_object();
        put(object, "store", text(topology->stores[i].name));
        put(object, "own_reads", count(s.own_reads));
        put(object, "ryw_violation_ratio", estimate(&s.ryw));
        put(object, "monotonic_violation_ratio", estimate(&s.monotonic));
        put(object, "misses", keeps ? estimate(&s.misses) : json_null());
        put(object, "timeout_ratio", keeps ? estimate(&s.timeouts) : json_null());
        put(object, "wait_s", keeps ? quantiles_of(s.wait) : json_null());
        push(array, object);
    }
    return array;
}

static json_t *design_of(const struct resultset *set, size_t index)
{
    const struct design_result *design = &set->designs[index];
    json_t *object = json_object(), *replications = json_array();
    put(object, "name", text(design->topology->name));
    put(object, "title", text(design->topology->title));
    put(object, "file", text(design->topology->file));
    put(object, "metrics", metrics_of(design));
    put(object, "populations", populations_of(set, design));
    put(object, "endpoints", endpoints_of(set, design));
    put(object, "caches", caches_of(set, design));
    put(object, "sessions", sessions_of(set, index));
    put(object, "failovers", failovers_of(set, design));
    put(object, "stores", stores_of(set, index));
    put(object, "recovery", recoveries_of(set, index));
    put(object, "exposures", exposures_of(set, design));
    put(object, "convergences", convergences_of(set, design));
    put(object, "worst_user_uptime", worst_uptimes_of(set, design));
    put(object, "year", year_of(set, design));
    put(object, "difference_to_first", index > 0 ? differences_of(design) : json_null());
    for (uint32_t r = 0; r < set->n_replications; ++r)
        push(replications, replication_of(set, design, r));
    put(object, "replications", replications);
    return object;
}

static json_t *judgement_json(const struct resultset *set)
{
    if (set->n_designs < 2)
        return json_null();
    char sentence[1024];
    struct judgement judgement = judgement_of(set);
    json_t *object = json_object(), *tied = json_array();
    judgement_sentence(set, &judgement, sentence, sizeof sentence);
    put(object, "metric", text(metric_name(METRIC_AVAILABILITY)));
    put(object, "best", text(set->designs[judgement.best].topology->name));
    put(object, "next", text(set->designs[judgement.next].topology->name));
    put(object, "lead", estimate(&judgement.lead));
    put(object, "p_adjusted", number(judgement.p));
    for (size_t i = 0; i < judgement.n_tied; ++i)
        push(tied, text(set->designs[judgement.tied[i]].topology->name));
    put(object, "is_distinguishable", json_boolean(judgement.n_tied == 0));
    put(object, "not_distinguishable_from", tied);
    put(object, "replications_needed", number(judgement.replications));
    put(object, "sentence", text(sentence));
    return object;
}

static json_t *workload_json(const struct workload *workload)
{
    json_t *object = json_object();
    put(object, "name", text(workload->name));
    put(object, "title", text(workload->title));
    put(object, "file", text(workload->file));
    put(object, "duration_s", number(workload->duration_s));
    put(object, "warmup_s", number(workload->warmup_s));
    put(object, "window_s", number(workload->window_s));
    put(object, "up_threshold", number(workload->up_threshold));
    return object;
}

static json_t *plan_json(const struct fault_plan *plan)
{
    if (plan == NULL)
        return json_null();
    json_t *object = json_object();
    put(object, "name", text(plan->name));
    put(object, "title", text(plan->title));
    put(object, "file", text(plan->file));
    put(object, "occurs_per_year", number(plan->occurs_per_s * 365.25 * 86400));
    return object;
}

static json_t *execution_json(const struct jsonout_execution *execution)
{
    const struct engine_stats *stats = execution->stats;
    json_t *object = json_object();
    put(object, "threads", json_integer(execution->n_threads));
    put(object, "mode", text(execution->mode));
    put(object, "wall_s", number(execution->wall_s));
    if (stats->windows > 0) {
        put(object, "windows", count(stats->windows));
        put(object, "team_windows", count(stats->team_windows));
        put(object, "events_per_window", number((double)stats->events / (double)stats->windows));
        put(object, "barrier_share", number(engine_stats_waiting(stats)));
        put(object, "efficiency", number(engine_stats_efficiency(stats)));
    }
    return object;
}

static void print(json_t *root, FILE *out)
{
    json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(root);
}

void jsonout_print(const struct resultset *set, const struct notes *notes,
                   const struct jsonout_execution *execution, FILE *out)
{
    json_t *root = json_object(), *designs = json_array(), *remarks = json_array();
    put(root, "aasim", text(AASIM_VERSION));
    put(root, "workload", workload_json(set->workload));
    put(root, "faults", plan_json(set->plan));
    put(root, "seed", count(set->seed));
    put(root, "replications", json_integer(set->n_replications));
    put(root, "level", number(set->level));
    put(root, "scale", number(set->scale));
    put(root, "is_queueing_representative", json_boolean(set->scale >= 1));
    for (size_t d = 0; d < set->n_designs; ++d)
        push(designs, design_of(set, d));
    put(root, "designs", designs);
    put(root, "judgement", judgement_json(set));
    for (size_t i = 0; i < notes->lines.n; ++i)
        push(remarks, text(notes->lines.items[i]));
    put(root, "notes", remarks);
    put(root, "execution", execution_json(execution));
    print(root, out);
}

// A jansson array under a name of ours.
struct jsonout_diagnostics {
    json_t *array;
};

struct jsonout_diagnostics *jsonout_new_diagnostics(void)
{
    struct jsonout_diagnostics *found = calloc(1, sizeof *found);
    REQUIRE(found != NULL, "out of memory: diagnostics");
    found->array = json_array();
    return found;
}

void jsonout_add_diagnostics(struct jsonout_diagnostics *found, const struct diag_list *diags)
{
    for (size_t i = 0; i < diags->items.n; ++i) {
        const struct diag *diag = &diags->items.items[i];
        json_t *object = json_object();
        put(object, "severity", text(diag->severity == DIAG_ERROR ? "error" : "warning"));
        put(object, "file", text(diag->place.file));
        put(object, "line", json_integer(diag->place.line));
        put(object, "column", json_integer(diag->place.column));
        put(object, "length", json_integer(diag->place.length));
        put(object, "message", text(diag->message));
        put(object, "expected", text(diag->expected));
        put(object, "suggestion", text(diag->suggestion));
        push(found->array, object);
    }
}

void jsonout_print_rare(const struct splitting_plan *plan, const char *pool,
                        const struct splitting_result *result, FILE *out)
{
    json_t *root = json_object(), *thresholds = json_array();
    for (uint32_t i = 0; i < plan->n_thresholds; ++i)
        push(thresholds, json_integer(plan->threshold[i]));
    put(root, "aasim", text(AASIM_VERSION));
    put(root, "pool", text(pool));
    put(root, "waiting", json_integer(plan->target));
    put(root, "seed", count(plan->seed));
    put(root, "share", estimate(&result->share));
    put(root, "thresholds", thresholds);
    put(root, "effective_roots", number(result->effective_roots));
    put(root, "imbalance", number(result->imbalance));
    put(root, "speedup", number(result->speedup));
    print(root, out);
}

void jsonout_print_diagnostics(struct jsonout_diagnostics *found, FILE *out)
{
    print(found->array, out);
    free(found);
}
