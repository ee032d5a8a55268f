#include "scenario/scenario.h"

#include <string.h>

#include "base/base.h"
#include "scenario/clients_check.h"
#include "scenario/faults_file.h"
#include "scenario/geography_file.h"
#include "scenario/loading.h"
#include "scenario/override.h"
#include "scenario/reference.h"
#include "scenario/schema_json.h"
#include "scenario/show.h"
#include "scenario/topology_file.h"
#include "scenario/workload_file.h"

static const struct schema_record *scenario_schema(enum scenario_kind kind)
{
    switch (kind) {
    case SCENARIO_TOPOLOGY:
        return &schema_topology;
    case SCENARIO_WORKLOAD:
        return &schema_workload;
    case SCENARIO_FAULTS:
        return &schema_faults;
    case SCENARIO_STUDY:
        return &schema_study;
    case SCENARIO_OTHER:
        break;
    }
    return NULL;
}

const char *scenario_kind_name(enum scenario_kind kind)
{
    return kind == SCENARIO_OTHER ? "other" : scenario_schema(kind)->name;
}

// Told by keys that only one kind has, or those before it. ('regions' is in tables too.)
static enum scenario_kind scenario_kind_of_node(const struct node *root)
{
    static const struct {
        enum scenario_kind kind;
        const char *keys[4];
    } telling[] = {
        {SCENARIO_STUDY, {"topologies", "workloads", "parameters", "objectives"}},
        {SCENARIO_TOPOLOGY, {"services", "stores", "steering", "entry"}},
        {SCENARIO_WORKLOAD, {"classes", "populations", "start_utc", "up_threshold"}},
        {SCENARIO_FAULTS, {"faults", "occurs", "actions", "faults"}},
    };
    for (size_t k = 0; k < ARRAY_LEN(telling); k++)
        for (size_t i = 0; i < ARRAY_LEN(telling[k].keys); i++)
            if (document_get(root, telling[k].keys[i]) != NULL)
                return telling[k].kind;
    return SCENARIO_OTHER;
}

enum scenario_kind scenario_kind_of(const char *path)
{
    struct arena arena = {0};
    struct diag_list diags = {0};
    enum scenario_kind kind = scenario_kind_of_node(document_read(&arena, path, NULL, &diags));
    diag_free(&diags);
    arena_free(&arena);
    return kind;
}

static void scenario_check_kind(struct loading *l, enum scenario_kind wanted)
{
    if (l->root == NULL || l->root->kind != NODE_MAPPING)
        return;
    enum scenario_kind kind = scenario_kind_of_node(l->root);
    if (kind == wanted || kind == SCENARIO_OTHER)
        return;
    diag_error(l->diags, l->root->first->key_place, "this is a %s, not a %s",
               scenario_kind_name(kind), scenario_kind_name(wanted));
    l->root = NULL;
}

void scenario_read(struct loading *l, enum scenario_kind kind)
{
    l->schema = scenario_schema(kind);
    loading_read(l);
    scenario_check_kind(l, kind);
}

// The files of a request, in its order: topologies, workload, fault plan.
struct scenario_files {
    struct loading *all;
    size_t n;
    struct loading *workload, *faults; // NULL: not asked for
};

static struct loading *scenario_add_file(struct scenario_files *f, struct scenario *s,
                                         const char *path, struct diag_list *diags)
{
    struct loading *l = &f->all[f->n++];
    *l = (struct loading){.arena = &s->arena, .diags = diags, .file = path};
    return l;
}

static struct scenario_files scenario_read_all(struct scenario *s,
                                               const struct scenario_request *request,
                                               struct diag_list *diags)
{
    struct scenario_files f = {.n = 0};
    f.all = arena_push(&s->arena, struct loading, request->n_topologies + 2);
    for (size_t i = 0; i < request->n_topologies; i++)
        scenario_read(scenario_add_file(&f, s, request->topologies[i], diags), SCENARIO_TOPOLOGY);
    if (request->workload != NULL) {
        f.workload = scenario_add_file(&f, s, request->workload, diags);
        scenario_read(f.workload, SCENARIO_WORKLOAD);
    }
    if (request->faults != NULL) {
        f.faults = scenario_add_file(&f, s, request->faults, diags);
        scenario_read(f.faults, SCENARIO_FAULTS);
    }
    return f;
}

