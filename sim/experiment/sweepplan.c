#include "experiment/sweepplan.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "base/base.h"
#include "base/parallel.h"
#include "experiment/sweepinputs.h"
#include "model/world.h"
#include "results/partfile.h"

enum { SWEEPPLAN_FORMAT = 1 };

static const double pilot_scales[] = {0.01, 0.04}; // of demand and capacity
static const double block_events = 4e6;            // about a second

// ---- identities, demand, and whether points can be simulated at all

// What events depend on: requests, which thinning thins, and time, for probes and the like.
struct load {
    double requests, seconds;
    double rate; // of a pilot: events a second
};

static struct load load_of(const struct scenario *s)
{
    double rate = 0;
    for (int p = 0; p < s->workload->n_populations; ++p)
        rate += workload_demand_rps(&s->workload->populations[p]);
    return (struct load){rate * s->workload->duration_s, s->workload->duration_s, 0};
}

struct surveying {
    struct sweepplan *plan;
    struct load *loads; // [n_points]
    const volatile int *cancel;
    atomic_size_t first_bad; // SIZE_MAX: none
};

static void note_bad(struct surveying *s, size_t point)
{
    size_t first = atomic_load(&s->first_bad);
    while (point < first && !atomic_compare_exchange_weak(&s->first_bad, &first, point))
        ;
}

static void identify(void *argument, size_t point)
{
    struct surveying *s = argument;
    struct scenario scenario = {0};
    struct diag_list diags = {0};
    if (parallel_flag_is_set(s->cancel) || point > atomic_load(&s->first_bad))
        return;
    if (study_scenario(&s->plan->study, point, &scenario, &diags)) {
        s->plan->points[point].id = identity_of(&scenario, (uint64_t)s->plan->study.spec->seed);
        s->loads[point] = load_of(&scenario);
    } else {
        note_bad(s, point);
    }
    diag_free(&diags);
    scenario_free(&scenario);
}

// The mistakes of a point, into a list that outlives its scenario.
static void report_bad(struct sweepplan *plan, size_t point, struct diag_list *diags)
{
    char text[400];
    struct scenario *scenario = arena_push(&plan->study.arena, struct scenario, 1);
    study_describe(&plan->study, point, text, sizeof text);
    study_scenario(&plan->study, point, scenario, diags);
    if (diags->items.n > 0)
        diag_error(diags, (struct diag_place){.file = plan->study.spec->file},
                   "point %zu of %zu has mistakes: %s", point, plan->n_points, text);
}

static bool survey(const struct sweepplan_request *request, struct surveying *s,
                   struct diag_list *diags, struct status *status)
{
    parallel_for(request->n_threads, s->plan->n_points, identify, s);
    if (parallel_flag_is_set(request->cancel))
        return status_fail(status, STATUS_INTERRUPTED, "interrupted; no plan was made");
    if (atomic_load(&s->first_bad) == SIZE_MAX)
        return true;
    report_bad(s->plan, atomic_load(&s->first_bad), diags);
    return status_fail(status, STATUS_BAD_INPUT, "a point cannot be simulated");
}

// ---- cost

// Of this thread.
static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// *rate is how many it ran a second.
static double events_at(const struct scenario *s, double scale, const volatile int *cancel,
                        double *rate)
{
    struct record record;
    const struct model_options options = {.scale = scale, .partition = PARTITION_DEFAULT};
    const struct world_run_conf run = {.seed = 1, .n_threads = 1, .cancel = cancel};
    struct model *m = model_compile(&s->topologies[0], s->workload, s->faults, s->geography,
                                    &options);
    const double began_s = cpu_s();
    double events = 0;
    if (world_run(m, &run, &record)) {
        events = (double)record.events;
        *rate = events / fmax(cpu_s() - began_s, 1e-6);
        record_free(&record);
    }
    model_free(m);
    return events;
}

// Events for each of both, of a combination of files: a line through two thinned runs.
static struct load pilot(const struct sweepplan *plan, size_t point, const volatile int *cancel)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    struct load each = {0};
    if (study_scenario(&plan->study, point, &s, &diags)) {
        const struct load all = load_of(&s);
        const double less = events_at(&s, pilot_scales[0], cancel, &each.rate);
        const double more = events_at(&s, pilot_scales[1], cancel, &each.rate);
        const double slope = (more - less) / (pilot_scales[1] - pilot_scales[0]);
        each.requests = fmax(slope, 0) / all.requests;
        each.seconds = fmax(less - slope * pilot_scales[0], 0) / all.seconds;
    }
    diag_free(&diags);
    scenario_free(&s);
    return each;
}

