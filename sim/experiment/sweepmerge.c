#include "experiment/sweepmerge.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "experiment/summary.h"
#include "experiment/sweepsensitivity.h"
#include "results/metric.h"
#include "results/resultset.h"
#include "results/sweepfile.h"

struct merging {
    struct sweepmerge *m;
    const struct sweepplan *plan;
    const struct sweepresults *results;
    const struct sweepparts *parts; // or NULL
    FILE **logs;                    // [results->paths.n]
    struct status *status;
    // Of the point at hand.
    size_t point;
    bool *is_done;                 // [replications]
    struct pointpart_users *users; // [replications][populations]
    struct tally_ratio *ratios;    // [TALLY_RATIOS][replications]
    downtime_list *outages;        // in order of replication, as parts come
    struct downtime_scale *scale;
    struct histogram *latency; // [populations]
};

// ---- names

static struct sweepset_names names_of(struct arena *arena, const char *const *items, size_t n)
{
    const char **names = arena_push(arena, const char *, n + 1);
    for (size_t i = 0; i < n; ++i)
        names[i] = items[i];
    return (struct sweepset_names){names, n};
}

static struct sweepset_names name_files(struct arena *arena, const struct loading *files, size_t n,
                                        const char *const **texts)
{
    const char **names = arena_push(arena, const char *, n + 1);
    const char **all = arena_push(arena, const char *, n + 1);
    for (size_t i = 0; i < n; ++i) {
        names[i] = files[i].root != NULL ? loading_name(&files[i]) : "none";
        all[i] = files[i].text != NULL ? files[i].text : "";
    }
    *texts = all;
    return (struct sweepset_names){names, n};
}

// Of all workloads, each name once.
static struct sweepset_names name_populations(struct arena *arena, const struct study_files *files)
{
    const struct loading *workloads = files->all + files->n_topologies;
    size_t most = 0, n = 0;
    for (size_t i = 0; i < files->n_workloads; ++i)
        most += document_get(workloads[i].root, "populations")->n_children;
    const char **names = arena_push(arena, const char *, most + 1);
    for (size_t i = 0; i < files->n_workloads; ++i) {
        const struct node *p = document_get(workloads[i].root, "populations")->first;
        for (; p != NULL; p = p->next) {
            size_t k = 0;
            while (k < n && strcmp(names[k], p->key) != 0)
                ++k;
            if (k == n)
                names[n++] = p->key;
        }
    }
    return (struct sweepset_names){names, n};
}

static void name_objectives(struct sweepmerge *m, const struct study_spec *s)
{
    const size_t n = (size_t)s->n_objectives;
    const char **names = arena_push(&m->arena, const char *, n + 1);
    struct sweepset_objective *judged = arena_push(&m->arena, struct sweepset_objective, n + 1);
    for (size_t i = 0; i < n; ++i) {
        const struct study_objective *o = &s->objectives[i];
        names[i] = o->name;
        judged[i] = (struct sweepset_objective){metric_name((enum metric)o->metric), o->population,
                                                o->low, o->high};
    }
    m->set.objectives = (struct sweepset_names){names, n};
    m->set.judged = judged;
}

static void name_all(struct sweepmerge *m, const struct study *study)
{
    struct sweepset *set = &m->set;
    const struct study_spec *s = study->spec;
    const struct study_files *f = &study->files;
    const char *names[3 * STUDY_MAX_PARAMETERS];
    size_t n = 0;
    for (int i = 0; i < s->n_parameters; ++i)
        names[n++] = s->parameters[i].name;
    for (int i = 0; i < s->n_derived; ++i)
        names[n++] = s->derived[i].name;
    set->kind = schema_study_kind_name(s->kind);
    set->n_parameters = (size_t)s->n_parameters;
    set->parameters = names_of(&m->arena, names, n);
    name_objectives(m, s);
    set->topologies = name_files(&m->arena, f->all, f->n_topologies, &set->topology_texts);
    set->workloads = name_files(&m->arena, f->all + f->n_topologies, f->n_workloads,
                                &set->workload_texts);
    set->faults = name_files(&m->arena, f->all + f->n_topologies + f->n_workloads, f->n_faults,
                             &set->fault_texts);
    set->populations = name_populations(&m->arena, f);
    set->name = s->name;
    set->title = s->title;
    set->study_text = s->text;
    set->seed = (uint64_t)s->seed;
    set->level = s->level;
}