static void scenario_bind_topologies(struct scenario *s, const struct scenario_request *request,
                                     const struct loading *files, struct diag_list *diags)
{
    if (request->n_topologies == 0)
        return;
    const struct geography_search search = {request->topologies, request->n_topologies,
                                            request->tables_dir};
    s->geography = request->geography;
    if (s->geography == NULL)
        s->geography = geography_file_load(&s->arena, &search, diags);
    if (s->geography == NULL)
        return;
    s->topologies = arena_push(&s->arena, struct topology, request->n_topologies);
    s->topology_settings = arena_push(&s->arena, struct settings, request->n_topologies);
    for (size_t i = 0; i < request->n_topologies; i++) {
        if (files[i].root == NULL)
            continue;
        struct settings *settings;
        s->topologies[i] = *topology_file_bind(&files[i], s->geography, &settings);
        s->topology_settings[i] = *settings;
    }
    s->n_topologies = request->n_topologies;
}

// Results tell designs apart by name.
static void scenario_check_names(const struct scenario *s, const struct loading *files)
{
    for (size_t i = 0; i < s->n_topologies; i++)
        for (size_t k = 0; k < i && s->topologies[i].name != NULL; k++)
            if (s->topologies[k].name != NULL &&
                strcmp(s->topologies[i].name, s->topologies[k].name) == 0)
                loading_error(&files[i], "name", false, "two designs are named '%s' (%s and %s)",
                              s->topologies[i].name, files[k].file, files[i].file);
}

// A plan may bring its own length of run: a year of random faults needs a year, whatever the
// demand.
static void scenario_apply_plan(struct scenario *s)
{
    if (s->workload == NULL || s->faults == NULL)
        return;
    if (s->faults->duration_s > 0)
        s->workload->duration_s = s->faults->duration_s;
    if (s->faults->window_s > 0)
        s->workload->window_s = s->faults->window_s;
}

static void scenario_check_plan(struct scenario *s, const struct scenario_files *f)
{
    if (s->workload != NULL && s->faults->duration_s > 0 &&
        s->workload->warmup_s >= s->faults->duration_s)
        loading_error(f->faults, "duration", false,
                      "'duration' must be longer than the workload's warm-up");
    faults_file_check(f->faults, s->faults, s->topologies, s->n_topologies, s->workload);
}

static void scenario_resolve(struct scenario *s, const struct scenario_files *f)
{
    s->resolved = arena_push(&s->arena, const char *, f->n + 1);
    for (size_t i = 0; i < f->n; i++)
        if (f->all[i].root != NULL)
            s->resolved[s->n_resolved++] = document_render(&s->arena, f->all[i].root);
}

bool scenario_load(struct scenario *scenario, const struct scenario_request *request,
                   struct diag_list *diags)
{
    size_t errors = diag_errors(diags);
    struct scenario *s = scenario;
    struct scenario_files f = scenario_read_all(s, request, diags);
    override_apply(f.all, f.n, request, diags);
    override_apply_values(f.all, f.n, request->values, request->n_values, diags);
    scenario_resolve(s, &f);
    scenario_bind_topologies(s, request, f.all, diags);
    scenario_check_names(s, f.all);
    if (f.workload != NULL && f.workload->root != NULL)
        s->workload = workload_file_bind(f.workload, &s->workload_settings);
    if (f.faults != NULL && f.faults->root != NULL)
        s->faults = faults_file_bind(f.faults, &s->fault_settings);
    scenario_apply_plan(s);
    // Names of one file mean something in another only when both are right by themselves.
    if (diag_errors(diags) == errors && s->faults != NULL)
        scenario_check_plan(s, &f);
    if (diag_errors(diags) == errors && s->workload != NULL)
        clients_check(f.workload, s->workload,
                      &(struct clients_designs){f.all, s->topologies, s->n_topologies});
    return diag_errors(diags) == errors;
}

void scenario_free(struct scenario *scenario)
{
    arena_free(&scenario->arena);
    *scenario = (struct scenario){0};
}

void scenario_show(const struct scenario *scenario, FILE *out)
{
    for (size_t i = 0; i < scenario->n_topologies; i++) {
        show_settings(&scenario->topology_settings[i], out);
        show_round_trips(&scenario->topologies[i], scenario->geography, out);
    }
    if (scenario->workload_settings != NULL) {
        show_settings(scenario->workload_settings, out);
        show_access(scenario->workload, out);
    }
    if (scenario->fault_settings != NULL)
        show_settings(scenario->fault_settings, out);
}

void scenario_write_schema(enum scenario_kind kind, FILE *out)
{
    REQUIRE(kind != SCENARIO_OTHER, "no schema of other files");
    schema_json_write(scenario_schema(kind), out);
}

void scenario_write_reference(FILE *out)
{
    for (int kind = SCENARIO_TOPOLOGY; kind < SCENARIO_OTHER; kind++)
        reference_write(scenario_schema((enum scenario_kind)kind), out);
    reference_write_values(out);
}