struct costing {
    struct sweepplan *plan;
    struct load *each;        // by combination of files
    const struct load *loads; // of points
    const volatile int *cancel;
};

static void cost_files(void *argument, size_t files)
{
    struct costing *c = argument;
    c->each[files] = pilot(c->plan, files * c->plan->study.points.n_rows, c->cancel);
}

static uint32_t block_of(const struct sweepplan *plan, uint64_t events)
{
    const double block = block_events / (double)events;
    if (block < 1)
        return 1;
    return block > plan->replications ? plan->replications : (uint32_t)block;
}

static void cost_point(const struct costing *c, size_t i)
{
    struct sweepplan_point *p = &c->plan->points[i];
    const struct load *each = &c->each[i / c->plan->study.points.n_rows], *all = &c->loads[i];
    p->events = (uint64_t)(each->requests * all->requests + each->seconds * all->seconds) + 1;
    p->block = block_of(c->plan, p->events);
    c->plan->core_s += (double)p->events * c->plan->replications / each->rate;
}

static bool estimate(const struct sweepplan_request *request, const struct surveying *s,
                     struct status *status)
{
    struct sweepplan *plan = s->plan;
    struct costing c = {.plan = plan, .loads = s->loads, .cancel = request->cancel};
    c.each = arena_push(&plan->study.arena, struct load, plan->study.points.n_files);
    parallel_for(request->n_threads, plan->study.points.n_files, cost_files, &c);
    for (size_t i = 0; i < plan->n_points; ++i)
        cost_point(&c, i);
    return !parallel_flag_is_set(request->cancel) ||
           status_fail(status, STATUS_INTERRUPTED, "interrupted; no plan was made");
}

// ---- shards

struct by_cost {
    uint64_t events;
    size_t point;
};

static int compare_cost(const void *a, const void *b)
{
    const struct by_cost *x = a, *y = b;
    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    return (x->point > y->point) - (x->point < y->point);
}

// The longest point that is left to the shard that has least.
static void share_out(struct sweepplan *plan)
{
    struct by_cost *order = array_new(struct by_cost, plan->n_points);
    uint64_t *load = array_new(uint64_t, plan->n_shards);
    for (size_t i = 0; i < plan->n_points; ++i)
        order[i] = (struct by_cost){plan->points[i].events, i};
    qsort(order, plan->n_points, sizeof *order, compare_cost);
    for (size_t i = 0; i < plan->n_points; ++i) {
        uint32_t least = 0;
        for (uint32_t s = 1; s < plan->n_shards; ++s)
            if (load[s] < load[least])
                least = s;
        plan->points[order[i].point].shard = least;
        load[least] += order[i].events;
    }
    array_release(order);
    array_release(load);
}

static struct identity fingerprint_of(const struct sweepplan *plan)
{
    XXH3_state_t *state = XXH3_createState();
    REQUIRE(state != NULL, "out of memory: digest");
    XXH3_128bits_reset(state);
    const uint32_t numbers[] = {plan->replications, plan->n_shards};
    XXH3_128bits_update(state, numbers, sizeof numbers);
    for (size_t i = 0; i < plan->n_points; ++i) {
        const struct sweepplan_point *p = &plan->points[i];
        const uint32_t shares[] = {p->block, p->shard};
        XXH3_128bits_update(state, &p->id, sizeof p->id);
        XXH3_128bits_update(state, shares, sizeof shares);
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    return (struct identity){hash.high64, hash.low64};
}

// ---- as JSON

static void put(json_t *object, const char *key, json_t *value)
{
    REQUIRE(value != NULL && json_object_set_new(object, key, value) == 0, "out of memory: JSON");
}

static json_t *paths_json(const char *const *paths, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; ++i)
        json_array_append_new(array, paths[i] != NULL ? json_string(paths[i]) : json_null());
    return array;
}

static json_t *hex(uint64_t value)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, value);
    return json_string(text);
}

static json_t *inputs_json(const struct sweepinputs *inputs, const struct study_spec *s)
{
    json_t *object = json_object(), *digests = json_object();
    put(object, "study", json_string(inputs->study));
    put(object, "topologies", paths_json(inputs->copies.topologies, s->topologies.n));
    put(object, "workloads", paths_json(inputs->copies.workloads, s->workloads.n));
    put(object, "faults", paths_json(inputs->copies.faults, s->faults.n));
    for (size_t i = 0; i < inputs->paths.n; ++i)
        put(digests, inputs->paths.items[i], hex(inputs->digests.items[i]));
    put(object, "digests", digests);
    return object;
}