// ---- room

static void make_room(struct sweepmerge *m, const struct sweepplan *plan)
{
    struct sweepset *s = &m->set;
    const size_t n = plan->n_points, users = n * s->populations.n;
    s->n_points = n;
    s->n_replications = plan->replications;
    s->model = plan->model;
    s->id = arena_push(&m->arena, const char *, n);
    s->topology = arena_push(&m->arena, uint32_t, n);
    s->workload = arena_push(&m->arena, uint32_t, n);
    s->fault = arena_push(&m->arena, uint32_t, n);
    s->labels = arena_push(&m->arena, const char *, n * s->parameters.n + 1);
    s->values = arena_push(&m->arena, double, n * s->parameters.n + 1);
    s->status = arena_push(&m->arena, int8_t, n);
    s->messages = arena_push(&m->arena, const char *, n);
    s->done = arena_push(&m->arena, uint32_t, n);
    s->events = arena_push(&m->arena, uint64_t, n);
    s->estimates = arena_push(&m->arena, struct estimate, n * METRICS);
    s->requests = arena_push(&m->arena, uint64_t, users);
    s->in_time = arena_push(&m->arena, uint64_t, users);
    s->availability = arena_push(&m->arena, struct estimate, users);
    s->quantiles = arena_push(&m->arena, double, users *SWEEPSET_QUANTILES);
    s->first_bin = arena_push(&m->arena, uint64_t, users);
    s->n_bins = arena_push(&m->arena, uint64_t, users);
    s->met = arena_push(&m->arena, uint32_t, n * s->objectives.n + 1);
    s->chance = arena_push(&m->arena, struct estimate, n * s->objectives.n + 1);
}

// Of the point at hand: [METRICS][replications].
static double *metrics_of(const struct merging *g)
{
    const struct sweepset *s = &g->m->set;
    return s->metrics + (g->point - s->first_here) * METRICS * s->n_replications;
}

static void describe(const struct merging *g)
{
    struct sweepset *s = &g->m->set;
    const struct points *points = &g->plan->study.points;
    const struct point at = points_at(points, g->point);
    const size_t from = at.row * points->n_values, to = g->point * s->parameters.n;
    char id[IDENTITY_TEXT];
    identity_write(g->plan->points[g->point].id, id);
    s->id[g->point] = arena_string(&g->m->arena, id);
    s->topology[g->point] = (uint32_t)at.topology;
    s->workload[g->point] = (uint32_t)at.workload;
    s->fault[g->point] = (uint32_t)at.faults;
    s->messages[g->point] = "";
    for (size_t i = 0; i < s->parameters.n; ++i) {
        s->labels[to + i] = points->texts[from + i];
        s->values[to + i] = points->numbers[from + i];
    }
}

// ---- parts

static size_t population_of(const struct sweepset *s, const char *name)
{
    size_t p = 0;
    while (p < s->populations.n && strcmp(s->populations.items[p], name) != 0)
        ++p;
    return p;
}

