#include "cli/notes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/distribution.h"
#include "base/simtime.h"
#include "cli/number.h"
#include "experiment/downtime.h"
#include "experiment/longrun.h"
#include "experiment/runner.h"
#include "experiment/yearly.h"

void notes_add(struct notes *notes, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    array_push(&notes->lines, arena_string(&notes->arena, text));
}

static void add(struct notes *notes, const char *line)
{
    array_push(&notes->lines, line);
}

static void add_model_notes(struct notes *notes, const struct plan *plan)
{
    for (size_t d = 0; d < plan->n_designs; ++d) {
        const char *line;
        for (size_t i = 0; (line = model_note(plan->models[d], i)) != NULL; ++i)
            add(notes, arena_string(&notes->arena, line));
    }
}

static bool has_mark(const struct record *record, enum journal_kind kind, int action)
{
    for (size_t i = 0; i < record->journal.n; ++i)
        if (record->journal.items[i].kind == kind &&
            record->journal.items[i].detail == (uint32_t)action)
            return true;
    return false;
}

// What operators asked for and did not get. Each balancer of an action may refuse it, the first
// speaks for all when it is made.
static void add_action(struct notes *notes, const struct resultset *set, size_t design, int action)
{
    const char *name = set->plan->actions[action].name;
    const char *where = set->designs[design].topology->name;
    uint32_t n_refused = 0, n_left = 0;
    for (uint32_t r = 0; r < set->n_replications; ++r) {
        const struct record *record = &set->designs[design].records[r];
        const bool is_refused = has_mark(record, JOURNAL_ACTION_REFUSED, action);
        n_refused += is_refused;
        n_left += !is_refused && has_mark(record, JOURNAL_ACTION_ASKED, action) &&
                  !has_mark(record, JOURNAL_ACTION_APPLIED, action);
    }
    if (n_refused > 0)
        notes_add(notes,
                  "action '%s' was refused in %s, in %u of %u replications: by a "
                  "safety rule, or because there was nothing to undo, no zone left, or it "
                  "was so already (the region led, or was active).",
                  name, where, n_refused, set->n_replications);
    if (n_left > 0)
        notes_add(notes,
                  "action '%s' was not carried out in %s before the end, in %u of %u "
                  "replications: it was on its way, or its control plane or cluster was not "
                  "to be had.",
                  name, where, n_left, set->n_replications);
}

static void add_actions(struct notes *notes, const struct resultset *set)
{
    for (size_t d = 0; d < set->n_designs; ++d)
        for (int a = 0; set->plan != NULL && a < set->plan->n_actions; ++a)
            add_action(notes, set, d, a);
}

// Of a fault that outlasts the run, the recovery is missing in every figure.
static void add_cut_faults(struct notes *notes, const struct resultset *set)
{
    for (int f = 0; set->plan != NULL && f < set->plan->n_faults; ++f) {
        const struct fault_spec *fault = &set->plan->faults[f];
        double end_s = fault->at_s + distribution_mean(&fault->duration) + fault->ramp_s;
        if (!fault->is_random && end_s > set->workload->duration_s)
            notes_add(notes, "fault '%s' ends after the run: what follows is not seen.",
                      fault->name);
    }
}

static void add_scale(struct notes *notes, double scale)
{
    if (scale >= 1)
        return;
    notes_add(notes,
              "Demand and capacity were thinned to %g %% (--scale): queueing is"
              " not representative.",
              100 * scale);
    add(notes, "Thinned demand: downtime and figures by window are coarse; conflicts and staleness"
               " are approximate.");
}

static void add_windows(struct notes *notes, const struct engine_stats *stats)
{
    if (stats->windows == 0)
        return;
    double share = (double)stats->team_windows / (double)stats->windows;
    const char *how = share >= 0.5 ? "" : ", most of them by one thread, which was faster";
    notes_add(notes,
              "%llu windows of %.0f events on average%s. In the %.0f %% that all"
              " threads ran, they waited for each other %.0f %% of the time.",
              (unsigned long long)stats->windows, (double)stats->events / (double)stats->windows,
              how, 100 * share, 100 * engine_stats_waiting(stats));
}

// What common random numbers did for the difference in availability that says most: the one that
// gained least.
static void add_pairing(struct notes *notes, const struct resultset *set)
{
    const struct estimate *least = NULL;
    const char *name = NULL;
    char gain[NUMBER_SIZE];
    for (size_t d = 1; d < set->n_designs; ++d) {
        const struct estimate *e = &set->designs[d].pairing_gains[METRIC_AVAILABILITY];
        if (!isnan(e->low) && (least == NULL || e->value < least->value)) {
            least = e;
            name = set->designs[d].topology->name;
        }
    }
    if (least != NULL)
        notes_add(notes,
                  "Common random numbers: without them, the difference in availability of %s to %s "
                  "would need %s times as many replications%s.",
                  name, set->designs[0].topology->name, number_estimate(least, 1, gain),
                  set->n_designs > 2 ? "; others gain more" : "");
}

// One run alone has intervals only where it is long and nothing fails.
static void add_long_run(struct notes *notes, const struct resultset *set)
{
    char mean[NUMBER_SIZE], span[32];
    if (!longrun_is_possible(set)) {
        notes_add(notes, "One replication: no interval is possible; ask for more with "
                         "--replications.");
        return;
    }
    for (size_t d = 0; d < set->n_designs; ++d) {
        const struct steady s = longrun_latency(set, d);
        const double over_s = (double)s.warmup * set->workload->window_s;
        simtime_format(simtime_from_seconds(over_s), span);
        notes_add(
            notes,
            "%s in one long run: mean latency %s ms (over windows, %zu batches). Its start-up was "
            "over after %s (MSER-5)%s.%s",
            set->designs[d].topology->name, number_estimate(&s.mean, 1e3, mean), s.mean.n, span,
            over_s > set->workload->warmup_s ? ", LATER than the workload's warm-up" : "",
            s.is_enough ? ""
                        : " The run is too short for its correlation: the interval is a guess.");
    }
}

void notes_collect(struct notes *notes, const struct resultset *set, const struct plan *plan,
                   int n_threads, const struct engine_stats *stats)
{
    char text[256];
    *notes = (struct notes){0};
    add_scale(notes, set->scale);
    if (set->n_replications < 2)
        add_long_run(notes, set);
    add(notes, downtime_explain(downtime_basis_of(set->plan)));
    if (yearly_is_uneven(set))
        notes_add(notes,
                  "A year is %.3g runs: how its downtime varies is told when it is a whole number.",
                  downtime_per_year(set->plan, set->workload));
    add_cut_faults(notes, set);
    add_actions(notes, set);
    add_pairing(notes, set);
    add_model_notes(notes, plan);
    runner_describe(plan, n_threads, text, sizeof text);
    notes_add(notes, "Simulated by %s; results do not depend on that.", text);
    add_windows(notes, stats);
}

void notes_free(struct notes *notes)
{
    array_free(&notes->lines);
    arena_free(&notes->arena);
}