static json_t *points_json(const struct sweepplan *plan)
{
    json_t *array = json_array();
    for (size_t i = 0; i < plan->n_points; ++i) {
        const struct sweepplan_point *p = &plan->points[i];
        char id[IDENTITY_TEXT];
        identity_write(p->id, id);
        json_array_append_new(
            array, json_pack("[sIii]", id, (json_int_t)p->events, (int)p->block, (int)p->shard));
    }
    return array;
}

static bool write_plan(const struct sweepplan *plan, const struct sweepinputs *inputs,
                       const char *directory, struct status *status)
{
    char path[1024], print[IDENTITY_TEXT];
    json_t *root = json_object();
    identity_write(plan->fingerprint, print);
    put(root, "format", json_integer(SWEEPPLAN_FORMAT));
    put(root, "model", json_string(plan->model));
    put(root, "fingerprint", json_string(print));
    put(root, "replications", json_integer(plan->replications));
    put(root, "shards", json_integer(plan->n_shards));
    put(root, "inputs", inputs_json(inputs, plan->study.spec));
    put(root, "points", points_json(plan));
    char *text = json_dumps(root, JSON_INDENT(0) | JSON_COMPACT);
    REQUIRE(text != NULL, "out of memory: JSON");
    snprintf(path, sizeof path, "%s/plan.json", directory);
    const bool is_good = partfile_write(path, (const unsigned char *)text, strlen(text), status);
    free(text);
    json_decref(root);
    return is_good;
}

// ---- making

bool sweepplan_make(struct sweepplan *plan, const struct sweepplan_request *request,
                    struct diag_list *diags, struct status *status)
{
    struct sweepinputs inputs = {0};
    *plan = (struct sweepplan){.n_shards = request->n_shards};
    const struct study_request study = {.path = request->study, .tables_dir = request->tables_dir};
    if (!study_load(&plan->study, &study, diags))
        return status_fail(status, STATUS_BAD_INPUT, "the study has mistakes");
    const uint32_t asked = request->replications;
    plan->replications = asked > 0 ? asked : (uint32_t)plan->study.spec->replications;
    plan->n_points = points_count(&plan->study.points);
    plan->points = arena_push(&plan->study.arena, struct sweepplan_point, plan->n_points);
    snprintf(plan->model, sizeof plan->model, "%s", identity_model_version());
    struct surveying surveying = {
        .plan = plan,
        .loads = arena_push(&plan->study.arena, struct load, plan->n_points),
        .cancel = request->cancel,
        .first_bad = SIZE_MAX};
    if (!survey(request, &surveying, diags, status) || !estimate(request, &surveying, status))
        return false;
    share_out(plan);
    plan->fingerprint = fingerprint_of(plan);
    const char *results = arena_printf(&plan->study.arena, "%s/results", request->directory);
    const bool is_good = sweepinputs_make_folder(results, status) &&
                         sweepinputs_copy(&inputs, &plan->study.arena, &plan->study,
                                          request->directory, status) &&
                         write_plan(plan, &inputs, request->directory, status);
    array_free(&inputs.paths);
    array_free(&inputs.digests);
    return is_good;
}

// ---- reading

struct reading {
    struct sweepplan *plan;
    const char *directory;
    const json_t *root;
    struct status *status;
};

static bool is_broken(const struct reading *r, const char *what)
{
    return status_fail(r->status, STATUS_BAD_INPUT, "%s/plan.json is no plan of a sweep: %s",
                       r->directory, what);
}

static bool check_version(const struct reading *r)
{
    const char *model = json_string_value(json_object_get(r->root, "model"));
    if (json_integer_value(json_object_get(r->root, "format")) != SWEEPPLAN_FORMAT || model == NULL)
        return is_broken(r, "it has no format that this program knows");
    snprintf(r->plan->model, sizeof r->plan->model, "%s", model);
    if (strcmp(model, identity_model_version()) == 0)
        return true;
    return status_fail(r->status, STATUS_BAD_INPUT,
                       "the plan in %s was made by another version of the model: %s, this is %s; "
                       "plan again to go on with this one",
                       r->directory, model, identity_model_version());
}