static bool is_same_number(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

// What a part says of a replication that another has given already. Histograms are of whole parts:
// they count once, with the part that came first.
static bool agrees(const struct merging *g, const struct pointpart *part, uint32_t i)
{
    const size_t n = g->m->set.n_replications, r = part->first + i;
    for (size_t m = 0; m < METRICS; ++m)
        if (!is_same_number(metrics_of(g)[m * n + r], part->metrics[i * METRICS + m]))
            return false;
    return true;
}

static bool contradict(const struct merging *g, const struct sweeplog_entry *entry, uint32_t r)
{
    return status_fail(g->status, STATUS_BAD_INPUT,
                       "%s contradicts another log: replication %u of point %zu is not the same",
                       g->results->paths.items[entry->log], r, g->point);
}

static void take_row(const struct merging *g, const struct pointpart *part, uint32_t i)
{
    struct sweepset *s = &g->m->set;
    const size_t r = part->first + i;
    g->is_done[r] = true;
    ++s->done[g->point];
    s->events[g->point] += part->events[i];
    for (size_t m = 0; m < METRICS; ++m)
        metrics_of(g)[m * s->n_replications + r] = part->metrics[i * METRICS + m];
    for (size_t k = 0; k < TALLY_RATIOS; ++k)
        g->ratios[k * s->n_replications + r] = part->ratios[i * TALLY_RATIOS + k];
    for (int p = 0; p < part->n_populations; ++p) {
        const size_t to = population_of(s, part->populations[p]);
        if (to < s->populations.n)
            g->users[r * s->populations.n + to] =
                part->users[i * (size_t)part->n_populations + (size_t)p];
    }
}

// What a part has of all its replications together.
static void take_whole(const struct merging *g, const struct pointpart *part)
{
    *g->scale = part->scale;
    for (size_t i = 0; i < part->outages.n; ++i)
        array_push(g->outages, part->outages.items[i]);
    for (int p = 0; p < part->n_populations; ++p) {
        const size_t to = population_of(&g->m->set, part->populations[p]);
        if (to < g->m->set.populations.n)
            histogram_merge(&g->latency[to], &part->latency[p]);
    }
}

static bool take_part(const struct merging *g, const struct sweeplog_entry *entry)
{
    struct pointpart part;
    bool is_good = true;
    if (!sweeplog_read(g->logs[entry->log], entry, &part))
        return status_fail(g->status, STATUS_IO, "cannot read %s again",
                           g->results->paths.items[entry->log]);
    if (part.failure != NULL && part.first < g->plan->replications)
        g->m->set.messages[g->point] = arena_string(&g->m->arena, part.failure);
    for (uint32_t i = 0; part.failure == NULL && is_good && i < part.n; ++i) {
        const uint32_t r = part.first + i;
        if (r >= g->plan->replications)
            break;
        if (entry->is_taken)
            take_row(g, &part, i);
        else if (g->is_done[r])
            is_good = agrees(g, &part, i) || contradict(g, entry, r);
    }
    if (entry->is_taken)
        take_whole(g, &part);
    pointpart_free(&part);
    return is_good;
}

static bool take_parts(const struct merging *g)
{
    size_t n;
    const struct sweeplog_entry *parts = sweepresults_of(g->results, g->plan->points[g->point].id,
                                                         &n);
    for (int taken = 1; taken >= 0; --taken)
        for (size_t i = 0; i < n; ++i)
            if (parts[i].is_taken == taken && !take_part(g, &parts[i]))
                return false;
    return true;
}

// ---- estimates

static double value_of(const struct merging *g, const struct study_objective *o, size_t r)
{
    const struct sweepset *s = &g->m->set;
    const size_t p = population_of(s, o->population);
    if (p == s->populations.n)
        return metrics_of(g)[(size_t)o->metric * s->n_replications + r];
    const struct pointpart_users *u = &g->users[r * s->populations.n + p];
    static const int quantile[METRICS] = {[METRIC_P99_S] = 1, [METRIC_P999_S] = 2};
    if (o->metric != METRIC_AVAILABILITY)
        return u->quantile_s[quantile[o->metric]];
    return u->requests > 0 ? (double)u->in_time / (double)u->requests : (double)NAN;
}

// A history that says nothing of the metric meets no objective and misses none.
static void judge(const struct merging *g, size_t objective)
{
    struct sweepset *s = &g->m->set;
    const struct study_objective *o = &g->plan->study.spec->objectives[objective];
    const size_t at = g->point * s->objectives.n + objective;
    uint64_t n = 0;
    for (size_t r = 0; r < s->n_replications; ++r) {
        const double value = g->is_done[r] ? value_of(g, o, r) : (double)NAN;
        n += isnan(value) ? 0 : 1;
        s->met[at] += value >= o->low && value <= o->high;
    }
    s->chance[at] =
        n > 0 ? estimate_share(s->met[at], n, s->level)
              : (struct estimate){.value = (double)NAN, .low = (double)NAN, .high = (double)NAN};
}

struct counts {
    uint64_t *in_time, *requests; // [replications]
};

static struct estimate availability_of(const struct merging *g, const struct counts *c)
{
    const struct sweepset *s = &g->m->set;
    return summary_over_replications(
        estimate_ratio(c->in_time, c->requests, s->n_replications, s->level), s->done[g->point]);
}

static void count_users(const struct merging *g, size_t p, const struct counts *c)
{
    struct sweepset *s = &g->m->set;
    const size_t at = g->point * s->populations.n + p;
    for (size_t r = 0; r < s->n_replications; ++r) {
        const struct pointpart_users *u = &g->users[r * s->populations.n + p];
        c->in_time[r] = g->is_done[r] ? u->in_time : 0;
        c->requests[r] = g->is_done[r] ? u->requests : 0;
        s->in_time[at] += c->in_time[r];
        s->requests[at] += c->requests[r];
    }
    s->availability[at] = availability_of(g, c);
    for (int q = 0; q < SWEEPSET_QUANTILES; ++q)
        s->quantiles[at * SWEEPSET_QUANTILES + (size_t)q] =
            histogram_quantile(&g->latency[p], result_quantiles[q]) * 1e-9;
    s->first_bin[at] = s->n_bins_before + s->bins.n;
    for (size_t b = 0; b < HISTOGRAM_BINS; ++b)
        if (g->latency[p].count[b] > 0)
            array_push(&s->bins, ((struct sweepset_bin){(uint32_t)b, g->latency[p].count[b]}));
    s->n_bins[at] = s->n_bins_before + s->bins.n - s->first_bin[at];
}

static void estimate_point(const struct merging *g, const struct counts *c)
{
    const struct sweepset *s = &g->m->set;
    const struct summary_runs runs = {.n = (uint32_t)s->n_replications,
                                      .n_there = s->done[g->point],
                                      .values = metrics_of(g),
                                      .ratios = g->ratios,
                                      .outages = g->outages,
                                      .scale = *g->scale,
                                      .level = s->level};
    summary_metrics(&runs, s->estimates + g->point * METRICS);
    for (size_t p = 0; p < s->populations.n; ++p)
        count_users(g, p, c);
    for (size_t o = 0; o < s->objectives.n; ++o)
        judge(g, o);
}

// ---- points

static void forget_point(const struct merging *g)
{
    const struct sweepset *s = &g->m->set;
    for (size_t r = 0; r < s->n_replications; ++r)
        g->is_done[r] = false;
    for (size_t p = 0; p < s->populations.n; ++p)
        histogram_clear(&g->latency[p]);
    memset(g->users, 0, s->n_replications * s->populations.n * sizeof *g->users);
    memset(g->ratios, 0, TALLY_RATIOS * s->n_replications * sizeof *g->ratios);
    array_clear(g->outages);
    *g->scale = (struct downtime_scale){.basis = DOWNTIME_NO_FAULTS};
}

static bool merge_point(struct merging *g, const struct counts *c)
{
    struct sweepset *s = &g->m->set;
    forget_point(g);
    describe(g);
    if (!take_parts(g))
        return false;
    estimate_point(g, c);
    const bool is_whole = s->done[g->point] == s->n_replications;
    const bool has_failed = !is_whole && s->messages[g->point][0] != '\0';
    s->status[g->point] = is_whole     ? SWEEPSET_DONE
                          : has_failed ? SWEEPSET_FAILED
                                       : SWEEPSET_MISSING;
    if (is_whole)
        s->messages[g->point] = ""; // it failed before, and was tried again
    return true;
}

static bool open_logs(struct merging *g)
{
    const size_t n = g->results->paths.n;
    g->logs = array_new(FILE *, n);
    for (size_t i = 0; i < n; ++i) {
        g->logs[i] = fopen(g->results->paths.items[i], "rb");
        if (g->logs[i] == NULL)
            return status_fail(g->status, STATUS_IO, "cannot read %s: %s",
                               g->results->paths.items[i], strerror(errno));
    }
    return true;
}

static void close_logs(const struct merging *g)
{
    for (size_t i = 0; i < g->results->paths.n; ++i)
        if (g->logs[i] != NULL)
            fclose(g->logs[i]);
    array_release(g->logs);
}

// ---- stretches of points

static size_t stretch_of(const struct merging *g)
{
    const size_t n = g->plan->n_points, shards = g->plan->n_shards;
    return g->parts != NULL ? (n + shards - 1) / shards : n;
}

static bool write_part(struct merging *g)
{
    struct sweepset *s = &g->m->set;
    const char *path = sweepparts_path(g->parts, s->parts.n, &g->m->arena);
    const char *seen = sweepparts_seen(g->parts, s->parts.n, &g->m->arena);
    const struct sweepset_part part = {seen, s->n_here, s->bins.n};
    if (!sweepfile_write_part(path, s, g->status))
        return false;
    array_push(&s->parts, part);
    s->n_bins_before += s->bins.n;
    array_clear(&s->bins);
    return true;
}

static bool merge_stretch(struct merging *g, size_t most, const struct counts *c)
{
    struct sweepset *s = &g->m->set;
    s->first_here = g->point;
    s->n_here = s->n_points - g->point < most ? s->n_points - g->point : most;
    for (size_t i = 0; i < s->n_here * METRICS * s->n_replications; ++i)
        s->metrics[i] = (double)NAN;
    for (; g->point < s->first_here + s->n_here; ++g->point)
        if (!merge_point(g, c))
            return false;
    return true;
}

static bool merge_all(struct merging *g)
{
    struct sweepset *s = &g->m->set;
    const size_t most = stretch_of(g), n = s->n_replications;
    const struct counts counts = {array_new(uint64_t, n), array_new(uint64_t, n)};
    bool is_good = open_logs(g);
    s->metrics = array_new(double, most *METRICS *n);
    while (is_good && g->point < s->n_points) {
        is_good = merge_stretch(g, most, &counts);
        if (is_good && g->parts != NULL)
            is_good = write_part(g);
    }
    close_logs(g);
    array_release(counts.in_time);
    array_release(counts.requests);
    return is_good;
}

bool sweepmerge_make(struct sweepmerge *m, const struct sweepmerge_conf *conf,
                     struct status *status)
{
    const struct sweepplan *plan = conf->plan;
    struct merging g = {
        .m = m, .plan = plan, .results = conf->results, .parts = conf->parts, .status = status};
    downtime_list outages = {0};
    struct downtime_scale scale;
    *m = (struct sweepmerge){0};
    if (g.parts != NULL && !sweepparts_make(g.parts, status))
        return false;
    name_all(m, &plan->study);
    make_room(m, plan);
    const size_t n_users = m->set.populations.n;
    g.is_done = array_new(bool, plan->replications);
    g.users = array_new(struct pointpart_users, plan->replications * n_users);
    g.ratios = array_new(struct tally_ratio, TALLY_RATIOS * plan->replications);
    g.outages = &outages;
    g.scale = &scale;
    g.latency = array_new(struct histogram, n_users);
    for (size_t p = 0; p < n_users; ++p)
        histogram_init(&g.latency[p]);
    const bool is_good = merge_all(&g);
    if (is_good)
        sweepsensitivity_of(&m->set, &m->arena, &plan->study.points);
    for (size_t p = 0; p < n_users; ++p)
        histogram_free(&g.latency[p]);
    array_release(g.latency);
    array_release(g.users);
    array_release(g.ratios);
    array_free(&outages);
    array_release(g.is_done);
    return is_good;
}

void sweepmerge_free(struct sweepmerge *m)
{
    array_release(m->set.metrics);
    array_free(&m->set.bins);
    array_free(&m->set.parts);
    arena_free(&m->arena);
}