// A file that was copied may have been changed since.
static bool check_inputs(const struct reading *r, json_t *inputs)
{
    const char *path;
    json_t *value;
    json_object_foreach(json_object_get(inputs, "digests"), path, value)
    {
        uint64_t digest = 0, wanted = 0;
        const char *full = arena_printf(&r->plan->arena, "%s/%s", r->directory, path);
        const char *text = json_string_value(value);
        if (!sweepinputs_digest(full, &digest, r->status))
            return false;
        if (text == NULL || sscanf(text, "%16" SCNx64, &wanted) != 1 || wanted != digest)
            return status_fail(r->status, STATUS_BAD_INPUT,
                               "%s has been changed since the plan was made; plan again", full);
    }
    return true;
}

// Paths from the folder of the plan; NULL where there is none.
static const char *const *read_paths(const struct reading *r, struct arena *arena, json_t *array)
{
    const char **paths = arena_push(arena, const char *, json_array_size(array) + 1);
    for (size_t i = 0; i < json_array_size(array); ++i) {
        const char *path = json_string_value(json_array_get(array, i));
        paths[i] = path != NULL ? arena_printf(arena, "%s/%s", r->directory, path) : NULL;
    }
    return paths;
}

static bool read_study(const struct reading *r, json_t *inputs, struct diag_list *diags)
{
    struct arena *arena = &r->plan->arena;
    const char *study = json_string_value(json_object_get(inputs, "study"));
    if (study == NULL)
        return is_broken(r, "it names no study");
    const struct study_request request = {
        .path = arena_printf(arena, "%s/%s", r->directory, study),
        .copies = {read_paths(r, arena, json_object_get(inputs, "topologies")),
                   read_paths(r, arena, json_object_get(inputs, "workloads")),
                   read_paths(r, arena, json_object_get(inputs, "faults"))}};
    return study_load(&r->plan->study, &request, diags) ||
           status_fail(r->status, STATUS_BAD_INPUT, "the study has mistakes");
}

static bool read_points(const struct reading *r)
{
    struct sweepplan *plan = r->plan;
    json_t *array = json_object_get(r->root, "points");
    plan->n_points = points_count(&plan->study.points);
    plan->points = arena_push(&plan->study.arena, struct sweepplan_point, plan->n_points);
    if (json_array_size(array) != plan->n_points)
        return is_broken(r, "its points are not those of its study");
    for (size_t i = 0; i < plan->n_points; ++i) {
        struct sweepplan_point *p = &plan->points[i];
        json_t *row = json_array_get(array, i);
        const char *id = json_string_value(json_array_get(row, 0));
        if (id == NULL || !identity_read(id, &p->id))
            return is_broken(r, "a point has no identity");
        p->events = (uint64_t)json_integer_value(json_array_get(row, 1));
        p->block = (uint32_t)json_integer_value(json_array_get(row, 2));
        p->shard = (uint32_t)json_integer_value(json_array_get(row, 3));
        if (p->block == 0 || p->shard >= plan->n_shards)
            return is_broken(r, "a point has no shard");
    }
    const char *print = json_string_value(json_object_get(r->root, "fingerprint"));
    const bool is_whole = print != NULL && identity_read(print, &plan->fingerprint) &&
                          identity_is_same(plan->fingerprint, fingerprint_of(plan));
    return is_whole || is_broken(r, "it has been changed");
}

bool sweepplan_load(struct sweepplan *plan, const char *directory, struct diag_list *diags,
                    struct status *status)
{
    char path[1024];
    json_error_t error;
    *plan = (struct sweepplan){0};
    snprintf(path, sizeof path, "%s/plan.json", directory);
    json_t *root = json_load_file(path, 0, &error);
    const struct reading r = {plan, directory, root, status};
    if (root == NULL && json_error_code(&error) == json_error_cannot_open_file)
        return status_fail(status, STATUS_NO_INPUT,
                           "'%s' is no folder that 'sweep plan' has made: %s", directory,
                           error.text);
    if (root == NULL)
        return status_fail(status, STATUS_BAD_INPUT, "cannot read the plan of a sweep: %s: %s",
                           path, error.text);
    json_t *inputs = json_object_get(root, "inputs");
    plan->replications = (uint32_t)json_integer_value(json_object_get(root, "replications"));
    plan->n_shards = (uint32_t)json_integer_value(json_object_get(root, "shards"));
    const bool is_good = check_version(&r) && check_inputs(&r, inputs) &&
                         read_study(&r, inputs, diags) && read_points(&r);
    json_decref(root);
    return is_good;
}

void sweepplan_free(struct sweepplan *plan)
{
    study_free(&plan->study);
    arena_free(&plan->arena);
    *plan = (struct sweepplan){0};
}
